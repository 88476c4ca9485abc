//! What people do and see: customers with phones, agents with a screen.

use bridge_simulators::rocketchat::{RoomView, Speaker};
use bridge_simulators::whatsapp::Customer;
use serde_json::Value;

use crate::world::{NUMBER, World};

/// A line on an agent's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLine {
    /// `customer`, `agent.one`, `bot`, `system`.
    pub who: String,
    /// What it says.
    pub text: String,
    /// The Rocket.Chat message that it quotes.
    pub quotes: Option<String>,
    /// Its file: id and name.
    pub file: Option<(String, String)>,
    /// Its id.
    pub id: String,
}

/// A message on a customer's phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// What it says.
    pub text: String,
    /// The wamid that it quotes.
    pub quotes: Option<String>,
}

impl World {
    /// A person with a phone; gives the key that the other calls take.
    pub fn customer(&self, name: &str, phone: &str) -> String {
        self.whatsapp.customer(name, phone)
    }

    /// A person who may hide the number.
    pub fn customer_with(&self, customer: Customer) -> String {
        self.whatsapp.customer_with(customer)
    }

    /// The customer writes; gives the wamid.
    pub fn says(&self, customer: &str, text: &str) -> String {
        self.whatsapp.says(NUMBER, customer, text)
    }

    /// The customer sends something else; `member` is the message's own member with its type.
    pub fn sends(&self, customer: &str, member: &Value) -> String {
        self.whatsapp.sends(NUMBER, customer, member)
    }

    /// All rooms of a customer by number, oldest first.
    pub fn rooms(&self, phone: &str) -> Vec<RoomView> {
        self.rocketchat.rooms_of_phone(phone)
    }

    /// The open room of a customer. Panics where there is not exactly one.
    pub fn room(&self, phone: &str) -> RoomView {
        let open: Vec<_> = self
            .rooms(phone)
            .into_iter()
            .filter(|room| room.open)
            .collect();
        assert_eq!(open.len(), 1, "open rooms of the customer");
        open.into_iter().next().expect("a room")
    }

    /// What stands in a room, without system messages.
    pub fn transcript(&self, room: &str) -> Vec<AgentLine> {
        let lines = self.rocketchat.transcript(room).into_iter();
        let lines = lines.filter(|line| line.author != Speaker::System);
        lines
            .map(|line| AgentLine {
                who: match line.author {
                    Speaker::Visitor => "customer".to_owned(),
                    Speaker::Agent(name) => name,
                    Speaker::Bot => "bot".to_owned(),
                    Speaker::System => "system".to_owned(),
                },
                text: line.text,
                quotes: line.quote,
                file: line.file.map(|file| (file.id, file.name)),
                id: line.id,
            })
            .collect()
    }

    /// `who: text` of every line in a room, `who: <name of a file> text` where it shows one.
    pub fn screen(&self, room: &str) -> Vec<String> {
        let lines = self.transcript(room).into_iter();
        lines
            .map(|line| match line.file {
                Some((_, name)) => format!("{}: <{name}> {}", line.who, line.text),
                None => format!("{}: {}", line.who, line.text),
            })
            .collect()
    }

    /// The customer sends a file of a kind (`image`, `document`, …); `more` are further members of
    /// it. Gives the wamid.
    pub fn sends_file(
        &self,
        customer: &str,
        kind: &str,
        file: (&str, &[u8]),
        more: &Value,
    ) -> String {
        let whatsapp = &self.whatsapp;
        whatsapp.sends_media(NUMBER, customer, kind, file, more)
    }

    /// What a customer's phone shows of us, in order of arrival.
    pub fn phone(&self, customer: &str) -> Vec<PhoneLine> {
        let inbox = self.whatsapp.inbox(customer).into_iter();
        inbox
            .map(|received| PhoneLine {
                text: received.text.unwrap_or_default(),
                quotes: received.context,
            })
            .collect()
    }

    /// The texts on a customer's phone.
    pub fn texts(&self, customer: &str) -> Vec<String> {
        self.phone(customer)
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    /// An agent writes into a room; gives the message's id.
    pub fn agent_says(&self, room: &str, text: &str) -> String {
        self.rocketchat
            .agent_says(room, "agent.one", text)
            .expect("the agent may write")
    }

    /// An agent closes a room.
    pub fn agent_closes(&self, room: &str) {
        self.rocketchat
            .agent_closes(room, "agent.one", "done")
            .expect("the agent may close");
    }
}
