//! The workspace's settings (requirements §2), as far as they are alive. Names, defaults and
//! limits are the API's.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::Kind;
use super::time::{days, hours, minutes};

/// The longest address of the status endpoint.
const LONGEST_URL: usize = 2_000;
/// WhatsApp carries no file of more (bytes; reference: 360dialog, §1.6), with much to spare.
const MOST_BYTES: i64 = 2_000_000_000;

/// The longest label of the button that opens a list (reference: 360dialog, §4).
const LONGEST_LABEL: usize = 20;

/// Nothing is held for longer than this (hours).
pub const MOST_HELD_HOURS: u32 = 720;

/// All settings of one workspace. Unknown keys and values out of range are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// What is added to an agent's message (R14).
    pub agents_display_info: AgentsDisplayInfo,
    /// Files are passed on, in both directions (R15).
    pub file_uploads_enabled: bool,
    /// The largest file that is passed on, in bytes; −1 = no limit of ours (R16).
    pub maximum_file_upload_size: i64,
    /// MIME types that are passed on, comma-separated, with `*`; empty = all (R17). ≤ 1,000 characters.
    pub accepted_media_types: String,
    /// A customer is told once per conversation that a file was not accepted (R15).
    pub refused_file_notice: bool,
    /// Agents see what a message quotes (R18).
    pub allow_quote_messages: bool,
    /// More than three answers are offered as a list, else as numbered text (R22).
    pub allow_list_options: bool,
    /// What stands on the button that opens such a list (R23). 1–20 characters.
    pub list_option_button_label: String,
    /// Templates are read anew after this many minutes, 5–10080 (R19; the schedule's tick is five).
    pub template_refresh_interval_minutes: u32,
    /// Where status callbacks go; empty = nowhere (R20).
    pub message_status_endpoint_url: String,
    /// Which of them (R21).
    pub filter_message_status: FilterMessageStatus,
    /// The language of what the system says, as a tag such as `pt-BR`; English where it is not
    /// spoken (R24). ≤ 35 characters.
    pub preferred_language: String,
    /// Notes about messages that could not be delivered (R25).
    pub undeliverable_notice: UndeliverableNotice,
    /// When a customer sees that a message was read (R26).
    pub read_receipts: ReadReceipts,
    /// Messages outside the 24-hour window (R27).
    pub outside_window: OutsideWindow,
    /// Held messages are given up after this many hours, 1–720 (R27).
    pub held_max_age_hours: u32,
    /// A message that an agent changed after it had gone out (R27a).
    pub edited_messages: EditedMessages,
    /// A send whose outcome is not known after 3 minutes (R27b).
    pub unknown_outcome: UnknownOutcome,
    /// An agent's message that could not be sent within these minutes is not sent any more, 1–1440 (R27c).
    pub stale_agent_message_minutes: u32,
    /// How long things are kept (R27d).
    pub retention_days: RetentionDays,
}

/// What is added to an agent's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentsDisplayInfo {
    /// Nothing.
    None,
    /// The agent's name.
    Name,
    /// The agent's username.
    Username,
}

/// Which messages' statuses are called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterMessageStatus {
    /// Those of all messages.
    All,
    /// Those of everything but templates.
    #[serde(rename = "Regular Messages")]
    Regular,
    /// Those of templates.
    #[serde(rename = "Template Messages")]
    Template,
}

impl FilterMessageStatus {
    /// Whether it lets a kind of message through.
    pub fn lets_through(self, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Regular => kind == Kind::Regular,
            Self::Template => kind == Kind::Template,
        }
    }
}

/// Notes in the room about messages that could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UndeliverableNotice {
    /// Whether they are written.
    pub enabled: bool,
    /// A text that stands before the reason; empty = the built-in one. ≤ 500 characters.
    pub text: String,
}

/// When a customer sees that a message was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReadReceipts {
    /// Never.
    Off,
    /// When an agent has answered.
    OnReply,
    /// When it stands in Rocket.Chat.
    OnDelivery,
}

/// What happens to free text outside the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutsideWindow {
    /// Kept until the customer writes.
    Hold,
    /// Refused at once, with a note.
    Refuse,
}

/// What happens to a message that was changed after it had gone out: WhatsApp cannot change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EditedMessages {
    /// The agent is told.
    Tell,
    /// The new version is sent as a correction that quotes the old one.
    Resend,
}

/// What happens when nobody knows whether a message went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownOutcome {
    /// The agent is told and decides.
    Tell,
    /// It is sent again (the customer may get it twice).
    Resend,
}

