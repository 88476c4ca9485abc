use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry,
};

use super::*;

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn body_digest_and_attributes_pass_through() {
    let q = Q::standard();
    let kind = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v")
        .build();
    let send = q.sdk.send_message().queue_url(&q.url).message_body("hello");
    let sent = send
        .message_attributes("k", kind.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("5d41402abc4b2a76b9719d911017c592")
    );
    let got = q.receive().await;
    assert_eq!(got[0].md5_of_body(), sent.md5_of_message_body());
    assert_eq!(
        got[0].md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    assert_eq!(
        got[0].message_attributes().unwrap()["k"].string_value(),
        Some("v")
    );
    assert_eq!(got[0].message_id(), sent.message_id());
    assert!(sent.sequence_number().is_none());
}

#[tokio::test(start_paused = true)]
async fn delay_hides_a_new_message() {
    let q = Q::standard();
    let send = q.sdk.send_message().queue_url(&q.url).message_body("later");
    send.delay_seconds(60).send().await.unwrap();
    assert!(matches!(
        q.aws.sqs.messages("q")[0].standing,
        Standing::Delayed { .. }
    ));
    sleep(59).await;
    assert!(q.receive().await.is_empty());
    sleep(1).await;
    assert_eq!(q.bodies().await, ["later"]);
    let send = q
        .sdk
        .send_message()
        .queue_url(&q.url)
        .message_body("x")
        .delay_seconds(901);
    let error = send.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn retention_deletes_silently_even_in_flight() {
    let aws = Aws::memory(clock()).unwrap();
    let q = Q::of(
        &aws,
        QueueConfig {
            retention_ms: 60_000,
            ..QueueConfig::standard("q")
        },
    );
    q.put("old").await;
    sleep(40).await;
    assert_eq!(q.receive().await.len(), 1);
    q.put("new").await;
    sleep(20).await;
    assert_eq!(aws.sqs.depth("q"), 1);
    assert_eq!(q.bodies().await, ["new"]);
}

#[tokio::test(start_paused = true)]
async fn an_outdated_handle_deletes_nothing() {
    let q = Q::standard();
    q.put("x").await;
    let first = q.receive().await;
    sleep(31).await;
    let second = q.receive().await;
    q.delete(&first[0]).await.unwrap();
    assert_eq!(q.aws.sqs.depth("q"), 1);
    assert!(
        q.hide(&first[0], 1)
            .await
            .unwrap_err()
            .contains("MessageNotInflight")
    );
    sleep(31).await;
    q.delete(&second[0]).await.unwrap();
    assert_eq!(q.aws.sqs.depth("q"), 0);
}

#[tokio::test(start_paused = true)]
async fn visibility_changes_within_twelve_hours() {
    let q = Q::standard();
    q.put("x").await;
    let got = q.receive().await;
    sleep(10).await;
    assert!(
        q.hide(&got[0], 43_200)
            .await
            .unwrap_err()
            .contains("beyond the limit")
    );
    q.hide(&got[0], 100).await.unwrap();
    sleep(99).await;
    assert!(q.receive().await.is_empty());
    sleep(1).await;
    assert_eq!(q.receive().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_fails_entry_by_entry() {
    let q = Q::fifo();
    let group = |id: &str, body: &str| {
        let entry = SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body);
        entry.message_group_id("a").message_deduplication_id(id)
    };
    let batch = q
        .sdk
        .send_message_batch()
        .queue_url(&q.url)
        .entries(group("one", "1").build().unwrap())
        .entries(group("two", "\u{0}").build().unwrap())
        .entries(
            group("three", "3")
                .set_message_group_id(None)
                .build()
                .unwrap(),
        )
        .entries(group("four", "4").build().unwrap());
    let done = batch.send().await.unwrap();
    let ids: Vec<&str> = done.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(ids, ["one", "four"]);
    let codes: Vec<(&str, &str)> = done
        .failed()
        .iter()
        .map(|entry| (entry.id(), entry.code()))
        .collect();
    assert_eq!(
        codes,
        [
            ("two", "InvalidMessageContents"),
            ("three", "MissingParameter")
        ]
    );
    assert!(done.failed()[0].sender_fault());
    assert_eq!(q.bodies().await, ["1", "4"]);
}

#[tokio::test(start_paused = true)]
async fn malformed_batches_are_refused_as_a_whole() {
    let q = Q::standard();
    let batch = |entries: Vec<SendMessageBatchRequestEntry>| {
        let send = q
            .sdk
            .send_message_batch()
            .queue_url(&q.url)
            .set_entries(Some(entries));
        async move { send.send().await.unwrap_err().into_service_error() }
    };
    assert!(batch(vec![]).await.is_empty_batch_request());
    let eleven = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    assert!(batch(eleven).await.is_too_many_entries_in_batch_request());
    assert!(
        batch(vec![entry("a", "x"), entry("a", "y")])
            .await
            .is_batch_entry_ids_not_distinct()
    );
    assert!(
        batch(vec![entry("a b", "x")])
            .await
            .is_invalid_batch_entry_id()
    );
    let half = "x".repeat(600 * 1024);
    let long = batch(vec![entry("a", &half), entry("b", &half)]).await;
    assert!(long.is_batch_request_too_long());
    assert_eq!(q.aws.sqs.depth("q"), 0);
}

#[tokio::test(start_paused = true)]
async fn one_message_holds_a_mebibyte() {
    let q = Q::standard();
    q.put(&"x".repeat(MAX)).await;
    let send = q
        .sdk
        .send_message()
        .queue_url(&q.url)
        .message_body("x".repeat(MAX + 1));
    let error = send.send().await.unwrap_err().into_service_error();
    assert!(
        error
            .meta()
            .message()
            .unwrap()
            .contains("shorter than 1048576")
    );
}
const MAX: usize = sqs::MAX_BYTES;

#[tokio::test(start_paused = true)]
async fn batch_delete_lists_what_failed() {
    let q = Q::standard();
    q.put("x").await;
    let got = q.receive().await;
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .build()
            .unwrap()
    };
    let done = q
        .sdk
        .delete_message_batch()
        .queue_url(&q.url)
        .entries(entry("good", got[0].receipt_handle().unwrap()))
        .entries(entry("bad", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(done.successful()[0].id(), "good");
    assert_eq!(done.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(q.aws.sqs.depth("q"), 0);
}

#[tokio::test(start_paused = true)]
async fn queue_url_and_attributes() {
    let q = Q::fifo();
    let url = q
        .sdk
        .get_queue_url()
        .queue_name("q.fifo")
        .send()
        .await
        .unwrap();
    assert_eq!(
        url.queue_url(),
        Some("http://sqs.local/000000000000/q.fifo")
    );
    let missing = q
        .sdk
        .get_queue_url()
        .queue_name("none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist());
    q.send("a", "a1").await;
    q.send("b", "b1").await;
    q.sdk
        .receive_message()
        .queue_url(&q.url)
        .send()
        .await
        .unwrap();
    let get = q.sdk.get_queue_attributes().queue_url(&q.url);
    let shown = get
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let shown = shown.attributes().unwrap();
    assert_eq!(shown[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(
        shown[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible],
        "1"
    );
    assert_eq!(
        shown[&QueueAttributeName::QueueArn],
        q.aws.sqs.arn("q.fifo")
    );
    q.aws.sqs.purge("q.fifo").unwrap();
    assert_eq!(q.aws.sqs.depth("q.fifo"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_with_the_first_message() {
    let q = Q::standard();
    let started = tokio::time::Instant::now();
    let empty = q
        .sdk
        .receive_message()
        .queue_url(&q.url)
        .wait_time_seconds(5)
        .send();
    assert!(empty.await.unwrap().messages.is_none());
    assert_eq!(started.elapsed().as_secs(), 5);
    let sqs = q.aws.sqs.clone();
    tokio::spawn(async move {
        sleep(3).await;
        sqs.send("q", serde_json::json!({ "MessageBody": "hi" }))
            .unwrap();
    });
    let got = q
        .sdk
        .receive_message()
        .queue_url(&q.url)
        .wait_time_seconds(20)
        .send()
        .await;
    assert_eq!(got.unwrap().messages()[0].body(), Some("hi"));
    assert_eq!(started.elapsed().as_secs(), 8);
}
