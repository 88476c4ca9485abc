## Advice

advice-unavailable = WhatsApp sedang tidak menjawab. Silakan coba lagi nanti.
advice-window-closed = Pelanggan terakhir menulis lebih dari 24 jam yang lalu, jadi WhatsApp hanya menerima pesan templat. Kirim templat atau tunggu pelanggan.
advice-held = Pelanggan terakhir menulis lebih dari 24 jam yang lalu. Pesan Anda disimpan dan dikirim begitu pelanggan menulis.
advice-held-too-long = Pelanggan tidak menulis tepat waktu. Pesan tidak dikirim; kirim templat untuk membuka kembali percakapan.
advice-not-reachable = Orang ini tidak dapat dihubungi lewat WhatsApp (tidak terdaftar, memblokir Anda, atau aplikasinya lama). Gunakan saluran lain.
advice-number-blocked = WhatsApp sedang tidak menerima pesan dari nomor ini (kunci, akun, atau pembayaran). Harap beri tahu administrator Anda.
advice-too-fast = WhatsApp membatasi kecepatan pengiriman. Silakan coba lagi beberapa saat kemudian.
advice-content-refused = WhatsApp menolak isi pesan ini. Silakan ubah lalu kirim lagi.
advice-outcome-unknown = WhatsApp tidak memberi tahu apakah pesan ini sampai. Mungkin tidak sampai: silakan tanyakan atau kirim lagi.
advice-too-old = Pesan ini tidak dapat dikirim tepat waktu dan tidak akan dikirim. Silakan kirim ulang jika masih diperlukan.
advice-files-unsupported = Berkas belum dikirim ke WhatsApp. Silakan kirim informasinya sebagai teks atau tautan.
advice-edits-unsupported = WhatsApp tidak dapat mengubah pesan yang sudah dikirim. Pelanggan tetap melihat versi pertama; kirim koreksi jika perlu.
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
template-line = Templat { $name }, dikirim pada { $at } oleh { $by }:

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
