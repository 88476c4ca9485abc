//! The template that re-opens a conversation: once per closed window, and never instead of the message.

use std::time::Duration;

use bridge::domain::settings::{OutsideWindow, Settings};
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::whatsapp::{Customer, SendFault};
use serde_json::{Value, json};

use super::edits::replying;
use super::expiry::contact;
use super::hold::notes;

const ANA: &str = "16505551234";
const DAY: Duration = Duration::from_secs(25 * 3600);
const TEXT: &str = "Hallo Ana, Ihre Bestellung Agent One ist bestätigt.";

fn utility() -> Value {
    let texts = ["{{contact.name|Kunde}}", "{{agent.name}}"];
    let parameters = texts.map(|text| json!({ "type": "text", "text": text }));
    json!({ "name": "order_confirmation", "language": { "code": "de" },
        "components": [{ "type": "body", "parameters": parameters }] })
}

fn marketing() -> Value {
    json!({ "name": "spring_sale", "language": { "code": "en" } })
}

fn setup(template: &Value, settings: Settings) -> Setup {
    let (json, first) = (template.to_string(), "c1");
    Setup {
        settings,
        connection: Box::new(move |connection| {
            if connection.id.as_str() == first {
                connection.reopen_template = Some(json.clone());
            }
        }),
        ..Setup::default()
    }
}

/// A day after Ana wrote, at a number with such a template.
async fn silent(setup: Setup) -> (World, String, String) {
    let w = World::with(setup).await;
    w.whatsapp
        .add_template(json!({ "name": "spring_sale", "language": "en",
        "category": "MARKETING", "components": [{ "type": "BODY", "text": "Spring is here." }] }));
    w.read_templates().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.sleep(DAY).await;
    let room = w.room(ANA).id;
    w.effects.clear();
    (w, ana, room)
}

fn lines<'a>(notes: &'a [String], part: &str) -> Vec<&'a String> {
    notes.iter().filter(|note| note.contains(part)).collect()
}

