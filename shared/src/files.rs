//! Files that are too large for the gateway: people upload them straight into the stack's bucket
//! with a form that we sign, and we read them from there. The bucket forgets them after a day.
//! (AWS: "Authenticating Requests: Browser-Based Uploads Using POST (AWS Signature Version 4)")

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::domain::template::limits::LARGEST_FILE;
use crate::domain::time::{Timestamp, minutes};
use crate::http::{Chunks, Http, TransportError};

/// How long a form is good.
const GOOD_FOR: Duration = minutes(15);
/// How long an address to a kept file is good: it is asked for when somebody opens the link.
const LINK_GOOD_FOR: Duration = minutes(5);
/// The type of bytes of which nothing is known.
const ANY_BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// How long reading a file may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A bucket, and who may use it.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where it is: `https://<name>.s3.<region>.amazonaws.com`, or `<endpoint>/<name>`.
    pub url: String,
    /// Its region.
    pub region: String,
    /// Whose rights count.
    pub credentials: Credentials,
}

/// The files of a bucket.
#[derive(Clone, Debug)]
pub struct Files {
    http: Http,
    bucket: Bucket,
}

/// A form: `POST` it to `url` as `multipart/form-data` with these fields, then the part `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes.
    pub url: String,
    /// Its fields, in order.
    pub fields: Vec<(&'static str, String)>,
    /// Until when it is taken.
    pub until: Timestamp,
}

/// Why a file cannot be had from the bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing was uploaded under this id, or it is gone.
    #[error("no_such_file")]
    Missing,
    /// The bucket does not answer, or not as it should.
    #[error("files_unavailable")]
    Unavailable,
}

impl From<TransportError> for FileError {
    fn from(_: TransportError) -> Self {
        Self::Unavailable
    }
}

impl Files {
    /// The files of `bucket`.
    pub fn new(http: Http, bucket: Bucket) -> Self {
        Self { http, bucket }
    }

    /// A form to upload one file of `mime_type` and at most `most` bytes under `id`. Whoever has
    /// it can do that and nothing else.
    pub fn form(&self, id: &str, mime_type: &str, most: usize, now: Timestamp) -> Form {
        let Bucket {
            name,
            url,
            region,
            credentials,
        } = &self.bucket;
        let (date, moment) = dates(now);
        let until = now.plus(GOOD_FOR);
        let scope = format!("{date}/{region}/s3/aws4_request");
        let credential = format!("{}/{scope}", credentials.access_key_id());
        let mut fields = vec![
            ("key", key_of(id)),
            ("Content-Type", mime_type.to_owned()),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", moment),
        ];
        if let Some(token) = credentials.session_token() {
            fields.push(("x-amz-security-token", token.to_owned()));
        }
        let mut conditions = vec![
            json!({ "bucket": name }),
            json!(["content-length-range", 1, most]),
        ];
        conditions.extend(fields.iter().map(|(field, value)| json!({ *field: value })));
        let policy = json!({ "expiration": until.to_string(), "conditions": conditions });
        let policy = base64::engine::general_purpose::STANDARD.encode(policy.to_string());
        let secret = credentials.secret_access_key();
        let key = v4::generate_signing_key(secret, system_time(now), region, "s3");
        let signature = v4::calculate_signature(key, policy.as_bytes());
        fields.push(("policy", policy));
        fields.push(("x-amz-signature", signature));
        Form {
            url: url.clone(),
            fields,
            until,
        }
    }

