//! Statuses in disorder: many messages, every word twice, all of it shuffled, in bodies of many. The
//! stored states never go back, and each distinct status is called back under one id.

use std::collections::{BTreeMap, BTreeSet};

use bridge::app::App;
use bridge::domain::callback::{About, Kind, Route};
use bridge::domain::ids::{ConnectionId, PostId, WaId, Wamid};
use bridge::domain::settings::Settings;
use bridge::domain::time::days;
use bridge::store::Sent;
use bridge_harness::{Setup, World};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

/// The words of each message; the last one is told as `read`, if no `read` came.
const WORDS: [&str; 5] = ["sent", "delivered", "read", "failed", "played"];
/// So many statuses come in one body.
const BODY: usize = 1_000;
/// So often the states are looked at on the way.
const LOOKS: usize = 10;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Statuses that came.
    pub statuses: usize,
    /// Different ones, as they are called back.
    pub distinct: usize,
    /// Of these, told to the endpoint.
    pub told: usize,
    /// Told under several ids.
    pub renamed: usize,
    /// Calls beyond the first of each.
    pub repeats: usize,
    /// Times that a stored state went back.
    pub back: usize,
    /// Messages whose last state is not the highest.
    pub wrong: usize,
}

impl Figures {
    /// Whether everything held.
    pub fn hold(&self) -> bool {
        self.told == self.distinct && self.renamed + self.back + self.wrong == 0
    }
}

/// Plays so many statuses (rounded down to ten a message).
pub fn play(statuses: usize, seed: u64) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(run(statuses / (2 * WORDS.len()), seed))
}

async fn run(messages: usize, seed: u64) -> Figures {
    let settings = Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    };
    let world = World::with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    record(&world, &world.app(), messages).await;
    let mut figures = Figures {
        statuses: messages * WORDS.len() * 2,
        distinct: messages * (WORDS.len() - 1),
        ..Figures::default()
    };
    let mut before = ranks(&world);
    let look = (figures.statuses / BODY / LOOKS).max(1);
    for (n, some) in shuffled(messages, seed).chunks(BODY).enumerate() {
        let body = json!({ "entry": [{ "changes": [{ "field": "messages",
            "value": { "statuses": some } }] }] });
        let answer = world.request(world.webhook(body.to_string())).await;
        assert_eq!(answer.status(), 200);
        if n % look == look - 1 {
            world.settle().await;
            let now = ranks(&world);
            let back = before.iter().filter(|(wamid, rank)| now[*wamid] < **rank);
            figures.back += back.count();
            before = now;
        }
    }
    world.settle().await;
    let highest = |rank: &&i64| **rank != 5;
    figures.wrong = ranks(&world).values().filter(highest).count();
    count(&world, &mut figures);
    world.assert_clean().await;
    figures
}

/// What the endpoint took.
fn count(world: &World, figures: &mut Figures) {
    let mut ids: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let taken = world.endpoint.taken();
    for call in &taken {
        let text = |key: &str| call.body[key].as_str().unwrap_or_default().to_owned();
        let name = (text("msId"), text("MessageStatus"));
        ids.entry(name).or_default().insert(call.id.clone());
    }
    figures.told = ids.len();
    figures.renamed = ids.values().filter(|ids| ids.len() > 1).count();
    figures.repeats = taken.len() - ids.len();
}

/// The ranks of the stored states.
fn ranks(world: &World) -> BTreeMap<String, i64> {
    let items = world.aws.dynamodb.items("bridge").expect("items");
    let pointers = items.iter().filter_map(|item| {
        let pk = item["pk"]["S"].as_str()?.strip_prefix("W#")?;
        let rank = item["status_rank"]["N"].as_str();
        let rank = rank.and_then(|rank| rank.parse().ok()).unwrap_or(0);
        Some((pk.to_owned(), rank))
    });
    pointers.collect()
}

/// Messages as if they had been sent.
async fn record(world: &World, app: &App, messages: usize) {
    for n in 0..messages {
        let route = Route {
            number: Some(WaId::new("16505551234")),
            ..Route::default()
        };
        let sent = Sent {
            message: PostId::new(format!("m{n}")),
            part: 0,
            connection: ConnectionId::new("c1"),
            room: None,
            status: None,
            status_at: None,
            error: None,
            about: Some(About {
                kind: Kind::Regular,
                text: format!("Message {n}"),
                route,
            }),
        };
        let put = app
            .store
            .put_sent(&wamid(n), &sent, world.now(), days(30))
            .await;
        put.expect("recorded");
    }
}

fn wamid(n: usize) -> Wamid {
    Wamid::new(format!("wamid.crowd{n}"))
}

/// Every word of every message twice, in disorder.
fn shuffled(messages: usize, seed: u64) -> Vec<Value> {
    let words = || WORDS.into_iter().chain(WORDS);
    let of = |n: usize| {
        let status =
            move |word| json!({ "id": wamid(n), "status": word, "timestamp": "1780300900" });
        words().map(status)
    };
    let mut all: Vec<_> = (0..messages).flat_map(of).collect();
    all.shuffle(&mut Pcg64Mcg::seed_from_u64(seed));
    all
}
