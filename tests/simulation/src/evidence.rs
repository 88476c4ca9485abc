//! What a history leaves behind: who said what, what the doors answered, what everybody saw.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use bridge::domain::ids::VisitorToken;
use bridge::store::{Parked, keys};
use bridge_harness::{DoorCall, Effect, Fault, World};
use bridge_simulators::endpoint::Received;
use bridge_simulators::rocketchat::{Line, RoomView};
use bridge_simulators::whatsapp::{Accepted, Customer};
use serde_json::Value;

use crate::ears;
use crate::history::{Ask, Choices, Who};

/// What must not be seen in logs, queue attributes, or after its time in the table: the beginnings
/// of numbers, user ids, names, texts and keys.
pub const CANARIES: [&str; 7] = [
    "1650999000",
    "88877766600",
    "Zqname",
    "zqwordly",
    "api-key-of-the-tests",
    "b360_key_of_the_tests",
    // the number in a wamid, base 64
    "MTY1MDk5OTAw",
];
/// After this time nothing personal may be left (I14): the longest retention and 48 hours.
const FORGOTTEN: Duration = Duration::from_secs((365 + 2) * 86_400 + 3_600);

/// A customer's message.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whose.
    pub who: Who,
    /// WhatsApp's id.
    pub wamid: String,
    /// The word by which it is known everywhere.
    pub token: String,
    /// It is a file that 360dialog has; the word stands in it too.
    pub file: bool,
    /// How many other numbers and user ids the person had had by then.
    pub names: (usize, usize),
}

/// An agent's message.
#[derive(Clone, Debug)]
pub struct Answered {
    /// To whom.
    pub who: Who,
    /// Rocket.Chat's id.
    pub id: String,
    /// The room.
    pub room: String,
    /// The word by which it is known everywhere.
    pub token: String,
    /// The words that replaced it.
    pub edits: Vec<String>,
}

/// An agent's command.
#[derive(Clone, Debug)]
pub struct Asked {
    /// In whose room.
    pub who: Who,
    /// Rocket.Chat's id.
    pub id: String,
    /// What.
    pub ask: Ask,
}

/// A template that a program sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// From this number.
    pub number: usize,
    /// To these phones.
    pub phones: Vec<String>,
    /// The word by which it is known everywhere.
    pub token: String,
    /// The request.
    pub body: Value,
    /// When it was made, in ms since 1970.
    pub at_ms: i64,
}

/// A program's message through the API.
#[derive(Clone, Debug)]
pub struct Posted {
    /// To whom.
    pub who: Who,
    /// The word by which it is known everywhere.
    pub token: String,
}

