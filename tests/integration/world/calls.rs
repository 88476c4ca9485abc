//! What a message costs in calls, counted on the wire, warm.

use bridge_harness::{Function, World};

const ANA: &str = "16505551234";

fn aws_calls(w: &World) -> usize {
    ["dynamodb ", "sqs ", "ssm "]
        .into_iter()
        .map(|service| w.effects.calls(None, service))
        .sum()
}

async fn warm() -> (World, String, String) {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.agent_says(&room, "Hi");
    w.settle().await;
    w.effects.clear();
    (w, ana, room)
}

#[tokio::test(start_paused = true)]
async fn an_inbound_message_costs_three_aws_calls() {
    let (w, ana, _) = warm().await;
    w.says(&ana, "Again");
    w.settle().await;
    assert!(aws_calls(&w) <= 3, "{:?}", w.effects.log());
    assert_eq!(
        w.effects.calls(
            Some(Function::ToRocketchat),
            "POST /api/v1/livechat/message"
        ),
        1
    );
    assert_eq!(w.effects.calls(None, "ssm "), 0);
}

#[tokio::test(start_paused = true)]
async fn an_outbound_message_costs_four_aws_calls_and_one_more_per_part_and_quote() {
    let (w, ana, room) = warm().await;
    w.whatsapp.tune(|options| options.statuses = false);
    w.agent_says(&room, "Again");
    w.settle().await;
    assert!(aws_calls(&w) <= 4, "{:?}", w.effects.log());
    w.effects.clear();
    w.agent_says(&room, &"word ".repeat(1500));
    w.settle().await;
    assert_eq!(w.texts(&ana).len(), 4);
    assert!(aws_calls(&w) <= 5, "{:?}", w.effects.log());
    w.effects.clear();
    let hello = w.rocketchat.transcript(&room)[1].id.clone();
    w.rocketchat
        .agent_quotes(&room, "agent.one", &hello, "quoting")
        .unwrap();
    w.settle().await;
    assert!(aws_calls(&w) <= 5, "{:?}", w.effects.log());
}

#[tokio::test(start_paused = true)]
async fn a_status_costs_two_aws_calls() {
    let (w, ana, _) = warm().await;
    w.whatsapp.customer_reads("15550783881", &ana);
    w.settle().await;
    assert!(aws_calls(&w) <= 2, "{:?}", w.effects.log());
    assert!(aws_calls(&w) > 0);
}
