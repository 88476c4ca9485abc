//! The Omnichannel webhook → events. It is one URL for the whole workspace: what is not ours is
//! nothing. (reference: Rocket.Chat, §2)

mod blocks;
mod choices;
mod command;
mod files;
pub mod history;

use serde::Deserialize as _;
use serde_json::Value;

use super::wire::{self, text};
use crate::domain::ids::{ConnectionId, ContactId, PostId, RoomId, UserId, VisitorToken};
use crate::domain::message::{AgentMessage, Author, Choice};
use crate::domain::time::Timestamp;

/// Something that happened in a room of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentEvent {
    /// The connection that the visitor's token names.
    pub connection: ConnectionId,
    /// The contact that it names.
    pub contact: ContactId,
    /// The token.
    pub token: VisitorToken,
    /// The room.
    pub room: RoomId,
    /// What happened.
    pub kind: AgentEventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum AgentEventKind {
    /// An agent or bot wrote, or changed, a message.
    Said(AgentMessage),
    /// An agent wrote a command: it is for us, never for the customer.
    Asked {
        /// Its message.
        message: PostId,
        /// What stands behind the word that makes it a command.
        words: String,
    },
    /// The conversation was closed.
    Closed {
        /// By the customer's side.
        by_visitor: bool,
        /// When, by Rocket.Chat's clock.
        at: Option<Timestamp>,
    },
}

/// The body is not a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// Reads a webhook body. Other channels' rooms, visitors' echoes, our own bot's messages, the
/// closing comment, test events and events that we do not use give nothing.
pub fn parse_event(body: &[u8], bot: &UserId) -> Result<Vec<AgentEvent>, Unreadable> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Unreadable("not_json"))?;
    if !value.is_object() {
        return Err(Unreadable("not_an_object"));
    }
    let envelope = wire::Envelope::deserialize(&value).map_err(|_| Unreadable("not_an_object"))?;
    let token = VisitorToken::new(text(envelope.visitor.as_ref().and_then(|v| v.get("token"))));
    let room = text(envelope.id.as_ref());
    let Some((connection, contact)) = token.parts().filter(|_| !room.is_empty()) else {
        return Ok(Vec::new());
    };
    let event = |kind| AgentEvent {
        connection: connection.clone(),
        contact: contact.clone(),
        token: token.clone(),
        room: RoomId::new(room),
        kind,
    };
    Ok(match text(envelope.kind.as_ref()) {
        "Message" => {
            let messages = envelope.messages.as_ref().and_then(Value::as_array);
            let said = messages
                .into_iter()
                .flatten()
                .filter_map(|raw| parse_message(raw, bot));
            said.filter_map(|message| command::kind_of(message).map(event))
                .collect()
        }
        "LivechatSession" => vec![event(AgentEventKind::Closed {
            by_visitor: text(envelope.closer.as_ref()) == "visitor",
            at: Timestamp::parse(text(envelope.closed_at.as_ref())),
        })],
        _ => Vec::new(),
    })
}

fn parse_message(raw: &Value, bot: &UserId) -> Option<AgentMessage> {
    // a list would be read by position
    let message = wire::Message::deserialize(raw.is_object().then_some(raw)?).ok()?;
    // `agentId` stands exactly on messages that are not the visitor's
    let author = text(message.agent_id.as_ref());
    let id = text(message.id.as_ref());
    let is_closing = message.closing_message == Some(Value::Bool(true));
    if author.is_empty() || author == bot.as_str() || id.is_empty() || is_closing {
        return None;
    }
    let (quotes, body) = split_quote(text(message.msg.as_ref()));
    let part = |name| {
        let part = message.u.as_ref().and_then(|u| u.get(name)?.as_str());
        part.map(str::to_owned)
    };
    let said = words(&message, body);
    let edited_at = message.edited_at.as_ref().and_then(moment);
    let written_at = message.ts.as_ref().and_then(wire::moment);
    Some(AgentMessage {
        id: PostId::new(id),
        text: said.text,
        choices: said.choices,
        by_program: said.by_program,
        author: Author {
            id: UserId::new(author),
            name: part("name"),
            username: part("username"),
        },
        quotes,
        files: files::files(&message, body),
        written_at: written_at.filter(|_| edited_at.is_some()),
        edited_at,
    })
}

/// The moment of an edit as text, whatever form it has: two edits differ in it.
fn moment(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// What a message says.
struct Said {
    text: String,
    choices: Vec<Choice>,
    by_program: bool,
}

/// The words of a message with the answers that it offers: as blocks, or as people write them.
fn words(message: &wire::Message, body: &str) -> Said {
    let blocks = message.blocks.as_ref().and_then(Value::as_array);
    if let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) {
        let (text, choices) = blocks::parse_blocks(blocks, body);
        let by_program = !choices.is_empty();
        return Said {
            text,
            choices,
            by_program,
        };
    }
    let (text, choices) = choices::split_choices(body);
    Said {
        text: text.to_owned(),
        choices,
        by_program: false,
    }
}

/// Splits the link in front of a quoting message, `[ ](https://host/live/<rid>?msg=<id>) text`,
/// into the quoted id and the text (§1.6). Several links: the last one counts.
fn split_quote(message: &str) -> (Option<PostId>, &str) {
    let mut rest = message.trim_start();
    let mut quoted = None;
    while let Some((url, tail)) = leading_link(rest) {
        let Some(id) = message_id(url) else { break };
        quoted = Some(PostId::new(id));
        rest = tail.trim_start();
    }
    if quoted.is_none() {
        (None, message)
    } else {
        (quoted, rest)
    }
}

/// The URL of a link with an empty label at the very front, and what follows it.
fn leading_link(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (url, tail) = rest.split_once(')')?;
    label.trim().is_empty().then_some((url, tail))
}

fn message_id(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("msg="))
        .map(|id| id.split('#').next().unwrap_or_default())
        .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests;
