//! Contact cards as a vCard file (RFC 2426).

use crate::domain::content::Card;

/// The file's text: version 3.0, which every address book reads.
pub(super) fn render_cards(cards: &[Card]) -> String {
    cards.iter().map(render_card).collect()
}

fn render_card(card: &Card) -> String {
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:3.0".to_owned()];
    let mut add =
        |name: &str, value: &str| lines.push(folded(&format!("{name}:{}", escaped(value))));
    let name = card.name.trim();
    let first = card.phones.first().map_or("?", String::as_str);
    add("FN", if name.is_empty() { first } else { name });
    let (given, family) = name.rsplit_once(' ').unwrap_or((name, ""));
    if let Some(work) = &card.work {
        add("ORG", work);
    }
    for phone in &card.phones {
        add("TEL;TYPE=CELL", phone);
    }
    for email in &card.emails {
        add("EMAIL", email);
    }
    for address in &card.addresses {
        add("LABEL", address);
    }
    for url in &card.urls {
        add("URL", url);
    }
    if let Some(birthday) = &card.birthday {
        add("BDAY", birthday);
    }
    // its parts are divided by semicolons that are no text
    lines.insert(
        3,
        folded(&format!("N:{};{};;;", escaped(family), escaped(given))),
    );
    lines.push("END:VCARD".to_owned());
    lines.join("\r\n") + "\r\n"
}

fn escaped(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '\\' | ',' | ';' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Lines have at most 75 bytes; the next one goes on behind a space.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 74 {
            out.push_str("\r\n ");
            length = 1;
        }
        length += c.len_utf8();
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_cannot_end_its_line() {
        let card = Card {
            name: "Ana; \"Ltd\"\nEND:VCARD".to_owned(),
            phones: vec!["+49 151".to_owned()],
            addresses: vec!["Main Street 1, Springfield".to_owned()],
            ..Card::default()
        };
        let text = render_cards(&[card.clone(), card]);
        assert_eq!(text.matches("\r\nEND:VCARD\r\n").count(), 2);
        assert!(text.contains("FN:Ana\\; \"Ltd\"\\nEND:VCARD\r\n"));
        assert!(text.contains("LABEL:Main Street 1\\, Springfield\r\n"));
    }

    #[test]
    fn long_lines_are_folded() {
        let card = Card {
            name: "ä".repeat(100),
            ..Card::default()
        };
        let text = render_cards(&[card]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(text.replace("\r\n ", "").contains(&"ä".repeat(100)));
    }
}
