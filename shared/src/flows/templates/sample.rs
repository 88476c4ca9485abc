//! Samples of a header's file: WhatsApp's reviewers want to see one. Given as a public address, or
//! uploaded to the stack's bucket first; either way 360dialog gets it by the resumable path (§1.6).

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Media as Kind, limits};
use crate::domain::time::Timestamp;
use crate::files::Form;
use crate::flows::refused::{Refused, Why};
use crate::media::{Media, NotFetched, kind_of};
use crate::whatsapp::WhatsAppError;

/// How long a sample may take: the gateway gives the whole call 29 s.
const PATIENCE: Duration = Duration::from_secs(16);
/// How a sample that was uploaded to the bucket is named.
const UPLOADED: &str = "file:";

/// A sample that is not at WhatsApp yet.
pub(super) enum Sample<'a> {
    /// At a public address.
    Link(&'a str),
    /// In the bucket, under this id.
    Uploaded(&'a str),
}

impl<'a> Sample<'a> {
    /// The sample that a `header_handle` names; `None` where it is a handle of WhatsApp's already.
    pub fn of(given: &'a str) -> Option<Self> {
        let given = given.trim();
        if let Some(id) = given.strip_prefix(UPLOADED) {
            return Some(Self::Uploaded(id));
        }
        given.contains("://").then_some(Self::Link(given))
    }

    /// Refuses what cannot be fetched, before anything is.
    pub fn check(&self) -> Result<(), Refused> {
        match self {
            Self::Link(link) if !Media::is_public(link) => {
                let message = "header: the sample's link must be an `https` address on a public \
                               host, port 443 or 8443.";
                Err(Refused::invalid("invalid_template", message))
            }
            _ => Ok(()),
        }
    }

    /// Brings it to 360dialog; gives WhatsApp's handle.
    pub async fn upload(
        &self,
        app: &App,
        connection: &ConnectionId,
        kind: Kind,
        now: Timestamp,
    ) -> Result<String, Refused> {
        let brought = async {
            let fetched = match self {
                Self::Link(link) => app.media.fetch(link, kind).await,
                Self::Uploaded(id) => app.media.uploaded(id, kind, now).await,
            };
            let file = fetched.map_err(|error| not_fetched(&error, kind))?;
            let key = app.api_key(connection).await?;
            let named = (kind.word(), file.mime_type);
            let sent = app.whatsapp.upload_sample(&key, named, &file.bytes).await;
            sent.map_err(|error| not_uploaded(&error))
        };
        let slow = |_| Err(not_uploaded(&WhatsAppError::Unknown));
        tokio::time::timeout(PATIENCE, brought)
            .await
            .unwrap_or_else(slow)
    }
}

fn not_uploaded(error: &WhatsAppError) -> Refused {
    let message = format!(
        "The sample could not be brought to 360dialog ({error}); nothing was submitted. Try again, \
         with a smaller file, or give a handle of your own."
    );
    match error {
        WhatsAppError::Rejected { .. } => Refused::invalid("invalid_sample", message),
        _ => Refused::new(Why::Unavailable, "sample_not_uploaded", message),
    }
}

fn not_fetched(error: &NotFetched, kind: Kind) -> Refused {
    let (word, most) = (kind.word(), limits::header_file(kind) / (1024 * 1024));
    let message = format!(
        "header: the sample could not be read ({error}). It must be a file that WhatsApp takes as \
         {word}, of at most {most} MB; what was uploaded is kept for a day."
    );
    if error.is_final() {
        return Refused::invalid("invalid_sample", message);
    }
    Refused::new(Why::Unavailable, "sample_not_reachable", message)
}

/// Puts WhatsApp's handle where the sample stood.
pub(super) fn put_handle(definition: &mut Value, handle: &str) {
    let components = definition["components"].as_array_mut();
    let header = components.into_iter().flatten().find(|component| {
        let kind = component["type"].as_str().unwrap_or_default();
        kind.eq_ignore_ascii_case("header")
    });
    if let Some(header) = header {
        header["example"]["header_handle"] = json!([handle]);
    }
}

/// A form for uploading a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadForm {
    /// What a template's `header_handle` says to mean it.
    pub name: String,
    /// The form.
    pub form: Form,
}

/// A form to upload one file of `mime_type`.
pub fn form(app: &App, mime_type: &str, now: Timestamp) -> Result<UploadForm, Refused> {
    let kind = kind_of(mime_type).ok_or_else(|| {
        let message = "`mimeType` must be image/jpeg, image/png, video/mp4, video/3gpp or \
                       application/pdf: no header takes other files.";
        Refused::invalid("invalid_field", message)
    })?;
    let id = app.ids.token()?;
    let form = app.media.form(&id, kind, now).ok_or_else(|| {
        let message = "This stack has no bucket for uploads. Give a public `https` address as \
                       `header_handle` instead.";
        Refused::conflict("no_bucket", message)
    })?;
    let name = format!("{UPLOADED}{id}");
    Ok(UploadForm { name, form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_link_an_upload_or_a_handle() {
        assert!(matches!(
            Sample::of(" https://x.example/a.png "),
            Some(Sample::Link(_))
        ));
        assert!(matches!(
            Sample::of("http://x.example/a.png"),
            Some(Sample::Link(_))
        ));
        assert!(matches!(
            Sample::of("file:abc"),
            Some(Sample::Uploaded("abc"))
        ));
        assert!(Sample::of("4::aW1hZ2UvcG5n").is_none());
    }

    #[test]
    fn the_handle_takes_the_samples_place() {
        let mut definition = json!({ "components": [{ "type": "BODY" },
            { "type": "header", "example": { "header_handle": "file:x" } }] });
        put_handle(&mut definition, "4::h");
        assert_eq!(
            definition["components"][1]["example"]["header_handle"],
            json!(["4::h"])
        );
    }
}
