//! What happens to the functions' calls in a history, and what is seen while they are made.

use std::sync::{Arc, Mutex, PoisonError};

use bridge_harness::{Call, Fault, Function, World};
use bridge_simulators::whatsapp::Customer;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;
use tokio::sync::Notify;

use crate::evidence::{CANARIES, Evidence};
use crate::history::{Faults, History, Letter};
use crate::play::card;

/// The weather of one history.
#[derive(Clone)]
pub struct Weather {
    sky: Arc<Mutex<Sky>>,
    /// Tells when the calls to the neighbours are beyond all measure (I11).
    pub hurricane: Arc<Notify>,
}

struct Sky {
    faults: Faults,
    calls: usize,
    storm_until_ms: Option<i64>,
    dice: Pcg64Mcg,
    needles: Vec<String>,
    bright: bool,
    external: usize,
    most: usize,
    leaks: Vec<String>,
    struck: Vec<(usize, Fault)>,
    queued: Vec<(i64, String)>,
}

/// The faults of `history` begin.
pub fn begin(world: &World, history: &History) -> Weather {
    let people: Vec<_> = (0..history.stage.people).map(|p| card(p, true)).collect();
    let victim = history.faults.victim;
    let needles = victim.map(|(who, _)| names(&people[who.person]));
    let sky = Sky {
        faults: history.faults.clone(),
        calls: 0,
        storm_until_ms: None,
        dice: Pcg64Mcg::seed_from_u64(history.seed),
        needles: needles.unwrap_or_default(),
        bright: false,
        external: 0,
        most: most(history),
        leaks: Vec::new(),
        struck: Vec::new(),
        queued: Vec::new(),
    };
    let weather = Weather {
        sky: Arc::new(Mutex::new(sky)),
        hurricane: Arc::default(),
    };
    let chooser = weather.clone();
    world.effects.choose(move |call| chooser.choose(call));
    weather
}

/// By what a person is named in calls to the neighbours: the name, and the number or user id in
/// 360dialog's sends. The visitors' tokens are learnt from the calls that introduce them.
fn names(card: &Customer) -> Vec<String> {
    let addresses = [&card.phone, &card.user_id].into_iter().flatten();
    std::iter::once(&card.name)
        .chain(addresses)
        .cloned()
        .collect()
}

/// The token of a visitor who is introduced by a call.
fn introduced(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body["visitor"]["token"].as_str()?.to_owned())
}

/// How many calls to the neighbours a history may cost: some for everything that people do, and
/// for each contact as many tries as the retry clock makes while a neighbour is down (I11).
fn most(history: &History) -> usize {
    // an hour of tries a minute apart at most, then every four minutes (`queue::backoff`)
    let tries_in =
        |ms: u64| usize::try_from(ms / 240_000 + (ms / 60_000).min(50) + 14).unwrap_or(0);
    let outages = history.steps.iter().filter_map(|step| match step.letter {
        Letter::Outage(_, _, ms) | Letter::KeyRefused(ms) => Some(tries_in(ms)),
        // without agents each contact looks for one every five minutes
        Letter::Agents(false) => Some(400),
        _ => None,
    });
    let strangers = history.steps.iter().map(|step| match step.letter {
        Letter::Sends(audience) => audience.strangers + history.stage.people,
        _ => 0,
    });
    let strangers: usize = strangers.sum();
    let contacts = history.stage.people * history.stage.numbers + strangers;
    let spans: u64 = history.steps.iter().map(|step| step.after_ms).sum();
    let tries: usize = outages.sum::<usize>() + tries_in(spans.min(3_600_000));
    100 + history.steps.len() * 10 + contacts * tries * 3
}

impl Weather {
    /// No faults from now on; what is seen is still noted.
    pub fn end(&self) {
        self.sky().bright = true;
    }

