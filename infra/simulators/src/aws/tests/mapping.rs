use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;

fn mapping(q: &Q, max_concurrency: usize) -> EventSourceMapping {
    let queue = q.name.clone();
    let config = MappingConfig {
        queue,
        batch_size: 10,
        max_concurrency,
        report_partial: true,
    };
    EventSourceMapping::new(&q.aws.sqs, config)
}

fn failing(ids: &[&str]) -> Outcome {
    let items: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "itemIdentifier": id }))
        .collect();
    Ok(json!({ "batchItemFailures": items }))
}

#[tokio::test(start_paused = true)]
async fn the_event_is_lambdas() {
    let q = Q::fifo();
    let (id, sequence) = q.send("a", "a1").await;
    let mapping = mapping(&q, 10);
    let batch = mapping.poll().unwrap();
    let event = batch.event_json();
    let record = &event["Records"][0];
    let expected = json!({
        "messageId": id,
        "receiptHandle": record["receiptHandle"],
        "body": "a1",
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1700000000000",
            "SequenceNumber": sequence,
            "MessageGroupId": "a",
            "SenderId": record["attributes"]["SenderId"],
            "MessageDeduplicationId": "a1",
            "ApproximateFirstReceiveTimestamp": "1700000000000",
        },
        "messageAttributes": {},
        "md5OfBody": "8a8bb7cd343aa2ad99b7d762030857a2",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q.fifo",
        "awsRegion": "us-east-1",
    });
    assert_eq!(record, &expected);
    assert_eq!(batch.message_ids(), [id]);
}

