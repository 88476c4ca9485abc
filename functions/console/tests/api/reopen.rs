//! The template that re-opens conversations, set on a connection.

use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};

use crate::support::*;

fn template(texts: &[&str]) -> Value {
    let parameters: Vec<_> = texts
        .iter()
        .map(|text| json!({ "type": "text", "text": text }))
        .collect();
    json!({ "name": "order_confirmation", "language": { "code": "de" },
        "components": [{ "type": "body", "parameters": parameters }] })
}

fn good() -> Value {
    template(&["{{contact.name|Kunde}}", "{{agent.name}}"])
}

#[tokio::test(start_paused = true)]
async fn it_is_set_shown_and_cleared() {
    let w = World::new().await;
    let before = w.connected().await;
    assert_eq!(before["reopenTemplate"], Value::Null);
    let id = before["id"].as_str().unwrap();
    let (status, set) = w.patch(id, json!({ "reopenTemplate": good() })).await;
    assert_eq!((status, &set["reopenTemplate"]), (200, &good()), "{set}");
    let (_, other) = w.patch(id, json!({ "welcomeMessage": "Hi" })).await;
    assert_eq!(other["reopenTemplate"], good(), "it stays");
    let shown = w.get(&format!("/v1/connections/{id}")).await;
    assert_eq!(shown["reopenTemplate"], good());
    let (_, cleared) = w.patch(id, json!({ "reopenTemplate": null })).await;
    assert_eq!(cleared["reopenTemplate"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused_and_changes_nothing() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    w.patch(&id, json!({ "reopenTemplate": good() })).await;
    let named = |name: &str| json!({ "name": name, "language": { "code": "en_US" } });
    for (given, code, words) in [
        (
            json!("order_confirmation"),
            "invalid_field",
            "reopenTemplate",
        ),
        (json!([]), "invalid_field", "reopenTemplate"),
        (
            json!({ "name": "x".repeat(20_000) }),
            "invalid_field",
            "16 KB",
        ),
        (json!({}), "invalid_template", "name"),
        (named("no_such_thing"), "unknown_template", "no_such_thing"),
        (named("summer_sale"), "invalid_template", "paused"),
        (
            template(&["one"]),
            "invalid_template",
            "parameter 2 is missing",
        ),
        (
            template(&["{{contact.name}}", "x"]),
            "invalid_template",
            "contact.name",
        ),
        (
            template(&["{{contact.age}}", "x"]),
            "invalid_template",
            "contact.age",
        ),
    ] {
        let answer = w.patch(&id, json!({ "reopenTemplate": given })).await;
        let error = refused(answer, 400, code);
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{error}"
        );
    }
    let shown = w.get(&format!("/v1/connections/{id}")).await;
    assert_eq!(shown["reopenTemplate"], good());
}

#[tokio::test(start_paused = true)]
async fn a_number_is_connected_with_it_or_with_a_warning() {
    let w = World::new().await;
    let mut wanted = form();
    wanted["reopenTemplate"] = good();
    let (status, connected) = w.connect(wanted).await;
    assert_eq!(
        (status, &connected["reopenTemplate"]),
        (201, &good()),
        "{connected}"
    );
    assert!(!codes(&connected).contains(&"reopen_template_not_set"));

    let w = World::new().await;
    let mut wanted = form();
    wanted["reopenTemplate"] = template(&["one"]);
    let (status, connected) = w.connect(wanted.clone()).await;
    assert_eq!((status, &connected["reopenTemplate"]), (201, &Value::Null));
    assert!(
        codes(&connected).contains(&"reopen_template_not_set"),
        "{connected}"
    );
    let id = connected["id"].as_str().unwrap();
    let shown = w.get(&format!("/v1/connections/{id}")).await;
    assert!(!codes(&shown).contains(&"reopen_template_not_set"));
    // the same form again, mended
    wanted["reopenTemplate"] = good();
    let (status, again) = w.connect(wanted).await;
    assert_eq!(
        (status, &again["reopenTemplate"]),
        (200, &good()),
        "{again}"
    );
    assert_eq!(w.connections().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_number_whose_platform_is_down_is_connected_without_it() {
    let w = World::new().await;
    w.dialog.outage(Some(Outage::Status(503)));
    let mut wanted = form();
    wanted["reopenTemplate"] = good();
    let (status, connected) = w.connect(wanted).await;
    assert_eq!(status, 201, "{connected}");
    assert!(
        codes(&connected).contains(&"reopen_template_not_set"),
        "{connected}"
    );
    assert_eq!(connected["reopenTemplate"], Value::Null);
}
