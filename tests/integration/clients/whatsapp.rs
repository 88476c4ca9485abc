//! The verbs of 360dialog's client, and what each ends in by the kind of answer.

use std::time::Duration;

use bridge::domain::ids::{Bsuid, WaId, Wamid};
use bridge::domain::time::Timestamp;
use bridge::http::Http;
use bridge::secrets::Secret;
use bridge::whatsapp::client::{Accepted, NumberHealth, Registration, TemplatePage};
use bridge::whatsapp::{Client, WhatsAppError};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{always, answer, answer_with, neighbour, out_of_reach, page, silent};

fn client(http: Http) -> Client {
    Client::new(http, "https://waba.example/")
}

fn key() -> Secret {
    Secret::new("key-1")
}

fn get(path: &str) -> Value {
    json!({ "call": format!("GET https://waba.example{path}"), "headers": { "d360-api-key": "key-1" } })
}

fn post(path: &str, body: &Value) -> Value {
    json!({ "call": format!("POST https://waba.example{path}"), "body": body,
        "headers": { "d360-api-key": "key-1", "content-type": "application/json" } })
}

#[tokio::test]
async fn a_send_is_one_post_and_gives_the_wamid() {
    let accepted = json!({ "messaging_product": "whatsapp", "contacts": [{ "input": "+16505551234", "wa_id": "16505551234", "user_id": "US.134" }],
        "messages": [{ "id": "wamid.1", "message_status": "accepted" }] });
    let (http, calls) = neighbour(answer(200, accepted));
    let body = json!({ "to": "+16505551234", "type": "text", "text": { "body": "Ä \"x\"" } });
    let sent = client(http).send_message(&key(), &body).await;
    let expected = Accepted {
        wamid: Wamid::new("wamid.1"),
        number: Some(WaId::new("16505551234")),
        user_id: Some(Bsuid::new("US.134")),
    };
    assert_eq!(sent, Ok(expected));
    assert_eq!(calls.only(), post("/messages", &body));
}

#[tokio::test]
async fn an_acceptance_without_an_id_is_an_unknown_outcome() {
    for body in [
        "{}",
        "[]",
        "null",
        "",
        r#"{"messages":[{}]}"#,
        r#"{"messages":[{"id":7}]}"#,
    ] {
        let sent = client(always(answer(200, body)))
            .send_message(&key(), &json!({}))
            .await;
        assert_eq!(sent, Err(WhatsAppError::Unknown), "{body}");
    }
    let sent = client(always(page(200)))
        .send_message(&key(), &json!({}))
        .await;
    assert_eq!(sent, Err(WhatsAppError::Unknown));
}

#[tokio::test]
async fn health_names_the_number_and_whether_it_may_send() {
    let health = json!({ "id": "1", "display_phone_number": "+1 555-078-3881",
        "health_status": { "can_send_message": "LIMITED", "entities": [] } });
    let (http, calls) = neighbour(answer(200, health));
    let expected = NumberHealth {
        number: WaId::from_any("15550783881"),
        can_send: Some("LIMITED".to_owned()),
    };
    assert_eq!(client(http).fetch_health(&key()).await, Ok(expected));
    let path = "/health_status?fields=health_status,display_phone_number";
    assert_eq!(calls.only(), get(path));
}

#[tokio::test]
async fn health_may_say_nothing() {
    let health = client(always(answer(200, "{}"))).fetch_health(&key()).await;
    assert_eq!(health, Ok(NumberHealth::default()));
}

#[tokio::test]
async fn the_registered_webhook_is_read_with_our_secret() {
    let config = json!({ "url": "https://x.example/incoming/c1",
        "headers": { "X-Bridge360-Secret": "s1", "other": "o" } });
    let (http, calls) = neighbour(answer(200, &config));
    let found = client(http).fetch_webhook(&key()).await;
    assert_eq!(found, Ok(Some("https://x.example/incoming/c1".to_owned())));
    assert_eq!(calls.only(), get("/v1/configs/webhook"));

    let (http, calls) = neighbour(answer(200, &config));
    let expected = Registration {
        url: "https://x.example/incoming/c1".to_owned(),
        secret: Some(Secret::new("s1")),
    };
    assert_eq!(
        client(http).fetch_registration(&key()).await,
        Ok(Some(expected))
    );
    assert_eq!(calls.only(), get("/v1/configs/webhook"));
}

#[tokio::test]
async fn no_registered_webhook_is_no_failure() {
    let missing = answer(404, json!({ "meta": { "developer_message": "not found" } }));
    for none in [
        answer(200, "{}"),
        answer(200, json!({ "url": "" })),
        missing,
    ] {
        assert_eq!(client(always(none)).fetch_webhook(&key()).await, Ok(None));
    }
}

