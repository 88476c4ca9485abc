//! The sweep for lost events. Rocket.Chat tries its webhook a few times and keeps the tries in memory
//! (reference: Rocket.Chat, §2.4): a restart, or a door that is out of reach for some minutes, and an
//! agent's message never comes. So on the 5-minute tick open rooms are compared with what we know, and
//! what is missing is enqueued as the door would have done; what is old is pointed out to the agent by
//! the same flow as any other old message.
//!
//! One call lists the rooms. A room is read at once where an agent had the last word and that word is
//! unknown; otherwise every quarter of an hour while it is used, since what came later hides what is
//! missing. How far it was compared is remembered, so that nothing is enqueued again at every tick
//! while it still waits in the queue.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::ids::PostId;
use crate::domain::time::{Timestamp, hours, minutes};
use crate::error::{Failure, Fate};
use crate::mutant::{Mutant, on};
use crate::queue::task::AgentV1;
use crate::rocketchat::client::rooms::{Conversation, History};
use crate::rocketchat::parse::history::Standing;
use crate::rocketchat::{Client, RocketChatError};
use crate::store::{Compared, Known};

/// Rooms of one tick: Rocket.Chat lists no more at once.
const ROOMS: usize = 100;
/// Histories that one tick reads.
const READS: usize = 20;
/// Messages of a room that are looked at, the newest.
const MESSAGES: usize = 100;
/// Rocket.Chat's own tries take this long: ten, 20 s apart, each up to 5 s (versions before 8).
const GRACE: Duration = minutes(4);
/// What is older is not looked for: a night's outage.
const REACH: Duration = hours(12);
/// A room that is used, and gives no reason to worry, is read this often.
const PACE: Duration = minutes(15);
/// No history is begun later than this.
const TIME: Duration = Duration::from_secs(40);

/// One tick's surroundings.
struct Sweep<'a> {
    app: &'a App,
    rocketchat: Client,
    now: Timestamp,
}

/// Enqueues agents' messages whose events never came; gives how many. A room that fails is left out, two
/// in a row end the sweep until the next tick; told in the log only.
pub async fn recover_lost(app: &App, now: Timestamp) -> usize {
    let mut recovered = 0;
    if on(Mutant::LostStaysLost) {
        return recovered;
    }
    if let Err(failure) = sweep(app, now, &mut recovered).await {
        tracing::warn!(event = "sweep_ended", failure.code = %failure.code, "sweep ended early");
    }
    recovered
}

async fn sweep(app: &App, now: Timestamp, recovered: &mut usize) -> Result<(), Failure> {
    let began = Instant::now();
    let rocketchat = app.rocketchat(now).await?.about("sweep");
    let rooms = rocketchat.fetch_open_rooms(ROOMS).await?;
    let sweep = Sweep {
        app,
        rocketchat,
        now,
    };
    let mut fails = false;
    for (room, since) in sweep.due(rooms).await?.iter().take(READS) {
        if began.elapsed() > TIME {
            break;
        }
        match sweep.room(room, *since).await {
            Ok(found) => *recovered += found,
            // it says for how long, or two in a row fail: the workspace is what fails
            Err(failure) if fails || says_how_long(&failure) => return Err(failure),
            Err(failure) => {
                tracing::warn!(room.id = %room.id, failure.code = %failure.code, "room not compared");
                fails = true;
                if now.since(room.last_at) > PACE {
                    // it goes on failing: not asked first any more, those behind it have their turn
                    sweep.compared(room, *since).await?;
                }
                continue;
            }
        }
        fails = false;
    }
    Ok(())
}

fn says_how_long(failure: &Failure) -> bool {
    matches!(failure.fate, Fate::Retry { after: Some(_) })
}

