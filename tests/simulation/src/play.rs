//! Plays a history in a world, and brings home the evidence.

use std::collections::BTreeSet;
use std::time::Duration;

use bridge::domain::settings::{
    EditedMessages, OutsideWindow, Settings, UndeliverableNotice, UnknownOutcome,
};
use bridge_harness::{Function, Run, Setup, World};
use bridge_simulators::endpoint::Manner;
use bridge_simulators::rocketchat::Version;
use bridge_simulators::whatsapp::{Customer, Refusing};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::evidence::{self, Evidence};
use crate::history::{
    Answer, Choices, History, Letter, Mishap, Neighbour, Queue, Saying, SendMishap, Stage, Step,
    Who,
};
use crate::weather::{self, Weather};

mod machinery;
mod neighbours;
mod people;
mod sends;

/// A convergence must be over this long after the last fault (I12).
pub const CONVERGED: Duration = Duration::from_secs(15 * 60);
/// The same after an outage of more than a day.
pub const CONVERGED_LATE: Duration = Duration::from_secs(30 * 60);
/// How often the tick comes.
const TICK: Duration = Duration::from_secs(300);
/// How much longer a file may take that has to be looked up: its number has four failing look-ups an
/// hour (reference: 360dialog, §1.5), and a file that is gone takes two of them.
const RATION: Duration = Duration::from_secs(150 * 60);
/// How long the neighbours may go on repeating what they tell.
const SETTLED: Duration = Duration::from_secs(20 * 86_400);

/// Plays `history` in a runtime of its own.
pub fn play(history: &History) -> Evidence {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = World::with(setup(history)).await;
        if history.stage.reopens || history.sends() || history.posts() {
            world.read_templates().await;
            world.api_key(&["bulk"]).await;
            world.effects.clear();
        }
        let weather = weather::begin(&world, history);
        let mut play = Play {
            world: &world,
            run: Run::new(&world),
            stage: &history.stage,
            evidence: Evidence::default(),
            ends: Vec::new(),
            outages: 0,
            away_since: None,
            off: BTreeSet::new(),
        };
        play.introduce(history);
        tokio::select! {
            biased;
            () = weather.hurricane.notified() => {}
            () = play.all(history, &weather) => {}
        }
        let mut evidence = play.evidence;
        drop(play.run);
        weather.report(&mut evidence);
        evidence::collect(&world, evidence).await
    })
}

fn setup(history: &History) -> Setup {
    let stage = &history.stage;
    let mut whatsapp = bridge_simulators::whatsapp::Options {
        statuses_out_of_order: stage.statuses_backwards,
        user_ids: false,
        ..bridge_simulators::whatsapp::Options::default()
    };
    if stage.refusal_by_status {
        whatsapp.window_refusal = Refusing::ByStatus;
    }
    let (greetings, reopens) = (stage.greetings, stage.reopens);
    Setup {
        version: match stage.rocketchat {
            6 => Version::V6_0,
            7 => Version::V7,
            _ => Version::V8,
        },
        rate_limiter: stage.limiter,
        settings: settings(stage.choices, stage.called_back),
        bus: stage.called_back,
        connection: Box::new(move |connection| {
            let text = |what: &str| greetings.then(|| format!("{what} {}", connection.id));
            let texts = [text("Welcome"), text("Finished"), text("Nobody here")];
            let [welcome, finished, offline] = texts;
            connection.welcome_message = welcome;
            connection.conversation_finished_message = finished;
            connection.offline_message = offline;
            connection.reopen_template = reopens.then(|| reopening(connection.id.as_str()));
        }),
        whatsapp,
        seed: history.seed,
        concurrency: 10,
        connections: stage.numbers,
        ..Setup::default()
    }
}

/// The template that re-opens a conversation: it names the customer and the number.
fn reopening(connection: &str) -> String {
    let texts = ["{{contact.name|you}}", connection];
    let parameters = texts.map(|text| json!({ "type": "text", "text": text }));
    let body = json!({ "name": "order_confirmation", "language": { "code": "de" },
        "components": [{ "type": "body", "parameters": parameters }] });
    body.to_string()
}

