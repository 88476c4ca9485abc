use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Every message of a language with its variables, as its file says it.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let read = FluentResource::try_new(language.source().to_owned());
    let read = read.unwrap_or_else(|(_, faults)| panic!("{}: {faults:?}", language.tag()));
    let mut messages = BTreeMap::new();
    let mut key = String::new();
    for line in language.source().lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
            key = name.to_owned();
            let before = messages.insert(key.clone(), BTreeSet::new());
            assert!(before.is_none(), "{key} stands twice");
        }
        let variables = line.split("{ $").skip(1);
        let names = variables.map(|rest| rest.split([' ', '}']).next().unwrap().to_owned());
        messages.get_mut(&key).unwrap().extend(names);
    }
    // comments are passed over: what is left are messages, each of which Fluent could read
    assert_eq!(read.entries().count(), messages.len());
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
fn translations_are_translations() {
    let english = Language::English;
    for language in &Language::ALL[1..] {
        let same = Advice::ALL
            .iter()
            .filter(|advice| advice.sentence(*language) == advice.sentence(english))
            .count();
        assert_eq!(same, 0, "{}", language.tag());
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
    for advice in [Advice::Held, Advice::EditsUnsupported, Advice::Other] {
        said.push(language.note("", None, advice, None));
        said.push(language.note("", Some("words"), advice, Some("131026")));
    }
    said.push(language.arrived(None));
    said.push(language.arrived(Some("words")));
    said.push(language.stub("code"));
    said.push(language.template_line("name", "then", "somebody", "one\ntwo"));
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
    let cards = |language: Language, n| language.saying(Saying::ContactCards(n));
    assert_eq!(cards(Language::English, 1), "Contact");
    assert_eq!(cards(Language::English, 3), "3 contacts");
    assert_eq!(cards(Language::Russian, 1), "1 контакт");
    assert_eq!(cards(Language::Russian, 3), "3 контакта");
    assert_eq!(cards(Language::Russian, 5), "5 контактов");
    assert_eq!(cards(Language::Russian, 21), "21 контакт");
    assert_eq!(cards(Language::Arabic, 2), "جهتا اتصال");
    assert_eq!(cards(Language::Arabic, 5), "5 جهات اتصال");
    assert_eq!(cards(Language::Arabic, 15), "15 جهة اتصال");
    assert_eq!(Language::French.saying(Saying::Order(0)), "Commande");
    assert_eq!(
        Language::French.saying(Saying::Order(1)),
        "Commande d’un article"
    );
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
fn sizes_read_as_people_write_them() {
    let size = |language: Language, bytes| language.size(bytes);
    assert_eq!(size(Language::English, 999), "999 bytes");
    assert_eq!(size(Language::English, 1_000), "1 KB");
    assert_eq!(size(Language::English, 1_249_999), "1.2 MB");
    assert_eq!(size(Language::German, 1_250_000), "1,3 MB");
    assert_eq!(size(Language::French, 100_000_000), "100 Mo");
    assert_eq!(size(Language::English, u64::MAX), "18446744073709.6 MB");
}
