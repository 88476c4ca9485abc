//! Changed messages (R42, R27a). WhatsApp cannot change what was sent: the agent is told, or the new
//! version goes out as a correction that quotes the first one. Each version counts once, whatever
//! order the events come in.

use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{Story, agent_said, compose, hold, notes};
use crate::domain::contact::Contact;
use crate::domain::hash::base62_of;
use crate::domain::ids::PostId;
use crate::domain::message::AgentMessage;
use crate::domain::outgoing::{Intent, Part, PartState, UNKNOWN_FOR};
use crate::domain::settings::EditedMessages;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::mutant::{Mutant, on};
use crate::queue::task::AgentV1;
use crate::store::{MessageRecord, Version};
use crate::text::catalog::{Advice, Language};

/// How ids of corrections begin: `edit#<message>#<version>`.
const CORRECTION: &str = "edit#";
/// While another run is at the message that was changed.
const SOON: Duration = Duration::from_secs(5);

/// Looks at a message that may be a later version. `None` where it is to be sent (or held) as the
/// message itself: it is no later version, or nothing of the message has gone out yet.
pub(super) async fn settle(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
) -> Result<Option<Outcome>, Failure> {
    let message = &task.message;
    if message.edited_at.is_none() {
        return Ok(None);
    }
    let (store, now) = (&story.app.store, story.now);
    let version = order_of(message);
    let last = store.find_version(&message.id, now).await?;
    let newer = last.as_ref().is_some_and(|last| last.version > version);
    if newer && !on(Mutant::VersionAsItComes) {
        // a newer version was looked at before
        return Ok(Some(Outcome::Ignored));
    }
    let again = last.as_ref().filter(|last| last.version == version);
    if again.is_some_and(|last| last.quiet) {
        return Ok(Some(Outcome::Repeated));
    }
    let found = match store.find_message(&message.id, now).await? {
        Some(MessageRecord::Outbound(intent)) => Some(intent),
        Some(MessageRecord::Inbound(_)) => return Ok(Some(Outcome::Ignored)),
        None => None,
    };
    let words = hash_of(&words_of(story, message));
    if found.is_none() && is_forgotten(story, contact, task).await? {
        return forgotten(story, task, (version, words)).await.map(Some);
    }
    let begun = found.filter(|intent| intent.parts.iter().any(is_begun));
    let Some(intent) = begun else {
        return claim(story, task, (version, words, false)).await;
    };
    let first = hash_of(&read_of(&intent));
    let ended = intent.parts.iter().all(|part| is_ended(part, story.now));
    if words == first && (again.is_some() || !ended) {
        // an earlier run began it: this version is the message
        return claim(story, task, (version, words, false)).await;
    }
    let read = last.as_ref().map_or(&first, |last| &last.words);
    if again.is_none() && words == *read {
        let claimed = claim(story, task, (version, words, true)).await?;
        return Ok(claimed.or(Some(Outcome::Repeated)));
    }
    if !ended {
        return Err(Failure::retry_after("message_unfinished", SOON));
    }
    match claim(story, task, (version.clone(), words, false)).await? {
        Some(newer) => Ok(Some(newer)),
        None => changed(story, (contact, &intent), (task, &version))
            .await
            .map(Some),
    }
}

/// Whether nothing is known of a message because it is too old: it went out, or was given up, before
/// anybody remembers.
async fn is_forgotten(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
) -> Result<bool, Failure> {
    let written_at = task.message.written_at;
    let stale = story.settings.stale_after();
    if written_at.is_none_or(|at| story.now.since(at) < stale) {
        return Ok(false);
    }
    Ok(hold::find_held(story.app, contact, task).await?.is_none())
}

/// A message of which nothing is known any more was changed: nothing of it goes out.
async fn forgotten(
    story: &Story<'_>,
    task: &AgentV1,
    (version, words): (String, String),
) -> Result<Outcome, Failure> {
    if let Some(newer) = claim(story, task, (version, words, false)).await? {
        return Ok(newer);
    }
    notes::edited(story.app, story.settings, task, Advice::EditsUnsupported).await?;
    Ok(Outcome::Done)
}

