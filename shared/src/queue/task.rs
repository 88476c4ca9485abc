//! What stands in the queues. Tasks are small, tagged and versioned: a new version is a new
//! variant, and the old one is read for as long as a queue can hold it (14 days).

use serde::{Deserialize, Serialize};

use crate::domain::callback::Callback;
use crate::domain::contact::Sender;
use crate::domain::ids::{
    ConnectionId, ContactId, PostId, RoomId, SendId, VisitorToken, WaId, Wamid,
};
use crate::domain::message::{AgentMessage, InboundMessage};
use crate::domain::status::StatusEvent;
use crate::domain::template::TemplateEvent;
use crate::domain::time::Timestamp;

/// A task of `inbound.fifo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task")]
pub enum InboundTask {
    /// Messages of one customer out of one webhook body, in order.
    #[serde(rename = "InboundV1")]
    Messages(InboundV1),
    /// A note of our bot to the agents of a room.
    #[serde(rename = "NoteV1")]
    Note(NoteV1),
    /// A note that has to be read: where its room is closed, the setup channel has it.
    #[serde(rename = "AlertV1")]
    Alert(AlertV1),
    /// A file that could not be had when its message came.
    #[serde(rename = "MediaV1")]
    Media(MediaV1),
    /// A body that could not be read.
    #[serde(rename = "QuarantineV1")]
    Quarantine(QuarantineV1),
}

/// See [`InboundTask::Messages`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboundV1 {
    /// The number's connection, from the webhook's path.
    pub connection: ConnectionId,
    /// The number that the webhook itself names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<WaId>,
    /// When the door took it.
    pub received_at: Timestamp,
    /// The messages.
    pub messages: Vec<InboundMessage>,
}

/// See [`InboundTask::Note`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteV1 {
    /// The number's connection.
    pub connection: ConnectionId,
    /// Where the note goes.
    pub room: RoomId,
    /// The Rocket.Chat id derives from it: a note is written once.
    pub key: String,
    /// The words.
    pub text: String,
}

/// See [`InboundTask::Alert`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertV1 {
    /// The number's connection.
    pub connection: ConnectionId,
    /// The room that it is for; absent = the setup channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The Rocket.Chat id derives from it: it is written once.
    pub key: String,
    /// The words.
    pub text: String,
}

/// See [`InboundTask::Media`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaV1 {
    /// The number's connection.
    pub connection: ConnectionId,
    /// Whose message it is.
    pub contact: ContactId,
    /// The message.
    pub message: Box<InboundMessage>,
}

/// See [`InboundTask::Quarantine`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuarantineV1 {
    /// The connection of the path.
    pub connection: ConnectionId,
    /// When the door took it.
    pub received_at: Timestamp,
    /// Why it could not be read.
    pub reason: String,
    /// Hexadecimal SHA-256 of the whole body.
    pub sha256: String,
    /// Length of the whole body in bytes.
    pub length: usize,
    /// Its first 64 KB, base 64.
    pub head: String,
}

/// A task of `outbound.fifo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task")]
pub enum OutboundTask {
    /// A message that an agent (or bot) wrote.
    #[serde(rename = "AgentV1")]
    Agent(AgentV1),
    /// A conversation was closed.
    #[serde(rename = "ClosedV1")]
    Closed(ClosedV1),
    /// A text of ours to the customer (welcome, offline, finished).
    #[serde(rename = "TextV1")]
    Text(TextV1),
    /// The customer wrote: held messages may go out.
    #[serde(rename = "ReleaseV1")]
    Release(ReleaseV1),
    /// A template for one recipient of a send; also in `bulk`.
    #[serde(rename = "TemplateV1")]
    Template(TemplateV1),
    /// The recipients of a send that have no result yet, to be put into `bulk`.
    #[serde(rename = "FanoutV1")]
    Fanout(FanoutV1),
    /// A file that WhatsApp took and then failed: to be sent in another form.
    #[serde(rename = "AgainV1")]
    Again(AgainV1),
    /// Messages have been held for too long, as it seems.
    #[serde(rename = "ExpireV1")]
    Expire(ExpireV1),
    /// The template that re-opens a conversation could not be sent at once.
    #[serde(rename = "ReopenV1")]
    Reopen(ReopenV1),
    /// An agent wrote a command.
    #[serde(rename = "AskedV1")]
    Asked(AskedV1),
    /// A message that a program sends through the API.
    #[serde(rename = "ProgramV1")]
    Program(ProgramV1),
}

/// See [`OutboundTask::Agent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentV1 {
    /// The connection that the visitor's token names.
    pub connection: ConnectionId,
    /// The contact that it names.
    pub contact: ContactId,
    /// The whole token, proven against the contact.
    pub token: VisitorToken,
    /// The room.
    pub room: RoomId,
    /// When the door took it.
    pub received_at: Timestamp,
    /// The message.
    pub message: AgentMessage,
}

