//! What agents ask us in a contact's room (R43, R57): `!whatsapp held` and its like. The answer is a
//! note of our bot; nothing of it reaches the customer.

use super::hold::{self, DROPPED, Drained, Ending};
use super::{Story, circuit};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::message::AgentMessage;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::flows::identity;
use crate::queue::fifo::Record;
use crate::queue::task::{AskedV1, NoteV1};
use crate::store::Held;
use crate::text::catalog::{Advice, Answer, HeldLine, Language};
use tokio::time::Instant;

/// So many held messages are listed; a note is no longer than Rocket.Chat takes.
const LISTED: usize = 20;

/// What an agent may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish<'a> {
    /// What is held?
    List,
    /// Send it now.
    Send,
    /// Discard it.
    Drop,
    /// What is there to ask for?
    Help,
    /// Something else.
    Unknown(&'a str),
}

impl<'a> Wish<'a> {
    /// By the first word; what stands behind it says nothing to us.
    fn of(words: &'a str) -> Self {
        let word = words.split_whitespace().next().unwrap_or("help");
        match word.to_lowercase().as_str() {
            "held" => Self::List,
            "send-held" => Self::Send,
            "drop-held" => Self::Drop,
            "help" => Self::Help,
            _ => Self::Unknown(word),
        }
    }
}

/// One command's surroundings.
struct Asked<'a> {
    app: &'a App,
    record: &'a Record,
    task: &'a AskedV1,
    settings: &'a Settings,
    now: Timestamp,
}

/// Carries a command out and answers it. Repeated after a crash, it ends as if it had run once.
pub(super) async fn run(
    app: &App,
    record: &Record,
    task: &AskedV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let settings = app.settings(now).await?;
    let asked = Asked {
        app,
        record,
        task,
        settings: &settings,
        now,
    };
    let language = asked.language();
    let text = match Wish::of(&task.words) {
        Wish::Help => language.commands(None),
        Wish::Unknown(word) => language.commands(Some(word)),
        wish => match asked.contact().await? {
            Some(contact) => asked.carry_out(&contact, wish).await?,
            None => Advice::UnknownContact.sentence(language),
        },
    };
    asked.answer(text).await?;
    Ok(Outcome::Done)
}

/// A command that cannot be worked off: the agent is told.
pub(super) async fn hopeless(app: &App, task: &AskedV1, now: Timestamp) -> Result<(), Failure> {
    let settings = app.settings(now).await?;
    let language = Language::of(&settings.preferred_language);
    let text = Advice::Unavailable.sentence(language);
    Ok(app.queues.send_note(note(task, text)).await?)
}

fn note(task: &AskedV1, text: String) -> NoteV1 {
    NoteV1 {
        connection: task.connection.clone(),
        room: task.room.clone(),
        key: format!("{}#answer", task.message),
        text,
    }
}

impl Asked<'_> {
    fn language(&self) -> Language {
        Language::of(&self.settings.preferred_language)
    }

    async fn answer(&self, text: String) -> Result<(), Failure> {
        Ok(self.app.queues.send_note(note(self.task, text)).await?)
    }

    /// Whose room it is, where the token is a credential of theirs.
    async fn contact(&self) -> Result<Option<Contact>, Failure> {
        let store = &self.app.store;
        let found = store.find_contact(&self.task.contact, self.now).await?;
        let ours = |contact: &Contact| {
            contact.has_token(&self.task.token) && contact.connection == self.task.connection
        };
        let Some(mut contact) = found.filter(ours) else {
            return Ok(None);
        };
        identity::absorb(self.app, &mut contact).await?;
        Ok(Some(contact))
    }

    async fn carry_out(&self, contact: &Contact, wish: Wish<'_>) -> Result<String, Failure> {
        let held = self.app.store.list_held(&contact.id).await?;
        // a run that died may have done it all, but for the answer
        if held.is_empty() && (self.record.receives == 1 || wish == Wish::List) {
            return Ok(self.language().answer(Answer::NoneHeld));
        }
        match wish {
            Wish::Send => self.send(contact).await,
            Wish::Drop => self.drop_all(contact, &held).await,
            _ => Ok(self.list(&held)),
        }
    }

    fn list(&self, held: &[Held]) -> String {
        let language = self.language();
        let mut lines = vec![language.answer(Answer::Held)];
        for (n, held) in held.iter().take(LISTED).enumerate() {
            let task = hold::read(held);
            let message = task.as_ref().map(|task| &task.message);
            let excerpt = message.and_then(AgentMessage::excerpt);
            let until = held.since.plus(self.settings.held_for());
            lines.push(language.held_line(HeldLine {
                place: n + 1,
                excerpt: excerpt.unwrap_or("…"),
                since: &seconds(held.since),
                until: &seconds(until),
            }));
        }
        if held.len() > LISTED {
            lines.push(format!("… +{}", held.len() - LISTED));
        }
        lines.join("\n")
    }

    /// Tries to send what is held, whatever our clock says: WhatsApp decides.
    async fn send(&self, contact: &Contact) -> Result<String, Failure> {
        let language = self.language();
        let connection = self.app.connection(&self.task.connection, self.now).await?;
        let Some(connection) = connection.filter(|connection| connection.enabled) else {
            return Ok(Advice::NotConnected.sentence(language));
        };
        let story = Story {
            app: self.app,
            record: self.record,
            connection: &connection,
            settings: self.settings,
            now: self.now,
            began: Instant::now(),
        };
        if story.is_late() {
            return Ok(Advice::Unavailable.sentence(language));
        }
        match hold::drain(&story, contact).await {
            Ok(Drained::All) => Ok(language.answer(Answer::HeldSent)),
            Ok(Drained::Closed) => Ok(language.answer(Answer::StillClosed)),
            Err(failure) if failure.code == circuit::REFUSED => {
                Ok(Advice::NumberBlocked.sentence(language))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Gives everything up that is held, for good: a late repeat of it sends nothing.
    async fn drop_all(&self, contact: &Contact, held: &[Held]) -> Result<String, Failure> {
        let end = Ending {
            app: self.app,
            settings: self.settings,
            record: self.record,
            connection: &self.task.connection,
            now: self.now,
        };
        let dropped = Failure::give_up(DROPPED, Advice::HeldDropped);
        for held in held {
            if self.record.is_running_out() {
                return Err(Failure::retry("more_to_come"));
            }
            end.give_up(&contact.id, held, &dropped).await?;
        }
        self.app.store.clear_held_flag(contact).await?;
        Ok(self.language().answer(Answer::HeldDropped))
    }
}

/// A moment to the second.
fn seconds(at: Timestamp) -> String {
    Timestamp::from_seconds(at.seconds()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_its_first_word() {
        for (words, wish) in [
            ("held", Wish::List),
            ("HELD please", Wish::List),
            ("send-held", Wish::Send),
            ("drop-held\nnow", Wish::Drop),
            ("help", Wish::Help),
            ("", Wish::Help),
            ("send held", Wish::Unknown("send")),
            ("numbers", Wish::Unknown("numbers")),
        ] {
            assert_eq!(Wish::of(words), wish, "{words:?}");
        }
    }
}
