//! The 24-hour window: held, released in order, refused, and the race between both sides.

use std::time::Duration;

use bridge::domain::connection::Circuit;
use bridge::domain::settings::{OutsideWindow, Settings};
use bridge_harness::{Fault, Function, Setup, World};

use super::expiry::{contact, switch};

const ANA: &str = "16505551234";
const DAY: Duration = Duration::from_secs(25 * 3600);

/// A day after Ana wrote: nothing but templates may be sent to her.
pub(super) async fn silent_for_a_day(setup: Setup) -> (World, String, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.sleep(DAY).await;
    let room = w.room(ANA).id;
    (w, ana, room)
}

/// What our bot said in a room.
pub(super) fn notes(w: &World, room: &str) -> Vec<String> {
    w.screen(room)
        .into_iter()
        .filter(|line| line.starts_with("bot:"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn held_messages_go_out_in_order_when_the_customer_writes() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    w.agent_says(&room, "two");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert_eq!(notes(&w, &room).len(), 2, "{:?}", notes(&w, &room));
    assert!(notes(&w, &room)[0].starts_with("bot: Kept for WhatsApp: “one”"));
    w.says(&ana, "I am back");
    w.agent_says(&room, "three");
    w.settle().await;
    let expected = ["one", "two", "three"].map(|text| format!("*Agent One:*\n{text}"));
    assert_eq!(w.texts(&ana), expected);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn refusing_tells_the_agent_at_once() {
    let settings = Settings {
        outside_window: OutsideWindow::Refuse,
        ..Settings::default()
    };
    let (w, ana, room) = silent_for_a_day(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    w.agent_says(&room, "one");
    w.settle().await;
    assert!(
        notes(&w, &room)[0].contains("more than 24 hours ago"),
        "{:?}",
        notes(&w, &room)
    );
    w.says(&ana, "back");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["outbound window_closed"]);
}

#[tokio::test(start_paused = true)]
async fn metas_word_corrects_our_clock() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    let closed = bridge_simulators::whatsapp::SendFault::Refuse {
        http: 400,
        code: 131_047,
        details: "Re-engagement".into(),
    };
    w.whatsapp.fail_next_send(closed);
    w.agent_says(&room, "one");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert!(notes(&w, &room)[0].starts_with("bot: Kept for WhatsApp"));
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn metas_word_counts_too_where_it_comes_as_a_status() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.whatsapp.fail_next_status(131_047, "Re-engagement");
    w.agent_says(&room, "one");
    w.settle().await;
    w.agent_says(&room, "two");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    let seen = notes(&w, &room);
    assert!(seen[0].ends_with("(131047)"), "{seen:?}");
    assert!(
        seen[1].starts_with("bot: Kept for WhatsApp: “two”"),
        "{seen:?}"
    );
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"]);
    // it says nothing of a window that has opened since the message was sent
    w.whatsapp.tune(|options| options.sent_after_ms = 10_000);
    w.whatsapp.fail_next_status(131_047, "Re-engagement");
    w.agent_says(&room, "three");
    w.run_for(Duration::from_secs(5)).await;
    w.says(&ana, "and again");
    w.settle().await;
    w.agent_says(&room, "four");
    w.settle().await;
    assert_eq!(w.texts(&ana)[1..], ["*Agent One:*\nfour"]);
    w.assert_clean().await;
}

/// A refusal that an earlier run wrote down says nothing about the window as it is now.
#[tokio::test(start_paused = true)]
async fn a_remembered_refusal_closes_no_window() {
    let settings = Settings {
        outside_window: OutsideWindow::Refuse,
        ..Settings::default()
    };
    let (w, ana, room) = silent_for_a_day(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let (mut recorded, mut killed) = (false, false);
    w.effects.choose(move |call| {
        let ours = call.function == Function::ToWhatsapp;
        let now = ours && recorded && !std::mem::replace(&mut killed, recorded);
        recorded |= ours && call.what == "dynamodb PutItem";
        now.then_some(Fault::Kill)
    });
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(5)).await;
    assert_eq!(w.effects.kills(), 1);
    w.says(&ana, "back");
    w.settle().await;
    assert!(notes(&w, &room)[0].contains("more than 24 hours ago"));
    assert!(contact(&w, &room).await.window_is_open(w.now()));
    w.agent_says(&room, "two");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"]);
    assert_eq!(w.parked().await, ["outbound window_closed"]);
}

/// The worker remembers a circuit whose pause is over, and another one has opened it again.
#[tokio::test(start_paused = true)]
async fn a_number_that_is_stopped_again_gives_nothing_up_that_is_held() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    let ben = w.customer("Ben", "4915112345678");
    w.says(&ben, "Hello");
    w.settle().await;
    let (store, begun) = (w.app().store, w.now());
    let stop = async |seconds: u64| {
        let until = w.now().plus(Duration::from_secs(seconds));
        let circuit = Circuit {
            until,
            ..Circuit::after(None, "whatsapp_131042", begun)
        };
        store.put_circuit(&w.connection, &circuit).await.unwrap();
    };
    stop(10).await;
    w.sleep(Duration::from_secs(1)).await;
    w.agent_says(&w.room("4915112345678").id, "to Ben");
    w.settle().await;
    assert!(w.texts(&ben).is_empty());
    w.sleep(Duration::from_secs(12)).await;
    stop(300).await;
    w.says(&ana, "back");
    w.settle().await;
    assert!(contact(&w, &room).await.held);
    assert_eq!(notes(&w, &room).len(), 1, "{:?}", notes(&w, &room));
    w.sleep(Duration::from_secs(360)).await;
    w.says(&ana, "still there");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn messages_held_too_long_are_told_and_not_sent() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.sleep(DAY).await;
    w.says(&ana, "back");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert!(
        notes(&w, &room)[1].contains("did not write in time"),
        "{:?}",
        notes(&w, &room)
    );
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["outbound held_too_long"]);
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_held_message_replaces_it() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    w.rocketchat.agent_edits(&id, "one").unwrap();
    w.settle().await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_held_message_replaces_it_at_a_number_that_is_switched_off() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    switch(&w, false).await;
    w.rocketchat.agent_edits(&id, "one").unwrap();
    w.settle().await;
    switch(&w, true).await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    let notes: Vec<_> = w.screen(&room).into_iter().collect();
    let told = notes.iter().filter(|line| line.starts_with("bot: "));
    assert_eq!(told.count(), 1, "held, and nothing else: {notes:?}");
}