#[tokio::test]
async fn a_webhook_is_registered_with_our_secret_header() {
    let (http, calls) = neighbour(answer(200, "{}"));
    let url = "https://x.example/incoming/c1";
    let secret = Secret::new("s1");
    let done = client(http).send_webhook(&key(), url, Some(&secret)).await;
    assert_eq!(done, Ok(()));
    let body = json!({ "url": url, "headers": { "x-bridge360-secret": "s1" } });
    assert_eq!(calls.only(), post("/v1/configs/webhook", &body));
}

#[tokio::test]
async fn a_former_webhook_is_restored_without_our_secret() {
    let (http, calls) = neighbour(answer(200, ""));
    let url = "https://former.example";
    assert_eq!(client(http).send_webhook(&key(), url, None).await, Ok(()));
    let body = json!({ "url": url, "headers": {} });
    assert_eq!(calls.only(), post("/v1/configs/webhook", &body));
}

#[tokio::test]
async fn a_webhook_is_removed_by_an_empty_url() {
    let (http, calls) = neighbour(answer(200, "{}"));
    assert_eq!(client(http).remove_webhook(&key()).await, Ok(()));
    let body = json!({ "url": "", "headers": {} });
    assert_eq!(calls.only(), post("/v1/configs/webhook", &body));
}

#[tokio::test]
async fn a_key_that_no_header_can_hold_is_not_sent() {
    let (http, calls) = neighbour(answer(200, "{}"));
    let sent = client(http)
        .send_message(&Secret::new("a\nb"), &json!({}))
        .await;
    assert_eq!((sent, calls.count()), (Err(WhatsAppError::Unauthorized), 0));
}

