//! Contact cards that a program sends (§1.3).

use serde_json::Value;

use super::member::{Member, list};
use crate::domain::program::Fault;

/// The most cards of one message, and the most entries of one of their lists (§4).
const MOST: usize = 257;
/// The longest text of a card.
const LONGEST: usize = 1_024;

/// The lists of a card and what an entry of them may hold.
const LISTS: [(&str, &[&str]); 4] = [
    ("phones", &["phone", "wa_id", "type"]),
    ("emails", &["email", "type"]),
    (
        "addresses",
        &[
            "street",
            "city",
            "state",
            "zip",
            "country",
            "country_code",
            "type",
        ],
    ),
    ("urls", &["url", "type"]),
];
/// The parts of a name beside the whole: WhatsApp wants one of them.
const PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "suffix", "prefix"];

/// Checks cards; gives what there is to read of them.
pub(super) fn check(cards: &Value) -> Result<String, Fault> {
    let cards = list("contacts", cards, MOST)?;
    let lines: Result<Vec<_>, _> = cards.iter().map(card).collect();
    Ok(lines?.join("\n"))
}

fn card(card: &Member<'_>) -> Result<String, Fault> {
    card.only(&[
        "name",
        "phones",
        "emails",
        "addresses",
        "urls",
        "org",
        "birthday",
    ])?;
    let name = name(&card.member("name")?)?;
    card.maybe("birthday", LONGEST)?;
    if let Some(org) = card.optional_member("org")? {
        texts(&org, &["company", "department", "title"])?;
    }
    for (key, known) in LISTS {
        for entry in card.optional_list(key, MOST)? {
            texts(&entry, known)?;
        }
    }
    let phones = card.optional_list("phones", MOST)?;
    let mut line = vec![name];
    for phone in &phones {
        line.extend(phone.maybe("phone", LONGEST)?);
    }
    Ok(line.join(", "))
}

fn name<'a>(name: &Member<'a>) -> Result<&'a str, Fault> {
    let whole = name.text("formatted_name", LONGEST)?;
    let known = [&["formatted_name"][..], &PARTS].concat();
    texts(name, &known)?;
    if !PARTS.iter().any(|part| name.has(part)) {
        let what = "WhatsApp wants a part of the name beside `formatted_name`";
        return Err(Fault::missing(&name.at("first_name"), what));
    }
    Ok(whole)
}

/// An object of texts, each of which may be absent or empty.
fn texts(member: &Member<'_>, known: &[&str]) -> Result<(), Fault> {
    member.only(known)?;
    for key in known.iter().filter(|key| member.has(key)) {
        member.any_text(key, LONGEST)?;
    }
    Ok(())
}
