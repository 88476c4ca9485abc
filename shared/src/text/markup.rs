//! Markup between WhatsApp and Rocket.Chat, and what no message may do to Rocket.Chat's parser.
//! Bold, italic, strike, inline code, lists and quotes are written with the same marks on both
//! sides; code blocks are not, and characters that nobody sees are taken out.

use super::split::split;

/// The longest text that is posted as a message, in UTF-16 units: Rocket.Chat's own usual limit is
/// 5,000 (`Message_MaxAllowedSize`), and quotes and marks stand in front.
pub const LONGEST: usize = 4_500;
/// How much of a text is shown where the rest is in a file (UTF-16 units).
const EXCERPT: usize = 400;
/// More of one mark in a row than anybody writes to be read: thousands of dashes have hung
/// Rocket.Chat's parser (Rocket.Chat issue 28202).
const LONGEST_RUN: usize = 100;
/// More marks in one message than anybody writes to be read.
const MOST_MARKS: usize = 1_500;

/// WhatsApp's text as Rocket.Chat writes it. Code between three backticks stands in lines of its
/// own, or between single ones where it has one line; control characters and direction overrides,
/// which could make a text look like another, are left out.
pub fn from_whatsapp(text: &str) -> String {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter_map(shown)
        .collect();
    let mut pieces = text.split("```");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    let rest: Vec<&str> = pieces.collect();
    for pair in rest.chunks(2) {
        match *pair {
            [code, after] => {
                push_code(&mut out, code);
                if code.contains('\n') && !after.is_empty() && !after.starts_with('\n') {
                    out.push('\n');
                }
                out.push_str(after);
            }
            // one that is never closed is no markup
            _ => {
                out.push_str("```");
                out.push_str(pair[0]);
            }
        }
    }
    out
}

fn push_code(out: &mut String, code: &str) {
    let one_line = !code.contains('\n');
    if code.trim().is_empty() || (one_line && code.contains('`')) {
        out.push_str("```");
        out.push_str(code);
        out.push_str("```");
    } else if one_line {
        out.push('`');
        out.push_str(code);
        out.push('`');
    } else {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str("```\n");
        out.push_str(code.trim_matches('\n'));
        out.push_str("\n```");
    }
}

/// A character as it is shown; `None` for those that only steer.
fn shown(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => Some(c),
        '\u{2028}' | '\u{2029}' | '\r' => Some('\n'),
        '\u{202D}' | '\u{202E}' | '\u{FEFF}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// A name that is safe to show and to store a file under: the last part of a path, without what
/// steers or hides, at most 120 characters with its ending kept. Empty where nothing is left.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = last.chars().filter(|c| !is_hidden(*c));
    let seen = seen.map(|c| {
        if matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?') {
            '_'
        } else {
            c
        }
    });
    let name: String = seen.collect();
    let name = name.trim().trim_start_matches('.').trim();
    let count = name.chars().count();
    if count <= 120 {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    match ending.filter(|ending| ending.chars().count() <= 10) {
        Some(ending) => {
            let head: String = name.chars().take(119 - ending.chars().count()).collect();
            format!("{head}.{ending}")
        }
        None => name.chars().take(120).collect(),
    }
}

/// Characters that have no place in a name: controls, directions, and what has no width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Whether Rocket.Chat can be expected to take and to show a text as a message.
pub fn fits_a_message(text: &str) -> bool {
    let (mut run, mut last, mut marks, mut units) = (0, None, 0, 0);
    for c in text.chars() {
        units += c.len_utf16();
        if is_mark(c) {
            marks += 1;
            run = if last == Some(c) { run + 1 } else { 1 };
            if run > LONGEST_RUN {
                return false;
            }
        }
        last = Some(c);
    }
    units <= LONGEST && marks <= MOST_MARKS
}

fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '!' | '?' | '\'' | '"' | ';')
}

/// The beginning of a text that does not fit, safe to be shown: long runs of one mark are cut.
pub fn excerpt(text: &str) -> String {
    let (mut calm, mut run, mut last) = (String::new(), 0, None);
    for c in text.chars() {
        run = if last == Some(c) && is_mark(c) {
            run + 1
        } else {
            1
        };
        last = Some(c);
        if run <= 10 {
            calm.push(c);
        }
        if calm.len() > EXCERPT * 4 {
            break;
        }
    }
    let first = split(&calm, EXCERPT).into_iter().next().unwrap_or_default();
    format!("{first}…")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_marks_stay_and_code_is_put_as_rocketchat_reads_it() {
        for (whatsapp, rocketchat) in [
            (
                "*bold* _italic_ ~strike~ `code`",
                "*bold* _italic_ ~strike~ `code`",
            ),
            (
                "- one\n* two\n1. three\n> four",
                "- one\n* two\n1. three\n> four",
            ),
            ("run ```ls -l``` now", "run `ls -l` now"),
            ("see ```a\nb``` there", "see \n```\na\nb\n```\n there"),
            ("```\na\nb\n```", "```\na\nb\n```"),
            ("```a`b```", "```a`b```"),
            ("``` ```", "``` ```"),
            ("never ```closed", "never ```closed"),
            ("one\r\ntwo\rthree\u{2028}four", "one\ntwo\nthree\nfour"),
            ("a\u{202E}b\u{0}c\u{7}", "abc"),
            (
                "👨‍👩‍👧 नमस्ते\u{200D} שלום\u{200F}",
                "👨‍👩‍👧 नमस्ते\u{200D} שלום\u{200F}",
            ),
        ] {
            assert_eq!(from_whatsapp(whatsapp), rocketchat);
        }
    }

    #[test]
    fn a_file_name_is_only_a_name() {
        for (given, name) in [
            ("offer.pdf", "offer.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ana\\offer.pdf", "offer.pdf"),
            ("a\"b\r\nX-Header: 1.pdf", "a_bX-Header_ 1.pdf"),
            ("exe\u{202E}fdp.pdf", "exefdp.pdf"),
            (".htaccess", "htaccess"),
            ("  ", ""),
            ("..", ""),
            ("Angebot für Zoë 🎉.pdf", "Angebot für Zoë 🎉.pdf"),
        ] {
            assert_eq!(file_name(given), name, "{given:?}");
        }
        let long = file_name(&format!("{}.docx", "ä".repeat(500)));
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with("ä.docx"));
        assert_eq!(file_name(&"x".repeat(500)).len(), 120);
    }

    #[test]
    fn what_could_hang_the_parser_does_not_fit_a_message() {
        assert!(fits_a_message(
            "Hello *there*, see https://shop.example/a-b-c?x=1&y=2"
        ));
        assert!(fits_a_message(&"----------\n".repeat(5)));
        assert!(fits_a_message(&"word ".repeat(800)));
        assert!(fits_a_message(&"🎉".repeat(2_000)));
        for bad in [
            "-".repeat(5_000),
            "*".repeat(200),
            "[(".repeat(800),
            "> ".repeat(1_600),
            "x".repeat(5_000),
            "🎉".repeat(2_400),
        ] {
            assert!(!fits_a_message(&bad));
            assert!(fits_a_message(&excerpt(&bad)));
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_seen_is_lost(text in "[ -~\\n]{0,200}") {
            let seen = |s: &str| s.chars().filter(|c| !c.is_whitespace() && *c != '`').collect::<String>();
            prop_assert_eq!(seen(&from_whatsapp(&text)), seen(&text));
        }

        #[test]
        fn an_excerpt_always_fits(text in any::<String>()) {
            prop_assert!(fits_a_message(&excerpt(&text)));
        }
    }
}
