## Advice

advice-unavailable = WhatsApp rencontre un problème ou ne répond pas pour le moment. Veuillez réessayer plus tard.
advice-window-closed = Le client a écrit pour la dernière fois il y a plus de 24 heures ; WhatsApp n’accepte donc que les modèles. Envoyez un modèle ou attendez le client.
advice-held = Le client a écrit pour la dernière fois il y a plus de 24 heures. Votre message est conservé et partira dès que le client écrira.
advice-held-too-long = Le client n’a pas écrit à temps. Le message n’a pas été envoyé ; envoyez un modèle pour rouvrir la conversation.
advice-held-dropped = Ce message était conservé pour WhatsApp et a été abandonné sur demande. Il ne sera pas envoyé.
advice-not-reachable = Cette personne n’est pas joignable sur WhatsApp (non inscrite, vous a bloqué ou utilise une ancienne version de l’application). Utilisez un autre canal.
advice-same-number = C’est le numéro de l’entreprise elle-même, et WhatsApp ne permet pas à un numéro de s’écrire à lui-même. Vérifiez le numéro du client.
advice-not-in-test-list = Ce numéro WhatsApp est encore en mode test et n’atteint que les personnes de sa liste. Un administrateur doit ajouter cette personne ou mettre fin au mode test.
advice-number-needed = WhatsApp a besoin du numéro de téléphone du client pour ce message, et il n’est pas connu. Demandez-le au client.
advice-identity-changed = Le code de sécurité du client a changé (nouveau téléphone, ou application réinstallée). Assurez-vous qu’il s’agit toujours de la même personne, puis envoyez le message de nouveau.
advice-number-blocked = WhatsApp n’accepte pas de messages de ce numéro pour le moment (clé, compte ou paiement). Prévenez votre administrateur.
advice-key-refused = 360dialog n’accepte pas la clé API de ce numéro ; rien ne peut donc en être envoyé. Un administrateur doit saisir une clé valide.
advice-permission-missing = Il manque à ce numéro WhatsApp une autorisation pour ce qui a été demandé. Un administrateur doit vérifier ses autorisations chez 360dialog.
advice-account-blocked = WhatsApp a bloqué ou restreint le compte de ce numéro. Un administrateur doit consulter le motif chez 360dialog et demander un réexamen.
advice-country-restricted = WhatsApp ne permet pas à cette entreprise d’écrire aux personnes de ce pays. Utilisez un autre canal.
advice-display-name = Le nom affiché de ce numéro n’est pas approuvé par WhatsApp. Un administrateur doit le faire approuver chez 360dialog.
advice-payment = Il y a un problème de paiement pour ce numéro WhatsApp. Un administrateur doit le régler chez 360dialog.
advice-not-registered = Ce numéro n’est pas, ou n’est plus, inscrit auprès de WhatsApp. Un administrateur doit l’inscrire chez 360dialog.
advice-too-fast = WhatsApp limite la vitesse d’envoi. Veuillez réessayer dans un moment.
advice-spam-limit = WhatsApp limite ce numéro, car de nombreuses personnes ont bloqué ou signalé ses messages. N’écrivez qu’aux personnes qui s’y attendent et réessayez dans quelques heures.
advice-marketing-not-delivered = WhatsApp a choisi de ne pas remettre ce message marketing à cette personne pour le moment. Ne le répétez pas avant au moins un jour.
advice-marketing-stopped = Cette personne ne veut plus recevoir de messages marketing de votre part. N’en envoyez plus ; les autres messages arrivent toujours.
advice-marketing-off = Les messages marketing sont désactivés pour ce numéro chez WhatsApp. Un administrateur doit voir cela avec 360dialog.
advice-messaging-limit = WhatsApp limite cette entreprise, car ses modèles ont été classés dans la mauvaise catégorie. Un administrateur doit vérifier les modèles et la limite chez 360dialog.
advice-content-refused = WhatsApp a refusé le contenu de ce message. Modifiez-le et envoyez-le de nouveau.
advice-kind-unsupported = WhatsApp ne prend pas en charge ce type de message. Envoyez-le sous une autre forme, par exemple en texte.
advice-file-refused = WhatsApp a refusé le fichier (type, taille ou contenu). Envoyez-le dans un autre format ou sous forme de lien.
advice-file-not-fetched = Le fichier n’a pas pu être récupéré depuis Rocket.Chat : il a été supprimé ou n’est pas accessible. Veuillez le téléverser de nouveau.
advice-file-failed = WhatsApp n’a accepté ce fichier sous aucune forme, et aucun lien n’a pu être créé. Envoyez-le dans un autre format ou par un autre moyen.
advice-template-parameters = Les valeurs de ce modèle ne conviennent pas (nombre, format ou longueur). Corrigez-les et envoyez-le de nouveau.
advice-template-missing = WhatsApp n’a pas de modèle approuvé de ce nom dans cette langue. Choisissez un autre modèle ou une autre langue.
advice-template-policy = Le contenu de ce modèle enfreint les règles de WhatsApp. Utilisez un autre modèle et prévenez votre administrateur.
advice-template-paused = WhatsApp a suspendu ce modèle à la suite de plaintes. Utilisez-en un autre jusqu’à son rétablissement.
advice-template-disabled = WhatsApp a désactivé ce modèle définitivement. Utilisez-en un autre ou demandez à votre administrateur d’en soumettre un nouveau.
advice-form-stopped = WhatsApp a bloqué ou ralenti le formulaire de ce message. Demandez les réponses par texte et prévenez votre administrateur.
advice-outcome-unknown = WhatsApp n’a pas dit si ce message est arrivé. Il n’est peut-être pas arrivé : demandez au client, ou envoyez-le de nouveau.
advice-too-old = Ce message n’a pas pu être envoyé à temps et ne sera plus envoyé. Envoyez-le de nouveau s’il est encore utile.
advice-edits-unsupported = WhatsApp ne peut pas modifier un message envoyé. Le client voit toujours la première version ; envoyez une correction si nécessaire.
advice-edit-unsent = Ce message n’a pas été remis, et sa nouvelle version n’est pas envoyée non plus. Envoyez-le comme nouveau message s’il est encore utile.
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
note-of-closed = À propos d’une conversation fermée : { $note }
template-line = Modèle { $name }, envoyé le { $at } par { $by } :
program-line = Envoyé via l’API par { $by } :

