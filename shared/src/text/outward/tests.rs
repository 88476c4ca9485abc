use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Each text as an agent types it, and as it goes to WhatsApp.
fn assert_all(table: &[(&str, &str)]) {
    let differs = |(typed, sent): &&(&str, &str)| to_whatsapp(typed) != *sent;
    let differing: Vec<String> = table
        .iter()
        .filter(differs)
        .map(|(typed, sent)| format!("{typed:?}\n  {:?}\n  {sent:?}", to_whatsapp(typed)))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn bold_italic_and_strike_have_one_mark() {
    assert_all(&[
        ("Hello, how can I help?", "Hello, how can I help?"),
        ("**bold**", "*bold*"),
        ("*bold*", "*bold*"),
        ("__italic__", "_italic_"),
        ("_italic_", "_italic_"),
        ("~~strike~~", "~strike~"),
        ("~strike~", "~strike~"),
        ("a **b c** d, __e f__; ~~g~~!", "a *b c* d, _e f_; ~g~!"),
        ("**one** and **two**", "*one* and *two*"),
        ("__**~~all~~**__", "_*~all~*_"),
        ("**bold __and italic__**", "*bold _and italic_*"),
        ("**_both_** __*both*__", "*_both_* _*both*_"),
        ("***both*** and ___both___", "*_both_* and _*both*_"),
        ("**Total:** 5 €", "*Total:* 5 €"),
        ("**Total:**5 €", "*Total:*5 €"),
        ("(**note**), \"**quoted**\"", "(*note*), \"*quoted*\""),
        ("**重要**です", "*重要*です"),
        ("**안내**입니다", "*안내*입니다"),
        ("**مهم** جدا", "*مهم* جدا"),
        ("यह **ज़रूरी** है", "यह *ज़रूरी* है"),
        ("**👍 Great**", "*👍 Great*"),
    ]);
}

#[test]
fn what_is_no_pair_stays() {
    assert_all(&[
        ("snake_case_name", "snake_case_name"),
        ("some__double__snake", "some__double__snake"),
        ("2*3*4 and 2**3**4", "2*3*4 and 2**3**4"),
        ("5 * 3 * 2", "5 * 3 * 2"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("a ~~ b ~~ c", "a ~~ b ~~ c"),
        ("**never closed", "**never closed"),
        ("closed only**", "closed only**"),
        ("over\n**two\nlines**", "over\n**two\nlines**"),
        ("**bold __crossed** over__", "*bold _crossed* over_"),
        ("****", "****"),
        ("f*** this s***", "f*** this s***"),
        ("* * *", "* * *"),
        ("---", "---"),
        ("~5 km", "~5 km"),
        // a Brazilian payment code
        (
            "520400005303986540510.005802BR62070503***63047BB3",
            "520400005303986540510.005802BR62070503***63047BB3",
        ),
        ("¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"),
        (":) ;-) :-D <3 >.< -_- ^^", ":) ;-) :-D <3 >.< -_- ^^"),
        ("a || b || c", "a || b || c"),
        ("<b>not html</b> 1 < 2 > 1", "<b>not html</b> 1 < 2 > 1"),
        ("Ana <ana@x.example>", "Ana <ana@x.example>"),
        ("[1] see [x] (y)", "[1] see [x] (y)"),
        ("[see](above)", "[see](above)"),
        ("[a](b c)", "[a](b c)"),
    ]);
}

#[test]
fn code_is_not_touched() {
    assert_all(&[
        ("run `ls -l` now", "run `ls -l` now"),
        ("`**a** :smile: [b](c.de)`", "`**a** :smile: [b](c.de)`"),
        ("**see `a**b`**", "*see `a**b`*"),
        ("a lone ` **tick**", "a lone ` *tick*"),
        ("```\na\nb\n```", "```a\nb```"),
        ("```js\nlet **a** = 1;\n```", "```let **a** = 1;```"),
        (
            "```c++\n  a[i](b)\n    :smile:\n```",
            "```  a[i](b)\n    :smile:```",
        ),
        (
            "Run:\n```sh\nmake\n```\nthen **wait**",
            "Run:\n```make```\nthen *wait*",
        ),
        ("see ```a **b**``` there", "see ```a **b**``` there"),
        ("```one\ntwo```", "```one\ntwo```"),
        ("```two words\na\n```", "```two words\na```"),
        ("````\na\n````", "```a```"),
        ("```a``` ```b```", "```a``` ```b```"),
        ("``` ```", "``` ```"),
        ("```never **closed**", "```never *closed*"),
        ("```\n\n\n\na\n\n\n\nb\n```", "```a\n\n\n\nb```"),
    ]);
}

#[test]
fn lines_begin_as_whatsapp_knows_it() {
    assert_all(&[
        ("# Title", "*Title*"),
        ("#### Title\ntext", "*Title*\ntext"),
        ("##### no title", "##### no title"),
        ("#channel and # no title", "#channel and # no title"),
        ("## **Bold** title ##", "*Bold title*"),
        ("# A *b* __c__ `d`", "*A b _c_ `d`*"),
        ("#  ", "#"),
        (
            "- one\n- **two**\n* three\n1. four",
            "- one\n- *two*\n* three\n1. four",
        ),
        ("  - nested\n\t1. too", "  - nested\n\t1. too"),
        ("> quoted **text**\nanswer", "> quoted *text*\nanswer"),
        ("> # Title\n> - [x] done", "> *Title*\n> ☑ done"),
        (">:( and >_<", ">:( and >_<"),
        (
            "- [ ] to do\n- [x] done\n* [X] too",
            "☐ to do\n☑ done\n☑ too",
        ),
        ("- [ ]\n- [x]nothing", "- [ ]\n- [x]nothing"),
        (
            "- [docs](https://x.example/d)",
            "- docs (https://x.example/d)",
        ),
        ("||\nsecret\nlines\n||\nend", "secret\nlines\nend"),
        ("||\nalone", "||\nalone"),
        ("the ||secret **word**|| is", "the secret *word* is"),
    ]);
}

#[test]
fn links_are_words_and_addresses() {
    assert_all(&[
        (
            "[our shop](https://shop.example)",
            "our shop (https://shop.example)",
        ),
        ("[](https://x.example)", "https://x.example"),
        ("[ ](https://x.example)hi", "https://x.example hi"),
        (
            "[https://x.example](https://x.example)",
            "https://x.example",
        ),
        (
            "[x.example](https://www.x.example/)",
            "https://www.x.example/",
        ),
        ("[**X.example**](https://x.example)", "https://x.example"),
        (
            "[**bold** :smile:](https://x.example)",
            "*bold* 😄 (https://x.example)",
        ),
        (
            "**[bold](https://x.example)**",
            "*bold (https://x.example)*",
        ),
        ("[a [b] c](x.example/__d__)", "a [b] c (x.example/__d__)"),
        (
            "[1] [a](https://x.example/(b)c).",
            "[1] a (https://x.example/(b)c).",
        ),
        ("[write](mailto:ana@x.example)", "write (ana@x.example)"),
        ("[ana@x.example](mailto:ana@x.example)", "ana@x.example"),
        ("[call](tel:+4930123456)", "call (+4930123456)"),
        ("[+49 30 123-456](tel:+4930123456)", "+4930123456"),
        ("[+49 30](+4930123456)", "+49 30 (+4930123456)"),
        (
            "<https://x.example/a|the page>",
            "the page (https://x.example/a)",
        ),
        ("<x.example|x.example>", "x.example"),
        ("<mailto:ana@x.example|Ana>", "Ana (ana@x.example)"),
        ("<https://x.example/__a__>", "https://x.example/__a__"),
        ("![](https://x.example/a.png)", "https://x.example/a.png"),
        (
            "![a cat](https://x.example/a.png)",
            "a cat (https://x.example/a.png)",
        ),
        ("wow![a](https://x.example)d", "wow a (https://x.example)d"),
        (
            "https://x.example/__a__?b=**c** **d**",
            "https://x.example/__a__?b=**c** *d*",
        ),
        (
            "**https://x.example/a_b**, ok",
            "*https://x.example/a_b*, ok",
        ),
        ("(see x.example/__a__) __b__", "(see x.example/__a__) _b_"),
        ("https://x.example/:smile:/a", "https://x.example/:smile:/a"),
        (
            "HTTPS://X.example/~~a~~/ ~~b~~",
            "HTTPS://X.example/~~a~~/ ~b~",
        ),
        (
            "tel:+49__1__ myapp://a/**b**",
            "tel:+49__1__ myapp://a/**b**",
        ),
        ("ana__b__@x.example", "ana__b__@x.example"),
    ]);
}

#[test]
fn names_stay_and_moments_can_be_read() {
    assert_all(&[
        (
            "@ana and @ana.lima__x__ and #general",
            "@ana and @ana.lima__x__ and #general",
        ),
        ("**@ana**: __#a_b__", "*@ana*: _#a_b_"),
        ("at <t:1700000000:f>", "at 2023-11-14 22:13 UTC"),
        ("<t:1700000000>", "22:13 UTC"),
        (
            "<t:1700000000:T> <t:1700000000:d>",
            "22:13:20 UTC 2023-11-14",
        ),
        ("<t:1700000000:R>", "2023-11-14 22:13 UTC"),
        (
            "<t:2025-07-22T10:00:00.000+02:00:F>",
            "2025-07-22 08:00 UTC",
        ),
        ("<t:2025-07-22T10:00:00:F>", "2025-07-22 10:00"),
        ("<t:10:00:t> <t:10:00:30+02:00:T>", "10:00 10:00:30 +02:00"),
        (
            "<t:99:f> <t:> \\<t:1700000000:f>",
            "<t:99:f> <t:> <t:1700000000:f>",
        ),
    ]);
}

#[test]
fn emoji_are_written_out() {
    assert_all(&[
        (":smile:", "😄"),
        ("Hi :wave: all!", "Hi 👋 all!"),
        (":thumbsup::thumbsup_tone3::flag_br:", "👍👍🏽🇧🇷"),
        ("(:slight_smile:) *:tada:*", "(🙂) *🎉*"),
        (
            ":family_mwgb: :rolling_eyes: :person_shrugging_tone2:",
            "👨‍👩‍👧‍👦 🙄 🤷🏼",
        ),
        (":company_logo: :unknown:", ":company_logo: :unknown:"),
        ("10:30:45 a:b:c 10:100:5", "10:30:45 a:b:c 10:100:5"),
        (":heart:ful at :100:30", ":heart:ful at :100:30"),
        ("std::key::value ::key::", "std::key::value ::key::"),
        ("aa:bb:cc:dd:ee:ff fe80::b:1", "aa:bb:cc:dd:ee:ff fe80::b:1"),
        ("Note: :warning: hot", "Note: ⚠️ hot"),
        ("👨‍👩‍👧 👍🏽 🏴‍☠️ ❤️", "👨‍👩‍👧 👍🏽 🏴‍☠️ ❤️"),
    ]);
}

#[test]
fn a_backslash_takes_a_mark_its_meaning() {
    assert_all(&[
        ("a \\* b", "a * b"),
        ("2\\*3\\*4", "2*3*4"),
        ("\\*stars\\*", "*\u{2060}stars\u{2060}*"),
        (
            "\\_a\\_ \\~b\\~ \\`c\\`",
            "_\u{2060}a\u{2060}_ ~\u{2060}b\u{2060}~ `\u{2060}c\u{2060}`",
        ),
        ("\\*one and **two**", "*\u{2060}one and *two*"),
        ("\\*note only", "*note only"),
        ("\\# no title", "# no title"),
        ("\\- no list", "\u{2060}- no list"),
        ("1\\. no list", "1\u{2060}. no list"),
        ("\\:smile: \\| a", ":smile: | a"),
        ("\\> no quote", "\u{2060}> no quote"),
        ("C:\\_new \\\\server\\*", "C:\\_new \\\\server*"),
        ("a \\[b](https://x.example)", "a \\b (https://x.example)"),
    ]);
}

#[test]
fn what_nobody_sees_is_left_out() {
    assert_all(&[
        ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
        ("a\u{202E}b\u{0}c\u{7}\u{FEFF}", "abc"),
        ("a  \nb\t\n", "a\nb"),
        ("\n\n  a", "  a"),
        ("a\n\n\n\n\n \nb", "a\n\n\nb"),
        ("", ""),
        (" \n ", ""),
        ("שלום **עולם**\u{200F} :wave:", "שלום *עולם*\u{200F} 👋"),
        ("नमस्ते\u{200D} क्षि", "नमस्ते\u{200D} क्षि"),
    ]);
}

#[test]
fn a_long_answer_is_written_as_a_whole() {
    let typed = "# Your order\n\nHello **Ana**, here is what we have:\n\n1. __Blue__ shirt :shirt:\n\
        2. ~~Red~~ sold out\n\n> When does it arrive?\n\nOn <t:1700000000:d>. See \
        [the parcel](https://parcel.example/t?id=__7__).\n\n```json\n{ \"a\": \"**b**\" }\n```\n\n\n\n\nBye :wave:";
    let sent = "*Your order*\n\nHello *Ana*, here is what we have:\n\n1. _Blue_ shirt 👕\n\
        2. ~Red~ sold out\n\n> When does it arrive?\n\nOn 2023-11-14. See \
        the parcel (https://parcel.example/t?id=__7__).\n\n```{ \"a\": \"**b**\" }```\n\n\nBye 👋";
    assert_all(&[(typed, sent)]);
    assert_eq!(
        to_whatsapp(&"**a** ".repeat(900)),
        "*a* ".repeat(900).trim_end()
    );
}

/// Pieces that, repeated, have made parsers take time with the square of a text's length. Each
/// takes a fraction of a second here, and half a minute where one look ahead has no bound.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    const PIECES: [&str; 33] = [
        "[", "*", "**", "**a ", "`", "```", "``` ", "```\n", "`a", "[](", "[a](b", "![", "<",
        "<a|", "<t:", ":", ":a", "_a", "||", "||\n", "> ", "\\*", "\\<t:", "@_", "#", "a.", "a.b/",
        "(", "[a](", "http://", "1* ", "- [ ] ", "\n",
    ];
    for piece in PIECES {
        let begun = Instant::now();
        to_whatsapp(&piece.repeat(60_000 / piece.len()));
        let text = piece.repeat(2_000 / piece.len());
        to_whatsapp(&format!("{text}]({text}) {text}](x.example){text}"));
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "{piece:?} took {took:?}");
    }
}

