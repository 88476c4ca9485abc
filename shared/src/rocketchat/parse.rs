//! The Omnichannel webhook → events. It is one URL for the whole workspace: what is not ours is
//! nothing. (reference: Rocket.Chat, §2)

use serde::Deserialize as _;
use serde_json::Value;

use super::wire::{self, text};
use crate::domain::ids::{ConnectionId, ContactId, PostId, RoomId, UserId, VisitorToken};
use crate::domain::message::{AgentMessage, Author};
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
            said.map(|message| event(AgentEventKind::Said(message)))
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
    Some(AgentMessage {
        id: PostId::new(id),
        text: words(&message, body),
        author: Author {
            id: UserId::new(author),
            name: part("name"),
            username: part("username"),
        },
        quotes,
        files: files(&message),
        edited_at: message.edited_at.as_ref().and_then(moment),
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

/// The text of a message: its words or blocks, then the words below its files.
fn words(message: &wire::Message, body: &str) -> String {
    let blocks = message.blocks.as_ref().and_then(Value::as_array);
    let blocks = blocks.filter(|blocks| !blocks.is_empty());
    let body = blocks.map_or_else(|| body.to_owned(), |blocks| text_of_blocks(blocks, body));
    let captions = file_attachments(message)
        .filter_map(|attachment| attachment.get("description")?.as_str())
        .filter(|caption| !caption.trim().is_empty() && *caption != body);
    let mut lines = vec![body.as_str()];
    lines.extend(captions);
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
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

/// The text of UIKit blocks: their text, fields and elements, one line per button. Where `msg` is
/// only the blocks as JSON (§2.3), it is left out.
fn text_of_blocks(blocks: &[Value], message: &str) -> String {
    let is_json = serde_json::from_str::<Value>(message).is_ok_and(|value| value.is_array());
    let own = (!is_json).then(|| message.to_owned());
    let lines = own
        .into_iter()
        .chain(blocks.iter().flat_map(lines_of_block));
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

fn lines_of_block(block: &Value) -> Vec<String> {
    let list = |key: &str| {
        let list = block.get(key).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let line = |element: &Value| {
        let label = label(element);
        let button = element.get("type").and_then(Value::as_str) == Some("button");
        if button && !label.is_empty() {
            format!("• {label}")
        } else {
            label.to_owned()
        }
    };
    std::iter::once(block)
        .chain(list("fields"))
        .chain(list("elements"))
        .chain(block.get("accessory"))
        .map(line)
        .collect()
}

/// The words of a block or element: its text, bare or as an object, else its alternative text.
fn label(value: &Value) -> &str {
    let text = value.pointer("/text/text").or_else(|| value.get("text"));
    let text = text.and_then(Value::as_str);
    let alternative = || value.get("altText").and_then(Value::as_str);
    text.or_else(alternative).unwrap_or_default()
}

/// The attachments that are files; quotes have no `title_link`.
fn file_attachments(message: &wire::Message) -> impl Iterator<Item = &Value> {
    let attachments = message.attachments.as_ref().and_then(Value::as_array);
    attachments
        .into_iter()
        .flatten()
        .filter(|attachment| attachment.get("title_link").is_some_and(Value::is_string))
}

/// The names of a message's files.
fn files(message: &wire::Message) -> Vec<String> {
    let name = |value: &Value, key: &str| {
        let name = value.get(key).and_then(Value::as_str).unwrap_or("file");
        name.to_owned()
    };
    let files: Vec<String> = file_attachments(message)
        .map(|attachment| name(attachment, "title"))
        .collect();
    match &message.file {
        Some(file) if files.is_empty() && file.is_object() => vec![name(file, "name")],
        _ => files,
    }
}

#[cfg(test)]
mod tests;
