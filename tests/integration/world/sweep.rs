//! Events that Rocket.Chat loses: the 5-minute tick finds the messages.

use std::time::Duration;

use bridge::domain::ids::{PostId, RoomId, VisitorToken};
use bridge::domain::settings::Settings;
use bridge::rocketchat::client::VisitorProfile;
use bridge::text::catalog::{Advice, Language};
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::rocketchat::{Outage, Version};
use bridge_simulators::whatsapp;

const ANA: &str = "16505551234";
const FIVE_MINUTES: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);

/// Ana has written, and her room stands.
async fn conversation(setup: Setup) -> (World, String, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    (w, ana, room)
}

/// An agent writes, and Rocket.Chat dies before it has told anybody.
async fn loses(w: &World, room: &str, text: &str) -> String {
    w.settle().await;
    let id = w.agent_says(room, text);
    w.rocketchat.die();
    id
}

/// Conversations of `n` customers, whose numbers it gives.
async fn conversations(w: &World, n: usize) -> Vec<String> {
    let phones: Vec<_> = (0..n).map(|n| format!("1650555{n:04}")).collect();
    for phone in &phones {
        let customer = w.customer("C", phone);
        w.says(&customer, "Hello");
    }
    w.settle().await;
    phones
}

/// The next `n` ticks.
async fn ticks(w: &World, n: usize) {
    for _ in 0..n {
        w.sleep(FIVE_MINUTES).await;
        w.tick().await.expect("a tick");
        w.settle().await;
    }
}

fn said(texts: &[&str]) -> Vec<String> {
    texts
        .iter()
        .map(|text| format!("*Agent One:*\n{text}"))
        .collect()
}

fn notes(w: &World, room: &str) -> Vec<String> {
    let mut lines = w.screen(room);
    lines.retain(|line| line.starts_with("bot:"));
    lines
}

/// Calls of Rocket.Chat by the tick since the last look: lists of rooms, histories.
fn reads(w: &World) -> (usize, usize) {
    let calls = |what| w.effects.calls(Some(Function::TemplateRefresh), what);
    let (lists, all) = (calls("GET /api/v1/livechat/rooms"), calls("GET /api"));
    let histories = calls("GET /api/v1/livechat/messages.history");
    assert_eq!(
        (lists + histories, calls("POST /api")),
        (all, 0),
        "nothing else"
    );
    w.effects.clear();
    (lists, histories)
}

/// How many messages the tick put into queues.
fn enqueued(w: &World) -> usize {
    let function = Some(Function::TemplateRefresh);
    w.effects.calls(function, "sqs SendMessageBatch")
}

