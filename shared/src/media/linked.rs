//! A program's file at a public address: fetched within its kind's limits, and known by its first bytes
//! where those tell (reference: 360dialog, §1.6).

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::{File, LIMIT, Media, NotFetched, mime_type_of};
use crate::domain::program::{FileKind, ProgramFile};
use crate::domain::template::Media as Kind;

/// Documents by their MIME types and the ends of their names.
const DOCUMENTS: [(&str, &str); 7] = [
    ("text/plain", "txt"),
    ("application/msword", "doc"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "pptx",
    ),
];

impl Media {
    /// Fetches a program's file: `https` on a public address, no redirects, within [`FileKind::largest`]
    /// bytes and 40 s. What WhatsApp takes in no form of this kind is [`NotFetched::WrongType`].
    pub async fn fetch_linked(&self, file: &ProgramFile) -> Result<File, NotFetched> {
        let most = file.kind.largest();
        let answer = self.http.fetch_public(&file.link, most, LIMIT).await?;
        let told = answer.headers().get(CONTENT_TYPE);
        let told = told.and_then(|told| told.to_str().ok()).unwrap_or_default();
        let told = told.split(';').next().unwrap_or_default().trim().to_owned();
        let bytes = answer.into_body();
        let mime_type = type_of(file, &told, &bytes).ok_or(NotFetched::WrongType)?;
        Ok(File { mime_type, bytes })
    }
}

fn type_of(file: &ProgramFile, told: &str, bytes: &Bytes) -> Option<&'static str> {
    match file.kind {
        FileKind::Image => mime_type_of(Kind::Image, bytes),
        FileKind::Video => mime_type_of(Kind::Video, bytes),
        FileKind::Audio => sound(bytes),
        FileKind::Sticker => (bytes.get(..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
            .then_some("image/webp"),
        FileKind::Document => {
            mime_type_of(Kind::Document, bytes).or_else(|| document(&file.name, told, bytes))
        }
    }
}

fn sound(bytes: &[u8]) -> Option<&'static str> {
    let opus = || bytes.windows(8).take(64).any(|head| head == b"OpusHead");
    match bytes {
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("audio/amr"),
        // the bare type is refused
        [b'O', b'g', b'g', b'S', ..] if opus() => Some("audio/ogg; codecs=opus"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("audio/mp4"),
        // frames of AAC say layer 0, those of MP3 one of the others
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Some("audio/aac"),
        [0xFF, second, ..] if second & 0xE0 == 0xE0 => Some("audio/mpeg"),
        _ => None,
    }
}

/// A document's type as the server tells it, else by the end of its name; a page of a server is none.
fn document(name: &str, told: &str, bytes: &[u8]) -> Option<&'static str> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let by_type = DOCUMENTS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(told));
    let by_name = || {
        let ending = ending?;
        DOCUMENTS
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(ending))
    };
    let (found, _) = by_type.or_else(by_name)?;
    let head = bytes.get(..4).unwrap_or_default();
    let fits = match *found {
        "text/plain" => {
            std::str::from_utf8(bytes).is_ok() && !told.eq_ignore_ascii_case("text/html")
        }
        zipped if zipped.contains("openxml") => head == b"PK\x03\x04",
        _ => head == b"\xD0\xCF\x11\xE0",
    };
    fits.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: FileKind, name: &str, told: &str, bytes: &'static [u8]) -> Option<&'static str> {
        let file = ProgramFile {
            at: String::new(),
            kind,
            link: String::new(),
            name: name.to_owned(),
            uploaded: None,
        };
        type_of(&file, told, &Bytes::from_static(bytes))
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        use FileKind::{Audio, Document, Image, Sticker, Video};
        for (kind, bytes, expected) in [
            (Image, &b"\xFF\xD8\xFF\xE0"[..], "image/jpeg"),
            (Video, b"\0\0\0\x18ftypmp42", "video/mp4"),
            (Audio, b"ID3\x03", "audio/mpeg"),
            (Audio, b"\xFF\xFB\x90\x44", "audio/mpeg"),
            (Audio, b"\xFF\xF1\x50\x80", "audio/aac"),
            (Audio, b"#!AMR\n", "audio/amr"),
            (Audio, b"\0\0\0\x18ftypM4A ", "audio/mp4"),
            (Audio, b"OggS________OpusHead", "audio/ogg; codecs=opus"),
            (Sticker, b"RIFF____WEBPVP8 ", "image/webp"),
            (Document, b"%PDF-1.7", "application/pdf"),
        ] {
            assert_eq!(typed(kind, "", "", bytes), Some(expected));
        }
        for kind in [Image, Video, Audio, Sticker, Document] {
            assert_eq!(
                typed(kind, "a", "text/html", b"<html></html>"),
                None,
                "{kind:?}"
            );
            assert_eq!(typed(kind, "", "", b""), None, "{kind:?}");
        }
        assert_eq!(typed(Audio, "", "", b"OggS________vorbis"), None);
    }

    #[test]
    fn a_document_is_what_its_server_or_its_name_says() {
        let typed = |name, told, bytes| typed(FileKind::Document, name, told, bytes);
        assert_eq!(typed("a.txt", "", b"Hello"), Some("text/plain"));
        assert_eq!(typed("a", "text/plain", b"Hello"), Some("text/plain"));
        assert_eq!(typed("a.txt", "text/html", b"<html>"), None);
        assert_eq!(
            typed("a.DOC", "", b"\xD0\xCF\x11\xE0"),
            Some("application/msword")
        );
        assert!(typed("a.xlsx", "", b"PK\x03\x04").is_some_and(|found| found.contains("sheet")));
        assert_eq!(typed("a.docx", "", b"no archive"), None);
        assert_eq!(typed("a.zip", "application/zip", b"PK\x03\x04"), None);
    }
}
