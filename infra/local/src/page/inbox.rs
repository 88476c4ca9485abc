//! The agents' inbox, as the page draws it.

use std::collections::BTreeMap;

use bridge_simulators::clock::Clock;
use bridge_simulators::rocketchat::{Line, RoomView, Speaker};
use serde::Serialize;

use super::snapshot::{Inboxes, MOST, Quote, last};
use super::state::Page;
use crate::simulators::{AGENTS, DELIVERED_AFTER_MS};

/// A conversation in the list.
#[derive(Debug, Serialize)]
pub struct Room {
    id: String,
    label: String,
    open: bool,
    agent: Option<String>,
    agent_username: Option<String>,
    waiting: bool,
    last: String,
    at: i64,
    messages: usize,
}

/// A message in a room.
#[derive(Debug, Serialize)]
pub struct Said {
    id: String,
    who: &'static str,
    username: String,
    name: String,
    text: String,
    at: i64,
    quote: Option<Quote>,
    quotes: Option<String>,
    edited: bool,
    file: Option<String>,
    tick: Option<&'static str>,
}

/// The rooms, newest first.
pub fn rooms(page: &Page) -> Vec<Room> {
    let rocketchat = &page.simulators().rocketchat;
    let mut rooms: Vec<RoomView> = rocketchat
        .rooms()
        .into_iter()
        .filter(|room| room.livechat)
        .collect();
    rooms.sort_by_key(|room| std::cmp::Reverse((room.open, room.last_ms)));
    rooms.truncate(MOST);
    let shown = rooms.into_iter().map(|room| {
        let transcript = rocketchat.transcript(&room.id);
        let spoken = transcript
            .iter()
            .rev()
            .find(|line| line.author != Speaker::System);
        Room {
            last: spoken.map(preview).unwrap_or_default(),
            agent: room.served_by.as_deref().map(name_of),
            agent_username: room.served_by,
            id: room.id,
            label: room.label,
            open: room.open,
            waiting: room.waiting,
            at: room.last_ms,
            messages: room.messages,
        }
    });
    shown.collect()
}

fn preview(line: &Line) -> String {
    let text: String = line.text.chars().take(80).collect();
    match &line.file {
        Some(file) if text.is_empty() => file.name.clone(),
        _ => text,
    }
}

/// What stands in a room, oldest first.
pub fn lines(page: &Page, rooms: &[Room], rid: &str, inboxes: &Inboxes) -> Vec<Said> {
    let ticks = ticks(page, inboxes);
    let label = rooms
        .iter()
        .find(|room| room.id == rid)
        .map(|room| room.label.clone());
    let label = label.unwrap_or_default();
    let transcript = page.simulators().rocketchat.transcript(rid);
    let quote = |id: &String| {
        let line = transcript.iter().find(|line| line.id == *id)?;
        Some(Quote {
            who: speaker(line, &label).2,
            text: preview(line),
        })
    };
    let shown = transcript.iter().map(|line| {
        let (who, username, name) = speaker(line, &label);
        Said {
            id: line.id.clone(),
            quote: line.quote.as_ref().and_then(quote),
            quotes: line.quote.clone(),
            tick: (who == "agent").then(|| ticks.get(&line.id).copied().unwrap_or("waiting")),
            who,
            username,
            name,
            text: line.text.clone(),
            at: line.ts_ms,
            edited: line.edited,
            file: line.file.as_ref().map(|file| file.name.clone()),
        }
    });
    last(shown.collect())
}

/// Kind, username and name of whoever wrote a line.
fn speaker(line: &Line, customer: &str) -> (&'static str, String, String) {
    match &line.author {
        Speaker::Visitor => ("customer", String::new(), customer.to_owned()),
        Speaker::Agent(username) => ("agent", username.clone(), name_of(username)),
        Speaker::Bot => ("bot", String::new(), "WhatsApp bridge".to_owned()),
        Speaker::System => ("system", String::new(), String::new()),
    }
}

fn name_of(username: &str) -> String {
    let known = AGENTS.iter().find(|(own, _)| *own == username);
    known.map_or_else(|| username.to_owned(), |(_, name)| (*name).to_owned())
}

/// How far each message of an agent got, by its id in Rocket.Chat; the least far part counts.
fn ticks(page: &Page, inboxes: &Inboxes) -> BTreeMap<String, &'static str> {
    let now = Clock::system().now_ms();
    let read_until = page.recall(|memory| memory.read_until.clone());
    let mut ticks = BTreeMap::new();
    for (customer, inbox) in inboxes {
        let read_until = read_until.get(customer).copied().unwrap_or_default();
        for received in inbox {
            let data = received
                .callback_data
                .as_deref()
                .and_then(|data| data.rsplit_once('#'));
            let Some((id, _)) = data else { continue };
            let tick = match received.at_ms {
                at if at <= read_until => "read",
                at if at + DELIVERED_AFTER_MS <= now => "delivered",
                _ => "sent",
            };
            ticks.insert(id.to_owned(), tick);
        }
    }
    ticks
}
