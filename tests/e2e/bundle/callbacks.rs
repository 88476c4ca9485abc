//! Status callbacks through all binaries, verified by an implementation that is not ours.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bridge_e2e::{NUMBER, Stack, eventually, run};
use bridge_simulators::endpoint::{Manner, Received};
use serde_json::{Value, json};

use crate::{ANA, parked, people, settled};

/// Reads callbacks as JSON, one a line, and verifies each with the published package.
const VERIFIER: &str = r#"
import json, sys
from standardwebhooks import Webhook
for line in sys.stdin:
    call = json.loads(line)
    headers = {"webhook-id": call["id"], "webhook-timestamp": call["timestamp"],
               "webhook-signature": call["signature"]}
    Webhook(call["secret"]).verify(call["raw"], headers)
    print("genuine")
"#;

/// The interpreter of `.ci/run`'s tools, where they are installed.
fn python() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = root.join("target/tools/bin/python");
    let mut imports = Command::new(&found);
    imports.args(["-c", "import standardwebhooks"]);
    let imports = imports.stderr(Stdio::null()).status();
    imports
        .is_ok_and(|status| status.success())
        .then_some(found)
}

/// How many of the calls the package takes for genuine; `None` where it is not installed.
fn verified(calls: &[Received], secret: &str) -> Option<usize> {
    let mut python = Command::new(python()?);
    python.args(["-c", VERIFIER]).stdin(Stdio::piped());
    let python = python.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut python = python.spawn().unwrap();
    let mut stdin = python.stdin.take().unwrap();
    for call in calls {
        let mut line = serde_json::to_value(call).unwrap();
        line["secret"] = json!(secret);
        // a verifier that refuses one reads no further
        if writeln!(stdin, "{line}").is_err() {
            break;
        }
    }
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().filter(|line| *line == "genuine").count())
}

/// What the endpoint was told of a message, sorted.
fn words<'a>(calls: &'a [Received], id: &Value) -> Vec<&'a str> {
    let of_it = calls.iter().filter(|call| call.body["id"] == *id);
    let words = of_it.map(|call| call.body["MessageStatus"].as_str());
    let mut words: Vec<_> = words.map(Option::unwrap_or_default).collect();
    words.sort_unstable();
    words
}

async fn patch(stack: &Stack, url: &str) -> (u16, Value) {
    let form = json!({ "messageStatusEndpointUrl": url });
    stack.api("PATCH", "/v1/settings", Some(&form)).await
}

#[test]
fn statuses_are_called_back_and_genuine() {
    run(async |stack| {
        stack.flow();
        let (status, refused) = patch(stack, "https://169.254.169.254/latest").await;
        assert_eq!(
            (status, &refused["error"]["code"]),
            (400, &json!("address_refused"))
        );
        let (status, answer) = patch(stack, &stack.endpoint_url()).await;
        assert_eq!(status, 200, "{answer}");
        let (status, made) = stack
            .api("POST", "/v1/callbacks/secret", Some(&json!({})))
            .await;
        assert_eq!(status, 201, "{made}");
        let secret = made["secret"].as_str().unwrap().to_owned();
        let header = json!({ "name": "Authorization", "value": "Bearer canary-of-the-endpoint" });
        let (status, _) = stack
            .api("PUT", "/v1/callbacks/header", Some(&header))
            .await;
        assert_eq!(status, 204);
        let (ana, _) = people(stack);
        stack.whatsapp.says(NUMBER, &ana, "Hello");
        let room = eventually("a room", || {
            stack.rocketchat.rooms_of_phone(ANA).into_iter().next()
        })
        .await;
        // what a function read of the settings before they were changed is good for half a minute
        let mut asked = 0;
        let last = eventually("a message that is told from its beginning", || {
            if asked % 400 == 0 {
                let text = format!("We open at nine ({asked})");
                let said = stack.rocketchat.agent_says(&room.id, "agent.one", &text);
                said.unwrap();
            }
            asked += 1;
            let taken = stack.endpoint.taken();
            let whole = |id: &&Value| words(&taken, id) == ["delivered", "queued", "sent"];
            let mut ids = taken.iter().map(|call| &call.body["id"]);
            ids.find(whole).cloned()
        })
        .await;
        settled(stack).await;
        let taken = stack.endpoint.taken();
        let authorised = Some("Bearer canary-of-the-endpoint");
        assert!(
            taken
                .iter()
                .all(|call| call.authorization.as_deref() == authorised)
        );
        if let Some(genuine) = verified(&taken, &secret) {
            assert_eq!(genuine, taken.len());
            let wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
            assert_eq!(verified(&taken, wrong), Some(0));
            let mut forged = taken.clone();
            forged[0].raw = forged[0].raw.replace("nine", "nein");
            assert_eq!(verified(&forged, &secret), Some(0));
        }
        let message = last.as_str().unwrap();
        let path = format!("/v1/callbacks/deliveries?message={message}");
        let (status, log) = stack.api("GET", &path, None).await;
        assert_eq!(status, 200, "{log}");
        assert_eq!(log["deliveries"].as_array().unwrap().len(), 3, "{log}");
        assert_eq!(log["deliveries"][0]["tries"][0]["code"], "http_204");
        assert_eq!(parked(stack).await, Vec::<String>::new());
    });
}

#[test]
fn a_410_is_told_and_taken_back() {
    run(async |stack| {
        stack.flow();
        let (status, answer) = patch(stack, &stack.endpoint_url()).await;
        assert_eq!(status, 200, "{answer}");
        stack.endpoint.set_manner(Manner::Answers(410));
        let (status, test) = stack.api("POST", "/v1/callbacks/test", None).await;
        assert_eq!(status, 202, "{test}");
        eventually("the call", || {
            (!stack.endpoint.calls().is_empty()).then_some(())
        })
        .await;
        settled(stack).await;
        let (_, overview) = stack.api("GET", "/v1/callbacks", None).await;
        assert_eq!(overview["status"], "off", "{overview}");
        let (status, _) = stack.api("POST", "/v1/callbacks/enable", None).await;
        assert_eq!(status, 204);
        let (_, overview) = stack.api("GET", "/v1/callbacks", None).await;
        assert_eq!(overview["status"], "on", "{overview}");
        let path = test["deliveries"].as_str().unwrap();
        let (status, log) = stack.api("GET", path, None).await;
        assert_eq!(
            (status, &log["deliveries"][0]["tries"][0]["code"]),
            (200, &json!("http_410")),
            "{log}"
        );
    });
}
