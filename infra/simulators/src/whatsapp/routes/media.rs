//! Upload, look-up, download and deletion of files (360dialog reference §1.6).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use serde_json::json;

use super::super::Dialog360;
use super::super::answer::{Refusal, answer, plain_error, raw};
use super::{Caller, note_unknown, refused, samples};

pub(crate) async fn upload(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    form: Multipart,
) -> Response {
    let stored = match read(form).await {
        Ok((mime_type, bytes)) => dialog.change(|state| state.upload(&number, &mime_type, bytes)),
        Err(refusal) => Err(refusal),
    };
    match stored {
        Ok(id) => answer(200, &json!({ "id": id })),
        Err(refusal) => refused(&dialog, &refusal),
    }
}

/// MIME type and bytes of the part `file`.
async fn read(mut form: Multipart) -> Result<(String, Vec<u8>), Refusal> {
    let (mut product, mut file) = (String::new(), None);
    let broken = |_| Refusal::parameter("The multipart body cannot be read.");
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let mime_type = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.map_err(broken)?;
        match name.as_str() {
            "messaging_product" => product = String::from_utf8_lossy(&bytes).into_owned(),
            "file" => file = Some((mime_type, bytes.to_vec())),
            _ => {}
        }
    }
    if product != "whatsapp" {
        return Err(Refusal::parameter(
            "The parameter messaging_product is required.",
        ));
    }
    match file {
        None => Err(Refusal::parameter("The parameter file is required.")),
        Some((None, _)) => Err(Refusal::parameter("The part file has no content type.")),
        Some((Some(mime_type), bytes)) => Ok((mime_type, bytes)),
    }
}

pub(crate) async fn retrieve(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    if let Some(standing) = samples::show(&dialog, &id) {
        return standing;
    }
    if !is_media_id(&id) {
        return not_an_id(&dialog, &Method::GET, &id);
    }
    let found = dialog.with(|state| {
        if state.media_blocked(&number) {
            return Err(None);
        }
        let Some(media) = state.media_of(&number, &id).cloned() else {
            state.count_media_error(&number);
            return Err(Some(missing(&id)));
        };
        // documented both ways: a string here, a number there
        let size = media.bytes.len();
        let even = id.ends_with(['0', '2', '4', '6', '8']);
        Ok(json!({
            "messaging_product": "whatsapp", "url": state.media_url(&id, false),
            "mime_type": media.mime_type, "sha256": media.sha256, "id": id,
            "file_size": if even { json!(size) } else { json!(size.to_string()) },
        }))
    });
    match found {
        // Meta escapes slashes
        Ok(body) => raw(
            200,
            "application/json",
            body.to_string().replace('/', "\\/").into_bytes(),
        ),
        Err(None) => plain_error(403, "endpoint blocked"),
        Err(Some(refusal)) => refused(&dialog, &refusal),
    }
}

pub(crate) async fn download(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let part = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let file = dialog.with(|state| {
        state
            .download(&number, part("mid"), part("ext"), part("hash"))
            .cloned()
    });
    let speed = dialog.with(|state| state.options.media_bytes_per_second);
    match file {
        Some(file) if speed > 0 => slowly(&file.mime_type, file.bytes, speed),
        Some(file) => raw(200, &file.mime_type, file.bytes),
        None => raw(404, "text/plain", b"URL signature expired".to_vec()),
    }
}

/// Pieces of a slow download in a second.
const PIECES: u32 = 20;

/// An answer that takes its time.
fn slowly(mime_type: &str, bytes: Vec<u8>, per_second: usize) -> Response {
    let mut answer = raw(200, mime_type, Vec::new());
    let length = bytes.len();
    let pieces = stream::unfold(Bytes::from(bytes), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_secs(1) / PIECES).await;
        let piece = rest.split_to(rest.len().min((per_second / PIECES as usize).max(1)));
        Some((Ok::<_, Infallible>(piece), rest))
    });
    *answer.body_mut() = Body::from_stream(pieces);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

pub(crate) async fn remove(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    if !is_media_id(&id) {
        return not_an_id(&dialog, &Method::DELETE, &id);
    }
    let removed = dialog.change(|state| {
        state.media_of(&number, &id)?;
        state.media.remove(&id)
    });
    match removed {
        Some(_) => answer(200, &json!({ "success": true })),
        None => refused(&dialog, &missing(&id)),
    }
}

fn is_media_id(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
}

fn not_an_id(dialog: &Dialog360, method: &Method, id: &str) -> Response {
    note_unknown(dialog, method, &format!("/{id}"));
    plain_error(404, "Not found")
}

fn missing(id: &str) -> Refusal {
    Refusal::parameter(format!(
        "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    ))
}
