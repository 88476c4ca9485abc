//! Uploaded files and customers' files (360dialog reference §1.6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::state::{Media, Number, State};
use super::{DOWNLOAD_ORIGIN, Dialog360, ids};

const DAY_MS: i64 = 86_400_000;

/// MIME types of a message type; the first one decides nothing, the order is the documentation's.
pub(crate) fn mime_types(kind: &str) -> &'static [&'static str] {
    match kind {
        "image" => &["image/jpeg", "image/png"],
        "video" => &["video/mp4", "video/3gpp"],
        "audio" => &[
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
        ],
        "sticker" => &["image/webp"],
        "document" => &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        _ => &[],
    }
}

/// The type without its parameters, in lower case.
pub(crate) fn bare(mime_type: &str) -> String {
    mime_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The message type whose list holds this MIME type.
fn kind_of(mime_type: &str) -> Option<&'static str> {
    let mime_type = bare(mime_type);
    ["image", "video", "audio", "sticker", "document"]
        .into_iter()
        .find(|kind| mime_types(kind).contains(&mime_type.as_str()))
}

fn largest(kind: &str) -> usize {
    match kind {
        "image" => 5 << 20,
        "video" | "audio" => 16 << 20,
        "sticker" => 500 << 10,
        _ => 100 << 20,
    }
}

impl State {
    /// Takes an upload: its id, or why not.
    pub fn upload(&mut self, number: &str, mime: &str, bytes: Vec<u8>) -> Result<String, Refusal> {
        let any = self.options.accept_any_document;
        let Some(kind) = kind_of(mime).or(any.then_some("document")) else {
            let refusal = format!(
                "Param file must be a file of a supported type. Received file of type '{mime}'."
            );
            return Err(Refusal::parameter(refusal));
        };
        if bytes.len() > largest(kind) {
            return Err(Refusal::new(
                131_053,
                format!("The file is too large for {kind}."),
            ));
        }
        Ok(self.store(number, mime, bytes, 30 * DAY_MS))
    }

    /// Begins the resumable upload of a sample.
    pub fn begin_sample(&mut self, length: usize) -> String {
        let id = format!("upload:{}", ids::media(self.next()));
        self.samples.insert(id.clone(), (length, Vec::new()));
        id
    }

    /// How much of a sample is there.
    pub fn sample_offset(&self, id: &str) -> Option<usize> {
        self.samples.get(id).map(|(_, bytes)| bytes.len())
    }

    /// Takes the bytes of a sample from `offset` on; gives its handle when all are there.
    pub fn continue_sample(
        &mut self,
        id: &str,
        offset: Option<usize>,
        more: &[u8],
    ) -> Result<String, Refusal> {
        let Some((length, bytes)) = self.samples.get_mut(id) else {
            return Err(Refusal::parameter("There is no such upload session."));
        };
        if offset != Some(bytes.len()) {
            return Err(Refusal::parameter(
                "file_offset does not fit what is there.",
            ));
        }
        bytes.extend_from_slice(more);
        if bytes.len() != *length {
            return Err(Refusal::parameter("The file is not as long as was said."));
        }
        Ok(format!("4::{}", STANDARD.encode(id)))
    }

    fn store(&mut self, number: &str, mime_type: &str, bytes: Vec<u8>, keep_ms: i64) -> String {
        let id = ids::media(self.next());
        let media = Media {
            number: number.to_owned(),
            mime_type: mime_type.to_owned(),
            sha256: STANDARD.encode(Sha256::digest(&bytes)),
            bytes,
            expires_ms: self.now() + keep_ms,
        };
        self.media.insert(id.clone(), media);
        id
    }

    /// A file of this number that has not expired.
    pub fn media_of(&self, number: &str, id: &str) -> Option<&Media> {
        let now = self.now();
        self.media
            .get(id)
            .filter(|media| media.number == number && media.expires_ms > now)
    }

    /// A download URL for a file, valid from now.
    pub fn media_url(&self, id: &str, from_webhook: bool) -> String {
        let until = (self.now() + self.options.media_url_ms + 999).div_euclid(1_000);
        let source = if from_webhook { "&source=webhook" } else { "" };
        let hash = url_hash(id, until);
        format!(
            "{DOWNLOAD_ORIGIN}/whatsapp_business/attachments/?mid={id}{source}&ext={until}&hash={hash}"
        )
    }

    /// The file behind a download URL's `mid`, `ext` and `hash`, unless the URL is too old.
    pub fn download(&self, number: &str, mid: &str, ext: &str, hash: &str) -> Option<&Media> {
        let until: i64 = ext.parse().ok()?;
        if hash != url_hash(mid, until) || self.now() >= until.saturating_mul(1_000) {
            return None;
        }
        self.media_of(number, mid)
    }

    /// Whether look-ups are blocked after too many failures (20 within an hour: half an hour).
    pub fn media_blocked(&self, number: &str) -> bool {
        let now = self.now();
        self.numbers
            .get(number)
            .is_some_and(|number| now < number.media_blocked_until)
    }

    pub fn count_media_error(&mut self, number: &str) {
        let now = self.now();
        let Some(Number {
            media_errors,
            media_blocked_until,
            ..
        }) = self.numbers.get_mut(number)
        else {
            return;
        };
        media_errors.retain(|at| now - at < 3_600_000);
        media_errors.push_back(now);
        if media_errors.len() >= 20 {
            *media_blocked_until = now + 1_800_000;
            media_errors.clear();
        }
    }
}

fn url_hash(id: &str, until: i64) -> String {
    let digest = Sha256::digest(format!("{id} {until}"));
    let hex: String = digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("AQ{hex}")
}

impl Dialog360 {
    /// Stores a customer's file at a number and returns the media object of webhooks
    /// (`{id, mime_type, sha256, url?}`, §2.3) for use in [`sends`](Self::sends). It expires
    /// after 7 days.
    pub fn media(&self, number: &str, mime_type: &str, bytes: &[u8]) -> Value {
        self.with(|state| {
            let number = state.number_id(number).unwrap_or_default();
            let id = state.store(&number, mime_type, bytes.to_vec(), 7 * DAY_MS);
            let sha256 = state.media.get(&id).map(|media| media.sha256.clone());
            let mut object = json!({ "id": id, "mime_type": mime_type, "sha256": sha256 });
            if state.options.media_url_in_webhook {
                object["url"] = json!(state.media_url(&id, true));
            }
            object
        })
    }

    /// A file from the customer as a message of type `kind` (`image`, `video`, `audio`,
    /// `document`, `sticker`), with further members such as `caption`, `filename`, `voice` from
    /// `more`; returns the wamid.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn sends_media(
        &self,
        number: &str,
        customer: &str,
        kind: &str,
        (mime_type, bytes): (&str, &[u8]),
        more: &Value,
    ) -> String {
        let mut object = self.media(number, mime_type, bytes);
        for (name, value) in more.as_object().into_iter().flatten() {
            object[name] = value.clone();
        }
        let mut member = json!({ "type": kind });
        member[kind] = object;
        self.sends(number, customer, &member)
    }

    /// MIME type and bytes of a stored file, uploaded or a customer's; what a phone shows for
    /// `body.image.id` of a [`Received`](super::Received).
    pub fn file(&self, media_id: &str) -> Option<(String, Vec<u8>)> {
        self.with(|state| {
            state
                .media
                .get(media_id)
                .map(|media| (media.mime_type.clone(), media.bytes.clone()))
        })
    }
}
