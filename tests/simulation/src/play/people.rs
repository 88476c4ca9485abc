//! Letters of customers, agents and operators.

use bridge_harness::World;
use bridge_simulators::rocketchat::{RoomView, Speaker};
use bridge_simulators::whatsapp::{Item, NewName};
use serde_json::{Value, json};

use super::{Play, card, settings};
use crate::evidence::{self, Answered, Asked, MOST_NAMES, Said};
use crate::history::{Answer, Ask, Choices, Letter, Saying, Who};

pub(super) const AGENT: &str = "agent.one";
/// Offers answers in blocks.
const PROGRAM: &str = "agent.two";

impl Play<'_> {
    pub(super) async fn perform(&mut self, letter: Letter) {
        match letter {
            Letter::Says(who, saying) => self.says(who, saying),
            Letter::Body { number, each } => self.body(number, each),
            Letter::Answers(who, answer) => self.answers(who, answer),
            Letter::Loses(who) => {
                if self.agent_writes(who).is_some() {
                    self.world.rocketchat.die();
                }
            }
            Letter::Closes(who) => self.closes(who),
            Letter::Removes(who) => self.removes(who).await,
            Letter::Reads(who) => {
                let (number, customer) = (self.number(who.number), self.phone(who.person));
                self.world.whatsapp.customer_reads(&number, &customer);
            }
            Letter::Hides(person, hidden) => {
                // who was known by number only would be a stranger without it: nobody could tell
                if person != 1 {
                    let phone = self.phone(person);
                    self.world.whatsapp.hide_phone(&phone, hidden);
                }
            }
            Letter::GainsId(person) => {
                let fresh = person == 1 && !self.evidence.gained;
                if fresh && self.evidence.renamed[1].0 == 0 {
                    self.world.whatsapp.customer_with(card(person, true));
                }
                if fresh && self.evidence.renamed[1].0 == 0 {
                    self.evidence.gained = true;
                }
            }
            // a number that is switched off is told, and parks it: an operator brings it
            Letter::Renumbers(_) | Letter::Reidentifies(_) if !self.off.is_empty() => {}
            Letter::Renumbers(person) => self.renumbers(person),
            Letter::Reidentifies(person) => self.reidentifies(person),
            Letter::Agents(online) => self.agents(online),
            Letter::Sends(audience) => self.sends(audience),
            Letter::Posts(who) => self.posts(who),
            Letter::SendsAgain => self.sends_again(),
            Letter::Controls(wish) => self.controls(wish).await,
            Letter::Chooses(choices) => self.chooses(choices).await,
            Letter::Enables(number, enabled) => self.enable(number, enabled).await,
            other => self.machinery(other).await,
        }
    }

    pub(super) fn number(&self, number: usize) -> String {
        self.world.connections[number].1.clone()
    }

    pub(super) fn phone(&self, person: usize) -> String {
        self.evidence.people[person]
            .phone
            .clone()
            .unwrap_or_default()
    }

    fn renumbers(&mut self, person: usize) {
        let (numbers, _) = &mut self.evidence.renamed[person];
        if *numbers == MOST_NAMES {
            return;
        }
        *numbers += 1;
        let new = NewName::Phone(evidence::phone(person, *numbers));
        self.renames(person, &new);
    }

    fn reidentifies(&mut self, person: usize) {
        let (_, ids) = &mut self.evidence.renamed[person];
        // who has no user id yet has none to change
        if *ids == MOST_NAMES || (person == 1 && !self.evidence.gained) {
            return;
        }
        *ids += 1;
        let new = NewName::UserId(evidence::user_id(person, *ids));
        self.renames(person, &new);
    }

    fn renames(&mut self, person: usize, new: &NewName) {
        let numbers: Vec<_> = (0..self.stage.numbers).map(|n| self.number(n)).collect();
        let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
        let customer = self.phone(person);
        self.world.whatsapp.renames(&numbers, &customer, new);
    }

    fn says(&mut self, who: Who, saying: Saying) {
        if saying == Saying::Choice {
            return self.chooses_answer(who);
        }
        let text = self.evidence.token("says");
        let newest = self.newest_wamid(who);
        let member = match (saying, newest) {
            (Saying::Quote, Some(quoted)) => json!({
                "type": "text", "text": { "body": text }, "context": { "id": quoted },
            }),
            (Saying::Reaction, Some(target)) => json!({
                "type": "reaction", "reaction": { "message_id": target, "emoji": text },
            }),
            (Saying::File, _) => {
                let number = self.number(who.number);
                let whatsapp = &self.world.whatsapp;
                let mut image = whatsapp.media(&number, "image/png", text.as_bytes());
                image["caption"] = json!(text);
                json!({ "type": "image", "image": image })
            }
            (Saying::Gone, _) => {
                let image = json!({ "id": "404", "mime_type": "image/png", "caption": text });
                json!({ "type": "image", "image": image })
            }
            _ => json!({ "type": "text", "text": { "body": text } }),
        };
        let (number, customer) = (self.number(who.number), self.phone(who.person));
        let wamid = self.world.whatsapp.sends(&number, &customer, &member);
        self.said(who, wamid, text);
        if let Some(said) = self.evidence.said.last_mut() {
            said.file = saying == Saying::File;
        }
    }

    fn said(&mut self, who: Who, wamid: String, token: String) {
        let names = self.evidence.names_of(who.person);
        self.evidence.said.push(Said {
            who,
            wamid,
            token,
            file: false,
            names,
        });
    }

    /// Taps the newest offer that was not tapped before: what stands in the room has its word.
    fn chooses_answer(&mut self, who: Who) {
        let (number, customer) = (self.number(who.number), self.phone(who.person));
        let inbox = self.world.whatsapp.inbox(&customer).into_iter().rev();
        let said = &self.evidence.said;
        let open = inbox
            .filter(|received| received.from_number == number)
            .filter_map(|received| {
                let reply = received.body["interactive"]["action"]["buttons"][0]["reply"].clone();
                let title = reply["title"].as_str()?.to_owned();
                Some((received.wamid, reply, title))
            })
            .find(|(.., title)| said.iter().all(|said| said.token != *title));
        let Some((wamid, reply, title)) = open else {
            return;
        };
        let member = json!({ "type": "interactive", "context": { "id": wamid },
            "interactive": { "type": "button_reply", "button_reply": reply } });
        let wamid = self.world.whatsapp.sends(&number, &customer, &member);
        self.said(who, wamid, title);
    }

    fn body(&mut self, number: usize, each: usize) {
        let (mut items, mut texts) = (Vec::new(), Vec::new());
        for _ in 0..each {
            for person in 0..self.stage.people {
                let text = self.evidence.token("says");
                let member = json!({ "type": "text", "text": { "body": text } });
                let customer = self.phone(person);
                items.push(Item::Message { customer, member });
                texts.push((Who { person, number }, text));
            }
            items.push(Item::Status(stranger()));
        }
        let wamids = self.world.whatsapp.batch(&self.number(number), items);
        for (wamid, (who, text)) in wamids.into_iter().zip(texts) {
            self.said(who, wamid, text);
        }
    }

    fn newest_wamid(&self, who: Who) -> Option<String> {
        let theirs = self.evidence.said.iter().rev().find(|said| said.who == who);
        let (number, customer) = (self.number(who.number), self.phone(who.person));
        let inbox = self.world.whatsapp.inbox(&customer).into_iter().rev();
        let ours = inbox
            .into_iter()
            .find(|received| received.from_number == number);
        ours.map(|received| received.wamid)
            .or_else(|| theirs.map(|said| said.wamid.clone()))
    }

    pub(super) fn open_room(&self, who: Who) -> Option<RoomView> {
        let rooms = self.world.rocketchat.rooms().into_iter().rev();
        let people = &self.evidence.people;
        rooms
            .into_iter()
            .find(|room| room.open && evidence::is_room_of(self.world, room, people, who))
    }

    fn answers(&mut self, who: Who, answer: Answer) {
        let Some(room) = self.open_room(who) else {
            return;
        };
        if let Answer::Asks(ask) = answer {
            self.asks(who, &room.id, ask);
            return;
        }
        let newest = self.evidence.answered.iter().rev();
        let newest = newest.into_iter().find(|answered| answered.room == room.id);
        if answer == Answer::Edit
            && let Some(newest) = newest.map(|answered| answered.id.clone())
        {
            let now = self.world.now().millis();
            if std::mem::replace(&mut self.evidence.changed_ms, now) == now {
                // versions are told apart by their moment: nobody types so fast
                return;
            }
            let text = self.evidence.token("edit");
            let _ = self.world.rocketchat.agent_edits(&newest, &text);
            if let Some(answered) = self.evidence.answered.iter_mut().find(|a| a.id == newest) {
                answered.edits.push(text);
            }
            return;
        }
        let token = self.evidence.token("answers");
        let long = format!("{token} {}", "words and more ".repeat(400));
        let done = match (answer, newest_line(self.world, &room)) {
            (Answer::Quote, Some(quoted)) => self
                .world
                .rocketchat
                .agent_quotes(&room.id, AGENT, &quoted, &token),
            (Answer::Long, _) => self.world.rocketchat.agent_says(&room.id, AGENT, &long),
            (Answer::File, _) => self.file(&room.id, ("image/png", "png"), &token),
            (Answer::Archive, _) => self.file(&room.id, ("application/zip", "zip"), &token),
            (Answer::Offer, _) => {
                let button = json!({ "type": "button", "value": format!("{token} it is"),
                    "text": { "type": "plain_text", "text": token } });
                let blocks = json!([{ "type": "actions", "elements": [button] }]);
                self.world
                    .rocketchat
                    .bot_blocks(&room.id, PROGRAM, blocks, &token)
            }
            _ => self.world.rocketchat.agent_says(&room.id, AGENT, &token),
        };
        if let Ok(id) = done {
            self.evidence.answered.push(Answered {
                who,
                id,
                room: room.id,
                token,
                edits: Vec::new(),
            });
        }
    }

    /// An agent asks something of us.
    fn asks(&mut self, who: Who, room: &str, ask: Ask) {
        let words = match ask {
            Ask::Held => "!whatsapp held",
            Ask::Send => "!whatsapp send-held",
            Ask::Drop => "!whatsapp drop-held",
        };
        if let Ok(id) = self.world.rocketchat.agent_says(room, AGENT, words) {
            self.evidence.asked.push(Asked { who, id, ask });
        }
    }

    /// An agent sends a file with a word below it.
    fn file(
        &self,
        room: &str,
        (mime, ending): (&str, &str),
        token: &str,
    ) -> Result<String, String> {
        let name = format!("{token}.{ending}");
        let bytes = [b"\x89PNG\r\n\x1a\n", token.as_bytes()].concat();
        let rocketchat = &self.world.rocketchat;
        rocketchat.agent_uploads(room, AGENT, &name, mime, bytes, token)
    }

    /// An agent's text in the contact's open room: the room, the word, the message's id.
    pub(super) fn agent_writes(&mut self, who: Who) -> Option<(RoomView, String, String)> {
        let room = self.open_room(who)?;
        let token = self.evidence.token("answers");
        let id = self.world.rocketchat.agent_says(&room.id, AGENT, &token);
        let id = id.ok()?;
        self.evidence.answered.push(Answered {
            who,
            id: id.clone(),
            room: room.id.clone(),
            token: token.clone(),
            edits: Vec::new(),
        });
        Some((room, token, id))
    }

    fn closes(&mut self, who: Who) {
        if let Some(room) = self.open_room(who) {
            let _ = self.world.rocketchat.agent_closes(&room.id, AGENT, "done");
        }
    }

    async fn removes(&mut self, who: Who) {
        if let Some(room) = self.open_room(who) {
            self.world.remove_visitor(&room.visitor_token).await;
        }
    }

    pub(super) fn agents(&mut self, online: bool) {
        if online {
            let away = self.away_since.take().map(|since| since.elapsed());
            let away = away.map_or(0, |away| {
                u64::try_from(away.as_millis()).unwrap_or(u64::MAX)
            });
            self.outages = self.outages.max(away);
        } else {
            self.away_since
                .get_or_insert_with(tokio::time::Instant::now);
        }
        for agent in [AGENT, "agent.two"] {
            let _ = self.world.rocketchat.set_agent_online(agent, online);
        }
    }

    async fn chooses(&mut self, choices: Choices) {
        self.evidence.seen(choices);
        let app = self.world.app();
        let (_, version) = app
            .store
            .find_settings(self.world.now())
            .await
            .expect("settings");
        let saved = app
            .store
            .put_settings(&settings(choices, self.stage.called_back), version, false)
            .await;
        saved.expect("settings");
    }

    pub(super) async fn enable(&mut self, number: usize, enabled: bool) {
        let app = self.world.app();
        let id = &self.world.connections[number].0;
        let found = app.store.find_connection(id, self.world.now()).await;
        let before = found.expect("store").expect("connection");
        if before.enabled == enabled {
            return;
        }
        match enabled {
            true => self.off.remove(&number),
            false => self.off.insert(number),
        };
        let mut after = before.clone();
        after.enabled = enabled;
        after.version += 1;
        let saved = app.store.save_connection(&before, &after).await;
        saved.expect("connection");
    }
}

/// The newest line that a person wrote.
fn newest_line(world: &World, room: &RoomView) -> Option<String> {
    let lines = world.rocketchat.transcript(&room.id).into_iter().rev();
    lines
        .into_iter()
        .find(|line| matches!(line.author, Speaker::Visitor | Speaker::Agent(_)))
        .map(|line| line.id)
}

/// A status of a message that another program sent.
fn stranger() -> Value {
    json!({
        "id": "wamid.stranger", "status": "delivered", "timestamp": "1780300800",
        "recipient_id": "16509990009",
    })
}