/// See [`OutboundTask::Closed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// The contact.
    pub contact: ContactId,
    /// The whole token, proven against the contact.
    pub token: VisitorToken,
    /// The room that was closed.
    pub room: RoomId,
    /// Whether the customer's side closed it.
    pub by_visitor: bool,
    /// When, by Rocket.Chat's clock; else when the door took it.
    pub closed_at: Timestamp,
}

/// See [`OutboundTask::Text`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whom it is for.
    pub contact: ContactId,
    /// `welcome#<rid>`, `offline#<contact>#<period>`, `finished#<rid>`: sent once per key.
    pub key: String,
    /// The words.
    pub body: String,
    /// Not sent after this moment (a greeting hours later would be odd).
    pub until: Timestamp,
}

/// See [`OutboundTask::Release`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose held messages.
    pub contact: ContactId,
}

/// See [`OutboundTask::Template`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// The send.
    pub send: SendId,
    /// Which of its recipients, from 0.
    pub n: usize,
    /// Whose order it keeps, where it goes through `outbound.fifo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// A task before this one was given up behind the send: what is left is to show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// See [`OutboundTask::Again`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose message it is.
    pub contact: ContactId,
    /// The message.
    pub message: PostId,
    /// Which part of it failed.
    pub part: usize,
    /// Under which id.
    pub wamid: Wamid,
}

/// See [`OutboundTask::Fanout`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FanoutV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// The send.
    pub send: SendId,
}

/// See [`OutboundTask::Expire`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpireV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose held messages.
    pub contact: ContactId,
    /// By what they were found.
    pub due: Vec<String>,
}

/// See [`OutboundTask::Reopen`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReopenV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose conversation.
    pub contact: ContactId,
    /// `reopen#<contact>#<end of the window>`: sent once per key.
    pub key: PostId,
    /// The room of the message that is held.
    pub room: RoomId,
    /// The name of the agent who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The run that held the message could not send it; else it is only to be told and shown where
    /// that run died.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

/// See [`OutboundTask::Asked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskedV1 {
    /// The connection that the visitor's token names.
    pub connection: ConnectionId,
    /// The contact that it names.
    pub contact: ContactId,
    /// The whole token, proven against the contact.
    pub token: VisitorToken,
    /// The room.
    pub room: RoomId,
    /// The command's message.
    pub message: PostId,
    /// What stands behind the word that makes it a command.
    pub words: String,
}

/// See [`OutboundTask::Program`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// Whom it is for.
    pub contact: ContactId,
    /// The message: its record holds the rest.
    pub message: PostId,
}

/// A task of `statuses`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task")]
pub enum StatusTask {
    /// One status event.
    #[serde(rename = "StatusV1")]
    Status(StatusV1),
    /// Something happened to a template.
    #[serde(rename = "TemplateEventV1")]
    Template(TemplateEventV1),
    /// Somebody wants marketing messages no more, or again.
    #[serde(rename = "PreferenceV1")]
    Preference(PreferenceV1),
    /// What became of a message by our own doing: taken by WhatsApp, or given up.
    #[serde(rename = "OutcomeV1")]
    Outcome(OutcomeV1),
    /// A callback that the event bus did not take.
    #[serde(rename = "BusV1")]
    Bus(BusV1),
    /// Callbacks of a span of time are to be made again.
    #[serde(rename = "ReplayV1")]
    Replay(ReplayV1),
}

/// See [`StatusTask::Status`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusV1 {
    /// The connection of the webhook's path.
    pub connection: ConnectionId,
    /// When the door took it.
    pub received_at: Timestamp,
    /// The event.
    pub event: StatusEvent,
}

/// See [`StatusTask::Outcome`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeV1 {
    /// The connection.
    pub connection: ConnectionId,
    /// What is to be told.
    pub callback: Callback,
}

/// See [`StatusTask::Bus`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BusV1 {
    /// What is to be told.
    pub callback: Callback,
}

/// See [`StatusTask::Replay`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayV1 {
    /// From when on; a page of it is worked off, then the task goes on from where that ended.
    pub from: Timestamp,
    /// The `webhook-id` at `from` that was done last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Until when, not included.
    pub to: Timestamp,
    /// Only what the endpoint did not take.
    pub only_failed: bool,
}

/// A task of `callbacks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task")]
pub enum CallbackTask {
    /// One callback.
    #[serde(rename = "CallbackV1")]
    Callback(CallbackV1),
}

/// See [`CallbackTask::Callback`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackV1 {
    /// What is to be told.
    pub callback: Callback,
    /// How long its delivery is remembered, in days.
    pub keep_days: u32,
    /// It was tried before: its log goes on.
    #[serde(default)]
    pub again: bool,
}

/// See [`StatusTask::Template`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateEventV1 {
    /// The connection of the webhook's path.
    pub connection: ConnectionId,
    /// When the door took it.
    pub received_at: Timestamp,
    /// The event.
    pub event: TemplateEvent,
}

/// See [`StatusTask::Preference`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreferenceV1 {
    /// The connection of the webhook's path.
    pub connection: ConnectionId,
    /// Who.
    pub sender: Sender,
    /// Whether they want them.
    pub wanted: bool,
    /// When they said so.
    pub at: Timestamp,
}
