//! Templates that were taken: each recipient gets them once, agents see them, replies land where
//! they should.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge::flows::sends::Control;
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::whatsapp::{NewName, Outage, SendFault};
use serde_json::{Value, json};

const ANA: &str = "16505551234";
const BEN: &str = "491715550100";

fn order(name: &str) -> Value {
    let body =
        [("text", name), ("text", "A-17")].map(|(kind, text)| json!({ "type": kind, kind: text }));
    json!({ "name": "order_confirmation", "language": { "policy": "deterministic", "code": "de" },
        "components": [{ "type": "body", "parameters": body }] })
}

fn marketing() -> Value {
    json!({ "name": "spring_sale", "language": { "code": "en" } })
}

async fn world() -> World {
    with(Setup::default()).await
}

async fn with(setup: Setup) -> World {
    let w = World::with(setup).await;
    w.whatsapp
        .add_template(json!({ "name": "spring_sale", "language": "en",
        "category": "MARKETING", "components": [{ "type": "BODY", "text": "Spring is here." }] }));
    w.read_templates().await;
    w.effects.clear();
    w
}

/// So many people with phones whose numbers begin so.
fn crowd(w: &World, head: &str, count: usize) -> Vec<String> {
    let phones: Vec<_> = (0..count).map(|n| format!("{head}{n:04}")).collect();
    for phone in &phones {
        w.customer(phone, phone);
    }
    phones
}

fn refusal(code: u32) -> SendFault {
    SendFault::Refuse {
        http: 400,
        code,
        details: "no".to_owned(),
    }
}

