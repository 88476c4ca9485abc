//! What agents ask in a contact's room: answered there, never relayed.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::whatsapp::SendFault;
use serde_json::json;

use super::expiry::{contact, switch_off};
use super::hold::{notes, silent_for_a_day};

const ANA: &str = "16505551234";

/// A day after Ana wrote, with two held messages; what was said of them is over.
async fn holding(setup: Setup) -> (World, String, String) {
    let (w, ana, room) = silent_for_a_day(setup).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.agent_says(&room, "two");
    w.settle().await;
    assert_eq!(notes(&w, &room).len(), 2);
    w.effects.clear();
    (w, ana, room)
}

/// An agent asks; gives what our bot has said since.
async fn asks(w: &World, room: &str, words: &str) -> Vec<String> {
    let before = notes(w, room).len();
    w.agent_says(room, words);
    w.settle().await;
    notes(w, room).split_off(before)
}

fn both() -> [String; 2] {
    ["one", "two"].map(|text| format!("*Agent One:*\n{text}"))
}

#[tokio::test(start_paused = true)]
async fn held_lists_what_is_held() {
    let (w, ana, room) = holding(Setup::default()).await;
    let answer = asks(&w, &room, "!whatsapp held").await;
    assert_eq!(answer.len(), 1);
    let lines: Vec<_> = answer[0].lines().collect();
    assert_eq!(
        lines[0],
        "bot: Kept until the customer writes, in this order:"
    );
    let line = "1. “one” (since 2026-06-02T09:00:00Z, until 2026-06-03T09:00:00Z at most)";
    assert!(
        lines[1].starts_with("1. “one” (since 2026-06-02T09:"),
        "{lines:?}"
    );
    assert_eq!(lines[1].len(), line.len(), "{lines:?}");
    assert!(lines[2].starts_with("2. “two”"), "{lines:?}");
    assert_eq!(lines.len(), 3);
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), both(), "the command is not among them");
    let answer = asks(&w, &room, "/whatsapp-360d-cloud HELD").await;
    assert_eq!(answer, ["bot: No message to this customer is kept."]);
    assert_eq!(w.texts(&ana).len(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_list_ends() {
    let (w, _, room) = silent_for_a_day(Setup::default()).await;
    for n in 0..23 {
        w.agent_says(&room, &format!("message {n} {}", "x".repeat(200)));
    }
    w.settle().await;
    let answer = asks(&w, &room, "!whatsapp held").await;
    let lines: Vec<_> = answer[0].lines().collect();
    assert_eq!((lines.len(), lines[21]), (22, "… +3"));
    assert!(answer[0].chars().count() < 4000);
}

#[tokio::test(start_paused = true)]
async fn everything_else_is_answered_with_what_there_is() {
    let settings = Settings {
        preferred_language: "pt-BR".to_owned(),
        ..Settings::default()
    };
    for (settings, known, unknown) in [
        (
            Settings::default(),
            "bot: Commands in this room (the customer never sees them):",
            "bot: There is no command “sing”.",
        ),
        (
            settings,
            "bot: Comandos nesta sala (o cliente nunca os vê):",
            "bot: O comando “sing” não existe.",
        ),
    ] {
        let w = World::with(Setup {
            settings,
            ..Setup::default()
        })
        .await;
        let ana = w.customer("Ana", ANA);
        w.says(&ana, "Hello");
        w.settle().await;
        let room = w.room(ANA).id;
        for words in ["!whatsapp", "/WhatsApp help", "!whatsapp?"] {
            let answer = asks(&w, &room, words).await;
            assert_eq!(answer.len(), 1, "{words}");
            assert!(answer[0].starts_with(known), "{answer:?}");
            for command in ["held", "send-held", "drop-held", "help"] {
                assert!(answer[0].contains(&format!("`!whatsapp {command}` – ")));
            }
        }
        let answer = asks(&w, &room, "!whatsapp sing a song").await;
        assert!(answer[0].starts_with(unknown), "{answer:?}");
        assert!(
            w.texts(&ana).is_empty(),
            "the window is open, and nothing was relayed"
        );
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn changed_commands_and_quoting_ones_are_not_relayed() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    let hello = w.transcript(&room)[0].id.clone();
    let id = w
        .rocketchat
        .agent_quotes(&room, "agent.one", &hello, "!whatsapp held")
        .unwrap();
    w.settle().await;
    w.rocketchat
        .agent_edits(&id, "!whatsapp drop-held")
        .unwrap();
    w.settle().await;
    let said = w.agent_says(&room, "Good morning");
    w.settle().await;
    w.rocketchat.agent_edits(&said, "!whatsapp held").unwrap();
    w.settle().await;
    // nor is one quoted: nothing is known of it
    w.rocketchat
        .agent_quotes(&room, "agent.one", &id, "see above")
        .unwrap();
    w.settle().await;
    assert_eq!(
        w.texts(&ana),
        ["*Agent One:*\nGood morning", "*Agent One:*\nsee above"]
    );
    assert_eq!(w.phone(&ana)[1].quotes, None);
    assert_eq!(notes(&w, &room).len(), 1);
    // a customer's is a message like any other
    w.says(&ana, "!whatsapp held");
    w.settle().await;
    assert_eq!(w.screen(&room).last().unwrap(), "customer: !whatsapp held");
    assert_eq!(notes(&w, &room).len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn send_held_lets_whatsapp_decide() {
    let (w, ana, room) = holding(Setup::default()).await;
    let answer = asks(&w, &room, "!whatsapp send-held").await;
    assert_eq!(answer.len(), 1);
    assert!(
        answer[0].starts_with("bot: WhatsApp still accepts no message"),
        "{answer:?}"
    );
    assert!(w.texts(&ana).is_empty());
    assert!(contact(&w, &room).await.held);
    // Meta knows of a message that we never got
    w.whatsapp.tune(|options| options.window = false);
    let answer = asks(&w, &room, "!whatsapp send-held").await;
    assert_eq!(
        answer,
        ["bot: What was kept has been sent, unless a note here says otherwise."]
    );
    assert_eq!(w.texts(&ana), both());
    assert!(!contact(&w, &room).await.held);
    assert_eq!(w.app().store.list_due(None, 9).await.unwrap().len(), 0);
    let answer = asks(&w, &room, "!whatsapp send-held").await;
    assert_eq!(answer, ["bot: No message to this customer is kept."]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_whatsapp_refused_goes_out_when_the_customer_writes() {
    let (w, ana, room) = holding(Setup::default()).await;
    asks(&w, &room, "!whatsapp send-held").await;
    let held = w.rocketchat.transcript(&room).into_iter();
    let id = held.rev().find(|line| line.text == "one").unwrap().id;
    w.rocketchat.agent_edits(&id, "one and a half").unwrap();
    w.settle().await;
    w.says(&ana, "back");
    w.settle().await;
    let expected = ["one and a half", "two"].map(|text| format!("*Agent One:*\n{text}"));
    assert_eq!(
        w.texts(&ana),
        expected,
        "the refused words do not come back"
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn drop_held_tells_each_and_a_late_repeat_sends_nothing() {
    let settings = Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    };
    let (w, ana, room) = holding(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let said = asks(&w, &room, "!whatsapp drop-held").await;
    assert_eq!(said.len(), 3, "{said:?}");
    let discarded = "has been dropped on request. It will not be sent.";
    assert_eq!(
        said.iter().filter(|note| note.ends_with(discarded)).count(),
        2
    );
    assert!(said.contains(&"bot: What was kept is discarded and is not sent.".to_owned()));
    let failed = w.endpoint.taken().into_iter();
    let failed = failed.filter(|call| call.body["MessageStatus"] == "failed");
    assert_eq!(failed.count(), 2);
    assert!(!contact(&w, &room).await.held);
    w.says(&ana, "back");
    w.settle().await;
    // Rocket.Chat repeats the events, later than the queue remembers
    w.sleep(Duration::from_secs(600)).await;
    for call in w.door_calls() {
        if call.function == Function::AgentEvents {
            let request = http::Request::post("https://bridge.test/rocketchat/events")
                .header(
                    "X-RocketChat-Livechat-Token",
                    "agent events token of the tests",
                )
                .body(call.body)
                .unwrap();
            w.request(request).await;
        }
    }
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    let answers = notes(&w, &room).into_iter();
    let answers = answers.filter(|note| note.ends_with(discarded));
    assert_eq!(answers.count(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn at_a_number_that_is_switched_off_only_sending_is_refused() {
    let (w, ana, room) = holding(Setup::default()).await;
    switch_off(&w).await;
    let answer = asks(&w, &room, "!whatsapp held").await;
    assert!(answer[0].contains("1. “one”"), "{answer:?}");
    let answer = asks(&w, &room, "!whatsapp send-held").await;
    assert!(answer[0].contains("not connected any more"), "{answer:?}");
    let answer = asks(&w, &room, "!whatsapp drop-held").await;
    assert_eq!(answer.len(), 3);
    assert!(w.texts(&ana).is_empty());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_stopped_number_keeps_what_is_held() {
    let (w, ana, room) = holding(Setup::default()).await;
    w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_042,
        details: "payment".to_owned(),
    });
    w.whatsapp.tune(|options| options.window = false);
    asks(&w, &room, "!whatsapp send-held").await;
    let answer = asks(&w, &room, "!whatsapp send-held").await;
    assert!(answer[0].contains("key, account or payment"), "{answer:?}");
    w.sleep(Duration::from_secs(600)).await;
    asks(&w, &room, "!whatsapp send-held").await;
    assert_eq!(
        w.texts(&ana),
        ["*Agent One:*\ntwo"],
        "the first one met the refusal"
    );
}

#[tokio::test(start_paused = true)]
async fn each_number_answers_for_itself() {
    let (w, ana, room) = holding(Setup {
        connections: 2,
        ..Setup::default()
    })
    .await;
    w.whatsapp.says(&w.connections[1].1, &ana, "Hello there");
    w.settle().await;
    let other = w.rooms(ANA).pop().unwrap().id;
    let answer = asks(&w, &other, "!whatsapp drop-held").await;
    assert_eq!(answer, ["bot: No message to this customer is kept."]);
    assert!(contact(&w, &room).await.held);
}

#[tokio::test(start_paused = true)]
async fn a_forged_room_is_nobodys() {
    let (w, _, room) = holding(Setup::default()).await;
    let mut rooms = w.rocketchat.rooms().into_iter();
    let token = rooms.find(|one| one.id == room).unwrap().visitor_token;
    let (head, _) = token.rsplit_once('-').unwrap();
    let body = json!({ "_id": room, "type": "Message", "visitor": { "token": format!("{head}-forged") },
        "messages": [{ "_id": "forged1", "agentId": "somebody", "msg": "!whatsapp drop-held" }] });
    let request = http::Request::post("https://bridge.test/rocketchat/events")
        .header(
            "X-RocketChat-Livechat-Token",
            "agent events token of the tests",
        )
        .body(body.to_string().into())
        .unwrap();
    w.request(request).await;
    w.settle().await;
    let last = notes(&w, &room).pop().unwrap();
    assert!(last.contains("not known to the WhatsApp bridge"), "{last}");
    assert!(contact(&w, &room).await.held);
}

/// An agent discards what a customer's message releases in the same moment, and something dies: each
/// message is sent or discarded, and told where it is not sent.
#[tokio::test(start_paused = true)]
async fn discarding_and_releasing_cannot_both_win() {
    for first in ["drop", "release"] {
        let story = async |w: &World, ana: &str, room: &str| {
            if first == "drop" {
                w.agent_says(room, "!whatsapp drop-held");
                w.run_for(Duration::from_millis(1)).await;
                w.says(ana, "back");
            } else {
                w.says(ana, "back");
                w.run_for(Duration::from_millis(1)).await;
                w.agent_says(room, "!whatsapp drop-held");
            }
            w.settle().await;
        };
        let (w, ana, room) = holding(Setup::default()).await;
        story(&w, &ana, &room).await;
        let calls = w.effects.count();
        for fault in [Fault::Kill, Fault::Before, Fault::After] {
            for n in 1..=calls {
                let (w, ana, room) = holding(Setup::default()).await;
                w.effects.plan(n, fault);
                story(&w, &ana, &room).await;
                let case = format!(
                    "{first}, {fault:?} at {n}: {:?}",
                    w.effects.log().get(n - 1)
                );
                let (texts, seen) = (w.texts(&ana), notes(&w, &room));
                for text in ["one", "two"] {
                    let whole = format!("*Agent One:*\n{text}");
                    let came = texts.iter().filter(|one| **one == whole).count();
                    let about = format!("Not delivered to WhatsApp: “{text}”");
                    let told = seen.iter().filter(|note| note.contains(&about)).count();
                    assert!(came <= 1 && told <= 1, "{case}: {texts:?} {seen:?}");
                    assert!(came + told >= 1, "{case}: {texts:?} {seen:?}");
                    let unknown = seen.iter().any(|note| note.contains("did not say whether"));
                    assert!(came + told == 1 || unknown, "{case}: {texts:?} {seen:?}");
                }
                assert!(!contact(&w, &room).await.held, "{case}");
                assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
            }
        }
    }
}

/// Killed before every call: what is sent by command is sent once, and answered once.
#[tokio::test(start_paused = true)]
async fn send_held_ends_as_if_nothing_had_died() {
    let begin = async || {
        let (w, ana, room) = holding(Setup::default()).await;
        w.whatsapp.tune(|options| options.window = false);
        (w, ana, room)
    };
    let (w, _, room) = begin().await;
    asks(&w, &room, "!whatsapp send-held").await;
    let calls = w.effects.count();
    for fault in [Fault::Kill, Fault::Before, Fault::After] {
        for n in 1..=calls {
            let (w, ana, room) = begin().await;
            w.effects.plan(n, fault);
            let said = asks(&w, &room, "!whatsapp send-held").await;
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            let answers = said
                .iter()
                .filter(|note| note.starts_with("bot: What was kept"));
            assert_eq!(answers.count(), 1, "{case}: {said:?}");
            let unknown = said
                .iter()
                .filter(|note| note.contains("did not say whether"));
            let texts = w.texts(&ana);
            assert_eq!(
                texts.len() + unknown.count(),
                2,
                "{case}: {texts:?} {said:?}"
            );
            assert!(
                texts.is_sorted() && !contact(&w, &room).await.held,
                "{case}: {texts:?}"
            );
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}
