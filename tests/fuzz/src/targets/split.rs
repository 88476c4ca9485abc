//! Long texts in parts, and the beginnings of what is too long for a title.

use bridge::text::split::{LEAST_FOR_FENCES, cut, split};
use bridge::whatsapp::render::LONGEST_TEXT;
use unicode_segmentation::GraphemeCursor;

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

/// What begins and ends a block of code.
const FENCE: &str = "```";

fn check(input: &[u8]) {
    let Some((&first, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    for limit in [usize::from(first), 20, 24, 72] {
        assert_title(&text, limit);
    }
    if first == FULL {
        // so often that it has to be cut
        let times = 1 + LONGEST_TEXT * 5 / 4 / text.encode_utf16().count().max(1);
        assert_parts(&text.repeat(times), LONGEST_TEXT);
    } else {
        assert_parts(&text, 2 + usize::from(first));
    }
}

/// Every part fits and says something, nothing is lost, and no character is torn.
fn assert_parts(text: &str, limit: usize) {
    let parts = split(text, limit);
    for part in &parts {
        let units = part.encode_utf16().count();
        assert!(units <= limit, "{units} units, limit {limit}");
        assert!(!part.trim().is_empty(), "a part that says nothing");
    }
    match cuts(text, &parts) {
        Some(cuts) => cuts
            .into_iter()
            .for_each(|at| assert_not_torn(text, at, limit)),
        None => {
            assert!(limit >= LEAST_FOR_FENCES, "in disorder: {parts:?}");
            assert_fenced(text, &parts);
        }
    }
}

/// Where the text was cut without losing white space, if the parts are in order the text, but for
/// white space around them.
fn cuts(text: &str, parts: &[String]) -> Option<Vec<usize>> {
    let (mut rest, mut cuts) = (text, Vec::new());
    for (number, part) in parts.iter().enumerate() {
        let next = rest.trim_start();
        if number > 0 && next.len() == rest.len() {
            cuts.push(text.len() - next.len());
        }
        rest = next.strip_prefix(part.as_str())?;
    }
    rest.trim().is_empty().then_some(cuts)
}

/// Where a block of code was cut, each part of it has fences of its own; the rest is the text.
fn assert_fenced(text: &str, parts: &[String]) {
    let words = |text: &str| text.split_whitespace().collect::<String>().replace('`', "");
    assert_eq!(words(&parts.concat()), words(text));
    let fences = |text: &str| text.matches(FENCE).count();
    if fences(text) % 2 == 0 && !text.contains("````") {
        let open = parts.iter().find(|part| fences(part) % 2 == 1);
        assert!(open.is_none(), "never closed: {open:?}");
    }
}

/// No character as people see it is cut; only what is by itself longer than the limit cannot be kept together.
fn assert_not_torn(text: &str, at: usize, limit: usize) {
    let cursor = || GraphemeCursor::new(at, text.len(), true);
    if cursor().is_boundary(text, 0) != Ok(false) {
        return;
    }
    let begin = cursor().prev_boundary(text, 0).ok().flatten();
    let end = cursor().next_boundary(text, 0).ok().flatten();
    let torn = &text[begin.unwrap_or(0)..end.unwrap_or(text.len())];
    assert!(torn.encode_utf16().count() > limit, "torn: {torn:?}");
}

/// A title fits, and is the text or its beginning.
fn assert_title(text: &str, limit: usize) {
    let title = cut(text, limit);
    assert!(
        title.encode_utf16().count() <= limit,
        "{title:?}, limit {limit}"
    );
    if title == text || limit == 0 {
        return;
    }
    let Some(kept) = title.strip_suffix('…') else {
        panic!("{title:?} does not tell that something was left out of {text:?}");
    };
    assert!(
        text.starts_with(kept),
        "{title:?} is not how {text:?} begins"
    );
    assert_not_torn(text, kept.len(), limit - 1);
}
