//! Contact cards.

use serde_json::Value;

use super::present;
use crate::domain::content::{Card, Content};
use crate::whatsapp::wire::element;
use crate::whatsapp::wire::message as wire;

/// The cards that say something; `None` where there is none.
pub(super) fn parse_cards(contacts: &[Value]) -> Option<Content> {
    let cards: Vec<_> = contacts.iter().map(parse_card).collect();
    let cards: Vec<_> = cards
        .into_iter()
        .filter(|c| *c != Card::default())
        .collect();
    (!cards.is_empty()).then_some(Content::Contacts { cards })
}

fn parse_card(raw: &Value) -> Card {
    let contact: wire::SharedContact = element(raw);
    let name = contact.name.unwrap_or_default();
    let parts = [name.first_name.as_ref(), name.last_name.as_ref()];
    let phones = contact.phones.iter().filter_map(|raw| {
        let phone: wire::ContactPhone = element(raw);
        let at_whatsapp = || present(phone.wa_id.as_ref()).map(|id| format!("+{id}"));
        present(phone.phone.as_ref()).or_else(at_whatsapp)
    });
    let emails = contact.emails.iter();
    let emails =
        emails.filter_map(|raw| present(element::<wire::ContactEmail>(raw).email.as_ref()));
    let urls = contact.urls.iter();
    let urls = urls.filter_map(|raw| present(element::<wire::ContactUrl>(raw).url.as_ref()));
    let org = contact.org.unwrap_or_default();
    let work = [&org.company, &org.department, &org.title].map(Option::as_ref);
    Card {
        name: present(name.formatted_name.as_ref()).unwrap_or_else(|| joined(parts, " ")),
        work: Some(joined(work, ", ")).filter(|work| !work.is_empty()),
        phones: phones.collect(),
        emails: emails.collect(),
        addresses: contact.addresses.iter().filter_map(address).collect(),
        urls: urls.collect(),
        birthday: present(contact.birthday.as_ref()),
    }
}

fn address(raw: &Value) -> Option<String> {
    let one: wire::ContactAddress = element(raw);
    let parts = [&one.street, &one.zip, &one.city, &one.state, &one.country];
    let line = joined(parts.map(Option::as_ref), ", ");
    (!line.is_empty()).then_some(line)
}

fn joined<const N: usize>(parts: [Option<&String>; N], between: &str) -> String {
    let said: Vec<_> = parts.into_iter().filter_map(present).collect();
    said.join(between)
}