/// What carries meaning of a text of marks: everything but white space and the marks.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #[test]
    fn no_word_is_lost(text in "[ab é1*_~|#>()\\[\\]!<\\\\`\\n -]{0,120}") {
        let sent = to_whatsapp(&text);
        // the name of a language, and a box's mark, are no words
        if !text.contains("```") {
            prop_assert_eq!(words(&sent), words(&text));
        }
    }

    #[test]
    fn single_marks_are_never_touched(parts in prop::collection::vec("[a-z ]{1,6}[*_~ ]", 0..20)) {
        let text = parts.concat();
        let squeezed = |s: &str| s.replace(' ', "");
        prop_assert_eq!(squeezed(&to_whatsapp(&text)), squeezed(&text));
    }

    #[test]
    fn code_is_kept(code in "[a-z*_~:\\[\\]().<>#\\\\ ]{1,40}", word in "[a-z]{1,5}") {
        prop_assume!(!code.trim().is_empty());
        let inline = format!("{word} `{code}` {word}");
        prop_assert_eq!(to_whatsapp(&inline), inline);
        let sent = to_whatsapp(&format!("**{word}**\n```\n{code}\n```"));
        prop_assert_eq!(sent, format!("*{word}*\n```{}```", code.trim_end()));
    }

    #[test]
    fn addresses_are_kept(path in "[a-z0-9/_*~.?=&-]{0,30}[a-z0-9]", label in "[a-z]{1,9}") {
        let address = format!("https://x.example/{path}");
        prop_assert_eq!(to_whatsapp(&address), address.clone());
        let sent = to_whatsapp(&format!("see [{label}]({address}) and <{address}>"));
        prop_assert_eq!(sent, format!("see {label} ({address}) and {address}"));
    }

    #[test]
    fn what_is_converted_stays_so(text in "[ab *_~#>:.\\n-]{0,80}") {
        let once = to_whatsapp(&text);
        // four marks in a row, and halves of two pairs, may pair anew
        if !["**", "__", "~~"].iter().any(|left| once.contains(left)) {
            prop_assert_eq!(to_whatsapp(&once), once);
        }
    }

    #[test]
    fn any_text_is_taken(text in any::<String>()) {
        to_whatsapp(&text);
    }
}
