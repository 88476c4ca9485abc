## Advice

advice-unavailable = واتساب لا يستجيب حاليًا. يُرجى المحاولة لاحقًا.
advice-window-closed = كتب العميل آخر مرة قبل أكثر من 24 ساعة، لذلك لا يقبل واتساب إلا رسائل القوالب. أرسل قالبًا أو انتظر العميل.
advice-held = كتب العميل آخر مرة قبل أكثر من 24 ساعة. رسالتك محفوظة وستُرسل حالما يكتب العميل.
advice-held-too-long = لم يكتب العميل في الوقت المناسب. لم تُرسل الرسالة؛ أرسل قالبًا لإعادة فتح المحادثة.
advice-not-reachable = لا يمكن الوصول إلى هذا الشخص عبر واتساب (غير مسجل أو حظرك أو يستخدم تطبيقًا قديمًا). استخدم قناة أخرى.
advice-number-blocked = لا يقبل واتساب حاليًا رسائل من هذا الرقم (المفتاح أو الحساب أو الدفع). يُرجى إبلاغ المسؤول.
advice-too-fast = يحدّ واتساب من سرعة إرسال الرسائل. يُرجى المحاولة بعد قليل.
advice-content-refused = رفض واتساب محتوى هذه الرسالة. يُرجى تعديله وإرسالها مرة أخرى.
advice-outcome-unknown = لم يوضح واتساب ما إذا وصلت هذه الرسالة. ربما لم تصل: يُرجى سؤال العميل أو إرسالها مرة أخرى.
advice-too-old = تعذّر إرسال هذه الرسالة في الوقت المناسب ولن تُرسل بعد الآن. أرسلها مرة أخرى إن كانت لا تزال مطلوبة.
advice-files-unsupported = لا تُرسل الملفات إلى واتساب بعد. يُرجى إرسال المعلومات نصًا أو رابطًا.
advice-edits-unsupported = لا يستطيع واتساب تعديل رسالة أُرسلت. لا يزال العميل يرى النسخة الأولى؛ أرسل تصحيحًا عند الحاجة.
advice-not-connected = لم يعد رقم واتساب هذا متصلًا. يُرجى إبلاغ المسؤول.
advice-unknown-contact = لم يعد عميل هذه الغرفة معروفًا لجسر واتساب. رسالة جديدة من العميل تفتح محادثة جديدة.
advice-other = تعذّر تسليم الرسالة.

## Notes

note-lead = لم تُسلَّم إلى واتساب
note-lead-held = محفوظة لواتساب
note-lead-edited = لم يُنقل التعديل إلى واتساب
note = { $lead }: { $advice }
note-quoting = { $lead }: «{ $excerpt }» { $advice }
arrived = سُلّمت إلى واتساب في النهاية. لم تعد الملاحظة السابقة سارية.
arrived-quoting = سُلّمت إلى واتساب في النهاية: «{ $excerpt }» لم تعد الملاحظة السابقة سارية.
template-line = القالب { $name }، أُرسل في { $at } بواسطة { $by }:

## Customer's messages

stub = [تعذّر عرض رسالة من العميل ({ $code }). وهي محفوظة للمسؤول.]
empty-message = [رسالة فارغة]
forwarded = [معاد توجيهها]
forwarded-often = [أُعيد توجيهها مرات كثيرة]
reply-to-unknown = [رد على رسالة غير معروفة هنا]
about-product = [بخصوص المنتج { $product }]
from-ad = [من إعلان]
from-post = [من منشور]
long-text = [رسالة طويلة: النص الكامل في { $file }]

kind-image = صورة
kind-video = فيديو
kind-audio = صوت
kind-voice = رسالة صوتية
kind-document = مستند
kind-sticker = ملصق

file-named = { $kind } { $file }
file-follows = [{ $file }: يجري جلب الملف وسيظهر لاحقًا]
file-lost = [{ $file }: تعذّر جلب الملف من واتساب. يُرجى أن تطلب من العميل إرساله مرة أخرى.]
file-not-accepted = [لم يُقبل الملف: { $file }، { $size }، النوع { $type }]
file-not-accepted-unsized = [لم يُقبل الملف: { $file }، النوع { $type }]
size-bytes =
    { $size ->
        [zero] { $size } بايت
        [one] بايت واحد
        [two] بايتان
        [few] { $size } بايتات
        [many] { $size } بايتًا
       *[other] { $size } بايت
    }
size-kilobytes = { $size } كيلوبايت
size-megabytes = { $size } ميغابايت

location = الموقع
location-bare = الموقع (الإحداثيات فقط)
contact-cards =
    { $count ->
        [zero] لا جهات اتصال
        [one] جهة اتصال
        [two] جهتا اتصال
        [few] { $count } جهات اتصال
        [many] { $count } جهة اتصال
       *[other] { $count } جهة اتصال
    }
reaction = تفاعل: { $emoji }
reaction-removed = سُحب التفاعل
edited = عُدّلت الرسالة إلى: { $text }
edited-otherwise = عُدّلت الرسالة
deleted = حذف العميل الرسالة
order =
    { $count ->
        [zero] طلب
        [one] طلب من منتج واحد
        [two] طلب من منتجين
        [few] طلب من { $count } منتجات
        [many] طلب من { $count } منتجًا
       *[other] طلب من { $count } منتج
    }
order-total = الإجمالي: { $total }
form = مُلئ النموذج
call-permission = الرد على سؤال ما إذا كان بإمكاننا الاتصال: { $answer }
chat-opened = فتح العميل المحادثة.
disappearing = شغّل العميل الرسائل ذاتية الاختفاء أو أوقفها.

number-changed = واتساب: أصبح رقم العميل { $number }.
number-changed-unnamed = واتساب: تغيّر رقم العميل.
user-id-changed = واتساب: تغيّر حساب العميل. تستمر المحادثة هنا.
identity-changed = واتساب: تغيّر رمز أمان العميل (هاتف جديد أو أُعيد تثبيت التطبيق).
system = واتساب: { $words }

unsupported = [لا يمرّر واتساب هذه الرسالة: { $what }]
unsupported-unnamed = [لا يمرّر واتساب هذه الرسالة]
unknown-kind = [رسالة لا يمكن عرضها هنا: { $kind }]

room-doubled = كان هذا العميل مسجلًا مرتين ويتابع في المحادثة الأخرى. تُغلق هذه المحادثة.

## What a customer reads

customer-file-refused = عذرًا، لم نتمكن من قبول ملفك. يُرجى إرساله بشكل آخر أو الكتابة إلينا.
