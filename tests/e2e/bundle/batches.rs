//! Batches of SQS that do not end well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bridge_e2e::{Ended, Stack, eventually, run};
use bridge_simulators::aws::{Batch, Call, Verdict};
use serde_json::json;

use crate::{ANA, BEN, enqueues, people, screen, settled};

/// Longer than any back-off and than the queue's visibility time-out.
const LATER_MS: i64 = 3_600_000;

/// Whether a call to the table is about Ben.
fn about_ben(call: &Call, ben: &[String]) -> bool {
    let body = String::from_utf8_lossy(&call.body);
    call.service == "dynamodb" && ben.iter().any(|name| body.contains(name.as_str()))
}

/// What the table may know Ben by.
fn names_of_ben(stack: &Stack) -> Vec<String> {
    let customers = stack.whatsapp.customers().into_iter();
    let ben = customers.filter(|(_, customer)| customer.phone.as_deref() == Some(BEN));
    ben.flat_map(|(_, customer)| [customer.phone, customer.user_id])
        .flatten()
        .collect()
}

/// A batch of `inbound.fifo` with Ana's and Ben's two messages each; their ids.
async fn batch(stack: &Stack) -> (Batch, [String; 4]) {
    let (ana, ben) = people(stack);
    let ids = [
        enqueues(stack, &ana, "canary: ana one").await,
        enqueues(stack, &ben, "canary: ben one").await,
        enqueues(stack, &ana, "canary: ana two").await,
        enqueues(stack, &ben, "canary: ben two").await,
    ];
    let batch = stack.mapping("inbound.fifo").poll().unwrap();
    let mut taken = batch.message_ids();
    taken.sort();
    assert_eq!(taken, ids);
    (batch, ids)
}

/// Lets what is left come again; in the end each message was posted once, in order.
async fn all_posted_once(stack: &Stack) {
    stack.cloud.calm();
    stack.cloud.advance(LATER_MS);
    stack.flow();
    settled(stack).await;
    assert_eq!(screen(stack, ANA), ["canary: ana one", "canary: ana two"]);
    assert_eq!(screen(stack, BEN), ["canary: ben one", "canary: ben two"]);
}

#[test]
fn a_group_that_fails_holds_up_no_other() {
    run(async |stack| {
        let (batch, [ana_one, ben_one, ana_two, ben_two]) = batch(stack).await;
        let ben = names_of_ben(stack);
        stack.cloud.rule(move |call| match about_ben(call, &ben) {
            true => Verdict::Refuse {
                status: 400,
                type_name: "AccessDeniedException".to_owned(),
                message: "poison".to_owned(),
            },
            false => Verdict::Pass,
        });
        let ended = stack.of("to-rocketchat").invoke(&batch.event_json()).await;
        let response = ended.response();
        let failed = |id: &String| json!({ "itemIdentifier": id });
        let failures = json!([failed(&ben_one), failed(&ben_two)]);
        assert_eq!(response, json!({ "batchItemFailures": failures }));
        assert_eq!(screen(stack, ANA), ["canary: ana one", "canary: ana two"]);
        let finished = stack.mapping("inbound.fifo").finish(batch, Ok(response));
        assert_eq!(finished.deleted, [ana_one, ana_two]);
        assert_eq!(finished.left, [ben_one, ben_two]);
        all_posted_once(stack).await;
    });
}

#[test]
fn a_worker_killed_in_the_middle_posts_once() {
    run(async |stack| {
        let (batch, _) = batch(stack).await;
        let reached = Arc::new(AtomicBool::new(false));
        let (flag, chat) = (Arc::clone(&reached), stack.rocketchat.clone());
        // posted, and never written down
        stack.cloud.rule(move |call| {
            let rooms = chat.rooms().into_iter();
            let mut lines = rooms.flat_map(|room| chat.transcript(&room.id));
            let posted = lines.any(|line| line.text == "canary: ana one");
            match posted && call.service == "dynamodb" {
                true => {
                    flag.store(true, Ordering::SeqCst);
                    Verdict::Hang
                }
                false => Verdict::Pass,
            }
        });
        let worker = Arc::clone(stack.of("to-rocketchat"));
        let event = batch.event_json();
        let invocation = tokio::spawn(async move { worker.invoke(&event).await });
        eventually("the first message is posted", || {
            reached.load(Ordering::SeqCst).then_some(())
        })
        .await;
        let worker = stack.of("to-rocketchat");
        worker.kill().await;
        assert_eq!(invocation.await.unwrap(), Ended::Died);
        let mapping = stack.mapping("inbound.fifo");
        let finished = mapping.finish(batch, Err("killed".to_owned()));
        assert_eq!(finished.left.len(), 4);
        stack.cloud.calm();
        worker.spawn().await;
        all_posted_once(stack).await;
    });
}

#[test]
fn near_the_deadline_what_is_not_done_is_given_back() {
    run(async |stack| {
        let (batch, [_, ben_one, _, ben_two]) = batch(stack).await;
        let ben = names_of_ben(stack);
        stack.cloud.rule(move |call| match about_ben(call, &ben) {
            true => Verdict::Hang,
            false => Verdict::Pass,
        });
        // the worker keeps 10 s to itself
        let time = Duration::from_secs(14);
        let start = Instant::now();
        let worker = stack.of("to-rocketchat");
        let response = worker
            .invoke_within(&batch.event_json(), time)
            .await
            .response();
        assert!(start.elapsed() < time);
        let failed = |id: &String| json!({ "itemIdentifier": id });
        let failures = json!([failed(&ben_one), failed(&ben_two)]);
        assert_eq!(response, json!({ "batchItemFailures": failures }));
        stack.mapping("inbound.fifo").finish(batch, Ok(response));
        all_posted_once(stack).await;
    });
}

#[test]
fn without_time_nothing_is_begun() {
    run(async |stack| {
        let (batch, ids) = batch(stack).await;
        let worker = stack.of("to-rocketchat");
        let time = Duration::from_secs(9);
        let response = worker
            .invoke_within(&batch.event_json(), time)
            .await
            .response();
        let mut failed: Vec<_> = response["batchItemFailures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned())
            .collect();
        let mut ids = ids.to_vec();
        failed.sort();
        ids.sort();
        assert_eq!(failed, ids);
        // the setup channel is there from the beginning
        let rooms = stack.rocketchat.rooms().into_iter();
        assert_eq!(rooms.filter(|room| room.livechat).count(), 0);
        stack.mapping("inbound.fifo").finish(batch, Ok(response));
        all_posted_once(stack).await;
    });
}
