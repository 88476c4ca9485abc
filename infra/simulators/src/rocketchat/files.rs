//! Stored files: what may be stored, how messages show it, where it is fetched
//! (Rocket.Chat reference §1.5, §2.5).

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::options::Version;
use super::state::{State, Stored};

/// How long a signed file link is valid.
const LINK_MS: i64 = 3_600_000;

impl State {
    /// Refuses what the upload settings refuse.
    pub fn check_upload(&self, mime: &str, size: usize) -> Result<(), Refusal> {
        let allowed = self.text("FileUpload_MediaTypeWhiteList");
        let refused = self.text("FileUpload_MediaTypeBlackList");
        if (!allowed.is_empty() && !lists(allowed, mime)) || lists(refused, mime) {
            return Err(Refusal::reason("error-type-not-allowed"));
        }
        let max = self.number("FileUpload_MaxFileSize");
        if max >= 0 && i64::try_from(size).unwrap_or(i64::MAX) > max {
            return Err(if self.version == Version::V8 {
                Refusal::coded(
                    "error-file-too-large",
                    "File size exceeds the allowed limit",
                )
            } else {
                let mut refusal = Refusal::reason("error-size-not-allowed");
                refusal.body["sizeAllowed"] = json!(readable(max));
                refusal
            });
        }
        Ok(())
    }

    /// Stores a file and gives its id.
    pub fn store_file(&mut self, rid: &str, name: &str, mime: &str, bytes: Bytes) -> String {
        let id = self.fresh_id("file");
        let file = Stored {
            id: id.clone(),
            rid: rid.to_owned(),
            name: name.to_owned(),
            mime: mime.to_owned(),
            bytes,
        };
        self.files.insert(id.clone(), file);
        id
    }

    /// `fileUpload` of a webhook message: the file's public address, type and size.
    pub fn public_file(&self, file: &Stored) -> Value {
        let site = self.text("Site_Url");
        let mut path = format!("{site}{}", file_path(file));
        let signed = self.flag("FileUpload_Enable_json_web_token_for_files");
        if signed
            && !self
                .text("FileUpload_json_web_token_secret_for_files")
                .is_empty()
        {
            path.push_str(&format!("?token={}", self.file_token(&file.id, self.now())));
        }
        json!({ "publicFilePath": path, "type": file.mime, "size": file.bytes.len() })
    }

    /// The model's stand-in for the signed token of a file link.
    fn file_token(&self, id: &str, now: i64) -> String {
        format!("signed.{id}.{}", now.saturating_add(LINK_MS))
    }

    /// Whether a signed token opens the file now.
    pub fn file_token_opens(&self, token: &str, id: &str) -> bool {
        let until = token
            .strip_prefix("signed.")
            .and_then(|rest| rest.strip_prefix(id));
        let until = until
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|ms| ms.parse().ok());
        until.is_some_and(|until: i64| self.now() <= until)
            && !self
                .text("FileUpload_json_web_token_secret_for_files")
                .is_empty()
    }
}

/// The attachment that shows a file.
pub(crate) fn attachment(file: &Stored, description: Option<&str>) -> Value {
    let path = file_path(file);
    let mut shown = json!({
        "title": file.name,
        "type": "file",
        "title_link": path,
        "title_link_download": true,
    });
    if let Some(description) = description {
        shown["description"] = json!(description);
    }
    for medium in ["image", "audio", "video"] {
        if file.mime.starts_with(&format!("{medium}/")) {
            shown[format!("{medium}_url")] = json!(path);
            shown[format!("{medium}_type")] = json!(file.mime);
            shown[format!("{medium}_size")] = json!(file.bytes.len());
        }
    }
    shown
}

/// The file's path on the workspace.
fn file_path(file: &Stored) -> String {
    format!("/file-upload/{}/{}", file.id, encoded(&file.name))
}

/// A name as `encodeURI` leaves it.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,#".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether a comma-separated list of media types (`image/*`, `image/png`, `*`) has this one.
fn lists(list: &str, mime: &str) -> bool {
    let mime = mime.split(';').next().unwrap_or_default().trim();
    list.split(',').map(str::trim).any(|entry| {
        entry == "*"
            || entry == mime
            || entry
                .strip_suffix("/*")
                .is_some_and(|kind| mime.starts_with(&format!("{kind}/")))
    })
}

/// A size as older versions write it in `sizeAllowed`.
fn readable(bytes: i64) -> String {
    match bytes {
        b if b >= 1_048_576 => format!("{} MB", b / 1_048_576),
        b if b >= 1_024 => format!("{} KB", b / 1_024),
        b => format!("{b} Bytes"),
    }
}
