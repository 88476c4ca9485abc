//! The crash windows by name: killed right after contact, lease, room, welcome, intent, call and
//! hold flag. The enumeration in `crashes` covers them too; these say which is which.

use std::time::Duration;

use bridge::domain::settings::{Settings, UnknownOutcome};
use bridge_harness::{Fault, Function, Setup, World};

const ANA: &str = "16505551234";

fn setup() -> Setup {
    Setup {
        settings: Settings {
            unknown_outcome: UnknownOutcome::Resend,
            ..Settings::default()
        },
        connection: Box::new(|connection| {
            connection.welcome_message = Some("Welcome!".to_owned());
        }),
        ..Setup::default()
    }
}

/// A customer writes, an agent answers.
async fn story(w: &World) {
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.agent_says(&w.room(ANA).id, "Hi");
    w.settle().await;
}

/// Runs the story with the function killed right after its first call `what`.
async fn killed_after(function: Function, what: &str) -> World {
    let clean = World::with(setup()).await;
    story(&clean).await;
    let log = clean.effects.log();
    let at = log
        .iter()
        .position(|effect| effect.function == function && effect.what == what)
        .unwrap_or_else(|| panic!("no {what} in {log:?}"));
    assert_eq!(log[at + 1].function, function, "the next call is its own");
    let w = World::with(setup()).await;
    w.effects.plan(at + 2, Fault::Kill);
    story(&w).await;
    assert_eq!(w.effects.kills(), 1);
    w
}

async fn assert_everything_once(w: &World) {
    assert_eq!(w.rocketchat.visitors().len(), 1);
    assert_eq!(w.rooms(ANA).len(), 1);
    let screen = w.screen(&w.rooms(ANA)[0].id);
    assert_eq!(screen, ["customer: Hello", "agent.one: Hi"]);
    assert_eq!(w.texts(ANA), ["Welcome!", "*Agent One:*\nHi"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_contact_is_created() {
    let w = killed_after(Function::ToRocketchat, "dynamodb TransactWriteItems").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_visitor_is_created() {
    let w = killed_after(Function::ToRocketchat, "POST /api/v1/livechat/visitor").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_room_is_opened() {
    let w = killed_after(Function::ToRocketchat, "GET /api/v1/livechat/room").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_welcome_is_enqueued() {
    let w = killed_after(Function::ToRocketchat, "sqs SendMessageBatch").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_message_is_posted() {
    let w = killed_after(Function::ToRocketchat, "POST /api/v1/livechat/message").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_intent_is_written() {
    let w = killed_after(Function::ToWhatsapp, "dynamodb PutItem").await;
    assert_everything_once(&w).await;
}

#[tokio::test(start_paused = true)]
async fn after_whatsapp_accepted() {
    let w = killed_after(Function::ToWhatsapp, "POST /messages").await;
    assert_everything_once(&w).await;
}

/// A day after the story, an agent writes.
async fn late_answer(plan: Option<usize>) -> World {
    let w = World::with(setup()).await;
    story(&w).await;
    w.sleep(Duration::from_secs(25 * 3600)).await;
    w.effects.clear();
    if let Some(n) = plan {
        w.effects.plan(n, Fault::Kill);
    }
    w.agent_says(&w.room(ANA).id, "held");
    w.settle().await;
    w
}

#[tokio::test(start_paused = true)]
async fn after_the_hold_flag_is_set() {
    let log = late_answer(None).await.effects.log();
    let hold = log
        .iter()
        .position(|effect| effect.what == "dynamodb TransactWriteItems");
    let w = late_answer(Some(hold.unwrap() + 2)).await;
    assert_eq!(w.effects.kills(), 1);
    w.says(ANA, "back");
    w.settle().await;
    assert_eq!(w.texts(ANA).len(), 3);
    assert_eq!(w.texts(ANA)[2], "*Agent One:*\nheld");
    let screen = w.screen(&w.room(ANA).id);
    assert_eq!(
        screen
            .iter()
            .filter(|line| line.starts_with("bot: Kept"))
            .count(),
        1
    );
    w.assert_clean().await;
}
