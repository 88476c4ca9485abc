## Advice

advice-unavailable = WhatsApp сейчас не отвечает. Повторите попытку позже.
advice-window-closed = Последнее сообщение клиента пришло более 24 часов назад, поэтому WhatsApp принимает только шаблоны. Отправьте шаблон или дождитесь сообщения клиента.
advice-held = Последнее сообщение клиента пришло более 24 часов назад. Ваше сообщение сохранено и будет отправлено, как только клиент напишет.
advice-held-too-long = Клиент не написал вовремя. Сообщение не отправлено; отправьте шаблон, чтобы возобновить разговор.
advice-not-reachable = С этим человеком нельзя связаться в WhatsApp (не зарегистрирован, заблокировал вас или использует старое приложение). Воспользуйтесь другим каналом.
advice-number-blocked = WhatsApp сейчас не принимает сообщения с этого номера (ключ, учётная запись или оплата). Сообщите администратору.
advice-too-fast = WhatsApp ограничивает скорость отправки. Повторите попытку немного позже.
advice-content-refused = WhatsApp отклонил содержание этого сообщения. Измените его и отправьте снова.
advice-outcome-unknown = WhatsApp не сообщил, дошло ли это сообщение. Возможно, оно не дошло: спросите клиента или отправьте его ещё раз.
advice-too-old = Это сообщение не удалось отправить вовремя, и оно больше не отправляется. Отправьте его снова, если оно ещё нужно.
advice-files-unsupported = Файлы пока не отправляются в WhatsApp. Отправьте сведения текстом или ссылкой.
advice-edits-unsupported = WhatsApp не может изменить отправленное сообщение. Клиент по-прежнему видит первый вариант; при необходимости отправьте исправление.
advice-not-connected = Этот номер WhatsApp больше не подключён. Сообщите администратору.
advice-unknown-contact = Клиент этой комнаты больше не известен мосту WhatsApp. Новое сообщение клиента откроет новый разговор.
advice-other = Сообщение не удалось доставить.

## Notes

note-lead = Не доставлено в WhatsApp
note-lead-held = Сохранено для WhatsApp
note-lead-edited = Изменение не передано в WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: «{ $excerpt }» { $advice }
arrived = Всё же доставлено в WhatsApp. Прежняя заметка больше не действует.
arrived-quoting = Всё же доставлено в WhatsApp: «{ $excerpt }» Прежняя заметка больше не действует.
template-line = Шаблон { $name }, отправлен { $at }, отправитель { $by }:

## Customer's messages

stub = [Сообщение клиента не удалось показать ({ $code }). Оно сохранено для администратора.]
empty-message = [пустое сообщение]
forwarded = [переслано]
forwarded-often = [переслано много раз]
reply-to-unknown = [ответ на сообщение, которое здесь неизвестно]
about-product = [о товаре { $product }]
from-ad = [из рекламы]
from-post = [из публикации]
long-text = [длинное сообщение: весь текст в файле { $file }]

kind-image = изображение
kind-video = видео
kind-audio = аудио
kind-voice = голосовое сообщение
kind-document = документ
kind-sticker = стикер

file-named = { $kind } { $file }
file-follows = [{ $file }: файл загружается и появится ниже]
file-lost = [{ $file }: файл не удалось получить из WhatsApp. Попросите клиента отправить его ещё раз.]
file-not-accepted = [файл не принят: { $file }, { $size }, тип { $type }]
file-not-accepted-unsized = [файл не принят: { $file }, тип { $type }]
size-bytes =
    { $size ->
        [one] { $size } байт
        [few] { $size } байта
        [many] { $size } байт
       *[other] { $size } байта
    }
size-kilobytes = { $size } КБ
size-megabytes = { $size } МБ

location = Местоположение
location-bare = Местоположение (только координаты)
contact-cards =
    { $count ->
        [one] { $count } контакт
        [few] { $count } контакта
        [many] { $count } контактов
       *[other] { $count } контакта
    }
reaction = Реакция: { $emoji }
reaction-removed = Реакция убрана
edited = Сообщение изменено на: { $text }
edited-otherwise = Сообщение изменено
deleted = Сообщение удалено клиентом
order =
    { $count ->
        [0] Заказ
        [one] Заказ: { $count } товар
        [few] Заказ: { $count } товара
        [many] Заказ: { $count } товаров
       *[other] Заказ: { $count } товара
    }
order-total = Итого: { $total }
form = Форма заполнена
call-permission = Ответ на вопрос, можно ли нам позвонить: { $answer }
chat-opened = Клиент открыл чат.
disappearing = Клиент включил или выключил исчезающие сообщения.

number-changed = WhatsApp: номер клиента теперь { $number }.
number-changed-unnamed = WhatsApp: номер клиента изменился.
user-id-changed = WhatsApp: учётная запись клиента изменилась. Разговор продолжается здесь.
identity-changed = WhatsApp: код безопасности клиента изменился (новый телефон или приложение переустановлено).
system = WhatsApp: { $words }

unsupported = [WhatsApp не передаёт это сообщение: { $what }]
unsupported-unnamed = [WhatsApp не передаёт это сообщение]
unknown-kind = [сообщение, которое нельзя показать здесь: { $kind }]

room-doubled = Этот клиент был записан дважды и продолжает переписку в другом разговоре. Этот разговор закрывается.

## What a customer reads

customer-file-refused = К сожалению, мы не смогли принять ваш файл. Отправьте его в другом виде или напишите нам.
