## Advice

advice-unavailable = WhatsApp ist im Moment gestört oder antwortet nicht. Bitte versuchen Sie es später noch einmal.
advice-window-closed = Der Kunde hat zuletzt vor mehr als 24 Stunden geschrieben; WhatsApp nimmt deshalb nur Vorlagen an. Senden Sie eine Vorlage oder warten Sie auf den Kunden.
advice-held = Der Kunde hat zuletzt vor mehr als 24 Stunden geschrieben. Ihre Nachricht wird aufbewahrt und gesendet, sobald der Kunde schreibt.
advice-held-too-long = Der Kunde hat nicht rechtzeitig geschrieben. Die Nachricht wurde nicht gesendet; senden Sie eine Vorlage, um das Gespräch wieder zu öffnen.
advice-held-dropped = Diese Nachricht war für WhatsApp aufbewahrt und wurde auf Wunsch verworfen. Sie wird nicht gesendet.
advice-not-reachable = Diese Person ist über WhatsApp nicht erreichbar (nicht registriert, hat Sie blockiert oder nutzt eine alte App). Bitte nutzen Sie einen anderen Weg.
advice-same-number = Das ist die Nummer des Unternehmens selbst, und WhatsApp lässt keine Nummer an sich selbst schreiben. Bitte prüfen Sie die Nummer des Kunden.
advice-not-in-test-list = Diese WhatsApp-Nummer ist noch im Testbetrieb und erreicht nur die Personen auf ihrer Liste. Ein Administrator muss diese Person hinzufügen oder den Testbetrieb beenden.
advice-number-needed = WhatsApp braucht für diese Nachricht die Telefonnummer des Kunden, und sie ist nicht bekannt. Bitte fragen Sie den Kunden danach.
advice-identity-changed = Der Sicherheitscode des Kunden hat sich geändert (neues Telefon, oder die App wurde neu installiert). Bitte vergewissern Sie sich, dass es noch dieselbe Person ist, und senden Sie die Nachricht dann noch einmal.
advice-number-blocked = WhatsApp nimmt von dieser Nummer zurzeit keine Nachrichten an (Schlüssel, Konto oder Zahlung). Bitte verständigen Sie Ihren Administrator.
advice-key-refused = 360dialog nimmt den API-Schlüssel dieser Nummer nicht an; deshalb kann von ihr nichts gesendet werden. Ein Administrator muss einen gültigen Schlüssel eintragen.
advice-permission-missing = Dieser WhatsApp-Nummer fehlt eine Berechtigung für das, was verlangt wurde. Ein Administrator muss ihre Berechtigungen bei 360dialog prüfen.
advice-account-blocked = WhatsApp hat das Konto dieser Nummer gesperrt oder eingeschränkt. Ein Administrator muss den Grund bei 360dialog nachsehen und um eine Überprüfung bitten.
advice-country-restricted = WhatsApp lässt dieses Unternehmen nicht an Personen in diesem Land schreiben. Bitte nutzen Sie einen anderen Weg.
advice-display-name = Der Anzeigename dieser Nummer ist von WhatsApp nicht genehmigt. Ein Administrator muss ihn bei 360dialog genehmigen lassen.
advice-payment = Es gibt ein Problem mit der Zahlung für diese WhatsApp-Nummer. Ein Administrator muss es bei 360dialog klären.
advice-not-registered = Diese Nummer ist bei WhatsApp nicht oder nicht mehr registriert. Ein Administrator muss sie bei 360dialog registrieren.
advice-too-fast = WhatsApp begrenzt, wie schnell gesendet werden darf. Bitte versuchen Sie es in einer Weile noch einmal.
advice-spam-limit = WhatsApp beschränkt diese Nummer, weil viele Personen ihre Nachrichten blockiert oder gemeldet haben. Schreiben Sie nur an Personen, die es erwarten, und versuchen Sie es in einigen Stunden noch einmal.
advice-marketing-not-delivered = WhatsApp hat sich entschieden, dieser Person diese Marketingnachricht jetzt nicht zuzustellen. Wiederholen Sie sie mindestens einen Tag lang nicht.
advice-marketing-stopped = Diese Person möchte keine Marketingnachrichten mehr von Ihnen. Bitte senden Sie keine; andere Nachrichten kommen weiterhin an.
advice-marketing-off = Marketingnachrichten sind für diese Nummer bei WhatsApp abgeschaltet. Ein Administrator muss das mit 360dialog klären.
advice-messaging-limit = WhatsApp beschränkt dieses Unternehmen, weil seine Vorlagen in die falsche Kategorie eingeordnet wurden. Ein Administrator muss die Vorlagen und die Grenze bei 360dialog prüfen.
advice-content-refused = WhatsApp hat den Inhalt dieser Nachricht abgelehnt. Bitte ändern Sie ihn und senden Sie die Nachricht noch einmal.
advice-kind-unsupported = WhatsApp unterstützt diese Art von Nachricht nicht. Bitte senden Sie sie in anderer Form, zum Beispiel als Text.
advice-file-refused = WhatsApp hat die Datei abgelehnt (Typ, Größe oder Inhalt). Bitte senden Sie sie in einem anderen Format oder als Link.
advice-file-not-fetched = Die Datei konnte nicht von Rocket.Chat geholt werden: Sie wurde entfernt oder ist nicht zugänglich. Bitte laden Sie sie noch einmal hoch.
advice-file-failed = WhatsApp hat diese Datei in keiner Form angenommen, und ein Link darauf konnte nicht erstellt werden. Bitte senden Sie sie in einem anderen Format oder auf einem anderen Weg.
advice-template-parameters = Die Werte dieser Vorlage passen nicht (Anzahl, Format oder Länge). Bitte berichtigen Sie sie und senden Sie die Vorlage noch einmal.
advice-template-missing = WhatsApp hat keine genehmigte Vorlage dieses Namens in dieser Sprache. Bitte wählen Sie eine andere Vorlage oder eine andere Sprache.
advice-template-policy = Der Inhalt dieser Vorlage verstößt gegen die Regeln von WhatsApp. Bitte nutzen Sie eine andere Vorlage und verständigen Sie Ihren Administrator.
advice-template-paused = WhatsApp hat diese Vorlage ausgesetzt, weil es Beschwerden gab. Bitte nutzen Sie eine andere, bis sie wieder freigegeben ist.
advice-template-disabled = WhatsApp hat diese Vorlage endgültig abgeschaltet. Bitte nutzen Sie eine andere oder bitten Sie Ihren Administrator, eine neue einzureichen.
advice-form-stopped = WhatsApp hat das Formular in dieser Nachricht gesperrt oder gedrosselt. Bitte fragen Sie die Angaben als Text ab und verständigen Sie Ihren Administrator.
advice-outcome-unknown = WhatsApp hat nicht gesagt, ob diese Nachricht angekommen ist. Vielleicht ist sie es nicht: Fragen Sie nach oder senden Sie sie noch einmal.
advice-too-old = Diese Nachricht konnte nicht rechtzeitig gesendet werden und wird nicht mehr gesendet. Senden Sie sie bei Bedarf noch einmal.
advice-edits-unsupported = WhatsApp kann eine gesendete Nachricht nicht ändern. Der Kunde sieht weiter die erste Fassung; senden Sie bei Bedarf eine Berichtigung.
advice-edit-unsent = Diese Nachricht wurde nicht zugestellt, und ihre neue Fassung wird auch nicht gesendet. Senden Sie sie bei Bedarf als neue Nachricht.
advice-not-connected = Diese WhatsApp-Nummer ist nicht mehr verbunden. Bitte verständigen Sie Ihren Administrator.
advice-unknown-contact = Der Kunde dieses Raums ist der WhatsApp-Brücke nicht mehr bekannt. Eine neue Nachricht des Kunden eröffnet ein neues Gespräch.
advice-other = Die Nachricht konnte nicht zugestellt werden.

