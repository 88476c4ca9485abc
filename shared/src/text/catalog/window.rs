//! The words around the 24-hour window: commands and their answers, the template that re-opens a
//! conversation, corrections.

use super::{Advice, EXCERPT, Language, shorten};

/// An answer to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is held.
    NoneHeld,
    /// This is held: a list follows.
    Held,
    /// What was held went out.
    HeldSent,
    /// WhatsApp does not take it yet.
    StillClosed,
    /// What was held is discarded.
    HeldDropped,
}

impl Answer {
    /// Every answer there is.
    pub const ALL: [Self; 5] = [
        Self::NoneHeld,
        Self::Held,
        Self::HeldSent,
        Self::StillClosed,
        Self::HeldDropped,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::NoneHeld => "held-none",
            Self::Held => "held-list",
            Self::HeldSent => "held-sent",
            Self::StillClosed => "held-still-closed",
            Self::HeldDropped => "held-dropped",
        }
    }
}

/// What became of the template that re-opens a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopening {
    /// It was sent.
    Sent,
    /// It is sent as soon as WhatsApp answers.
    Follows,
    /// It cannot be sent: not approved, paused, gone, or no longer what was set.
    NotApproved,
    /// The customer wants no marketing.
    OptedOut,
    /// Nobody knows whether it arrived.
    Unknown,
    /// It was refused or given up.
    Refused(Advice),
}

impl Reopening {
    /// Every kind, for tests.
    pub const SAMPLES: [Self; 6] = [
        Self::Sent,
        Self::Follows,
        Self::NotApproved,
        Self::OptedOut,
        Self::Unknown,
        Self::Refused(Advice::Other),
    ];
}

/// A held message in a list.
#[derive(Debug, Clone, Copy)]
pub struct HeldLine<'a> {
    /// Its place, from 1.
    pub place: usize,
    /// What it says; shortened here.
    pub excerpt: &'a str,
    /// Since when it is held.
    pub since: &'a str,
    /// When it is given up.
    pub until: &'a str,
}

impl Language {
    /// An answer to a command.
    pub fn answer(self, answer: Answer) -> String {
        self.say(answer.key(), &[])
    }

    /// A line of the list of held messages.
    pub fn held_line(self, line: HeldLine<'_>) -> String {
        let args = [
            ("place", line.place.to_string().into()),
            ("excerpt", shorten(line.excerpt, EXCERPT).into()),
            ("since", line.since.into()),
            ("until", line.until.into()),
        ];
        self.say("held-line", &args)
    }

    /// The commands that there are, a line each; led by a word that is none of them.
    pub fn commands(self, unknown: Option<&str>) -> String {
        let unknown = unknown.map(|word| {
            let word = shorten(word, EXCERPT);
            self.say("command-unknown", &[("word", word.into())])
        });
        let mut lines: Vec<_> = unknown.into_iter().collect();
        lines.push(self.say("commands", &[]));
        for (command, key) in [
            ("held", "command-held"),
            ("send-held", "command-send-held"),
            ("drop-held", "command-drop-held"),
            ("help", "command-help"),
        ] {
            lines.push(format!("`!whatsapp {command}` – {}", self.say(key, &[])));
        }
        lines.join("\n")
    }

    /// What became of the template `name` that re-opens a conversation.
    pub fn reopening(self, name: &str, reopening: Reopening) -> String {
        let mut args = vec![("name", format!("`{name}`").into())];
        let key = match reopening {
            Reopening::Sent => "reopen-sent",
            Reopening::Follows => "reopen-follows",
            Reopening::NotApproved => "reopen-not-approved",
            Reopening::OptedOut => "reopen-opted-out",
            Reopening::Unknown => "reopen-unknown",
            Reopening::Refused(advice) => {
                args.push(("advice", advice.sentence(self).into()));
                "reopen-refused"
            }
        };
        self.say(key, &args)
    }

    /// To the customer: stands before the new version of a message.
    pub fn correction(self) -> String {
        self.say("customer-correction", &[])
    }
}
