//! What happens to conversations: opened, queued, taken, forwarded, written in, closed.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::document;
use super::options::{Routing, Version};
use super::state::{Author, Chat, Ending, Guest, Serving, State};

/// Where a conversation is forwarded to.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    /// An agent, by user id.
    Agent(String),
    /// A department, by id or name.
    Department(String),
}

impl State {
    /// The visitor as an author, with the name that is shown (`alias`).
    pub fn guest_author(&self, token: &str) -> Result<(Author, String), Refusal> {
        let guest = self
            .guest(token)
            .ok_or_else(|| Refusal::plain("invalid-token"))?;
        let name = guest.name.clone().unwrap_or_else(|| guest.username.clone());
        let author = Author {
            id: guest.id.clone(),
            username: guest.username.clone(),
            name: name.clone(),
        };
        Ok((author, name))
    }

    /// Agents of the department (or all, without one) who can get a conversation now.
    pub fn available(&self, department: Option<&str>) -> Vec<String> {
        let team = department.and_then(|id| self.team(id));
        let suits = |id: &String| team.is_none_or(|team| team.agents.contains(id));
        let agents = self
            .users
            .iter()
            .filter(|user| user.online && user.has_role("livechat-agent"));
        agents
            .filter(|user| suits(&user.id))
            .map(|user| user.id.clone())
            .collect()
    }

    /// The available agent who was assigned longest ago.
    fn next_agent(&self, department: Option<&str>) -> Option<String> {
        let mut agents = self.available(department);
        agents.sort_by_key(|id| self.user(id).map_or(0, |user| user.assigned));
        agents.into_iter().next()
    }

    /// Opens a conversation for a visitor: Rocket.Chat REST, livechat/room (§1.2).
    pub fn open_conversation(
        &mut self,
        token: &str,
        agent: Option<&str>,
    ) -> Result<String, Refusal> {
        let guest = self
            .guest(token)
            .ok_or_else(|| Refusal::plain("invalid-token"))?
            .clone();
        let department = self.admit(&guest)?;
        let rid = self.fresh_id("room");
        let label = guest.name.as_ref().unwrap_or(&guest.username);
        let mut chat = Chat::new(&rid, label, Some((guest.id, guest.token)), self.now());
        chat.department.clone_from(&department);
        self.chats.insert(rid.clone(), chat);
        self.order.push(rid.clone());
        let (author, _) = self.guest_author(token)?;
        self.post_system(&rid, author, "livechat-started", "");
        self.emit_session(&rid, "LivechatSessionStart", Value::Null);
        let wanted = agent.filter(|id| self.user(id).is_some_and(|user| user.online));
        let chosen = match (wanted, self.routing) {
            (Some(id), _) => Some(id.to_owned()),
            (None, Routing::Auto) => self.next_agent(department.as_deref()),
            (None, Routing::Manual) => None,
        };
        match chosen {
            Some(id) => self.assign(&rid, &id)?,
            None => self.emit_session(&rid, "LivechatSessionQueued", Value::Null),
        }
        Ok(rid)
    }

    /// The department of a visitor's next conversation, if one can be opened at all.
    fn admit(&self, guest: &Guest) -> Result<Option<String>, Refusal> {
        if !self.flag("Livechat_enabled") {
            return Err(Refusal::coded("error-omnichannel-is-disabled", ""));
        }
        if guest.blocked {
            return Err(Refusal::plain("error-contact-channel-blocked"));
        }
        let first = || {
            self.teams
                .iter()
                .find(|team| team.enabled)
                .map(|team| team.id.clone())
        };
        let department = guest.department.clone().or_else(first);
        let nobody = self.available(department.as_deref()).is_empty();
        if nobody && !self.flag("Livechat_accept_chats_with_no_agents") {
            return Err(Refusal::coded("no-agent-online", "Sorry, no online agents"));
        }
        Ok(department)
    }