impl Sweep<'_> {
    /// The rooms to be read, each with the moment up to which it was compared: first those whose last
    /// word is missing, then those that are due.
    async fn due(
        &self,
        mut rooms: Vec<Conversation>,
    ) -> Result<Vec<(Conversation, Timestamp)>, Failure> {
        let is_used = |room: &Conversation| room.last_at > self.earliest();
        rooms.retain(|room| room.token.parts().is_some() && is_used(room));
        let ids: Vec<_> = rooms.iter().map(|room| room.id.clone()).collect();
        let last = rooms.iter().filter_map(|room| self.last_word(room));
        let last: Vec<_> = last.map(|standing| standing.message.id.clone()).collect();
        let known = self.app.store.find_known(&ids, &last, self.now).await?;
        let (missing, rest): (Vec<_>, Vec<_>) = rooms
            .into_iter()
            .map(|room| (self.since(&room, &known), room))
            .filter(|(since, room)| room.last_at > *since)
            .partition(|(since, room)| self.lacks_last_word(room, *since, &known));
        let rest = rest
            .into_iter()
            .filter(|(_, room)| self.is_time(room, &known));
        let all = missing.into_iter().chain(rest);
        Ok(all.map(|(since, room)| (room, since)).collect())
    }

    /// What was written before is not looked for.
    fn earliest(&self) -> Timestamp {
        self.now.minus(REACH)
    }

    /// What was written later may still come by itself.
    fn latest(&self) -> Timestamp {
        self.now.minus(GRACE)
    }

    fn since(&self, room: &Conversation, known: &Known) -> Timestamp {
        let compared = known.rooms.get(&room.id);
        compared.map_or(self.earliest(), |compared| {
            compared.until.max(self.earliest())
        })
    }

    /// The last message of a room, where it is an agent's that should be known by now.
    fn last_word<'a>(&self, room: &'a Conversation) -> Option<&'a Standing> {
        let last = room.last.as_ref();
        last.filter(|last| last.at <= self.latest() && last.message.excerpt().is_some())
    }

    /// Whether the last word of a room is missing, and nobody has looked for it yet.
    fn lacks_last_word(&self, room: &Conversation, since: Timestamp, known: &Known) -> bool {
        let looked_at = known.rooms.get(&room.id).map(|compared| compared.looked_at);
        self.last_word(room).is_some_and(|last| {
            let is_new = looked_at.is_none_or(|at| at < last.at.plus(GRACE));
            last.at > since && is_new && !known.messages.contains(&last.message.id)
        })
    }

    /// Whether a room gives no reason to worry, but was not looked at for a while.
    fn is_time(&self, room: &Conversation, known: &Known) -> bool {
        let looked_at = known.rooms.get(&room.id).map(|compared| compared.looked_at);
        let before = looked_at.or(room.opened_at);
        before.is_none_or(|before| self.now.since(before) >= PACE)
    }

    /// Compares one room; gives how many of its messages were enqueued.
    async fn room(&self, room: &Conversation, since: Timestamp) -> Result<usize, Failure> {
        let Some(contact) = self.contact_of(room).await? else {
            return self.compared(room, room.last_at).await.map(|()| 0);
        };
        let history = match self.read(room).await {
            Ok(history) => history,
            // refused, for whatever reason: not asked again before its time
            Err(RocketChatError::Rejected { .. }) => {
                return self.compared(room, since).await.map(|()| 0);
            }
            Err(error) => return Err(error.into()),
        };
        let expected = history.standing.iter().filter(|standing| {
            let in_time = standing.at > since && standing.at <= self.latest();
            in_time && standing.message.excerpt().is_some()
        });
        let missing = self.missing(&contact, expected.collect()).await?;
        for standing in &missing {
            self.enqueue(room, standing).await?;
        }
        let seen = history
            .newest
            .map_or(room.last_at, |newest| newest.max(room.last_at));
        self.compared(room, seen).await?;
        Ok(missing.len())
    }

    /// Remembers how far a room was compared. Behind the queue: a run that dies in between enqueues
    /// once more, by which nothing is sent twice.
    async fn compared(&self, room: &Conversation, until: Timestamp) -> Result<(), Failure> {
        let compared = Compared {
            until: until.min(self.latest()),
            looked_at: self.now,
        };
        let store = &self.app.store;
        Ok(store.put_compared(&room.id, compared, REACH).await?)
    }

    async fn read(&self, room: &Conversation) -> Result<History, RocketChatError> {
        self.rocketchat
            .fetch_history(&room.token, &room.id, MESSAGES)
            .await
    }

    /// The contact of a room; `None` where the token is not one that we minted: anybody may create a
    /// visitor with one that looks like ours. Nothing in its rooms is older than the contact.
    async fn contact_of(&self, room: &Conversation) -> Result<Option<Contact>, Failure> {
        let Some((connection, contact)) = room.token.parts() else {
            return Ok(None);
        };
        if self.app.connection(&connection, self.now).await?.is_none() {
            return Ok(None);
        }
        let found = self.app.store.find_contact(&contact, self.now).await?;
        Ok(found.filter(|contact| contact.has_token(&room.token)))
    }

    /// Those messages of which nothing is known: they have no record and are not held.
    async fn missing<'a>(
        &self,
        contact: &Contact,
        mut expected: Vec<&'a Standing>,
    ) -> Result<Vec<&'a Standing>, Failure> {
        if expected.is_empty() {
            return Ok(expected);
        }
        // before the records: what is sent in between has one
        let held = self.held(contact).await?;
        let ids = expected.iter().map(|standing| standing.message.id.clone());
        let ids: Vec<_> = ids.collect();
        let known = self.app.store.find_known(&[], &ids, self.now).await?;
        let known = known.messages;
        let is_new = |id: &PostId| !known.contains(id) && !held.contains(id);
        expected.retain(|standing| is_new(&standing.message.id));
        Ok(expected)
    }

    /// What is held for a contact has no record yet.
    async fn held(&self, contact: &Contact) -> Result<Vec<PostId>, Failure> {
        if !contact.held {
            return Ok(Vec::new());
        }
        let held = self.app.store.list_held(&contact.id).await?;
        let tasks = held
            .iter()
            .filter_map(|held| serde_json::from_str(&held.task).ok());
        Ok(tasks.map(|task: AgentV1| task.message.id).collect())
    }

    /// Hands a message on as the door would have done when it was written.
    async fn enqueue(&self, room: &Conversation, standing: &Standing) -> Result<(), Failure> {
        let Some((connection, contact)) = room.token.parts() else {
            return Ok(());
        };
        let task = AgentV1 {
            connection,
            contact,
            token: room.token.clone(),
            room: room.id.clone(),
            received_at: standing.at,
            message: standing.message.clone(),
        };
        self.app.queues.send_agent_message(task).await?;
        tracing::warn!(
            event = "lost_event_recovered",
            room.id = %room.id,
            post.id = %standing.message.id,
            age.seconds = self.now.since(standing.at).as_secs(),
            "an agent's message that never came"
        );
        Ok(())
    }
}