/// Clean, but for the events that were lost.
async fn assert_only_lost(w: &World, events: usize) {
    let left = w.leftovers();
    assert_eq!(left, vec!["event lost: died".to_owned(); events]);
    assert_eq!(w.parked().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_lost_message_reaches_the_customer_once() {
    for version in [Version::V6_0, Version::V7, Version::V8] {
        let (w, ana, room) = conversation(Setup {
            version,
            ..Setup::default()
        })
        .await;
        loses(&w, &room, "one").await;
        loses(&w, &room, "two").await;
        ticks(&w, 1).await;
        assert_eq!(w.texts(&ana), said(&["one", "two"]), "{version:?}");
        ticks(&w, 12).await;
        assert_eq!(w.texts(&ana), said(&["one", "two"]), "{version:?}");
        assert!(notes(&w, &room).is_empty());
        assert_only_lost(&w, 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_forgets_tries_costs_no_message() {
    let (w, ana, room) = conversation(Setup::default()).await;
    // the door's own queue is out of order
    w.effects
        .choose(|call| (call.function == Function::AgentEvents).then_some(Fault::Refuse));
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(30)).await;
    w.rocketchat.restart();
    w.effects.choose(|_| None);
    w.settle().await;
    assert_eq!(w.leftovers(), ["event lost: restart"]);
    ticks(&w, 1).await;
    assert_eq!(w.texts(&ana), said(&["one"]));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_after_all_sends_nothing_twice() {
    for wait in [Duration::ZERO, FIVE_MINUTES * 3] {
        let (w, ana, room) = conversation(Setup::default()).await;
        loses(&w, &room, "one").await;
        w.sleep(FIVE_MINUTES).await;
        w.tick().await.unwrap();
        if !wait.is_zero() {
            w.settle().await;
            w.sleep(wait).await;
        }
        w.rocketchat.send_lost();
        w.settle().await;
        ticks(&w, 4).await;
        assert_eq!(w.texts(&ana), said(&["one"]), "{wait:?}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_still_come_by_itself_is_left_alone() {
    let (w, ana, room) = conversation(Setup::default()).await;
    loses(&w, &room, "one").await;
    w.sleep(Duration::from_secs(230)).await;
    w.tick().await.unwrap();
    assert_eq!((enqueued(&w), reads(&w)), (0, (1, 0)));
    ticks(&w, 1).await;
    assert_eq!(w.texts(&ana), said(&["one"]));
}

#[tokio::test(start_paused = true)]
async fn what_comes_later_hides_nothing() {
    let (w, ana, room) = conversation(Setup::default()).await;
    loses(&w, &room, "one").await;
    w.says(&ana, "Are you there?");
    w.settle().await;
    w.agent_says(&room, "two");
    w.settle().await;
    ticks(&w, 4).await;
    assert_eq!(
        w.texts(&ana),
        said(&["two", "one"]),
        "late is better than never"
    );
    ticks(&w, 6).await;
    assert_eq!(w.texts(&ana).len(), 2);
    // in a room that was looked at before, too
    loses(&w, &room, "three").await;
    w.says(&ana, "And now?");
    w.settle().await;
    ticks(&w, 4).await;
    assert_eq!(w.texts(&ana), said(&["two", "one", "three"]));
    assert_only_lost(&w, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_held_message_is_not_missing_and_a_lost_one_is_held() {
    let (w, ana, room) = conversation(Setup::default()).await;
    w.sleep(HOUR * 25).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.effects.clear();
    ticks(&w, 5).await;
    assert_eq!(enqueued(&w), 0, "it waits for the customer");
    loses(&w, &room, "two").await;
    ticks(&w, 5).await;
    assert_eq!(enqueued(&w), 1);
    assert!(w.texts(&ana).is_empty());
    assert_eq!(notes(&w, &room).len(), 2, "{:?}", notes(&w, &room));
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), said(&["one", "two"]));
    ticks(&w, 5).await;
    assert_eq!(w.texts(&ana).len(), 2);
    assert_only_lost(&w, 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_message_is_pointed_out_and_not_sent() {
    let (w, ana, room) = conversation(Setup::default()).await;
    loses(&w, &room, "one").await;
    w.sleep(HOUR).await;
    ticks(&w, 5).await;
    assert!(w.texts(&ana).is_empty());
    let told = notes(&w, &room);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("“one”"), "{told:?}");
    let too_old = Advice::TooOld.sentence(Language::English);
    assert!(told[0].contains(too_old.as_str()), "{told:?}");
    assert_eq!(w.parked().await, ["outbound too_old"]);
    // nor does its own event send it
    w.rocketchat.send_lost();
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert_eq!(notes(&w, &room).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_for_the_settings_to_say_and_has_an_end() {
    let settings = Settings {
        stale_agent_message_minutes: 1440,
        ..Settings::default()
    };
    for (hours, texts) in [(11, said(&["one"])), (13, Vec::new())] {
        let (w, ana, room) = conversation(Setup {
            settings: settings.clone(),
            ..Setup::default()
        })
        .await;
        loses(&w, &room, "one").await;
        w.sleep(HOUR * hours).await;
        ticks(&w, 4).await;
        assert_eq!(w.texts(&ana), texts, "{hours} hours");
        assert_only_lost(&w, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_in_the_queue_is_enqueued_once_more_at_most() {
    let settings = Settings {
        stale_agent_message_minutes: 1440,
        ..Settings::default()
    };
    let (w, ana, room) = conversation(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    w.whatsapp.outage(Some(whatsapp::Outage::Status(503)));
    w.agent_says(&room, "one");
    w.agent_says(&room, "two");
    w.effects.clear();
    for _ in 0..12 {
        w.run_for(FIVE_MINUTES).await;
        w.tick().await.unwrap();
    }
    assert!(enqueued(&w) <= 2, "{}", enqueued(&w));
    assert!(w.aws.sqs.depth("outbound.fifo") <= 4);
    w.whatsapp.outage(None);
    w.settle().await;
    assert_eq!(w.texts(&ana), said(&["one", "two"]));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn only_agents_messages_of_our_open_rooms_are_looked_for() {
    let (w, ana, room) = conversation(Setup::default()).await;
    let quiet = |w: &World| assert_eq!(enqueued(w), 0, "{:?}", w.rocketchat.transcript(&room));
    // the customer, our bot, the system, commands
    w.says(&ana, "one");
    w.settle().await;
    let client = w.app().rocketchat(w.now()).await.unwrap();
    let note = PostId::new("noteOfOurs");
    client
        .send_note(&RoomId::new(room.as_str()), &note, "note")
        .await
        .unwrap();
    w.rocketchat
        .forward(&room, "agent.one", "agent.two")
        .unwrap();
    for command in ["!whatsapp help", "/whatsapp numbers"] {
        loses(&w, &room, command).await;
        ticks(&w, 5).await;
        quiet(&w);
    }
    // other channels, and a visitor whose token looks like one of ours
    for token in ["widget-1", "b360-c1-nobody-x", "b360-c9-nobody-x"] {
        let token = VisitorToken::new(token);
        let client = w.app().rocketchat(w.now()).await.unwrap();
        client
            .send_visitor(&token, &VisitorProfile::default())
            .await
            .unwrap();
        let other = client.open_room(&token, None).await.unwrap();
        loses(&w, other.id.as_str(), "not ours").await;
        w.effects.clear();
        ticks(&w, 5).await;
        quiet(&w);
        assert_eq!(reads(&w).1, 0, "{token:?}: not even read");
    }
    // what was closed in between
    loses(&w, &room, "two").await;
    w.agent_closes(&room);
    w.rocketchat.die();
    ticks(&w, 5).await;
    quiet(&w);
    assert!(w.texts(&ana).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_healthy_workspace_costs_one_call_a_tick() {
    let w = World::new().await;
    let phones: Vec<_> = (0..3).map(|n| format!("1650555{n:04}")).collect();
    for phone in &phones {
        let customer = w.customer("C", phone);
        w.says(&customer, "Hello");
        w.settle().await;
        w.agent_says(&w.room(phone).id, "Hi");
        w.settle().await;
    }
    w.effects.clear();
    ticks(&w, 2).await;
    assert_eq!(reads(&w), (2, 0), "what agents said last is known");
    ticks(&w, 2).await;
    assert_eq!(enqueued(&w), 0);
    assert_eq!(reads(&w), (2, 3), "each is read once to be sure");
    ticks(&w, 24).await;
    assert_eq!(reads(&w), (24, 0), "nothing new, nothing to read");
    // while people write all the time: once in a quarter of an hour
    for _ in 0..12 {
        w.says(&phones[0], "…");
        w.settle().await;
        w.agent_says(&w.room(&phones[0]).id, "…");
        w.settle().await;
        ticks(&w, 1).await;
    }
    assert_eq!(enqueued(&w), 0);
    let (lists, histories) = reads(&w);
    assert!(lists == 12 && (3..=4).contains(&histories), "{histories}");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_workspace_costs_one_call_and_no_read_of_the_table() {
    let w = World::new().await;
    w.effects.clear();
    w.tick().await.unwrap();
    assert_eq!(w.effects.calls(None, "dynamodb BatchGetItem"), 0);
    assert_eq!(reads(&w), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_is_down_ends_the_sweep_and_not_the_tick() {
    for outage in [
        Outage::Status(503),
        Outage::Html,
        Outage::Silence,
        Outage::Throttled { reset_ms: 0 },
        Outage::Status(403),
    ] {
        let (w, ana, room) = conversation(Setup::default()).await;
        loses(&w, &room, "one").await;
        w.rocketchat.outage(Some(outage));
        let before = w.now();
        ticks(&w, 2).await;
        assert!(w.now().since(before) <= FIVE_MINUTES * 2 + Duration::from_secs(60));
        assert!(w.texts(&ana).is_empty());
        w.rocketchat.outage(None);
        // in the midst of it, too
        w.rocketchat
            .fail_next("GET livechat/messages.history/:rid", 1, outage);
        ticks(&w, 1).await;
        assert!(w.texts(&ana).is_empty(), "{outage:?}");
        ticks(&w, 4).await;
        assert_eq!(w.texts(&ana), said(&["one"]), "{outage:?}");
        assert_only_lost(&w, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_that_always_fails_keeps_nobody_from_being_found() {
    let w = World::new().await;
    let phones = conversations(&w, 3).await;
    for phone in &phones {
        loses(&w, &w.room(phone).id, "Hi").await;
    }
    let bad = w.room(&phones[1]).id;
    w.effects.choose(move |call| {
        let reads = call.what.ends_with(&format!("messages.history/{bad}"));
        reads.then_some(Fault::Refuse)
    });
    ticks(&w, 5).await;
    for phone in [&phones[0], &phones[2]] {
        assert_eq!(w.texts(phone), said(&["Hi"]), "{phone}");
    }
    assert!(w.texts(&phones[1]).is_empty());
    w.effects.choose(|_| None);
    ticks(&w, 5).await;
    assert_eq!(w.texts(&phones[1]), said(&["Hi"]));
    assert_only_lost(&w, 3).await;
}

/// Twenty histories a tick: many rooms are worked off one after the other.
#[tokio::test(start_paused = true)]
async fn two_hundred_rooms_are_not_read_at_once() {
    let w = World::new().await;
    let phones = conversations(&w, 200).await;
    for phone in &phones {
        w.agent_says(&w.room(phone).id, "Hi");
    }
    w.rocketchat.die();
    let reached = |w: &World| {
        phones
            .iter()
            .filter(|phone| !w.texts(phone).is_empty())
            .count()
    };
    for n in 1..=5 {
        w.effects.clear();
        ticks(&w, 1).await;
        assert_eq!(reads(&w), (1, 20));
        assert_eq!(reached(&w), 20 * n);
    }
    assert!(phones.iter().all(|phone| w.texts(phone).len() <= 1));
    assert_only_lost(&w, 200).await;
}

/// On 7.x the limiter of the history route is not bypassed: the rest waits for the next tick.
#[tokio::test(start_paused = true)]
async fn the_limiter_of_older_versions_ends_a_sweep_without_losing_anything() {
    let w = World::with(Setup {
        version: Version::V6_0,
        ..Setup::default()
    })
    .await;
    let phones = conversations(&w, 15).await;
    for phone in &phones {
        w.agent_says(&w.room(phone).id, "Hi");
    }
    w.rocketchat.die();
    ticks(&w, 3).await;
    assert!(phones.iter().all(|phone| w.texts(phone) == said(&["Hi"])));
    assert_only_lost(&w, 15).await;
}

/// Killed at every call, or each call failing in every way: the message goes out once.
#[tokio::test(start_paused = true)]
async fn a_tick_that_dies_sends_nothing_twice_and_loses_nothing() {
    let (w, _, room) = conversation(Setup::default()).await;
    loses(&w, &room, "one").await;
    w.sleep(FIVE_MINUTES).await;
    w.effects.clear();
    w.tick().await.unwrap();
    let calls = w.effects.count();
    assert!(calls > 5, "{calls}");
    for fault in [Fault::Kill, Fault::Before, Fault::After, Fault::Refuse] {
        for n in 1..=calls {
            let (w, ana, room) = conversation(Setup::default()).await;
            loses(&w, &room, "one").await;
            w.sleep(FIVE_MINUTES).await;
            w.effects.clear();
            w.effects.plan(n, fault);
            w.tick().await;
            w.settle().await;
            ticks(&w, 5).await;
            assert_eq!(w.texts(&ana), said(&["one"]), "{fault:?} at call {n}");
            assert_only_lost(&w, 1).await;
        }
    }
}
