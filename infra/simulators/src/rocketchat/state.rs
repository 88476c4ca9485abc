//! Everything that a workspace remembers.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::answer::Refusal;
use super::delivery::Delivery;
use super::faults::Faults;
use super::limiter::Limiter;
use super::options::{Department, Options, Person, Routing, Version, default_settings};
pub(crate) use super::records::*;
use super::views::LostEvent;
use crate::clock::Clock;

/// The workspace.
pub(crate) struct State {
    pub clock: Clock,
    pub version: Version,
    pub routing: Routing,
    pub two_factor: bool,
    pub bot: String,
    pub settings: BTreeMap<String, Value>,
    pub users: Vec<User>,
    pub teams: Vec<Team>,
    pub guests: Vec<Guest>,
    pub chats: BTreeMap<String, Chat>,
    /// Chat ids in order of creation.
    pub order: Vec<String>,
    pub notes: BTreeMap<String, Note>,
    pub files: BTreeMap<String, Stored>,
    pub fields: Vec<Field>,
    pub integrations: Vec<(String, Value)>,
    pub pending: VecDeque<Delivery>,
    pub lost: Vec<LostEvent>,
    pub limiter: Limiter,
    pub faults: Faults,
    pub calls: BTreeMap<String, u64>,
    pub unknown: Vec<String>,
    pub counter: u64,
    pub assignments: u64,
}

impl State {
    /// A workspace as `options` describe it.
    pub fn new(clock: Clock, options: Options) -> Self {
        let mut settings = default_settings(&options.site_url);
        settings.extend(options.settings);
        let people = std::iter::once(&options.bot)
            .chain(&options.agents)
            .chain(&options.people);
        let users: Vec<User> = people.map(user_of).collect();
        let teams = options
            .departments
            .iter()
            .map(|team| team_of(team, &users))
            .collect();
        Self {
            clock,
            version: options.version,
            routing: options.routing,
            two_factor: options.two_factor,
            bot: options.bot.id,
            settings,
            users,
            teams,
            guests: Vec::new(),
            chats: BTreeMap::new(),
            order: Vec::new(),
            notes: BTreeMap::new(),
            files: BTreeMap::new(),
            fields: Vec::new(),
            integrations: Vec::new(),
            pending: VecDeque::new(),
            lost: Vec::new(),
            limiter: Limiter::default(),
            faults: Faults::default(),
            calls: BTreeMap::new(),
            unknown: Vec::new(),
            counter: options.first_id,
            assignments: 0,
        }
    }

    /// Now, in ms since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A fresh id of 17 characters, as the server's, from a counter.
    pub fn fresh_id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        let width = 17_usize.saturating_sub(prefix.len());
        format!("{prefix}{:0width$}", self.counter)
    }

    /// A fresh visitor id: 24 hexadecimal digits, from the same counter.
    pub fn fresh_guest_id(&mut self) -> String {
        self.counter += 1;
        format!("6a{:022x}", self.counter)
    }

    /// A boolean setting.
    pub fn flag(&self, id: &str) -> bool {
        self.settings
            .get(id)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// A numeric setting.
    pub fn number(&self, id: &str) -> i64 {
        self.settings.get(id).and_then(Value::as_i64).unwrap_or(0)
    }

    /// A text setting.
    pub fn text(&self, id: &str) -> &str {
        self.settings.get(id).and_then(Value::as_str).unwrap_or("")
    }

    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub fn user_named(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    /// The author that this account writes as.
    pub fn author(&self, user_id: &str) -> Result<Author, Refusal> {
        let user = self
            .user(user_id)
            .ok_or_else(|| Refusal::plain("error-invalid-user"))?;
        Ok(Author {
            id: user.id.clone(),
            username: user.username.clone(),
            name: user.name.clone(),
        })
    }

    pub fn guest(&self, token: &str) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.token == token)
    }

    pub fn guest_by_id(&self, id: &str) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.id == id)
    }

    /// The department with this id or name.
    pub fn team(&self, id_or_name: &str) -> Option<&Team> {
        let by_id = self.teams.iter().find(|team| team.id == id_or_name);
        by_id.or_else(|| self.teams.iter().find(|team| team.name == id_or_name))
    }

    /// The visitor's conversation `rid`, open or closed.
    pub fn own_chat(&self, rid: &str, token: &str) -> Option<&Chat> {
        let owner = |chat: &&Chat| chat.visitor.as_ref().is_some_and(|(_, mine)| mine == token);
        self.chats.get(rid).filter(owner)
    }

    /// The rid of the visitor's open conversation, the first if there are several.
    pub fn open_chat(&self, token: &str) -> Option<String> {
        let mine = |rid: &&String| self.own_chat(rid, token).is_some_and(|chat| chat.open);
        self.order.iter().find(mine).cloned()
    }
}

/// A configured department; usernames that nobody has are left out.
fn team_of(department: &Department, users: &[User]) -> Team {
    let id_of = |name: &String| {
        users
            .iter()
            .find(|user| user.username == *name)
            .map(|user| user.id.clone())
    };
    Team {
        id: department.id.clone(),
        name: department.name.clone(),
        enabled: true,
        email: format!("{}@example.org", department.name.to_lowercase()),
        agents: department.agents.iter().filter_map(id_of).collect(),
    }
}

/// The account of a configured person.
fn user_of(person: &Person) -> User {
    User {
        id: person.id.clone(),
        username: person.username.clone(),
        name: person.name.clone(),
        password: person.password.clone(),
        tokens: person.auth_token.iter().cloned().collect(),
        roles: person.roles.clone(),
        online: person.online,
        assigned: 0,
    }
}
