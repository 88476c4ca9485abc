use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Every text of a language as its file has it: by its message and, where that has variants, by the
/// variant (`one`, `0`, …; empty where there are none).
fn texts(language: Language) -> BTreeMap<(String, String), String> {
    let read = FluentResource::try_new(language.source().to_owned());
    let read = read.unwrap_or_else(|(_, faults)| panic!("{}: {faults:?}", language.tag()));
    let mut texts = BTreeMap::new();
    let mut keys = BTreeSet::new();
    let mut key = String::new();
    for line in language.source().lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let (variant, text) = match line.strip_prefix("    ") {
            None => {
                let (name, text) = line.split_once(" =").unwrap();
                key = name.to_owned();
                assert!(keys.insert(key.clone()), "{key} stands twice");
                ("", text)
            }
            Some(deeper) => match deeper.trim_start_matches([' ', '*']).split_once("] ") {
                Some((variant, text)) => (variant.strip_prefix('[').unwrap(), text),
                // what a message chooses by, and its end
                None => ("chosen by", deeper.trim_matches(['}', ' '])),
            },
        };
        if !text.trim().is_empty() {
            let before = texts.insert((key.clone(), variant.to_owned()), text.trim().to_owned());
            assert!(before.is_none(), "{key} has {variant} twice");
        }
    }
    // comments are passed over: what is left are messages, each of which Fluent could read
    assert_eq!(read.entries().count(), keys.len());
    texts
}

/// Every message of a language with its variables.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((key, _), text) in texts(language) {
        let variables: Vec<_> = text.split("{ $").skip(1).collect();
        let dollars = text.matches('$').count();
        assert_eq!(variables.len(), dollars, "{key} is written otherwise");
        let names = variables.iter().map(|rest| rest.split([' ', '}']).next());
        let names = names.map(|name| name.unwrap().to_owned());
        messages.entry(key).or_default().extend(names);
    }
    messages
}

#[test]
fn every_language_says_the_same_with_the_same_variables() {
    let english = messages(Language::English);
    for language in Language::ALL {
        assert_eq!(messages(language), english, "{}", language.tag());
    }
}

#[test]
fn every_text_says_its_variables() {
    // in words: none, one, two
    let in_words = ["zero", "one", "two", "0", "1"];
    for language in Language::ALL {
        let all = messages(language);
        for ((key, variant), text) in texts(language) {
            if variant == "chosen by" || in_words.contains(&variant.as_str()) {
                continue;
            }
            for name in &all[&key] {
                let said = text.contains(&format!("{{ ${name} }}"));
                assert!(said, "{}: {key} [{variant}] lacks {name}", language.tag());
            }
        }
    }
}

/// The messages that are rightly the same as in English: frames around other texts, signs of units,
/// and words that both languages have.
fn same_as_in_english(language: Language) -> &'static str {
    match language {
        Language::English => "",
        Language::Portuguese => {
            "file-named note note-quoting order-total size-bytes size-kilobytes size-megabytes system"
        }
        Language::Spanish => {
            "file-named kind-audio kind-sticker note order-total size-bytes size-kilobytes \
             size-megabytes system"
        }
        Language::German => "file-named note size-kilobytes size-megabytes system",
        Language::French => {
            "contact-cards file-named kind-audio kind-document kind-image kind-sticker"
        }
        Language::Arabic => "file-named note",
        Language::Hindi => "file-named note note-quoting size-kilobytes size-megabytes system",
        Language::Indonesian => {
            "file-named kind-audio kind-video note note-quoting order-total size-kilobytes \
             size-megabytes system"
        }
        Language::Russian => "file-named note system",
    }
}

#[test]
fn translations_are_translations() {
    let english = texts(Language::English);
    for language in &Language::ALL[1..] {
        let same = texts(*language).into_iter().filter(|(key, text)| {
            let (_, variant) = key;
            variant != "chosen by" && english.get(key) == Some(text)
        });
        let same: BTreeSet<_> = same.map(|((key, _), _)| key).collect();
        let same: Vec<_> = same.into_iter().collect();
        let expected = same_as_in_english(*language);
        assert_eq!(same.join(" "), expected, "{}", language.tag());
    }
}

/// The plural categories of a language, as CLDR has them (version 37, which Fluent reads; what later
/// versions add is for millions).
fn categories(language: Language) -> &'static [&'static str] {
    match language {
        Language::Arabic => &["few", "many", "one", "other", "two", "zero"],
        Language::Russian => &["few", "many", "one", "other"],
        Language::Indonesian => &["other"],
        _ => &["one", "other"],
    }
}

