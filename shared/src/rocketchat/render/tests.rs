use super::*;
use crate::domain::contact::Sender;
use crate::domain::content::{Card, OrderItem};
use crate::domain::ids::{Bsuid, WaId, Wamid};
use crate::domain::time::Timestamp;

fn message(content: Content) -> InboundMessage {
    let (id, at) = (Wamid::new("wamid.1"), Timestamp::from_seconds(0));
    InboundMessage::plain(id, Sender::default(), at, content)
}

fn shown(content: Content) -> Shown {
    render_message(&message(content), Language::English)
}

fn media(kind: &str, caption: Option<&str>, filename: Option<&str>, mime_type: &str) -> Content {
    Content::Media {
        media: kind.to_owned(),
        caption: caption.map(str::to_owned),
        filename: filename.map(str::to_owned),
        file: Some(MediaFile {
            id: "1".to_owned(),
            mime_type: mime_type.to_owned(),
            url: None,
        }),
    }
}

fn text(body: &str) -> Content {
    Content::Text {
        body: body.to_owned(),
    }
}

#[test]
fn everything_has_words() {
    let target = Wamid::new("w");
    let location = |label: Option<&str>| Content::Location {
        latitude: 52.5,
        longitude: 13.4,
        label: label.map(str::to_owned),
        url: None,
    };
    let system = |change| Content::System {
        body: "words".to_owned(),
        change,
    };
    let to = Some(WaId::new("4915"));
    let cases = [
        (text("Hi"), "Hi"),
        (text(" "), "[empty message]"),
        (text("\u{202E}\u{0}"), "[empty message]"),
        (text("\u{200B}\u{2060}\n"), "[empty message]"),
        (
            location(None),
            "Location (position only)\nhttps://maps.google.com/?q=52.5,13.4",
        ),
        (
            location(Some("Hotel, Main Street 1")),
            "Location: Hotel, Main Street 1\nhttps://maps.google.com/?q=52.5,13.4",
        ),
        (
            Content::Reaction {
                target: target.clone(),
                emoji: Some("👍🏽".into()),
            },
            "Reaction: 👍🏽",
        ),
        (
            Content::Edited {
                target: target.clone(),
                body: Some("New".into()),
            },
            "Message changed to: New",
        ),
        (
            Content::Deleted { target },
            "Message deleted by the customer",
        ),
        (
            system(Some(Change::Number { to, user_id: None })),
            "WhatsApp: the customer's number has changed to +4915.",
        ),
        (
            system(Some(Change::UserId {
                to: Some(Bsuid::new("DE.1")),
                parent: None,
            })),
            "WhatsApp: the customer's account has changed. The conversation goes on here.",
        ),
        (system(None), "WhatsApp: words"),
        (
            Content::Unsupported {
                what: Some("poll".into()),
            },
            "[WhatsApp does not pass this message on: poll]",
        ),
        (
            Content::Other {
                what: "hologram".into(),
                text: Some("wave".into()),
            },
            "[message that cannot be shown here: hologram]\nwave",
        ),
        (
            Content::Form {
                fields: vec![
                    ("rating".into(), "4".into()),
                    (String::new(), "Sent".into()),
                ],
            },
            "Form filled in\nrating: 4\nSent",
        ),
    ];
    for (content, words) in cases {
        let shown = shown(content);
        assert_eq!(shown.text(), words);
        assert_eq!(shown.file, None);
    }
}

#[test]
fn marks_stand_above_the_words() {
    let message = InboundMessage {
        forwarded: Some(Forwarded::Often),
        referral: Some(Referral {
            headline: Some("Summer\noffer".into()),
            url: Some("https://fb.example/1".into()),
            ..Referral::default()
        }),
        product: Some("SKU-7".into()),
        ..message(text("More?"))
    };
    assert_eq!(
        render_message(&message, Language::English).text(),
        "[forwarded many times]\n[from an advertisement] Summer offer\nhttps://fb.example/1\n\
         [about product SKU-7]\nMore?"
    );
    let german = render_message(&message, Language::German).text();
    assert!(german.starts_with("[häufig weitergeleitet]\n[über eine Anzeige] Summer offer"));
}

#[test]
fn a_file_keeps_its_name_or_gets_the_same_one_in_every_try() {
    let file = |content| match shown(content).file {
        Some(Enclosure::Sent { name, label, .. }) => (name, label),
        other => panic!("{other:?}"),
    };
    let (name, label) = file(media("document", None, Some("../offer.docx"), ""));
    assert_eq!(
        (name.as_str(), label.as_str()),
        ("offer.docx", "document offer.docx")
    );
    let (name, label) = file(media("voice", None, None, "audio/ogg; codecs=opus"));
    assert!(
        name.starts_with("voice-") && name.ends_with(".ogg"),
        "{name}"
    );
    assert_eq!(label, "voice message");
    assert_eq!(
        file(media("voice", None, None, "audio/ogg; codecs=opus")).0,
        name
    );
    assert!(
        file(media("image", None, Some("\u{202E}/"), "IMAGE/PNG"))
            .0
            .ends_with(".png")
    );
    assert!(
        file(media("document", None, None, "x/y"))
            .0
            .ends_with(".bin")
    );
}

