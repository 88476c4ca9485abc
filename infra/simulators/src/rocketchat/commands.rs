//! Outgoing integrations: words that call out (Rocket.Chat reference §4.1).

use serde_json::{Value, json};

use super::delivery::{Delivery, Target, body_text};
use super::document::iso;
use super::state::{Chat, Note, State};
use super::writing::Draft;
use crate::outbound::Answer;

impl State {
    /// Queues a call for every enabled integration that this message triggers.
    pub fn trigger_commands(&mut self, id: &str) {
        let Some(note) = self.notes.get(id).filter(|note| note.kind.is_none()) else {
            return;
        };
        let Some(chat) = self.chats.get(&note.rid) else {
            return;
        };
        let mut calls = Vec::new();
        for (integration, config) in &self.integrations {
            let Some(word) = self.triggered(config, chat, note) else {
                continue;
            };
            calls.push(Delivery {
                due: self.now(),
                tries: 0,
                event: "Command".to_owned(),
                rid: note.rid.clone(),
                target: Target::Integration(integration.clone()),
                body: self.command_body(config, chat, note, &word),
            });
        }
        self.pending.extend(calls);
    }

    /// The trigger word with which `note` begins, if this integration listens to its room.
    fn triggered(&self, config: &Value, chat: &Chat, note: &Note) -> Option<String> {
        if config["enabled"] != json!(true) || config["type"] != json!("webhook-outgoing") {
            return None;
        }
        let listens = config["channel"]
            .as_str()
            .unwrap_or_default()
            .split(',')
            .any(|channel| {
                let channel = channel.trim();
                let name = channel.strip_prefix('#').unwrap_or(channel);
                channel == "all_private_groups"
                    || chat.visitor.is_none() && name == chat.label
                    || name == chat.id
            });
        let anywhere = config["triggerWordAnywhere"] == json!(true);
        let heard = |word: &&str| {
            if anywhere {
                note.msg.contains(*word)
            } else {
                note.msg.starts_with(*word)
            }
        };
        let mut words = config["triggerWords"]
            .as_array()?
            .iter()
            .filter_map(Value::as_str);
        words.find(heard).filter(|_| listens).map(str::to_owned)
    }

    fn command_body(&self, config: &Value, chat: &Chat, note: &Note, word: &str) -> Value {
        json!({
            "token": config["token"],
            "bot": note.by_integration,
            "trigger_word": word,
            "channel_id": chat.id,
            "channel_name": chat.label,
            "message_id": note.id,
            "timestamp": iso(note.ts),
            "user_id": note.author.id,
            "user_name": note.author.username,
            "text": note.msg,
            "siteUrl": self.text("Site_Url"),
        })
    }

    /// Does what an integration's answer says: posts its text, or switches it off on 410.
    pub fn settle_command(&mut self, id: &str, delivery: &Delivery, answer: &Answer) {
        let Ok(response) = answer else {
            self.lose(delivery.clone(), "no answer".to_owned());
            return;
        };
        let status = response.status().as_u16();
        let text = body_text(response);
        if status == 410 {
            let mine = self.integrations.iter_mut().find(|(other, _)| other == id);
            if let Some((_, config)) = mine {
                config["enabled"] = json!(false);
            }
        }
        if !matches!(status, 200..=202) || text.is_empty() {
            // Empty bodies count as failures, and are tried again in powers of ten.
            self.retry_command(delivery, status);
            return;
        }
        let reply: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let (Some(text), Some(author)) = (reply["text"].as_str(), self.integration_author(id))
        else {
            return;
        };
        let draft = Draft {
            by_integration: true,
            alias: reply["alias"].as_str().map(str::to_owned),
            attachments: reply["attachments"].as_array().cloned().unwrap_or_default(),
            ..Draft::text(&delivery.rid, author, text)
        };
        // A fresh id in a room that exists: nothing to refuse.
        let _ = self.post(draft);
    }

    fn integration_author(&self, id: &str) -> Option<super::state::Author> {
        let (_, config) = self.integrations.iter().find(|(mine, _)| mine == id)?;
        let user = self.user_named(config["username"].as_str()?)?;
        self.author(&user.id).ok()
    }

    fn retry_command(&mut self, delivery: &Delivery, status: u16) {
        let Target::Integration(id) = &delivery.target else {
            return;
        };
        let config = self
            .integrations
            .iter()
            .find(|(mine, _)| mine == id)
            .map(|(_, c)| c.clone());
        let config = config.unwrap_or(Value::Null);
        let most = config["retryCount"].as_u64().unwrap_or(0);
        let again = config["retryFailedCalls"] == json!(true)
            && config["enabled"] == json!(true)
            && status != 500
            && u64::from(delivery.tries) < most;
        let mut delivery = delivery.clone();
        if again {
            delivery.tries += 1;
            let pause = 10_i64.saturating_pow(delivery.tries + 1);
            delivery.due = self.now().saturating_add(pause);
            self.pending.push_back(delivery);
        } else {
            self.lose(delivery, format!("status {status}"));
        }
    }
}
