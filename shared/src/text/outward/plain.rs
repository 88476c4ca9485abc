//! Words that WhatsApp shows as they are: titles of answers.

use super::to_whatsapp;
use crate::text::markup::JOINER;

/// What WhatsApp would read as markup.
const MARKS: [char; 4] = ['*', '_', '~', '`'];

/// An agent's words in one line, with emoji for their names and without any markup (reference:
/// 360dialog, §4: titles take none).
pub fn to_plain(text: &str) -> String {
    let mut words = to_whatsapp(text);
    for mark in MARKS {
        while let Some((begin, end)) = pair(&words, mark) {
            words.remove(end);
            words.remove(begin);
        }
    }
    words.retain(|c| c != JOINER);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first two marks with words between them that stand outside of other words; byte indices.
fn pair(words: &str, mark: char) -> Option<(usize, usize)> {
    let marks = words.match_indices(mark).map(|(at, _)| at);
    let marks: Vec<_> = marks.collect();
    marks.windows(2).find_map(|pair| {
        let &[begin, end] = pair else { return None };
        let inside = words.get(begin + 1..end)?;
        let before = words[..begin].chars().next_back();
        let after = words[end + 1..].chars().next();
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != JOINER);
        let words = !inside.is_empty() && inside.trim() == inside;
        (words && !inside.starts_with(JOINER) && apart(before) && apart(after))
            .then_some((begin, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_words_is_left() {
        for (typed, plain) in [
            ("Yes", "Yes"),
            (":white_check_mark: Yes", "✅ Yes"),
            ("**Yes**", "Yes"),
            ("**_Yes_** please", "Yes please"),
            ("~~No~~ `maybe`", "No maybe"),
            ("snake_case_name", "snake_case_name"),
            ("2*3*4", "2*3*4"),
            ("5 * 3 * 2", "5 * 3 * 2"),
            ("\\*stars\\*", "*stars*"),
            ("one\ntwo\u{0007}", "one two"),
            ("***", "***"),
            ("", ""),
        ] {
            assert_eq!(to_plain(typed), plain, "{typed:?}");
        }
    }
}