    /// The agent takes the conversation (from the queue, or from a colleague).
    pub fn assign(&mut self, rid: &str, user_id: &str) -> Result<(), Refusal> {
        self.serve(rid, user_id)?;
        self.emit_session(rid, "LivechatSessionTaken", Value::Null);
        Ok(())
    }

    fn serve(&mut self, rid: &str, user_id: &str) -> Result<(), Refusal> {
        let author = self.author(user_id)?;
        let now = self.now();
        self.assignments += 1;
        let turn = self.assignments;
        if let Some(user) = self.users.iter_mut().find(|user| user.id == user_id) {
            user.assigned = turn;
        }
        let chat = self
            .chats
            .get_mut(rid)
            .ok_or_else(|| Refusal::plain("error-invalid-room"))?;
        if !chat.open {
            return Err(Refusal::plain("room-closed"));
        }
        chat.served = Some(Serving {
            user: author.id,
            username: author.username,
            ts: now,
        });
        chat.updated = now;
        Ok(())
    }

    /// Hands the conversation over: Rocket.Chat REST, livechat/room.forward (§1.12).
    pub fn forward(&mut self, rid: &str, by: &str, to: &Destination) -> Result<(), Refusal> {
        let chat = self.chats.get(rid).filter(|chat| chat.visitor.is_some());
        let chat = chat.ok_or_else(|| Refusal::plain("error-invalid-room"))?;
        if !chat.open {
            return Err(Refusal::coded("room-closed", "This room is closed"));
        }
        let old = chat.served.clone();
        let old_department = chat.department.clone();
        let mut extra = json!({});
        match to {
            Destination::Agent(id) => {
                self.serve(rid, id)?;
                extra["oldServedBy"] = old.as_ref().map_or(Value::Null, document::serving);
            }
            Destination::Department(name) => {
                let team = self.team(name).map(|team| team.id.clone());
                let team = team.ok_or_else(|| Refusal::coded("error-invalid-department", ""))?;
                let next = self.next_agent(Some(&team));
                if next.is_none() && !self.flag("Livechat_accept_chats_with_no_agents") {
                    return Err(Refusal::coded("error-no-agents-online-in-department", ""));
                }
                if let Some(chat) = self.chats.get_mut(rid) {
                    chat.department = Some(team);
                    chat.served = None;
                }
                if let Some(id) = next.filter(|_| self.routing == Routing::Auto) {
                    self.serve(rid, &id)?;
                }
                extra["oldDepartmentId"] = json!(old_department);
            }
        }
        let author = self.author(by)?;
        self.post_system(rid, author, "livechat_transfer_history", "");
        self.emit_session(rid, "LivechatSessionForwarded", extra);
        Ok(())
    }

    /// Ends a conversation; `closer` is `user` or `visitor` (§1.12, §2.2).
    pub fn close(
        &mut self,
        rid: &str,
        by: Author,
        closer: &'static str,
        comment: &str,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let chat = self
            .chats
            .get_mut(rid)
            .filter(|chat| chat.visitor.is_some());
        let chat = chat.ok_or_else(|| Refusal::coded("error-invalid-room", "Invalid room"))?;
        if !chat.open {
            return Err(Refusal::plain("room-closed"));
        }
        chat.open = false;
        chat.waiting = false;
        chat.ending = Some(Ending {
            at: now,
            by: by.clone(),
            closer,
        });
        self.post_system(rid, by, "livechat-close", comment);
        // Older servers save the closing comment as an ordinary message: it is sent twice.
        let sent_twice = self.version == Version::V6_0 && !comment.is_empty();
        let last = self
            .chats
            .get(rid)
            .and_then(|chat| chat.notes.last().cloned());
        if let Some(id) = last.filter(|_| sent_twice) {
            self.emit_any_message(&id);
        }
        self.emit_session(rid, "LivechatSession", Value::Null);
        Ok(())
    }
}
