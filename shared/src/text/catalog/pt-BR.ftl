## Advice

advice-unavailable = O WhatsApp está com problemas ou não responde no momento. Tente novamente mais tarde.
advice-window-closed = O cliente escreveu pela última vez há mais de 24 horas, por isso o WhatsApp só aceita modelos de mensagem. Envie um modelo ou aguarde o cliente.
advice-held = O cliente escreveu pela última vez há mais de 24 horas. Sua mensagem está guardada e será enviada assim que o cliente escrever.
advice-held-too-long = O cliente não escreveu a tempo. A mensagem não foi enviada; envie um modelo para reabrir a conversa.
advice-held-dropped = Esta mensagem estava guardada para o WhatsApp e foi descartada a pedido. Ela não será enviada.
advice-not-reachable = Não é possível falar com esta pessoa pelo WhatsApp (não registrada, bloqueou você ou usa um aplicativo antigo). Use outro canal.
advice-same-number = Este é o próprio número da empresa, e o WhatsApp não deixa um número escrever para si mesmo. Verifique o número do cliente.
advice-not-in-test-list = Este número do WhatsApp ainda está em modo de teste e só alcança as pessoas da sua lista. Um administrador precisa incluir esta pessoa ou encerrar o modo de teste.
advice-number-needed = O WhatsApp precisa do número de telefone do cliente para esta mensagem, e ele não é conhecido. Peça-o ao cliente.
advice-identity-changed = O código de segurança do cliente mudou (telefone novo, ou o aplicativo foi reinstalado). Confirme que ainda é a mesma pessoa e envie a mensagem novamente.
advice-number-blocked = O WhatsApp não aceita mensagens deste número no momento (chave, conta ou pagamento). Avise o seu administrador.
advice-key-refused = A 360dialog não aceita a chave de API deste número, por isso nada pode ser enviado por ele. Um administrador precisa inserir uma chave válida.
advice-permission-missing = Falta a este número do WhatsApp uma permissão para o que foi pedido. Um administrador precisa verificar as permissões dele na 360dialog.
advice-account-blocked = O WhatsApp bloqueou ou restringiu a conta deste número. Um administrador precisa ver o motivo na 360dialog e pedir uma análise.
advice-country-restricted = O WhatsApp não permite que esta empresa escreva para pessoas neste país. Use outro canal.
advice-display-name = O nome de exibição deste número não está aprovado pelo WhatsApp. Um administrador precisa providenciar a aprovação na 360dialog.
advice-payment = Há um problema com o pagamento deste número do WhatsApp. Um administrador precisa resolvê-lo na 360dialog.
advice-not-registered = Este número não está, ou não está mais, registrado no WhatsApp. Um administrador precisa registrá-lo na 360dialog.
advice-too-fast = O WhatsApp limita a velocidade de envio. Tente novamente daqui a pouco.
advice-spam-limit = O WhatsApp limita este número porque muitas pessoas bloquearam ou denunciaram as mensagens dele. Escreva só para quem espera a mensagem e tente novamente em algumas horas.
advice-marketing-not-delivered = O WhatsApp optou por não entregar esta mensagem de marketing a esta pessoa agora. Não a repita por pelo menos um dia.
advice-marketing-stopped = Esta pessoa não quer mais receber mensagens de marketing suas. Não envie mais nenhuma; outras mensagens continuam chegando.
advice-marketing-off = As mensagens de marketing estão desativadas para este número no WhatsApp. Um administrador precisa esclarecer isso com a 360dialog.
advice-messaging-limit = O WhatsApp limita esta empresa porque modelos dela foram classificados na categoria errada. Um administrador precisa verificar os modelos e o limite na 360dialog.
advice-content-refused = O WhatsApp recusou o conteúdo desta mensagem. Altere-o e envie novamente.
advice-kind-unsupported = O WhatsApp não aceita este tipo de mensagem. Envie-a de outra forma, por exemplo como texto.
advice-file-refused = O WhatsApp recusou o arquivo (tipo, tamanho ou conteúdo). Envie-o em outro formato ou como link.
advice-file-not-fetched = O arquivo não pôde ser obtido do Rocket.Chat: foi removido ou não está acessível. Envie-o novamente.
advice-file-failed = O WhatsApp não aceitou este arquivo de nenhuma forma, e não foi possível criar um link para ele. Envie-o em outro formato ou por outro meio.
advice-template-parameters = Os valores deste modelo não se ajustam a ele (quantidade, formato ou tamanho). Corrija-os e envie novamente.
advice-template-missing = O WhatsApp não tem um modelo aprovado com este nome neste idioma. Escolha outro modelo ou outro idioma.
advice-template-policy = O conteúdo deste modelo viola as regras do WhatsApp. Use outro modelo e avise o seu administrador.
advice-template-paused = O WhatsApp pausou este modelo porque houve reclamações. Use outro até que ele seja liberado.
advice-template-disabled = O WhatsApp desativou este modelo definitivamente. Use outro ou peça ao seu administrador que envie um novo para aprovação.
advice-form-stopped = O WhatsApp bloqueou ou limitou o formulário desta mensagem. Peça as respostas por texto e avise o seu administrador.
advice-outcome-unknown = O WhatsApp não informou se esta mensagem chegou. Talvez não tenha chegado: pergunte ou envie novamente.
advice-too-old = Esta mensagem não pôde ser enviada a tempo e não será mais enviada. Envie novamente se ainda for necessária.
advice-edits-unsupported = O WhatsApp não pode alterar uma mensagem enviada. O cliente continua vendo a primeira versão; envie uma correção se necessário.
advice-edit-unsent = Esta mensagem não foi entregue, e a nova versão também não será enviada. Envie-a como mensagem nova se ainda for necessária.
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
note-of-closed = Sobre uma conversa que está encerrada: { $note }
template-line = Modelo { $name }, enviado em { $at } por { $by }:
program-line = Enviado pela API por { $by }:

