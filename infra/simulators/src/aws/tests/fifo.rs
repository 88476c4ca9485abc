use super::*;

#[tokio::test(start_paused = true)]
async fn a_group_in_flight_gives_no_more_and_others_flow() {
    let q = Q::fifo();
    q.send("a", "a1").await;
    let first = q.receive().await;
    assert_eq!(first[0].body(), Some("a1"));
    q.send("a", "a2").await;
    q.send("b", "b1").await;
    assert_eq!(q.bodies().await, ["b1"]);
    q.delete(&first[0]).await.unwrap();
    assert_eq!(q.bodies().await, ["a2"]);
}

#[tokio::test(start_paused = true)]
async fn one_receive_gives_a_group_in_order_before_the_next_group() {
    let q = Q::fifo();
    for (group, body) in [
        ("a", "a1"),
        ("b", "b1"),
        ("a", "a2"),
        ("b", "b2"),
        ("a", "a3"),
    ] {
        q.send(group, body).await;
    }
    assert_eq!(q.bodies().await, ["a1", "a2", "a3", "b1", "b2"]);
}

#[tokio::test(start_paused = true)]
async fn a_later_message_waits_for_the_whole_group_after_a_partial_delete() {
    let q = Q::fifo();
    for body in ["a1", "a2", "a3"] {
        q.send("a", body).await;
    }
    let batch = q.receive().await;
    q.delete(&batch[0]).await.unwrap();
    q.hide(&batch[1], 0).await.unwrap();
    assert!(q.bodies().await.is_empty(), "a3 is still in flight");
    q.hide(&batch[2], 0).await.unwrap();
    assert_eq!(q.bodies().await, ["a2", "a3"]);
}

#[tokio::test(start_paused = true)]
async fn visibility_runs_out_and_counts_receives() {
    let q = Q::fifo();
    q.send("a", "a1").await;
    let first = q.receive().await;
    assert_eq!(attribute(&first[0], "ApproximateReceiveCount"), "1");
    assert_eq!(attribute(&first[0], "MessageGroupId"), "a");
    sleep(29).await;
    assert!(q.receive().await.is_empty());
    sleep(1).await;
    let second = q.receive().await;
    assert_eq!(attribute(&second[0], "ApproximateReceiveCount"), "2");
    assert_eq!(attribute(&second[0], "SentTimestamp"), "1700000000000");
    assert_eq!(
        attribute(&second[0], "ApproximateFirstReceiveTimestamp"),
        "1700000000000"
    );
}