#[test]
fn what_is_counted_has_every_plural_of_its_language() {
    for language in Language::ALL {
        for counted in ["contact-cards", "order", "size-bytes"] {
            let all = texts(language);
            let variants = all.keys().filter(|(key, _)| key == counted);
            let variants = variants.map(|(_, variant)| variant.as_str());
            // numbers are no categories
            let named = variants.filter(|v| v.parse::<u32>().is_err() && *v != "chosen by");
            let named: Vec<_> = named.collect();
            assert_eq!(named, categories(language), "{} {counted}", language.tag());
        }
    }
}

/// Everything that the catalogue can say in a language.
fn everything(language: Language) -> Vec<String> {
    let mut said: Vec<String> = Advice::ALL
        .iter()
        .map(|one| one.sentence(language))
        .collect();
    said.extend(Phrase::ALL.iter().map(|phrase| language.phrase(*phrase)));
    let sayings = [
        Saying::AboutProduct("€1"),
        Saying::LongText("€1"),
        Saying::FileFollows("€1"),
        Saying::FileLost("€1"),
        Saying::ContactCards(1),
        Saying::ContactCards(2),
        Saying::Reaction("€1"),
        Saying::EditedTo("€1"),
        Saying::Order(0),
        Saying::Order(5),
        Saying::OrderTotal("€1"),
        Saying::CallPermission("€1"),
        Saying::NumberChangedTo("€1"),
        Saying::System("€1"),
        Saying::Unsupported("€1"),
        Saying::UnknownKind("€1"),
    ];
    for saying in sayings {
        let text = language.saying(saying);
        let counted = matches!(saying, Saying::ContactCards(_) | Saying::Order(_));
        assert!(counted || text.contains("€1"), "{text}");
        said.push(text);
    }
    let kinds = ["image", "video", "audio", "voice", "document", "sticker"];
    said.extend(kinds.iter().map(|kind| language.kind(kind)));
    said.push(language.named_file("image", "a.jpg"));
    for advice in [Advice::Held, Advice::EditsUnsupported, Advice::Other] {
        said.push(language.note("", None, advice, None));
        said.push(language.note("", Some("words"), advice, Some("131026")));
    }
    said.push(language.arrived(None));
    said.push(language.arrived(Some("words")));
    said.push(language.stub("code"));
    said.push(language.number_stopped("€1", Advice::Payment));
    said.push(language.number_works("€1"));
    said.push(language.note_of_closed("€1", "https://chat.example/live/r1"));
    said.push(language.template_line("name", "then", "somebody", "one\ntwo"));
    said.extend(Answer::ALL.map(|answer| language.answer(answer)));
    said.extend(Reopening::SAMPLES.map(|reopening| language.reopening("name", reopening)));
    said.extend(language.commands(Some("word")).lines().map(str::to_owned));
    said.push(language.held_line(HeldLine {
        place: 1,
        excerpt: "words",
        since: "then",
        until: "later",
    }));
    said.push(language.correction());
    for size in [None, Some(7), Some(7_700), Some(1_200_000)] {
        said.push(language.file_not_accepted("a.docx", size, "text/plain"));
    }
    said
}

#[test]
fn nothing_is_left_unsaid_in_any_language() {
    for language in Language::ALL {
        let keys = messages(language);
        for text in everything(language) {
            assert!(!keys.contains_key(&text), "{text} is a key");
            assert!(!text.contains(['{', '}', '$']), "{text}");
            assert!(!text.trim().is_empty());
        }
    }
}

#[test]
fn plurals_follow_the_language() {
    let cards: &[(Language, &[(usize, &str)])] = &[
        (Language::English, &[(1, "Contact"), (3, "3 contacts")]),
        (Language::Portuguese, &[(1, "Contato"), (2, "2 contatos")]),
        (Language::Spanish, &[(1, "Contacto"), (2, "2 contactos")]),
        (Language::German, &[(1, "Kontakt"), (2, "2 Kontakte")]),
        (Language::French, &[(1, "Contact"), (2, "2 contacts")]),
        (Language::Hindi, &[(1, "संपर्क"), (2, "2 संपर्क")]),
        (Language::Indonesian, &[(1, "Kontak"), (2, "2 kontak")]),
        (
            Language::Russian,
            &[
                (1, "1 контакт"),
                (3, "3 контакта"),
                (5, "5 контактов"),
                (11, "11 контактов"),
                (21, "21 контакт"),
            ],
        ),
        (
            Language::Arabic,
            &[
                (0, "لا جهات اتصال"),
                (1, "جهة اتصال"),
                (2, "جهتا اتصال"),
                (5, "5 جهات اتصال"),
                (15, "15 جهة اتصال"),
                (100, "100 جهة اتصال"),
            ],
        ),
    ];
    assert_eq!(cards.len(), Language::ALL.len());
    for (language, counts) in cards {
        for (count, text) in *counts {
            let said = language.saying(Saying::ContactCards(*count));
            assert_eq!(seen(&said), *text);
        }
    }
}

