//! What every verb of Rocket.Chat's client ends in, by the kind of answer.

use std::sync::Arc;
use std::time::Duration;

use bridge::domain::ids::UserId;
use bridge::gate::Gates;
use bridge::http::Http;
use bridge::rocketchat::client::VisitorProfile;
use bridge::rocketchat::{Client, Refusal, RocketChatError};
use bridge::secrets::Secret;
use serde_json::json;
use tokio::time::Instant;

use super::super::{always, answer, answer_with, neighbour, out_of_reach, page, silent};
use super::{NOW, client, post_id, room, token};

type Outcomes = Vec<(&'static str, Result<(), RocketChatError>)>;

/// What every verb ends in; each has gates of its own.
async fn outcomes(http: &Http) -> Outcomes {
    let c = || client(http.clone());
    let (token, room, id) = (token(), room(), post_id());
    let profile = VisitorProfile::default();
    vec![
        (
            "send_visitor",
            c().send_visitor(&token, &profile).await.map(|_| ()),
        ),
        ("open_room", c().open_room(&token, None).await.map(|_| ())),
        (
            "send_message",
            c().send_message(&token, &room, &id, "x").await,
        ),
        (
            "fetch_open_rooms",
            c().fetch_open_rooms(5).await.map(|_| ()),
        ),
        (
            "fetch_history",
            c().fetch_history(&token, &room, 5).await.map(|_| ()),
        ),
        ("fetch_livechat", c().fetch_livechat(None).await.map(|_| ())),
        ("save_room_info", c().save_room_info("v1", &room, "x").await),
        ("send_note", c().send_note(&room, &id, "x").await),
        ("fetch_version", c().fetch_version().await.map(|_| ())),
        ("create_group", c().create_group("x", &[]).await.map(|_| ())),
        ("list_managers", c().list_managers().await.map(|_| ())),
        ("list_departments", c().list_departments().await.map(|_| ())),
        (
            "fetch_public_setting",
            c().fetch_public_setting("x").await.map(|_| ()),
        ),
        (
            "fetch_public_settings",
            c().fetch_public_settings(&["x"]).await.map(|_| ()),
        ),
        (
            "fetch_webhook_settings",
            c().fetch_webhook_settings().await.map(|_| ()),
        ),
        (
            "send_webhook_settings",
            c().send_webhook_settings("", None, None).await,
        ),
    ]
}

/// The verbs that ask whether something is there: a refusal is their answer.
async fn questions(http: &Http) -> Outcomes {
    let c = || client(http.clone());
    let found = c().fetch_message(&token(), &room(), &post_id()).await;
    vec![
        ("fetch_message", found.map(|_| ())),
        ("fetch_note", c().fetch_note(&post_id()).await.map(|_| ())),
        ("find_group", c().find_group("x").await.map(|_| ())),
        ("is_closed", c().is_closed(&room()).await.map(|_| ())),
        (
            "find_department",
            c().find_department("d1").await.map(|_| ()),
        ),
    ]
}

async fn every_verb_ends_in(expected: RocketChatError, http: Http) {
    let mut all = outcomes(&http).await;
    all.extend(questions(&http).await);
    for (verb, outcome) in all {
        assert_eq!(outcome, Err(expected.clone()), "{verb}");
    }
}

#[tokio::test]
async fn a_refusal_of_any_shape_is_told_by_its_word() {
    for (body, refusal, code) in [
        (
            json!({ "error": "room-closed" }),
            Refusal::RoomClosed,
            "400",
        ),
        (
            json!({ "error": "Gone [invalid-room]", "errorType": "invalid-room" }),
            Refusal::InvalidRoom,
            "400 invalid-room",
        ),
        (
            json!({ "error": "Match error: Missing key 'token'" }),
            Refusal::Other,
            "400",
        ),
        (
            json!({ "reason": "error-type-not-allowed" }),
            Refusal::FileNotAllowed,
            "400 error-type-not-allowed",
        ),
    ] {
        for (verb, outcome) in outcomes(&always(answer(400, &body))).await {
            let code = code.to_owned();
            assert_eq!(
                outcome,
                Err(RocketChatError::Rejected { refusal, code }),
                "{verb}"
            );
        }
    }
    let refused = always(answer(200, json!({ "success": false })));
    for (verb, outcome) in outcomes(&refused).await {
        assert!(
            matches!(outcome, Err(RocketChatError::Rejected { .. })),
            "{verb}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_apart() {
    let refusal = json!({ "success": false, "error": "You must be logged in to do this." });
    every_verb_ends_in(RocketChatError::Unauthorized, always(answer(401, refusal))).await;
}

#[tokio::test]
async fn limits_name_their_moment() {
    let limit = json!({ "success": false, "error": "slow down [error-too-many-requests]" });
    let throttled = |seconds| RocketChatError::Throttled {
        retry_after: Duration::from_secs(seconds),
    };
    let reset = (NOW.millis() + 12_000).to_string();
    let with_reset = |status| answer_with(status, ("x-ratelimit-reset", &reset), limit.clone());
    every_verb_ends_in(throttled(12), always(with_reset(429))).await;
    every_verb_ends_in(throttled(12), always(with_reset(400))).await;
    let with_seconds = answer_with(429, ("retry-after", "7"), limit.clone());
    every_verb_ends_in(throttled(7), always(with_seconds)).await;
    every_verb_ends_in(throttled(60), always(page(429))).await;
}

#[tokio::test]
async fn a_broken_workspace_is_unavailable() {
    let unavailable = |retry_after| RocketChatError::Unavailable { retry_after };
    for answer in [page(502), answer(500, "{}"), page(503)] {
        every_verb_ends_in(unavailable(None), always(answer)).await;
    }
    let busy = answer_with(503, ("retry-after", "9"), json!({}));
    every_verb_ends_in(unavailable(Some(Duration::from_secs(9))), always(busy)).await;
    every_verb_ends_in(unavailable(None), out_of_reach()).await;
}

#[tokio::test]
async fn a_page_is_no_answer() {
    for page in [page(200), page(404), page(302)] {
        every_verb_ends_in(RocketChatError::Unreadable, always(page)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_given_up_after_its_limit() {
    let lost = RocketChatError::Unavailable { retry_after: None };
    let start = Instant::now();
    let opened = client(silent()).open_room(&token(), None).await;
    assert_eq!((opened, start.elapsed().as_secs()), (Err(lost.clone()), 20));
    every_verb_ends_in(lost, silent()).await;
}

#[tokio::test]
async fn a_throttled_route_is_not_called_again() {
    let (http, calls) = neighbour(page(429));
    let client = client(http);
    let throttled = Err(RocketChatError::Throttled {
        retry_after: Duration::from_secs(60),
    });
    assert_eq!(client.open_room(&token(), None).await, throttled);
    assert_eq!(client.open_room(&token(), None).await, throttled);
    assert_eq!(calls.count(), 1);
    let _ = client.fetch_note(&post_id()).await;
    assert_eq!(calls.count(), 2, "other routes go on");
}

#[tokio::test]
async fn failures_of_three_contacts_stop_the_calls() {
    let (http, calls) = neighbour(page(502));
    let gates = Arc::new(Gates::default());
    let bot = (UserId::new("bot-1"), Secret::new("token-1"));
    let client = Client::new(http, "https://chat.example", bot, gates, NOW);
    for n in 0..99 {
        let _ = client
            .clone()
            .about(format!("{}", n % 2))
            .fetch_note(&post_id())
            .await;
    }
    assert_eq!(calls.count(), 99, "two may fail for reasons of their own");
    for _ in 0..9 {
        let _ = client.clone().about("third").fetch_note(&post_id()).await;
    }
    assert_eq!(calls.count(), 99 + 5);
}
