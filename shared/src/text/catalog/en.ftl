# What the system says: to agents, and where it says so to customers.
# Every language has the same messages with the same variables; a test holds that.

## Advice to an agent: why a message did not go through, and what to do

advice-unavailable = WhatsApp does not answer at the moment. Please try again later.
advice-window-closed = The customer last wrote more than 24 hours ago, so WhatsApp accepts only template messages. Send a template, or wait for the customer.
advice-held = The customer last wrote more than 24 hours ago. Your message is kept and goes out as soon as the customer writes.
advice-held-too-long = The customer did not write in time. The message was not sent; send a template to re-open the conversation.
advice-not-reachable = This person cannot be reached on WhatsApp (not registered, blocked you, or an old app). Use another channel.
advice-number-blocked = WhatsApp does not accept messages from this number at the moment (key, account or payment). Please tell your administrator.
advice-too-fast = WhatsApp limits how fast messages may be sent. Please try again in a while.
advice-content-refused = WhatsApp refused the content of this message. Please change it and send it again.
advice-outcome-unknown = WhatsApp did not say whether this message arrived. It may not have arrived: please ask, or send it again.
advice-too-old = This message could not be sent in time and is not sent any more. Please send it again if it is still needed.
advice-files-unsupported = Files are not sent to WhatsApp yet. Please send the information as text or a link.
advice-edits-unsupported = WhatsApp cannot change a message that was sent. The customer still sees the first version; send a correction if needed.
advice-not-connected = This WhatsApp number is not connected any more. Please tell your administrator.
advice-unknown-contact = The customer of this room is not known to the WhatsApp bridge any more. A new message from the customer opens a new conversation.
advice-other = The message could not be delivered.

## Notes about agents' messages

note-lead = Not delivered to WhatsApp
note-lead-held = Kept for WhatsApp
note-lead-edited = Edit not carried over to WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: “{ $excerpt }” { $advice }
arrived = Delivered to WhatsApp after all. The earlier note does not hold any more.
arrived-quoting = Delivered to WhatsApp after all: “{ $excerpt }” The earlier note does not hold any more.
template-line = Template { $name }, sent { $at } by { $by }:

## What an agent reads of a customer's message

stub = [A message of the customer could not be shown ({ $code }). It is kept for your administrator.]
empty-message = [empty message]
forwarded = [forwarded]
forwarded-often = [forwarded many times]
reply-to-unknown = [reply to a message that is not known here]
about-product = [about product { $product }]
from-ad = [from an advertisement]
from-post = [from a post]
long-text = [long message: the whole text is in { $file }]

kind-image = image
kind-video = video
kind-audio = audio
kind-voice = voice message
kind-document = document
kind-sticker = sticker

file-named = { $kind } { $file }
file-follows = [{ $file }: the file is being fetched and follows]
file-lost = [{ $file }: the file could not be fetched from WhatsApp. Please ask the customer to send it again.]
file-not-accepted = [file not accepted: { $file }, { $size }, type { $type }]
file-not-accepted-unsized = [file not accepted: { $file }, type { $type }]
size-bytes =
    { $size ->
        [one] { $size } byte
       *[other] { $size } bytes
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = Location
location-bare = Location (position only)
contact-cards =
    { $count ->
        [one] Contact
       *[other] { $count } contacts
    }
reaction = Reaction: { $emoji }
reaction-removed = Reaction taken back
edited = Message changed to: { $text }
edited-otherwise = Message changed
deleted = Message deleted by the customer
order =
    { $count ->
        [0] Order
        [one] Order of one item
       *[other] Order of { $count } items
    }
order-total = Total: { $total }
form = Form filled in
call-permission = Answer to the question whether we may call: { $answer }
chat-opened = The customer opened the chat.
disappearing = The customer switched disappearing messages on or off.

number-changed = WhatsApp: the customer's number has changed to { $number }.
number-changed-unnamed = WhatsApp: the customer's number has changed.
user-id-changed = WhatsApp: the customer's account has changed. The conversation goes on here.
identity-changed = WhatsApp: the customer's security code has changed (new phone, or the app was installed again).
system = WhatsApp: { $words }

unsupported = [WhatsApp does not pass this message on: { $what }]
unsupported-unnamed = [WhatsApp does not pass this message on]
unknown-kind = [message that cannot be shown here: { $kind }]

room-doubled = This customer was known twice and goes on in the other conversation. This one is closed.

## What a customer reads

customer-file-refused = Sorry, we could not accept your file. Please send it in another form, or write to us.
