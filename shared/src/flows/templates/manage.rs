//! Submitting templates to WhatsApp's review, and deleting them.

use serde_json::Value;

use super::sample::{Sample, put_handle};
use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Filled, Parameter, Submission, SubmittedHeader, SubmittedText};
use crate::domain::template::{Template, read};
use crate::domain::time::Timestamp;
use crate::flows::refused::{Refused, Why};
use crate::whatsapp::WhatsAppError;
use crate::whatsapp::parse::submission::parse_submission;
use crate::whatsapp::parse::template::{parse_definition, parse_template};

/// A template on its way to review.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// As 360dialog took it, or as it would be sent.
    pub template: Template,
    /// What a customer would read, with the samples.
    pub text: String,
}

/// Checks a definition and submits it, or only checks it (`dry_run`). `by` stands in the audit.
pub async fn submit(
    app: &App,
    connection: &ConnectionId,
    definition: &Value,
    (dry_run, by): (bool, &str),
    now: Timestamp,
) -> Result<Submitted, Refused> {
    let submission = parse_submission(definition);
    let mut faults = submission.faults();
    let name = (submission.name.as_str(), submission.language.as_str());
    let known = app.store.find_template(connection, name, now).await?;
    if known.is_some_and(|known| known.gone_at.is_none()) {
        faults.push("name: there is a template of this name in this language already".to_owned());
    }
    if !faults.is_empty() {
        let message = format!(
            "The template cannot be submitted so: {}.",
            faults.join("; ")
        );
        return Err(Refused::invalid("invalid_template", message));
    }
    let mut wanted = definition.clone();
    wanted["category"] = submission.category.clone().into();
    if let Some(SubmittedHeader::File(media, Some(given))) = &submission.header
        && let Some(sample) = Sample::of(given)
    {
        sample.check()?;
        if !dry_run {
            let handle = sample.upload(app, connection, *media, now).await?;
            put_handle(&mut wanted, &handle);
        }
    }
    let unreadable = || Refused::invalid("invalid_template", "The template cannot be read.");
    let mut template = parse_template(&wanted, now).ok_or_else(unreadable)?;
    let text = read(&parse_definition(&template), &samples_of(&submission));
    if !dry_run {
        let key = app.api_key(connection).await?;
        let answer = app.whatsapp.send_template(&key, &wanted).await;
        let answer = answer.map_err(|error| refused(&error))?;
        if let Some(taken) = parse_template(&answer, now) {
            template.status = taken.status;
            template.category = taken.category;
        }
        if template.status.is_empty() {
            template.status = "submitted".to_owned();
        }
        app.store
            .put_templates(connection, std::slice::from_ref(&template))
            .await?;
        app.store.mark_sync_due(connection).await?;
        audit(app, "template submitted", by, &template.name, now).await?;
    }
    Ok(Submitted { template, text })
}

/// Deletes a template in all its languages; gives them.
pub async fn delete(
    app: &App,
    connection: &ConnectionId,
    (name, by): (&str, &str),
    now: Timestamp,
) -> Result<Vec<String>, Refused> {
    let all = app
        .store
        .list_template_languages(connection, name, now)
        .await?;
    let standing: Vec<_> = all
        .into_iter()
        .filter(|one| one.gone_at.is_none())
        .collect();
    let key = app.api_key(connection).await?;
    match app.whatsapp.delete_template(&key, name).await {
        Ok(()) => {}
        // an earlier call, whose answer was lost, may have done it
        Err(WhatsAppError::Rejected { code: 404, .. }) if !standing.is_empty() => {}
        Err(WhatsAppError::Rejected { code: 404, .. }) => {
            let message = format!("There is no template {name} in this account.");
            return Err(Refused::not_found(message));
        }
        Err(error) => return Err(refused(&error)),
    }
    let languages = standing.iter().map(|one| one.language.clone()).collect();
    let gone: Vec<_> = standing
        .into_iter()
        .map(|one| Template {
            gone_at: Some(now),
            changed_at: now,
            ..one
        })
        .collect();
    app.store.put_templates(connection, &gone).await?;
    app.store.mark_sync_due(connection).await?;
    audit(app, "template deleted", by, name, now).await?;
    Ok(languages)
}

async fn audit(app: &App, what: &str, by: &str, name: &str, now: Timestamp) -> Result<(), Refused> {
    let keep = app.settings(now).await?.retention_days.audit;
    Ok(app.store.put_audit(what, by, name, now, keep).await?)
}

/// The samples in the places of the variables.
fn samples_of(submission: &Submission) -> Filled {
    let texts = |text: &SubmittedText| {
        let samples = text.samples.iter().cloned();
        samples
            .map(|(name, text)| Parameter::Text { name, text })
            .collect()
    };
    let header = match &submission.header {
        Some(SubmittedHeader::Text(text)) => texts(text),
        Some(SubmittedHeader::File(media, _)) => vec![Parameter::Media {
            media: *media,
            id: None,
            link: None,
            filename: None,
        }],
        Some(SubmittedHeader::Location) => vec![Parameter::Location {
            latitude: None,
            longitude: None,
            name: None,
            address: None,
        }],
        _ => Vec::new(),
    };
    Filled {
        header,
        body: submission.body.as_ref().map(texts).unwrap_or_default(),
        buttons: Vec::new(),
    }
}

/// What the vendor's refusal means, in a sentence.
fn refused(error: &WhatsAppError) -> Refused {
    let WhatsAppError::Rejected { code, reason } = error else {
        let message = match error {
            WhatsAppError::Unauthorized => {
                "360dialog refuses the API key of this number. Paste the right one (PATCH \
                 /v1/connections/{id} `apiKey`)."
            }
            WhatsAppError::Unknown => {
                "360dialog did not answer, so nobody knows whether it was done. Refresh the \
                 templates (POST /v1/templates/refresh) before you try again."
            }
            _ => "360dialog takes nothing just now. Try again in a minute.",
        };
        return Refused::new(Why::Unavailable, "whatsapp_unavailable", message);
    };
    let known = REFUSALS
        .iter()
        .find(|(words, _)| reason.to_lowercase().contains(words));
    let sentence = known.map_or("WhatsApp does not take the template.", |(_, sentence)| {
        sentence
    });
    let message = format!("{sentence} 360dialog says: {reason} ({code})");
    Refused::invalid("template_refused", message)
}

/// Words of refusals (in lower case) and what to do about them (reference §1.8, §4).
const REFUSALS: &[(&str, &str)] = &[
    (
        "already in use",
        "A template of this name exists, or was deleted less than 30 days ago: choose another name.",
    ),
    (
        "limit",
        "The account has as many templates as it may have: delete some first.",
    ),
    (
        "category",
        "WhatsApp sees the template in another category: choose that one, or change the text.",
    ),
    (
        "header_handle",
        "The sample of the header's file is not (or no longer) known: upload it again.",
    ),
];