#[test]
fn orders_are_counted_as_the_language_counts() {
    let orders: &[(Language, &[(usize, &str)])] = &[
        (
            Language::English,
            &[
                (0, "Order"),
                (1, "Order of one item"),
                (2, "Order of 2 items"),
            ],
        ),
        (
            Language::Portuguese,
            &[
                (0, "Pedido"),
                (1, "Pedido de um item"),
                (2, "Pedido de 2 itens"),
            ],
        ),
        (
            Language::Spanish,
            &[
                (0, "Pedido"),
                (1, "Pedido de un artículo"),
                (2, "Pedido de 2 artículos"),
            ],
        ),
        (
            Language::German,
            &[
                (0, "Bestellung"),
                (1, "Bestellung mit einem Artikel"),
                (2, "Bestellung mit 2 Artikeln"),
            ],
        ),
        (
            Language::French,
            &[
                (0, "Commande"),
                (1, "Commande d’un article"),
                (2, "Commande de 2 articles"),
            ],
        ),
        (
            Language::Hindi,
            &[(0, "ऑर्डर"), (1, "एक वस्तु का ऑर्डर"), (2, "2 वस्तुओं का ऑर्डर")],
        ),
        (
            Language::Indonesian,
            &[
                (0, "Pesanan"),
                (1, "Pesanan satu barang"),
                (2, "Pesanan 2 barang"),
            ],
        ),
        (
            Language::Russian,
            &[
                (0, "Заказ"),
                (1, "Заказ: 1 товар"),
                (2, "Заказ: 2 товара"),
                (12, "Заказ: 12 товаров"),
                (22, "Заказ: 22 товара"),
            ],
        ),
        (
            Language::Arabic,
            &[
                (0, "طلب"),
                (1, "طلب من منتج واحد"),
                (2, "طلب من منتجين"),
                (3, "طلب من 3 منتجات"),
                (11, "طلب من 11 منتجًا"),
                (100, "طلب من 100 منتج"),
            ],
        ),
    ];
    assert_eq!(orders.len(), Language::ALL.len());
    for (language, counts) in orders {
        for (count, text) in *counts {
            let said = language.saying(Saying::Order(*count));
            assert_eq!(seen(&said), *text);
        }
    }
}

/// A text without the marks of direction.
fn seen(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

#[test]
fn only_right_to_left_texts_keep_the_direction_of_what_they_name() {
    let number = Saying::NumberChangedTo("+4915112345678");
    let arabic = Language::Arabic.saying(number);
    assert!(arabic.contains("\u{2068}+4915112345678\u{2069}."));
    let file = Language::Arabic.named_file("document", "2026-offer.pdf");
    let follows = Language::Arabic.saying(Saying::FileFollows(&file));
    assert!(follows.contains("\u{2068}2026-offer.pdf\u{2069}"));
    let line = Language::Arabic.template_line("booking", "then", "Ben", "Hello");
    // the marks are not in what an agent copies
    assert!(line.contains("\u{2068}`booking`\u{2069}"));
    for language in Language::ALL {
        let marked = |text: &String| text.contains(['\u{2068}', '\u{2069}']);
        let any = everything(language).iter().any(marked);
        assert_eq!(any, language == Language::Arabic, "{}", language.tag());
    }
}

#[test]
fn nothing_is_added_to_a_link_at_the_end() {
    let link = "https://shop.example/1";
    for language in Language::ALL {
        for saying in [Saying::EditedTo(link), Saying::System(link)] {
            assert!(language.saying(saying).ends_with(link));
        }
    }
}

#[test]
fn french_marks_do_not_stand_on_a_line_of_their_own() {
    for ((key, _), text) in texts(Language::French) {
        for mark in [" :", " ;", " ?", " !", " »", "« "] {
            assert!(!text.contains(mark), "{key} breaks at {mark}");
        }
        for mark in [':', ';', '?', '!', '»'] {
            let kept = text.matches(&format!("\u{a0}{mark}")).count();
            assert_eq!(text.matches(mark).count(), kept, "{key} runs into {mark}");
        }
    }
}

#[test]
fn a_tag_is_read_as_people_write_it() {
    for (tag, language) in [
        ("en", Language::English),
        ("EN_us", Language::English),
        ("pt-BR", Language::Portuguese),
        ("pt", Language::Portuguese),
        (" de-AT", Language::German),
        ("ru_RU", Language::Russian),
        ("zh-CN", Language::English),
        ("english", Language::English),
        ("", Language::English),
    ] {
        assert_eq!(Language::of(tag), language, "{tag}");
    }
    for language in Language::ALL {
        assert_eq!(Language::of(language.tag()), language);
    }
}

#[test]
fn every_advice_is_a_sentence_of_its_own() {
    for language in Language::ALL {
        let mut sentences: Vec<_> = Advice::ALL.iter().map(|a| a.sentence(language)).collect();
        let end = |text: &String| text.ends_with(['.', '।']);
        assert!(sentences.iter().all(end), "{}", language.tag());
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), Advice::ALL.len());
    }
}

