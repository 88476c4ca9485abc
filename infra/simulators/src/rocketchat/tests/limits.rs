use serde_json::json;

use super::super::{Options, Version};
use super::{Desk, SITE};

fn limited(version: Version) -> Desk {
    Desk::new(Options::new(SITE, version).with_agent("agent.one", "Agent One"))
}

async fn visitors_until_refused(desk: &Desk, user: Option<&str>) -> u32 {
    for n in 0..30 {
        let body = json!({ "visitor": { "token": format!("t{n}") } });
        if desk
            .call("POST", "livechat/visitor", user, body)
            .await
            .status
            == 429
        {
            return n;
        }
    }
    30
}

#[tokio::test]
async fn visitor_route_allows_five_a_minute_then_answers_429_with_headers() {
    let desk = limited(Version::V7);
    assert_eq!(visitors_until_refused(&desk, None).await, 5);
    desk.sleep(17_500);
    let got = desk
        .post("livechat/visitor", json!({ "visitor": { "token": "x" } }))
        .await;
    let text = "Error, too many requests. Please slow down. You must wait 43 seconds before trying \
                this endpoint again. [error-too-many-requests]";
    assert_eq!(got.body, json!({ "success": false, "error": text }));
    assert_eq!(got.headers["x-ratelimit-limit"], "5");
    assert_eq!(got.headers["x-ratelimit-remaining"], "0");
    assert_eq!(got.headers["x-ratelimit-reset"], "1700000060000");
    desk.sleep(42_500);
    let got = desk
        .post("livechat/visitor", json!({ "visitor": { "token": "x" } }))
        .await;
    assert_eq!(
        (got.status.as_u16(), &got.headers["x-ratelimit-remaining"]),
        (200, &"4".parse().unwrap())
    );
}

#[tokio::test]
async fn bots_headers_bypass_the_visitor_limit_only_on_8() {
    let bot = Some("whatsapp.bot");
    assert_eq!(visitors_until_refused(&limited(Version::V8), bot).await, 30);
    assert_eq!(visitors_until_refused(&limited(Version::V8), None).await, 5);
    assert_eq!(visitors_until_refused(&limited(Version::V7), bot).await, 5);
    assert_eq!(
        visitors_until_refused(&limited(Version::V6_0), bot).await,
        10
    );
}

#[tokio::test]
async fn one_counter_for_all_rooms_and_ten_calls_a_minute() {
    let desk = limited(Version::V7);
    let mut last = 0;
    for n in 0..11 {
        let path = format!("livechat/message/m{n}?token=t&rid=r{n}");
        last = desk.get(&path).await.status.as_u16();
        assert_eq!(last == 429, n == 10);
    }
    assert_eq!(last, 429);
    // Where sign-in is needed, the bot's permission counts on 7.x too.
    for _ in 0..12 {
        let got = desk
            .call("GET", "me", Some("whatsapp.bot"), json!(null))
            .await;
        assert_eq!(
            (got.status.as_u16(), got.headers.get("x-ratelimit-limit")),
            (200, None)
        );
    }
}

#[tokio::test]
async fn limiter_can_be_switched_off() {
    let desk = limited(Version::V7);
    desk.rc.set_setting("API_Enable_Rate_Limiter", false);
    assert_eq!(visitors_until_refused(&desk, None).await, 30);
}