## The setup channel

number-stopped = WhatsApp refuse ce qui est envoyé depuis { $number }. Rien n’en est envoyé pour l’instant, et les agents sont prévenus. { $advice }
number-works = Les messages de { $number } partent de nouveau vers WhatsApp.
## The 24-hour window

held-none = Aucun message n’est conservé pour ce client.
held-list = Conservés jusqu’à ce que le client écrive, dans cet ordre :
held-line = { $place }. « { $excerpt } » (depuis { $since }, au plus tard jusqu’à { $until })
held-sent = Ce qui était conservé a été envoyé, sauf si une note ici dit autre chose.
held-still-closed = WhatsApp n’accepte toujours pas de message pour ce client, qui a écrit pour la dernière fois il y a plus de 24 heures. Ce qui est conservé le reste.
held-dropped = Ce qui était conservé est abandonné et n’est pas envoyé.
command-unknown = La commande « { $word } » n’existe pas.
commands = Commandes dans ce salon (le client ne les voit jamais) :
command-held = affiche les messages conservés jusqu’à ce que le client écrive
command-send-held = essaie de les envoyer maintenant
command-drop-held = les abandonne
command-help = affiche cette liste
reopen-sent = Le modèle { $name } a été envoyé pour rouvrir la conversation.
reopen-follows = Le modèle { $name }, qui rouvre la conversation, partira dès que WhatsApp répondra.
reopen-not-approved = Le modèle { $name }, qui rouvre la conversation, n’a pas été envoyé : WhatsApp ne l’a pas (ou plus) approuvé.
reopen-opted-out = Le modèle { $name }, qui rouvre la conversation, n’a pas été envoyé : le client ne veut pas de messages publicitaires.
reopen-unknown = WhatsApp n’a pas dit si le modèle { $name }, qui rouvre la conversation, est arrivé.
reopen-refused = Le modèle { $name }, qui rouvre la conversation, n’a pas été envoyé. { $advice }
customer-correction = Correction :

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
customer-choose = Veuillez choisir :
