# What the system says: to agents, and where it says so to customers.
# Every language has the same messages with the same variables; a test holds that.

## Advice to an agent: why a message did not go through, and what to do

advice-unavailable = WhatsApp has trouble or does not answer at the moment. Please try again later.
advice-window-closed = The customer last wrote more than 24 hours ago, so WhatsApp accepts only template messages. Send a template, or wait for the customer.
advice-held = The customer last wrote more than 24 hours ago. Your message is kept and goes out as soon as the customer writes.
advice-held-too-long = The customer did not write in time. The message was not sent; send a template to re-open the conversation.
advice-held-dropped = This message was kept for WhatsApp and has been dropped on request. It will not be sent.
advice-not-reachable = This person cannot be reached on WhatsApp (not registered, blocked you, or an old app). Use another channel.
advice-same-number = This is the number of the business itself, and WhatsApp does not let a number write to itself. Please check the customer's number.
advice-not-in-test-list = This WhatsApp number is still in test mode and reaches only the people on its list. An administrator has to add this person or end the test mode.
advice-number-needed = WhatsApp needs the customer's phone number for this message, and it is not known. Please ask the customer for it.
advice-identity-changed = The customer's security code has changed (new phone, or the app was installed again). Please make sure that it is still the same person, then send the message again.
advice-number-blocked = WhatsApp does not accept messages from this number at the moment (key, account or payment). Please tell your administrator.
advice-key-refused = 360dialog does not accept the API key of this number, so nothing can be sent from it. An administrator has to enter a valid key.
advice-permission-missing = This WhatsApp number lacks a permission for what was asked. An administrator has to check its permissions at 360dialog.
advice-account-blocked = WhatsApp has blocked or restricted the account of this number. An administrator has to look up the reason at 360dialog and ask for a review.
advice-country-restricted = WhatsApp does not let this business write to people in this country. Please use another channel.
advice-display-name = The display name of this number is not approved by WhatsApp. An administrator has to have it approved at 360dialog.
advice-payment = There is a problem with the payment for this WhatsApp number. An administrator has to settle it at 360dialog.
advice-not-registered = This number is not registered with WhatsApp, or not any more. An administrator has to register it at 360dialog.
advice-too-fast = WhatsApp limits how fast messages may be sent. Please try again in a while.
advice-spam-limit = WhatsApp limits this number because many people blocked or reported its messages. Write only to people who expect it, and try again in a few hours.
advice-marketing-not-delivered = WhatsApp chose not to deliver this marketing message to this person now. Do not repeat it for at least a day.
advice-marketing-stopped = This person does not want marketing messages from you any more. Please send none; other messages still arrive.
advice-marketing-off = Marketing messages are switched off for this number at WhatsApp. An administrator has to clear this up with 360dialog.
advice-messaging-limit = WhatsApp limits this business because its templates were put into the wrong category. An administrator has to check the templates and the limit at 360dialog.
advice-content-refused = WhatsApp refused the content of this message. Please change it and send it again.
advice-kind-unsupported = WhatsApp does not support this kind of message. Please send it in another form, for example as text.
advice-file-refused = WhatsApp refused the file (its type, size or content). Please send it in another format or as a link.
advice-file-not-fetched = The file could not be fetched from Rocket.Chat: it was removed, or it is not accessible. Please upload it again.
advice-template-parameters = The values of this template do not fit it (their number, format or length). Please correct them and send it again.
advice-template-missing = WhatsApp has no approved template of this name in this language. Please choose another template or another language.
advice-template-policy = The content of this template breaks WhatsApp's rules. Please use another template and tell your administrator.
advice-template-paused = WhatsApp has paused this template because people complained about it. Please use another one until it is released.
advice-template-disabled = WhatsApp has disabled this template for good. Please use another one, or ask your administrator to submit a new one.
advice-form-stopped = WhatsApp has blocked or slowed down the form in this message. Please ask for the answers as text, and tell your administrator.
advice-outcome-unknown = WhatsApp did not say whether this message arrived. It may not have arrived: please ask, or send it again.
advice-too-old = This message could not be sent in time and is not sent any more. Please send it again if it is still needed.
advice-edits-unsupported = WhatsApp cannot change a message that was sent. The customer still sees the first version; send a correction if needed.
advice-edit-unsent = This message was not delivered, and its new version is not sent either. Please send it as a new message if it is still needed.
advice-not-connected = This WhatsApp number is not connected any more. Please tell your administrator.
advice-unknown-contact = The customer of this room is not known to the WhatsApp bridge any more. A new message from the customer opens a new conversation.
advice-file-failed = WhatsApp took this file in no form, and no link to it could be made. Please send it in another form.
advice-other = The message could not be delivered.

## Notes about agents' messages

note-lead = Not delivered to WhatsApp
note-lead-held = Kept for WhatsApp
note-lead-edited = Edit not carried over to WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: “{ $excerpt }” { $advice }
arrived = Delivered to WhatsApp after all. The earlier note does not hold any more.
arrived-quoting = Delivered to WhatsApp after all: “{ $excerpt }” The earlier note does not hold any more.
note-of-closed = About a conversation that is closed: { $note }
template-line = Template { $name }, sent { $at } by { $by }:
program-line = Sent through the API by { $by }:

## What the setup channel reads of a number

number-stopped = WhatsApp refuses what is sent from { $number }. Nothing is sent from it for now, and agents are told. { $advice }
number-works = Messages from { $number } go out to WhatsApp again.
## The 24-hour window

held-none = No message to this customer is kept.
held-list = Kept until the customer writes, in this order:
held-line = { $place }. “{ $excerpt }” (since { $since }, until { $until } at most)
held-sent = What was kept has been sent, unless a note here says otherwise.
held-still-closed = WhatsApp still accepts no message to this customer, whose last message is more than 24 hours old. What is kept stays kept.
held-dropped = What was kept is discarded and is not sent.
command-unknown = There is no command “{ $word }”.
commands = Commands in this room (the customer never sees them):
command-held = shows the messages that are kept until the customer writes
command-send-held = tries to send them now
command-drop-held = discards them
command-help = shows this list
reopen-sent = Template { $name } was sent to re-open the conversation.
reopen-follows = Template { $name }, which re-opens the conversation, goes out as soon as WhatsApp answers.
reopen-not-approved = Template { $name }, which re-opens the conversation, was not sent: WhatsApp does not have it approved (any more).
reopen-opted-out = Template { $name }, which re-opens the conversation, was not sent: the customer wants no marketing messages.
reopen-unknown = WhatsApp did not say whether template { $name }, which re-opens the conversation, arrived.
reopen-refused = Template { $name }, which re-opens the conversation, was not sent. { $advice }
customer-correction = Correction:

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
customer-choose = Please choose:
