use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

#[test]
fn short_texts_stay_whole() {
    assert_eq!(split(" hello ", 4096), ["hello"]);
    assert!(split(" \n ", 4096).is_empty());
    assert_eq!(split(" ``` ", 4096), ["```"]);
    assert_eq!(split("``` ```", 4096), ["``` ```"]);
}

#[test]
fn cuts_are_made_at_paragraphs_then_lines_then_sentences_then_words() {
    for (text, limit, parts) in [
        ("one two\n\nthree four", 12, &["one two", "three four"][..]),
        ("one two\nthree four", 14, &["one two", "three four"]),
        ("One two. Three four", 12, &["One two.", "Three four"]),
        ("Wait… What else", 10, &["Wait…", "What else"]),
        ("كيف حالك؟ أنا بخير", 12, &["كيف حالك؟", "أنا بخير"]),
        ("नमस्ते जी। कैसे हैं", 14, &["नमस्ते जी।", "कैसे हैं"]),
        (
            "今日は晴れ。明日は雨です",
            9,
            &["今日は晴れ。", "明日は雨です"],
        ),
        ("りんご、みかん", 5, &["りんご、", "みかん"]),
        ("onetwo threefour", 10, &["onetwo", "threefour"]),
        ("aaa bbb ccc", 7, &["aaa bbb", "ccc"]),
        ("10\u{A0}000 EUR", 8, &["10\u{A0}000", "EUR"]),
        ("ab 10\u{A0}000", 7, &["ab 10\u{A0}0", "00"]),
        ("abcdefgh", 3, &["abc", "def", "gh"]),
    ] {
        assert_eq!(split(text, limit), parts, "{text}");
    }
}

#[test]
fn a_character_as_people_see_it_is_not_cut() {
    let text = format!("{}。\u{FE00}{}", "漢".repeat(8), "字".repeat(8));
    assert_eq!(split(&text, 11)[0].chars().count(), 11);
    for character in [
        "👨‍👩‍👧",
        "👍🏽",
        "🇧🇷",
        "e\u{301}\u{323}",
        "क्षि",
        "ก็",
        "🏴\u{E0067}\u{E0062}\u{E007F}",
    ] {
        let units = character.encode_utf16().count();
        let text = format!("aaaa{}", character.repeat(3));
        for part in split(&text, units + 3) {
            let whole = part
                .graphemes(true)
                .all(|seen| seen == "a" || seen == character);
            assert!(whole, "{part}");
        }
    }
}

#[test]
fn a_character_longer_than_the_limit_is_cut_inside() {
    let long = format!("a{}", "\u{301}".repeat(10));
    assert_eq!(split(&long, 4).len(), 3);
    assert_eq!(split("👨‍👩‍👧", 2).concat(), "👨‍👩‍👧");
}

#[test]
fn each_part_of_a_code_block_has_fences() {
    let code = "    let first = 1;\n    let second = 2;\n    let third = 3;";
    assert_eq!(
        split(&format!("```fn main() {{\n{code}\n}}``` Done."), 60),
        [
            "```fn main() {\n    let first = 1;\n    let second = 2;```",
            "```    let third = 3;\n}``` Done."
        ]
    );
    // in front of a block rather than in it
    assert_eq!(
        split(
            "Please run this on your machine:\n```make clean\nmake all```",
            50
        ),
        [
            "Please run this on your machine:",
            "```make clean\nmake all```"
        ]
    );
    // room for the block, but not for the line breaks at its end
    assert_eq!(
        split("```0123456789 0123456789 01234\n\n``` and more", 33),
        ["```0123456789 0123456789 01234```", "and more"]
    );
    // one that is never closed is no block
    assert_eq!(
        split("``` 0123456789 0123456789 0123456789", 32)
            .concat()
            .matches("```")
            .count(),
        1
    );
}

#[test]
fn a_title_is_cut_between_characters() {
    for (text, limit, title) in [
        ("Talk to sales", 20, "Talk to sales"),
        ("Exactly twenty chars", 20, "Exactly twenty chars"),
        ("Exactly twenty chars!", 20, "Exactly twenty char…"),
        ("Talk to the whole team", 13, "Talk to the…"),
        ("Família 👨‍👩‍👧 feliz", 12, "Família…"),
        ("Família 👨‍👩‍👧 feliz", 17, "Família 👨‍👩‍👧…"),
        ("क्षिक्षिक्षि", 9, "क्षिक्षि…"),
        ("مرحبا بكم", 6, "مرحبا…"),
        ("🎉🎉", 3, "🎉…"),
        ("🎉🎉", 1, "…"),
        ("🎉", 0, ""),
        ("", 0, ""),
    ] {
        assert_eq!(cut(text, limit), title);
    }
}

/// Pieces of which long and odd texts are made.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,40}",
        2 => "[ \\n]{1,3}",
        2 => Just("```".to_owned()),
        1 => Just("👨‍👩‍👧".to_owned()),
        1 => Just("क्षि".to_owned()),
        1 => "[a-z]{1,9}[.!?] ",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_but_white_space_is_lost(text in texts(), limit in 2_usize..120) {
        let parts = split(&text, limit);
        let squeeze = |s: &str| s.split_whitespace().collect::<String>().replace('`', "");
        prop_assert_eq!(squeeze(&parts.concat()), squeeze(&text));
        for part in &parts {
            prop_assert!(part.encode_utf16().count() <= limit);
            prop_assert!(!part.trim().is_empty());
        }
    }

    #[test]
    fn fences_come_in_pairs(text in texts(), limit in LEAST_FOR_FENCES..120) {
        let fences = |s: &str| s.matches(FENCE).count();
        if fences(&text) % 2 == 0 && !text.contains("````") {
            for part in split(&text, limit) {
                prop_assert_eq!(fences(&part) % 2, 0, "{}", part);
            }
        }
    }

    #[test]
    fn a_title_fits(text in "\\PC{0,60}", limit in 0_usize..30) {
        let title = cut(&text, limit);
        prop_assert!(title.encode_utf16().count() <= limit);
        let kept = title.strip_suffix('…').unwrap_or(&title);
        prop_assert!(text.starts_with(kept));
    }
}
