//! S3, as far as signed uploads and reads need it: a browser's `POST` with a policy, signed `PUT`,
//! `HEAD` and `GET`, presigned `GET`, and a lifecycle of one day. Spoken to over HTTP, path style.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::clock::Clock;

/// What a bucket forgets.
const A_DAY_MS: i64 = 86_400_000;

/// A bucket's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The access key.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
}

/// A stored object.
#[derive(Clone, Debug)]
struct Object {
    content_type: String,
    content_disposition: String,
    bytes: Vec<u8>,
    at_ms: i64,
}

/// The buckets of an account. Clones share their state.
#[derive(Clone, Debug)]
pub struct S3 {
    clock: Clock,
    owner: Owner,
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
}

impl S3 {
    /// No objects yet.
    pub fn new(clock: Clock, owner: Owner) -> Self {
        Self {
            clock,
            owner,
            objects: Arc::default(),
        }
    }

    /// `POST /{bucket}`, `GET /{bucket}/{key}`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/{bucket}", post(upload).get(list))
            .route("/{bucket}/{*key}", get(read).put(keep).delete(remove))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    /// Puts an object (`<bucket>/<key>`) past the wire.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        let object = Object {
            content_type: String::new(),
            content_disposition: String::new(),
            bytes: bytes.to_vec(),
            at_ms: self.clock.now_ms(),
        };
        self.lock().insert(key.to_owned(), object);
    }

    /// Every object as `<bucket>/<key>`, in order.
    pub fn keys(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call carries a signature of the owner (the signature itself is not computed).
    fn is_signed(&self, headers: &HeaderMap) -> bool {
        let signed = headers.get("authorization");
        let signed = signed.and_then(|value| value.to_str().ok());
        let ours = format!("AWS4-HMAC-SHA256 Credential={}/", self.owner.access_key);
        let signed = signed.filter(|value| value.starts_with(&ours));
        signed.is_some_and(|value| value.contains("Signature="))
            && headers.contains_key("x-amz-content-sha256")
    }

    /// Whether an address carries a signature of the owner that is still good.
    fn is_presigned(&self, query: &BTreeMap<String, String>) -> bool {
        let part = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        let ours = format!("{}/", self.owner.access_key);
        let at = moment(part("X-Amz-Date"));
        let good: Option<i64> = part("X-Amz-Expires").parse().ok();
        let until = at.zip(good).map(|(at, good)| at + good * 1_000);
        part("X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
            && part("X-Amz-Credential").starts_with(&ours)
            && !part("X-Amz-Signature").is_empty()
            && until.is_some_and(|until| self.clock.now_ms() <= until)
    }

    /// Why an upload is refused, if it is.
    fn refuse(
        &self,
        bucket: &str,
        fields: &BTreeMap<String, String>,
        length: usize,
    ) -> Option<&'static str> {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let credential: Vec<_> = field("x-amz-credential").split('/').collect();
        let [access_key, date, region, service, _] = credential.as_slice() else {
            return Some("InvalidArgument");
        };
        let mut key = format!("AWS4{}", self.owner.secret).into_bytes();
        for part in [*date, *region, *service, "aws4_request"] {
            key = mac(&key, part.as_bytes());
        }
        let signature: String = mac(&key, field("policy").as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if *access_key != self.owner.access_key || signature != field("x-amz-signature") {
            return Some("SignatureDoesNotMatch");
        }
        let policy = base64::engine::general_purpose::STANDARD.decode(field("policy"));
        let policy: Value = serde_json::from_slice(&policy.unwrap_or_default()).unwrap_or_default();
        let until = policy["expiration"].as_str().and_then(|text| {
            use time::format_description::well_known::Rfc3339;
            let at = time::OffsetDateTime::parse(text, &Rfc3339).ok()?;
            i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
        });
        if until.is_none_or(|until| until < self.clock.now_ms()) {
            return Some("AccessDenied: Policy expired");
        }
        let mut free: Vec<_> = fields.keys().map(String::as_str).collect();
        free.retain(|name| !["policy", "x-amz-signature"].contains(name));
        for condition in policy["conditions"].as_array().into_iter().flatten() {
            if condition[0] == "content-length-range" {
                let (least, most) = (condition[1].as_u64(), condition[2].as_u64());
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                if least.is_none_or(|least| length < least) {
                    return Some("EntityTooSmall");
                }
                if most.is_none_or(|most| length > most) {
                    return Some("EntityTooLarge");
                }
                continue;
            }
            for (name, value) in condition.as_object().into_iter().flatten() {
                let given = if name == "bucket" {
                    bucket
                } else {
                    field(name)
                };
                if value.as_str() != Some(given) {
                    return Some("AccessDenied: Policy condition failed");
                }
                free.retain(|field| field != name);
            }
        }
        // every field must be named by the policy
        (!free.is_empty()).then_some("AccessDenied: Extra input fields")
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

async fn upload(State(s3): State<S3>, Path(bucket): Path<String>, mut form: Multipart) -> Response {
    let mut fields = BTreeMap::new();
    while let Ok(Some(part)) = form.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let Ok(bytes) = part.bytes().await else {
            return refused(StatusCode::BAD_REQUEST, "IncompleteBody");
        };
        if name != "file" {
            let value = String::from_utf8_lossy(&bytes).into_owned();
            fields.insert(name, value);
            continue;
        }
        // what follows the file is not read
        if let Some(why) = s3.refuse(&bucket, &fields, bytes.len()) {
            let status = if why.starts_with("Entity") {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::FORBIDDEN
            };
            return refused(status, why);
        }
        let key = fields.get("key").cloned().unwrap_or_default();
        let object = Object {
            content_type: fields.get("Content-Type").cloned().unwrap_or_default(),
            content_disposition: String::new(),
            bytes: bytes.to_vec(),
            at_ms: s3.clock.now_ms(),
        };
        s3.lock().insert(format!("{bucket}/{key}"), object);
        return StatusCode::NO_CONTENT.into_response();
    }
    refused(StatusCode::BAD_REQUEST, "InvalidArgument: file is missing")
}

/// A moment as signatures write it: `20260601T080000Z`.
fn moment(text: &str) -> Option<i64> {
    use time::format_description::well_known::Rfc3339;
    let part = |range| text.get(range);
    let (day, hour) = (part(0..8)?, part(9..15)?);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &day[..4],
        &day[4..6],
        &day[6..],
        &hour[..2],
        &hour[2..4],
        &hour[4..]
    );
    let at = time::OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    Some(at.unix_timestamp() * 1_000)
}

/// `PUT`: S3 takes no body whose length is not told before.
async fn keep(
    State(s3): State<S3>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !s3.is_signed(&headers) {
        return refused(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    match header("content-length").parse::<usize>() {
        Err(_) => return refused(StatusCode::LENGTH_REQUIRED, "MissingContentLength"),
        Ok(length) if body.len() != length => {
            return refused(StatusCode::BAD_REQUEST, "IncompleteBody");
        }
        Ok(_) => {}
    }
    let object = Object {
        content_type: header("content-type"),
        content_disposition: header("content-disposition"),
        bytes: body.to_vec(),
        at_ms: s3.clock.now_ms(),
    };
    s3.lock().insert(format!("{bucket}/{key}"), object);
    StatusCode::OK.into_response()
}

async fn read(
    State(s3): State<S3>,
    Path((bucket, key)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if !s3.is_signed(&headers) && !s3.is_presigned(&query) {
        return refused(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let now = s3.clock.now_ms();
    let mut objects = s3.lock();
    objects.retain(|_, object| object.at_ms + A_DAY_MS > now);
    match objects.get(&format!("{bucket}/{key}")) {
        Some(object) => {
            let headers = [
                ("content-type", object.content_type.clone()),
                ("content-disposition", object.content_disposition.clone()),
            ];
            (headers, object.bytes.clone()).into_response()
        }
        // who may not list learns nothing
        None => refused(StatusCode::FORBIDDEN, "AccessDenied"),
    }
}

async fn list(State(s3): State<S3>, Path(bucket): Path<String>, headers: HeaderMap) -> Response {
    if !s3.is_signed(&headers) {
        return refused(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let head = format!("{bucket}/");
    let objects = s3.lock();
    let keys = objects.keys().filter_map(|key| key.strip_prefix(&head));
    let keys: String = keys
        .take(1_000)
        .map(|key| format!("<Contents><Key>{key}</Key></Contents>"))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult>{keys}</ListBucketResult>"
    );
    ([("content-type", "application/xml")], body).into_response()
}

async fn remove(
    State(s3): State<S3>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !s3.is_signed(&headers) {
        return refused(StatusCode::FORBIDDEN, "AccessDenied");
    }
    s3.lock().remove(&format!("{bucket}/{key}"));
    StatusCode::NO_CONTENT.into_response()
}

fn refused(status: StatusCode, why: &str) -> Response {
    let (code, message) = why.split_once(": ").unwrap_or((why, why));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [("content-type", "application/xml")], body).into_response()
}
