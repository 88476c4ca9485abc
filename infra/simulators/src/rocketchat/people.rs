//! What people in the workspace do, as Rust calls: agents, bots, admins.
//!
//! Each call answers `Err` with the server's own error text where the server would refuse.

use bytes::Bytes;
use serde_json::Value;

use super::RocketChat;
use super::answer::Refusal;
use super::conversation::Destination;
use super::files;
use super::options::Version;
use super::quotes;
use super::state::State;
use super::writing::Draft;

/// What a person's action gives, or the server's refusal.
pub type Done<T> = Result<T, String>;

impl RocketChat {
    fn act<T>(&self, action: impl FnOnce(&mut State) -> Result<T, Refusal>) -> Done<T> {
        let done = action(&mut self.lock());
        self.changed();
        done.map_err(|refusal| refusal.text())
    }

    /// An agent writes `text` in room `rid`; gives the message id. Also works in a private group.
    pub fn agent_says(&self, rid: &str, username: &str, text: &str) -> Done<String> {
        self.act(|state| {
            let author = writer(state, rid, username)?;
            state.post(Draft::text(rid, author, text))
        })
    }

    /// An agent answers `text` to the message `quoted` (with a quote link in front of the text,
    /// as the web client writes it); gives the message id.
    pub fn agent_quotes(
        &self,
        rid: &str,
        username: &str,
        quoted: &str,
        text: &str,
    ) -> Done<String> {
        let link = quotes::link(self.lock().text("Site_Url"), rid, quoted);
        self.agent_says(rid, username, &format!("{link}{text}"))
    }

    /// The author of a message rewrites it; a second `Message` event with `editedAt` follows.
    pub fn agent_edits(&self, message_id: &str, text: &str) -> Done<()> {
        self.act(|state| state.edit(message_id, text))
    }

    /// A message is deleted. No event tells of it.
    pub fn agent_deletes(&self, message_id: &str) -> Done<()> {
        self.act(|state| {
            state
                .notes
                .get(message_id)
                .ok_or_else(|| Refusal::plain("invalid-message"))?;
            state.remove_note(message_id);
            Ok(())
        })
    }

    /// An agent sends a file; gives the message id. An empty `caption` is none; 8.x keeps the
    /// caption as the message's text, older versions as the attachment's description.
    pub fn agent_uploads(
        &self,
        rid: &str,
        username: &str,
        filename: &str,
        mime: &str,
        bytes: impl Into<Bytes>,
        caption: &str,
    ) -> Done<String> {
        self.agent_uploads_many(rid, username, vec![(filename, mime, bytes.into())], caption)
    }

    /// An agent sends several files (name, media type, bytes) in one message, as 8.x can: the
    /// event's `file` and `fileUpload` tell only of the first.
    pub fn agent_uploads_many(
        &self,
        rid: &str,
        username: &str,
        uploads: Vec<(&str, &str, Bytes)>,
        caption: &str,
    ) -> Done<String> {
        self.act(|state| {
            let author = writer(state, rid, username)?;
            let in_text = state.version == Version::V8;
            let mut draft = Draft::text(rid, author, if in_text { caption } else { "" });
            for (name, mime, bytes) in uploads {
                state.check_upload(mime, bytes.len())?;
                let id = state.store_file(rid, name, mime, bytes);
                let description = Some(caption).filter(|c| !in_text && !c.is_empty());
                let file = state
                    .files
                    .get(&id)
                    .map(|file| files::attachment(file, description));
                draft.attachments.extend(file);
                draft.files.push(id);
            }
            state.post(draft)
        })
    }

    /// The files of this name are removed, as an operator's clean-up does; messages go on showing them.
    pub fn remove_file(&self, name: &str) {
        self.lock().files.retain(|_, file| file.name != name);
        self.changed();
    }

    /// A bot agent sends UIKit `blocks` (§3); with an empty `text` the event's `msg` is the
    /// blocks as a JSON string. Gives the message id.
    pub fn bot_blocks(&self, rid: &str, username: &str, blocks: Value, text: &str) -> Done<String> {
        self.act(|state| {
            let author = writer(state, rid, username)?;
            state.post(Draft {
                blocks: Some(blocks),
                ..Draft::text(rid, author, text)
            })
        })
    }

    /// An agent closes the conversation, with a comment or an empty one.
    pub fn agent_closes(&self, rid: &str, username: &str, comment: &str) -> Done<()> {
        self.act(|state| {
            let author = state.author(&user_id(state, username)?)?;
            state.close(rid, author, "user", comment)
        })
    }

    /// An agent takes the conversation, from the queue or from a colleague.
    pub fn take(&self, rid: &str, username: &str) -> Done<()> {
        self.act(|state| {
            let id = user_id(state, username)?;
            state.assign(rid, &id)
        })
    }

    /// `by` forwards the conversation to the agent `to`.
    pub fn forward(&self, rid: &str, by: &str, to: &str) -> Done<()> {
        self.act(|state| {
            let (by, to) = (user_id(state, by)?, user_id(state, to)?);
            state.forward(rid, &by, &Destination::Agent(to))
        })
    }

    /// `by` forwards the conversation to a department (id or name).
    pub fn forward_to_department(&self, rid: &str, by: &str, department: &str) -> Done<()> {
        self.act(|state| {
            let by = user_id(state, by)?;
            state.forward(rid, &by, &Destination::Department(department.to_owned()))
        })
    }

    /// An agent comes or goes. Queued conversations stay queued until somebody takes them.
    pub fn set_agent_online(&self, username: &str, online: bool) -> Done<()> {
        self.act(|state| {
            let user = state
                .users
                .iter_mut()
                .find(|user| user.username == username);
            user.ok_or_else(|| Refusal::plain("error-invalid-user"))?
                .online = online;
            Ok(())
        })
    }

    /// An agent blocks (or unblocks) a contact: `error-contact-channel-blocked` from now on.
    pub fn block_contact(&self, token: &str, blocked: bool) -> Done<()> {
        self.act(|state| {
            let guest = state.guests.iter_mut().find(|guest| guest.token == token);
            guest
                .ok_or_else(|| Refusal::plain("invalid-token"))?
                .blocked = blocked;
            Ok(())
        })
    }

    /// An admin changes any setting.
    pub fn set_setting(&self, id: &str, value: impl Into<Value>) {
        self.lock().settings.insert(id.to_owned(), value.into());
        self.changed();
    }

    /// `Livechat_accept_chats_with_no_agents`.
    pub fn set_accept_without_agents(&self, accept: bool) {
        self.set_setting("Livechat_accept_chats_with_no_agents", accept);
    }
}

fn user_id(state: &State, username: &str) -> Result<String, Refusal> {
    let user = state
        .user_named(username)
        .ok_or_else(|| Refusal::plain("error-invalid-user"))?;
    Ok(user.id.clone())
}

/// The author for a message in an open room.
fn writer(state: &State, rid: &str, username: &str) -> Result<super::state::Author, Refusal> {
    let chat = state
        .chats
        .get(rid)
        .ok_or_else(|| Refusal::plain("error-invalid-room"))?;
    if !chat.open {
        return Err(Refusal::plain("room-closed"));
    }
    state.author(&user_id(state, username)?)
}
