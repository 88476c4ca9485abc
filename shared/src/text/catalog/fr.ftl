## Advice

advice-unavailable = WhatsApp ne répond pas pour le moment. Veuillez réessayer plus tard.
advice-window-closed = Le client a écrit pour la dernière fois il y a plus de 24 heures ; WhatsApp n’accepte donc que les modèles. Envoyez un modèle ou attendez le client.
advice-held = Le client a écrit pour la dernière fois il y a plus de 24 heures. Votre message est conservé et partira dès que le client écrira.
advice-held-too-long = Le client n’a pas écrit à temps. Le message n’a pas été envoyé ; envoyez un modèle pour rouvrir la conversation.
advice-not-reachable = Cette personne n’est pas joignable sur WhatsApp (non inscrite, vous a bloqué ou utilise une ancienne version de l’application). Utilisez un autre canal.
advice-number-blocked = WhatsApp n’accepte pas de messages de ce numéro pour le moment (clé, compte ou paiement). Prévenez votre administrateur.
advice-too-fast = WhatsApp limite la vitesse d’envoi. Veuillez réessayer dans un moment.
advice-content-refused = WhatsApp a refusé le contenu de ce message. Modifiez-le et envoyez-le de nouveau.
advice-outcome-unknown = WhatsApp n’a pas dit si ce message est arrivé. Il n’est peut-être pas arrivé : demandez au client, ou envoyez-le de nouveau.
advice-too-old = Ce message n’a pas pu être envoyé à temps et ne sera plus envoyé. Envoyez-le de nouveau s’il est encore utile.
advice-files-unsupported = Les fichiers ne sont pas encore envoyés à WhatsApp. Envoyez les informations sous forme de texte ou de lien.
advice-edits-unsupported = WhatsApp ne peut pas modifier un message envoyé. Le client voit toujours la première version ; envoyez une correction si nécessaire.
advice-not-connected = Ce numéro WhatsApp n’est plus connecté. Prévenez votre administrateur.
advice-unknown-contact = Le client de ce salon n’est plus connu de la passerelle WhatsApp. Un nouveau message du client ouvrira une nouvelle conversation.
advice-other = Le message n’a pas pu être remis.

## Notes

note-lead = Non remis à WhatsApp
note-lead-held = Conservé pour WhatsApp
note-lead-edited = Modification non transmise à WhatsApp
note = { $lead } : { $advice }
note-quoting = { $lead } : « { $excerpt } » { $advice }
arrived = Finalement remis à WhatsApp. La note précédente n’est plus valable.
arrived-quoting = Finalement remis à WhatsApp : « { $excerpt } » La note précédente n’est plus valable.
template-line = Modèle { $name }, envoyé le { $at } par { $by } :

## Customer's messages

stub = [Un message du client n’a pas pu être affiché ({ $code }). Il est conservé pour votre administrateur.]
empty-message = [message vide]
forwarded = [transféré]
forwarded-often = [transféré de nombreuses fois]
reply-to-unknown = [réponse à un message inconnu ici]
about-product = [au sujet du produit { $product }]
from-ad = [via une publicité]
from-post = [via une publication]
long-text = [long message : le texte entier se trouve dans { $file }]

kind-image = image
kind-video = vidéo
kind-audio = audio
kind-voice = message vocal
kind-document = document
kind-sticker = sticker

file-named = { $kind } { $file }
file-follows = [{ $file } : le fichier est en cours de téléchargement et va suivre]
file-lost = [{ $file } : le fichier n’a pas pu être récupéré chez WhatsApp. Demandez au client de l’envoyer de nouveau.]
file-not-accepted = [fichier non accepté : { $file }, { $size }, type { $type }]
file-not-accepted-unsized = [fichier non accepté : { $file }, type { $type }]
size-bytes =
    { $size ->
        [one] { $size } octet
       *[other] { $size } octets
    }
size-kilobytes = { $size } Ko
size-megabytes = { $size } Mo

location = Localisation
location-bare = Localisation (position seule)
contact-cards =
    { $count ->
        [one] Contact
       *[other] { $count } contacts
    }
reaction = Réaction : { $emoji }
reaction-removed = Réaction retirée
edited = Message modifié : { $text }
edited-otherwise = Message modifié
deleted = Message supprimé par le client
order =
    { $count ->
        [0] Commande
        [one] Commande d’un article
       *[other] Commande de { $count } articles
    }
order-total = Total : { $total }
form = Formulaire rempli
call-permission = Réponse à la question de savoir si nous pouvons appeler : { $answer }
chat-opened = Le client a ouvert la discussion.
disappearing = Le client a activé ou désactivé les messages éphémères.

number-changed = WhatsApp : le numéro du client est désormais { $number }.
number-changed-unnamed = WhatsApp : le numéro du client a changé.
user-id-changed = WhatsApp : le compte du client a changé. La conversation continue ici.
identity-changed = WhatsApp : le code de sécurité du client a changé (nouveau téléphone ou application réinstallée).
system = WhatsApp : { $words }

unsupported = [WhatsApp ne transmet pas ce message : { $what }]
unsupported-unnamed = [WhatsApp ne transmet pas ce message]
unknown-kind = [message qui ne peut pas être affiché ici : { $kind }]

room-doubled = Ce client était connu deux fois et continue dans l’autre conversation. Celle-ci est fermée.

## What a customer reads

customer-file-refused = Désolés, nous n’avons pas pu accepter votre fichier. Envoyez-le sous une autre forme ou écrivez-nous.