#[test]
fn a_caption_is_the_text_of_a_file_and_stands_below_its_stub() {
    let shown = shown(media("image", Some("*Look*"), None, "image/jpeg"));
    assert_eq!(shown.text(), "*Look*");
    assert_eq!(shown.text_instead("[image: lost]"), "[image: lost]\n*Look*");
}

#[test]
fn a_text_that_rocketchat_could_choke_on_is_a_file_with_a_beginning() {
    for bad in ["-".repeat(5_000), "x ".repeat(5_000)] {
        let shown = shown(text(&bad));
        assert!(fits_a_message(&shown.text()), "{}", shown.text());
        match shown.file {
            Some(Enclosure::Written { name, text, .. }) => {
                assert_eq!(text.trim(), bad.trim());
                assert!(shown.marks[0].contains(&name));
            }
            other => panic!("{other:?}"),
        }
    }
    let caption = format!("{}{}", "-".repeat(900), "word ".repeat(600));
    let captioned = shown(media("image", Some(&caption), None, "image/jpeg"));
    assert!(matches!(captioned.file, Some(Enclosure::Sent { .. })));
    assert!(fits_a_message(&captioned.text()));
    assert!(captioned.words.len() > 3_000, "only the dashes are cut");
    let card = |name: &str| Card {
        name: name.to_owned(),
        ..Card::default()
    };
    let cards: Vec<_> = (0..500)
        .map(|n| card(&format!("Person number {n}")))
        .collect();
    let cards = shown(Content::Contacts { cards });
    assert!(fits_a_message(&cards.text()));
    match cards.file {
        Some(Enclosure::Written {
            mime_type, text, ..
        }) => {
            assert_eq!(mime_type, "text/vcard");
            assert_eq!(text.matches("END:VCARD").count(), 500);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_of_a_message_steers_the_workspace_but_files_are_as_they_were_written() {
    let typed = "@all see [this](https://evil.example)";
    let words = "@\u{2060}all see [this]\u{2060}(https://evil.example)";
    assert_eq!(shown(text(typed)).text(), words);
    let captioned = shown(media(
        "image",
        Some(typed),
        Some("@here](x.png"),
        "image/png",
    ));
    let lost = captioned.text_instead("[image @here](x.png: lost]");
    assert_eq!(
        lost,
        format!("[image @\u{2060}here]\u{2060}(x.png: lost]\n{words}")
    );
    let long = format!("{typed} {}", "word ".repeat(2_000));
    match shown(text(&long)).file {
        Some(Enclosure::Written { text, .. }) => assert_eq!(text.trim(), long.trim()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_advertisement_whose_picture_cannot_be_had_is_named() {
    let referral = Referral {
        media: Some("video".into()),
        ..Referral::default()
    };
    let message = InboundMessage {
        referral: Some(referral),
        ..message(text("Hi"))
    };
    let words = render_message(&message, Language::English).text();
    assert_eq!(words, "[from an advertisement]\nvideo\nHi");
}

#[test]
fn lists_are_lines() {
    let item = |product: &str, quantity: &str, price: &str| OrderItem {
        product: product.to_owned(),
        quantity: quantity.to_owned(),
        price: Some(price.to_owned()),
        currency: Some("EUR".to_owned()),
    };
    let order = Content::Order {
        text: Some("Gift wrapped".to_owned()),
        items: vec![item("SKU-7", "2", "10.5"), item("SKU-8", "1", "3")],
    };
    assert_eq!(
        shown(order).text(),
        "Order of 2 items\nGift wrapped\n2 × SKU-7 (10.5 EUR)\n1 × SKU-8 (3 EUR)\nTotal: 24 EUR"
    );
    let card = |name: &str| Card {
        name: name.to_owned(),
        phones: vec!["+49 151".to_owned()],
        ..Card::default()
    };
    let one = shown(Content::Contacts {
        cards: vec![card("Ben/Muster")],
    });
    assert_eq!(one.text(), "Contact\nBen/Muster, +49 151");
    assert!(matches!(one.file, Some(Enclosure::Written { name, .. }) if name == "Muster.vcf"));
    let two = shown(Content::Contacts {
        cards: vec![card("Ben"), card("Cleo")],
    });
    assert!(two.text().starts_with("2 contacts\nBen, +49 151\nCleo"));
    assert!(
        matches!(two.file, Some(Enclosure::Written { name, .. }) if name.starts_with("contacts-"))
    );
}
