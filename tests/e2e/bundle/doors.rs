//! What the doors refuse and what they take.

use bridge::rocketchat::client::TOKEN_HEADER;
use bridge::whatsapp::client::SECRET_HEADER;
use bridge_e2e::{Stack, run};

use crate::{parked, settled};

/// Path, header and secret of both doors.
fn doors(stack: &Stack) -> [(String, &'static str, String); 2] {
    let incoming = format!("/incoming/{}", stack.connection);
    [
        (incoming, SECRET_HEADER, stack.secret("incoming/1")),
        (
            "/rocketchat/events".to_owned(),
            TOKEN_HEADER,
            stack.secret("agent-events/1"),
        ),
    ]
}

#[test]
fn a_wrong_secret_is_unauthorised() {
    run(async |stack| {
        for (path, header, secret) in doors(stack) {
            let wrong = format!("{secret}x");
            stack.remember("canary of a wrong secret");
            for given in [wrong.as_str(), "canary of a wrong secret", ""] {
                let answer = stack.request("POST", &path, &[(header, given)], "{}").await;
                assert_eq!(answer.status(), 401, "{path}");
            }
            let answer = stack.request("POST", &path, &[], "{}").await;
            assert_eq!(answer.status(), 401, "{path} without a header");
        }
        let sqs = &stack.cloud.aws.sqs;
        assert!(sqs.names().iter().all(|queue| sqs.depth(queue) == 0));
    });
}

#[test]
fn another_method_is_not_allowed() {
    run(async |stack| {
        for (path, header, secret) in doors(stack) {
            for method in ["GET", "PUT", "DELETE"] {
                let answer = stack.request(method, &path, &[(header, &secret)], "").await;
                assert_eq!(answer.status(), 405, "{method} {path}");
                assert_eq!(answer.headers()["allow"], "POST");
            }
        }
        let answer = stack.request("POST", "/incoming/a/b", &[], "").await;
        assert_eq!(answer.status(), 404);
    });
}

/// Rocket.Chat sends the whole conversation when it is closed.
#[test]
fn what_lambda_does_not_take_is_refused_at_the_gate() {
    run(async |stack| {
        let [_, (path, header, secret)] = doors(stack);
        for (size, status) in [(4 << 20, 200), (6 << 20, 413)] {
            let body = format!(
                r#"{{"type":"LivechatSession","messages":[],"text":"{}"}}"#,
                "x".repeat(size)
            );
            let answer = stack
                .request("POST", &path, &[(header, &secret)], body)
                .await;
            assert_eq!(answer.status(), status, "{size}");
        }
        let lost = stack.request("GET", "/files/abc/offer.pdf", &[], "").await;
        assert_eq!(lost.status(), 410);
    });
}

#[test]
fn an_unreadable_webhook_is_taken_and_parked() {
    run(async |stack| {
        stack.flow();
        let [(path, header, secret), _] = doors(stack);
        stack.remember("canary of the body");
        let body = &b"canary of the body \xff\xfe"[..];
        let answer = stack
            .request("POST", &path, &[(header, &secret)], body)
            .await;
        assert_eq!(answer.status(), 200);
        settled(stack).await;
        let parked = parked(stack).await;
        assert_eq!(parked.len(), 1);
        assert!(parked[0].starts_with("unreadable_body"), "{}", parked[0]);
    });
}

#[test]
fn an_unreadable_agent_event_is_taken() {
    run(async |stack| {
        let [_, (path, header, secret)] = doors(stack);
        stack.remember("canary of the body");
        let headers = [
            (header, secret.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = stack
            .request("POST", &path, &headers, "canary of the body")
            .await;
        assert_eq!(answer.status(), 200);
        assert!(answer.body().is_empty());
        // kept for an operator: the worker parks what it cannot read
        assert_eq!(stack.cloud.aws.sqs.depth("outbound.fifo"), 1);
    });
}
