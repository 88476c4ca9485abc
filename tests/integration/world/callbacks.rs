//! The status endpoint is told what becomes of messages: each status once at least, in the schedule's
//! time, and nobody waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bridge::callback::SigningSecrets;
use bridge::domain::callback::Delivery;
use bridge::domain::ids::PostId;
use bridge::domain::settings::{FilterMessageStatus, Settings};
use bridge::domain::time::{Timestamp, days, hours};
use bridge::flows::callbacks::manage::{self, Asked};
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::endpoint::{Manner, Received};
use bridge_simulators::whatsapp::SendFault;
use serde_json::json;

const ANA: &str = "16505551234";
const NUMBER: &str = "15550783881";

fn settings() -> Settings {
    Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    }
}

async fn world() -> World {
    with(settings(), false).await
}

async fn with(settings: Settings, bus: bool) -> World {
    World::with(Setup {
        settings,
        bus,
        ..Setup::default()
    })
    .await
}

/// Ana and an agent, in a conversation; nothing of it is remembered by the endpoint.
async fn talking(w: &World) -> (String, String) {
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.effects.clear();
    (ana, room)
}

/// The words that the endpoint took, in order.
fn words(w: &World) -> Vec<String> {
    let taken = w.endpoint.taken().into_iter();
    taken.map(|call| word(&call)).collect()
}

fn word(call: &Received) -> String {
    let word = call.body["MessageStatus"].as_str();
    word.unwrap_or_default().to_owned()
}

/// How the callbacks of a message were delivered.
async fn log(w: &World, message: &str) -> Vec<Delivery> {
    let asked = Asked {
        message: Some(PostId::new(message)),
        ..Asked::default()
    };
    let found = manage::deliveries(&w.app(), &asked, w.now()).await;
    found.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_is_told_everything_that_becomes_of_a_message() {
    let w = world().await;
    let (ana, room) = talking(&w).await;
    let id = w.agent_says(&room, "We open at nine");
    w.settle().await;
    w.whatsapp.customer_reads(NUMBER, &ana);
    w.settle().await;
    let mut told = words(&w);
    told.sort_unstable();
    assert_eq!(told, ["delivered", "queued", "read", "sent"]);
    let wamid = w.phone(&ana).len();
    assert_eq!(wamid, 1);
    for call in w.endpoint.taken() {
        let accepted = &w.whatsapp.accepted()[0].message;
        assert_eq!(call.body["msId"], accepted.wamid);
        assert_eq!(call.body["message"], "*Agent One:*\nWe open at nine");
        assert_eq!(call.body["mobileNo"], ANA);
        assert_eq!(call.body["connectedWhatsAppNo"], NUMBER);
        assert_eq!(call.body["type"], "Regular-Message");
        assert_eq!(call.body["id"], id);
        let at = call.body["timestamp"].as_str().and_then(Timestamp::parse);
        assert!(at.is_some_and(|at| at <= w.now()), "{}", call.body);
        assert!(call.body.get("ErrorDetails").is_none());
    }
    let log = log(&w, &id).await;
    assert_eq!(log.len(), 4);
    for one in &log {
        assert!(one.delivered && one.tries.len() == 1, "{one:?}");
        assert_eq!(one.tries[0].code, "http_204");
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_status_costs_three_aws_calls_with_an_endpoint() {
    let w = world().await;
    let (ana, room) = talking(&w).await;
    w.agent_says(&room, "We open at nine");
    w.settle().await;
    w.effects.clear();
    w.whatsapp.customer_reads(NUMBER, &ana);
    w.settle().await;
    assert_eq!(words(&w).last().unwrap(), "read");
    let calls = |function| {
        let services = ["dynamodb ", "sqs ", "ssm "].into_iter();
        let calls = services.map(|service| w.effects.calls(function, service));
        calls.sum::<usize>()
    };
    // the door's own call is that of the webhook
    let own = calls(None) - calls(Some(Function::Incoming));
    assert!(own <= 3, "{:?}", w.effects.log());
    assert_eq!(calls(Some(Function::CallbackSender)), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outbound_message_costs_four_aws_calls_with_an_endpoint() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.agent_says(&room, "Hi");
    w.settle().await;
    w.effects.clear();
    w.whatsapp.tune(|options| options.statuses = false);
    w.agent_says(&room, "We open at nine");
    w.settle().await;
    let services = ["dynamodb ", "sqs ", "ssm "].into_iter();
    let calls: usize = services
        .map(|service| w.effects.calls(Some(Function::ToWhatsapp), service))
        .sum();
    assert!(calls <= 4, "{:?}", w.effects.log());
    assert_eq!(words(&w).last().unwrap(), "queued");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_or_fails_later_is_told_with_its_reason() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_026,
        details: "no".to_owned(),
    });
    w.agent_says(&room, "One");
    w.settle().await;
    w.whatsapp.fail_next_status(131_047, "refused");
    w.agent_says(&room, "Two");
    w.settle().await;
    let taken = w.endpoint.taken();
    let failed: Vec<_> = taken.iter().filter(|call| word(call) == "failed").collect();
    assert_eq!(failed.len(), 2);
    assert!(failed[0].body.get("msId").is_none());
    assert_eq!(failed[0].body["ErrorDetails"]["code"], 131_026);
    assert_eq!(failed[1].body["ErrorDetails"]["code"], 131_047);
    // WhatsApp's own object
    assert!(failed[1].body["ErrorDetails"]["error_data"].is_object());
}

#[tokio::test(start_paused = true)]
async fn templates_are_told_as_they_were_rendered() {
    let w = world().await;
    w.read_templates().await;
    let parameters = json!([{ "type": "text", "text": "Ben" }, { "type": "text", "text": "A-17" }]);
    let template = json!({ "name": "order_confirmation", "language": { "code": "de" },
        "components": [{ "type": "body", "parameters": parameters }] });
    w.customer("Ben", "491715550100");
    let (status, answer) = w.send(&w.send_body(&["+49 171 5550100"], &template)).await;
    assert_eq!(status, 200, "{answer}");
    w.settle().await;
    let taken = w.endpoint.taken();
    assert!(taken.len() >= 3, "{taken:?}");
    for call in &taken {
        assert_eq!(call.body["type"], "Template-Message");
        assert_eq!(call.body["mobileNo"], "491715550100");
        let text = call.body["message"].as_str().unwrap();
        assert!(text.contains("Ben") && text.contains("A-17"), "{text}");
    }
    let report = w.report(answer["id"].as_str().unwrap_or_default()).await;
    assert_eq!(taken[0].body["id"], report.lines[0].id.as_str());
}

#[tokio::test(start_paused = true)]
async fn the_filter_lets_only_its_kind_through() {
    for (filter, expected) in [
        (FilterMessageStatus::Regular, 3),
        (FilterMessageStatus::Template, 0),
    ] {
        let settings = Settings {
            filter_message_status: filter,
            ..settings()
        };
        let w = with(settings, false).await;
        let (_, room) = talking(&w).await;
        w.agent_says(&room, "Hi");
        w.settle().await;
        assert_eq!(words(&w).len(), expected, "{filter:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_was_none_is_taken_back() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.fail_next_status(131_026, "refused");
    w.agent_says(&room, "We open at nine");
    w.settle().await;
    let wamid = w.whatsapp.accepted()[0].message.wamid.clone();
    for _ in 0..2 {
        let status = json!({ "id": wamid, "status": "delivered", "timestamp": "1780300900",
            "recipient_id": ANA });
        let body = json!({ "entry": [{ "changes": [{ "field": "messages",
            "value": { "statuses": [status] } }] }] });
        assert_eq!(w.request(w.webhook(body.to_string())).await.status(), 200);
        w.settle().await;
    }
    let notes: Vec<_> = w
        .screen(&room)
        .into_iter()
        .filter(|line| line.contains("WhatsApp"))
        .collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].contains("after all"), "{notes:?}");
    let mut told = words(&w);
    told.sort_unstable();
    assert_eq!(told, ["delivered", "failed", "queued"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_played_is_told_as_read_once() {
    let w = world().await;
    let (ana, room) = talking(&w).await;
    w.agent_says(&room, "Hi");
    w.settle().await;
    let wamid = w.whatsapp.accepted()[0].message.wamid.clone();
    let status = |word: &str| {
        json!({ "entry": [{ "changes": [{ "field": "messages", "value": { "statuses": [
            { "id": wamid, "status": word, "timestamp": "1780300900" }] } }] }] })
    };
    for word in ["played", "read", "deleted", "warning", "deleted"] {
        w.request(w.webhook(status(word).to_string())).await;
        w.sleep(Duration::from_secs(1)).await;
        w.settle().await;
    }
    let mut told = words(&w);
    told.sort_unstable();
    assert_eq!(told, ["deleted", "delivered", "queued", "read", "sent"]);
    drop(ana);
}

/// An outcome that nobody knew counts as failed; what WhatsApp says of it later comes later, too.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_that_was_none_ends_as_delivered() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.whatsapp.fail_next_send(SendFault::LoseAnswer);
    let id = w.agent_says(&room, "Hi");
    w.run_for(Duration::from_secs(900)).await;
    assert_eq!(words(&w), ["failed"]);
    let accepted = w.whatsapp.accepted()[0].message.clone();
    let status = json!({ "id": accepted.wamid, "status": "delivered",
        "timestamp": (w.now().seconds()).to_string(), "biz_opaque_callback_data": format!("{id}#0") });
    let body = json!({ "entry": [{ "changes": [{ "field": "messages",
        "value": { "statuses": [status] } }] }] });
    w.request(w.webhook(body.to_string())).await;
    w.settle().await;
    let mut taken = w.endpoint.taken();
    taken.sort_by_key(|call| call.body["timestamp"].as_str().and_then(Timestamp::parse));
    assert_eq!(word(taken.last().unwrap()), "delivered");
    assert!(taken.iter().any(|call| word(call) == "queued"));
}

/// Whatever is done twice or dies in between: one id per status, and every status arrives.
#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_loses_no_callback_and_keeps_its_id() {
    let calls = {
        let w = world().await;
        let (_, room) = talking(&w).await;
        w.agent_says(&room, "Hi");
        w.settle().await;
        w.effects.count()
    };
    for n in 1..=calls {
        let w = world().await;
        let (_, room) = talking(&w).await;
        w.effects.plan(n, Fault::Kill);
        w.agent_says(&room, "Hi");
        w.settle().await;
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for call in w.endpoint.taken() {
            ids.entry(word(&call)).or_default().insert(call.id);
        }
        let told: Vec<_> = ids.keys().map(String::as_str).collect();
        // killed between the record and the call: nobody knows, and that is told
        let expected: &[&str] = match w.whatsapp.accepted().len() {
            0 => &["failed"],
            _ => &["delivered", "queued", "sent"],
        };
        assert_eq!(told, expected, "call {n}");
        assert!(ids.values().all(|ids| ids.len() == 1), "call {n}: {ids:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_set_up_later_is_told_of_older_messages_too() {
    let w = with(Settings::default(), false).await;
    let (ana, room) = talking(&w).await;
    w.agent_says(&room, "Hi");
    w.settle().await;
    let app = w.app();
    let (_, version) = app.store.find_settings(w.now()).await.unwrap();
    app.store
        .put_settings(&settings(), version, true)
        .await
        .unwrap();
    w.sleep(Duration::from_secs(60)).await;
    w.whatsapp.customer_reads(NUMBER, &ana);
    w.settle().await;
    assert_eq!(words(&w), ["read"]);
    assert_eq!(w.endpoint.taken()[0].body["mobileNo"], ANA);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_down_for_two_days_gets_everything_in_the_schedules_time() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.endpoint.set_manner(Manner::Answers(503));
    let mut sent = Vec::new();
    for n in 0..20 {
        sent.push(w.agent_says(&room, &format!("Message {n}")));
        w.run_for(Duration::from_secs(600)).await;
    }
    w.run_for(days(2)).await;
    assert_eq!(words(&w), Vec::<String>::new());
    w.endpoint.set_manner(Manner::Takes);
    let up = w.now();
    w.run_for(hours(11)).await;
    let taken = w.endpoint.taken();
    let told: BTreeSet<_> = taken
        .iter()
        .map(|call| (call.body["id"].clone().to_string(), word(call)))
        .collect();
    assert_eq!(told.len(), 20 * 3, "{told:?}");
    // tries: at once, 5 s, 5 min, 30 min, 2 h, 5 h, then every 10 h, a tenth to either side; what
    // was left alone because the endpoint was down for others came between
    let calls = w.endpoint.calls();
    let mut tries: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for call in &calls {
        tries.entry(call.id.clone()).or_default().push(call.at_ms);
    }
    for (id, times) in &tries {
        assert!(times.len() <= 12, "{id}: {} tries", times.len());
    }
    assert!(
        taken
            .iter()
            .all(|call| call.at_ms - up.millis() <= 11 * 3_600_000)
    );
    // nobody else noticed
    assert_eq!(w.whatsapp.accepted().len(), 20);
    w.settle().await;
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_alone_is_tried_by_the_clock_and_given_up_after_three_days() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.endpoint.set_manner(Manner::Silent);
    let id = w.agent_says(&room, "Hi");
    w.settle().await;
    let times: Vec<_> = w
        .endpoint
        .calls()
        .iter()
        .map(|call| call.at_ms / 1_000)
        .collect();
    let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let steps = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
    assert!(waits.len() >= 10, "{waits:?}");
    for (wait, step) in waits.iter().zip(steps) {
        // 15 s without an answer, and the jitter of a tenth
        let most = step + step / 10 + 17;
        assert!((step - step / 10..=most).contains(wait), "{waits:?}");
    }
    assert!(times[times.len() - 1] - times[0] <= 3 * 86_400, "{times:?}");
    w.tick().await;
    assert_eq!(w.parked().await, ["callbacks not_delivered"]);
    let undelivered = manage::undelivered(&w.app(), w.now()).await.unwrap();
    assert_eq!(undelivered[0].callback.status, "queued");
    let delivery = &log(&w, &id).await[0];
    assert_eq!(delivery.tries.len(), times.len());
    assert!(!delivery.delivered && delivery.tries[0].code == "no_answer");
    assert!((15_000..15_100).contains(&delivery.tries[0].millis));
    // an operator has it delivered after all, under its own id
    w.endpoint.set_manner(Manner::Takes);
    let redriven = manage::redrive(&w.app(), w.now()).await.unwrap();
    assert_eq!((redriven.sent, redriven.more), (1, false));
    w.settle().await;
    assert_eq!(w.endpoint.taken()[0].id, w.endpoint.calls()[0].id);
    let delivery = &log(&w, &id).await[0];
    assert!(delivery.delivered && delivery.tries.len() == times.len() + 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_endpoint_announces_is_honoured() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.endpoint.set_manner(Manner::Later(429, 90));
    w.agent_says(&room, "Hi");
    w.run_for(Duration::from_secs(30)).await;
    w.endpoint.set_manner(Manner::Takes);
    w.settle().await;
    let times: Vec<_> = w.endpoint.calls().iter().map(|call| call.at_ms).collect();
    assert_eq!(times.len(), 2);
    assert!(
        (90_000..=110_000).contains(&(times[1] - times[0])),
        "{times:?}"
    );
}

/// Whoever announces a second for days is called no more often than by the clock, and whoever asks for
/// an hour is left alone by all callbacks.
#[tokio::test(start_paused = true)]
async fn an_announced_wait_only_lengthens_the_clock() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.endpoint.set_manner(Manner::Later(429, 1));
    w.agent_says(&room, "Hi");
    w.settle().await;
    let calls = w.endpoint.calls().len();
    assert!(calls <= 12, "{calls} calls");
    w.endpoint.set_manner(Manner::Later(503, 3_600));
    for n in 0..10 {
        w.agent_says(&room, &format!("Message {n}"));
    }
    w.run_for(Duration::from_secs(1_800)).await;
    assert!(w.endpoint.calls().len() <= calls + 10);
    let before = w.endpoint.calls().len();
    w.agent_says(&room, "One more");
    w.run_for(Duration::from_secs(900)).await;
    assert_eq!(w.endpoint.calls().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.endpoint.set_manner(Manner::Redirects);
    let id = w.agent_says(&room, "Hi");
    w.run_for(Duration::from_secs(3)).await;
    assert_eq!(log(&w, &id).await[0].tries[0].code, "http_302");
    w.endpoint.set_manner(Manner::Takes);
    w.settle().await;
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_410_switches_the_endpoint_off_until_an_operator_switches_it_on() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    w.endpoint.set_manner(Manner::Answers(410));
    w.agent_says(&room, "Hi");
    w.run_for(Duration::from_secs(60)).await;
    let app = w.app();
    let overview = manage::overview(&app, w.now()).await.unwrap();
    assert!(overview.endpoint.off_since.is_some());
    let calls = w.endpoint.calls().len();
    w.endpoint.set_manner(Manner::Takes);
    w.agent_says(&room, "Still there?");
    w.run_for(hours(3)).await;
    assert_eq!(w.endpoint.calls().len(), calls);
    manage::enable(&app, "tests", w.now()).await.unwrap();
    w.settle().await;
    assert_eq!(words(&w).len(), 6);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_address_gets_what_the_old_one_did_not_take() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    let app = w.app();
    let put = async |url: &str| {
        let given = json!({ "messageStatusEndpointUrl": url });
        let given = given.as_object().unwrap();
        let mode = bridge::flows::settings::Mode::Merge;
        bridge::flows::settings::change(&app, given, mode, "tests", w.now()).await
    };
    let refused = put("https://10.0.0.1/hook").await.unwrap_err();
    assert_eq!(refused.code, "address_refused");
    assert!(
        refused.message.contains("10.0.0.0/8"),
        "{}",
        refused.message
    );
    w.endpoint.set_manner(Manner::Answers(500));
    w.agent_says(&room, "Hi");
    w.run_for(Duration::from_secs(60)).await;
    put("https://status.test/other").await.unwrap();
    w.endpoint.set_manner(Manner::Takes);
    w.settle().await;
    assert_eq!(words(&w).len(), 3);
    // none any more: nothing is called, what waits is kept for a new one, and parked after three days
    w.endpoint.set_manner(Manner::Answers(500));
    w.agent_says(&room, "Bye");
    w.run_for(Duration::from_secs(60)).await;
    put("").await.unwrap();
    w.endpoint.set_manner(Manner::Takes);
    w.settle().await;
    assert_eq!(words(&w).len(), 3);
    w.tick().await;
    assert_eq!(w.parked().await, ["callbacks not_delivered"; 3]);
    put("https://status.test/third").await.unwrap();
    let redriven = manage::redrive(&app, w.now()).await.unwrap();
    assert_eq!(redriven.sent, 3);
    w.settle().await;
    assert_eq!(words(&w).len(), 6);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_replaced_signs_for_a_while() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    let app = w.app();
    let made = manage::rotate(&app, hours(1), "tests", w.now())
        .await
        .unwrap();
    w.agent_says(&room, "Hi");
    w.settle().await;
    w.sleep(hours(2)).await;
    w.agent_says(&room, "Hi again");
    w.settle().await;
    let taken = w.endpoint.taken();
    assert_eq!(taken.len(), 6);
    for (n, call) in taken.iter().enumerate() {
        let at = Timestamp::from_seconds(call.timestamp.parse().unwrap());
        let body = call.raw.as_bytes();
        let alone = SigningSecrets {
            previous: Vec::new(),
            ..made.clone()
        };
        let signed = alone.header(&call.id, body, at).unwrap();
        let both = call.signature.contains(' ');
        assert!(call.signature.starts_with(&signed));
        assert_eq!(both, n < 3, "call {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn callbacks_of_a_span_are_made_anew_with_their_ids() {
    let w = world().await;
    let (_, room) = talking(&w).await;
    let from = w.now();
    for n in 0..40 {
        w.agent_says(&room, &format!("Message {n}"));
    }
    w.settle().await;
    let to = w.now();
    w.sleep(hours(30)).await;
    let before: BTreeSet<_> = w
        .endpoint
        .taken()
        .into_iter()
        .map(|call| (call.id, call.raw))
        .collect();
    assert_eq!(before.len(), 120);
    let app = w.app();
    let by = ("tests", w.now());
    manage::replay(&app, (from, to.plus(Duration::from_secs(1))), false, by)
        .await
        .unwrap();
    w.settle().await;
    let taken = w.endpoint.taken();
    assert_eq!(taken.len(), 240);
    let after: BTreeSet<_> = taken.into_iter().map(|call| (call.id, call.raw)).collect();
    assert_eq!(before, after);
    // only what failed: nothing did
    manage::replay(&app, (from, w.now()), true, by)
        .await
        .unwrap();
    w.settle().await;
    assert_eq!(w.endpoint.taken().len(), 240);
    let newest = manage::deliveries(&app, &Asked::default(), w.now())
        .await
        .unwrap();
    assert!(newest.is_empty());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_test_call_is_marked_and_not_repeated() {
    let w = world().await;
    let app = w.app();
    w.endpoint.set_manner(Manner::Answers(500));
    let message = manage::test(&app, w.now()).await.unwrap();
    w.settle().await;
    let calls = w.endpoint.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body["test"], true);
    assert_eq!(log(&w, message.as_str()).await[0].tries[0].code, "http_500");
}

#[tokio::test(start_paused = true)]
async fn the_event_bus_gets_the_same_and_costs_the_endpoint_nothing() {
    let w = with(settings(), true).await;
    let (_, room) = talking(&w).await;
    w.aws.events.set_out_of_order(true);
    w.agent_says(&room, "Hi");
    w.run_for(hours(1)).await;
    assert_eq!(w.endpoint.calls().len(), 3);
    assert_eq!(w.aws.events.all().len(), 0);
    w.aws.events.set_out_of_order(false);
    w.settle().await;
    let sorted = |mut all: Vec<String>| {
        all.sort_unstable();
        all
    };
    let events = w.aws.events.all();
    let details = events
        .iter()
        .map(|event| event.detail.to_string())
        .collect();
    let bodies = w
        .endpoint
        .taken()
        .iter()
        .map(|call| call.body.to_string())
        .collect();
    assert_eq!(sorted(details), sorted(bodies));
    assert_eq!(w.endpoint.calls().len(), 3);
    let event = &events[0];
    assert_eq!(
        (&*event.source, &*event.detail_type),
        ("bridge360", "Message Status")
    );
    assert_eq!(event.bus, "events-of-the-tests");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_bus_alone_is_told_too() {
    let w = with(Settings::default(), true).await;
    let (_, room) = talking(&w).await;
    w.agent_says(&room, "Hi");
    w.settle().await;
    assert_eq!(w.aws.events.all().len(), 3);
    assert_eq!(w.endpoint.calls().len(), 0);
}

/// A slow endpoint: neither conversations nor statuses wait for it.
#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_delays_nothing_else() {
    let w = world().await;
    let (ana, room) = talking(&w).await;
    w.endpoint.set_manner(Manner::Silent);
    for n in 0..30 {
        w.agent_says(&room, &format!("Message {n}"));
    }
    w.run_for(Duration::from_secs(20)).await;
    let before = w.now();
    w.says(&ana, "And me?");
    w.run_for(Duration::from_secs(3)).await;
    let line = w.rocketchat.transcript(&room).into_iter().rev();
    let line = line.into_iter().find(|line| line.text.contains("And me?"));
    assert!(line.is_some_and(|line| line.ts_ms - before.millis() <= 3_000));
    w.whatsapp.fail_next_status(131_026, "refused");
    w.agent_says(&room, "Never seen");
    w.run_for(Duration::from_secs(5)).await;
    let noted = |line: &String| line.contains("Never seen") && line.contains("Not delivered");
    assert!(w.screen(&room).iter().any(noted));
    w.endpoint.set_manner(Manner::Takes);
    w.settle().await;
    w.assert_clean().await;
}