fn settings(choices: Choices, called_back: bool) -> Settings {
    let url = if called_back { World::ENDPOINT } else { "" };
    Settings {
        message_status_endpoint_url: url.to_owned(),
        unknown_outcome: if choices.resend {
            UnknownOutcome::Resend
        } else {
            UnknownOutcome::Tell
        },
        outside_window: if choices.refuse {
            OutsideWindow::Refuse
        } else {
            OutsideWindow::Hold
        },
        undeliverable_notice: UndeliverableNotice {
            enabled: choices.notices,
            text: String::new(),
        },
        edited_messages: if choices.corrects {
            EditedMessages::Resend
        } else {
            EditedMessages::Tell
        },
        held_max_age_hours: if choices.brief { 1 } else { 24 },
        // also what WhatsApp does not take
        accepted_media_types: String::new(),
        ..Settings::default()
    }
}

/// What ends by itself after a while.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Rocketchat,
    Whatsapp,
    Gathering,
    Endpoint,
}

struct Play<'a> {
    world: &'a World,
    run: Run<'a>,
    stage: &'a Stage,
    evidence: Evidence,
    ends: Vec<(Instant, End)>,
    /// The longest outage so far, in ms; time without agents counts too.
    outages: u64,
    away_since: Option<Instant>,
    /// Numbers that are switched off.
    off: BTreeSet<usize>,
}