#[tokio::test(start_paused = true)]
async fn success_in_every_spelling_deletes_the_batch() {
    let q = Q::fifo();
    let mapping = mapping(&q, 10);
    let spellings = [
        json!(null),
        json!({}),
        json!({ "batchItemFailures": null }),
        json!({ "batchItemFailures": [] }),
    ];
    for (n, response) in spellings.into_iter().enumerate() {
        q.send("a", &n.to_string()).await;
        let finished = mapping.finish(mapping.poll().unwrap(), Ok(response));
        assert_eq!((finished.deleted.len(), finished.error), (1, None));
    }
    assert_eq!(q.aws.sqs.depth("q.fifo"), 0);
    assert_eq!(mapping.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn listed_failures_stay_until_their_visibility_runs_out() {
    let q = Q::fifo();
    let mapping = mapping(&q, 10);
    for (group, body) in [("a", "a1"), ("b", "b1"), ("b", "b2")] {
        q.send(group, body).await;
    }
    let batch = mapping.poll().unwrap();
    assert_eq!(batch.len(), 3, "a batch may mix groups");
    let ids = batch.message_ids();
    let finished = mapping.finish(batch, failing(&[&ids[1], &ids[2]]));
    assert_eq!(finished.deleted, ids[..1]);
    assert!(mapping.poll().is_none());
    assert_eq!(q.aws.sqs.next_due_ms(), Some(1_700_000_030_000));
    sleep(30).await;
    assert_eq!(mapping.poll().unwrap().message_ids(), ids[1..]);
}

#[tokio::test(start_paused = true)]
async fn bad_responses_and_crashes_fail_the_whole_batch() {
    let q = Q::fifo();
    let mapping = mapping(&q, 10);
    let (id, _) = q.send("a", "a1").await;
    let bad = [
        failing(&["unknown"]),
        failing(&[""]),
        failing(&[&id, "unknown"]),
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": null }] })),
        Ok(json!({ "batchItemFailures": [{ "id": id }] })),
        Ok(json!("text")),
        Err("crashed".to_owned()),
    ];
    for outcome in bad {
        let finished = mapping.finish(mapping.poll().unwrap(), outcome);
        assert_eq!(finished.left, [id.as_str()]);
        assert!(finished.error.is_some());
        sleep(30).await;
    }
    assert_eq!(q.aws.sqs.messages("q.fifo")[0].receive_count, 7);
}

#[tokio::test(start_paused = true)]
async fn without_partial_reports_every_answer_is_success() {
    let q = Q::fifo();
    let config = MappingConfig {
        report_partial: false,
        ..mapping(&q, 2).config().clone()
    };
    let mapping = EventSourceMapping::new(&q.aws.sqs, config);
    let (id, _) = q.send("a", "a1").await;
    mapping.finish(mapping.poll().unwrap(), failing(&[&id]));
    assert_eq!(q.aws.sqs.depth("q.fifo"), 0);
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_bounded_and_a_group_runs_once() {
    let q = Q::fifo();
    let mapping = mapping(&q, 2);
    q.send("a", "a1").await;
    let first = mapping.poll().unwrap();
    q.send("a", "a2").await;
    assert!(mapping.poll().is_none(), "group a is running");
    q.send("b", "b1").await;
    let second = mapping.poll().unwrap();
    q.send("c", "c1").await;
    assert!(mapping.poll().is_none(), "two batches are running");
    mapping.finish(second, Ok(Value::Null));
    assert_eq!(mapping.running(), 1);
    let third = mapping.poll().unwrap();
    assert_eq!(third.event_json()["Records"][0]["body"], "c1");
    mapping.finish(first, Ok(Value::Null));
    assert_eq!(
        mapping.poll().unwrap().event_json()["Records"][0]["body"],
        "a2"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_longer_than_the_visibility_deletes_nothing() {
    let q = Q::fifo();
    let mapping = mapping(&q, 2);
    q.send("a", "a1").await;
    let batch = mapping.poll().unwrap();
    sleep(31).await;
    let finished = mapping.finish(batch, Ok(Value::Null));
    assert_eq!((finished.deleted.len(), finished.left.len()), (0, 1));
    assert_eq!(q.aws.sqs.depth("q.fifo"), 1);
}

#[tokio::test(start_paused = true)]
async fn next_due_is_when_the_whole_group_opens_and_sees_mapped_queues_only() {
    let q = Q::fifo();
    q.send("a", "a1").await;
    q.send("a", "a2").await;
    let got = q.receive().await;
    assert_eq!(q.aws.sqs.next_due_ms(), None, "nothing is mapped");
    let _mapping = mapping(&q, 2);
    q.hide(&got[0], 5).await.unwrap();
    assert_eq!(q.aws.sqs.next_due_ms(), Some(1_700_000_030_000));
    q.delete(&got[1]).await.unwrap();
    assert_eq!(q.aws.sqs.next_due_ms(), Some(1_700_000_005_000));
    sleep(5).await;
    assert_eq!(q.aws.sqs.next_due_ms(), None, "it is receivable now");
}

#[tokio::test(start_paused = true)]
async fn the_pump_runs_retries_and_stops() {
    let q = Q::fifo();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let handler: Handler = {
        let seen = seen.clone();
        Arc::new(move |event| {
            let seen = seen.clone();
            Box::pin(async move {
                let body = event["Records"][0]["body"].as_str().unwrap().to_owned();
                let count = &event["Records"][0]["attributes"]["ApproximateReceiveCount"];
                sleep(1).await;
                seen.lock().unwrap().push(body.clone());
                assert!(body != "panics" || count == "2", "first try");
                Ok(Value::Null)
            })
        })
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let config = MappingConfig {
        batch_size: 1,
        ..mapping(&q, 2).config().clone()
    };
    let mapping = EventSourceMapping::new(&q.aws.sqs, config);
    let pump = tokio::spawn(pump(mapping, handler, shutdown));
    for body in ["x", "panics", "y"] {
        q.send(body, body).await;
    }
    sleep(40).await;
    assert_eq!(q.aws.sqs.depth("q.fifo"), 0);
    stop.send(()).unwrap();
    pump.await.unwrap();
    assert_eq!(seen.lock().unwrap().last().unwrap(), "panics");
}
