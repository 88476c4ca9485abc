//! Files to WhatsApp (§1.6): what is sent, and samples of templates.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Response};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::{Client, LIMIT, WhatsAppError, classify, read, wire};
use crate::domain::hash::{base62_of, sha256_hex};
use crate::http::multipart::Form;
use crate::http::{Broken, Chunks, between};
use crate::secrets::Secret;

/// How long an upload may take.
const UPLOAD_LIMIT: Duration = Duration::from_secs(60);
/// More of a refusal than this is not read (bytes).
const LARGEST_REFUSAL: usize = 64 * 1024;

/// Where Meta keeps files; 360dialog gives them out under its own address (§1.6).
const META_HOST: &str = "lookaside.fbsbx.com";
/// How long the head of a download may take.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(20);

/// What a look-up tells of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundMedia {
    /// Where it can be had for five minutes.
    pub url: String,
    /// Its MIME type; may be empty.
    pub mime_type: String,
    /// Its size in bytes, where that is said.
    pub size: Option<u64>,
}

/// Why a look-up gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// What it ended in.
    pub error: WhatsAppError,
    /// 360dialog refused it: such look-ups are counted (§1.5).
    pub refused: bool,
}

impl From<WhatsAppError> for NotFound {
    fn from(error: WhatsAppError) -> Self {
        let refused = false;
        Self { error, refused }
    }
}

impl Client {
    /// Looks a file up; too many failing look-ups block the number's media for a while, so a caller
    /// never asks in a loop. `GET /{media-id}` (§1.6).
    pub async fn find_media(&self, key: &Secret, id: &str) -> Result<FoundMedia, NotFound> {
        let id: String = byte_serialize(id.as_bytes()).collect();
        let request = self.bare(key, (Method::GET, &format!("/{id}")), None)?;
        let answer = self.http.send(request, LIMIT).await;
        let answer = answer.map_err(WhatsAppError::from)?;
        if !answer.status().is_success() {
            let error = classify(&answer);
            // who has no valid key is nobody's number
            let refused = error != WhatsAppError::Unauthorized;
            return Err(NotFound { error, refused });
        }
        let found: wire::FoundMedia = read(&answer).ok_or(WhatsAppError::Unknown)?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let size = found
            .file_size
            .filter(|size| *size >= 0.0)
            .map(|size| size as u64);
        Ok(FoundMedia {
            url: found.url.ok_or(WhatsAppError::Unknown)?,
            mime_type: found.mime_type.unwrap_or_default(),
            size,
        })
    }

    /// Opens a file for reading. The address is asked for at our base URL, whatever it says: the
    /// key goes nowhere else (§1.6). [`WhatsAppError::Rejected`] with 404 where the address is too
    /// old, or where it is none of a file at Meta.
    pub async fn open_media(
        &self,
        key: &Secret,
        url: &str,
    ) -> Result<Response<Chunks>, WhatsAppError> {
        let path = self.path_of(url).ok_or_else(|| WhatsAppError::Rejected {
            code: 404,
            reason: "address of another host".to_owned(),
        })?;
        let request = self.bare(key, (Method::GET, &path), None)?;
        let answer = self.http.open(request, DOWNLOAD_LIMIT).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (head, mut chunks) = answer.into_parts();
        let mut body = Vec::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_REFUSAL {
                break;
            }
        }
        Err(classify(&Response::from_parts(head, body.into())))
    }

    /// Path and query of a file's address at Meta or at our base URL.
    fn path_of(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let own = Url::parse(&self.base).ok()?;
        let at_meta = url.host_str() == Some(META_HOST) && url.scheme() == "https";
        if !at_meta && url.origin() != own.origin() {
            return None;
        }
        let query = url.query().map(|query| format!("?{query}"));
        Some(format!("{}{}", url.path(), query.unwrap_or_default()))
    }

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

    /// Uploads a file as it comes, of `length` bytes where that is known; gives its media id, good for
    /// 30 days. A body that breaks off uploads nothing: [`Broken`] tells whether it did.
    /// `POST /media` (§1.6).
    pub async fn pour_media(
        &self,
        key: &Secret,
        (name, mime_type, length): (&str, &str, Option<u64>),
        (body, limit): (Chunks, Duration),
    ) -> (Result<String, WhatsAppError>, Broken) {
        let boundary = format!("bridge360-{}", base62_of(&["media", name, mime_type], 30));
        let fields = [("messaging_product", "whatsapp"), ("type", mime_type)];
        let form = Form::new(&boundary, &fields, (name, mime_type));
        let whole = length.map(|length| form.length(length));
        let (body, broken) = between(form.head, body, form.tail);
        let sent = async {
            let content = (form.content_type, Bytes::new());
            let request = self.bare(key, (Method::POST, "/media"), Some(content))?;
            let mut request = request.map(|_| body);
            if let Some(whole) = whole {
                let headers = request.headers_mut();
                headers.insert(CONTENT_LENGTH, HeaderValue::from(whole));
            }
            let answer = self.http.pour(request, limit).await?;
            if !answer.status().is_success() {
                return Err(classify(&answer));
            }
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let id = body["id"].as_str().map(str::to_owned);
            id.ok_or(WhatsAppError::Unknown)
        };
        (sent.await, broken)
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

/// The body of an upload, with its content type.
fn form((filename, mime_type): (&str, &str), bytes: &Bytes) -> (String, Bytes) {
    // no file can contain its own hash
    let boundary = format!("bridge360-{}", base62_of(&[&sha256_hex(bytes)], 22));
    let fields = [("messaging_product", "whatsapp"), ("type", mime_type)];
    let form = Form::new(&boundary, &fields, (filename, mime_type));
    let body = [&form.head, bytes, &form.tail]
        .map(|part| &part[..])
        .concat();
    (form.content_type, body.into())
}
