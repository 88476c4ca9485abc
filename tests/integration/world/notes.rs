//! What agents are told when something does not go through.

use bridge::domain::settings::{AgentsDisplayInfo, Settings, UndeliverableNotice};
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::whatsapp::SendFault;

const ANA: &str = "16505551234";

async fn answered(setup: Setup) -> (World, String, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    (w, ana, room)
}

fn refusal(code: i64) -> SendFault {
    SendFault::Refuse {
        http: 400,
        code: u32::try_from(code).unwrap(),
        details: "no".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_becomes_a_note_with_the_reason() {
    let (w, ana, room) = answered(Setup::default()).await;
    w.whatsapp.fail_next_send(refusal(131_026));
    w.agent_says(&room, "one");
    w.agent_says(&room, "two");
    w.settle().await;
    let note = w.screen(&room).pop().unwrap();
    assert!(
        note.starts_with("bot: Not delivered to WhatsApp: “one” This person cannot be reached")
    );
    assert!(note.ends_with("(131026)"), "{note}");
    assert_eq!(
        w.texts(&ana),
        ["*Agent One:*\ntwo"],
        "the next message is not held up"
    );
    assert_eq!(w.parked().await, ["outbound whatsapp_131026"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_comes_later_becomes_a_note_once() {
    let (w, _, room) = answered(Setup::default()).await;
    w.whatsapp.duplicate_every(1);
    w.whatsapp.fail_next_status(131_026, "undeliverable");
    w.agent_says(&room, "one");
    w.settle().await;
    let notes: Vec<_> = w
        .screen(&room)
        .into_iter()
        .filter(|line| line.starts_with("bot:"))
        .collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn notes_can_be_worded_or_switched_off() {
    let notice = UndeliverableNotice {
        enabled: true,
        text: "Achtung".into(),
    };
    let settings = Settings {
        undeliverable_notice: notice,
        ..Settings::default()
    };
    let (w, _, room) = answered(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    w.whatsapp.fail_next_send(refusal(131_026));
    w.agent_says(&room, "one");
    w.settle().await;
    assert!(
        w.screen(&room)
            .pop()
            .unwrap()
            .starts_with("bot: Achtung: “one”")
    );

    let notice = UndeliverableNotice {
        enabled: false,
        text: String::new(),
    };
    let settings = Settings {
        undeliverable_notice: notice,
        ..Settings::default()
    };
    let (w, _, room) = answered(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    w.whatsapp.fail_next_send(refusal(131_026));
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.screen(&room).pop().unwrap(), "agent.one: one");
}

#[tokio::test(start_paused = true)]
async fn an_edit_after_sending_is_told() {
    let (w, ana, room) = answered(Setup::default()).await;
    let id = w.agent_says(&room, "onr");
    w.settle().await;
    w.rocketchat.agent_edits(&id, "one").unwrap();
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 1);
    assert!(
        w.screen(&room)
            .pop()
            .unwrap()
            .contains("cannot change a message")
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn agents_are_shown_as_the_settings_say() {
    for (info, text) in [
        (AgentsDisplayInfo::None, "Hi"),
        (AgentsDisplayInfo::Name, "*Agent One:*\nHi"),
        (AgentsDisplayInfo::Username, "*agent.one:*\nHi"),
    ] {
        let settings = Settings {
            agents_display_info: info,
            ..Settings::default()
        };
        let (w, ana, room) = answered(Setup {
            settings,
            ..Setup::default()
        })
        .await;
        w.agent_says(&room, "Hi");
        w.settle().await;
        assert_eq!(w.texts(&ana), [text]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_could_not_be_sent_within_the_hour_is_not_sent_any_more() {
    let (w, ana, room) = answered(Setup::default()).await;
    w.whatsapp
        .outage(Some(bridge_simulators::whatsapp::Outage::Throttled {
            retry_after: 60,
        }));
    w.agent_says(&room, "one");
    w.run_for(std::time::Duration::from_secs(2 * 3600)).await;
    w.whatsapp.outage(None);
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert!(
        w.screen(&room)
            .pop()
            .unwrap()
            .contains("could not be sent in time")
    );
    assert_eq!(w.parked().await, ["outbound too_old"]);
}

/// Refused, and everything around it dying: told once, whatever fails.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_exactly_once_whatever_dies() {
    let story = async |w: &World, room: &str, text: &str| {
        w.whatsapp.fail_next_send(refusal(131_026));
        w.agent_says(room, text);
        w.settle().await;
    };
    for text in ["short".to_owned(), "long word ".repeat(700)] {
        let (w, _, room) = answered(Setup::default()).await;
        w.effects.clear();
        story(&w, &room, &text).await;
        let calls = w.effects.count();
        for fault in [Fault::Kill, Fault::Before, Fault::After] {
            for n in 1..=calls {
                let (w, ana, room) = answered(Setup::default()).await;
                w.effects.clear();
                w.effects.plan(n, fault);
                story(&w, &room, &text).await;
                let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
                let notes = w
                    .screen(&room)
                    .into_iter()
                    .filter(|line| line.starts_with("bot:"));
                assert_eq!(notes.count(), 1, "{case}");
                assert_eq!(w.texts(&ana), Vec::<String>::new(), "{case}");
                assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
            }
        }
    }
}
