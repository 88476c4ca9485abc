//! `POST /templateMessage`: the original's documented request, answers and errors to the letter, and
//! what a door has to hold against.

use std::time::Duration;

use bridge_harness::{Setup, World, read};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};

const ANA: &str = "+16505551234";
const NUMBER: &str = "15550783881";

async fn world() -> World {
    let setup = Setup {
        departments: &[("Sales", &["agent.two"])],
        ..Setup::default()
    };
    let w = World::with(setup).await;
    w.customer("Ana", "16505551234");
    w.read_templates().await;
    w.effects.clear();
    w
}

/// The original's documented request (reference: Rocket.Chat, §6.1), with everything it may hold.
fn documented() -> Value {
    json!({
        "phoneNumbers": [ANA],
        "connectedWhatsAppNo": NUMBER,
        "template": {
            "namespace": "c8ae5f90_307a_ca4c",
            "name": "order_confirmation",
            "language": { "code": "de", "policy": "deterministic" },
            "components": [{ "type": "body", "parameters": [
                { "type": "text", "text": "Ana" }, { "type": "text", "text": "A-17" }] }],
        },
        "targetAgent": "agent.two",
        "targetDepartment": "Sales",
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = documented();
    change(&mut body);
    body
}

/// A refusal of this text and nothing sent.
async fn refused(w: &World, body: &Value, status: u16, error: &str) -> Value {
    let (got, answer) = w.send(body).await;
    assert_eq!(
        (got, answer["error"].as_str()),
        (status, Some(error)),
        "{answer}"
    );
    assert_eq!(answer["success"], false);
    answer
}

#[tokio::test(start_paused = true)]
async fn the_documented_request_works_unchanged() {
    let w = world().await;
    let app = "87cf50f2-2db4-4e05-a8fd-135ad24f9c08";
    let key = w.api_key(&["send"]).await;
    for (n, path) in [
        "/templateMessage".to_owned(),
        format!("/api/apps/public/{app}/templateMessage"),
        format!("/api/apps/private/{app}/{key}/templateMessage"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = with(|body| {
            body["template"]["components"][0]["parameters"][1]["text"] = json!(n.to_string())
        });
        let mut request = Request::post(format!("https://bridge.test{path}"));
        if n < 2 {
            request = request.header(header::AUTHORIZATION, format!("bearer {key}"));
        }
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let (status, answer) = read(&w.request(request).await);
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(answer["success"], true);
        assert!(answer.get("invalidContacts").is_none());
    }
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn numbers_that_cannot_be_numbers_do_not_fail_the_call() {
    let w = world().await;
    let body =
        with(|body| body["phoneNumbers"] = json!([ANA, "91773877296x", "12", "(650) 555 12-34"]));
    let (status, answer) = w.send(&body).await;
    assert_eq!(status, 200);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["invalidContacts"], json!(["91773877296x", "12"]));
    assert_eq!(answer["recipients"].as_array().unwrap().len(), 2);
    let body = with(|body| body["phoneNumbers"] = json!(["nobody"]));
    let (status, answer) = w.send(&body).await;
    assert_eq!(
        (status, &answer["invalidContacts"]),
        (200, &json!(["nobody"]))
    );
    assert!(answer.get("id").is_none(), "nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn every_documented_error_is_told_in_its_words() {
    let w = world().await;
    let many: Vec<_> = (0..251).map(|n| format!("4917155{n:05}")).collect();
    for (body, error) in [
        (
            with(|body| body["phoneNumbers"] = json!(many)),
            "Too many phone numbers! Please make sure that phoneNumbers are <= 250",
        ),
        (
            with(|body| body["targetAgent"] = json!("abc98")),
            "No Agent found with username abc98",
        ),
        (
            with(|body| body["targetDepartment"] = json!("SalesDepartment")),
            "No Department found with id/Name SalesDepartment",
        ),
        (
            with(|body| {
                body.as_object_mut().unwrap().remove("connectedWhatsAppNo");
            }),
            "Error! Missing \"connectedWhatsAppNo\" field within the request",
        ),
        (
            with(|body| body["connectedWhatsAppNo"] = json!("56541200123x")),
            "Connected WhatsApp Number (connectedWhatsAppNo) i.e. 56541200123x is not a valid \
             WhatsApp contact. Contact Status is invalid",
        ),
        (
            with(|body| body["connectedWhatsAppNo"] = json!("565412001234")),
            "Error! Connected WhatsApp Number (connectedWhatsAppNo) i.e. 565412001234 has not been \
             registered yet on Rocket.Chat. Please goto #omnichannel-whatsapp-setup channel and \
             connect this WhatsApp number first there before sending this request again.",
        ),
    ] {
        refused(&w, &body, 400, error).await;
    }
    w.settle().await;
    assert!(w.texts("16505551234").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_ours_is_told_as_the_original_tells_it() {
    let w = world().await;
    w.api_key(&["bulk"]).await;
    w.effects.choose(|call| {
        let send = call.what == "sqs SendMessageBatch";
        send.then_some(bridge_harness::Fault::Refuse)
    });
    let (status, answer) = w.send(&documented()).await;
    assert_eq!(status, 500);
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.starts_with("Error occurred while processing request. Details: "),
        "{error}"
    );
    // the same request goes on where that one ended
    w.effects.choose(|_| None);
    let (status, answer) = w.send(&documented()).await;
    assert_eq!(
        (status, &answer["success"]),
        (200, &json!(true)),
        "{answer}"
    );
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn bad_bodies_are_refused_with_what_is_wrong() {
    let w = world().await;
    let missing = |name: &str| format!("Error! Missing \"{name}\" field within the request");
    let remove = |name: &str| {
        with(|body| {
            body.as_object_mut().unwrap().remove(name);
        })
    };
    for name in ["phoneNumbers", "template", "connectedWhatsAppNo"] {
        refused(&w, &remove(name), 400, &missing(name)).await;
        refused(
            &w,
            &with(|body| body[name] = Value::Null),
            400,
            &missing(name),
        )
        .await;
    }
    refused(
        &w,
        &with(|body| body["phoneNumbers"] = json!([])),
        400,
        &missing("phoneNumbers"),
    )
    .await;
    for (name, value, says) in [
        (
            "phoneNumbers",
            json!("+16505551234"),
            "an array of phone numbers in quotes",
        ),
        (
            "phoneNumbers",
            json!([{ "number": 1 }]),
            "an array of phone numbers in quotes",
        ),
        ("connectedWhatsAppNo", json!(["1"]), "a number in quotes"),
        (
            "phoneNumbers",
            json!([491715550100.0]),
            "an array of phone numbers in quotes",
        ),
        (
            "template",
            json!("order"),
            "an object with `name`, `language` and `components`",
        ),
        ("targetAgent", json!(7), "a text in quotes"),
        ("targetDepartment", json!({}), "a text in quotes"),
        ("dryRun", json!("yes"), "`true` or `false`"),
    ] {
        let error = format!("Error! \"{name}\" must be {says}");
        refused(&w, &with(|body| body[name] = value), 400, &error).await;
    }
    for (change, says) in [
        (json!({ "language": { "code": "" } }), "`language.code`"),
        (json!({ "language": Value::Null }), "`language.code`"),
        (json!({ "name": "" }), "`name`"),
        (json!({ "name": "no_such" }), "There is none of this name."),
        (
            json!({ "language": { "code": "fr" } }),
            "It exists in: de, en_US.",
        ),
        (json!({ "components": [] }), "body"),
        (
            json!({ "name": "summer_sale", "language": { "code": "en_US" }, "components": [] }),
            "paused",
        ),
        (
            json!({ "name": "new_offer", "language": { "code": "en_US" }, "components": [] }),
            "submitted",
        ),
        (
            json!({ "components": [{ "type": "body", "parameters": [
            { "type": "text", "text": "{{contact.nme}}" }, { "type": "text", "text": "x" }] }] }),
            "{{contact.name|…}}",
        ),
    ] {
        let body = with(|body| {
            for (key, value) in change.as_object().unwrap() {
                body["template"][key] = value.clone();
            }
        });
        let (status, answer) = w.send(&body).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(
            status == 400 && error.contains(says),
            "{change}: {status} {answer}"
        );
    }
    let nobody = with(|body| {
        body.as_object_mut().unwrap().remove("targetAgent");
        body["template"]["components"][0]["parameters"][0]["text"] = json!("{{agent.name}}");
    });
    let says = "{{agent.name}} needs `targetAgent`: without it nobody is named.";
    refused(&w, &nobody, 400, says).await;
    let bare = with(|body| {
        body["template"]["components"][0]["parameters"][0]["text"] = json!("{{contact.name}}");
    });
    let says = "{{contact.name}} must say what stands where no name is known, e.g. \
                {{contact.name|customer}}: WhatsApp takes no empty parameter.";
    refused(&w, &bare, 400, says).await;
    let button = with(|body| {
        body["template"] = json!({ "name": "order_confirmation", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": [
                { "type": "text", "text": "a" }, { "type": "text", "text": "b" }] },
                { "type": "button", "sub_type": "url", "index": "1", "parameters": [
                    { "type": "text", "text": "{{contact.name|x}}" }] }] });
    });
    let says =
        "{{contact.name}} and {{agent.name}} can stand in the texts of header and body only.";
    refused(&w, &button, 400, says).await;
    let inside = with(|body| {
        body["template"] = json!({ "name": "invoice_ready", "language": { "code": "en_US" },
            "components": [{ "type": "header", "parameters": [{ "type": "document",
                "document": { "link": "https://169.254.169.254/latest/meta-data" } }] },
                { "type": "body", "parameters": [{ "type": "text", "text": "7" }] }] });
    });
    let says = "header: the link must be an `https` address on a public host, port 443 or 8443.";
    refused(&w, &inside, 400, says).await;
    w.settle().await;
    assert!(w.texts("16505551234").is_empty());
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_rejected_template_one_that_is_gone_and_a_disabled_number_are_refused() {
    let w = world().await;
    w.whatsapp
        .set_template_status("order_confirmation", "de", "rejected");
    w.read_templates().await;
    let (status, answer) = w.send(&documented()).await;
    assert!(
        status == 400 && answer["error"].as_str().unwrap().contains("rejected"),
        "{answer}"
    );
    w.whatsapp.delete_template("order_confirmation");
    w.read_templates().await;
    w.sleep(Duration::from_secs(120)).await;
    let (status, answer) = w.send(&documented()).await;
    assert!(
        status == 400
            && answer["error"]
                .as_str()
                .unwrap()
                .contains("not in the account"),
        "{answer}"
    );
    let app = w.app();
    let found = app
        .store
        .find_connection(&w.connection, w.now())
        .await
        .unwrap();
    let mut connection = found.unwrap();
    let before = connection.clone();
    connection.enabled = false;
    app.store
        .save_connection(&before, &connection)
        .await
        .unwrap();
    let error = "Connected WhatsApp Number (connectedWhatsAppNo) i.e. 15550783881 is switched off.";
    let answer = refused(&w, &documented(), 400, error).await;
    assert!(answer["help"].as_str().unwrap().contains("PATCH"));
}

async fn raw(w: &World, key: &str, method: Method, path: &str, body: &str) -> Response<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://bridge.test{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Bytes::from(body.to_owned()))
        .unwrap();
    w.request(request).await
}

#[tokio::test(start_paused = true)]
async fn the_key_decides_who_may_send_to_how_many() {
    let w = world().await;
    let one = w.api_key(&["send"]).await;
    let other = w.api_key(&["read"]).await;
    let two = with(|body| body["phoneNumbers"] = json!([ANA, "+491715550100"])).to_string();
    let documented = documented().to_string();
    for (key, body, expected) in [
        ("", &documented, 401),
        ("b360_wrong", &documented, 401),
        (&*other, &documented, 403),
        (&*one, &two, 403),
        (&*one, &documented, 200),
    ] {
        let answer = raw(&w, key, Method::POST, "/templateMessage", body).await;
        let (status, answer) = read(&answer);
        assert_eq!(status, expected, "{answer}");
        assert_eq!(answer["success"], json!(expected == 200));
    }
    let admin = w.api_key(&["admin"]).await;
    let (status, _) = read(&raw(&w, &admin, Method::POST, "/templateMessage", &two).await);
    assert_eq!(status, 200);
    for (method, path, body, expected) in [
        (Method::GET, "/templateMessage", "", 405),
        (Method::POST, "/api/apps/other/x/templateMessage", "{}", 404),
        (Method::POST, "/templateMessage", "{\"phoneNumbers\":", 400),
        (Method::POST, "/templateMessage", "[]", 400),
        (Method::POST, "/templateMessage", "", 400),
    ] {
        let answer = raw(&w, &admin, method, path, body).await;
        assert_eq!(answer.status().as_u16(), expected, "{path} {body}");
    }
    let large = format!("{{\"phoneNumbers\":[\"{}\"]}}", "1".repeat(1024 * 1024));
    let answer = raw(&w, &admin, Method::POST, "/templateMessage", &large).await;
    assert_eq!(answer.status().as_u16(), 413);
}

async fn keyed(w: &World, name: Option<&str>, body: &Value) -> (u16, Value, bool) {
    let key = w.api_key(&["bulk"]).await;
    let mut request = w.send_request(&key, body);
    if let Some(name) = name {
        request
            .headers_mut()
            .insert("idempotency-key", name.parse().unwrap());
    }
    let answer = w.request(request).await;
    let (status, body) = read(&answer);
    let replayed = answer.headers().get("idempotency-replayed");
    (status, body, replayed.is_some_and(|value| value == "true"))
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_twice_is_one_send() {
    let w = world().await;
    let body = documented();
    let first = keyed(&w, None, &body).await;
    let again = keyed(&w, None, &body).await;
    assert_eq!((first.0, &first.1, first.2), (200, &again.1, false));
    assert!(again.2, "told that it is a repeat");
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 1);
    // ten minutes later it is meant anew
    w.sleep(Duration::from_secs(601)).await;
    let later = keyed(&w, None, &body).await;
    assert!(later.0 == 200 && !later.2 && later.1["id"] != first.1["id"]);
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 2);
    // with a name of its own it is another send, and the same one for a day
    let named = keyed(&w, Some("order 17"), &body).await;
    assert!(named.0 == 200 && !named.2);
    w.settle().await;
    w.sleep(Duration::from_secs(23 * 3600)).await;
    let again = keyed(&w, Some("order 17"), &body).await;
    assert!(again.2 && again.1["id"] == named.1["id"], "{again:?}");
    let other = with(|body| body["phoneNumbers"] = json!(["+491715550100"]));
    let mismatch = keyed(&w, Some("order 17"), &other).await;
    assert_eq!(
        (mismatch.0, &mismatch.1["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    let long = "x".repeat(256);
    assert_eq!(keyed(&w, Some(&long), &body).await.0, 400);
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_tells_and_sends_nothing() {
    let w = world().await;
    let body = with(|body| body["dryRun"] = json!(true));
    let (status, answer) = w.send(&body).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["text"],
        "Hallo Ana, Ihre Bestellung A-17 ist bestätigt."
    );
    assert_eq!(
        (&answer["dryRun"], &answer["category"]),
        (&json!(true), &json!("UTILITY"))
    );
    assert_eq!(answer["recipients"], json!([{ "phoneNumber": ANA }]));
    let (_, real, replayed) = keyed(&w, None, &documented()).await;
    assert!(real["id"].is_string() && !replayed);
    w.settle().await;
    assert_eq!(w.texts("16505551234").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_number_stands_in_the_queues() {
    let w = world().await;
    assert_eq!(w.send(&documented()).await.0, 200);
    assert_eq!(w.aws.sqs.depth("outbound.fifo"), 1);
    for queue in w.aws.sqs.names() {
        for message in w.aws.sqs.messages(&queue) {
            assert!(!message.body.contains("16505551234"), "{}", message.body);
            assert!(!message.body.contains("A-17"), "{}", message.body);
        }
    }
}
