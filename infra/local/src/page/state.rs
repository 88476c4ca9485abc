//! What the page remembers beside the simulators: who read what, and which faults are on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge_simulators::aws::Sqs;
use bridge_simulators::rocketchat::Outage;
use bridge_simulators::whatsapp::SendFault;
use tokio::sync::watch;

use crate::bundle::Bundle;
use crate::simulators::{AGENTS, Shop, Simulators};

/// How old the count of parked messages may be.
const PARKED_AGE: Duration = Duration::from_secs(1);

/// The page; clones are the same page.
#[derive(Clone)]
pub struct Page(Arc<Inner>);

struct Inner {
    simulators: Simulators,
    app: Arc<App>,
    sqs: Sqs,
    memory: Mutex<Memory>,
    changed: watch::Sender<u64>,
    closing: watch::Receiver<bool>,
}

/// What only the page knows.
#[derive(Debug, Default)]
pub struct Memory {
    /// The number that the phones write to.
    pub number: String,
    /// The name of its connection.
    pub business: String,
    /// Per customer: when the chat was last looked at, in ms since 1970.
    pub read_until: BTreeMap<String, i64>,
    /// Customers whose 24-hour window was closed by hand.
    pub closed_windows: BTreeSet<String>,
    /// Rocket.Chat is out of order.
    pub rocketchat_down: bool,
    /// Nobody is there.
    pub agents_away: bool,
    /// How many sends 360dialog had seen when the loss of the next answer was ordered.
    lose_from: Option<u64>,
    parked: Option<(Instant, usize)>,
}

impl Page {
    /// The page of a bundle with simulators.
    pub fn new(bundle: &Bundle, simulators: Simulators, closing: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Inner {
            simulators,
            app: bundle.app.clone(),
            sqs: bundle.embedded.models.sqs.clone(),
            memory: Mutex::default(),
            changed: watch::Sender::new(0),
            closing,
        }))
    }

    /// The neighbours that it drives.
    pub fn simulators(&self) -> &Simulators {
        &self.0.simulators
    }

    /// Sets whom the phones write to.
    pub fn set_shop(&self, shop: Shop) {
        self.change(|memory| {
            memory.number = shop.number;
            memory.business = shop.name;
        });
    }

    /// The number that the phones write to; `None` while there is none yet.
    pub fn number(&self) -> Option<String> {
        let number = self.recall(|memory| memory.number.clone());
        Some(number).filter(|number| !number.is_empty())
    }

    /// The queues.
    pub fn sqs(&self) -> &Sqs {
        &self.0.sqs
    }

    /// Changes when the queues do.
    pub fn queues_changed(&self) -> watch::Receiver<u64> {
        self.0.sqs.changed()
    }

    /// Changes when the page's own memory does.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Whether the bundle closes.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.clone()
    }

    /// Reads the memory. `work` must not ask the page for more of it.
    pub fn recall<T>(&self, work: impl FnOnce(&Memory) -> T) -> T {
        work(&self.memory())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the memory and tells the browsers.
    pub fn change<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        let done = work(&mut self.memory());
        self.0.changed.send_modify(|version| *version += 1);
        done
    }

    /// Puts Rocket.Chat out of order, or back in order.
    pub fn set_rocketchat_down(&self, down: bool) {
        let outage = down.then_some(Outage::Status(503));
        self.simulators().rocketchat.outage(outage);
        self.change(|memory| memory.rocketchat_down = down);
    }

    /// Sends the agents home, or back to work.
    pub fn set_agents_online(&self, online: bool) -> Result<(), String> {
        for (username, _) in AGENTS {
            self.simulators()
                .rocketchat
                .set_agent_online(username, online)?;
        }
        self.change(|memory| memory.agents_away = !online);
        Ok(())
    }

    /// 360dialog takes the next message, and its answer is lost.
    pub fn lose_next_answer(&self) {
        if !self.is_losing() {
            self.simulators()
                .whatsapp
                .fail_next_send(SendFault::LoseAnswer);
            let from = self.sends();
            self.change(|memory| memory.lose_from = Some(from));
        }
    }

    /// Whether a loss is ordered that has not happened yet.
    pub fn is_losing(&self) -> bool {
        let sends = self.sends();
        self.recall(|memory| memory.lose_from.is_some_and(|from| sends <= from))
    }

    fn sends(&self) -> u64 {
        let calls = self.simulators().whatsapp.calls();
        calls.get("POST /messages").copied().unwrap_or_default()
    }

    /// How many messages are parked, as it was at most a second ago.
    pub async fn parked(&self) -> usize {
        let known = self.recall(|memory| memory.parked);
        if let Some((_, count)) = known.filter(|(at, _)| at.elapsed() < PARKED_AGE) {
            return count;
        }
        let found = self.0.app.store.list_parked(1000, Timestamp::now()).await;
        let count = found.map_or(0, |found| found.len());
        self.memory().parked = Some((Instant::now(), count));
        count
    }
}