/// Everything about a history that the checks need.
#[derive(Default)]
pub struct Evidence {
    /// The people.
    pub people: Vec<Customer>,
    /// What customers said, in order.
    pub said: Vec<Said>,
    /// What agents said, in order.
    pub answered: Vec<Answered>,
    /// When an agent last changed a message, in ms since 1970.
    pub changed_ms: i64,
    /// What agents asked of us, in order.
    pub asked: Vec<Asked>,
    /// When the tick came after the last fault, in ms since 1970.
    pub ticks: Vec<i64>,
    /// What was held behind them, and by what it is found.
    pub waiting: Vec<Value>,
    /// How long messages may be held by the settings at the end, in ms.
    pub held_for_ms: i64,
    /// What programs sent, in order.
    pub sent: Vec<Order>,
    /// What programs wrote, in order.
    pub posted: Vec<Posted>,
    /// Messages that stood in the queue without a door: wamid, beginning, end.
    pub enqueued: Vec<(String, u64, u64)>,
    /// Statuses that stood in the queue without a door: wamid, word, ms since 1970.
    pub told: Vec<(String, String, i64)>,
    /// What the doors answered to wrong secrets.
    pub forged: Vec<u16>,
    /// API keys that came later.
    pub keys: Vec<String>,
    /// Tasks of the future.
    pub future: Vec<String>,
    /// Contacts with several open rooms.
    pub rooms_at_once: Vec<(Who, usize)>,
    /// How many had been said and answered before the sign of life at the end.
    pub life: (usize, usize),
    /// What stood in the queues longer than it may.
    pub late: Vec<String>,
    /// The world came to rest.
    pub settled: bool,
    /// When the last fault ended, in ms since 1970.
    pub calm_ms: i64,
    /// The longest wait that a neighbour announced, in ms.
    pub announced_ms: u64,
    /// How often each person got another number, and another user id.
    pub renamed: [(usize, usize); 9],
    /// The second person got a user id.
    pub gained: bool,
    /// At some time unknown outcomes were repeated.
    pub resend: bool,
    /// At some time agents were told nothing.
    pub silent: bool,
    /// Too many calls to the neighbours.
    pub hurricane: Option<usize>,
    /// Calls to the neighbours.
    pub external: usize,
    /// Calls that could have met a fault.
    pub choices: usize,
    /// How much of what they may cost the calls to the neighbours cost, in percent.
    pub share: usize,
    /// Where a storm struck.
    pub struck: Vec<(usize, Fault)>,
    /// What the queues took, and when (ms since 1970).
    pub queued: Vec<(i64, String)>,
    /// What stood in queue attributes.
    pub leaks: Vec<String>,
    /// The calls of the doors.
    pub doors: Vec<DoorCall>,
    /// The rooms with what stands in them.
    pub rooms: Vec<(RoomView, Vec<Line>)>,
    /// What stands in the files of the rooms: room, line, text.
    pub files: Vec<(usize, usize, String)>,
    /// What 360dialog took.
    pub accepted: Vec<Accepted>,
    /// What was parked.
    pub parked: Vec<Parked>,
    /// Statuses were called back.
    pub called_back: bool,
    /// The calls of the status endpoint.
    pub callbacks: Vec<Received>,
    /// What was put on the event bus.
    pub events: Vec<Value>,
    /// Callbacks that were given up: their tasks.
    pub undelivered: Vec<String>,
    /// The table's items.
    pub items: Vec<Value>,
    /// Items that hold personal data after their time.
    pub kept: Vec<String>,
    /// What is left where nothing should be.
    pub leftovers: Vec<String>,
    /// The calls that left the functions.
    pub log: Vec<Effect>,
    /// What was logged.
    pub heard: String,
    /// The whole course as one number.
    pub trace: u64,
    /// Which contact ids belong to whom.
    pub owners: BTreeMap<String, Who>,
    tokens: usize,
}

impl Evidence {
    /// A new word by which a message is known everywhere.
    pub fn token(&mut self, what: &str) -> String {
        self.tokens += 1;
        format!("zqwordly{:05}{what}", self.tokens)
    }

    /// A neighbour announced a wait.
    pub fn announce(&mut self, ms: u64) {
        self.announced_ms = self.announced_ms.max(ms);
    }

    /// How many other numbers and user ids a person has had by now.
    pub fn names_of(&self, person: usize) -> (usize, usize) {
        let (numbers, ids) = self.renamed[person];
        (numbers, ids + usize::from(person == 1 && self.gained))
    }

    /// The settings were like this for a while.
    pub fn seen(&mut self, choices: Choices) {
        self.held_for_ms = if choices.brief { 3_600_000 } else { 86_400_000 };
        self.resend |= choices.resend;
        self.silent |= !choices.notices;
    }
}

/// So many numbers, and so many user ids, a person has beside the first.
pub const MOST_NAMES: usize = 3;

/// A person's `n`-th other number.
pub fn phone(person: usize, n: usize) -> String {
    format!("16509990009{n}{person}")
}

/// A person's `n`-th other user id.
pub fn user_id(person: usize, n: usize) -> String {
    format!("US.888777666009{n}{person}")
}

/// Whether a room is a person's at a number: it bears the name, and the number's token.
pub fn is_room_of(world: &World, room: &RoomView, people: &[Customer], who: Who) -> bool {
    let token = VisitorToken::new(room.visitor_token.as_str());
    let connection = &world.connections[who.number].0;
    let at_the_number = token.parts().is_some_and(|(at, _)| at == *connection);
    at_the_number && room.label == people[who.person].name
}

