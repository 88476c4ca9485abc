use super::*;

fn answer(status: u16, body: &str) -> WhatsAppError {
    let answer = Response::builder()
        .status(status)
        .body(body.to_owned().into())
        .unwrap();
    classify(&answer)
}

#[test]
fn codes_decide_before_the_status() {
    let graph = |code: i64| format!(r#"{{"error":{{"code":{code},"message":"m"}}}}"#);
    assert_eq!(answer(400, &graph(131_056)), WhatsAppError::PairLimit);
    assert_eq!(
        answer(400, &graph(130_429)),
        WhatsAppError::Throttled { retry_after: None }
    );
    assert_eq!(
        answer(500, &graph(131_016)),
        WhatsAppError::Throttled { retry_after: None }
    );
    assert!(matches!(
        answer(400, &graph(131_047)),
        WhatsAppError::Rejected { code: 131_047, .. }
    ));
    assert_eq!(answer(401, "{}"), WhatsAppError::Unauthorized);
    assert_eq!(answer(400, &graph(190)), WhatsAppError::Unauthorized);
}

#[test]
fn every_shape_of_refusal_is_read() {
    for (body, reason) in [
        (r#"{"error":{"code":"100","error_data":"bare"}}"#, "bare"),
        (
            r#"{"error":{"code":100,"error_data":{"details":"deep"}}}"#,
            "deep",
        ),
        (
            r#"{"errors":[{"code":100,"details":"old"}],"meta":{}}"#,
            "old",
        ),
    ] {
        let expected = WhatsAppError::Rejected {
            code: 100,
            reason: reason.to_owned(),
        };
        assert_eq!(answer(400, body), expected, "{body}");
    }
    for body in [
        r#"{"meta":{"developer_message":"no"}}"#,
        r#"{"error":"no"}"#,
    ] {
        let expected = WhatsAppError::Rejected {
            code: 400,
            reason: "no".to_owned(),
        };
        assert_eq!(answer(400, body), expected, "{body}");
    }
}

#[test]
fn only_a_well_formed_refusal_counts_as_refused() {
    assert_eq!(answer(502, "<html>"), WhatsAppError::Unknown);
    assert_eq!(answer(500, "{}"), WhatsAppError::Unknown);
    assert_eq!(answer(503, "<html>"), WhatsAppError::Unknown);
    assert_eq!(
        answer(503, r#"{"error":"busy"}"#),
        WhatsAppError::Throttled { retry_after: None }
    );
    assert_eq!(
        answer(429, ""),
        WhatsAppError::Throttled { retry_after: None }
    );
}

#[test]
fn what_went_wrong_over_there_is_believed_after_a_few_tries() {
    let error = answer(500, r#"{"error":{"code":131000,"message":"m"}}"#);
    let (code, reason) = (131_000, "m".to_owned());
    let once = WhatsAppError::Once {
        code,
        reason: reason.clone(),
    };
    assert_eq!(error, once);
    assert_eq!(error.clone().after(3), once);
    assert_eq!(error.after(4), WhatsAppError::Rejected { code, reason });
    let other = WhatsAppError::Throttled { retry_after: None };
    assert_eq!(other.clone().after(99), other);
}

#[test]
fn what_passes_by_their_own_word_is_tried_again() {
    let throttled = WhatsAppError::Throttled { retry_after: None };
    for body in [
        r#"{"error":{"code":131026,"is_transient":true}}"#,
        r#"{"error":{"code":131000,"is_transient":true}}"#,
        r#"{"error":{"code":131042,"is_transient":true}}"#,
        r#"{"error":{"message":"m","is_transient":true}}"#,
    ] {
        assert_eq!(answer(400, body), throttled, "{body}");
    }
    let pair = r#"{"error":{"code":131056,"is_transient":true}}"#;
    assert_eq!(answer(400, pair), WhatsAppError::PairLimit);
}

#[test]
fn the_words_of_360dialog_are_a_hint() {
    for (words, expected) in [
        ("Lack of payment", 402),
        ("Channel blocked: unpaid invoice", 402),
        ("API disabled", 403),
        ("Endpoint blocked", 403),
        ("The payment_configuration is invalid", 400),
        ("no", 400),
    ] {
        for body in [
            format!(r#"{{"error":"{words}"}}"#),
            format!(r#"{{"meta":{{"success":false,"developer_message":"{words}"}}}}"#),
        ] {
            let WhatsAppError::Rejected { code, reason } = answer(400, &body) else {
                panic!("{words}");
            };
            assert_eq!((code, reason.as_str()), (expected, words));
        }
    }
    // a code counts more than words
    let coded = r#"{"error":{"code":100,"message":"lack of payment"}}"#;
    assert!(matches!(
        answer(400, coded),
        WhatsAppError::Rejected { code: 100, .. }
    ));
    let slow = r#"{"error":"endpoint rate limit exceeded"}"#;
    let throttled = WhatsAppError::Throttled { retry_after: None };
    assert_eq!(answer(400, slow), throttled);
    let blocked = answer(403, r#"{"error":"Forbidden"}"#);
    assert!(matches!(blocked, WhatsAppError::Rejected { code: 10, .. }));
}