impl Play<'_> {
    /// Every person has a phone; the first knows user ids, the second is known by number only.
    fn introduce(&mut self, history: &History) {
        for person in 0..self.stage.people {
            self.world.whatsapp.customer_with(card(person, person != 1));
        }
        let strangers = history.steps.iter().map(|step| match step.letter {
            Letter::Sends(audience) => audience.strangers,
            _ => 0,
        });
        for n in 0..strangers.max().unwrap_or(0) {
            self.world.whatsapp.customer_with(stranger(n));
        }
        if history.stops_numbers() {
            // a send to many waits for the number's circuit, which is tried every 15 minutes
            self.evidence.announce(16 * 60 * 1_000);
        }
        self.evidence.people = (0..self.stage.people).map(|p| card(p, true)).collect();
        self.evidence.seen(self.stage.choices);
        self.evidence.called_back = self.stage.called_back;
    }

    async fn all(&mut self, history: &History, weather: &Weather) {
        let mut at = Instant::now();
        for step in &history.steps {
            at += Duration::from_millis(step.after_ms);
            self.until(at).await;
            self.perform(step.letter).await;
            self.one_room_each(false);
        }
        // a storm is part of the history even where it outlasts the steps
        let storm = history.faults.storm.map_or(0, |storm| storm.for_ms);
        let storm = Duration::from_millis(storm.unsigned_abs());
        let victim = history.faults.victim.map(|_| Duration::from_secs(60));
        let rest = self.ends.iter().map(|(at, _)| *at).max();
        let end = rest
            .unwrap_or(at)
            .max(at + storm + victim.unwrap_or_default());
        self.until(end).await;
        self.calm(weather).await;
        self.converge(history.seed).await;
    }

    /// Lets the world go on until then, and ends what ends on the way.
    async fn until(&mut self, at: Instant) {
        loop {
            self.ends.sort_by_key(|(end, _)| *end);
            let next = self.ends.first().map(|(end, _)| *end);
            let stop = next.unwrap_or(at).min(at);
            self.run.until(stop).await;
            if Instant::now() < stop {
                self.world.sleep(stop - Instant::now()).await;
            }
            match next.filter(|end| *end <= at) {
                Some(_) => {
                    let (_, end) = self.ends.remove(0);
                    self.end(end);
                }
                None => return,
            }
        }
    }

    fn end(&mut self, end: End) {
        match end {
            End::Rocketchat => self.world.rocketchat.outage(None),
            End::Whatsapp => self.world.whatsapp.outage(None),
            End::Endpoint => self.world.endpoint.set_manner(Manner::Takes),
            End::Gathering => {
                self.world.whatsapp.hold_webhooks(false);
            }
        }
    }

    fn ends_in(&mut self, ms: u64, end: End) {
        self.ends
            .push((Instant::now() + Duration::from_millis(ms), end));
    }

    /// Everything is well from now on.
    async fn calm(&mut self, weather: &Weather) {
        let world = self.world;
        weather.end();
        world.whatsapp.tune(|options| options.statuses = true);
        world.whatsapp.shuffle(None);
        world.whatsapp.clear_faults();
        world.rocketchat.clear_faults();
        world.endpoint.set_manner(Manner::Takes);
        // an operator switches on again what had answered 410
        let app = world.app();
        app.store.switch_endpoint_on().await.expect("endpoint");
        for queue in Queue::ALL {
            world.skew(queue.function(), 0);
        }
        for number in 0..self.stage.numbers {
            self.enable(number, true).await;
        }
        self.agents(true);
        self.evidence.calm_ms = world.now().millis();
    }

    /// The queues run empty, then the neighbours stop telling.
    async fn converge(&mut self, seed: u64) {
        let world = self.world;
        let limit = if self.outages > 86_400_000 {
            CONVERGED_LATE
        } else {
            CONVERGED
        };
        let begin = Instant::now();
        let announced = Duration::from_millis(self.evidence.announced_ms);
        let end = begin + limit + announced;
        // the tick comes every five minutes; where it has nothing to look for it does nothing
        self.ticks(begin + TICK).await;
        self.until(end - Duration::from_secs(240)).await;
        self.parks().await;
        self.until(end).await;
        let old = |message: &bridge_simulators::aws::Held| message.sent_ms <= self.evidence.calm_ms;
        // callbacks have a clock of their own: days
        let names = world.aws.sqs.names().into_iter();
        for queue in names.filter(|name| name != "callbacks") {
            let left = world.aws.sqs.messages(&queue);
            let left = left
                .iter()
                .filter(|message| old(message) && !is_rationed(message));
            self.evidence
                .late
                .extend(left.map(|m| format!("{queue}: received {} times", m.receive_count)));
        }
        let items = world.aws.dynamodb.items("bridge").expect("items");
        let waits = |item: &Value| evidence::is_held(item) || evidence::is_due(item);
        self.evidence.waiting = items.into_iter().filter(waits).collect();
        self.life(seed).await;
        self.rations(begin + limit + announced).await;
        self.evidence.settled = self.run.until(Instant::now() + SETTLED).await;
        self.parks().await;
        let parked = !self.world.parked().await.is_empty();
        self.one_room_each(parked);
    }

    /// A file whose number used up its look-ups follows within the hour for which they count.
    async fn rations(&mut self, end: Instant) {
        let held = |world: &World| {
            let left = world.aws.sqs.messages("inbound.fifo").into_iter();
            left.filter(is_rationed).collect::<Vec<_>>()
        };
        if held(self.world).is_empty() {
            return;
        }
        self.until(end + RATION).await;
        let left = held(self.world).into_iter();
        let left = left.filter(|message| message.sent_ms <= self.evidence.calm_ms);
        let late = left.map(|m| format!("a file: received {} times", m.receive_count));
        self.evidence.late.extend(late);
    }

    /// A sign of life: customers write and are answered, and nothing stands in the way any more. One
    /// contact in most histories (which one, the seed decides), everybody in every eighth.
    async fn life(&mut self, seed: u64) {
        self.evidence.life = (self.evidence.said.len(), self.evidence.answered.len());
        let contacts = self.stage.people * self.stage.numbers;
        let chosen = usize::try_from(seed / 8).unwrap_or(0) % contacts;
        for person in 0..self.stage.people {
            for number in 0..self.stage.numbers {
                let who = Who { person, number };
                if !seed.is_multiple_of(8) && person * self.stage.numbers + number != chosen {
                    continue;
                }
                self.perform(Letter::Says(who, Saying::Text)).await;
                // a limiter lets few new visitors pass in a minute
                self.until(Instant::now() + Duration::from_secs(120)).await;
                self.perform(Letter::Answers(who, Answer::Text)).await;
                self.until(Instant::now() + Duration::from_secs(5)).await;
            }
        }
    }

    /// The tick: as often as it takes to look into every room, where an event was lost or a message is
    /// held; else once, for dead letters.
    async fn ticks(&mut self, mut at: Instant) {
        self.until(at).await;
        if !self.has_loose_ends() {
            return self.parks().await;
        }
        for _ in 0..5 {
            self.until(at).await;
            self.evidence.ticks.push(self.world.now().millis());
            self.world.tick().await;
            at += TICK;
        }
        self.until(at).await;
    }

    /// Whether Rocket.Chat lost an event, or a message is held.
    fn has_loose_ends(&self) -> bool {
        let left = self.world.leftovers();
        let items = self.world.aws.dynamodb.items("bridge").expect("items");
        let lost = left.iter().any(|line| line.starts_with("event lost"));
        lost || items.iter().any(evidence::is_held)
    }

    /// The tick, where a dead-letter queue holds something.
    async fn parks(&self) {
        let sqs = &self.world.aws.sqs;
        let dead = sqs
            .names()
            .into_iter()
            .filter(|name| name.contains("-dead"));
        if dead.into_iter().any(|name| sqs.depth(&name) > 0) {
            self.world.tick().await;
        }
    }

    /// At most one open room per contact, at any time (I15).
    fn one_room_each(&mut self, parked: bool) {
        let rooms = self.world.rocketchat.rooms();
        for person in 0..self.stage.people {
            for number in 0..self.stage.numbers {
                let who = Who { person, number };
                let people = &self.evidence.people;
                let open = rooms.iter().filter(|room| {
                    room.open && evidence::is_room_of(self.world, room, people, who)
                });
                let open = open.count();
                // until WhatsApp's word for it is worked off, a new name is somebody new
                let renamed = self.evidence.renamed[person] != (0, 0);
                if open > 1 && (!renamed || (self.evidence.settled && !parked)) {
                    self.evidence.rooms_at_once.push((who, open));
                }
            }
        }
    }
}