    /// Notes what was seen of the calls.
    pub fn report(&self, evidence: &mut Evidence) {
        let sky = self.sky();
        evidence.leaks.clone_from(&sky.leaks);
        evidence.external = sky.external;
        evidence.choices = sky.calls;
        evidence.share = sky.external * 100 / sky.most;
        evidence.struck.clone_from(&sky.struck);
        evidence.queued.clone_from(&sky.queued);
        evidence.hurricane = (sky.external > sky.most).then_some(sky.external);
    }

    fn choose(&self, call: &Call<'_>) -> Option<Fault> {
        let mut sky = self.sky();
        let fault = self.decide(&mut sky, call);
        if call.what == "sqs SendMessageBatch" {
            sky.look_at(call.body, fault, call.at_ms);
        }
        fault
    }

    fn decide(&self, sky: &mut Sky, call: &Call<'_>) -> Option<Fault> {
        // tries of callbacks have a bound of their own (`check::callbacks`)
        let neighbour = !call.uri.is_empty() && !call.uri.starts_with(World::ENDPOINT);
        sky.external += usize::from(neighbour);
        if sky.external > sky.most {
            self.hurricane.notify_one();
        }
        if sky.bright {
            return None;
        }
        sky.calls += 1;
        sky.point()
            .or_else(|| sky.storm(call))
            .or_else(|| sky.victim(call))
    }

    fn sky(&self) -> std::sync::MutexGuard<'_, Sky> {
        self.sky.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sky {
    fn point(&self) -> Option<Fault> {
        let points = &self.faults.points;
        points
            .iter()
            .find(|(n, _)| *n == self.calls)
            .map(|(_, fault)| *fault)
    }

    fn storm(&mut self, call: &Call<'_>) -> Option<Fault> {
        let storm = self.faults.storm.filter(|storm| self.calls >= storm.from)?;
        let until = *self.storm_until_ms.get_or_insert(call.at_ms + storm.for_ms);
        let struck = call.at_ms < until && self.dice.random_range(0..1000) < storm.per_mille;
        let fault = struck.then(|| ANY[self.dice.random_range(0..ANY.len())])?;
        self.struck.push((self.calls, fault));
        Some(fault)
    }

    fn victim(&mut self, call: &Call<'_>) -> Option<Fault> {
        let (_, fault) = self.faults.victim?;
        let worker = matches!(call.function, Function::ToRocketchat | Function::ToWhatsapp);
        let body = String::from_utf8_lossy(call.body);
        let named = |needle: &String| call.uri.contains(needle) || body.contains(needle);
        let external = !call.uri.is_empty();
        if !(worker && external && self.needles.iter().any(named)) {
            return None;
        }
        self.needles.extend(introduced(&body));
        Some(fault)
    }

    /// Looks for leaks in a batch for the queues, and notes what the queue takes of it.
    fn look_at(&mut self, body: &[u8], fault: Option<Fault>, at_ms: i64) {
        let Ok(call) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        let entries = call["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        let taken = match fault {
            None | Some(Fault::After | Fault::Slow) => entries.len(),
            Some(Fault::Partial) => entries.len().saturating_sub(1),
            Some(_) => 0,
        };
        for entry in &entries[..taken] {
            let body = entry["MessageBody"].as_str().unwrap_or_default();
            self.queued.push((at_ms, body.to_owned()));
        }
        for entry in entries {
            for name in [
                "MessageGroupId",
                "MessageDeduplicationId",
                "MessageAttributes",
            ] {
                let text = entry[name].to_string();
                if CANARIES.iter().any(|canary| text.contains(canary)) {
                    self.leaks.push(format!("{name} {text}"));
                }
            }
        }
    }
}

/// What may strike in a storm.
const ANY: [Fault; 9] = [
    Fault::Kill,
    Fault::Before,
    Fault::Before,
    Fault::After,
    Fault::After,
    Fault::Slow,
    Fault::Refuse,
    Fault::Partial,
    Fault::Panic,
];