/// This version is the newest from now on; `Some` where a newer one was faster.
async fn claim(
    story: &Story<'_>,
    task: &AgentV1,
    (version, words, quiet): (String, String, bool),
) -> Result<Option<Outcome>, Failure> {
    let version = Version {
        version,
        words,
        quiet,
    };
    let keep = story.settings.keep_messages();
    let store = &story.app.store;
    let newest = store.put_version(&task.message.id, &version, story.now, keep);
    let newest = newest.await? || on(Mutant::VersionAsItComes);
    Ok((!newest).then_some(Outcome::Ignored))
}

/// The message was sent or given up, and now it says something else.
async fn changed(
    story: &Story<'_>,
    (contact, intent): (&Contact, &Intent),
    (task, version): (&AgentV1, &str),
) -> Result<Outcome, Failure> {
    let resend = story.settings.edited_messages == EditedMessages::Resend;
    if resend && !task.message.text.trim().is_empty() {
        tracing::info!(event = "correction", contact.id = %contact.id, "changed message sent again");
        return send_correction(story, correction_of(story, intent, (task, version))).await;
    }
    let advice = if may_be_read(intent) {
        Advice::EditsUnsupported
    } else {
        Advice::EditUnsent
    };
    notes::edited(story.app, story.settings, task, advice).await?;
    Ok(Outcome::Done)
}

/// A correction is a message of its own: sent once, held outside the window, told of where it fails.
fn send_correction<'a>(
    story: &'a Story<'_>,
    correction: AgentV1,
) -> BoxFuture<'a, Result<Outcome, Failure>> {
    Box::pin(async move { agent_said(story, &correction).await })
}

/// The new version, as a reply to the first part that WhatsApp took. Where the customer has read
/// nothing of the message, it is no correction.
fn correction_of(story: &Story<'_>, intent: &Intent, (task, version): (&AgentV1, &str)) -> AgentV1 {
    let message = &task.message;
    let mut text = message.text.trim().to_owned();
    if may_be_read(intent) {
        let word = Language::of(&story.settings.preferred_language).correction();
        let between = if text.contains('\n') { '\n' } else { ' ' };
        text = format!("{word}{between}{text}");
    }
    let accepted = |part: &Part| matches!(part.state, PartState::Accepted { .. });
    let quoted = intent.parts.iter().any(accepted);
    AgentV1 {
        message: AgentMessage {
            id: PostId::new(format!("{CORRECTION}{}#{version}", message.id)),
            text,
            quotes: quoted.then(|| message.id.clone()),
            files: Vec::new(),
            edited_at: None,
            written_at: None,
            ..message.clone()
        },
        ..task.clone()
    }
}

/// The customer may have read something of a message.
fn may_be_read(intent: &Intent) -> bool {
    let unknown = |part: &Part| part.state.given_up() == Some("outcome_unknown");
    let accepted = |part: &Part| matches!(part.state, PartState::Accepted { .. });
    intent
        .parts
        .iter()
        .any(|part| accepted(part) || unknown(part))
}

/// Nothing more becomes of a part: what may have gone out, and is not waited for any more, too.
fn is_ended(part: &Part, now: Timestamp) -> bool {
    match part.state {
        PartState::Calling { since } => now.since(since) >= UNKNOWN_FOR,
        _ => part.state.is_final(),
    }
}

fn is_begun(part: &Part) -> bool {
    part.state != PartState::Pending
}

/// What a customer reads of a message.
fn words_of(story: &Story<'_>, message: &AgentMessage) -> Vec<String> {
    let composed = compose(story.settings, message, &message.id);
    readable(&composed.parts)
}

/// What a customer reads of a message that is recorded.
fn read_of(intent: &Intent) -> Vec<String> {
    readable(&intent.parts)
}

