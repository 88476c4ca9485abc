//! Changed messages: told or corrected, each version once, whatever order the events come in.

use std::time::Duration;

use bridge::domain::settings::{EditedMessages, OutsideWindow, Settings, UnknownOutcome};
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::whatsapp::SendFault;
use serde_json::{Value, json};

use super::expiry::{change, contact};
use super::hold::{notes, silent_for_a_day};

const ANA: &str = "16505551234";

fn settings(edited_messages: EditedMessages) -> Setup {
    Setup {
        settings: Settings {
            edited_messages,
            unknown_outcome: UnknownOutcome::Resend,
            ..Settings::default()
        },
        ..Setup::default()
    }
}

/// Ana and an agent, in a conversation.
async fn talking(setup: Setup) -> (World, String, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.effects.clear();
    (w, ana, room)
}

async fn edits(w: &World, id: &str, text: &str) {
    w.sleep(Duration::from_secs(1)).await;
    w.rocketchat.agent_edits(id, text).unwrap();
    w.settle().await;
}

/// An agent writes and changes it at once; the second event comes first.
async fn overtaken(w: &World, room: &str, (first, second): (&str, &str)) -> String {
    w.effects.choose({
        let mut killed = false;
        move |call| {
            let first = call.function == Function::AgentEvents && !killed;
            killed |= first;
            first.then_some(Fault::Before)
        }
    });
    let id = w.agent_says(room, first);
    w.run_for(Duration::from_millis(100)).await;
    w.rocketchat.agent_edits(&id, second).unwrap();
    w.settle().await;
    w.effects.choose(|_| None);
    id
}

