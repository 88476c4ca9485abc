## Advice

advice-unavailable = WhatsApp antwortet im Moment nicht. Bitte versuchen Sie es später noch einmal.
advice-window-closed = Der Kunde hat zuletzt vor mehr als 24 Stunden geschrieben; WhatsApp nimmt deshalb nur Vorlagen an. Senden Sie eine Vorlage oder warten Sie auf den Kunden.
advice-held = Der Kunde hat zuletzt vor mehr als 24 Stunden geschrieben. Ihre Nachricht wird aufbewahrt und gesendet, sobald der Kunde schreibt.
advice-held-too-long = Der Kunde hat nicht rechtzeitig geschrieben. Die Nachricht wurde nicht gesendet; senden Sie eine Vorlage, um das Gespräch wieder zu öffnen.
advice-not-reachable = Diese Person ist über WhatsApp nicht erreichbar (nicht registriert, hat Sie blockiert oder nutzt eine alte App). Bitte nutzen Sie einen anderen Weg.
advice-number-blocked = WhatsApp nimmt von dieser Nummer zurzeit keine Nachrichten an (Schlüssel, Konto oder Zahlung). Bitte verständigen Sie Ihren Administrator.
advice-too-fast = WhatsApp begrenzt, wie schnell gesendet werden darf. Bitte versuchen Sie es in einer Weile noch einmal.
advice-content-refused = WhatsApp hat den Inhalt dieser Nachricht abgelehnt. Bitte ändern Sie ihn und senden Sie die Nachricht noch einmal.
advice-outcome-unknown = WhatsApp hat nicht gesagt, ob diese Nachricht angekommen ist. Vielleicht ist sie es nicht: Fragen Sie nach oder senden Sie sie noch einmal.
advice-too-old = Diese Nachricht konnte nicht rechtzeitig gesendet werden und wird nicht mehr gesendet. Senden Sie sie bei Bedarf noch einmal.
advice-files-unsupported = Dateien werden noch nicht an WhatsApp gesendet. Bitte senden Sie die Angaben als Text oder Link.
advice-edits-unsupported = WhatsApp kann eine gesendete Nachricht nicht ändern. Der Kunde sieht weiter die erste Fassung; senden Sie bei Bedarf eine Berichtigung.
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
template-line = Vorlage { $name }, gesendet am { $at } von { $by }:

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