/// Gathers what stands everywhere at the end, then lets the time of retention pass.
pub async fn collect(world: &World, mut evidence: Evidence) -> Evidence {
    evidence.doors = world.door_calls();
    evidence.owners = owners(world, &evidence);
    evidence.rooms = world
        .rocketchat
        .rooms()
        .into_iter()
        .map(|room| {
            let lines = world.rocketchat.transcript(&room.id);
            (room, lines)
        })
        .collect();
    for (n, (_, lines)) in evidence.rooms.iter().enumerate() {
        for (m, line) in lines.iter().enumerate() {
            let file = line.file.as_ref();
            let bytes = file.and_then(|file| world.rocketchat.file_bytes(&file.id));
            let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            evidence.files.extend(text.map(|text| (n, m, text)));
        }
    }
    evidence.accepted = world.whatsapp.accepted();
    evidence.leftovers = leftovers(world, &evidence);
    evidence.log = world.effects.log();
    let app = world.app();
    let parked = app.store.list_parked(10_000, world.now()).await;
    let parked = parked.expect("parked").into_iter();
    let (callbacks, parked) = parked.partition(|parked| parked.queue == "callbacks");
    let callbacks: Vec<Parked> = callbacks;
    evidence.undelivered = callbacks.into_iter().map(|parked| parked.body).collect();
    evidence.parked = parked;
    evidence.callbacks = world.endpoint.calls();
    let events = world.aws.events.all().into_iter();
    evidence.events = events.map(|event| event.detail).collect();
    evidence.items = items(world);
    evidence.trace = trace(&evidence);
    world.sleep(FORGOTTEN).await;
    let swept = world.aws.dynamodb.sweep_ttl(world.now().millis());
    swept.expect("sweep");
    let personal = |item: &String| CANARIES.iter().any(|canary| item.contains(canary));
    let kept = items(world).into_iter().map(|item| item.to_string());
    evidence.kept = kept.filter(personal).collect();
    evidence.heard = ears::take();
    evidence
}

fn owners(world: &World, evidence: &Evidence) -> BTreeMap<String, Who> {
    let mut owners = BTreeMap::new();
    for room in world.rocketchat.rooms() {
        for person in 0..evidence.people.len() {
            for number in 0..world.connections.len() {
                let who = Who { person, number };
                if is_room_of(world, &room, &evidence.people, who) {
                    owners.insert(room.id.clone(), who);
                }
            }
        }
    }
    owners
}

/// The heads of the sends whose text holds a word.
pub fn heads<'a>(items: &'a [Value], token: &str) -> Vec<&'a Value> {
    let head = |item: &&Value| {
        let pk = item["pk"]["S"].as_str().unwrap_or_default();
        let text = item["text"]["S"].as_str().unwrap_or_default();
        pk.starts_with("SEND#") && item["sk"]["S"] == "-" && text.contains(token)
    };
    items.iter().filter(head).collect()
}

/// Whether an item is a message that waits for its customer.
pub fn is_held(item: &Value) -> bool {
    let sort = item["sk"]["S"].as_str().unwrap_or_default();
    sort.starts_with(keys::HELD)
}

/// Whether it is one by which such a message is found when it is too old.
pub fn is_due(item: &Value) -> bool {
    item["pk"]["S"] == keys::DUE
}

fn items(world: &World) -> Vec<Value> {
    world.aws.dynamodb.items("bridge").expect("items")
}

/// Leftovers, but for the neighbours' own losses: what Rocket.Chat gave up after its few tries.
fn leftovers(world: &World, evidence: &Evidence) -> Vec<String> {
    let mut left = world.leftovers();
    left.retain(|line| !line.starts_with("event lost"));
    if !evidence.settled {
        left.push("the world did not come to rest".to_owned());
    }
    left
}

/// The order of all calls and what everybody saw, as one number: equal for equal courses.
fn trace(evidence: &Evidence) -> u64 {
    let mut hasher = DefaultHasher::new();
    for effect in &evidence.log {
        (effect.function as usize, &effect.what, effect.at_ms).hash(&mut hasher);
        effect.fault.hash(&mut hasher);
    }
    for (room, lines) in &evidence.rooms {
        room.id.hash(&mut hasher);
        for line in lines {
            (&line.id, &line.text, line.ts_ms).hash(&mut hasher);
        }
    }
    for accepted in &evidence.accepted {
        let message = &accepted.message;
        (&message.wamid, &message.callback_data, message.at_ms).hash(&mut hasher);
    }
    for call in &evidence.callbacks {
        (&call.id, &call.signature, call.at_ms).hash(&mut hasher);
    }
    for item in &evidence.items {
        item.to_string().hash(&mut hasher);
    }
    hasher.finish()
}
