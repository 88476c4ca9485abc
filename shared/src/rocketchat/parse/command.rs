//! What agents write to us and not to the customer: `!whatsapp held` (reference: Rocket.Chat, §2;
//! the workspace swallows unknown slash commands unless a setting allows them, hence the `!`).

use super::AgentEventKind;
use crate::domain::message::AgentMessage;
use crate::mutant::{Mutant, on};

/// The words that make a message a command, without their first character; the longer one first.
const WORDS: [&str; 2] = ["whatsapp-360d-cloud", "whatsapp"];

/// What an agent's message is. A command that was changed is nothing: it was carried out when it was
/// written.
pub(super) fn kind_of(message: AgentMessage) -> Option<AgentEventKind> {
    let words = words_of(&message.text).filter(|_| !on(Mutant::CommandsGoOut));
    let Some(words) = words else {
        return Some(AgentEventKind::Said(message));
    };
    let words = words.to_owned();
    message
        .edited_at
        .is_none()
        .then_some(AgentEventKind::Asked {
            message: message.id,
            words,
        })
}

/// Whether a text is a command.
pub(super) fn is_command(text: &str) -> bool {
    words_of(text).is_some()
}

/// What stands behind the word that makes a text a command; `None` where it is none.
fn words_of(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix(['!', '/'])?;
    let rest = WORDS.into_iter().find_map(|word| {
        let head = text.get(..word.len())?;
        let rest = &text[word.len()..];
        (head.eq_ignore_ascii_case(word) && ends_here(rest)).then_some(rest)
    })?;
    let marks = |c: char| c.is_whitespace() || ".,:;!?".contains(c);
    Some(rest.trim_start_matches(marks).trim_end())
}

/// A word ends in front of `rest`: what goes on is another word, or a path.
fn ends_here(rest: &str) -> bool {
    let next = rest.chars().next();
    next.is_none_or(|c| c.is_whitespace() || ".,:;!?".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_begins_with_its_word() {
        for (text, words) in [
            ("!whatsapp held", Some("held")),
            ("/whatsapp held", Some("held")),
            ("  /WhatsApp-360d-Cloud  send-held \n", Some("send-held")),
            ("!whatsapp-360d-cloud", Some("")),
            ("!WHATSAPP", Some("")),
            ("!whatsapp: drop-held now", Some("drop-held now")),
            ("!whatsapp?", Some("")),
            ("!whatsapp\nheld", Some("held")),
            ("whatsapp held", None),
            ("!whatsapps", None),
            ("/whatsapp/media/1.jpg", None),
            ("!whatsapp-360d-clouds", None),
            ("Use !whatsapp held", None),
            ("! whatsapp held", None),
            ("!whatsapé", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(words_of(text), words, "{text:?}");
        }
    }
}