/// A person's card: odd names and numbers, so that they are found wherever they should not be.
pub fn card(person: usize, with_user_id: bool) -> Customer {
    Customer {
        name: format!("Zqname{person}"),
        phone: Some(format!("1650999000{person}")),
        user_id: with_user_id.then(|| format!("US.88877766600{person}")),
        username: None,
    }
}

/// The card of somebody who never wrote.
pub fn stranger(n: usize) -> Customer {
    Customer {
        name: format!("Zqnamestranger{n}"),
        phone: Some(format!("16509990001{n:03}")),
        user_id: None,
        username: None,
    }
}

impl History {
    /// Whether a program sends templates.
    fn sends(&self) -> bool {
        let mut letters = self.steps.iter().map(|step| step.letter);
        letters.any(|letter| matches!(letter, Letter::Sends(_)))
    }

    /// Whether a program writes to somebody.
    fn posts(&self) -> bool {
        let mut letters = self.steps.iter().map(|step| step.letter);
        letters.any(|letter| matches!(letter, Letter::Posts(_)))
    }

    /// Whether a send to many may meet a number that is refused.
    fn stops_numbers(&self) -> bool {
        let stops = |step: &Step| {
            matches!(
                step.letter,
                Letter::KeyRefused(_)
                    | Letter::Send(SendMishap::Refuse(131_042))
                    | Letter::Outage(Neighbour::Whatsapp, Mishap::Unauthorized, _)
                    | Letter::ChangesKey(_)
            )
        };
        self.sends() && self.steps.iter().any(stops)
    }
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Inbound,
        Self::Outbound,
        Self::Statuses,
        Self::Bulk,
        Self::Callbacks,
    ];

    /// The queue's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound.fifo",
            Self::Outbound => "outbound.fifo",
            Self::Statuses => "statuses",
            Self::Bulk => "bulk",
            Self::Callbacks => "callbacks",
        }
    }

    /// Its worker.
    pub fn function(self) -> Function {
        match self {
            Self::Inbound => Function::ToRocketchat,
            Self::Outbound | Self::Bulk => Function::ToWhatsapp,
            Self::Statuses => Function::StatusFanout,
            Self::Callbacks => Function::CallbackSender,
        }
    }
}

/// A file that follows: it may wait for its number's look-ups.
fn is_rationed(message: &bridge_simulators::aws::Held) -> bool {
    message.body.contains(r#""task":"MediaV1""#)
}