#[tokio::test(start_paused = true)]
async fn an_outdated_handle_is_refused() {
    let q = Q::fifo();
    q.send("a", "a1").await;
    let first = q.receive().await;
    sleep(31).await;
    assert!(
        q.delete(&first[0])
            .await
            .unwrap_err()
            .contains("receipt handle has expired")
    );
    let second = q.receive().await;
    assert!(
        q.delete(&first[0])
            .await
            .unwrap_err()
            .contains("receipt handle has expired")
    );
    assert!(
        q.hide(&first[0], 5)
            .await
            .unwrap_err()
            .contains("receipt handle has expired")
    );
    q.delete(&second[0]).await.unwrap();
    q.delete(&second[0]).await.unwrap();
    assert_eq!(q.aws.sqs.depth(&q.name), 0);
    assert!(
        q.hide(&second[0], 5)
            .await
            .unwrap_err()
            .contains("does not exist")
    );
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_accepted_with_the_first_id_and_not_delivered() {
    let q = Q::fifo();
    let first = q.send("a", "x").await;
    sleep(299).await;
    assert_eq!(q.send("a", "x").await, first);
    assert_eq!(q.aws.sqs.depth(&q.name), 1);
    assert_ne!(q.send("b", "x").await, first, "the scope is the group");
}

#[tokio::test(start_paused = true)]
async fn the_window_outlives_the_message_and_ends_after_five_minutes() {
    let q = Q::fifo();
    let first = q.send("a", "x").await;
    let got = q.receive().await;
    q.delete(&got[0]).await.unwrap();
    sleep(200).await;
    assert_eq!(q.send("a", "x").await, first);
    assert!(q.receive().await.is_empty());
    sleep(100).await;
    let later = q.send("a", "x").await;
    assert_ne!(later.0, first.0);
    assert!(later.1 > first.1, "sequence numbers grow");
    assert_eq!(later.1.len(), 20);
    assert_eq!(q.bodies().await, ["x"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_receives_move_a_message_to_the_dead_letter_queue() {
    let aws = Aws::memory(clock()).unwrap();
    let dead = Q::of(&aws, QueueConfig::fifo("dead.fifo"));
    let dead_letter = Some(("dead.fifo".to_owned(), 2));
    let q = Q::of(
        &aws,
        QueueConfig {
            dead_letter,
            ..QueueConfig::fifo("q.fifo")
        },
    );
    q.send("a", "a1").await;
    q.send("b", "b1").await;
    for _ in 0..2 {
        assert_eq!(q.receive().await.len(), 2);
        sleep(31).await;
    }
    q.send("a", "a2").await;
    assert_eq!(
        q.bodies().await,
        ["a2"],
        "the group goes on behind its dead message"
    );
    assert_eq!(aws.sqs.depth("q.fifo"), 1);
    let gone = dead.receive().await;
    assert_eq!(gone.len(), 2);
    assert_eq!(attribute(&gone[0], "MessageGroupId"), "a");
    assert_eq!(attribute(&gone[0], "ApproximateReceiveCount"), "3");
    assert_eq!(
        attribute(&gone[0], "DeadLetterQueueSourceArn"),
        aws.sqs.arn("q.fifo")
    );
    assert_eq!(attribute(&gone[0], "SentTimestamp"), "1700000062000");
}

#[tokio::test(start_paused = true)]
async fn group_and_deduplication_id_are_required() {
    let q = Q::fifo();
    let send = || q.sdk.send_message().queue_url(&q.url).message_body("x");
    let error = send()
        .message_deduplication_id("x")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        error.into_service_error().meta().code(),
        Some("MissingParameter")
    );
    let error = send().message_group_id("a").send().await.unwrap_err();
    let error = error.into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
    assert!(
        error
            .meta()
            .message()
            .unwrap()
            .contains("ContentBasedDeduplication")
    );
    let odd = send()
        .message_group_id("ä b")
        .message_deduplication_id("x")
        .send()
        .await;
    assert_eq!(
        odd.unwrap_err().into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );
    let late = send()
        .message_group_id("a")
        .message_deduplication_id("x")
        .delay_seconds(5);
    let late = late.send().await.unwrap_err().into_service_error();
    assert_eq!(late.meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn content_based_deduplication_takes_the_body() {
    let aws = Aws::memory(clock()).unwrap();
    let config = QueueConfig {
        content_dedup: true,
        ..QueueConfig::fifo("q.fifo")
    };
    let q = Q::of(&aws, config);
    for _ in 0..2 {
        let send = q.sdk.send_message().queue_url(&q.url).message_body("same");
        send.message_group_id("a").send().await.unwrap();
    }
    assert_eq!(aws.sqs.depth("q.fifo"), 1);
    assert_eq!(
        aws.sqs.messages("q.fifo")[0]
            .dedup_id
            .as_ref()
            .unwrap()
            .len(),
        64
    );
}

#[tokio::test(start_paused = true)]
async fn a_delayed_head_closes_its_group() {
    let aws = Aws::memory(clock()).unwrap();
    let q = Q::of(
        &aws,
        QueueConfig {
            delay_ms: 10_000,
            ..QueueConfig::fifo("q.fifo")
        },
    );
    let mapping = MappingConfig {
        queue: "q.fifo".to_owned(),
        batch_size: 10,
        max_concurrency: 2,
        report_partial: true,
    };
    let _mapping = EventSourceMapping::new(&aws.sqs, mapping);
    q.send("a", "a1").await;
    assert!(q.receive().await.is_empty());
    assert_eq!(aws.sqs.next_due_ms(), Some(1_700_000_010_000));
    sleep(10).await;
    assert_eq!(q.bodies().await, ["a1"]);
}