fn readable(parts: &[Part]) -> Vec<String> {
    parts
        .iter()
        .map(|part| part.readable().to_owned())
        .collect()
}

fn hash_of(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    base62_of(&words, 22)
}

/// Whether two ids are versions of one message: of corrections the last one counts too.
pub(super) fn are_one(one: &PostId, other: &PostId) -> bool {
    base_of(one) == base_of(other)
}

/// The id without its version, where it is a correction's.
fn base_of(id: &PostId) -> &str {
    let id = id.as_str();
    match id
        .strip_prefix(CORRECTION)
        .and_then(|rest| rest.rsplit_once('#'))
    {
        Some((_, version)) => &id[..id.len() - version.len()],
        None => id,
    }
}

/// The message that a correction is a later version of; `None` where the id is no correction's.
pub(crate) fn corrected(id: &PostId) -> Option<PostId> {
    let rest = id.as_str().strip_prefix(CORRECTION)?;
    rest.rsplit_once('#')
        .map(|(message, _)| PostId::new(message))
}

/// A message's place among its versions, as text that sorts; the first version is the empty one.
pub(super) fn order_of(message: &AgentMessage) -> String {
    let id = message.id.as_str();
    if let Some((_, version)) = id
        .strip_prefix(CORRECTION)
        .and_then(|rest| rest.rsplit_once('#'))
    {
        return version.to_owned();
    }
    let edited_at = message.edited_at.as_deref().unwrap_or_default();
    match millis_of(edited_at) {
        Some(millis) => format!("{millis:015}"),
        None => edited_at.replace('#', " "),
    }
}

/// The moment of an edit, in each form that Rocket.Chat has for moments: text, a number, or an object
/// with `$date`.
fn millis_of(edited_at: &str) -> Option<i64> {
    if let Some(moment) = Timestamp::parse(edited_at) {
        return Some(moment.millis());
    }
    let value: Value = serde_json::from_str(edited_at).ok()?;
    let value = value.get("$date").unwrap_or(&value);
    let text = value.as_str().and_then(Timestamp::parse);
    value.as_i64().or(text.map(Timestamp::millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::message::Author;

    fn message(id: &str, edited_at: Option<&str>) -> AgentMessage {
        AgentMessage {
            id: PostId::new(id),
            text: String::new(),
            author: Author {
                id: UserId::new("u"),
                name: None,
                username: None,
            },
            quotes: None,
            files: Vec::new(),
            choices: Vec::new(),
            by_program: false,
            edited_at: edited_at.map(str::to_owned),
            written_at: None,
        }
    }

    #[test]
    fn versions_sort_by_their_moment_whatever_form_it_has() {
        let forms = [
            "2026-06-05T11:22:30.664Z",
            "2026-06-05T13:22:30.664+02:00",
            "1780658550664",
            r#"{"$date":1780658550664}"#,
            r#"{"$date":"2026-06-05T11:22:30.664Z"}"#,
        ];
        for form in forms {
            assert_eq!(
                order_of(&message("m", Some(form))),
                "001780658550664",
                "{form}"
            );
        }
        assert_eq!(order_of(&message("m", None)), "");
        let early = order_of(&message("m", Some("1780658550")));
        assert!(early < order_of(&message("m", Some(forms[0]))));
        assert_eq!(order_of(&message("edit#m#007", None)), "007");
    }

    #[test]
    fn corrections_of_one_message_are_one() {
        let id = |text: &str| PostId::new(text);
        assert!(are_one(&id("m"), &id("m")));
        assert!(are_one(&id("edit#m#1"), &id("edit#m#22")));
        assert!(!are_one(&id("edit#m#1"), &id("m")));
        assert!(!are_one(&id("edit#m#1"), &id("edit#n#1")));
        assert_eq!(corrected(&id("edit#m#1")), Some(id("m")));
        assert_eq!(corrected(&id("m")), None);
    }
}
