## Advice

advice-unavailable = O WhatsApp não está respondendo no momento. Tente novamente mais tarde.
advice-window-closed = O cliente escreveu pela última vez há mais de 24 horas, por isso o WhatsApp só aceita modelos de mensagem. Envie um modelo ou aguarde o cliente.
advice-held = O cliente escreveu pela última vez há mais de 24 horas. Sua mensagem está guardada e será enviada assim que o cliente escrever.
advice-held-too-long = O cliente não escreveu a tempo. A mensagem não foi enviada; envie um modelo para reabrir a conversa.
advice-not-reachable = Não é possível falar com esta pessoa pelo WhatsApp (não registrada, bloqueou você ou usa um aplicativo antigo). Use outro canal.
advice-number-blocked = O WhatsApp não aceita mensagens deste número no momento (chave, conta ou pagamento). Avise o seu administrador.
advice-too-fast = O WhatsApp limita a velocidade de envio. Tente novamente daqui a pouco.
advice-content-refused = O WhatsApp recusou o conteúdo desta mensagem. Altere-o e envie novamente.
advice-outcome-unknown = O WhatsApp não informou se esta mensagem chegou. Talvez não tenha chegado: pergunte ou envie novamente.
advice-too-old = Esta mensagem não pôde ser enviada a tempo e não será mais enviada. Envie novamente se ainda for necessária.
advice-files-unsupported = Arquivos ainda não são enviados ao WhatsApp. Envie as informações como texto ou link.
advice-edits-unsupported = O WhatsApp não pode alterar uma mensagem enviada. O cliente continua vendo a primeira versão; envie uma correção se necessário.
advice-not-connected = Este número do WhatsApp não está mais conectado. Avise o seu administrador.
advice-unknown-contact = A ponte do WhatsApp não conhece mais o cliente desta sala. Uma nova mensagem do cliente abrirá uma nova conversa.
advice-other = A mensagem não pôde ser entregue.

## Notes

note-lead = Não entregue ao WhatsApp
note-lead-held = Guardada para o WhatsApp
note-lead-edited = Alteração não levada ao WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: “{ $excerpt }” { $advice }
arrived = Entregue ao WhatsApp, afinal. O aviso anterior não vale mais.
arrived-quoting = Entregue ao WhatsApp, afinal: “{ $excerpt }” O aviso anterior não vale mais.
template-line = Modelo { $name }, enviado em { $at } por { $by }:

## Customer's messages

stub = [Uma mensagem do cliente não pôde ser exibida ({ $code }). Ela está guardada para o seu administrador.]
empty-message = [mensagem vazia]
forwarded = [encaminhada]
forwarded-often = [encaminhada muitas vezes]
reply-to-unknown = [resposta a uma mensagem que não é conhecida aqui]
about-product = [sobre o produto { $product }]
from-ad = [de um anúncio]
from-post = [de uma publicação]
long-text = [mensagem longa: o texto completo está em { $file }]

kind-image = imagem
kind-video = vídeo
kind-audio = áudio
kind-voice = mensagem de voz
kind-document = documento
kind-sticker = figurinha

file-named = { $kind } { $file }
file-follows = [{ $file }: o arquivo está sendo baixado e virá em seguida]
file-lost = [{ $file }: não foi possível obter o arquivo do WhatsApp. Peça ao cliente que o envie novamente.]
file-not-accepted = [arquivo não aceito: { $file }, { $size }, tipo { $type }]
file-not-accepted-unsized = [arquivo não aceito: { $file }, tipo { $type }]
size-bytes =
    { $size ->
        [one] { $size } byte
       *[other] { $size } bytes
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = Localização
location-bare = Localização (apenas a posição)
contact-cards =
    { $count ->
        [one] Contato
       *[other] { $count } contatos
    }
reaction = Reação: { $emoji }
reaction-removed = Reação retirada
edited = Mensagem alterada para: { $text }
edited-otherwise = Mensagem alterada
deleted = Mensagem apagada pelo cliente
order =
    { $count ->
        [0] Pedido
        [one] Pedido de um item
       *[other] Pedido de { $count } itens
    }
order-total = Total: { $total }
form = Formulário preenchido
call-permission = Resposta à pergunta se podemos ligar: { $answer }
chat-opened = O cliente abriu a conversa.
disappearing = O cliente ativou ou desativou as mensagens temporárias.

number-changed = WhatsApp: o número do cliente agora é { $number }.
number-changed-unnamed = WhatsApp: o número do cliente mudou.
user-id-changed = WhatsApp: a conta do cliente mudou. A conversa continua aqui.
identity-changed = WhatsApp: o código de segurança do cliente mudou (telefone novo ou aplicativo reinstalado).
system = WhatsApp: { $words }

unsupported = [O WhatsApp não repassa esta mensagem: { $what }]
unsupported-unnamed = [O WhatsApp não repassa esta mensagem]
unknown-kind = [mensagem que não pode ser exibida aqui: { $kind }]

room-doubled = Este cliente estava registrado duas vezes e continua na outra conversa. Esta será encerrada.

## What a customer reads

customer-file-refused = Desculpe, não foi possível aceitar o seu arquivo. Envie-o de outra forma ou escreva para nós.
