use std::sync::{Arc, Mutex};

use super::*;

fn hooked(aws: &Aws, verdict: Verdict) -> (aws_sdk_sqs::Client, Arc<Mutex<Vec<Call>>>) {
    let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
    let hook: Hook = {
        let calls = calls.clone();
        Arc::new(move |call| {
            calls.lock().unwrap().push(call);
            let verdict = verdict.clone();
            Box::pin(async move { verdict })
        })
    };
    (
        client!(aws_sdk_sqs, AwsConnector::new(aws.clone()).with_hook(hook)),
        calls,
    )
}

async fn send(verdict: Verdict) -> (Option<String>, usize, Vec<Call>) {
    let q = Q::standard();
    let (sdk, calls) = hooked(&q.aws, verdict);
    let send = sdk
        .send_message()
        .queue_url(&q.url)
        .message_body("x")
        .send();
    let sent = tokio::time::timeout(std::time::Duration::from_secs(60), send).await;
    let error = match sent {
        Err(_) => Some("hang".to_owned()),
        Ok(sent) => sent.err().map(|error| format!("{error:?}")),
    };
    let calls = calls.lock().unwrap().clone();
    (error, q.aws.sqs.depth("q"), calls)
}

#[tokio::test(start_paused = true)]
async fn the_hook_sees_service_operation_and_body() {
    let (error, depth, calls) = send(Verdict::Pass).await;
    assert_eq!((error, depth), (None, 1));
    assert_eq!(
        (calls[0].service, calls[0].operation.as_str()),
        ("sqs", "SendMessage")
    );
    let body: serde_json::Value = serde_json::from_slice(&calls[0].body).unwrap();
    assert_eq!(body["MessageBody"], "x");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_a_broken_connection_apply_nothing() {
    let type_name = "RequestThrottled".to_owned();
    let refuse = Verdict::Refuse {
        status: 400,
        type_name,
        message: "slow down".to_owned(),
    };
    let (error, depth, _) = send(refuse).await;
    assert!(error.unwrap().contains("RequestThrottled"));
    assert_eq!(depth, 0);
    let (error, depth, _) = send(Verdict::FailBefore).await;
    assert!(error.unwrap().starts_with("DispatchFailure"));
    assert_eq!(depth, 0);
    let (error, depth, _) = send(Verdict::Hang).await;
    assert_eq!((error.as_deref(), depth), (Some("hang"), 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_applies_the_call() {
    let (error, depth, _) = send(Verdict::FailAfter).await;
    assert!(error.unwrap().starts_with("DispatchFailure"));
    assert_eq!(depth, 1);
}

#[tokio::test(start_paused = true)]
async fn an_operation_outside_the_model_is_refused() {
    let q = Q::standard();
    let error = q
        .sdk
        .list_queues()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(error.meta().code(), Some("UnknownOperationException"));
}