#[test]
fn a_note_names_the_message_and_the_reason() {
    let english = Language::English;
    let text = english.note("", Some("Hello\nthere"), Advice::TooOld, Some("131026"));
    assert!(text.starts_with("Not delivered to WhatsApp: “Hello there” This message"));
    assert!(text.ends_with("(131026)"));
    let long = "x".repeat(90);
    let note = english.note("Oh", Some(&long), Advice::Other, None);
    assert!(note.starts_with("Oh: “xxx") && note.contains('…'));
}

#[test]
fn the_setup_channel_reads_which_number_stopped_and_why() {
    let works = Language::English.number_works("Shop (+1)");
    assert_eq!(works, "Messages from Shop (+1) go out to WhatsApp again.");
    for language in Language::ALL {
        let stopped = language.number_stopped("Shop (+1)", Advice::Payment);
        assert!(seen(&stopped).contains("Shop (+1)"), "{stopped}");
        let why = Advice::Payment.sentence(language);
        assert!(seen(&stopped).ends_with(&why), "{stopped}");
        let works = language.number_works("Shop (+1)");
        assert!(seen(&works).contains("Shop (+1)") && works != stopped);
        let note = language.note_of_closed("Not sent", "https://chat.example/live/r1");
        assert!(note.contains("Not sent"));
        assert!(note.ends_with("\nhttps://chat.example/live/r1"), "{note}");
    }
}

#[test]
fn sizes_read_as_people_write_them() {
    let size = |language: Language, bytes| language.size(bytes);
    assert_eq!(size(Language::English, 0), "0 bytes");
    assert_eq!(size(Language::English, 1), "1 byte");
    assert_eq!(size(Language::English, 999), "999 bytes");
    assert_eq!(size(Language::Portuguese, 1), "1 byte");
    assert_eq!(size(Language::Portuguese, 2), "2 bytes");
    assert_eq!(size(Language::Spanish, 1), "1 byte");
    assert_eq!(size(Language::Spanish, 2), "2 bytes");
    assert_eq!(size(Language::German, 2), "2 Byte");
    assert_eq!(size(Language::French, 0), "0 octet");
    assert_eq!(size(Language::French, 1), "1 octet");
    assert_eq!(size(Language::French, 2), "2 octets");
    assert_eq!(size(Language::Hindi, 2), "2 बाइट");
    assert_eq!(size(Language::Indonesian, 2), "2 byte");
    assert_eq!(size(Language::Russian, 1), "1 байт");
    assert_eq!(size(Language::Russian, 2), "2 байта");
    assert_eq!(size(Language::Russian, 11), "11 байт");
    assert_eq!(size(Language::Russian, 521), "521 байт");
    let arabic = |bytes| seen(&size(Language::Arabic, bytes));
    assert_eq!(arabic(0), "0 بايت");
    assert_eq!(arabic(1), "بايت واحد");
    assert_eq!(arabic(2), "بايتان");
    assert_eq!(arabic(7), "7 بايتات");
    assert_eq!(arabic(11), "11 بايتًا");
    assert_eq!(arabic(100), "100 بايت");
    assert_eq!(size(Language::English, 1_000), "1 KB");
    assert_eq!(size(Language::English, 1_249_999), "1.2 MB");
    assert_eq!(size(Language::German, 1_250_000), "1,3 MB");
    assert_eq!(size(Language::French, 100_000_000), "100 Mo");
    assert_eq!(size(Language::English, u64::MAX), "18446744073709.6 MB");
}
