//! Files between the neighbours: fetched within their limits, known by what they are, and carried
//! from one to the other without being held.

mod inward;
mod linked;
mod outward;

use std::time::Duration;

use bytes::Bytes;

use crate::domain::template::{Media as Kind, limits};
use crate::domain::time::Timestamp;
use crate::files::{FileError, Files, Form};
use crate::http::{FetchError, Http};

pub use inward::{Inward, NotCarried};
pub use outward::{Limits, NotSent, Opened};

/// Types in which servers talk to programs and to people; few files have them.
fn is_answer(mime_type: &str) -> bool {
    ["text/html", "application/json"]
        .iter()
        .any(|kind| mime_type.starts_with(kind))
}

/// How long fetching may take.
const LIMIT: Duration = Duration::from_secs(40);

/// Fetches files.
#[derive(Clone, Debug)]
pub struct Media {
    http: Http,
    files: Option<Files>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it is.
    pub mime_type: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFetched {
    /// It could not be reached, or is too large.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was uploaded cannot be had.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not of the kind that was asked for.
    #[error("file_of_wrong_type")]
    WrongType,
}

impl NotFetched {
    /// Whether another try can bring nothing else.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::WrongType
                | Self::File(FileError::Missing)
                | Self::Fetch(FetchError::NotPublic | FetchError::TooLarge)
        )
    }
}

impl Media {
    /// Fetches over `http`, and from the stack's bucket where there is one.
    pub fn new(http: Http, files: Option<Files>) -> Self {
        Self { http, files }
    }

    /// Whether a link leads to a public address, as far as its text tells.
    pub fn is_public(link: &str) -> bool {
        Http::is_public(link)
    }

    /// Fetches a header's file from an address that a user gave, within its kind's limits (§1.6).
    pub async fn fetch(&self, link: &str, kind: Kind) -> Result<File, NotFetched> {
        let most = limits::header_file(kind);
        let answer = self.http.fetch_public(link, most, LIMIT).await?;
        file_of(kind, answer.into_body())
    }

    /// Reads the file that somebody uploaded under `id` with [`Media::form`].
    pub async fn uploaded(&self, id: &str, kind: Kind, now: Timestamp) -> Result<File, NotFetched> {
        let files = self.files.as_ref().ok_or(FileError::Unavailable)?;
        file_of(kind, files.fetch(id, now).await?)
    }

    /// The stack's bucket, where it has one.
    pub fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    /// A form to upload a file of `kind` under `id`; `None` where the stack has no bucket.
    pub fn form(&self, id: &str, (kind, mime_type): (Kind, &str), now: Timestamp) -> Option<Form> {
        let files = self.files.as_ref()?;
        Some(files.form(id, mime_type, limits::header_file(kind), now))
    }
}

fn file_of(kind: Kind, bytes: Bytes) -> Result<File, NotFetched> {
    let mime_type = mime_type_of(kind, &bytes).ok_or(NotFetched::WrongType)?;
    if bytes.len() > limits::header_file(kind) {
        return Err(FetchError::TooLarge.into());
    }
    Ok(File { mime_type, bytes })
}

/// The kind and MIME type that a name of a MIME type stands for, where a header may have it.
pub fn kind_of(mime_type: &str) -> Option<(Kind, &'static str)> {
    [
        (Kind::Image, "image/jpeg"),
        (Kind::Image, "image/png"),
        (Kind::Video, "video/mp4"),
        (Kind::Video, "video/3gpp"),
        (Kind::Document, "application/pdf"),
    ]
    .into_iter()
    .find(|(_, known)| mime_type.trim().eq_ignore_ascii_case(known))
}

/// The MIME type of a file by its first bytes, where it is one that a header of that kind may have
/// (§1.6): what a server says of a file is often wrong, and WhatsApp looks itself.
fn mime_type_of(kind: Kind, bytes: &Bytes) -> Option<&'static str> {
    match kind {
        Kind::Image if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) => Some("image/jpeg"),
        Kind::Image if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some("image/png"),
        Kind::Document if bytes.starts_with(b"%PDF-") => Some("application/pdf"),
        Kind::Video | Kind::Gif => match (bytes.get(4..8), bytes.get(8..11)) {
            (Some(b"ftyp"), Some(b"3gp")) => Some("video/3gpp"),
            (Some(b"ftyp"), Some(_)) => Some("video/mp4"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let kind = |of, bytes: &'static [u8]| mime_type_of(of, &Bytes::from_static(bytes));
        assert_eq!(kind(Kind::Image, b"\xFF\xD8\xFF\xE0"), Some("image/jpeg"));
        assert_eq!(kind(Kind::Document, b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(kind(Kind::Video, b"\0\0\0\x18ftypmp42"), Some("video/mp4"));
        assert_eq!(kind(Kind::Video, b"\0\0\0\x18ftyp3gp4"), Some("video/3gpp"));
        for of in [Kind::Image, Kind::Document, Kind::Video] {
            assert_eq!(kind(of, b"<html>"), None);
            assert_eq!(kind(of, b""), None);
        }
        assert_eq!(kind(Kind::Image, b"%PDF-1.7"), None);
    }
}