/// What customers read, without the author's line.
fn texts(w: &World, customer: &str) -> Vec<String> {
    let texts = w.texts(customer).into_iter();
    texts
        .map(|text| text.trim_start_matches("*Agent One:*\n").to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_agent_is_told_once_per_version() {
    let (w, ana, room) = talking(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    edits(&w, &id, "one").await;
    edits(&w, &id, "one").await;
    assert_eq!(texts(&w, &ana), ["onr"]);
    let seen = notes(&w, &room);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].contains("cannot change a message"), "{seen:?}");
    edits(&w, &id, "won").await;
    assert_eq!(notes(&w, &room).len(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_correction_quotes_the_first_part() {
    let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
    let long = "word ".repeat(1000);
    let id = w.agent_says(&room, &long);
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 2);
    let first = w.whatsapp.accepted()[0].message.wamid.clone();
    w.deliver_everything_twice();
    edits(&w, &id, "short").await;
    let seen = w.phone(&ana);
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2].text, "*Agent One:*\nCorrection: short");
    assert_eq!(seen[2].quotes.as_deref(), Some(first.as_str()));
    edits(&w, &id, &long).await;
    assert!(w.texts(&ana)[3].starts_with("*Agent One:*\nCorrection: word word"));
    assert!(notes(&w, &room).is_empty());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_correction_speaks_the_customers_language() {
    let mut setup = settings(EditedMessages::Resend);
    setup.settings.preferred_language = "de".to_owned();
    let (w, ana, room) = talking(setup).await;
    let id = w.agent_says(&room, "a");
    w.settle().await;
    edits(&w, &id, "b\nc").await;
    assert_eq!(texts(&w, &ana), ["a", "Berichtigung:\nb\nc"]);
}

#[tokio::test(start_paused = true)]
async fn only_what_the_customer_reads_anew_is_sent() {
    let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
    let id = w.agent_says(&room, "a");
    w.settle().await;
    for text in ["a", "b", "b", "a", "a"] {
        edits(&w, &id, text).await;
    }
    assert_eq!(texts(&w, &ana), ["a", "Correction: b", "Correction: a"]);
    // nothing to read: told
    edits(&w, &id, " ").await;
    assert_eq!(texts(&w, &ana).len(), 3);
    assert_eq!(notes(&w, &room).len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_late_changes_nothing() {
    for mode in [EditedMessages::Tell, EditedMessages::Resend] {
        let (w, ana, room) = talking(settings(mode)).await;
        overtaken(&w, &room, ("onr", "one")).await;
        assert_eq!(texts(&w, &ana), ["one"], "the newer version is the message");
        assert!(notes(&w, &room).is_empty());
        let id = w.agent_says(&room, "a");
        w.settle().await;
        // of two changes the older one comes last
        w.effects.choose({
            let mut refused = false;
            move |call| {
                let first = call.function == Function::AgentEvents && !refused;
                refused |= first;
                first.then_some(Fault::Before)
            }
        });
        w.rocketchat.agent_edits(&id, "b").unwrap();
        w.run_for(Duration::from_millis(100)).await;
        w.rocketchat.agent_edits(&id, "c").unwrap();
        w.settle().await;
        let (corrected, told) = match mode {
            EditedMessages::Tell => (2, 1),
            EditedMessages::Resend => (3, 0),
        };
        let seen = texts(&w, &ana);
        assert_eq!(
            (seen.len(), notes(&w, &room).len()),
            (corrected, told),
            "{seen:?}"
        );
        assert!(!seen.iter().any(|text| text.ends_with('b')), "{seen:?}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_message_is_replaced_in_its_place_and_told_once() {
    for overtakes in [false, true] {
        let (w, ana, room) = silent_for_a_day(Setup::default()).await;
        w.agent_says(&room, "zero");
        w.settle().await;
        let id = if overtakes {
            overtaken(&w, &room, ("onr", "one")).await
        } else {
            let id = w.agent_says(&room, "onr");
            w.settle().await;
            edits(&w, &id, "one").await;
            id
        };
        w.agent_says(&room, "two");
        w.settle().await;
        if !overtakes {
            edits(&w, &id, "won").await;
        }
        let seen = notes(&w, &room);
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(w.app().store.list_due(None, 9).await.unwrap().len(), 3);
        w.says(&ana, "back");
        w.settle().await;
        let last = if overtakes { "one" } else { "won" };
        assert_eq!(texts(&w, &ana), ["zero", last, "two"]);
        assert_eq!(w.app().store.list_due(None, 9).await.unwrap().len(), 0);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_age_of_a_held_message_is_that_of_its_first_version() {
    let (w, _, room) = silent_for_a_day(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    w.sleep(Duration::from_secs(20 * 3600)).await;
    edits(&w, &id, "one").await;
    w.sleep(Duration::from_secs(5 * 3600)).await;
    w.tick().await;
    w.settle().await;
    let seen = notes(&w, &room);
    assert!(
        seen[1].contains("“one” The customer did not write in time"),
        "{seen:?}"
    );
    assert!(!contact(&w, &room).await.held);
    assert_eq!(w.parked().await, ["outbound held_too_long"]);
}

#[tokio::test(start_paused = true)]
async fn a_held_message_is_replaced_whatever_the_settings_say_by_then() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    change(&w, |settings| {
        settings.outside_window = OutsideWindow::Refuse
    })
    .await;
    edits(&w, &id, "one").await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(texts(&w, &ana), ["one"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_correction_is_held_outside_the_window_and_replaced_by_a_newer_one() {
    let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
    let id = w.agent_says(&room, "a");
    w.settle().await;
    w.sleep(Duration::from_secs(25 * 3600)).await;
    edits(&w, &id, "b").await;
    w.agent_says(&room, "next");
    w.settle().await;
    edits(&w, &id, "c").await;
    let seen = notes(&w, &room);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        seen[0].starts_with("bot: Kept for WhatsApp: “Correction: b”"),
        "{seen:?}"
    );
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(texts(&w, &ana), ["a", "Correction: c", "next"]);
    let first = w.whatsapp.accepted()[0].message.wamid.clone();
    assert_eq!(w.phone(&ana)[1].quotes, Some(first));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_whatsapp_did_not_take_in_time_can_still_be_changed() {
    let (w, ana, room) = talking(Setup::default()).await;
    w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_047,
        details: "Re-engagement".into(),
    });
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    edits(&w, &id, "one").await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(texts(&w, &ana), ["one"]);
    assert_eq!(notes(&w, &room).len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_given_up_is_told_or_sent_as_it_is_now() {
    for mode in [EditedMessages::Tell, EditedMessages::Resend] {
        let (w, ana, room) = talking(settings(mode)).await;
        w.whatsapp.fail_next_send(SendFault::Refuse {
            http: 400,
            code: 132_018,
            details: "no".into(),
        });
        let id = w.agent_says(&room, "bad");
        w.settle().await;
        edits(&w, &id, "bad").await;
        assert_eq!(notes(&w, &room).len(), 1, "nothing has changed");
        edits(&w, &id, "good").await;
        let seen = notes(&w, &room);
        match mode {
            EditedMessages::Tell => {
                assert!(
                    seen[1].contains("new version is not sent either"),
                    "{seen:?}"
                );
                assert!(w.texts(&ana).is_empty());
            }
            EditedMessages::Resend => {
                assert_eq!(texts(&w, &ana), ["good"], "no correction: nothing was read");
                assert_eq!(w.phone(&ana)[0].quotes, None);
                assert_eq!(seen.len(), 1);
            }
        }
        assert_eq!(w.leftovers(), Vec::<String>::new());
        assert_eq!(w.parked().await.len(), 1);
    }
}

/// The answer to the first version is lost; the change waits until it is known what became of it.
#[tokio::test(start_paused = true)]
async fn a_change_waits_for_the_message_that_is_on_its_way() {
    for (policy, statuses) in [
        (UnknownOutcome::Tell, true),
        (UnknownOutcome::Tell, false),
        (UnknownOutcome::Resend, false),
    ] {
        let mut setup = settings(EditedMessages::Resend);
        setup.settings.unknown_outcome = policy;
        let (w, ana, room) = talking(setup).await;
        w.whatsapp.tune(|options| options.statuses = statuses);
        w.whatsapp.fail_next_send(SendFault::LoseAnswer);
        let id = w.agent_says(&room, "onr");
        w.run_for(Duration::from_secs(10)).await;
        edits(&w, &id, "one").await;
        let seen = texts(&w, &ana);
        let expected: &[&str] = match (policy, statuses) {
            (UnknownOutcome::Resend, _) => &["onr", "onr", "Correction: one"],
            _ => &["onr", "Correction: one"],
        };
        assert_eq!(seen, expected);
        let quotes = w.phone(&ana).pop().unwrap().quotes;
        assert_eq!(
            quotes.is_some(),
            statuses || policy == UnknownOutcome::Resend
        );
        assert_eq!(w.leftovers(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_correction_that_is_refused_is_told_as_a_message_of_its_own() {
    let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
    let id = w.agent_says(&room, "a");
    w.settle().await;
    for text in ["b", "c"] {
        w.whatsapp.fail_next_send(SendFault::Refuse {
            http: 400,
            code: 131_026,
            details: "no".into(),
        });
        edits(&w, &id, text).await;
    }
    let seen = notes(&w, &room);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[1].contains("“Correction: c”"), "{seen:?}");
    assert_eq!(texts(&w, &ana), ["a"]);
    assert_eq!(w.parked().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_number_corrects_its_own() {
    let (w, ana, _) = talking(Setup {
        connections: 2,
        ..settings(EditedMessages::Resend)
    })
    .await;
    let (_, second) = w.connections[1].clone();
    w.whatsapp.says(&second, &ana, "Hello there");
    w.settle().await;
    let other = w.rooms(ANA).pop().unwrap().id;
    let id = w.agent_says(&other, "a");
    w.settle().await;
    edits(&w, &id, "b").await;
    assert_eq!(texts(&w, &ana), ["a", "Correction: b"]);
    assert_eq!(w.whatsapp.sent_count(&second), 2);
}

/// Killed before every call, each call lost or refused once: message and correction arrive once, in
/// order; or, where the change's event overtakes the first one, the new version alone.
#[tokio::test(start_paused = true)]
async fn whatever_dies_each_version_counts_once() {
    let story = async |w: &World, room: &str| {
        let id = w.agent_says(room, "onr");
        w.run_for(Duration::from_millis(1)).await;
        w.rocketchat.agent_edits(&id, "one").unwrap();
        w.settle().await;
    };
    let begin = async || talking(settings(EditedMessages::Resend)).await;
    let (w, _, room) = begin().await;
    story(&w, &room).await;
    let calls = w.effects.count();
    for fault in [Fault::Kill, Fault::Before, Fault::After] {
        for n in 1..=calls {
            let (w, ana, room) = begin().await;
            w.effects.plan(n, fault);
            story(&w, &room).await;
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            let seen = texts(&w, &ana);
            assert!(
                seen == ["onr", "Correction: one"] || seen == ["one"],
                "{case}: {seen:?}"
            );
            let door = w.effects.log()[n - 1].function == Function::AgentEvents;
            assert!(seen.len() == 2 || door, "{case}");
            assert!(notes(&w, &room).is_empty(), "{case}");
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}

/// The change's event comes first and its run dies: the new version is the message all the same.
#[tokio::test(start_paused = true)]
async fn a_version_that_overtook_and_died_is_brought_to_its_end() {
    let story = async |w: &World, room: &str| overtaken(w, room, ("onr", "one")).await;
    let (w, _, room) = talking(settings(EditedMessages::Resend)).await;
    story(&w, &room).await;
    let calls = w.effects.calls(Some(Function::ToWhatsapp), "");
    assert!(calls > 5);
    for n in 1..=calls {
        let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
        let (mut at, mut refused) = (0, false);
        w.effects.choose(move |call| match call.function {
            Function::AgentEvents if !refused => {
                refused = true;
                Some(Fault::Before)
            }
            Function::ToWhatsapp => {
                at += 1;
                (at == n).then_some(Fault::Kill)
            }
            _ => None,
        });
        let id = w.agent_says(&room, "onr");
        w.run_for(Duration::from_millis(100)).await;
        w.rocketchat.agent_edits(&id, "one").unwrap();
        w.settle().await;
        assert_eq!(texts(&w, &ana), ["one"], "killed at {n}");
        assert!(notes(&w, &room).is_empty(), "killed at {n}");
        assert_eq!(w.leftovers(), Vec::<String>::new(), "killed at {n}");
    }
}

/// The window is open again, and the change comes before what is held was released.
#[tokio::test(start_paused = true)]
async fn a_change_of_a_held_message_counts_in_the_run_that_releases_it() {
    let (w, ana, room) = silent_for_a_day(settings(EditedMessages::Resend)).await;
    let id = w.agent_says(&room, "onr");
    w.agent_says(&room, "two");
    w.settle().await;
    w.pause(Function::ToWhatsapp, Duration::from_secs(60));
    w.rocketchat.agent_edits(&id, "one").unwrap();
    w.run_for(Duration::from_secs(1)).await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(texts(&w, &ana), ["one", "two"]);
    assert_eq!(notes(&w, &room).len(), 2, "held: {:?}", notes(&w, &room));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_message_that_nobody_remembers_sends_nothing() {
    let mut setup = settings(EditedMessages::Resend);
    setup.settings.retention_days.messages = 8;
    let (w, ana, room) = talking(setup).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    w.sleep(Duration::from_secs(9 * 86_400)).await;
    w.aws.dynamodb.sweep_ttl(w.now().millis()).unwrap();
    w.says(&ana, "back");
    w.settle().await;
    w.deliver_everything_twice();
    edits(&w, &id, "one").await;
    assert_eq!(texts(&w, &ana), ["onr"]);
    let seen = notes(&w, &room);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].contains("cannot change a message"), "{seen:?}");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_to_a_correction_quotes_the_message() {
    let (w, ana, room) = talking(settings(EditedMessages::Resend)).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    edits(&w, &id, "one").await;
    let wamid = w.whatsapp.inbox(&ana)[1].wamid.clone();
    w.sends(&ana, &replying("ah", &wamid));
    w.settle().await;
    let seen = w.transcript(&room).pop().unwrap();
    assert_eq!(seen.quotes.as_deref(), Some(id.as_str()), "{seen:?}");
    w.assert_clean().await;
}

/// A text as a reply to a message.
pub(super) fn replying(text: &str, wamid: &str) -> Value {
    json!({ "type": "text", "text": { "body": text }, "context": { "id": wamid } })
}
