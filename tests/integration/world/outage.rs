//! Rocket.Chat or 360dialog out of order for an hour: nothing lost, no storm, order kept.

use std::time::Duration;

use bridge_harness::{Function, Setup, World};
use bridge_simulators::rocketchat::Outage;
use bridge_simulators::whatsapp::SendFault;

const BEN: &str = "16505551235";
const HOUR: Duration = Duration::from_secs(3600);

async fn rocketchat_out(outage: Outage) {
    let w = World::new().await;
    let customers: Vec<String> = (0..20)
        .map(|n| w.customer(&format!("C{n}"), &format!("1650{n:07}")))
        .collect();
    for customer in &customers {
        w.says(customer, "before");
    }
    w.settle().await;
    w.effects.clear();
    w.rocketchat.outage(Some(outage));
    for text in ["one", "two", "three"] {
        for customer in &customers {
            w.says(customer, text);
        }
        w.run_for(Duration::from_secs(60)).await;
    }
    w.run_for(HOUR).await;
    let during = w.effects.calls(None, "POST /api") + w.effects.calls(None, "GET /api");
    // 60 messages cost 60 calls on a good day; an hour of probes must stay below three times that
    assert!(
        during <= 180,
        "{outage:?}: {during} calls during the outage"
    );
    w.rocketchat.outage(None);
    let back = w.now();
    w.settle().await;
    assert!(
        w.now().since(back) <= Duration::from_secs(15 * 60 + 240),
        "{:?}",
        w.now().since(back)
    );
    for customer in &customers {
        let screen = w.screen(&w.room(customer).id);
        let expected = ["before", "one", "two", "three"].map(|text| format!("customer: {text}"));
        assert_eq!(screen, expected, "{outage:?}");
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_429_that_announces_an_hour() {
    rocketchat_out(Outage::Throttled {
        reset_ms: 1_780_300_800_000 + 3_600_000,
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_429_whose_reset_lies_in_the_past() {
    rocketchat_out(Outage::Throttled { reset_ms: 60_000 }).await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_503() {
    rocketchat_out(Outage::Status(503)).await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_html() {
    rocketchat_out(Outage::Html).await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_silence() {
    rocketchat_out(Outage::Silence).await;
}

/// A database that has no primary: told as a refusal, of which nothing is to be believed.
#[tokio::test(start_paused = true)]
async fn an_hour_of_400() {
    rocketchat_out(Outage::Failing).await;
}

/// Everything stands, and nobody was told so: after it each message is refused as a repeated one.
#[tokio::test(start_paused = true)]
async fn an_hour_of_503_that_carries_everything_out() {
    rocketchat_out(Outage::StatusAfter(503)).await;
}

async fn answered() -> (World, String, String) {
    let w = World::with(Setup::default()).await;
    let ana = w.customer("Ana", "16505551234");
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room("16505551234").id;
    (w, ana, room)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_resolved_by_the_status_and_sent_once() {
    for fault in [
        SendFault::LoseAnswer,
        SendFault::ErrorAfterAccept { http: 502 },
        SendFault::Html,
    ] {
        let (w, ana, room) = answered().await;
        let accepted = !matches!(fault, SendFault::Html);
        w.whatsapp.fail_next_send(fault);
        w.agent_says(&room, "one");
        w.agent_says(&room, "two");
        w.settle().await;
        let texts = w.texts(&ana);
        if accepted {
            assert_eq!(texts, ["*Agent One:*\none", "*Agent One:*\ntwo"]);
            w.assert_clean().await;
        }
        assert!(texts.iter().filter(|text| text.ends_with("one")).count() <= 1);
        assert!(texts.last().unwrap().ends_with("two"), "{texts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_lost_without_any_status_is_told_to_the_agent_within_ten_minutes() {
    let (w, ana, room) = answered().await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.whatsapp
        .fail_next_send(SendFault::ErrorBefore { http: 502 });
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(600)).await;
    let note = w.screen(&room).pop().unwrap();
    assert!(
        note.starts_with("bot: Not delivered to WhatsApp: “one” WhatsApp did not say"),
        "{note}"
    );
    assert!(w.texts(&ana).is_empty());
}

#[tokio::test(start_paused = true)]
async fn throttles_and_pair_limits_are_waited_out_in_order() {
    let (w, ana, room) = answered().await;
    w.whatsapp
        .fail_next_send(SendFault::Throttle429 { retry_after: 7 });
    w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_056,
        details: String::new(),
    });
    for n in 0..5 {
        w.agent_says(&room, &format!("{n}"));
    }
    w.settle().await;
    let expected: Vec<String> = (0..5).map(|n| format!("*Agent One:*\n{n}")).collect();
    assert_eq!(w.texts(&ana), expected);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_the_number_holds_back_everybody_as_long_as_it_says() {
    let (w, ana, room) = answered().await;
    let ben = w.customer("Ben", BEN);
    w.says(&ben, "Hello");
    w.settle().await;
    let other = w.room(BEN).id;
    w.effects.clear();
    w.whatsapp
        .fail_next_send(SendFault::Throttle429 { retry_after: 20 });
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(2)).await;
    w.agent_says(&other, "two");
    w.run_for(Duration::from_secs(10)).await;
    let calls = || {
        w.effects
            .calls(Some(Function::ToWhatsapp), "POST /messages")
    };
    assert_eq!(calls(), 1, "nobody asks before its time");
    assert_eq!((w.texts(&ana).len(), w.texts(&ben).len()), (0, 0));
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    assert_eq!(w.texts(&ben), ["*Agent One:*\ntwo"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn three_days_without_rocketchat_lose_nothing_and_keep_the_order() {
    for outage in [
        Outage::Status(503),
        Outage::Throttled {
            reset_ms: i64::MAX / 2,
        },
    ] {
        let w = World::new().await;
        let known = w.customer("Known", "16500000001");
        w.says(&known, "before");
        w.settle().await;
        let new = w.customer("New", "16500000002");
        w.rocketchat.outage(Some(outage));
        for text in ["one", "two"] {
            w.says(&known, text);
            w.says(&new, text);
            w.run_for(Duration::from_secs(36 * 3600)).await;
        }
        let most = w
            .aws
            .sqs
            .messages("inbound.fifo")
            .iter()
            .map(|m| m.receive_count)
            .max();
        assert!(most.is_some_and(|most| most < 1000), "{most:?}");
        w.rocketchat.outage(None);
        w.settle().await;
        let screen = |phone: &str| w.screen(&w.room(phone).id);
        assert_eq!(
            screen("16500000001"),
            ["customer: before", "customer: one", "customer: two"]
        );
        assert_eq!(screen("16500000002"), ["customer: one", "customer: two"]);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_360dialog_keeps_the_order_of_what_is_still_fresh() {
    let (w, ana, room) = answered().await;
    w.whatsapp
        .outage(Some(bridge_simulators::whatsapp::Outage::Throttled {
            retry_after: 30,
        }));
    for n in 0..3 {
        w.agent_says(&room, &format!("{n}"));
        w.run_for(Duration::from_secs(600)).await;
    }
    w.whatsapp.outage(None);
    w.settle().await;
    let expected: Vec<String> = (0..3).map(|n| format!("*Agent One:*\n{n}")).collect();
    assert_eq!(w.texts(&ana), expected);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_of_many_messages_gets_through_a_slow_limiter() {
    let w = World::with(Setup {
        version: bridge_simulators::rocketchat::Version::V7,
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", "16505551234");
    w.says(&ana, "Hello");
    w.settle().await;
    w.whatsapp.hold_webhooks(true);
    for n in 0..25 {
        w.says(&ana, &format!("{n}"));
    }
    w.whatsapp.merge(true);
    w.whatsapp.hold_webhooks(false);
    let began = w.now();
    w.settle().await;
    assert!(
        w.now().since(began) < Duration::from_secs(600),
        "{:?}",
        w.now().since(began)
    );
    assert_eq!(w.screen(&w.room("16505551234").id).len(), 26);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_status_whose_pointer_was_never_written_is_recorded_and_told() {
    let (w, _, room) = answered().await;
    w.whatsapp.fail_next_send(SendFault::LoseAnswer);
    w.whatsapp.fail_next_status(131_026, "undeliverable");
    w.agent_says(&room, "one");
    // status-fanout resolves the part, and dies before it writes the pointer
    w.effects.clear();
    let dry = w.effects.clone();
    while !w.run_for(Duration::from_secs(1)).await {
        let log = dry.log();
        let last = log.iter().rposition(|e| e.what == "dynamodb UpdateItem");
        let fanout = bridge_harness::Function::StatusFanout;
        if dry.kills() == 0 && last.is_some_and(|n| log[n].function == fanout && n > 3) {
            w.effects.plan(1, bridge_harness::Fault::Kill);
        }
    }
    w.settle().await;
    let note = w.screen(&room).pop().unwrap();
    assert!(note.starts_with("bot: Not delivered to WhatsApp"), "{note}");
    assert_eq!(w.leftovers(), Vec::<String>::new());
}