/// Both at once, killed before every call: held or sent, never lost, never twice, in order.
#[tokio::test(start_paused = true)]
async fn holding_and_the_customers_answer_cannot_miss_each_other_whatever_dies() {
    let story = async |w: &World, ana: &str, room: &str| {
        w.agent_says(room, "one");
        w.run_for(Duration::from_millis(1)).await;
        w.says(ana, "back");
        w.agent_says(room, "two");
        w.settle().await;
    };
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.effects.clear();
    story(&w, &ana, &room).await;
    let calls = w.effects.count();
    for fault in [Fault::Kill, Fault::Before, Fault::After] {
        for n in 1..=calls {
            let settings = Settings {
                unknown_outcome: bridge::domain::settings::UnknownOutcome::Resend,
                ..Settings::default()
            };
            let (w, ana, room) = silent_for_a_day(Setup {
                settings,
                ..Setup::default()
            })
            .await;
            w.effects.clear();
            w.effects.plan(n, fault);
            story(&w, &ana, &room).await;
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            let expected = ["one", "two"].map(|text| format!("*Agent One:*\n{text}"));
            let mut texts = w.texts(&ana);
            // an event that Rocket.Chat has to deliver again comes after the next one
            if w.effects.log()[n - 1].function == Function::AgentEvents {
                texts.sort();
            }
            assert_eq!(texts, expected, "{case}");
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}
