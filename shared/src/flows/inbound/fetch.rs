//! A customer's file on its way from 360dialog into the room; and what is done where it does not
//! come: asked for again, said to follow, or said to be lost.

use std::time::Duration;

use super::file::{Post, Put, find_own, not_accepted, time_left};
use super::{Story, room};
use crate::domain::contact::Contact;
use crate::domain::content::MediaFile;
use crate::domain::ids::{PostId, RoomId};
use crate::domain::time::{Timestamp, days, minutes};
use crate::error::{Failure, Fate};
use crate::media::{Inward, NotCarried};
use crate::rocketchat::{Client, Refusal, RocketChatError};
use crate::secrets::SecretName;
use crate::text::catalog::Saying;
use crate::whatsapp::{FileRefusal, WhatsAppError};

/// From this receive on a file that cannot be had now is fetched beside the conversation: what the
/// customer writes next does not wait for it.
const PATIENCE: u32 = 3;
/// Nor does it wait for longer than this, where the wait is known.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Beside the conversation, a file that is not found is asked for this often: failing look-ups
/// block the number's files.
const TRIES_GONE: u32 = 2;
/// One that breaks off, or is refused for reasons of its own.
const TRIES: u32 = 4;
/// One that the workspace does not take, though it answers otherwise.
const TRIES_NOT_TAKEN: u32 = 6;
/// How long the address in a webhook is good for, with time to spare (reference: 360dialog, §1.6).
const URL_GOOD_FOR: Duration = minutes(4);
/// How long 360dialog keeps a customer's file (§1.6).
const KEPT: Duration = days(7);
/// Too many failing look-ups block a number's files; of the two spans that are told, the longer
/// one (§1.5).
const BLOCKED: Duration = minutes(60);
/// The routes of the gates in front of a number's files: all of them, and those that have to be
/// looked up.
const ROUTE: &str = "media";
const LOOK_UP: &str = "look-up";

/// What stands between a file and its room.
enum Trouble {
    /// WhatsApp does not have it, or not any more.
    Gone(Failure),
    /// It did not come whole, or was refused in other words.
    Failed(Failure),
    /// The workspace does not take it, or does not answer.
    NotTaken(Failure),
    /// 360dialog gives no file now.
    Wait(Failure),
    /// The workspace takes nothing now.
    NotNow(Failure),
}