type Outcomes = Vec<(&'static str, Result<(), WhatsAppError>)>;

/// What every verb ends in.
async fn outcomes(http: &Http) -> Outcomes {
    let (client, key) = (client(http.clone()), key());
    let body = json!({});
    vec![
        (
            "send_message",
            client.send_message(&key, &body).await.map(|_| ()),
        ),
        ("fetch_health", client.fetch_health(&key).await.map(|_| ())),
        (
            "fetch_webhook",
            client.fetch_webhook(&key).await.map(|_| ()),
        ),
        (
            "fetch_registration",
            client.fetch_registration(&key).await.map(|_| ()),
        ),
        (
            "send_webhook",
            client.send_webhook(&key, "https://x.example", None).await,
        ),
        ("remove_webhook", client.remove_webhook(&key).await),
    ]
}

async fn every_verb_ends_in(expected: WhatsAppError, http: Http) {
    for (verb, outcome) in outcomes(&http).await {
        assert_eq!(outcome, Err(expected.clone()), "{verb}");
    }
}

#[tokio::test]
async fn a_refusal_of_any_shape_is_rejected_with_its_code() {
    let reason = "Recipient not on WhatsApp";
    let rejected = WhatsAppError::Rejected {
        code: 131_026,
        reason: reason.to_owned(),
    };
    let code = 131_026;
    for body in [
        json!({ "error": { "code": code, "message": "m", "error_data": { "details": reason } } }),
        json!({ "error": { "code": code.to_string(), "message": "m", "error_data": reason } }),
        json!({ "errors": [{ "code": code, "title": "t", "details": reason }], "meta": {} }),
        json!({ "error": { "code": code, "message": reason } }),
    ] {
        every_verb_ends_in(rejected.clone(), always(answer(400, body))).await;
    }
    let rejected = WhatsAppError::Rejected {
        code: 403,
        reason: "endpoint blocked".to_owned(),
    };
    for body in [
        json!({ "meta": { "success": false, "http_code": 403, "developer_message": "endpoint blocked" } }),
        json!({ "error": "endpoint blocked" }),
    ] {
        every_verb_ends_in(rejected.clone(), always(answer(403, body))).await;
    }
}

#[tokio::test]
async fn a_key_that_is_refused_is_told_apart() {
    let refusal = json!({ "meta": { "developer_message": "Invalid api_key" } });
    every_verb_ends_in(WhatsAppError::Unauthorized, always(answer(401, refusal))).await;
    every_verb_ends_in(WhatsAppError::Unauthorized, always(page(401))).await;
    let graph = json!({ "error": { "code": 190, "message": "expired" } });
    every_verb_ends_in(WhatsAppError::Unauthorized, always(answer(400, graph))).await;
}

#[tokio::test]
async fn limits_name_their_moment_where_they_have_one() {
    let limit = json!({ "error": "slow down" });
    let throttled = |seconds| WhatsAppError::Throttled {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let with_moment = answer_with(429, ("retry-after", "17"), limit.clone());
    every_verb_ends_in(throttled(17), always(with_moment)).await;
    let graph = json!({ "error": { "code": 130_429, "message": "too many" } });
    let with_moment = answer_with(400, ("retry-after", " 3 "), graph);
    every_verb_ends_in(throttled(3), always(with_moment)).await;
    let without = WhatsAppError::Throttled { retry_after: None };
    let date = answer_with(
        429,
        ("retry-after", "Fri, 31 Dec 2027 23:59:59 GMT"),
        limit.clone(),
    );
    for http in [
        always(answer(429, &limit)),
        always(answer(503, &limit)),
        always(date),
    ] {
        every_verb_ends_in(without.clone(), http).await;
    }
    let pair = json!({ "error": { "code": 131_056, "message": "pair rate limit hit" } });
    every_verb_ends_in(WhatsAppError::PairLimit, always(answer(400, pair))).await;
}

#[tokio::test]
async fn what_is_no_refusal_is_an_unknown_outcome() {
    for answer in [
        page(502),
        page(500),
        page(503),
        answer(500, "{}"),
        page(302),
        answer(504, ""),
    ] {
        every_verb_ends_in(WhatsAppError::Unknown, always(answer)).await;
    }
}

#[tokio::test]
async fn a_neighbour_out_of_reach_surely_did_nothing() {
    every_verb_ends_in(WhatsAppError::Unavailable, out_of_reach()).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_an_unknown_outcome_after_its_limit() {
    let start = Instant::now();
    let sent = client(silent()).send_message(&key(), &json!({})).await;
    assert_eq!(
        (sent, start.elapsed().as_secs()),
        (Err(WhatsAppError::Unknown), 20)
    );
    let start = Instant::now();
    let health = client(silent()).fetch_health(&key()).await;
    assert_eq!(
        (health, start.elapsed().as_secs()),
        (Err(WhatsAppError::Unknown), 10)
    );
    every_verb_ends_in(WhatsAppError::Unknown, silent()).await;
}

#[tokio::test]
async fn a_page_of_templates_tells_how_many_there_are() {
    let listed = json!({ "count": 2, "total": "7", "waba_templates": [
        { "name": "a", "language": "en", "status": "APPROVED", "category": "utility",
          "components": [{ "type": "body", "text": "x" }] },
        { "language": "en" },
    ] });
    let (http, calls) = neighbour(answer(200, listed));
    let now = Timestamp::from_millis(1);
    let page = client(http)
        .fetch_templates(&key(), 500, now)
        .await
        .unwrap();
    assert_eq!((page.listed, page.total), (2, Some(7)));
    let [one] = page.templates.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!(
        (one.status.as_str(), one.category.as_str()),
        ("approved", "UTILITY")
    );
    let path = "/v1/configs/templates?limit=500&offset=500&sort=id";
    assert_eq!(calls.only(), get(path));
}

#[tokio::test]
async fn a_list_that_nobody_can_read_is_no_account_without_templates() {
    for body in [
        "{}",
        "[]",
        "null",
        "",
        r#""ok""#,
        r#"{"error":"busy"}"#,
        r#"{"waba_templates":null}"#,
        r#"{"waba_templates":{"name":"a"}}"#,
    ] {
        assert_eq!(
            unread(answer(200, body)).await,
            Err(WhatsAppError::Unknown),
            "{body}"
        );
    }
    assert_eq!(unread(page(200)).await, Err(WhatsAppError::Unknown));
}

async fn unread(answer: Response<Bytes>) -> Result<TemplatePage, WhatsAppError> {
    let client = client(always(answer));
    client
        .fetch_templates(&key(), 0, Timestamp::from_millis(1))
        .await
}

#[tokio::test]
async fn templates_are_submitted_and_deleted_by_name() {
    let (http, calls) = neighbour(answer(201, json!({ "status": "submitted" })));
    let body = json!({ "name": "a", "language": "en" });
    let sent = client(http).send_template(&key(), &body).await;
    assert_eq!(sent, Ok(json!({ "status": "submitted" })));
    assert_eq!(calls.only(), post("/v1/configs/templates", &body));
    let (http, calls) = neighbour(answer(200, json!({ "meta": { "success": true } })));
    assert_eq!(client(http).delete_template(&key(), "a/b").await, Ok(()));
    let call = &calls.only()["call"];
    assert_eq!(
        call,
        "DELETE https://waba.example/v1/configs/templates/a%2Fb"
    );
}

#[tokio::test]
async fn a_file_is_uploaded_as_a_form_with_its_type() {
    let (http, calls) = neighbour(answer(200, json!({ "id": "1037543291543636" })));
    let bytes = Bytes::from_static(b"%PDF-1.7");
    let named = ("invoice.pdf", "application/pdf");
    let id = client(http).upload_media(&key(), named, &bytes).await;
    assert_eq!(id.as_deref(), Ok("1037543291543636"));
    let call = calls.only();
    assert_eq!(call["call"], "POST https://waba.example/media");
    let kind = call["headers"]["content-type"].as_str().unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let silent = client(always(answer(200, json!({}))));
    let id = silent.upload_media(&key(), named, &bytes).await;
    assert_eq!(id, Err(WhatsAppError::Unknown));
}