/// Retention in days, at most 3650; messages at least 8, contacts at least 30, the others 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RetentionDays {
    /// Message records (quotes, status).
    pub messages: u32,
    /// Contacts, since their last message.
    pub contacts: u32,
    /// Parked records.
    pub parked: u32,
    /// Audit lines.
    pub audit: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agents_display_info: AgentsDisplayInfo::Name,
            file_uploads_enabled: true,
            maximum_file_upload_size: 104_857_600,
            accepted_media_types: "image/*, application/pdf, video/*, audio/*".to_owned(),
            refused_file_notice: true,
            allow_quote_messages: true,
            allow_list_options: true,
            list_option_button_label: "Show Options".to_owned(),
            template_refresh_interval_minutes: 60,
            message_status_endpoint_url: String::new(),
            filter_message_status: FilterMessageStatus::All,
            preferred_language: "en".to_owned(),
            undeliverable_notice: UndeliverableNotice::default(),
            read_receipts: ReadReceipts::OnReply,
            outside_window: OutsideWindow::Hold,
            held_max_age_hours: 24,
            edited_messages: EditedMessages::Tell,
            unknown_outcome: UnknownOutcome::Tell,
            stale_agent_message_minutes: 60,
            retention_days: RetentionDays::default(),
        }
    }
}

impl Default for UndeliverableNotice {
    fn default() -> Self {
        Self {
            enabled: true,
            text: String::new(),
        }
    }
}

impl Default for RetentionDays {
    fn default() -> Self {
        Self {
            messages: 30,
            contacts: 365,
            parked: 14,
            audit: 365,
        }
    }
}

impl Settings {
    /// Reads stored settings: keys that this version does not know (a newer console wrote them) are
    /// passed over, missing ones have their default. `None` where it is no JSON object or a known
    /// key has a value of another type.
    pub fn parse_stored(json: &str) -> Option<Self> {
        let stored = serde_json::from_str(json).ok()?;
        let mut known = serde_json::to_value(Self::default()).ok()?;
        overlay(&mut known, &stored);
        serde_json::from_value(known).ok()
    }

    /// Every fault of the values, as `(key, what is expected)`; empty where all is well.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = self.out_of_range();
        if self.undeliverable_notice.text.chars().count() > 500 {
            faults.push((
                "undeliverableNotice.text",
                "at most 500 characters".to_owned(),
            ));
        }
        if !(-1..=MOST_BYTES).contains(&self.maximum_file_upload_size) {
            faults.push((
                "maximumFileUploadSize",
                format!("-1 (no limit) or a whole number of bytes up to {MOST_BYTES}"),
            ));
        }
        let types = &self.accepted_media_types;
        if types.len() > 1_000 || !media_types(types).all(is_media_type) {
            faults.push((
                "acceptedMediaTypes",
                "MIME types such as `image/*, application/pdf`, at most 1000 characters".to_owned(),
            ));
        }
        if !is_tag(&self.preferred_language) {
            faults.push((
                "preferredLanguage",
                "a language tag such as `en` or `pt-BR`".to_owned(),
            ));
        }
        let label = self.list_option_button_label.trim();
        if label.is_empty() || label.encode_utf16().count() > LONGEST_LABEL {
            faults.push((
                "listOptionButtonLabel",
                format!("1 to {LONGEST_LABEL} characters"),
            ));
        }
        if self.message_status_endpoint_url.len() > LONGEST_URL {
            faults.push((
                "messageStatusEndpointUrl",
                format!("at most {LONGEST_URL} characters"),
            ));
        }
        faults
    }

    /// Whole numbers that are outside their range.
    fn out_of_range(&self) -> Vec<(&'static str, String)> {
        let kept = &self.retention_days;
        // records are what tells a late duplicate (7 days) from a new message, contacts what keeps
        // an open conversation together
        let ranges = [
            (
                "templateRefreshIntervalMinutes",
                self.template_refresh_interval_minutes,
                5,
                10_080,
            ),
            (
                "heldMaxAgeHours",
                self.held_max_age_hours,
                1,
                MOST_HELD_HOURS,
            ),
            (
                "staleAgentMessageMinutes",
                self.stale_agent_message_minutes,
                1,
                1440,
            ),
            ("retentionDays.messages", kept.messages, 8, 3650),
            ("retentionDays.contacts", kept.contacts, 30, 3650),
            ("retentionDays.parked", kept.parked, 1, 3650),
            ("retentionDays.audit", kept.audit, 1, 3650),
        ];
        ranges
            .into_iter()
            .filter(|(_, value, least, most)| value < least || value > most)
            .map(|(key, value, least, most)| {
                (
                    key,
                    format!("a whole number from {least} to {most}, not {value}"),
                )
            })
            .collect()
    }

    /// Whether a file of this MIME type is passed on; its parameters do not count.
    pub fn accepts(&self, mime_type: &str) -> bool {
        let bare = mime_type.split(';').next().unwrap_or_default().trim();
        let bare = bare.to_ascii_lowercase();
        let matches = |wanted: &str| {
            let wanted = wanted.to_ascii_lowercase();
            match wanted.strip_suffix("/*") {
                Some(kind) => bare.split('/').next() == Some(kind),
                None => wanted == bare || wanted == "*",
            }
        };
        let mut wanted = media_types(&self.accepted_media_types).peekable();
        wanted.peek().is_none() || wanted.any(matches)
    }

    /// The largest file that is passed on (bytes); `None` where the workspace sets no limit.
    pub fn largest_file(&self) -> Option<u64> {
        u64::try_from(self.maximum_file_upload_size).ok()
    }

    /// How long a refresh of the templates is good for.
    pub fn template_refresh_interval(&self) -> Duration {
        minutes(u64::from(self.template_refresh_interval_minutes))
    }

    /// How long message records are kept.
    pub fn keep_messages(&self) -> Duration {
        days(u64::from(self.retention_days.messages))
    }

    /// How long a contact is kept after its last message.
    pub fn keep_contacts(&self) -> Duration {
        days(u64::from(self.retention_days.contacts))
    }

    /// How long parked records are kept.
    pub fn keep_parked(&self) -> Duration {
        days(u64::from(self.retention_days.parked))
    }

    /// How old an agent's message may get before it is given up.
    pub fn stale_after(&self) -> Duration {
        minutes(u64::from(self.stale_agent_message_minutes))
    }

    /// How long a message is held for the customer's next one.
    pub fn held_for(&self) -> Duration {
        hours(u64::from(self.held_max_age_hours))
    }
}

