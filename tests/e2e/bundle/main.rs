//! The deployed bundle. Each test has its own stack, with its own processes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod batches;
mod callbacks;
mod conversation;
mod doors;
mod files;
mod operations;
mod sends;
mod templates;

use bridge_e2e::{NUMBER, Stack, eventually};
use bridge_simulators::rocketchat::Speaker;

const ANA: &str = "16505551234";
const BEN: &str = "16505555678";

/// Customers with canaries for names.
fn people(stack: &Stack) -> (String, String) {
    let ana = stack.whatsapp.customer("Canary-Ana", ANA);
    let ben = stack.whatsapp.customer("Canary-Ben", BEN);
    (ana, ben)
}

/// What a customer's rooms show of the customer.
fn screen(stack: &Stack, phone: &str) -> Vec<String> {
    let rooms = stack.rocketchat.rooms_of_phone(phone).into_iter();
    let lines = rooms.flat_map(|room| stack.rocketchat.transcript(&room.id));
    let lines = lines.filter(|line| line.author == Speaker::Visitor);
    lines.map(|line| line.text).collect()
}

/// The customer writes and the message is in its queue.
async fn enqueues(stack: &Stack, customer: &str, text: &str) -> String {
    stack.whatsapp.says(NUMBER, customer, text);
    eventually("the message is in the queue", || {
        let held = stack.cloud.aws.sqs.messages("inbound.fifo");
        let held = held.into_iter().find(|held| held.body.contains(text));
        held.map(|held| held.message_id)
    })
    .await
}

/// Everything that was to be done is done.
async fn settled(stack: &Stack) {
    let sqs = &stack.cloud.aws.sqs;
    eventually("all queues are empty", || {
        let empty = sqs.names().iter().all(|queue| sqs.depth(queue) == 0);
        (empty && stack.whatsapp.undelivered().is_empty()).then_some(())
    })
    .await;
}

/// The reasons of the parked records.
async fn parked(stack: &Stack) -> Vec<String> {
    let (status, answer) = stack.api("GET", "/v1/parked", None).await;
    assert_eq!(status, 200);
    let parked = answer["parked"].as_array().unwrap().iter();
    parked
        .map(|record| record["reason"].as_str().unwrap().to_owned())
        .collect()
}