#[tokio::test(start_paused = true)]
async fn it_goes_out_once_per_closed_window() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.sleep(Duration::from_secs(600)).await;
    w.agent_says(&room, "two");
    w.settle().await;
    assert_eq!(w.texts(&ana), [TEXT]);
    let seen = notes(&w, &room);
    let held = lines(&seen, "Kept for WhatsApp");
    assert_eq!(held.len(), 2, "{seen:?}");
    assert!(
        held[0].ends_with("Template `order_confirmation` was sent to re-open the conversation.")
    );
    let shown = lines(&seen, "by Shop:\n> Hallo Ana");
    assert_eq!((shown.len(), seen.len()), (1, 3), "{seen:?}");
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 3);
    w.sleep(DAY).await;
    w.agent_says(&room, "three");
    w.settle().await;
    assert_eq!(w.texts(&ana)[3], TEXT, "another window has closed");
    assert_eq!(lines(&notes(&w, &room), "by Shop:\n> Hallo Ana").len(), 2);
    w.says(&ana, "and back");
    w.settle().await;
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn its_statuses_are_those_of_a_template() {
    let settings = Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    };
    let (w, _, room) = silent(setup(&utility(), settings)).await;
    w.agent_says(&room, "one");
    w.settle().await;
    let calls = w.endpoint.taken();
    assert_eq!(calls.len(), 3, "queued, sent, delivered");
    for call in calls {
        assert_eq!(call.body["type"], "Template-Message");
        assert_eq!(call.body["message"], TEXT);
        assert_eq!(call.body["mobileNo"], ANA);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_where_messages_are_refused_or_no_template_is_set() {
    let settings = Settings {
        outside_window: OutsideWindow::Refuse,
        ..Settings::default()
    };
    let (w, ana, room) = silent(setup(&utility(), settings)).await;
    w.agent_says(&room, "one");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    let two = Setup {
        connections: 2,
        ..setup(&utility(), Settings::default())
    };
    let (w, ana, _) = silent(two).await;
    w.whatsapp.says(&w.connections[1].1, &ana, "Hello");
    w.settle().await;
    w.sleep(DAY).await;
    let room = w.rooms(ANA).pop().unwrap().id;
    w.agent_says(&room, "one");
    w.settle().await;
    assert!(w.texts(&ana).is_empty(), "the second number has none");
    assert_eq!(notes(&w, &room).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_told_and_the_message_stays_held() {
    for (case, template, told) in [
        ("paused", utility(), "WhatsApp does not have it approved"),
        ("gone", utility(), "WhatsApp does not have it approved"),
        ("changed", utility(), "WhatsApp does not have it approved"),
        (
            "stop",
            marketing(),
            "the customer wants no marketing messages",
        ),
        ("refused", utility(), "breaks WhatsApp's rules"),
        ("stopped", marketing(), "was not sent."),
    ] {
        let (w, ana, room) = silent(setup(&template, Settings::default())).await;
        match case {
            "paused" => w
                .whatsapp
                .set_template_status("order_confirmation", "de", "paused"),
            "gone" => w.whatsapp.delete_template("order_confirmation"),
            "changed" => w
                .whatsapp
                .add_template(json!({ "name": "order_confirmation",
                "language": "de", "category": "UTILITY",
                "components": [{ "type": "BODY", "text": "Hallo." }] })),
            "stop" => {
                w.says(&ana, "STOP");
                w.settle().await;
                w.sleep(DAY).await;
            }
            "refused" => w.whatsapp.fail_next_send(refusal(132_007)),
            _ => w.whatsapp.fail_next_send(refusal(131_050)),
        }
        w.read_templates().await;
        w.agent_says(&room, "one");
        w.agent_says(&room, "two");
        w.settle().await;
        assert!(w.texts(&ana).is_empty(), "{case}");
        let seen = notes(&w, &room);
        let held = lines(&seen, "Kept for WhatsApp");
        assert_eq!((held.len(), seen.len()), (2, 2), "{case}: {seen:?}");
        assert!(
            held.iter().all(|note| note.contains(told)),
            "{case}: {seen:?}"
        );
        w.says(&ana, "back");
        w.settle().await;
        assert_eq!(w.texts(&ana).len(), 2, "{case}");
        assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        if case == "stopped" {
            w.sleep(DAY).await;
            w.agent_says(&room, "three");
            w.settle().await;
            let seen = notes(&w, &room);
            assert!(seen[2].contains("wants no marketing"), "{seen:?}");
        }
    }
}

fn refusal(code: u32) -> SendFault {
    SendFault::Refuse {
        http: 400,
        code,
        details: "no".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn what_whatsapp_does_not_answer_follows() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    for _ in 0..3 {
        w.whatsapp
            .fail_next_send(SendFault::Throttle429 { retry_after: 60 });
    }
    w.agent_says(&room, "one");
    w.agent_says(&room, "two");
    w.run_for(Duration::from_secs(5)).await;
    let seen = notes(&w, &room);
    assert!(
        seen[0].ends_with("as soon as WhatsApp answers."),
        "{seen:?}"
    );
    w.settle().await;
    assert_eq!(w.texts(&ana), [TEXT]);
    assert_eq!(lines(&notes(&w, &room), "> Hallo Ana").len(), 1);
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 3);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_follows_for_too_long_is_told() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    for _ in 0..200 {
        w.whatsapp
            .fail_next_send(SendFault::Throttle429 { retry_after: 60 });
    }
    w.agent_says(&room, "one");
    w.settle().await;
    let seen = notes(&w, &room);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        seen[1].contains("was not sent. WhatsApp has trouble or does not answer"),
        "{seen:?}"
    );
    w.whatsapp.clear_faults();
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_customer_who_writes_meanwhile_needs_no_template() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    for _ in 0..2 {
        w.whatsapp
            .fail_next_send(SendFault::Throttle429 { retry_after: 60 });
    }
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(5)).await;
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_never_tried_again_and_told_where_it_stays_unknown() {
    for statuses in [true, false] {
        let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
        w.whatsapp.tune(|options| options.statuses = statuses);
        w.whatsapp.fail_next_send(SendFault::LoseAnswer);
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.texts(&ana), [TEXT]);
        let seen = notes(&w, &room);
        let last = if statuses {
            "> Hallo Ana"
        } else {
            "did not say whether template"
        };
        assert!(seen.last().unwrap().contains(last), "{seen:?}");
        assert_eq!(seen.len(), 2, "{seen:?}");
        w.says(&ana, "back");
        w.settle().await;
        assert_eq!(w.texts(&ana).len(), 2, "the template came once");
        assert_eq!(w.leftovers(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_without_a_number_is_reached_too() {
    let w = World::with(setup(&utility(), Settings::default())).await;
    w.read_templates().await;
    let ana = w.customer_with(Customer {
        name: "Ana".to_owned(),
        user_id: Some("US.1349".to_owned()),
        ..Customer::default()
    });
    w.says(&ana, "Hello");
    w.settle().await;
    w.sleep(DAY).await;
    let room = w.rocketchat.rooms()[0].id.clone();
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.texts(&ana), [TEXT]);
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn its_file_is_uploaded_before() {
    let template = json!({ "name": "invoice_ready", "language": { "code": "en_US" }, "components": [
        { "type": "header", "parameters": [{ "type": "document",
            "document": { "link": "https://files.test/a.pdf", "filename": "a.pdf" } }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "7" }] }] });
    let (w, ana, room) = silent(setup(&template, Settings::default())).await;
    w.agent_says(&room, "one");
    w.settle().await;
    let seen = notes(&w, &room);
    assert!(w.texts(&ana).is_empty() && seen.len() == 2, "{seen:?}");
    assert!(
        seen[1].contains("was not sent."),
        "nobody serves it: {seen:?}"
    );
    // there is one by now; the same link, another window
    w.says(&ana, "back");
    w.settle().await;
    w.sleep(DAY).await;
    let link = w.serves("/a.pdf", &b"%PDF-1.7 a"[..]);
    let template = template
        .to_string()
        .replace("https://files.test/a.pdf", &link);
    let store = w.app().store;
    let found = store.find_connection(&w.connection, w.now()).await;
    let before = found.unwrap().unwrap();
    let mut after = before.clone();
    after.reopen_template = Some(template);
    after.version += 1;
    store.save_connection(&before, &after).await.unwrap();
    w.sleep(Duration::from_secs(31)).await;
    w.effects.clear();
    w.agent_says(&room, "two");
    w.settle().await;
    assert_eq!(w.texts(&ana).last().unwrap(), "Your invoice 7 is attached.");
    assert_eq!(
        w.effects.calls(Some(Function::ToWhatsapp), "POST /media"),
        1
    );
}

/// Killed before every call, each call lost or refused once: the template comes once at most, the
/// message once, and the agent knows.
#[tokio::test(start_paused = true)]
async fn whatever_dies_the_template_comes_once_and_the_message_after_it() {
    let story = async |w: &World, ana: &str, room: &str| {
        w.agent_says(room, "one");
        w.settle().await;
        w.says(ana, "back");
        w.settle().await;
    };
    let begin = async || silent(setup(&utility(), Settings::default())).await;
    let (w, ana, room) = begin().await;
    story(&w, &ana, &room).await;
    let calls = w.effects.count();
    for fault in [Fault::Kill, Fault::Before, Fault::After] {
        for n in 1..=calls {
            let (w, ana, room) = begin().await;
            w.effects.plan(n, fault);
            story(&w, &ana, &room).await;
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            let seen = notes(&w, &room);
            let texts = w.texts(&ana);
            let count = |text: &str| texts.iter().filter(|one| *one == text).count();
            let (template, message) = (count(TEXT), count("*Agent One:*\none"));
            assert!(template <= 1 && message <= 1, "{case}: {texts:?}");
            let told = |words: &str| seen.iter().any(|note| note.contains(words));
            if template == 1 {
                assert!(told("> Hallo Ana"), "{case}: {seen:?}");
            } else {
                assert!(told("did not say whether template"), "{case}: {seen:?}");
            }
            assert!(
                message == 1 || told("did not say whether this"),
                "{case}: {seen:?}"
            );
            assert_eq!(
                lines(&seen, "Kept for WhatsApp").len(),
                1,
                "{case}: {seen:?}"
            );
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_neither_held_nor_paid_for() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    let file = ("offer.docx", "application/msword", vec![7; 9]);
    let sent = w
        .rocketchat
        .agent_uploads(&room, "agent.one", file.0, file.1, file.2, "");
    sent.expect("the agent may send files");
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert_eq!(
        notes(&w, &room),
        ["bot: [file not accepted: offer.docx, 9 bytes, type application/msword]"]
    );
    assert!(!contact(&w, &room).await.held);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_follows_asks_once_more_whether_it_may() {
    for (case, template, told) in [
        ("paused", utility(), "WhatsApp does not have it approved"),
        ("stop", marketing(), "wants no marketing messages"),
    ] {
        let (w, ana, room) = silent(setup(&template, Settings::default())).await;
        for _ in 0..3 {
            w.whatsapp
                .fail_next_send(SendFault::Throttle429 { retry_after: 60 });
        }
        w.agent_says(&room, "one");
        w.run_for(Duration::from_secs(5)).await;
        let seen = notes(&w, &room);
        assert!(
            seen[0].ends_with("as soon as WhatsApp answers."),
            "{seen:?}"
        );
        match case {
            "paused" => w
                .whatsapp
                .set_template_status("order_confirmation", "de", "paused"),
            _ => {
                let ids = contact(&w, &room).await.alias_ids;
                let stop = (false, "user_preferences");
                let put = w.app().store.put_opt_out(&ids, stop, w.now()).await;
                put.unwrap();
            }
        }
        w.read_templates().await;
        w.settle().await;
        assert!(w.texts(&ana).is_empty(), "{case}: {:?}", w.texts(&ana));
        let seen = notes(&w, &room);
        assert!(seen.last().unwrap().contains(told), "{case}: {seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_what_was_offered_and_a_reply_quotes_its_line() {
    let (w, ana, room) = silent(setup(&utility(), Settings::default())).await;
    w.says(&ana, "Hello again");
    w.settle().await;
    let answer = json!({ "type": "button", "actionId": "a", "value": "value of Red",
        "text": { "type": "plain_text", "text": "Red" } });
    let blocks = json!([{ "type": "actions", "elements": [answer] }]);
    let offered = w.rocketchat.bot_blocks(&room, "agent.two", blocks, "");
    offered.expect("the program may write");
    w.settle().await;
    assert!(contact(&w, &room).await.offer.is_some());
    w.sleep(DAY).await;
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.texts(&ana)[1], TEXT);
    assert_eq!(contact(&w, &room).await.offer, None);
    let wamid = w.whatsapp.inbox(&ana)[1].wamid.clone();
    w.sends(&ana, &replying("yes", &wamid));
    w.settle().await;
    let seen = w.transcript(&room);
    let line = seen.iter().find(|line| line.text.contains("> Hallo Ana"));
    let reply = seen.iter().find(|line| line.text == "yes").unwrap();
    assert_eq!(reply.quotes, line.map(|line| line.id.clone()), "{seen:?}");
    assert!(reply.quotes.is_some(), "{seen:?}");
    w.assert_clean().await;
}
