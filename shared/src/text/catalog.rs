//! Every sentence that the system says to agents, in one place.

/// A sentence of advice to an agent: why a message did not go through, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// A neighbour does not answer.
    Unavailable,
    /// The 24-hour window is closed; the message is refused.
    WindowClosed,
    /// The 24-hour window is closed; the message is held.
    Held,
    /// A held message was not sent in time.
    HeldTooLong,
    /// The person cannot be reached by WhatsApp.
    NotReachable,
    /// The number's key, account or payment is the problem.
    NumberBlocked,
    /// WhatsApp slows us down.
    TooFast,
    /// The content was refused.
    ContentRefused,
    /// Nobody knows whether it arrived.
    OutcomeUnknown,
    /// It got too old before it could be sent.
    TooOld,
    /// Files cannot be sent.
    FilesUnsupported,
    /// An edit cannot be carried over.
    EditsUnsupported,
    /// The connection is gone or switched off.
    NotConnected,
    /// We do not know whom this room belongs to.
    UnknownContact,
    /// Something else, named by its code.
    Other,
}

impl Advice {
    /// Every sentence there is.
    pub const ALL: [Self; 15] = [
        Self::Unavailable,
        Self::WindowClosed,
        Self::Held,
        Self::HeldTooLong,
        Self::NotReachable,
        Self::NumberBlocked,
        Self::TooFast,
        Self::ContentRefused,
        Self::OutcomeUnknown,
        Self::TooOld,
        Self::FilesUnsupported,
        Self::EditsUnsupported,
        Self::NotConnected,
        Self::UnknownContact,
        Self::Other,
    ];

    /// The sentence in English.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unavailable => "WhatsApp does not answer at the moment. Please try again later.",
            Self::WindowClosed => {
                "The customer last wrote more than 24 hours ago, so WhatsApp accepts only template messages. Send a template, or wait for the customer."
            }
            Self::Held => {
                "The customer last wrote more than 24 hours ago. Your message is kept and goes out as soon as the customer writes."
            }
            Self::HeldTooLong => {
                "The customer did not write in time. The message was not sent; send a template to re-open the conversation."
            }
            Self::NotReachable => {
                "This person cannot be reached on WhatsApp (not registered, blocked you, or an old app). Use another channel."
            }
            Self::NumberBlocked => {
                "WhatsApp does not accept messages from this number at the moment (key, account or payment). Please tell your administrator."
            }
            Self::TooFast => {
                "WhatsApp limits how fast messages may be sent. Please try again in a while."
            }
            Self::ContentRefused => {
                "WhatsApp refused the content of this message. Please change it and send it again."
            }
            Self::OutcomeUnknown => {
                "WhatsApp did not say whether this message arrived. It may not have arrived: please ask, or send it again."
            }
            Self::TooOld => {
                "This message could not be sent in time and is not sent any more. Please send it again if it is still needed."
            }
            Self::FilesUnsupported => {
                "Files are not sent to WhatsApp yet. Please send the information as text or a link."
            }
            Self::EditsUnsupported => {
                "WhatsApp cannot change a message that was sent. The customer still sees the first version; send a correction if needed."
            }
            Self::NotConnected => {
                "This WhatsApp number is not connected any more. Please tell your administrator."
            }
            Self::UnknownContact => {
                "The customer of this room is not known to the WhatsApp bridge any more. A new message from the customer opens a new conversation."
            }
            Self::Other => "The message could not be delivered.",
        }
    }
}

/// A note about an agent's message: what failed and what to do, led by the workspace's own words
/// where there are some.
pub fn note(lead: &str, excerpt: Option<&str>, advice: Advice, code: Option<&str>) -> String {
    let lead = if lead.is_empty() {
        "Not delivered to WhatsApp"
    } else {
        lead
    };
    let lead = match advice {
        Advice::Held => "Kept for WhatsApp",
        Advice::EditsUnsupported => "Edit not carried over to WhatsApp",
        _ => lead,
    };
    let excerpt = excerpt
        .map(|text| format!(" “{}”", shorten(text, 60)))
        .unwrap_or_default();
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{lead}:{excerpt} {}{code}", advice.sentence())
}

/// A note that takes an earlier one back: the message has arrived.
pub fn arrived(excerpt: Option<&str>) -> String {
    let excerpt = excerpt
        .map(|text| format!(" “{}”", shorten(text, 60)))
        .unwrap_or_default();
    format!("Delivered to WhatsApp after all:{excerpt} The earlier note does not hold any more.")
}

/// What an agent reads in place of a message that could not be shown.
pub fn stub(code: &str) -> String {
    format!(
        "[A message of the customer could not be shown ({code}). It is kept for your administrator.]"
    )
}

/// What agents read of a template that was sent to their customer: its name, when, by whom, and the
/// text as the customer got it.
pub fn template_line(name: &str, at: &str, by: &str, text: &str) -> String {
    let quoted: Vec<_> = text.lines().map(|line| format!("> {line}")).collect();
    format!(
        "Template `{name}`, sent {at} by {by}:\n{}",
        quoted.join("\n")
    )
}

fn shorten(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advice_is_a_sentence_of_its_own() {
        let mut sentences: Vec<_> = Advice::ALL.iter().map(|advice| advice.sentence()).collect();
        assert!(sentences.iter().all(|text| text.ends_with('.')));
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), Advice::ALL.len());
    }

    #[test]
    fn a_note_names_the_message_and_the_reason() {
        let text = note("", Some("Hello\nthere"), Advice::TooOld, Some("131026"));
        assert!(text.starts_with("Not delivered to WhatsApp: “Hello there” This message"));
        assert!(text.ends_with("(131026)"));
        assert!(note("Oh", Some(&"x".repeat(90)), Advice::Other, None).contains('…'));
    }
}
