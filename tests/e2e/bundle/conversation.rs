//! Messages through all binaries.

use bridge::whatsapp::client::SECRET_HEADER;
use bridge_e2e::{NUMBER, Options, Stack, eventually, run, run_with};

use crate::{ANA, parked, people, screen, settled};

#[test]
fn text_goes_both_ways() {
    run(both_ways);
}

#[test]
fn behind_a_named_stage_and_with_less_logging_too() {
    let options = Options {
        stage: "prod",
        log_level: "info",
        ..Options::default()
    };
    run_with(options, both_ways);
}

async fn both_ways(stack: &Stack) {
    stack.flow();
    let (ana, _) = people(stack);
    stack.whatsapp.says(NUMBER, &ana, "canary: where is it?");
    eventually("the agent sees it", || {
        (screen(stack, ANA) == ["canary: where is it?"]).then_some(())
    })
    .await;
    let rooms = stack.rocketchat.rooms_of_phone(ANA);
    let said = stack
        .rocketchat
        .agent_says(&rooms[0].id, "agent.one", "canary: on its way");
    said.unwrap();
    let received = eventually("the phone shows it", || stack.whatsapp.inbox(&ana).pop()).await;
    assert_eq!(received.text.unwrap(), "*Agent One:*\ncanary: on its way");
    settled(stack).await;
    // statuses went through the door and the fan-out
    eventually("statuses are worked off", || {
        let log = stack.logs.of("status-fanout");
        log.iter()
            .any(|line| line.contains("task done"))
            .then_some(())
    })
    .await;
    assert_eq!(stack.rocketchat.lost_events(), []);
    assert_eq!(stack.rocketchat.unknown_paths(), Vec::<String>::new());
    assert_eq!(stack.whatsapp.unknown_paths(), Vec::<String>::new());
    assert_eq!(parked(stack).await, Vec::<String>::new());
}

#[test]
fn a_webhook_that_comes_again_posts_once() {
    run(async |stack| {
        stack.flow();
        let (ana, _) = people(stack);
        stack.whatsapp.says(NUMBER, &ana, "canary: once");
        eventually("it is posted", || screen(stack, ANA).pop()).await;
        settled(stack).await;
        let event = stack.gateway.events("incoming").pop().unwrap();
        let body = event["body"].as_str().unwrap().to_owned();
        let secret = stack.secret("incoming/1");
        let path = format!("/incoming/{}", stack.connection);
        let tasks = || done(stack);
        // at once: the queue drops it; after its five minutes: the worker does
        for (minutes, more) in [(0, 0), (6, 1)] {
            stack.cloud.advance(minutes * 60_000);
            let before = tasks();
            // as binary, which the gateway puts into base 64
            let headers = [
                (SECRET_HEADER, secret.as_str()),
                ("content-type", "application/octet-stream"),
            ];
            let answer = stack.request("POST", &path, &headers, body.clone()).await;
            assert_eq!(answer.status(), 200);
            settled(stack).await;
            eventually("the worker has it", || {
                (tasks() >= before + more).then_some(())
            })
            .await;
        }
        assert_eq!(screen(stack, ANA), ["canary: once"]);
        let event = stack.gateway.events("incoming").pop().unwrap();
        assert_eq!(event["isBase64Encoded"], true);
    });
}

/// How many tasks `to-rocketchat` has done.
fn done(stack: &Stack) -> usize {
    let log = stack.logs.of("to-rocketchat");
    log.iter().filter(|line| line.contains("task done")).count()
}