/// Puts a file that the customer sent into the room, or says in words why it is not there.
pub(super) async fn fetched(
    story: &Story<'_>,
    contact: &Contact,
    to: (&Client, &RoomId),
    (post, name, label, file): (&Post<'_>, &str, &str, Option<&MediaFile>),
) -> Result<Put, Failure> {
    let line = |saying| post.text(Some(&story.language.saying(saying)));
    let Some(file) = file.filter(|_| story.now.since(post.message.sent_at) <= KEPT) else {
        return Ok(Put::Text(line(Saying::FileLost(label))));
    };
    if !story.settings.file_uploads_enabled {
        let kind = (file.mime_type.as_str(), None);
        return not_accepted(story, contact, to.1, (post, label, kind)).await;
    }
    let not_there = match carry(story, contact, to, (post, name, file)).await {
        Ok(id) => return Ok(Put::There(id)),
        Err(not_there) => not_there,
    };
    let trouble = match not_there {
        NotCarried::NotAccepted { mime_type, size }
        | NotCarried::RocketChat {
            error:
                RocketChatError::Rejected {
                    refusal: Refusal::FileNotAllowed,
                    ..
                },
            mime_type,
            size,
        } => {
            let kind = (mime_type.as_str(), size);
            return not_accepted(story, contact, to.1, (post, label, kind)).await;
        }
        NotCarried::RocketChat {
            error: RocketChatError::Rejected { refusal, code },
            ..
        } => return Ok(Put::Refused(refusal, code)),
        NotCarried::RocketChat { error, .. } => of_workspace(story, error),
        NotCarried::BrokenOff => Trouble::Failed(Failure::retry("file_broken_off")),
        NotCarried::WhatsApp(error) | NotCarried::NotFound(error) => of_whatsapp(story, error),
    };
    let unseen = matches!(trouble, Trouble::NotTaken(_));
    let lost = match post.later {
        true => is_lost(story, contact, to, (post, trouble)).await?,
        false => is_lost_at_once(story, trouble)?,
    };
    // it may stand there, and only the answer was lost
    if unseen && let Some(id) = find_own(story, contact, to, (post, name)).await? {
        return Ok(Put::There(id));
    }
    Ok(match lost {
        true => Put::Text(line(Saying::FileLost(label))),
        false => Put::Follows(line(Saying::FileFollows(label))),
    })
}

/// 360dialog does not give the file.
fn of_whatsapp(story: &Story<'_>, error: WhatsAppError) -> Trouble {
    match error {
        WhatsAppError::Unauthorized => {
            let name = SecretName::ApiKey(story.connection.id.clone());
            story.app.secrets.forget(&name);
            Trouble::Wait(Failure::retry_after("file_key_refused", minutes(5)))
        }
        WhatsAppError::Rejected { code, .. } => match FileRefusal::of(code) {
            FileRefusal::Number => Trouble::Wait(Failure::retry_after("files_blocked", BLOCKED)),
            FileRefusal::Gone => {
                let code = format!("file_refused_{code}");
                Trouble::Gone(Failure::retry_after(code, Duration::from_secs(5)))
            }
            FileRefusal::Other => Trouble::Failed(Failure::retry(format!("file_refused_{code}"))),
        },
        WhatsAppError::Throttled {
            retry_after: Some(after),
        } => Trouble::Wait(Failure::retry_after("files_throttled", after)),
        error => Trouble::Wait(Failure::retry(format!("file_unavailable: {error}"))),
    }
}

/// Rocket.Chat does not answer, or not in its own words: this file may be what it cannot take.
fn of_workspace(story: &Story<'_>, error: RocketChatError) -> Trouble {
    let silent = matches!(
        error,
        RocketChatError::Unavailable { .. } | RocketChatError::Unreadable
    );
    let failure = room::failure_of(story.app, error);
    match silent {
        true => Trouble::NotTaken(failure),
        false => Trouble::NotNow(failure),
    }
}

/// In its conversation a file is lost only where it was surely not found twice: how often the entry
/// was received says nothing else about it. Otherwise it follows (`false`), at once where the wait
/// is known to be long, or is tried again.
fn is_lost_at_once(story: &Story<'_>, trouble: Trouble) -> Result<bool, Failure> {
    let receives = story.record.receives;
    let (failure, follows) = match trouble {
        Trouble::Gone(failure) if receives == 1 => return Err(failure),
        Trouble::Gone(_) => return Ok(true),
        Trouble::NotNow(failure) => return Err(failure),
        Trouble::Failed(failure) | Trouble::NotTaken(failure) => (failure, receives >= PATIENCE),
        Trouble::Wait(failure) => {
            let long =
                matches!(failure.fate, Fate::Retry { after: Some(after) } if after > LONGEST_WAIT);
            (failure, long || receives >= PATIENCE)
        }
    };
    if follows { Ok(false) } else { Err(failure) }
}

/// Beside the conversation the tries of the file itself are counted, in its message's record.
async fn is_lost(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (post, trouble): (&Post<'_>, Trouble),
) -> Result<bool, Failure> {
    let own = PostId::of_wamid(&post.message.id);
    let (failure, most) = match trouble {
        Trouble::Wait(failure) | Trouble::NotNow(failure) => return Err(failure),
        Trouble::Gone(failure) => (failure, TRIES_GONE),
        Trouble::Failed(failure) => (failure, TRIES),
        Trouble::NotTaken(failure) => {
            let token = &contact.visitor_token;
            if rocketchat.fetch_message(token, room, &own).await.is_err() {
                // the whole workspace is silent: that says nothing about the file
                return Err(failure);
            }
            (failure, TRIES_NOT_TAKEN)
        }
    };
    let tries = story.app.store.count_try(&own).await?;
    if tries >= most {
        Ok(true)
    } else {
        Err(failure)
    }
}

async fn carry(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (post, name, file): (&Post<'_>, &str, &MediaFile),
) -> Result<PostId, NotCarried> {
    let (app, now) = (story.app, story.now);
    let key = app.api_key(&story.connection.id).await;
    let key = key.map_err(|_| NotCarried::WhatsApp(WhatsAppError::Unavailable))?;
    let gates = app.files_of(&story.connection.id);
    let accepts = |mime_type: &str| story.settings.accepts(mime_type);
    let inward = Inward {
        from: (&app.whatsapp, &key),
        file,
        fresh: is_fresh(post.message.sent_at, now),
        held: gates.held(LOOK_UP, now),
        accepts: &accepts,
        most: story.settings.largest_file(),
        to: rocketchat,
        room: (&contact.visitor_token, room),
        name,
        text: &post.text(None),
        limit: time_left(story),
    };
    // said without asking anybody: the gates learn nothing of it
    inward.check()?;
    gates.check(ROUTE, now).map_err(|gate| {
        let retry_after = Some(gate.wait());
        NotCarried::WhatsApp(WhatsAppError::Throttled { retry_after })
    })?;
    let carried = inward.carry().await;
    learn(story, post, &carried);
    carried
}

/// What the gates in front of a number's files learn of an outcome.
fn learn(story: &Story<'_>, post: &Post<'_>, carried: &Result<PostId, NotCarried>) {
    let (gates, now) = (story.app.files_of(&story.connection.id), story.now);
    let file = post.message.id.as_str();
    let error = match carried {
        Err(NotCarried::NotFound(error)) => {
            gates.refused(LOOK_UP, now);
            if matches!(error, WhatsAppError::Rejected { .. }) {
                gates.answered(ROUTE);
            }
            error
        }
        Err(NotCarried::WhatsApp(error)) => error,
        Err(NotCarried::BrokenOff) => return gates.failed_for(now, file),
        // whatever came of it then: 360dialog gave it
        _ => return gates.answered(ROUTE),
    };
    match error {
        WhatsAppError::Rejected { code, .. } => {
            if FileRefusal::of(*code) == FileRefusal::Number {
                gates.throttle(LOOK_UP, now, BLOCKED);
            }
        }
        // held back by ourselves
        WhatsAppError::Throttled { .. } if gates.held(LOOK_UP, now).is_some() => {}
        _ => gates.failed_for(now, file),
    }
}

fn is_fresh(sent_at: Timestamp, now: Timestamp) -> bool {
    now.since(sent_at) < URL_GOOD_FOR
}
