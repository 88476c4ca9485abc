//! The webhook that the workspace had before ours goes on getting every event, as it came and with its
//! own token, and nobody waits for it.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge::flows::callbacks::pass_on::PASSED_ON;
use bridge::flows::connections::{Change, TakeOver, update};
use bridge::flows::workspace::Wish;
use bridge::queue::pass_on::LARGEST;
use bridge::queue::send::DeadLetterQueue;
use bridge::store::PassingTrouble;
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::endpoint::{Manner, Received};
use http::HeaderValue;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const ANA: &str = "16505551234";
const OLD_TOKEN: &str = "canary-token-of-the-former-webhook";
const TOKEN: &str = "x-rocketchat-livechat-token";
const SHORTENED: &str = "x-bridge360-shortened";

/// A world whose webhook was somebody else's and was taken over; with a status endpoint.
async fn taken_over(pass_on: Option<bool>) -> World {
    let w = World::with(Setup {
        settings: Settings {
            message_status_endpoint_url: World::ENDPOINT.to_owned(),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    w.former.set_manner(Manner::Answers(200));
    let set = |id: &str, value: Value| w.rocketchat.set_setting(id, value);
    set("Livechat_webhookUrl", json!(World::FORMER));
    set("Livechat_secret_token", json!(OLD_TOKEN));
    set("Livechat_webhook_on_start", json!(true));
    set("Livechat_webhook_on_visitor_message", json!(true));
    let wish = Wish {
        take_over: true,
        pass_on,
    };
    wishes(&w, wish).await;
    w.effects.clear();
    w
}

async fn wishes(w: &World, workspace: Wish) {
    let take_over = TakeOver {
        number: false,
        workspace,
    };
    let change = Change {
        take_over,
        ..Change::default()
    };
    let done = update(
        &w.app(),
        "https://bridge.test",
        &w.connection,
        change,
        w.now(),
    )
    .await;
    assert_eq!(done.unwrap().connection.warnings, []);
}

/// Ana and an agent, in a conversation.
async fn talking(w: &World) -> (String, String) {
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.effects.clear();
    (ana, room)
}

/// Somebody on the workspace's website; gives the room.
async fn visitor(w: &World) -> String {
    let call = async |method: &str, path: &str, body: &Value| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://rocketchat.test/api/v1/{path}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        let answer = w.rocketchat.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        serde_json::from_slice::<Value>(&body.unwrap()).unwrap()
    };
    let guest = json!({ "visitor": { "token": "widget-1", "name": "Wanda" } });
    call("POST", "livechat/visitor", &guest).await;
    let room = call("GET", "livechat/room?token=widget-1", &Value::Null).await;
    let room = room["room"]["_id"].as_str().unwrap().to_owned();
    let message = json!({ "token": "widget-1", "rid": room, "msg": "Is anybody there?" });
    call("POST", "livechat/message", &message).await;
    room
}

/// The bodies that the door was given, and those that the former webhook took, sorted.
fn bodies(w: &World) -> (Vec<String>, Vec<String>) {
    let calls = w.door_calls().into_iter();
    let calls = calls.filter(|call| call.function == Function::AgentEvents);
    let mut given: Vec<_> = calls
        .map(|call| String::from_utf8(call.body.to_vec()).unwrap())
        .collect();
    let taken = w.former.taken().into_iter();
    let mut taken: Vec<_> = taken.map(|call| call.raw).collect();
    given.sort_unstable();
    taken.sort_unstable();
    (given, taken)
}

async fn trouble(w: &World) -> Option<String> {
    let found = w.app().store.find_passing_trouble(w.now()).await.unwrap();
    found.map(|PassingTrouble { code, .. }| code)
}

fn waits(calls: &[Received]) -> Vec<i64> {
    let times: Vec<_> = calls.iter().map(|call| call.at_ms / 1_000).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// A closed conversation of somebody else's channel, of so many bytes.
fn closed(length: usize) -> String {
    let event = |text: &str| {
        json!({ "_id": "room-of-others", "type": "LivechatSession", "closer": "user",
            "closedAt": "2026-06-01T08:00:00.000Z", "visitor": { "token": "widget-2" },
            "messages": [{ "_id": "m1", "agentId": "a", "msg": text }] })
        .to_string()
    };
    let empty = event("").len();
    event(&"x".repeat(length - empty))
}

#[tokio::test(start_paused = true)]
async fn every_event_reaches_the_former_webhook_as_it_came_with_its_token() {
    let w = taken_over(None).await;
    let (ana, room) = talking(&w).await;
    w.agent_says(&room, "We open at \"nine\" \u{1F642}\u{FFFD}");
    w.agent_says(&visitor(&w).await, "Yes, I am");
    w.settle().await;
    w.agent_closes(&room);
    let test = json!({ "type": "LivechatSession", "_id": "fasd6f5a4sd6f8a4sdf",
        "visitor": { "_id": "" }, "messages": [] });
    assert_eq!(w.request(w.event(test.to_string())).await.status(), 200);
    w.settle().await;
    let (given, taken) = bodies(&w);
    // session start, Ana's message, two of agents, the visitor's, a closing, the test, …
    assert!(given.len() >= 7, "{given:#?}");
    assert_eq!(given, taken);
    for call in w.former.calls() {
        assert_eq!(call.extra[TOKEN], OLD_TOKEN);
        assert_eq!(call.extra[PASSED_ON], "1");
        assert!(!call.extra.contains_key(SHORTENED));
    }
    // ours as always
    assert_eq!(
        w.texts(&ana)[0],
        "*Agent One:*\nWe open at \"nine\" \u{1F642}\u{FFFD}"
    );
    assert_eq!(w.whatsapp.accepted().len(), 1);
    assert_eq!(w.endpoint.taken().len(), 3);
    assert_eq!(trouble(&w).await, None);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_switched_on_for_us_only_is_not_passed_on() {
    let w = taken_over(None).await;
    let app = w.app();
    let mut former = app
        .store
        .find_former_webhook(w.now())
        .await
        .unwrap()
        .unwrap();
    former.events.agent_messages = false;
    app.store.put_former_webhook(&former).await.unwrap();
    let (_, room) = talking(&w).await;
    let before = w.former.taken().len();
    w.agent_says(&room, "We open at nine");
    w.settle().await;
    assert_eq!(w.former.taken().len(), before);
    w.agent_closes(&room);
    w.settle().await;
    assert_eq!(w.former.taken().len(), before + 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_enqueued_for_nobody() {
    for (taken, pass_on) in [(false, None), (true, Some(false))] {
        let w = match taken {
            true => taken_over(pass_on).await,
            false => World::new().await,
        };
        let (_, room) = talking(&w).await;
        w.agent_says(&room, "We open at nine");
        w.agent_says(&visitor(&w).await, "Yes, I am");
        w.settle().await;
        // Ana's alone
        let enqueued = w.effects.calls(Some(Function::AgentEvents), "sqs");
        assert_eq!(enqueued, 1, "{taken}: {:?}", w.effects.log());
        assert_eq!(w.former.calls(), []);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn switched_off_nothing_more_comes_and_what_waits_is_dropped() {
    let w = taken_over(None).await;
    let (_, room) = talking(&w).await;
    w.former.set_manner(Manner::Answers(503));
    w.agent_says(&room, "One");
    w.run_for(Duration::from_secs(60)).await;
    let off = Wish {
        take_over: false,
        pass_on: Some(false),
    };
    wishes(&w, off).await;
    w.former.set_manner(Manner::Answers(200));
    let before = w.former.calls().len();
    w.agent_says(&room, "Two");
    w.settle().await;
    assert_eq!(w.former.calls().len(), before);
    wishes(
        &w,
        Wish {
            pass_on: Some(true),
            ..off
        },
    )
    .await;
    w.agent_says(&room, "Three");
    w.settle().await;
    assert_eq!(
        w.former.taken().last().unwrap().body["messages"][0]["msg"],
        "Three"
    );
    assert_eq!(trouble(&w).await, None);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn above_900_kb_the_messages_stay_behind_and_it_is_told() {
    let w = taken_over(None).await;
    // quotes and escapes cost nothing: up to the limit it goes whole
    let whole = closed(LARGEST).replace("xx", "\\\"");
    assert_eq!(whole.len(), LARGEST);
    assert_eq!(w.request(w.event(whole.clone())).await.status(), 200);
    w.settle().await;
    assert_eq!(w.former.taken()[0].raw, whole);
    assert_eq!(trouble(&w).await, None);
    let large = closed(LARGEST + 1);
    assert_eq!(w.request(w.event(large.clone())).await.status(), 200);
    w.settle().await;
    let short = &w.former.taken()[1];
    assert_eq!(short.extra[SHORTENED], "messages");
    assert_eq!(short.extra[TOKEN], OLD_TOKEN);
    let mut expected: Value = serde_json::from_str(&large).unwrap();
    expected["messages"] = json!([]);
    assert_eq!(short.body, expected);
    assert_eq!(trouble(&w).await.as_deref(), Some("shortened"));
    // nothing of it can be left out: told in the log, and no reason to repeat it
    let mut vast: Value = serde_json::from_str(&closed(1_000)).unwrap();
    vast["customFields"] = json!({ "a": "x".repeat(LARGEST) });
    assert_eq!(w.request(w.event(vast.to_string())).await.status(), 200);
    w.settle().await;
    assert_eq!(w.former.calls().len(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_closing_of_six_megabytes_is_ours_and_is_passed_on_short() {
    let w = taken_over(None).await;
    let (ana, room) = talking(&w).await;
    w.agent_says(&room, "Bye");
    w.settle().await;
    let token = w.former.taken()[0].body["visitor"]["token"].clone();
    let mut event: Value = serde_json::from_str(&closed(6 * 1024 * 1024)).unwrap();
    event["_id"] = json!(room);
    event["visitor"]["token"] = token;
    let before = w.former.taken().len();
    w.effects.clear();
    assert_eq!(w.request(w.event(event.to_string())).await.status(), 200);
    w.settle().await;
    assert_eq!(w.effects.calls(Some(Function::AgentEvents), "sqs"), 2);
    let short = w.former.taken().pop().unwrap();
    assert_eq!(w.former.taken().len(), before + 1);
    assert_eq!(short.body["_id"], json!(room));
    assert_eq!(short.body["messages"], json!([]));
    assert_eq!(w.texts(&ana).len(), 1);
    w.assert_clean().await;
}

/// Down for good: four tries, then it is given up and noted, and nothing of it is kept.
#[tokio::test(start_paused = true)]
async fn one_that_is_down_gets_four_tries_and_nobody_else_notices() {
    for manner in [Manner::Answers(503), Manner::Silent] {
        let w = taken_over(None).await;
        let (ana, room) = talking(&w).await;
        w.run_for(Duration::from_secs(60)).await;
        let before = w.former.calls().len();
        w.former.set_manner(manner);
        w.agent_says(&room, "We open at nine");
        w.run_for(Duration::from_secs(2)).await;
        assert_eq!(w.texts(&ana).len(), 1);
        w.settle().await;
        let calls = w.former.calls().split_off(before);
        let waits = waits(&calls);
        assert_eq!(waits.len(), 3, "{waits:?}");
        // one that takes 15 s to say nothing rests for 45 s before anything is sent again
        let first = if manner == Manner::Silent { 60 } else { 5 };
        for (wait, step) in waits.iter().zip([first, 300, 1_800]) {
            let most = step + step / 10 + 17;
            assert!((step - step / 10..=most).contains(wait), "{waits:?}");
        }
        assert_eq!(w.endpoint.taken().len(), 3);
        let code = match manner {
            Manner::Silent => "no_answer",
            _ => "http_503",
        };
        assert_eq!(trouble(&w).await.as_deref(), Some(code));
        w.tick().await;
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_sqs_itself_gave_up_is_not_kept_either() {
    let w = taken_over(None).await;
    let client = w.app().queues.client().clone();
    let dead = DeadLetterQueue::new(client, w.aws.sqs.url("callbacks-dead"));
    dead.send("{\"task\":\"PassOnV1\"}\n{}").await.unwrap();
    assert_eq!(w.tick().await, Some(1));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_back_gets_what_it_missed() {
    let w = taken_over(None).await;
    let (_, room) = talking(&w).await;
    w.former.set_manner(Manner::Answers(500));
    for n in 0..20 {
        w.agent_says(&room, &format!("Message {n}"));
    }
    w.run_for(Duration::from_secs(600)).await;
    w.former.set_manner(Manner::Answers(200));
    w.settle().await;
    let (given, taken) = bodies(&w);
    assert_eq!(given, taken);
    assert_eq!(trouble(&w).await, None);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_it_refuses_is_dropped_as_rocketchat_does_and_noted() {
    for (status, code) in [(404, "http_404"), (410, "http_410"), (302, "http_302")] {
        let w = taken_over(None).await;
        let (_, room) = talking(&w).await;
        let before = w.former.calls().len();
        w.former.set_manner(Manner::Answers(status));
        w.agent_says(&room, "One");
        w.settle().await;
        assert_eq!(w.former.calls().len(), before + 1);
        assert_eq!(trouble(&w).await.as_deref(), Some(code));
        // the status endpoint is another address: its 410 is its own
        w.former.set_manner(Manner::Takes);
        w.agent_says(&room, "Two");
        w.settle().await;
        assert_eq!(w.former.calls().len(), before + 2);
        assert_eq!(w.endpoint.taken().len(), 6);
        w.assert_clean().await;
    }
}

/// A former webhook that never answers while a busy workspace talks: status callbacks come in time,
/// conversations at once.
#[tokio::test(start_paused = true)]
async fn a_silent_former_webhook_delays_no_callback() {
    let w = taken_over(None).await;
    let (ana, room) = talking(&w).await;
    let others = visitor(&w).await;
    w.settle().await;
    w.former.set_manner(Manner::Silent);
    for n in 0..200 {
        w.agent_says(&others, &format!("Message {n}"));
    }
    // both environments learn that it is down
    w.run_for(Duration::from_secs(120)).await;
    for n in 0..20 {
        let told = w.endpoint.taken().len();
        let from = w.now().millis();
        w.agent_says(&room, &format!("Answer {n}"));
        w.agent_says(&others, &format!("Beside {n}"));
        w.run_for(Duration::from_secs(20)).await;
        assert_eq!(w.texts(&ana).len(), n + 1);
        let calls = w.endpoint.taken().split_off(told);
        assert_eq!(calls.len(), 3, "answer {n}");
        let latest = calls.iter().map(|call| call.at_ms - from).max().unwrap();
        // behind a single call at worst
        assert!(latest <= 17_000, "answer {n}: {latest} ms");
    }
    w.settle().await;
    w.assert_clean().await;
}

/// One that is slow but takes everything gets it all in the end, in a part of the worker's time: a
/// hundred calls of 4 s each would keep callbacks waiting.
#[tokio::test(start_paused = true)]
async fn a_slow_former_webhook_delays_no_callback() {
    let w = taken_over(None).await;
    let (_, room) = talking(&w).await;
    let others = visitor(&w).await;
    w.settle().await;
    w.former.set_manner(Manner::Slow(4));
    for n in 0..100 {
        w.agent_says(&others, &format!("Message {n}"));
    }
    w.run_for(Duration::from_secs(1)).await;
    for n in 0..10 {
        let told = w.endpoint.taken().len();
        let from = w.now().millis();
        w.agent_says(&room, &format!("Answer {n}"));
        w.run_for(Duration::from_secs(7)).await;
        let calls = w.endpoint.taken().split_off(told);
        assert_eq!(calls.len(), 3, "answer {n}");
        let latest = calls.iter().map(|call| call.at_ms - from).max().unwrap();
        assert!(latest <= 6_000, "answer {n}: {latest} ms");
    }
    w.settle().await;
    let (given, taken) = bodies(&w);
    assert_eq!(given, taken);
    assert_eq!(trouble(&w).await, None);
    w.assert_clean().await;
}

/// Ours is safe by then: Rocket.Chat repeats the event for the other's sake, and ours is known.
#[tokio::test(start_paused = true)]
async fn a_refused_enqueueing_is_answered_503_and_ours_is_sent_once() {
    for fault in [Fault::Before, Fault::After, Fault::Refuse] {
        let w = taken_over(None).await;
        let (ana, room) = talking(&w).await;
        let before = w.former.taken().len();
        let mut failures = 0;
        w.effects.choose(move |call| {
            let passing = String::from_utf8_lossy(call.body).contains("PassOnV1");
            let ours = call.function == Function::AgentEvents && passing && failures < 2;
            ours.then(|| {
                failures += 1;
                fault
            })
        });
        w.agent_says(&room, "We open at nine");
        w.settle().await;
        let calls = w.door_calls().into_iter();
        let statuses: Vec<_> = calls
            .filter(|call| call.function == Function::AgentEvents)
            .filter_map(|call| call.status)
            .collect();
        assert_eq!(statuses[statuses.len() - 3..], [503, 503, 200], "{fault:?}");
        assert_eq!(w.texts(&ana).len(), 1, "{fault:?}");
        assert_eq!(w.whatsapp.accepted().len(), 1, "{fault:?}");
        let taken = w.former.taken().len() - before;
        // an answer that was lost is repeated, by Rocket.Chat as by anybody
        let expected = if fault == Fault::After { 3 } else { 1 };
        assert_eq!(taken, expected, "{fault:?}");
        w.assert_clean().await;
    }
}

/// The door dies at any of its calls, or the sender: ours goes out once, and the event arrives.
#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_loses_no_event() {
    let calls = {
        let w = taken_over(None).await;
        let (_, room) = talking(&w).await;
        let before = w.effects.count();
        w.agent_says(&room, "We open at nine");
        w.settle().await;
        w.effects.count() - before
    };
    assert!(calls > 10, "{calls}");
    for n in 1..=calls {
        let w = taken_over(None).await;
        let (ana, room) = talking(&w).await;
        let before = w.former.taken().len();
        w.effects.plan(n, Fault::Kill);
        w.agent_says(&room, "We open at nine");
        w.settle().await;
        assert!(w.texts(&ana).len() <= 1, "call {n}");
        assert!(w.former.taken().len() > before, "call {n}");
        let (mut given, mut taken) = bodies(&w);
        given.dedup();
        taken.dedup();
        assert_eq!(given, taken, "call {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_passed_on_to_us_goes_no_further() {
    let w = taken_over(None).await;
    let mut request = w.event(closed(1_000));
    let headers = request.headers_mut();
    headers.insert(PASSED_ON, HeaderValue::from_static("1"));
    assert_eq!(w.request(request).await.status(), 200);
    // nor what nobody can read: that is kept for an operator
    assert_eq!(w.request(w.event("not json")).await.status(), 200);
    w.settle().await;
    assert_eq!(w.former.calls(), []);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

/// Another webhook is taken over after the first: each gets its own token, also in an environment that
/// knows the first.
#[tokio::test(start_paused = true)]
async fn the_next_former_webhook_never_gets_the_token_of_the_one_before() {
    let w = taken_over(None).await;
    let (_, room) = talking(&w).await;
    w.agent_says(&room, "One");
    w.settle().await;
    let next = "https://crm.test/next";
    w.rocketchat.set_setting("Livechat_webhookUrl", next);
    w.rocketchat.set_setting("Livechat_secret_token", "");
    let again = Wish {
        take_over: true,
        pass_on: None,
    };
    wishes(&w, again).await;
    w.sleep(Duration::from_secs(31)).await;
    let before = w.former.taken().len();
    w.agent_says(&room, "Two");
    w.settle().await;
    let call = &w.former.taken()[before];
    assert_eq!(call.body["messages"][0]["msg"], "Two");
    assert!(!call.extra.contains_key(TOKEN), "{:?}", call.extra);
    w.assert_clean().await;
}