fn media_types(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|one| !one.is_empty())
}

fn is_media_type(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
    let part = |part: &str| !part.is_empty() && part.chars().all(known);
    match text.split_once('/') {
        Some((kind, "*")) => part(kind),
        Some((kind, rest)) => part(kind) && part(rest),
        None => text == "*",
    }
}

fn is_tag(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.len() <= 35 && text.chars().all(known)
}

/// Puts the values of `from` over those of `to`, for the keys that `to` has.
fn overlay(to: &mut serde_json::Value, from: &serde_json::Value) {
    match (to, from) {
        (serde_json::Value::Object(to), serde_json::Value::Object(from)) => {
            for (key, value) in to.iter_mut() {
                if let Some(stored) = from.get(key) {
                    overlay(value, stored);
                }
            }
        }
        (to, from) => to.clone_from(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_requirements() {
        let json = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(json["agentsDisplayInfo"], "Name");
        assert_eq!(json["readReceipts"], "onReply");
        assert_eq!(json["outsideWindow"], "hold");
        assert_eq!(json["unknownOutcome"], "tell");
        assert_eq!(json["messageStatusEndpointUrl"], "");
        assert_eq!(json["filterMessageStatus"], "All");
        assert_eq!(json["heldMaxAgeHours"], 24);
        assert_eq!(json["editedMessages"], "tell");
        assert_eq!(json["staleAgentMessageMinutes"], 60);
        assert_eq!(json["retentionDays"]["contacts"], 365);
        assert!(Settings::default().faults().is_empty());
    }

    #[test]
    fn values_out_of_range_are_named() {
        let mut settings = Settings {
            held_max_age_hours: 0,
            ..Settings::default()
        };
        settings.retention_days.audit = 4000;
        let keys: Vec<_> = settings.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["heldMaxAgeHours", "retentionDays.audit"]);
    }

    #[test]
    fn stored_settings_of_a_newer_version_are_read() {
        let stored =
            r#"{"agentsDisplayInfo":"None","new":1,"retentionDays":{"messages":9,"new":2}}"#;
        let settings = Settings::parse_stored(stored).unwrap();
        assert_eq!(settings.agents_display_info, AgentsDisplayInfo::None);
        assert_eq!(settings.retention_days.messages, 9);
        assert_eq!(settings.retention_days.contacts, 365);
        assert_eq!(Settings::parse_stored("7"), None);
    }

    #[test]
    fn media_types_match_without_their_parameters() {
        let mut settings = Settings::default();
        for (mime_type, accepted) in [
            ("audio/ogg; codecs=opus", true),
            ("IMAGE/JPEG", true),
            ("application/pdf", true),
            ("application/zip", false),
            ("", false),
        ] {
            assert_eq!(settings.accepts(mime_type), accepted, "{mime_type}");
        }
        settings.accepted_media_types = " , ".to_owned();
        assert!(settings.accepts("application/zip") && settings.accepts(""));
        settings.accepted_media_types = "text/plain".to_owned();
        assert!(settings.accepts("text/plain;charset=utf-8") && !settings.accepts("text/html"));
        assert!(settings.faults().is_empty());
        settings.accepted_media_types = "all of them".to_owned();
        settings.maximum_file_upload_size = -2;
        settings.preferred_language = "en<".to_owned();
        let keys: Vec<_> = settings.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(
            keys,
            [
                "maximumFileUploadSize",
                "acceptedMediaTypes",
                "preferredLanguage"
            ]
        );
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"nope":1}"#).is_err());
    }
}