/// Sends and gives the id.
async fn sent(w: &World, numbers: &[&str], template: &Value) -> String {
    let (status, answer) = w.send(&w.send_body(numbers, template)).await;
    assert_eq!(status, 200, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_template_reaches_somebody_who_never_wrote() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    let id = sent(&w, &["+1 650-555-1234"], &order("Ana")).await;
    w.settle().await;
    assert_eq!(
        w.texts(&ana),
        ["Hallo Ana, Ihre Bestellung A-17 ist bestätigt."]
    );
    assert!(w.rooms(ANA).is_empty(), "nobody has written yet");
    assert_eq!(w.results(&id).await, ["+1 650-555-1234 delivered"]);
    w.whatsapp.customer_reads(&w.connections[0].1, &ana);
    w.settle().await;
    assert_eq!(w.results(&id).await, ["+1 650-555-1234 read"]);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_reply_opens_a_room_that_begins_with_the_template() {
    let w = with(Setup {
        connection: Box::new(|one| one.welcome_message = Some("Welcome!".to_owned())),
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    w.says(&ana, "Thank you");
    w.settle().await;
    let room = w.room(ANA).id;
    assert_eq!(
        w.screen(&room),
        [
            "bot: Template `order_confirmation`, sent 2026-06-01T08:00:00Z by key for bulk:\n> \
             Hallo Ana, Ihre Bestellung A-17 ist bestätigt.",
            "customer: Thank you",
        ]
    );
    assert_eq!(
        w.texts(&ana).len(),
        1,
        "no welcome: the customer answered us (R35)"
    );
    // the next conversation is the customer's own idea
    w.agent_closes(&room);
    w.settle().await;
    w.sleep(Duration::from_secs(3600)).await;
    w.says(&ana, "Hello again");
    w.settle().await;
    assert_eq!(w.texts(&ana).last().unwrap(), "Welcome!");
    assert_eq!(w.screen(&w.room(ANA).id), ["customer: Hello again"]);
}

#[tokio::test(start_paused = true)]
async fn in_an_open_room_agents_see_the_template_at_once() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Where is it?");
    w.settle().await;
    let room = w.room(ANA).id;
    sent(&w, &[ANA], &order("{{contact.name|there}}")).await;
    w.settle().await;
    let screen = w.screen(&room);
    assert_eq!(screen.len(), 2);
    assert!(
        screen[1].ends_with("> Hallo Ana, Ihre Bestellung A-17 ist bestätigt."),
        "{screen:?}"
    );
    w.says(&ana, "Thanks");
    w.settle().await;
    assert_eq!(w.screen(&room).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_reply_lands_with_the_agent_and_the_department_that_were_named() {
    let w = with(Setup {
        departments: &[("Sales", &["agent.two"]), ("Support", &["agent.one"])],
        connection: Box::new(|one| one.department = Some("dep-Support".to_owned())),
        ..Setup::default()
    })
    .await;
    let (ana, ben) = (w.customer("Ana", ANA), w.customer("Ben", BEN));
    let mut body = w.send_body(&[ANA], &order("{{agent.name}}"));
    body["targetAgent"] = json!("agent.two");
    assert_eq!(w.send(&body).await.0, 200);
    let mut body = w.send_body(&[BEN], &order("Ben"));
    body["targetDepartment"] = json!("Sales");
    assert_eq!(w.send(&body).await.0, 200);
    w.settle().await;
    assert_eq!(
        w.texts(&ana),
        ["Hallo Agent Two, Ihre Bestellung A-17 ist bestätigt."]
    );
    w.says(&ana, "Hi");
    w.says(&ben, "Hi");
    w.settle().await;
    assert_eq!(w.room(ANA).served_by.as_deref(), Some("agent.two"));
    assert_eq!(w.room(BEN).department.as_deref(), Some("dep-Sales"));
    // afterwards the connection's own department counts again
    w.agent_closes(&w.room(ANA).id);
    w.rocketchat
        .agent_closes(&w.room(BEN).id, "agent.two", "done")
        .unwrap();
    w.settle().await;
    w.says(&ben, "One more thing");
    w.settle().await;
    assert_eq!(w.room(BEN).department.as_deref(), Some("dep-Support"));
}

#[tokio::test(start_paused = true)]
async fn what_agents_write_meanwhile_is_held_until_the_customer_answers() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.sleep(Duration::from_secs(25 * 3600)).await;
    sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    w.agent_says(&room, "Are you there?");
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 1, "a template opens no window");
    w.says(&ana, "Yes");
    w.settle().await;
    assert_eq!(
        w.texts(&ana).last().unwrap(),
        "*Agent One:*\nAre you there?"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wish_follows_the_person_and_stays_away_from_the_numbers_next_owner() {
    const NEW: &str = "4915112345678";
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "STOP");
    w.settle().await;
    w.sleep(Duration::from_secs(2)).await;
    let to = NewName::Phone(NEW.to_owned());
    w.whatsapp.renames(&["15550783881"], &ana, &to);
    w.settle().await;
    w.sleep(Duration::from_secs(2)).await;
    w.customer("Cleo", ANA);
    let id = sent(&w, &[NEW, ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&id).await,
        [
            format!("{NEW} skipped opted_out"),
            format!("{ANA} delivered")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn somebody_without_whatsapp_is_a_result_and_no_failure_of_the_others() {
    let w = world().await;
    let ben = w.customer("Ben", BEN);
    let id = sent(&w, &[ANA, BEN], &order("you")).await;
    w.settle().await;
    assert_eq!(w.texts(&ben).len(), 1);
    assert_eq!(
        w.results(&id).await,
        [
            format!("{ANA} failed whatsapp_131026"),
            format!("{BEN} delivered")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_wrote_stop_gets_no_marketing_but_what_they_ordered() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, " Stop! ");
    w.settle().await;
    let sale = sent(&w, &[ANA], &marketing()).await;
    let ordered = sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    assert_eq!(w.results(&sale).await, [format!("{ANA} skipped opted_out")]);
    assert_eq!(w.results(&ordered).await, [format!("{ANA} delivered")]);
    w.says(&ana, "START");
    w.settle().await;
    w.sleep(Duration::from_secs(700)).await;
    let again = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(w.results(&again).await, [format!("{ANA} delivered")]);
}

#[tokio::test(start_paused = true)]
async fn whatsapps_own_switch_counts_in_the_order_of_its_times() {
    let w = world().await;
    w.customer("Ana", ANA);
    let switched = |value: &str, at: i64| {
        let told = json!({ "wa_id": ANA, "category": "marketing_messages", "value": value, "timestamp": at });
        let value = json!({ "messaging_product": "whatsapp", "user_preferences": [told] });
        let change = json!({ "field": "user_preferences", "value": value });
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] })
    };
    let now = w.now().seconds();
    for (value, at) in [("stop", now - 50), ("resume", now - 100)] {
        let body = switched(value, at).to_string();
        assert_eq!(w.request(w.webhook(body)).await.status(), 200);
        w.settle().await;
    }
    let id = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(w.results(&id).await, [format!("{ANA} skipped opted_out")]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_because_of_marketing_is_remembered() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.whatsapp.fail_next_send(refusal(131_050));
    let first = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&first).await,
        [format!("{ANA} failed whatsapp_131050")]
    );
    w.sleep(Duration::from_secs(700)).await;
    let second = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&second).await,
        [format!("{ANA} skipped opted_out")]
    );
    assert!(w.texts(&ana).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_is_fetched_once_and_uploaded_once_for_all() {
    let w = world().await;
    let phones = crowd(&w, "4917155502", 12);
    let link = w.serves("/invoice.pdf", &b"%PDF-1.7 our invoice"[..]);
    let template = json!({ "name": "invoice_ready", "language": { "code": "en_US" }, "components": [
        { "type": "header", "parameters": [{ "type": "document",
            "document": { "link": link, "filename": "invoice.pdf" } }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "7" }] }] });
    let numbers: Vec<_> = phones.iter().map(String::as_str).collect();
    let id = sent(&w, &numbers, &template).await;
    w.settle().await;
    let results = w.results(&id).await;
    assert!(
        results.iter().all(|line| line.ends_with("delivered")),
        "{results:?}"
    );
    let uploads = w.effects.calls(Some(Function::ToWhatsapp), "POST /media");
    assert!(
        (1..=10).contains(&uploads),
        "{uploads} uploads: as many as ran at once"
    );
    let body = &w.whatsapp.inbox(&phones[0])[0].body["template"]["components"][0];
    let file = &body["parameters"][0]["document"];
    assert!(
        file["id"].is_string() && file.get("link").is_none(),
        "{body}"
    );
    assert_eq!(file["filename"], "invoice.pdf");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_not_there_or_none_of_its_kind_fails_the_recipient() {
    let w = world().await;
    w.customer("Ana", ANA);
    w.serves("/page.pdf", &b"<html>"[..]);
    for (path, code) in [
        ("/page.pdf", "file_of_wrong_type"),
        ("/none.pdf", "file_refused_404"),
    ] {
        let template = json!({ "name": "invoice_ready", "language": { "code": "en_US" }, "components": [
            { "type": "header", "parameters": [{ "type": "document",
                "document": { "link": format!("https://files.test{path}") } }] },
            { "type": "body", "parameters": [{ "type": "text", "text": "7" }] }] });
        let id = sent(&w, &[ANA], &template).await;
        w.settle().await;
        assert_eq!(w.results(&id).await, [format!("{ANA} failed {code}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_send_is_paused_resumed_and_cancelled() {
    let w = world().await;
    let phones = crowd(&w, "4917155503", 20);
    let numbers: Vec<_> = phones.iter().map(String::as_str).collect();
    let id = sent(&w, &numbers, &order("you")).await;
    w.control(&id, Control::Pause).await.unwrap();
    w.settle().await;
    let queued = async |id: &str| {
        let results = w.results(id).await;
        results
            .iter()
            .filter(|line| line.ends_with("queued"))
            .count()
    };
    assert_eq!(queued(&id).await, 20);
    w.sleep(Duration::from_secs(3 * 86_400)).await;
    w.control(&id, Control::Resume).await.unwrap();
    w.control(&id, Control::Resume).await.unwrap();
    w.settle().await;
    assert_eq!(queued(&id).await, 0);
    assert!(phones.iter().all(|phone| w.texts(phone).len() == 1));

    let id = sent(&w, &numbers, &order("everybody")).await;
    w.control(&id, Control::Cancel).await.unwrap();
    w.settle().await;
    let results = w.results(&id).await;
    assert!(
        results
            .iter()
            .all(|line| line.ends_with("skipped cancelled")),
        "{results:?}"
    );
    assert!(phones.iter().all(|phone| w.texts(phone).len() == 1));
    assert!(w.control(&id, Control::Resume).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn two_hundred_and_fifty_get_it_once_while_an_answer_to_another_goes_out_in_time() {
    let w = world().await;
    let phones = crowd(&w, "49171777", 250);
    let eve = w.customer("Eve", "16505559999");
    w.says(&eve, "Hello");
    w.settle().await;
    let room = w.room("16505559999").id;
    let numbers: Vec<_> = phones.iter().map(String::as_str).collect();
    let id = sent(&w, &numbers, &order("you")).await;
    let began = w.now();
    w.agent_says(&room, "I am with you at once");
    w.settle().await;
    let answered = w.whatsapp.inbox(&eve)[0].at_ms - began.millis();
    assert!(answered <= 3_000, "answered after {answered} ms");
    for phone in &phones {
        assert_eq!(w.texts(phone).len(), 1, "{phone}");
    }
    let results = w.results(&id).await;
    assert!(
        results.iter().all(|line| line.ends_with("delivered")),
        "{results:?}"
    );
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_stopped_keeps_the_rest_of_a_send_waiting() {
    let w = world().await;
    let phones = crowd(&w, "4917155504", 30);
    w.whatsapp.fail_next_send(refusal(131_042));
    let numbers: Vec<_> = phones.iter().map(String::as_str).collect();
    let id = sent(&w, &numbers, &order("you")).await;
    w.settle().await;
    let results = w.results(&id).await;
    let failed = results
        .iter()
        .filter(|line| line.contains("failed"))
        .count();
    assert_eq!(failed, 1, "{results:?}");
    let delivered = results
        .iter()
        .filter(|line| line.ends_with("delivered"))
        .count();
    assert_eq!(delivered, 29, "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_nobody_knows_is_the_result_until_a_status_says_more() {
    let w = with(Setup {
        settings: Settings {
            unknown_outcome: bridge::domain::settings::UnknownOutcome::Resend,
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    w.whatsapp
        .fail_next_send(SendFault::ErrorBefore { http: 502 });
    let id = sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    let results = w.results(&id).await;
    assert_eq!(w.texts(&ana).len(), 0, "{results:?}");
    assert_eq!(results, [format!("{ANA} unknown")]);
}

#[tokio::test(start_paused = true)]
async fn a_late_template_is_not_sent_any_more() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.whatsapp.outage(Some(Outage::Status(503)));
    let id = sent(&w, &[ANA], &order("Ana")).await;
    w.run_for(Duration::from_secs(2 * 3600)).await;
    w.whatsapp.outage(None);
    w.settle().await;
    let results = w.results(&id).await;
    assert!(w.texts(&ana).is_empty(), "{results:?}");
    assert!(!results[0].ends_with("queued"), "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn a_number_that_whatsapp_writes_otherwise_is_the_same_person() {
    let w = world().await;
    // Brazil: registered without the 9 that people dial (reference: 360dialog, §6)
    let ana = w.customer("Ana", "551187654321");
    let (status, answer) = w
        .send(&w.send_body(&["+55 11 98765-4321"], &order("Ana")))
        .await;
    assert_eq!(status, 200, "{answer}");
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 1);
    w.says(&ana, "Oi");
    w.settle().await;
    let screen = w.screen(&w.room("551187654321").id);
    assert!(screen[0].starts_with("bot: Template"), "{screen:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_known_by_another_spelling_stays_one_person() {
    let w = world().await;
    // WhatsApp knows this number without the 9
    let ana = w.customer("Ana", "551187654321");
    w.says(&ana, "stop");
    w.settle().await;
    let room = w.room("551187654321").id;
    let dialled = "+55 11 98765-4321";
    let sale = sent(&w, &[dialled, "+55 11 8765-4321"], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&sale).await,
        [format!("{dialled} skipped opted_out")]
    );
    sent(&w, &[dialled], &order("Ana")).await;
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 1);
    assert_eq!(w.screen(&room).len(), 2, "in the room that is open");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_gone_keeps_no_customer_waiting() {
    let w = with(Setup {
        departments: &[("Sales", &["agent.two"]), ("Support", &["agent.one"])],
        connection: Box::new(|one| one.department = Some("dep-Support".to_owned())),
        ..Setup::default()
    })
    .await;
    let (ana, ben) = (w.customer("Ana", ANA), w.customer("Ben", BEN));
    for (phone, key, value) in [
        (ANA, "targetDepartment", "Sales"),
        (BEN, "targetAgent", "agent.two"),
    ] {
        let mut body = w.send_body(&[phone], &order("you"));
        body[key] = json!(value);
        assert_eq!(w.send(&body).await.0, 200);
    }
    w.settle().await;
    w.rocketchat.set_agent_online("agent.two", false).unwrap();
    w.rocketchat.set_accept_without_agents(false);
    w.says(&ana, "Hi");
    w.says(&ben, "Hi");
    w.settle().await;
    for phone in [ANA, BEN] {
        let room = w.room(phone);
        assert_eq!(room.department.as_deref(), Some("dep-Support"), "{phone}");
        assert_eq!(room.served_by.as_deref(), Some("agent.one"), "{phone}");
        let screen = w.screen(&room.id);
        assert!(screen[0].starts_with("bot: Template"), "{screen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_open_is_handed_over_when_the_customer_answers() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA);
    w.rocketchat.take(&room.id, "agent.one").unwrap();
    let mut body = w.send_body(&[ANA], &order("Ana"));
    body["targetAgent"] = json!("agent.two");
    assert_eq!(w.send(&body).await.0, 200);
    w.settle().await;
    assert_eq!(
        w.room(ANA).served_by.as_deref(),
        Some("agent.one"),
        "not before"
    );
    w.says(&ana, "Yes");
    w.settle().await;
    let now = w.room(ANA);
    assert_eq!(
        (now.id, now.served_by.as_deref()),
        (room.id.clone(), Some("agent.two"))
    );
    w.rocketchat
        .forward(&room.id, "agent.two", "agent.one")
        .unwrap();
    w.says(&ana, "And one more");
    w.settle().await;
    assert_eq!(
        w.room(ANA).served_by.as_deref(),
        Some("agent.one"),
        "once only"
    );
}

#[tokio::test(start_paused = true)]
async fn a_department_counts_for_one_room_where_the_connection_names_none() {
    let w = with(Setup {
        departments: &[("Sales", &["agent.two"]), ("Support", &["agent.one"])],
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let before = w.room(ANA).department;
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    let mut body = w.send_body(&[ANA], &order("Ana"));
    body["targetDepartment"] = json!("Sales");
    assert_eq!(w.send(&body).await.0, 200);
    w.settle().await;
    w.says(&ana, "Hi");
    w.settle().await;
    assert_eq!(w.room(ANA).department.as_deref(), Some("dep-Sales"));
    w.rocketchat
        .agent_closes(&w.room(ANA).id, "agent.two", "done")
        .unwrap();
    w.settle().await;
    w.says(&ana, "Another day");
    w.settle().await;
    assert_eq!(w.room(ANA).department, before);
}

#[tokio::test(start_paused = true)]
async fn a_template_to_somebody_who_waits_for_an_agent_has_its_result_at_once() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.rocketchat.set_accept_without_agents(false);
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    w.says(&ana, "Anybody?");
    w.run_for(Duration::from_secs(60)).await;
    let id = sent(&w, &[ANA], &order("Ana")).await;
    w.run_for(Duration::from_secs(60)).await;
    assert_eq!(w.results(&id).await, [format!("{ANA} delivered")]);
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, true).unwrap();
    }
    w.settle().await;
    let screen = w.screen(&w.room(ANA).id);
    assert!(
        screen.iter().any(|line| line.starts_with("bot: Template")),
        "{screen:?}"
    );
    assert!(
        screen.iter().any(|line| line == "customer: Anybody?"),
        "{screen:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_quotes_a_template_quotes_its_line() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    w.says(&ana, "First");
    w.settle().await;
    let wamid = w.whatsapp.inbox(&ana)[0].wamid.clone();
    w.whatsapp
        .replies(&w.connections[0].1, &ana, &wamid, "About this");
    w.settle().await;
    let lines = w.transcript(&w.room(ANA).id);
    let reply = lines
        .iter()
        .find(|line| line.text.ends_with("About this"))
        .unwrap();
    let quoted = reply.quotes.clone().expect("a quote");
    let all = w.rocketchat.transcript(&w.room(ANA).id);
    let quoted = all
        .iter()
        .find(|line| line.id == quoted)
        .expect("it stands in the room");
    assert!(quoted.text.starts_with("Template"), "{}", quoted.text);
}

#[tokio::test(start_paused = true)]
async fn a_marketing_refusal_by_status_is_remembered_too() {
    let w = world().await;
    w.customer("Ana", ANA);
    w.whatsapp.fail_next_status(131_050, "stopped");
    let first = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&first).await,
        [format!("{ANA} failed whatsapp_131050")]
    );
    w.sleep(Duration::from_secs(700)).await;
    let second = sent(&w, &[ANA], &marketing()).await;
    w.settle().await;
    assert_eq!(
        w.results(&second).await,
        [format!("{ANA} skipped opted_out")]
    );
}

#[tokio::test(start_paused = true)]
async fn dead_letters_of_sends_end_as_results() {
    let w = world().await;
    w.pause(Function::ToWhatsapp, Duration::from_secs(600));
    let id = sent(&w, &[ANA, BEN], &order("you")).await;
    w.aws.sqs.count_receives("bulk", 1_000);
    w.settle().await;
    w.tick().await.unwrap();
    let results = w.results(&id).await;
    assert!(
        results
            .iter()
            .all(|line| line.ends_with("failed dead_letter")),
        "{results:?}"
    );
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn all_along_workers_die_and_nobody_gets_it_twice_nor_a_wrong_result() {
    let w = world().await;
    let phones = crowd(&w, "49171888", 250);
    let eve = w.customer("Eve", "16505559999");
    w.says(&eve, "Hello");
    w.settle().await;
    let room = w.room("16505559999").id;
    let numbers: Vec<_> = phones.iter().map(String::as_str).collect();
    let mut calls = 0;
    w.effects.choose(move |call| {
        let bulk = call.function == Function::ToWhatsapp
            && call.body.windows(5).any(|part| part == b"send#");
        calls += usize::from(bulk);
        (bulk && calls % 41 == 0).then_some(Fault::Kill)
    });
    let id = sent(&w, &numbers, &order("you")).await;
    let began = w.now();
    w.agent_says(&room, "I am with you at once");
    w.settle().await;
    assert!(w.effects.kills() > 8, "{} kills", w.effects.kills());
    let answered = w.whatsapp.inbox(&eve)[0].at_ms - began.millis();
    assert!(answered <= 3_000, "answered after {answered} ms");
    let results = w.results(&id).await;
    for (phone, result) in phones.iter().zip(&results) {
        let copies = w.texts(phone).len();
        // killed in the middle of the call, nobody may know: then it is said so
        let fits = match copies {
            1 => !result.contains("failed"),
            _ => copies == 0 && result.ends_with("unknown"),
        };
        assert!(fits, "{phone}: {copies} copies, {result}");
    }
    let unknown = results
        .iter()
        .filter(|line| line.ends_with("unknown"))
        .count();
    assert!(unknown <= w.effects.kills(), "{unknown}");
}

#[tokio::test(start_paused = true)]
async fn what_turns_out_to_have_arrived_is_shown_and_routed_after_all() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    w.whatsapp.tune(|options| options.statuses = false);
    w.whatsapp.fail_next_send(SendFault::LoseAnswer);
    let id = sent(&w, &[ANA], &order("Ana")).await;
    w.settle().await;
    assert_eq!(w.results(&id).await, [format!("{ANA} unknown")]);
    assert_eq!(w.texts(&ana).len(), 1);
    w.whatsapp.tune(|options| options.statuses = true);
    w.whatsapp.customer_reads(&w.connections[0].1, &ana);
    w.settle().await;
    assert_eq!(w.results(&id).await, [format!("{ANA} read")]);
    w.says(&ana, "Thanks");
    w.settle().await;
    let screen = w.screen(&w.room(ANA).id);
    assert!(screen[0].starts_with("bot: Template"), "{screen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_for_the_night_is_there_in_the_morning() {
    let w = with(Setup {
        departments: &[("Sales", &["agent.two"]), ("Support", &["agent.one"])],
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    let mut body = w.send_body(&[ANA], &order("you"));
    body["targetDepartment"] = json!("Sales");
    assert_eq!(w.send(&body).await.0, 200);
    w.settle().await;
    w.rocketchat.set_accept_without_agents(false);
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    w.says(&ana, "Good evening");
    w.run_for(Duration::from_secs(8 * 3600)).await;
    w.rocketchat.set_agent_online("agent.two", true).unwrap();
    w.settle().await;
    assert_eq!(w.room(ANA).department.as_deref(), Some("dep-Sales"));
    assert_eq!(w.room(ANA).served_by.as_deref(), Some("agent.two"));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_comes_again_after_the_reply_moves_nothing() {
    let w = world().await;
    let ana = w.customer("Ana", ANA);
    let mut body = w.send_body(&[ANA, BEN], &order("you"));
    body["targetAgent"] = json!("agent.two");
    let (_, answer) = w.send(&body).await;
    let id = answer["id"].as_str().unwrap();
    w.settle().await;
    w.says(&ana, "Hi");
    w.settle().await;
    let room = w.room(ANA);
    assert_eq!(room.served_by.as_deref(), Some("agent.two"));
    w.rocketchat
        .forward(&room.id, "agent.two", "agent.one")
        .unwrap();
    let again = json!({ "task": "TemplateV1", "connection": w.connection, "send": id, "n": 0 });
    let input = json!({ "MessageBody": again.to_string() });
    w.aws.sqs.send("bulk", input).unwrap();
    w.settle().await;
    w.says(&ana, "One more thing");
    w.settle().await;
    assert_eq!(w.room(ANA).served_by.as_deref(), Some("agent.one"));
    assert_eq!(w.texts(&ana).len(), 1);
}
