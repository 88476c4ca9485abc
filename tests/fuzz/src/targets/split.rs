//! Long texts in parts.

use bridge::text::split::split;
use bridge::whatsapp::render::LONGEST_TEXT;

use crate::{Target, hostile};

/// See the module. The first byte of an input is the limit.
pub const TARGET: Target = Target {
    name: "split",
    seeds,
    check,
};

/// The first byte that stands for WhatsApp's own limit.
const FULL: u8 = 255;

fn seeds() -> Vec<Vec<u8>> {
    let texts = hostile::texts().into_iter();
    texts
        .flat_map(|text| [0, 10, FULL].map(|limit| [&[limit][..], text.as_bytes()].concat()))
        .collect()
}

fn check(input: &[u8]) {
    let Some((&first, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    if first == FULL {
        // so often that it has to be cut
        let times = 1 + LONGEST_TEXT * 5 / 4 / text.encode_utf16().count().max(1);
        assert_parts(&text.repeat(times), LONGEST_TEXT);
    } else {
        assert_parts(&text, 2 + usize::from(first));
    }
}

/// Every part fits and says something; in order they are the text, but for white space around
/// them; and no character is torn from what joins it.
fn assert_parts(text: &str, limit: usize) {
    let mut rest = text;
    let mut before: Option<String> = None;
    for part in split(text, limit) {
        let units = part.encode_utf16().count();
        assert!(units <= limit, "{units} units, limit {limit}");
        assert!(!part.trim().is_empty(), "a part that says nothing");
        let next = rest.trim_start();
        let touches = next.len() == rest.len();
        let Some(tail) = next.strip_prefix(part.as_str()) else {
            panic!("{part:?} is not what comes next in {next:?}");
        };
        if let Some(before) = before.filter(|_| touches) {
            assert_not_torn(&before, &part);
        }
        rest = tail;
        before = Some(part);
    }
    assert!(rest.trim().is_empty(), "lost: {rest:?}");
}

/// Where no white space stands between two parts, nothing that joins was cut; only what is by
/// itself longer than the limit cannot be kept together.
fn assert_not_torn(before: &str, after: &str) {
    let (last, first) = (before.chars().next_back(), after.chars().next());
    let torn = last.zip(first).is_some_and(|(a, b)| joins(a, b));
    let mut pairs = before.chars().zip(before.chars().skip(1));
    let too_long = pairs.all(|(a, b)| joins(a, b));
    assert!(!torn || too_long, "torn: {before:?} | {after:?}");
}

/// Combining marks, joiners, variation selectors, skin tones, and the tags of flags.
fn joins(a: char, b: char) -> bool {
    a == '\u{200D}'
        || matches!(b, '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{300}'..='\u{36F}' | '\u{20E3}'
            | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}
