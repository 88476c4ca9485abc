//! A customer's phone, as the page draws it.

use std::collections::BTreeMap;

use bridge_simulators::whatsapp::Received;
use serde::Serialize;

use super::snapshot::{Inboxes, Quote, last};
use super::state::Page;

/// Somebody with a phone.
#[derive(Debug, Serialize)]
pub struct Customer {
    key: String,
    name: String,
    phone: String,
    unread: usize,
}

/// A message on a phone.
#[derive(Debug, Serialize)]
pub struct Bubble {
    id: String,
    mine: bool,
    kind: String,
    text: String,
    at: i64,
    quote: Option<Quote>,
    reaction: Option<String>,
    tick: Option<&'static str>,
}

/// The customers by name.
pub fn customers(page: &Page, inboxes: &Inboxes) -> Vec<Customer> {
    let read_until = page.recall(|memory| memory.read_until.clone());
    let known = page.simulators().whatsapp.customers().into_iter();
    let mut all: Vec<_> = known
        .map(|(key, card)| {
            let until = read_until.get(&key).copied().unwrap_or_default();
            let inbox = inboxes.get(&key).map(Vec::as_slice).unwrap_or_default();
            Customer {
                unread: inbox
                    .iter()
                    .filter(|received| received.at_ms > until)
                    .count(),
                phone: card
                    .phone
                    .map_or_else(String::new, |phone| format!("+{phone}")),
                name: card.name,
                key,
            }
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// One customer's chat, oldest first.
pub fn chat(page: &Page, customer: &str, inboxes: &Inboxes) -> Vec<Bubble> {
    let whatsapp = &page.simulators().whatsapp;
    let waiting: Vec<String> = whatsapp
        .undelivered()
        .iter()
        .map(|webhook| webhook.body.to_string())
        .collect();
    let number = page.number().unwrap_or_default();
    let read: Vec<String> = whatsapp
        .read_marks(&number)
        .into_iter()
        .map(|mark| mark.wamid)
        .collect();
    let theirs = inboxes.get(customer).cloned().unwrap_or_default();
    let own = whatsapp.said(customer);
    let mut all: Vec<(bool, Received)> = theirs.into_iter().map(|item| (false, item)).collect();
    all.extend(own.into_iter().map(|item| (true, item)));
    all.sort_by_key(|(_, item)| item.at_ms);
    let reactions = reactions(&all);
    let tick = |wamid: &String| match () {
        () if read.contains(wamid) => "read",
        () if waiting.iter().any(|body| body.contains(wamid)) => "sent",
        () => "delivered",
    };
    let shown = all.iter().filter(|(_, item)| item.kind != "reaction");
    let shown = shown.map(|(mine, item)| Bubble {
        id: item.wamid.clone(),
        mine: *mine,
        kind: item.kind.clone(),
        text: item.text.clone().unwrap_or_default(),
        at: item.at_ms,
        quote: item.context.as_ref().and_then(|id| quoted(page, &all, id)),
        reaction: reactions
            .get(item.wamid.as_str())
            .map(|emoji| (*emoji).to_owned()),
        tick: mine.then(|| tick(&item.wamid)),
    });
    last(shown.collect())
}

/// The latest reaction to each message.
fn reactions(all: &[(bool, Received)]) -> BTreeMap<&str, &str> {
    all.iter()
        .filter(|(_, item)| item.kind == "reaction")
        .filter_map(|(_, item)| {
            let target = item.body["reaction"]["message_id"].as_str()?;
            Some((target, item.text.as_deref()?))
        })
        .collect()
}

fn quoted(page: &Page, all: &[(bool, Received)], wamid: &str) -> Option<Quote> {
    let (mine, item) = all.iter().find(|(_, item)| item.wamid == wamid)?;
    let who = match mine {
        true => "You".to_owned(),
        false => page.recall(|memory| memory.business.clone()),
    };
    Some(Quote {
        who,
        text: item.text.clone().unwrap_or_else(|| item.kind.clone()),
    })
}
