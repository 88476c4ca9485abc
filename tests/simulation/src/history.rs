//! The alphabet: what can happen in a history. A history is plain data, so that it can be printed,
//! made smaller, kept as a regression and replayed.

use bridge_harness::Fault;
use serde::{Deserialize, Serialize};

/// One simulated history: a stage, what people and the world do on it, and the faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Where it came from.
    pub seed: u64,
    /// The circumstances.
    pub stage: Stage,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What happens to the functions' calls.
    pub faults: Faults,
}

/// The circumstances of a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Connected numbers: 1 or 2.
    pub numbers: usize,
    /// People: 1 to 3.
    pub people: usize,
    /// Rocket.Chat's generation: 6, 7 or 8.
    pub rocketchat: u8,
    /// Its limiter is on.
    pub limiter: bool,
    /// Statuses come as `delivered`, then `sent`.
    pub statuses_backwards: bool,
    /// 360dialog tells refusals of the window by a status instead of the answer.
    pub refusal_by_status: bool,
    /// The connections have welcome, offline and finished texts.
    pub greetings: bool,
    /// The workspace's choices.
    pub choices: Choices,
    /// Statuses are called back: to an endpoint, and to an event bus.
    #[serde(default)]
    pub called_back: bool,
    /// The connections have a template that re-opens a conversation.
    #[serde(default)]
    pub reopens: bool,
}

/// The settings that a history may change on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// A send without a known outcome is repeated (else the agent is told).
    pub resend: bool,
    /// Messages outside the window are refused (else held).
    pub refuse: bool,
    /// Agents are told in the room.
    pub notices: bool,
    /// A message that was changed is sent again (else the agent is told).
    #[serde(default)]
    pub corrects: bool,
    /// Messages are held for an hour (else for a day).
    #[serde(default)]
    pub brief: bool,
}

/// Something that happens, a while after what was before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How long after the step before, in ms.
    pub after_ms: u64,
    /// What.
    pub letter: Letter,
}

/// A person at a number: one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Who {
    /// The person, from 0.
    pub person: usize,
    /// The number, from 0.
    pub number: usize,
}

/// A letter of the alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Letter {
    /// A customer writes.
    Says(Who, Saying),
    /// Several customers' messages in one body, `n` of each person, in turn; with a status of
    /// nobody's message between them.
    Body {
        /// To this number.
        number: usize,
        /// Messages per person.
        each: usize,
    },
    /// An agent writes into the contact's open room, if there is one.
    Answers(Who, Answer),
    /// An agent writes there, and Rocket.Chat dies before it has told anybody of anything.
    Loses(Who),
    /// An agent closes the contact's open room.
    Closes(Who),
    /// An operator removes the visitor.
    Removes(Who),
    /// The customer opens the chat: `read`.
    Reads(Who),
    /// The customer hides the number, or shows it again.
    Hides(usize, bool),
    /// A customer known by number only gets a user id.
    GainsId(usize),
    /// The customer has another number from now on.
    Renumbers(usize),
    /// The customer has another user id from now on, where there is one.
    Reidentifies(usize),
    /// All agents go, or come back.
    Agents(bool),
    /// A program sends a template from a number: to these people, and to this many strangers.
    Sends(Audience),
    /// It sends the same request again.
    SendsAgain,
    /// A program writes to a person, through the API.
    Posts(Who),
    /// Somebody pauses, resumes or cancels the newest send.
    Controls(Wish),
    /// The operator changes settings.
    Chooses(Choices),
    /// The operator disables or enables a number.
    Enables(usize, bool),
    /// The next webhook that was delivered comes again.
    Again(Again),
    /// Webhooks come out of order from now on, or in order again.
    Shuffles(bool),
    /// Webhooks pile up for this long (ms), then come in bodies of many.
    Gathers(u64),
    /// The next send meets this.
    Send(SendMishap),
    /// Statuses come, or none come.
    Statuses(bool),
    /// Rocket.Chat starts anew, and forgets what it would have told again.
    Restarts,
    /// What it forgot comes after all, as from somebody who kept it.
    ComesAfterAll,
    /// The next calls of one of Rocket.Chat's routes fail.
    Route(Route, Mishap),
    /// A neighbour is down for this long (ms).
    Outage(Neighbour, Mishap, u64),
    /// The status endpoint is not well for this long (ms).
    Endpoint(EndpointMishap, u64),
    /// 360dialog refuses the key for this long (ms).
    KeyRefused(u64),
    /// The number gets another API key, and the operator enters it.
    ChangesKey(usize),
    /// The visibility of a queue's messages in flight runs out.
    Lapses(Queue),
    /// Receives are counted that nobody saw.
    Receives(Queue, u32),
    /// A worker takes nothing for this long (ms).
    Pauses(Queue, u64),
    /// A new version is deployed.
    Deploys,
    /// A task as an older version wrote it stands in the queue.
    OldTask(Who),
    /// An agent's message comes as an older version's task, and by the door.
    OldAnswer(Who),
    /// A status of the newest message to the customer comes as an older version's task.
    OldStatus(Who),
    /// Calls with wrong secrets reach both doors.
    Forges(Who),
    /// A task that no version can read (yet).
    FutureTask(Queue),
    /// The clock of a worker is wrong by this much (ms).
    Skews(Queue, i64),
    /// The 5-minute tick.
    Ticks,
    /// DynamoDB deletes what has expired.
    Sweeps,
}

