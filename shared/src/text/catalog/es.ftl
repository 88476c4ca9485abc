## Advice

advice-unavailable = WhatsApp tiene problemas o no responde en este momento. Inténtelo de nuevo más tarde.
advice-window-closed = El cliente escribió por última vez hace más de 24 horas, por lo que WhatsApp solo acepta plantillas. Envíe una plantilla o espere al cliente.
advice-held = El cliente escribió por última vez hace más de 24 horas. Su mensaje queda guardado y se enviará en cuanto el cliente escriba.
advice-held-too-long = El cliente no escribió a tiempo. El mensaje no se envió; envíe una plantilla para reabrir la conversación.
advice-held-dropped = Este mensaje estaba guardado para WhatsApp y se descartó a petición. No se enviará.
advice-not-reachable = No se puede contactar con esta persona por WhatsApp (no está registrada, le bloqueó o usa una versión antigua). Use otro canal.
advice-same-number = Este es el propio número de la empresa, y WhatsApp no permite que un número se escriba a sí mismo. Compruebe el número del cliente.
advice-not-in-test-list = Este número de WhatsApp todavía está en modo de prueba y solo llega a las personas de su lista. Un administrador debe añadir a esta persona o terminar el modo de prueba.
advice-number-needed = WhatsApp necesita el número de teléfono del cliente para este mensaje y no se conoce. Pídaselo al cliente.
advice-identity-changed = El código de seguridad del cliente ha cambiado (teléfono nuevo, o la aplicación se instaló de nuevo). Asegúrese de que sigue siendo la misma persona y envíe el mensaje de nuevo.
advice-number-blocked = WhatsApp no acepta mensajes de este número en este momento (clave, cuenta o pago). Avise a su administrador.
advice-key-refused = 360dialog no acepta la clave de API de este número, por lo que no se puede enviar nada desde él. Un administrador debe introducir una clave válida.
advice-permission-missing = A este número de WhatsApp le falta un permiso para lo que se pidió. Un administrador debe revisar sus permisos en 360dialog.
advice-account-blocked = WhatsApp ha bloqueado o restringido la cuenta de este número. Un administrador debe consultar el motivo en 360dialog y pedir una revisión.
advice-country-restricted = WhatsApp no permite que esta empresa escriba a personas de este país. Use otro canal.
advice-display-name = WhatsApp no ha aprobado el nombre visible de este número. Un administrador debe tramitar su aprobación en 360dialog.
advice-payment = Hay un problema con el pago de este número de WhatsApp. Un administrador debe resolverlo en 360dialog.
advice-not-registered = Este número no está registrado en WhatsApp, o ya no lo está. Un administrador debe registrarlo en 360dialog.
advice-too-fast = WhatsApp limita la velocidad de envío. Inténtelo de nuevo dentro de un rato.
advice-spam-limit = WhatsApp limita este número porque muchas personas bloquearon o denunciaron sus mensajes. Escriba solo a quienes lo esperan e inténtelo de nuevo dentro de unas horas.
advice-marketing-not-delivered = WhatsApp decidió no entregar ahora este mensaje de marketing a esta persona. No lo repita durante al menos un día.
advice-marketing-stopped = Esta persona ya no quiere recibir mensajes de marketing suyos. No le envíe más; los demás mensajes siguen llegando.
advice-marketing-off = Los mensajes de marketing están desactivados para este número en WhatsApp. Un administrador debe aclararlo con 360dialog.
advice-messaging-limit = WhatsApp limita a esta empresa porque sus plantillas se clasificaron en una categoría equivocada. Un administrador debe revisar las plantillas y el límite en 360dialog.
advice-content-refused = WhatsApp rechazó el contenido de este mensaje. Modifíquelo y envíelo de nuevo.
advice-kind-unsupported = WhatsApp no admite este tipo de mensaje. Envíelo de otra forma, por ejemplo como texto.
advice-file-refused = WhatsApp rechazó el archivo (tipo, tamaño o contenido). Envíelo en otro formato o como enlace.
advice-file-not-fetched = No se pudo obtener el archivo de Rocket.Chat: se eliminó o no es accesible. Súbalo de nuevo.
advice-file-failed = WhatsApp no aceptó este archivo de ninguna forma y no se pudo crear un enlace. Envíelo en otro formato o por otro medio.
advice-template-parameters = Los valores de esta plantilla no encajan (cantidad, formato o longitud). Corríjalos y envíela de nuevo.
advice-template-missing = WhatsApp no tiene una plantilla aprobada con este nombre en este idioma. Elija otra plantilla u otro idioma.
advice-template-policy = El contenido de esta plantilla incumple las normas de WhatsApp. Use otra plantilla y avise a su administrador.
advice-template-paused = WhatsApp ha pausado esta plantilla porque hubo quejas. Use otra hasta que se reactive.
advice-template-disabled = WhatsApp ha desactivado esta plantilla definitivamente. Use otra o pida a su administrador que presente una nueva.
advice-form-stopped = WhatsApp ha bloqueado o ralentizado el formulario de este mensaje. Pida las respuestas por texto y avise a su administrador.
advice-outcome-unknown = WhatsApp no indicó si este mensaje llegó. Es posible que no haya llegado: pregunte o envíelo de nuevo.
advice-too-old = Este mensaje no se pudo enviar a tiempo y ya no se enviará. Envíelo de nuevo si todavía hace falta.
advice-edits-unsupported = WhatsApp no puede modificar un mensaje enviado. El cliente sigue viendo la primera versión; envíe una corrección si hace falta.
advice-edit-unsent = Este mensaje no se entregó y su nueva versión tampoco se envía. Envíelo como mensaje nuevo si todavía hace falta.
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
note-of-closed = Sobre una conversación cerrada: { $note }
template-line = Plantilla { $name }, enviada el { $at } por { $by }:
program-line = Enviado a través de la API por { $by }:

## The setup channel

number-stopped = WhatsApp rechaza lo que se envía desde { $number }. Por ahora no se envía nada desde él, y se avisa a los agentes. { $advice }
number-works = Los mensajes de { $number } vuelven a salir hacia WhatsApp.
## The 24-hour window

held-none = No hay ningún mensaje guardado para este cliente.
held-list = Guardados hasta que el cliente escriba, en este orden:
held-line = { $place }. «{ $excerpt }» (desde { $since }, como máximo hasta { $until })
held-sent = Lo que estaba guardado se ha enviado, salvo que un aviso aquí diga otra cosa.
held-still-closed = WhatsApp sigue sin aceptar mensajes para este cliente, que escribió por última vez hace más de 24 horas. Lo guardado sigue guardado.
held-dropped = Lo que estaba guardado se ha descartado y no se envía.
command-unknown = El comando «{ $word }» no existe.
commands = Comandos en esta sala (el cliente nunca los ve):
command-held = muestra los mensajes guardados hasta que el cliente escriba
command-send-held = intenta enviarlos ahora
command-drop-held = los descarta
command-help = muestra esta lista
reopen-sent = Se envió la plantilla { $name } para reabrir la conversación.
reopen-follows = La plantilla { $name }, que reabre la conversación, se enviará en cuanto WhatsApp responda.
reopen-not-approved = La plantilla { $name }, que reabre la conversación, no se envió: WhatsApp no la tiene aprobada (o ya no).
reopen-opted-out = La plantilla { $name }, que reabre la conversación, no se envió: el cliente no quiere mensajes publicitarios.
reopen-unknown = WhatsApp no indicó si llegó la plantilla { $name }, que reabre la conversación.
reopen-refused = La plantilla { $name }, que reabre la conversación, no se envió. { $advice }
customer-correction = Corrección:

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
customer-choose = Elija una opción, por favor:
