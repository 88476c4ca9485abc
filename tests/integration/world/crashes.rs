//! Crashes: killed before every single call, then delivered again. One message on each side.

use bridge::domain::settings::{Settings, UnknownOutcome};
use bridge_harness::{Fault, Setup, World};

const ANA: &str = "16505551234";

fn setup(unknown_outcome: UnknownOutcome) -> Setup {
    Setup {
        settings: Settings {
            unknown_outcome,
            ..Settings::default()
        },
        connection: Box::new(|connection| {
            connection.welcome_message = Some("Welcome!".to_owned());
            connection.conversation_finished_message = Some("Goodbye!".to_owned());
        }),
        ..Setup::default()
    }
}

/// The whole story: a first message (contact, room, welcome), an answer, closing, a second room.
async fn story(w: &World) {
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.agent_says(&room, "How can I help?");
    w.settle().await;
    w.agent_closes(&room);
    w.settle().await;
    w.says(&ana, "One more thing");
    w.settle().await;
}

/// What everybody must have seen. `told` = notes to agents are allowed (unknown outcomes).
async fn check(w: &World, n: usize, fault: Fault, told: bool) {
    let case = format!("{fault:?} at call {n}: {:?}", w.effects.log().get(n - 1));
    let rooms = w.rooms(ANA);
    let screens: Vec<Vec<String>> = rooms
        .iter()
        .map(|room| {
            w.screen(&room.id)
                .into_iter()
                .filter(|line| !line.starts_with("bot:"))
                .collect()
        })
        .collect();
    assert_eq!(
        screens,
        [
            vec![
                "customer: Hello".to_owned(),
                "agent.one: How can I help?".to_owned()
            ],
            vec!["customer: One more thing".to_owned()],
        ],
        "{case}"
    );
    assert_eq!(w.rocketchat.visitors().len(), 1, "{case}");
    let mut texts = w.texts(ANA);
    let expected = ["Welcome!", "*Agent One:*\nHow can I help?", "Goodbye!"];
    for text in expected {
        let times = texts.iter().filter(|seen| *seen == text).count();
        assert!(times <= 1, "{case}: {text} came {times} times");
        if times == 0 {
            assert!(told, "{case}: {text} is lost");
        }
    }
    texts.retain(|text| !expected.contains(&text.as_str()));
    assert!(texts.is_empty(), "{case}: {texts:?}");
    let mut order = w.texts(ANA);
    order.dedup();
    let places: Vec<_> = order
        .iter()
        .filter_map(|t| expected.iter().position(|e| e == t))
        .collect();
    assert!(places.is_sorted(), "{case}: {order:?}");
    assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
}

async fn enumerate(fault: Fault, unknown: UnknownOutcome) -> usize {
    let clean = World::with(setup(unknown)).await;
    story(&clean).await;
    let calls = clean.effects.count();
    assert!(calls > 20, "{calls}");
    for n in 1..=calls {
        let w = World::with(setup(unknown)).await;
        w.effects.plan(n, fault);
        story(&w).await;
        let what = w.effects.log()[n - 1].what.clone();
        // the send itself, or what stands between intent and record, may leave the outcome
        // unknown; the agent is told then
        let told = unknown == UnknownOutcome::Tell;
        check(&w, n, fault, told).await;
        if told
            && !w
                .texts(ANA)
                .iter()
                .any(|text| text.ends_with("How can I help?"))
        {
            let notes = w
                .rooms(ANA)
                .iter()
                .flat_map(|room| w.screen(&room.id))
                .collect::<Vec<_>>();
            assert!(
                notes
                    .iter()
                    .any(|line| line.starts_with("bot: Not delivered")),
                "{fault:?} at {n} ({what}): lost without a word; {notes:?}"
            );
        }
    }
    calls
}

#[tokio::test(start_paused = true)]
async fn killed_before_every_call_each_message_arrives_once() {
    let points = enumerate(Fault::Kill, UnknownOutcome::Resend).await;
    println!("kill points: {points}");
}

#[tokio::test(start_paused = true)]
async fn killed_before_every_call_the_agent_is_told_where_the_outcome_is_unknown() {
    enumerate(Fault::Kill, UnknownOutcome::Tell).await;
}

#[tokio::test(start_paused = true)]
async fn every_call_failing_once_changes_nothing() {
    enumerate(Fault::Before, UnknownOutcome::Resend).await;
}

#[tokio::test(start_paused = true)]
async fn every_answer_lost_once_changes_nothing() {
    enumerate(Fault::After, UnknownOutcome::Resend).await;
}

#[tokio::test(start_paused = true)]
async fn every_call_hanging_once_changes_nothing() {
    enumerate(Fault::Slow, UnknownOutcome::Resend).await;
}