    /// Reads the file that was uploaded under `id`.
    pub async fn fetch(&self, id: &str, now: Timestamp) -> Result<Bytes, FileError> {
        let path = format!("/{}", key_of(id));
        let answer = self.ask(Method::GET, &path, now).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            // without the right to list, S3 says 403 of what is not there
            StatusCode::NOT_FOUND => Err(FileError::Missing),
            StatusCode::FORBIDDEN if says(answer.body(), "AccessDenied") => Err(FileError::Missing),
            _ => Err(FileError::Unavailable),
        }
    }

    /// Keeps a file of `length` bytes under `id` for [`Files::link`], as it comes. Browsers are told to
    /// save it under `name`, never to show it.
    pub async fn pour(
        &self,
        id: &str,
        (name, mime_type, length): (&str, &str, u64),
        (body, limit): (Chunks, Duration),
        now: Timestamp,
    ) -> Result<(), FileError> {
        let request = self.signed(Method::PUT, &format!("/{}", linked_key(id)), now)?;
        let mut request = request.map(|_| body);
        let name: String = byte_serialize(name.as_bytes()).collect();
        let name = name.replace('+', "%20");
        let saved = format!("attachment; filename*=UTF-8''{name}");
        let known = HeaderValue::from_str(mime_type);
        let headers = request.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(CONTENT_TYPE, known.unwrap_or(ANY_BYTES));
        let saved = HeaderValue::from_str(&saved).map_err(|_| FileError::Unavailable)?;
        headers.insert(CONTENT_DISPOSITION, saved);
        let answer = self.http.pour(request, limit).await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(FileError::Unavailable),
        }
    }

    /// An address under which the file that was kept under `id` can be had for the next minutes,
    /// without any right; [`FileError::Missing`] where it is gone.
    pub async fn link(&self, id: &str, now: Timestamp) -> Result<String, FileError> {
        let path = format!("/{}", linked_key(id));
        let answer = self.ask(Method::HEAD, &path, now).await?;
        match answer.status() {
            StatusCode::OK => self.presigned(&path, now),
            // without the right to list, S3 says 403 of what is not there
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => Err(FileError::Missing),
            _ => Err(FileError::Unavailable),
        }
    }

    fn presigned(&self, path: &str, now: Timestamp) -> Result<String, FileError> {
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.expires_in = Some(LINK_GOOD_FOR);
        let request = self.signed_with(settings, Method::GET, path, now)?;
        Ok(request.uri().to_string())
    }

    /// Removes everything: a bucket that holds something cannot be deleted with its stack.
    pub async fn remove_all(&self, now: Timestamp) -> Result<(), FileError> {
        // each answer lists a thousand at most
        for _ in 0..100 {
            let answer = self.ask(Method::GET, "?list-type=2", now).await?;
            let keys = match answer.status() {
                StatusCode::OK => keys_of(answer.body()),
                StatusCode::NOT_FOUND => return Ok(()),
                _ => return Err(FileError::Unavailable),
            };
            if keys.is_empty() {
                return Ok(());
            }
            for key in keys {
                let path = format!("/{key}");
                let answer = self.ask(Method::DELETE, &path, now).await?;
                if !answer.status().is_success() {
                    return Err(FileError::Unavailable);
                }
            }
        }
        Err(FileError::Unavailable)
    }

    /// One signed call below the bucket.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        now: Timestamp,
    ) -> Result<Response<Bytes>, FileError> {
        let request = self.signed(method, path, now)?;
        Ok(self.http.send_for(request, LARGEST_FILE, LIMIT).await?)
    }

    fn signed(
        &self,
        method: Method,
        path: &str,
        now: Timestamp,
    ) -> Result<Request<Bytes>, FileError> {
        self.signed_with(settings(), method, path, now)
    }

    fn signed_with(
        &self,
        settings: SigningSettings,
        method: Method,
        path: &str,
        now: Timestamp,
    ) -> Result<Request<Bytes>, FileError> {
        let uri = format!("{}{path}", self.bucket.url);
        let identity = self.bucket.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.bucket.region)
            .name("s3")
            .time(system_time(now))
            .settings(settings)
            .build()
            .map_err(|_| FileError::Unavailable)?
            .into();
        let body = SignableBody::UnsignedPayload;
        let signable =
            SignableRequest::new(method.as_str(), uri.as_str(), std::iter::empty(), body);
        let signable = signable.map_err(|_| FileError::Unavailable)?;
        let signed = sign(signable, &params).map_err(|_| FileError::Unavailable)?;
        let request = Request::builder().method(method).uri(&uri);
        let mut request = request.body(Bytes::new()).map_err(|_| FileError::Missing)?;
        let (instructions, _) = signed.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Whether an error of S3 has this code.
fn says(error: &Bytes, code: &str) -> bool {
    String::from_utf8_lossy(error).contains(&format!("<Code>{code}</Code>"))
}

/// The keys in S3's list. They are our own: letters and digits below one folder.
fn keys_of(list: &Bytes) -> Vec<String> {
    let text = String::from_utf8_lossy(list);
    let keys = text.split("<Key>").skip(1);
    keys.filter_map(|part| Some(part.split_once("</Key>")?.0.to_owned()))
        .collect()
}

fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    // S3's keys are taken as they are
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn key_of(id: &str) -> String {
    format!("uploads/{}", plain(id))
}

/// Files behind links stand apart: whoever reads them has no right to the others.
fn linked_key(id: &str) -> String {
    format!("links/{}", plain(id))
}

/// Ids are our own tokens; what else somebody sends cannot leave the folder.
fn plain(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// `20260601` and `20260601T080000Z`.
fn dates(now: Timestamp) -> (String, String) {
    let text: String = now
        .to_string()
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    let date = seconds.split('T').next().unwrap_or_default().to_owned();
    (date, format!("{seconds}Z"))
}

fn system_time(now: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(now.millis()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_aws_wants_it() {
        let now = Timestamp::from_millis(1_780_300_800_123);
        let expected = ("20260601".to_owned(), "20260601T080000Z".to_owned());
        assert_eq!(dates(now), expected);
        assert_eq!(dates(Timestamp::from_seconds(1_780_300_800)), expected);
        assert_eq!(key_of("../a b/Ü9"), "uploads/ab9");
    }
}