## The setup channel

number-stopped = O WhatsApp recusa o que é enviado por { $number }. Por enquanto nada é enviado por ele, e os agentes são avisados. { $advice }
number-works = As mensagens de { $number } voltaram a sair para o WhatsApp.
## The 24-hour window

held-none = Nenhuma mensagem está guardada para este cliente.
held-list = Guardadas até o cliente escrever, nesta ordem:
held-line = { $place }. “{ $excerpt }” (desde { $since }, no máximo até { $until })
held-sent = O que estava guardado foi enviado, a menos que um aviso aqui diga outra coisa.
held-still-closed = O WhatsApp continua sem aceitar mensagens para este cliente, que escreveu pela última vez há mais de 24 horas. O que está guardado continua guardado.
held-dropped = O que estava guardado foi descartado e não será enviado.
command-unknown = O comando “{ $word }” não existe.
commands = Comandos nesta sala (o cliente nunca os vê):
command-held = mostra as mensagens guardadas até o cliente escrever
command-send-held = tenta enviá-las agora
command-drop-held = descarta-as
command-help = mostra esta lista
reopen-sent = O modelo { $name } foi enviado para reabrir a conversa.
reopen-follows = O modelo { $name }, que reabre a conversa, será enviado assim que o WhatsApp responder.
reopen-not-approved = O modelo { $name }, que reabre a conversa, não foi enviado: o WhatsApp não o tem aprovado (ou não mais).
reopen-opted-out = O modelo { $name }, que reabre a conversa, não foi enviado: o cliente não quer mensagens de marketing.
reopen-unknown = O WhatsApp não informou se o modelo { $name }, que reabre a conversa, chegou.
reopen-refused = O modelo { $name }, que reabre a conversa, não foi enviado. { $advice }
customer-correction = Correção:

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
customer-choose = Por favor, escolha:
