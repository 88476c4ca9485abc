## Advice

advice-unavailable = WhatsApp sedang bermasalah atau tidak menjawab. Silakan coba lagi nanti.
advice-window-closed = Pelanggan terakhir menulis lebih dari 24 jam yang lalu, jadi WhatsApp hanya menerima pesan templat. Kirim templat atau tunggu pelanggan.
advice-held = Pelanggan terakhir menulis lebih dari 24 jam yang lalu. Pesan Anda disimpan dan dikirim begitu pelanggan menulis.
advice-held-too-long = Pelanggan tidak menulis tepat waktu. Pesan tidak dikirim; kirim templat untuk membuka kembali percakapan.
advice-held-dropped = Pesan ini disimpan untuk WhatsApp dan telah dibatalkan atas permintaan. Pesan ini tidak akan dikirim.
advice-not-reachable = Orang ini tidak dapat dihubungi lewat WhatsApp (tidak terdaftar, memblokir Anda, atau aplikasinya lama). Gunakan saluran lain.
advice-same-number = Ini nomor bisnis itu sendiri, dan WhatsApp tidak mengizinkan sebuah nomor menulis kepada dirinya sendiri. Silakan periksa nomor pelanggan.
advice-not-in-test-list = Nomor WhatsApp ini masih dalam mode uji dan hanya menjangkau orang di daftarnya. Administrator harus menambahkan orang ini atau mengakhiri mode uji.
advice-number-needed = WhatsApp memerlukan nomor telepon pelanggan untuk pesan ini, dan nomornya tidak diketahui. Silakan tanyakan kepada pelanggan.
advice-identity-changed = Kode keamanan pelanggan telah berubah (ponsel baru, atau aplikasi dipasang ulang). Pastikan orangnya masih sama, lalu kirim pesan ini lagi.
advice-number-blocked = WhatsApp sedang tidak menerima pesan dari nomor ini (kunci, akun, atau pembayaran). Harap beri tahu administrator Anda.
advice-key-refused = 360dialog tidak menerima kunci API nomor ini, jadi tidak ada yang dapat dikirim dari nomor ini. Administrator harus memasukkan kunci yang sah.
advice-permission-missing = Nomor WhatsApp ini tidak memiliki izin untuk yang diminta. Administrator harus memeriksa izinnya di 360dialog.
advice-account-blocked = WhatsApp telah memblokir atau membatasi akun nomor ini. Administrator harus melihat alasannya di 360dialog dan meminta peninjauan.
advice-country-restricted = WhatsApp tidak mengizinkan bisnis ini menulis kepada orang di negara ini. Gunakan saluran lain.
advice-display-name = Nama tampilan nomor ini tidak disetujui WhatsApp. Administrator harus mengurus persetujuannya di 360dialog.
advice-payment = Ada masalah pembayaran untuk nomor WhatsApp ini. Administrator harus menyelesaikannya di 360dialog.
advice-not-registered = Nomor ini tidak, atau tidak lagi, terdaftar di WhatsApp. Administrator harus mendaftarkannya di 360dialog.
advice-too-fast = WhatsApp membatasi kecepatan pengiriman. Silakan coba lagi beberapa saat kemudian.
advice-spam-limit = WhatsApp membatasi nomor ini karena banyak orang memblokir atau melaporkan pesannya. Tulislah hanya kepada orang yang mengharapkannya, dan coba lagi beberapa jam kemudian.
advice-marketing-not-delivered = WhatsApp memilih untuk tidak menyampaikan pesan pemasaran ini kepada orang ini sekarang. Jangan ulangi setidaknya selama satu hari.
advice-marketing-stopped = Orang ini tidak ingin lagi menerima pesan pemasaran dari Anda. Jangan kirim lagi; pesan lain tetap sampai.
advice-marketing-off = Pesan pemasaran dinonaktifkan untuk nomor ini di WhatsApp. Administrator harus menyelesaikannya dengan 360dialog.
advice-messaging-limit = WhatsApp membatasi bisnis ini karena templatnya dimasukkan ke kategori yang salah. Administrator harus memeriksa templat dan batasnya di 360dialog.
advice-content-refused = WhatsApp menolak isi pesan ini. Silakan ubah lalu kirim lagi.
advice-kind-unsupported = WhatsApp tidak mendukung jenis pesan ini. Silakan kirim dalam bentuk lain, misalnya teks.
advice-file-refused = WhatsApp menolak berkas ini (jenis, ukuran, atau isinya). Silakan kirim dalam format lain atau sebagai tautan.
advice-file-not-fetched = Berkas tidak dapat diambil dari Rocket.Chat: sudah dihapus atau tidak dapat diakses. Silakan unggah lagi.
advice-file-failed = WhatsApp tidak menerima berkas ini dalam bentuk apa pun, dan tautannya tidak dapat dibuat. Silakan kirim dalam format lain atau dengan cara lain.
advice-template-parameters = Nilai templat ini tidak sesuai (jumlah, format, atau panjangnya). Silakan perbaiki dan kirim lagi.
advice-template-missing = WhatsApp tidak memiliki templat yang disetujui dengan nama ini dalam bahasa ini. Silakan pilih templat atau bahasa lain.
advice-template-policy = Isi templat ini melanggar aturan WhatsApp. Silakan gunakan templat lain dan beri tahu administrator Anda.
advice-template-paused = WhatsApp menjeda templat ini karena ada keluhan. Silakan gunakan templat lain sampai dibuka kembali.
advice-template-disabled = WhatsApp menonaktifkan templat ini untuk selamanya. Silakan gunakan templat lain, atau minta administrator Anda mengajukan yang baru.
advice-form-stopped = WhatsApp memblokir atau memperlambat formulir dalam pesan ini. Silakan minta jawabannya sebagai teks, dan beri tahu administrator Anda.
advice-outcome-unknown = WhatsApp tidak memberi tahu apakah pesan ini sampai. Mungkin tidak sampai: silakan tanyakan atau kirim lagi.
advice-too-old = Pesan ini tidak dapat dikirim tepat waktu dan tidak akan dikirim. Silakan kirim ulang jika masih diperlukan.
advice-edits-unsupported = WhatsApp tidak dapat mengubah pesan yang sudah dikirim. Pelanggan tetap melihat versi pertama; kirim koreksi jika perlu.
advice-edit-unsent = Pesan ini tidak tersampaikan dan versi barunya juga tidak dikirim. Kirim sebagai pesan baru jika masih diperlukan.
advice-not-connected = Nomor WhatsApp ini tidak terhubung lagi. Harap beri tahu administrator Anda.
advice-unknown-contact = Pelanggan di ruang ini tidak dikenal lagi oleh jembatan WhatsApp. Pesan baru dari pelanggan membuka percakapan baru.
advice-other = Pesan tidak dapat disampaikan.

## Notes

note-lead = Tidak tersampaikan ke WhatsApp
note-lead-held = Disimpan untuk WhatsApp
note-lead-edited = Perubahan tidak diteruskan ke WhatsApp
note = { $lead }: { $advice }
note-quoting = { $lead }: “{ $excerpt }” { $advice }
arrived = Akhirnya tersampaikan ke WhatsApp. Catatan sebelumnya tidak berlaku lagi.
arrived-quoting = Akhirnya tersampaikan ke WhatsApp: “{ $excerpt }” Catatan sebelumnya tidak berlaku lagi.
note-of-closed = Tentang percakapan yang sudah ditutup: { $note }
template-line = Templat { $name }, dikirim pada { $at } oleh { $by }:
program-line = Dikirim melalui API oleh { $by }:

## The setup channel

number-stopped = WhatsApp menolak yang dikirim dari { $number }. Untuk sementara tidak ada yang dikirim dari nomor itu, dan para agen diberi tahu. { $advice }
number-works = Pesan dari { $number } kembali terkirim ke WhatsApp.
## The 24-hour window

held-none = Tidak ada pesan yang disimpan untuk pelanggan ini.
held-list = Disimpan sampai pelanggan menulis, dalam urutan ini:
held-line = { $place }. “{ $excerpt }” (sejak { $since }, paling lama sampai { $until })
held-sent = Yang disimpan sudah dikirim, kecuali catatan di sini mengatakan lain.
held-still-closed = WhatsApp tetap tidak menerima pesan untuk pelanggan ini, yang terakhir menulis lebih dari 24 jam yang lalu. Yang disimpan tetap disimpan.
held-dropped = Yang disimpan telah dibuang dan tidak dikirim.
command-unknown = Tidak ada perintah “{ $word }”.
commands = Perintah di ruang ini (pelanggan tidak pernah melihatnya):
command-held = menampilkan pesan yang disimpan sampai pelanggan menulis
command-send-held = mencoba mengirimnya sekarang
command-drop-held = membuangnya
command-help = menampilkan daftar ini
reopen-sent = Templat { $name } telah dikirim untuk membuka kembali percakapan.
reopen-follows = Templat { $name } yang membuka kembali percakapan dikirim begitu WhatsApp menjawab.
reopen-not-approved = Templat { $name } yang membuka kembali percakapan tidak dikirim: WhatsApp tidak (lagi) menyetujuinya.
reopen-opted-out = Templat { $name } yang membuka kembali percakapan tidak dikirim: pelanggan tidak menginginkan pesan pemasaran.
reopen-unknown = WhatsApp tidak memberi tahu apakah templat { $name } yang membuka kembali percakapan sampai.
reopen-refused = Templat { $name } yang membuka kembali percakapan tidak dikirim. { $advice }
customer-correction = Koreksi:

## Customer's messages

stub = [Pesan pelanggan tidak dapat ditampilkan ({ $code }). Pesan itu disimpan untuk administrator Anda.]
empty-message = [pesan kosong]
forwarded = [diteruskan]
forwarded-often = [diteruskan berkali-kali]
reply-to-unknown = [balasan untuk pesan yang tidak dikenal di sini]
about-product = [tentang produk { $product }]
from-ad = [dari iklan]
from-post = [dari unggahan]
long-text = [pesan panjang: teks lengkap ada di { $file }]

kind-image = gambar
kind-video = video
kind-audio = audio
kind-voice = pesan suara
kind-document = dokumen
kind-sticker = stiker

file-named = { $kind } { $file }
file-follows = [{ $file }: berkas sedang diambil dan akan menyusul]
file-lost = [{ $file }: berkas tidak dapat diambil dari WhatsApp. Minta pelanggan mengirimnya lagi.]
file-not-accepted = [berkas tidak diterima: { $file }, { $size }, jenis { $type }]
file-not-accepted-unsized = [berkas tidak diterima: { $file }, jenis { $type }]
size-bytes =
    { $size ->
       *[other] { $size } byte
    }
size-kilobytes = { $size } KB
size-megabytes = { $size } MB

location = Lokasi
location-bare = Lokasi (hanya posisi)
contact-cards =
    { $count ->
        [1] Kontak
       *[other] { $count } kontak
    }
reaction = Reaksi: { $emoji }
reaction-removed = Reaksi ditarik kembali
edited = Pesan diubah menjadi: { $text }
edited-otherwise = Pesan diubah
deleted = Pesan dihapus oleh pelanggan
order =
    { $count ->
        [0] Pesanan
        [1] Pesanan satu barang
       *[other] Pesanan { $count } barang
    }
order-total = Total: { $total }
form = Formulir diisi
call-permission = Jawaban atas pertanyaan apakah kami boleh menelepon: { $answer }
chat-opened = Pelanggan membuka obrolan.
disappearing = Pelanggan menyalakan atau mematikan pesan sementara.

number-changed = WhatsApp: nomor pelanggan sekarang { $number }.
number-changed-unnamed = WhatsApp: nomor pelanggan telah berubah.
user-id-changed = WhatsApp: akun pelanggan telah berubah. Percakapan berlanjut di sini.
identity-changed = WhatsApp: kode keamanan pelanggan telah berubah (ponsel baru atau aplikasi dipasang ulang).
system = WhatsApp: { $words }

unsupported = [WhatsApp tidak meneruskan pesan ini: { $what }]
unsupported-unnamed = [WhatsApp tidak meneruskan pesan ini]
unknown-kind = [pesan yang tidak dapat ditampilkan di sini: { $kind }]

room-doubled = Pelanggan ini tercatat dua kali dan melanjutkan di percakapan lain. Percakapan ini ditutup.

## What a customer reads

customer-file-refused = Maaf, kami tidak dapat menerima berkas Anda. Silakan kirim dalam bentuk lain atau tulis kepada kami.
customer-choose = Silakan pilih:
