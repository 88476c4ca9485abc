//! Markup between WhatsApp and Rocket.Chat, and what no message may do to Rocket.Chat's parser.
//! Bold, italic, strike, inline code, lists and quotes are written with the same marks on both
//! sides; code blocks are not, and characters that nobody sees are taken out.

use super::split;

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
pub(super) fn shown(c: char) -> Option<char> {
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
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Nothing of a text can be seen.
pub fn is_blank(text: &str) -> bool {
    let without_ink = |c| matches!(c, '\u{00AD}' | '\u{180E}' | '\u{2800}' | '\u{3164}');
    text.chars()
        .all(|c| c.is_whitespace() || is_hidden(c) || without_ink(c))
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
    beginning(text, EXCERPT)
}

/// As much of a text that does not fit as a message takes, safe to be shown.
pub fn shortened(text: &str) -> String {
    beginning(text, LONGEST)
}

fn beginning(text: &str, most: usize) -> String {
    let (mut calm, mut run, mut marks, mut last) = (String::new(), 0, 0, None);
    for c in text.chars() {
        run = if last == Some(c) && is_mark(c) {
            run + 1
        } else {
            1
        };
        last = Some(c);
        if run <= 10 {
            marks += usize::from(is_mark(c));
            calm.push(c);
        }
        if marks >= MOST_MARKS || calm.len() > most * 4 {
            break;
        }
    }
    format!("{}…", split::beginning(&calm, most - 1))
}

/// Seen by nobody, and no character of a word: two marks between which it stands mean nothing
/// together.
pub(super) const JOINER: char = '\u{2060}';

/// A customer's text that steers nothing: Rocket.Chat refuses visitors who call everybody (`@all`,
/// `@here`), and a link under words of its own (`[…](…)`, `<…|…>`) could lead to anywhere, or pass
/// for a quote. They are shown as they were typed. Repeating it changes nothing.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (at, c) in text.char_indices() {
        out.push(c);
        let rest = &text[at + c.len_utf8()..];
        let steers = match c {
            // an e-mail address calls nobody
            '@' => !before.is_some_and(char::is_alphanumeric) && calls_everybody(rest),
            ']' => rest.starts_with('('),
            '<' => is_titled(rest),
            _ => false,
        };
        if steers {
            out.push(JOINER);
        }
        before = Some(c);
    }
    out
}

fn calls_everybody(rest: &str) -> bool {
    ["all", "here"].iter().any(|name| {
        let head = rest.get(..name.len());
        let goes_on = |c: char| c.is_alphanumeric() || c == '_';
        head.is_some_and(|head| head.eq_ignore_ascii_case(name))
            && !rest[name.len()..].starts_with(goes_on)
    })
}

/// `address|words`, as behind the `<` of a link. No address holds another `<`: whoever sends thousands of
/// them has each read once.
fn is_titled(rest: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '|');
    let end = rest.find(ends).filter(|end| *end > 0);
    !rest.starts_with(JOINER) && end.is_some_and(|end| rest[end..].starts_with('|'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thousands_of_open_brackets_are_read_once() {
        // each to the end of the text would be twenty thousand million steps
        let hostile = "<".repeat(200_000);
        assert_eq!(harmless(&hostile), hostile);
        assert_eq!(
            harmless("<<https://a.example|b>"),
            format!("<<{JOINER}https://a.example|b>")
        );
    }

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
    fn what_nobody_can_see_is_blank() {
        for blank in [
            "",
            " \n\t",
            "\u{200B}\u{200D} \u{FEFF}",
            "\u{2060}\u{200E}\u{2800}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in [".", "\u{200B}a", "👩\u{200D}👧"] {
            assert!(!is_blank(text), "{text:?}");
        }
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

    #[test]
    fn a_text_calls_nobody_and_links_are_what_they_seem() {
        for (typed, harmless_text) in [
            ("@all", "@\u{2060}all"),
            ("Hi @Here!", "Hi @\u{2060}Here!"),
            ("*@ALL*", "*@\u{2060}ALL*"),
            (
                "@allison @here_ x@all.example",
                "@allison @here_ x@all.example",
            ),
            (
                "[bank](https://evil.example)",
                "[bank]\u{2060}(https://evil.example)",
            ),
            ("[a] (b) ](", "[a] (b) ]\u{2060}("),
            (
                "<https://evil.example|bank>",
                "<\u{2060}https://evil.example|bank>",
            ),
            ("<img src=x> a <b> |c <|", "<img src=x> a <b> |c <|"),
            ("@", "@"),
            ("@höre @al", "@höre @al"),
        ] {
            assert_eq!(harmless(typed), harmless_text);
            assert_eq!(harmless(harmless_text), harmless_text);
        }
    }

    #[test]
    fn as_much_as_a_message_takes_is_kept() {
        let text = format!("{}{}", "-".repeat(300), "word ".repeat(2_000));
        let short = shortened(&text);
        assert!(fits_a_message(&short));
        assert!(short.starts_with("----------word") && short.len() > 4_400);
        assert!(fits_a_message(&shortened(&"[(".repeat(2_000))));
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
            prop_assert!(fits_a_message(&shortened(&text)));
        }

        #[test]
        fn what_is_harmless_stays_so(text in "[@\\]\\[()<>|ahler \\n]{0,60}") {
            let once = harmless(&text);
            prop_assert_eq!(&harmless(&once), &once);
            prop_assert!(!once.contains("]("));
            prop_assert_eq!(once.replace(JOINER, ""), text);
        }
    }
}
