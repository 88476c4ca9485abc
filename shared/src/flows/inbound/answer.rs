//! What a customer answers to a message that offered answers (R41): a tapped option, its typed words
//! or its number. A program hears the value that it gave the option, and nothing else; people read
//! what the customer chose.

use super::Story;
use crate::domain::contact::Contact;
use crate::domain::content::Content;
use crate::domain::ids::PostId;
use crate::domain::message::{Choice, InboundMessage};
use crate::domain::outgoing::{Intent, Part, PartState};
use crate::error::Failure;
use crate::rocketchat::render::Shown;
use crate::store::MessageRecord;

/// Longer than this nobody types an answer that was offered (characters).
const LONGEST: usize = 80;

/// What is shown of an answer in the place of the message itself.
pub(super) struct Answer {
    /// The words.
    pub shown: Shown,
    /// It answers a program: nothing may stand around the words.
    pub bare: bool,
}

/// Reads a message as an answer; `None` where it is none, or says itself all that is to be shown.
pub(super) async fn read(
    story: &Story<'_>,
    contact: &Contact,
    message: &InboundMessage,
) -> Result<Option<Answer>, Failure> {
    let program = contact.program.is_some();
    let chosen = match &message.content {
        // people read the title that the message carries
        Content::Choice { id, .. } if program => match Intent::parse_choice_id(id) {
            Some((offer, part, n)) => tapped(story, contact, (&offer, part, n)).await?,
            None => None,
        },
        Content::Text { body } => typed(story, contact, body).await?,
        _ => None,
    };
    Ok(chosen.map(|chosen| chosen.answer(program)))
}

/// An option that was chosen, and what was typed for it.
struct Chosen {
    choice: Choice,
    typed: Option<String>,
}

impl Chosen {
    fn answer(self, program: bool) -> Answer {
        let words = match (program, self.typed) {
            (true, _) => self.choice.value,
            (false, Some(typed)) => format!("{typed} ({})", self.choice.title),
            (false, None) => self.choice.title,
        };
        Answer {
            shown: Shown {
                marks: Vec::new(),
                words,
                file: None,
            },
            bare: program,
        }
    }
}

async fn tapped(
    story: &Story<'_>,
    contact: &Contact,
    (offer, part, n): (&PostId, usize, usize),
) -> Result<Option<Chosen>, Failure> {
    let choices = choices_of(story, contact, offer).await?;
    let mut choices = choices.into_iter();
    let found = choices.find(|offered| (offered.part, offered.n) == (part, n));
    Ok(found.map(|offered| Chosen {
        choice: offered.choice,
        typed: None,
    }))
}

/// What is typed counts only while the options are our last message.
async fn typed(
    story: &Story<'_>,
    contact: &Contact,
    body: &str,
) -> Result<Option<Chosen>, Failure> {
    let body = body.trim();
    let Some(offer) = contact.offer.as_ref() else {
        return Ok(None);
    };
    if body.is_empty() || body.chars().count() > LONGEST {
        return Ok(None);
    }
    let choices = choices_of(story, contact, offer).await?;
    // only where the customer sees numbers is a number an answer
    let number = number_of(body).filter(|_| choices.iter().all(|offered| offered.numbered));
    let by_number = number.and_then(|number| choices.get(number.checked_sub(1)?));
    if let Some(Offered { choice, .. }) = by_number {
        return Ok(Some(Chosen {
            choice: choice.clone(),
            typed: Some(body.to_owned()),
        }));
    }
    let program = contact.program.is_some();
    let same = |offered: &Offered| {
        program && offered.choice.title.trim().to_lowercase() == body.to_lowercase()
    };
    let by_title = choices.into_iter().find(same);
    Ok(by_title.map(|offered| Chosen {
        choice: offered.choice,
        typed: None,
    }))
}

/// A bare number as people type it: `2`, `2.`, `2)`, `#2`, also in other scripts' digits.
fn number_of(text: &str) -> Option<usize> {
    let text = text.trim_start_matches(['#', '(']);
    let text = text.trim_end_matches(['.', ')', ':', '\u{FE0F}', '\u{20E3}']);
    let digits: Option<String> = text.chars().map(digit_of).collect();
    digits.filter(|digits| digits.len() <= 3)?.parse().ok()
}

/// Western, Arabic, Persian and Devanagari digits.
fn digit_of(c: char) -> Option<char> {
    let zero = ['0', '\u{660}', '\u{6F0}', '\u{966}'];
    zero.into_iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        char::from_digit(value, 10)
    })
}

/// An answer that was offered, and where.
struct Offered {
    part: usize,
    n: usize,
    numbered: bool,
    choice: Choice,
}

/// The answers that one of our messages to this contact offered.
async fn choices_of(
    story: &Story<'_>,
    contact: &Contact,
    offer: &PostId,
) -> Result<Vec<Offered>, Failure> {
    let found = story.app.store.find_message(offer, story.now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(Vec::new());
    };
    if !contact.is_known_as(&intent.contact) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    let seen = |part: &Part| {
        matches!(
            part.state,
            PartState::Accepted { .. } | PartState::Calling { .. }
        )
    };
    for (at, part) in intent
        .parts
        .into_iter()
        .enumerate()
        .filter(|(_, part)| seen(part))
    {
        let numbered = part.body.is_none();
        let choices = part.choices.into_iter().enumerate();
        all.extend(choices.map(|(n, choice)| Offered {
            part: at,
            n,
            numbered,
            choice,
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_read_in_every_script() {
        for (typed, number) in [
            ("2", Some(2)),
            ("12.", Some(12)),
            ("#3", Some(3)),
            ("(4)", Some(4)),
            ("5\u{FE0F}\u{20E3}", Some(5)),
            ("\u{667}", Some(7)),
            ("\u{96F}", Some(9)),
            ("2 of them", None),
            ("", None),
            ("1234567", None),
            ("-1", None),
        ] {
            assert_eq!(number_of(typed), number, "{typed:?}");
        }
    }
}
