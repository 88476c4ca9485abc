//! Splits a long text at the most sensible place that fits: paragraph, line, sentence, word, and
//! only then anywhere. Lengths are counted in UTF-16 units, the safest reading of WhatsApp's limits.

/// Splits `text` into parts of at most `limit` UTF-16 units each (`limit` ≥ 2). No part is empty
/// or white space alone; a text of white space alone gives no part.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let cut = cut_at(rest, limit);
        let (part, tail) = rest.split_at(cut);
        let part = part.trim_end();
        if !part.is_empty() {
            parts.push(part.to_owned());
        }
        rest = tail.trim_start();
    }
    parts
}

/// Byte index of the best cut within the first `limit` units.
fn cut_at(text: &str, limit: usize) -> usize {
    let fits = longest_prefix(text, limit);
    if fits == text.len() {
        return fits;
    }
    let head = &text[..fits];
    // a cut far to the front would make many small messages: each costs money
    let floor = fits / 2;
    let after = |index: usize, mark: &str| index + mark.len();
    for marks in [&["\n\n"][..], &["\n"], &[". ", "! ", "? ", "。"], &[" "]] {
        let best = marks
            .iter()
            .filter_map(|mark| head.rfind(mark).map(|at| after(at, mark)))
            .max();
        if let Some(best) = best.filter(|best| *best > floor && !joins(text, *best)) {
            return best;
        }
    }
    fits.max(text.chars().next().map_or(0, char::len_utf8))
}

/// Byte length of the longest prefix of at most `limit` UTF-16 units that does not cut a
/// character from what joins it (combining marks, joiners, variation selectors, skin tones).
fn longest_prefix(text: &str, limit: usize) -> usize {
    let mut units = 0;
    let mut end = text.len();
    for (index, character) in text.char_indices() {
        units += character.len_utf16();
        if units > limit {
            end = index;
            break;
        }
    }
    if end == text.len() {
        return end;
    }
    let mut cut = end;
    while cut > 0 && joins(text, cut) {
        cut -= text[..cut].chars().next_back().map_or(cut, char::len_utf8);
    }
    if cut == 0 { end } else { cut }
}

/// Whether the character at `index` belongs to the one before it.
fn joins(text: &str, index: usize) -> bool {
    let follows = text[index..].chars().next().is_some_and(|c| {
        matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{0300}'..='\u{036F}' | '\u{20E3}'
            | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
    });
    follows || text[..index].ends_with('\u{200D}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_texts_stay_whole() {
        assert_eq!(split(" hello ", 4096), ["hello"]);
        assert!(split(" \n ", 4096).is_empty());
    }

    #[test]
    fn cuts_are_made_at_paragraphs_then_sentences_then_words() {
        assert_eq!(
            split("one two\n\nthree four", 12),
            ["one two", "three four"]
        );
        assert_eq!(split("One two. Three four", 12), ["One two.", "Three four"]);
        assert_eq!(split("onetwo threefour", 10), ["onetwo", "threefour"]);
        assert_eq!(split("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn a_mark_that_something_joins_is_no_place_to_cut() {
        let text = format!("{}。\u{FE00}{}", "漢".repeat(8), "字".repeat(8));
        assert_eq!(split(&text, 11)[0].chars().count(), 11);
    }

    #[test]
    fn an_emoji_sequence_is_not_cut() {
        let family = "👨‍👩‍👧";
        assert_eq!(
            split(&format!("aaaa{family}"), 8),
            ["aaaa".to_owned(), family.to_owned()]
        );
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(text in "\\PC{0,200}[ \\n]{0,3}\\PC{0,200}", limit in 2_usize..50) {
            let parts = split(&text, limit);
            let squeeze = |s: &str| s.split_whitespace().collect::<String>();
            prop_assert_eq!(squeeze(&parts.concat()), squeeze(&text));
            for part in &parts {
                prop_assert!(part.encode_utf16().count() <= limit.max(2));
                prop_assert!(!part.trim().is_empty());
            }
        }
    }
}
