//! A connected WhatsApp number.

use serde::{Deserialize, Serialize};

use super::ids::{ConnectionId, WaId};
use super::time::{Timestamp, minutes};

/// One connected number. The API key is not here: it lives in the secret store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Ours; part of the webhook's URL.
    pub id: ConnectionId,
    /// The channel's name; unique.
    pub name: String,
    /// The number, digits only; unique.
    pub phone_number: WaId,
    /// The last characters of the API key, for display.
    pub key_tail: String,
    /// SHA-256 of the API key: two connections never share one.
    pub key_hash: String,
    /// Rocket.Chat's department id; absent = Rocket.Chat's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// First text of each new conversation; absent = none is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome_message: Option<String>,
    /// Text when an agent closes the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_finished_message: Option<String>,
    /// Text when nobody is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_message: Option<String>,
    /// The template that goes out when the first message outside a 24-hour window is held, with what
    /// fills it: JSON with `name`, `language` and `components`, as it was given. Absent = none goes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopen_template: Option<String>,
    /// Off: what customers write is kept and not delivered.
    pub enabled: bool,
    /// Where 360dialog delivers to.
    pub webhook_url: String,
    /// The URL that was registered before ours and taken over; restored on disconnecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_webhook_url: Option<String>,
    /// `ok` or `degraded`.
    pub health: Health,
    /// What is wrong, each with what to do.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// When it was connected.
    pub created_at: Timestamp,
    /// Grows with each change; a stale writer is refused.
    pub version: u64,
}

/// Why and until when nothing is sent from a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    /// Then one send tries again.
    pub until: Timestamp,
    /// How often in a row it was opened; each time the pause doubles, up to 15 minutes.
    pub times: u32,
    /// What 360dialog said: `whatsapp_unauthorized`, or `whatsapp_` with Meta's code.
    pub code: String,
    /// A send tries just now; others wait for its end, at most until `until`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trying: bool,
    /// When it was opened first; absent in circuits of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Since when sends are accepted again. Sends go on then, but most of what stops an account is
    /// told by a `failed` status only, behind the acceptance: the circuit stands for a while longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
}

/// So long after an accepted send without a failure a number counts as working again.
const PROVEN_AFTER: std::time::Duration = minutes(2);

impl Circuit {
    /// The circuit after one more refusal.
    pub fn after(before: Option<&Self>, code: &str, now: Timestamp) -> Self {
        let times = before.map_or(0, |before| before.times).saturating_add(1);
        let pause = minutes(1 << times.saturating_sub(1).min(4)).min(minutes(15));
        Self {
            until: now.plus(pause),
            times,
            code: code.to_owned(),
            trying: false,
            since: before.map_or(Some(now), |before| before.since),
            accepted_at: None,
        }
    }

    /// The circuit after an accepted send: none is held back any more.
    #[must_use]
    pub fn accepted(&self, now: Timestamp) -> Self {
        Self {
            until: now,
            trying: false,
            accepted_at: Some(now),
            ..self.clone()
        }
    }

    /// Whether sends are held back; they are not while it is being proven that the number works.
    pub fn holds_back(&self) -> bool {
        self.accepted_at.is_none()
    }

    /// Whether the number works: sends have been accepted for a while, and no status said otherwise.
    pub fn is_proven(&self, now: Timestamp) -> bool {
        self.accepted_at
            .is_some_and(|at| now.since(at) >= PROVEN_AFTER)
    }

    /// Whether the key was refused, not the account behind it.
    pub fn is_about_the_key(&self) -> bool {
        self.code == "whatsapp_unauthorized"
    }

    /// What people read of it.
    pub fn warning(&self) -> Warning {
        let message = format!(
            "360dialog refuses the messages of this number ({}), so none is sent; agents are told. \
             One is tried every few minutes. Check the API key here, and payment, account and \
             policy notes in 360dialog's hub.",
            self.code
        );
        Warning::new("sending_refused", message)
    }
}

/// Whether a connection works as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Everything checked is as it should be.
    Ok,
    /// It works in part; the warnings say what does not.
    Degraded,
}

/// One thing that is wrong with a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// For programs, e.g. `webhook_not_registered`.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl Warning {
    /// A warning of `code` with its sentence.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

impl Connection {
    /// The key as it may be shown: `…JcxAK`.
    pub fn masked_key(&self) -> String {
        format!("…{}", self.key_tail)
    }

    /// Where the world reaches the stack, as its webhook tells; `None` before it has one.
    pub fn site(&self) -> Option<&str> {
        let (site, _) = self.webhook_url.rsplit_once("/incoming/")?;
        Some(site)
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
        self.health = Health::Degraded;
    }

    /// Replaces the warnings; the health follows from them.
    pub fn set_warnings(&mut self, warnings: Vec<Warning>) {
        self.health = if warnings.is_empty() {
            Health::Ok
        } else {
            Health::Degraded
        };
        self.warnings = warnings;
    }
}

/// The part of an API key that may be shown: its last five characters, or nothing of a key so
/// short that this would give away a good part of it.
pub fn key_tail(api_key: &str) -> String {
    let length = api_key.chars().count();
    if length < 12 {
        String::new()
    } else {
        api_key.chars().skip(length - 5).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_quarter_of_an_hour() {
        let now = Timestamp::from_seconds(0);
        let mut circuit = None;
        let pauses: Vec<_> = (0..6)
            .map(|_| {
                circuit = Some(Circuit::after(circuit.as_ref(), "whatsapp_131031", now));
                circuit.as_ref().unwrap().until.since(now).as_secs() / 60
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 15, 15]);
    }

    #[test]
    fn an_accepted_send_lets_others_pass_and_proves_the_number_a_while_later() {
        let at = Timestamp::from_seconds;
        let open = Circuit::after(None, "whatsapp_131042", at(0));
        assert!(open.holds_back() && !open.is_proven(at(900)));
        let accepted = open.accepted(at(60));
        assert!(!accepted.holds_back() && !accepted.is_proven(at(179)));
        assert!(accepted.is_proven(at(180)));
        let again = Circuit::after(Some(&accepted), "whatsapp_131042", at(61));
        assert!(again.holds_back());
        assert_eq!((again.since, again.times), (Some(at(0)), 2));
    }

    #[test]
    fn a_key_is_shown_by_its_tail_only() {
        assert_eq!(key_tail("abcdefghijklmnoJcxAK"), "JcxAK");
        assert_eq!(key_tail("short"), "");
    }
}