/// What a customer writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saying {
    /// A text.
    Text,
    /// A text that quotes the contact's newest message of either side.
    Quote,
    /// A reaction to it: waits where no room is open.
    Reaction,
    /// A file with words below it.
    File,
    /// A file that 360dialog does not have (any more).
    Gone,
    /// The newest answer that was offered is chosen, if none was before.
    Choice,
}

/// Who gets a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// From this number.
    pub number: usize,
    /// The person, or all.
    pub person: Option<usize>,
    /// So many who never wrote.
    pub strangers: usize,
}

/// What becomes of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// It waits.
    Pause,
    /// It goes on.
    Resume,
    /// It ends.
    Cancel,
}

/// What an agent writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A text.
    Text,
    /// A text of several parts.
    Long,
    /// A text that quotes the newest line.
    Quote,
    /// The newest message of the agent is edited.
    Edit,
    /// A picture with words below it.
    File,
    /// A file that WhatsApp takes in no form: it goes as a link.
    Archive,
    /// A program offers an answer to choose.
    Offer,
    /// A command to us.
    Asks(Ask),
}

/// What an agent asks of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// What is held?
    Held,
    /// It is to be sent.
    Send,
    /// It is to be dropped.
    Drop,
}

/// When a delivered webhook comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Again {
    /// At the same time.
    AtOnce,
    /// After this many ms.
    After(i64),
}

/// What happens to one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendMishap {
    /// Accepted, and no answer.
    LoseAnswer,
    /// Accepted, and 502.
    ErrorAfter,
    /// 500 before.
    ErrorBefore,
    /// An HTML page.
    Html,
    /// 429 for this many seconds.
    Throttle(u64),
    /// Refused with this code.
    Refuse(u32),
    /// Accepted, and a status `failed` with this code.
    FailByStatus(u32),
}

/// How a neighbour is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mishap {
    /// 503.
    Error,
    /// A page instead of an answer.
    Html,
    /// Nothing.
    Silence,
    /// 401.
    Unauthorized,
    /// 429 that announces this many ms.
    Throttle(i64),
    /// Carried out, then 503.
    ErrorAfter,
    /// Carried out, then nothing.
    SilenceAfter,
}

/// How the status endpoint is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointMishap {
    /// It answers with this status.
    Answers(u16),
    /// 429 that announces this many seconds.
    Throttle(u64),
    /// It sends the caller elsewhere.
    Redirects,
    /// Nothing.
    Silence,
}

/// Routes of Rocket.Chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// `POST livechat/visitor`
    Visitor,
    /// `GET livechat/room`
    Room,
    /// `POST livechat/message`
    Message,
    /// `POST chat.sendMessage`, the notes
    Note,
    /// `POST livechat/upload/{rid}`
    Upload,
}

/// Neighbours that can be down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Neighbour {
    /// Rocket.Chat
    Rocketchat,
    /// 360dialog
    Whatsapp,
}

/// The queues with their workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Queue {
    /// `inbound.fifo`, `to-rocketchat`
    Inbound,
    /// `outbound.fifo`, `to-whatsapp`
    Outbound,
    /// `statuses`, `status-fanout`
    Statuses,
    /// `bulk`, `to-whatsapp`
    Bulk,
    /// `callbacks`, `callback-sender`
    Callbacks,
}

/// What happens to the functions' calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    /// At the n-th call (from 1).
    pub points: Vec<(usize, Fault)>,
    /// Many, for a while.
    pub storm: Option<Storm>,
    /// All calls to the neighbours for one person, and no others.
    pub victim: Option<(Who, Fault)>,
}

/// Faults at random calls for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// How many of a thousand calls.
    pub per_mille: u32,
    /// From the n-th call on (from 1).
    pub from: usize,
    /// For this long (ms).
    pub for_ms: i64,
}
