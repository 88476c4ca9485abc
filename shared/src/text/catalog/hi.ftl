## Advice

advice-unavailable = WhatsApp अभी जवाब नहीं दे रहा है। कृपया बाद में फिर कोशिश करें।
advice-window-closed = ग्राहक ने पिछली बार 24 घंटे से अधिक समय पहले लिखा था, इसलिए WhatsApp केवल टेम्पलेट संदेश स्वीकार करता है। टेम्पलेट भेजें या ग्राहक की प्रतीक्षा करें।
advice-held = ग्राहक ने पिछली बार 24 घंटे से अधिक समय पहले लिखा था। आपका संदेश सुरक्षित रखा गया है और ग्राहक के लिखते ही भेजा जाएगा।
advice-held-too-long = ग्राहक ने समय पर नहीं लिखा। संदेश नहीं भेजा गया; बातचीत फिर शुरू करने के लिए टेम्पलेट भेजें।
advice-not-reachable = इस व्यक्ति से WhatsApp पर संपर्क नहीं हो सकता (पंजीकृत नहीं है, आपको ब्लॉक किया है या पुराना ऐप इस्तेमाल करता है)। कृपया दूसरा माध्यम अपनाएँ।
advice-number-blocked = WhatsApp अभी इस नंबर से संदेश स्वीकार नहीं कर रहा है (कुंजी, खाता या भुगतान)। कृपया अपने व्यवस्थापक को बताएँ।
advice-too-fast = WhatsApp संदेश भेजने की गति सीमित करता है। कृपया थोड़ी देर बाद फिर कोशिश करें।
advice-content-refused = WhatsApp ने इस संदेश की सामग्री अस्वीकार कर दी। कृपया इसे बदलकर फिर भेजें।
advice-outcome-unknown = WhatsApp ने नहीं बताया कि यह संदेश पहुँचा या नहीं। हो सकता है न पहुँचा हो: कृपया पूछें या फिर से भेजें।
advice-too-old = यह संदेश समय पर नहीं भेजा जा सका और अब नहीं भेजा जाएगा। अब भी ज़रूरी हो तो फिर से भेजें।
advice-files-unsupported = फ़ाइलें अभी WhatsApp पर नहीं भेजी जातीं। कृपया जानकारी टेक्स्ट या लिंक के रूप में भेजें।
advice-edits-unsupported = WhatsApp भेजे गए संदेश को नहीं बदल सकता। ग्राहक को पहला संस्करण ही दिखता है; ज़रूरत हो तो सुधार भेजें।
advice-not-connected = यह WhatsApp नंबर अब जुड़ा नहीं है। कृपया अपने व्यवस्थापक को बताएँ।
advice-unknown-contact = इस कक्ष का ग्राहक अब WhatsApp ब्रिज को ज्ञात नहीं है। ग्राहक का नया संदेश नई बातचीत खोलेगा।
advice-other = संदेश नहीं पहुँचाया जा सका।

## Notes

note-lead = WhatsApp पर नहीं पहुँचा
note-lead-held = WhatsApp के लिए सुरक्षित रखा गया
note-lead-edited = बदलाव WhatsApp पर नहीं पहुँचा
note = { $lead }: { $advice }
note-quoting = { $lead }: “{ $excerpt }” { $advice }
arrived = आख़िरकार WhatsApp पर पहुँच गया। पिछली सूचना अब मान्य नहीं है।
arrived-quoting = आख़िरकार WhatsApp पर पहुँच गया: “{ $excerpt }” पिछली सूचना अब मान्य नहीं है।
template-line = टेम्पलेट { $name }, { $at } को भेजा गया, प्रेषक { $by }:

## Customer's messages

stub = [ग्राहक का एक संदेश नहीं दिखाया जा सका ({ $code })। वह आपके व्यवस्थापक के लिए सुरक्षित रखा गया है।]
empty-message = [खाली संदेश]
forwarded = [अग्रेषित]
forwarded-often = [कई बार अग्रेषित]
reply-to-unknown = [ऐसे संदेश का उत्तर जो यहाँ ज्ञात नहीं है]
about-product = [उत्पाद { $product } के बारे में]
from-ad = [विज्ञापन से]
from-post = [पोस्ट से]
long-text = [लंबा संदेश: पूरा पाठ { $file } में है]

kind-image = चित्र
kind-video = वीडियो
kind-audio = ऑडियो
kind-voice = वॉइस संदेश
kind-document = दस्तावेज़
kind-sticker = स्टिकर

file-named = { $kind } { $file }
file-follows = [{ $file }: फ़ाइल लाई जा रही है और थोड़ी देर में आएगी]
file-lost = [{ $file }: फ़ाइल WhatsApp से नहीं मिल सकी। कृपया ग्राहक से इसे फिर भेजने को कहें।]
file-not-accepted = [फ़ाइल स्वीकार नहीं हुई: { $file }, { $size }, प्रकार { $type }]
file-not-accepted-unsized = [फ़ाइल स्वीकार नहीं हुई: { $file }, प्रकार { $type }]
size-bytes =
    { $size ->
        [one] { $size } बाइट
       *[other] { $size } बाइट
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = स्थान
location-bare = स्थान (केवल निर्देशांक)
contact-cards =
    { $count ->
        [one] संपर्क
       *[other] { $count } संपर्क
    }
reaction = प्रतिक्रिया: { $emoji }
reaction-removed = प्रतिक्रिया वापस ली गई
edited = संदेश बदला गया: { $text }
edited-otherwise = संदेश बदला गया
deleted = ग्राहक ने संदेश हटाया
order =
    { $count ->
        [0] ऑर्डर
        [one] एक वस्तु का ऑर्डर
       *[other] { $count } वस्तुओं का ऑर्डर
    }
order-total = कुल: { $total }
form = फ़ॉर्म भरा गया
call-permission = क्या हम कॉल कर सकते हैं, इस प्रश्न का उत्तर: { $answer }
chat-opened = ग्राहक ने चैट खोली।
disappearing = ग्राहक ने गायब होने वाले संदेश चालू या बंद किए।

number-changed = WhatsApp: ग्राहक का नंबर अब { $number } है।
number-changed-unnamed = WhatsApp: ग्राहक का नंबर बदल गया है।
user-id-changed = WhatsApp: ग्राहक का खाता बदल गया है। बातचीत यहीं जारी है।
identity-changed = WhatsApp: ग्राहक का सुरक्षा कोड बदल गया है (नया फ़ोन या ऐप फिर से इंस्टॉल)।
system = WhatsApp: { $words }

unsupported = [WhatsApp यह संदेश आगे नहीं भेजता: { $what }]
unsupported-unnamed = [WhatsApp यह संदेश आगे नहीं भेजता]
unknown-kind = [संदेश जो यहाँ नहीं दिखाया जा सकता: { $kind }]

room-doubled = यह ग्राहक दो बार दर्ज था और अब दूसरी बातचीत में लिखता है। यह बातचीत बंद की जाती है।

## What a customer reads

customer-file-refused = क्षमा करें, हम आपकी फ़ाइल स्वीकार नहीं कर सके। कृपया इसे दूसरे रूप में भेजें या हमें लिखें।
