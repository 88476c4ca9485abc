//! The whole picture at one moment, as the page draws it.

use std::collections::BTreeMap;

use bridge_simulators::whatsapp::Received;
use serde::Serialize;

use super::View;
use super::inbox::{self, Room, Said};
use super::phone::{self, Bubble, Customer};
use super::state::Page;
use crate::embedded::QUEUES;
use crate::simulators::AGENTS;

/// Most lines of a chat or room, and most rooms, that are shown.
pub const MOST: usize = 200;

/// What each customer's phone has received, by the customer's key.
pub type Inboxes = BTreeMap<String, Vec<Received>>;

/// Everything that the page shows.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    business: String,
    number: String,
    agents: Vec<Agent>,
    customers: Vec<Customer>,
    chat: Vec<Bubble>,
    window_closed: bool,
    rooms: Vec<Room>,
    lines: Vec<Said>,
    status: Status,
}

#[derive(Debug, Serialize)]
struct Agent {
    username: &'static str,
    name: &'static str,
}

/// What a message answers to.
#[derive(Clone, Debug, Serialize)]
pub struct Quote {
    /// Who wrote it.
    pub who: String,
    /// What it says.
    pub text: String,
}

#[derive(Debug, Serialize)]
struct Status {
    queues: Vec<(String, usize)>,
    parked: usize,
    calls_whatsapp: u64,
    calls_rocketchat: u64,
    rocketchat_down: bool,
    losing: bool,
    agents_online: bool,
}

/// Takes the picture that `view` looks at.
pub async fn take(page: &Page, view: &View) -> Snapshot {
    let parked = page.parked().await;
    let whatsapp = &page.simulators().whatsapp;
    let inboxes: Inboxes = whatsapp
        .customers()
        .into_iter()
        .map(|(key, _)| (key.clone(), whatsapp.inbox(&key)))
        .collect();
    let rooms = inbox::rooms(page);
    let business = page.recall(|memory| memory.business.clone());
    let window_closed = page.recall(|memory| memory.closed_windows.contains(&view.customer));
    Snapshot {
        business,
        number: page.number().unwrap_or_default(),
        agents: AGENTS
            .map(|(username, name)| Agent { username, name })
            .into(),
        customers: phone::customers(page, &inboxes),
        chat: phone::chat(page, &view.customer, &inboxes),
        window_closed,
        lines: inbox::lines(page, &rooms, &view.room, &inboxes),
        rooms,
        status: status(page, parked),
    }
}

fn status(page: &Page, parked: usize) -> Status {
    let simulators = page.simulators();
    let losing = page.is_losing();
    let (down, away) = page.recall(|memory| (memory.rocketchat_down, memory.agents_away));
    let depth = |queue: &str| page.sqs().depth(queue);
    let name = |queue: &str| queue.trim_end_matches(".fifo").to_owned();
    Status {
        queues: QUEUES
            .iter()
            .map(|(queue, _)| (name(queue), depth(queue)))
            .collect(),
        parked,
        calls_whatsapp: simulators.whatsapp.calls().values().sum(),
        calls_rocketchat: simulators.rocketchat.calls().values().sum(),
        rocketchat_down: down,
        losing,
        agents_online: !away,
    }
}

/// The newest of them.
pub fn last<T>(mut all: Vec<T>) -> Vec<T> {
    let from = all.len().saturating_sub(MOST);
    all.split_off(from)
}
