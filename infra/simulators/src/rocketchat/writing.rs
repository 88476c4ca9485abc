//! Messages: stored, rewritten, taken away.

use serde_json::Value;

use super::answer::Refusal;
use super::quotes;
use super::state::{Author, Note, State};

/// A message about to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub id: Option<String>,
    pub rid: String,
    pub msg: String,
    pub author: Author,
    pub token: Option<String>,
    pub alias: Option<String>,
    pub kind: Option<&'static str>,
    pub files: Vec<String>,
    pub attachments: Vec<Value>,
    pub blocks: Option<Value>,
    pub by_integration: bool,
}

impl Draft {
    /// A plain text by `author`.
    pub fn text(rid: &str, author: Author, msg: &str) -> Self {
        Self {
            id: None,
            rid: rid.to_owned(),
            msg: msg.to_owned(),
            author,
            token: None,
            alias: None,
            kind: None,
            files: Vec::new(),
            attachments: Vec::new(),
            blocks: None,
            by_integration: false,
        }
    }
}

impl State {
    /// Stores a message and lets everybody know of it. An `_id` that exists anywhere is refused
    /// as the server refuses it (§1.3).
    pub fn post(&mut self, draft: Draft) -> Result<String, Refusal> {
        if draft
            .id
            .as_ref()
            .is_some_and(|id| self.notes.contains_key(id))
        {
            return Err(Refusal::duplicate());
        }
        // a visitor has no right to mention everybody (BeforeSavePreventMention)
        if draft.token.is_some() {
            for name in ["all", "here"] {
                if mentions(&draft.msg, name) {
                    let text = format!("Notify {name} in this room not allowed");
                    return Err(Refusal::coded("error-action-not-allowed", &text));
                }
            }
        }
        let (mut attachments, quote) = quotes::resolve(self, &draft.msg, draft.token.as_deref());
        let now = self.now();
        let id = draft.id.unwrap_or_else(|| self.fresh_id("msg"));
        let chat = self
            .chats
            .get_mut(&draft.rid)
            .ok_or_else(|| Refusal::plain("invalid-room"))?;
        chat.notes.push(id.clone());
        chat.last = now;
        chat.updated = now;
        if draft.kind.is_none() {
            chat.waiting = draft.token.is_some();
        }
        attachments.extend(draft.attachments);
        let note = Note {
            id: id.clone(),
            rid: draft.rid,
            msg: draft.msg,
            ts: now,
            updated: now,
            edited: None,
            author: draft.author,
            token: draft.token,
            alias: draft.alias,
            kind: draft.kind,
            files: draft.files,
            attachments,
            blocks: draft.blocks,
            quote,
            by_integration: draft.by_integration,
        };
        self.notes.insert(id.clone(), note);
        self.emit_message(&id);
        self.trigger_commands(&id);
        Ok(id)
    }

    /// A system message (`t`). It reaches the webhook only inside session events.
    pub fn post_system(&mut self, rid: &str, author: Author, kind: &'static str, msg: &str) {
        let draft = Draft {
            kind: Some(kind),
            ..Draft::text(rid, author, msg)
        };
        // The room exists and the id is fresh: nothing to refuse.
        let _ = self.post(draft);
    }

    /// Rewrites a message's text; the webhook sends it once more, with `editedAt` (§2.3).
    pub fn edit(&mut self, id: &str, msg: &str) -> Result<(), Refusal> {
        let note = self
            .notes
            .get(id)
            .ok_or_else(|| Refusal::plain("invalid-message"))?;
        let old = note
            .attachments
            .iter()
            .filter(|one| one.get("message_link").is_none());
        let kept: Vec<Value> = old.cloned().collect();
        let (mut attachments, quote) = quotes::resolve(self, msg, note.token.as_deref());
        attachments.extend(kept);
        let now = self.now();
        if let Some(note) = self.notes.get_mut(id) {
            note.msg = msg.to_owned();
            note.updated = now;
            note.edited = Some(now);
            note.attachments = attachments;
            note.quote = quote;
        }
        self.emit_message(id);
        Ok(())
    }

    /// Takes a message away. No webhook tells of it (§2.3).
    pub fn remove_note(&mut self, id: &str) {
        if let Some(note) = self.notes.remove(id)
            && let Some(chat) = self.chats.get_mut(&note.rid)
        {
            chat.notes.retain(|mine| mine != id);
        }
    }
}

/// Whether a text calls `name`, at its beginning or behind a space, a line's end or a `>`.
fn mentions(text: &str, name: &str) -> bool {
    let names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices('@').any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let called = text[at + 1..].split(|c| !names(c)).next();
        let free = before.is_none_or(|c| c.is_whitespace() || c == '>');
        // a stop behind a name is not of it
        let called = called.map(|called| called.trim_end_matches('.'));
        free && called.is_some_and(|called| called.eq_ignore_ascii_case(name))
    })
}
