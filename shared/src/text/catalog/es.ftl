## Advice

advice-unavailable = WhatsApp no responde en este momento. Inténtelo de nuevo más tarde.
advice-window-closed = El cliente escribió por última vez hace más de 24 horas, por lo que WhatsApp solo acepta plantillas. Envíe una plantilla o espere al cliente.
advice-held = El cliente escribió por última vez hace más de 24 horas. Su mensaje queda guardado y se enviará en cuanto el cliente escriba.
advice-held-too-long = El cliente no escribió a tiempo. El mensaje no se envió; envíe una plantilla para reabrir la conversación.
advice-not-reachable = No se puede contactar con esta persona por WhatsApp (no está registrada, le bloqueó o usa una versión antigua). Use otro canal.
advice-number-blocked = WhatsApp no acepta mensajes de este número en este momento (clave, cuenta o pago). Avise a su administrador.
advice-too-fast = WhatsApp limita la velocidad de envío. Inténtelo de nuevo dentro de un rato.
advice-content-refused = WhatsApp rechazó el contenido de este mensaje. Modifíquelo y envíelo de nuevo.
advice-outcome-unknown = WhatsApp no indicó si este mensaje llegó. Es posible que no haya llegado: pregunte o envíelo de nuevo.
advice-too-old = Este mensaje no se pudo enviar a tiempo y ya no se enviará. Envíelo de nuevo si todavía hace falta.
advice-files-unsupported = Todavía no se envían archivos a WhatsApp. Envíe la información como texto o enlace.
advice-edits-unsupported = WhatsApp no puede modificar un mensaje enviado. El cliente sigue viendo la primera versión; envíe una corrección si hace falta.
advice-not-connected = Este número de WhatsApp ya no está conectado. Avise a su administrador.
advice-unknown-contact = El puente de WhatsApp ya no conoce al cliente de esta sala. Un nuevo mensaje del cliente abrirá una nueva conversación.
advice-other = No se pudo entregar el mensaje.

## Notes

note-lead = No entregado en WhatsApp
note-lead-held = Guardado para WhatsApp
note-lead-edited = Modificación no trasladada a WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: «{ $excerpt }» { $advice }
arrived = Finalmente se entregó en WhatsApp. El aviso anterior ya no vale.
arrived-quoting = Finalmente se entregó en WhatsApp: «{ $excerpt }» El aviso anterior ya no vale.
template-line = Plantilla { $name }, enviada el { $at } por { $by }:

## Customer's messages

stub = [No se pudo mostrar un mensaje del cliente ({ $code }). Queda guardado para su administrador.]
empty-message = [mensaje vacío]
forwarded = [reenviado]
forwarded-often = [reenviado muchas veces]
reply-to-unknown = [respuesta a un mensaje que aquí no se conoce]
about-product = [sobre el producto { $product }]
from-ad = [desde un anuncio]
from-post = [desde una publicación]
long-text = [mensaje largo: el texto completo está en { $file }]

kind-image = imagen
kind-video = vídeo
kind-audio = audio
kind-voice = mensaje de voz
kind-document = documento
kind-sticker = sticker

file-named = { $kind } { $file }
file-follows = [{ $file }: el archivo se está descargando y llegará a continuación]
file-lost = [{ $file }: no se pudo obtener el archivo de WhatsApp. Pida al cliente que lo envíe de nuevo.]
file-not-accepted = [archivo no aceptado: { $file }, { $size }, tipo { $type }]
file-not-accepted-unsized = [archivo no aceptado: { $file }, tipo { $type }]
size-bytes =
    { $size ->
        [one] { $size } byte
       *[other] { $size } bytes
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = Ubicación
location-bare = Ubicación (solo la posición)
contact-cards =
    { $count ->
        [one] Contacto
       *[other] { $count } contactos
    }
reaction = Reacción: { $emoji }
reaction-removed = Reacción retirada
edited = Mensaje modificado: { $text }
edited-otherwise = Mensaje modificado
deleted = Mensaje eliminado por el cliente
order =
    { $count ->
        [0] Pedido
        [one] Pedido de un artículo
       *[other] Pedido de { $count } artículos
    }
order-total = Total: { $total }
form = Formulario completado
call-permission = Respuesta a la pregunta de si podemos llamar: { $answer }
chat-opened = El cliente abrió el chat.
disappearing = El cliente activó o desactivó los mensajes temporales.

number-changed = WhatsApp: el número del cliente ahora es { $number }.
number-changed-unnamed = WhatsApp: el número del cliente ha cambiado.
user-id-changed = WhatsApp: la cuenta del cliente ha cambiado. La conversación continúa aquí.
identity-changed = WhatsApp: el código de seguridad del cliente ha cambiado (teléfono nuevo o aplicación reinstalada).
system = WhatsApp: { $words }

unsupported = [WhatsApp no transmite este mensaje: { $what }]
unsupported-unnamed = [WhatsApp no transmite este mensaje]
unknown-kind = [mensaje que no se puede mostrar aquí: { $kind }]

room-doubled = Este cliente figuraba dos veces y continúa en la otra conversación. Esta se cierra.

## What a customer reads

customer-file-refused = Lo sentimos, no pudimos aceptar su archivo. Envíelo de otra forma o escríbanos.
