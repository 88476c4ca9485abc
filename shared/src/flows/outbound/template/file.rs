//! The file above a template's text: fetched from where the caller said, uploaded once for all
//! recipients of a send.

use serde_json::{Value, json};

use crate::domain::send::{LinkedFile, SendRecord};
use crate::domain::template::Media;
use crate::error::Failure;
use crate::flows::outbound::Story;
use crate::media::{File, NotFetched};
use crate::secrets::SecretName;
use crate::text::catalog::Advice;
use crate::whatsapp::WhatsAppError;

/// From this receive on a server that refuses or does not answer is believed.
pub(in crate::flows::outbound) const SURE: u32 = 5;

/// WhatsApp's id of the file of a send; uploads it where that has not been done yet. Two workers at the
/// same moment may both upload it: each id is good.
pub(super) async fn upload(
    story: &Story<'_>,
    send: &SendRecord,
    linked: &LinkedFile,
) -> Result<String, Failure> {
    if let Some(id) = &linked.uploaded {
        return Ok(id.clone());
    }
    // many recipients may wait for a server that is busy; one fails after a few tries
    let patient = send.recipients > 1 || story.record.receives < SURE;
    let id = carry(story, linked, patient).await?;
    story.app.store.mark_send_uploaded(&send.id, &id).await?;
    Ok(id)
}

/// Carries a file from its address to WhatsApp; gives its id there. Where it is `patient`, a server that
/// refuses or does not answer is asked again.
pub(in crate::flows::outbound) async fn carry(
    story: &Story<'_>,
    linked: &LinkedFile,
    patient: bool,
) -> Result<String, Failure> {
    let fetched = story.app.media.fetch(&linked.link, linked.media).await;
    id_of(story, (fetched, patient), linked.media.word()).await
}

/// Uploads a file that was fetched; gives its id at WhatsApp.
pub(in crate::flows::outbound) async fn id_of(
    story: &Story<'_>,
    (fetched, patient): (Result<File, NotFetched>, bool),
    name: &str,
) -> Result<String, Failure> {
    let file = fetched.map_err(|error| not_fetched(&error, patient))?;
    let key = story.app.api_key(&story.connection.id).await?;
    let named = (name, file.mime_type);
    let whatsapp = &story.app.whatsapp;
    let uploaded = whatsapp.upload_media(&key, named, &file.bytes).await;
    let uploaded = uploaded.map_err(|error| error.after(story.record.receives));
    uploaded.map_err(|error| match error {
        WhatsAppError::Rejected { code, .. } => refused(&format!("whatsapp_{code}")),
        WhatsAppError::Throttled {
            retry_after: Some(after),
        } => Failure::retry_after(error.to_string(), after),
        WhatsAppError::Unauthorized => {
            // it may just have been changed
            let name = SecretName::ApiKey(story.connection.id.clone());
            story.app.secrets.forget(&name);
            Failure::retry(error.to_string())
        }
        error => Failure::retry(error.to_string()),
    })
}

fn refused(code: &str) -> Failure {
    Failure::give_up(code, Advice::ContentRefused)
}

fn not_fetched(error: &NotFetched, patient: bool) -> Failure {
    let code = error.to_string();
    if patient && !error.is_final() {
        Failure::retry(code)
    } else {
        refused(&code)
    }
}

/// Puts an uploaded file where its link stood.
pub(in crate::flows::outbound) fn put_into(template: &mut Value, media: Media, id: &str) {
    let word = media.word();
    let components = template["components"].as_array_mut();
    let parameters = components.into_iter().flatten().filter_map(|component| {
        let header = component["type"] == "header";
        component["parameters"].as_array_mut().filter(|_| header)
    });
    for parameter in parameters.flatten() {
        if let Some(file) = parameter[word].as_object_mut() {
            file.remove("link");
            file.insert("id".to_owned(), json!(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_takes_the_place_of_the_link() {
        let mut template = json!({ "components": [{ "type": "header", "parameters": [
            { "type": "document", "document": { "link": "https://x.example/a", "filename": "a.pdf" } }] }] });
        put_into(&mut template, Media::Document, "77");
        let file = &template["components"][0]["parameters"][0]["document"];
        assert_eq!(*file, json!({ "id": "77", "filename": "a.pdf" }));
    }
}