## Notes

note-lead = Nicht an WhatsApp zugestellt
note-lead-held = Für WhatsApp aufbewahrt
note-lead-edited = Änderung nicht an WhatsApp übertragen
note = { $lead }: { $advice }
note-quoting = { $lead }: „{ $excerpt }“ { $advice }
arrived = Doch noch an WhatsApp zugestellt. Der frühere Hinweis gilt nicht mehr.
arrived-quoting = Doch noch an WhatsApp zugestellt: „{ $excerpt }“ Der frühere Hinweis gilt nicht mehr.
note-of-closed = Zu einem geschlossenen Gespräch: { $note }
template-line = Vorlage { $name }, gesendet am { $at } von { $by }:
program-line = Über die API gesendet von { $by }:

## The setup channel

number-stopped = WhatsApp lehnt ab, was von { $number } gesendet wird. Vorerst wird von dort nichts gesendet, und die Agenten werden verständigt. { $advice }
number-works = Nachrichten von { $number } gehen wieder an WhatsApp hinaus.
## The 24-hour window

held-none = Für diesen Kunden wird keine Nachricht aufbewahrt.
held-list = Aufbewahrt, bis der Kunde schreibt, in dieser Reihenfolge:
held-line = { $place }. „{ $excerpt }“ (seit { $since }, längstens bis { $until })
held-sent = Was aufbewahrt war, ist gesendet, sofern hier kein Hinweis etwas anderes sagt.
held-still-closed = WhatsApp nimmt für diesen Kunden weiter keine Nachricht an; er hat zuletzt vor mehr als 24 Stunden geschrieben. Was aufbewahrt ist, bleibt aufbewahrt.
held-dropped = Was aufbewahrt war, ist verworfen und wird nicht gesendet.
command-unknown = Den Befehl „{ $word }“ gibt es nicht.
commands = Befehle in diesem Raum (der Kunde sieht sie nie):
command-held = zeigt die Nachrichten, die aufbewahrt werden, bis der Kunde schreibt
command-send-held = versucht, sie jetzt zu senden
command-drop-held = verwirft sie
command-help = zeigt diese Liste
reopen-sent = Die Vorlage { $name } wurde gesendet, um das Gespräch wieder zu öffnen.
reopen-follows = Die Vorlage { $name }, die das Gespräch wieder öffnet, wird gesendet, sobald WhatsApp antwortet.
reopen-not-approved = Die Vorlage { $name }, die das Gespräch wieder öffnet, wurde nicht gesendet: Sie ist bei WhatsApp nicht (mehr) genehmigt.
reopen-opted-out = Die Vorlage { $name }, die das Gespräch wieder öffnet, wurde nicht gesendet: Der Kunde möchte keine Werbung erhalten.
reopen-unknown = WhatsApp hat nicht gesagt, ob die Vorlage { $name }, die das Gespräch wieder öffnet, angekommen ist.
reopen-refused = Die Vorlage { $name }, die das Gespräch wieder öffnet, wurde nicht gesendet. { $advice }
customer-correction = Berichtigung:

## Customer's messages

stub = [Eine Nachricht des Kunden konnte nicht angezeigt werden ({ $code }). Sie wird für Ihren Administrator aufbewahrt.]
empty-message = [leere Nachricht]
forwarded = [weitergeleitet]
forwarded-often = [häufig weitergeleitet]
reply-to-unknown = [Antwort auf eine Nachricht, die hier nicht bekannt ist]
about-product = [zum Produkt { $product }]
from-ad = [über eine Anzeige]
from-post = [über einen Beitrag]
long-text = [lange Nachricht: Der ganze Text steht in { $file }]

kind-image = Bild
kind-video = Video
kind-audio = Audio
kind-voice = Sprachnachricht
kind-document = Dokument
kind-sticker = Sticker

file-named = { $kind } { $file }
file-follows = [{ $file }: Die Datei wird geholt und folgt]
file-lost = [{ $file }: Die Datei konnte nicht von WhatsApp geholt werden. Bitten Sie den Kunden, sie noch einmal zu senden.]
file-not-accepted = [Datei nicht angenommen: { $file }, { $size }, Typ { $type }]
file-not-accepted-unsized = [Datei nicht angenommen: { $file }, Typ { $type }]
size-bytes =
    { $size ->
        [one] { $size } Byte
       *[other] { $size } Byte
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = Standort
location-bare = Standort (nur Position)
contact-cards =
    { $count ->
        [one] Kontakt
       *[other] { $count } Kontakte
    }
reaction = Reaktion: { $emoji }
reaction-removed = Reaktion zurückgenommen
edited = Nachricht geändert in: { $text }
edited-otherwise = Nachricht geändert
deleted = Nachricht vom Kunden gelöscht
order =
    { $count ->
        [0] Bestellung
        [one] Bestellung mit einem Artikel
       *[other] Bestellung mit { $count } Artikeln
    }
order-total = Summe: { $total }
form = Formular ausgefüllt
call-permission = Antwort auf die Frage, ob wir anrufen dürfen: { $answer }
chat-opened = Der Kunde hat den Chat geöffnet.
disappearing = Der Kunde hat selbstlöschende Nachrichten ein- oder ausgeschaltet.

number-changed = WhatsApp: Die Nummer des Kunden ist jetzt { $number }.
number-changed-unnamed = WhatsApp: Die Nummer des Kunden hat sich geändert.
user-id-changed = WhatsApp: Das Konto des Kunden hat sich geändert. Das Gespräch geht hier weiter.
identity-changed = WhatsApp: Die Sicherheitsnummer des Kunden hat sich geändert (neues Telefon oder App neu installiert).
system = WhatsApp: { $words }

unsupported = [WhatsApp gibt diese Nachricht nicht weiter: { $what }]
unsupported-unnamed = [WhatsApp gibt diese Nachricht nicht weiter]
unknown-kind = [Nachricht, die hier nicht gezeigt werden kann: { $kind }]

room-doubled = Dieser Kunde war doppelt erfasst und schreibt im anderen Gespräch weiter. Dieses wird geschlossen.

## What a customer reads

customer-file-refused = Leider konnten wir Ihre Datei nicht annehmen. Bitte senden Sie sie in anderer Form oder schreiben Sie uns.
customer-choose = Bitte wählen Sie:
