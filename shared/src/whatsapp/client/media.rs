//! Files to WhatsApp (§1.6): what is sent, and samples of templates.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderValue, Method};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::{Client, WhatsAppError};
use crate::domain::hash::{base62_of, sha256_hex};
use crate::secrets::Secret;

/// How long an upload may take.
const UPLOAD_LIMIT: Duration = Duration::from_secs(60);

impl Client {
    /// Uploads a file; gives its media id, good for 30 days. A repeat makes another id, which
    /// nobody sees. `POST /media` (§1.6).
    pub async fn upload_media(
        &self,
        key: &Secret,
        (filename, mime_type): (&str, &str),
        bytes: &Bytes,
    ) -> Result<String, WhatsAppError> {
        let form = form((filename, mime_type), bytes);
        let answer = self
            .carry(key, (Method::POST, "/media"), Some(form), UPLOAD_LIMIT)
            .await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let id = body["id"].as_str().map(str::to_owned);
        id.ok_or(WhatsAppError::Unknown)
    }

    /// Uploads a sample by the resumable path; gives the handle that a template's `example` takes.
    /// Where the bytes break off, they are sent on once from where 360dialog has them.
    /// `POST /uploads`, `POST /upload:…`, `GET /upload:…` (§1.6).
    pub async fn upload_sample(
        &self,
        key: &Secret,
        (filename, mime_type): (&str, &str),
        bytes: &Bytes,
    ) -> Result<String, WhatsAppError> {
        let query = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let path = format!(
            "/uploads?file_name={}&file_length={}&file_type={}",
            query(filename),
            bytes.len(),
            query(mime_type)
        );
        let answer = self
            .carry(key, (Method::POST, &path), None, UPLOAD_LIMIT)
            .await?;
        let session: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let id = session["id"]
            .as_str()
            .filter(|id| id.starts_with("upload:"));
        let path = format!("/{}", id.ok_or(WhatsAppError::Unknown)?);
        match self.send_bytes(key, &path, 0, bytes.clone()).await {
            Err(WhatsAppError::Unavailable | WhatsAppError::Unknown) => {}
            sent => return sent,
        }
        let answer = self
            .carry(key, (Method::GET, &path), None, UPLOAD_LIMIT)
            .await?;
        let standing: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let offset = standing["file_offset"].as_u64().unwrap_or(0);
        let offset = usize::try_from(offset).unwrap_or(0).min(bytes.len());
        self.send_bytes(key, &path, offset, bytes.slice(offset..))
            .await
    }

    async fn send_bytes(
        &self,
        key: &Secret,
        path: &str,
        offset: usize,
        bytes: Bytes,
    ) -> Result<String, WhatsAppError> {
        let mut request = self.bare(
            key,
            (Method::POST, path),
            Some(("application/octet-stream".to_owned(), bytes)),
        )?;
        request
            .headers_mut()
            .insert("file_offset", HeaderValue::from(offset));
        let answer = self.sent(request, UPLOAD_LIMIT).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let handle = body["h"].as_str().map(str::to_owned);
        handle.ok_or(WhatsAppError::Unknown)
    }
}

/// A `multipart/form-data` body of our few parts, with its content type.
fn form((filename, mime_type): (&str, &str), bytes: &Bytes) -> (String, Bytes) {
    // no file can contain its own hash
    let boundary = format!("bridge360-{}", base62_of(&[&sha256_hex(bytes)], 22));
    // a quote or a line end would end the header
    let name: String = filename
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '"' | '\\') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let mut body = BytesMut::with_capacity(bytes.len() + 512);
    for (part, value) in [("messaging_product", "whatsapp"), ("type", mime_type)] {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"\r\n\r\n{value}\r\n"
        );
        body.put_slice(head.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {mime_type}\r\n\r\n"
    );
    body.put_slice(head.as_bytes());
    body.put_slice(bytes);
    body.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (
        format!("multipart/form-data; boundary={boundary}"),
        body.freeze(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_end_its_header() {
        let (kind, body) = form(
            ("a\"\r\nX: y.png", "image/png"),
            &Bytes::from_static(b"PNG"),
        );
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(kind.starts_with("multipart/form-data; boundary=bridge360-"));
        assert!(
            body.contains("filename=\"a___X: y.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--")
        );
    }
}
