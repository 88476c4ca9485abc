//! Conversations: text both ways, rooms, texts, quotes.

use std::time::Duration;

use bridge::domain::settings::{ReadReceipts, Settings};
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::whatsapp::Customer;
use http::StatusCode;
use serde_json::json;

const ANA: &str = "16505551234";

fn with_texts() -> Setup {
    Setup {
        connection: Box::new(|connection| {
            connection.welcome_message = Some("Welcome!".to_owned());
            connection.conversation_finished_message = Some("Goodbye!".to_owned());
            connection.offline_message = Some("We are closed.".to_owned());
        }),
        ..Setup::default()
    }
}

#[tokio::test(start_paused = true)]
async fn text_goes_both_ways() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA);
    assert_eq!(w.screen(&room.id), ["customer: Hello"]);
    assert_eq!(room.label, "Ana");
    assert_eq!(
        room.topic.as_deref(),
        Some("WhatsApp · Shop · +16505551234")
    );
    assert_eq!(room.tags, ["whatsapp"]);
    w.agent_says(&room.id, "How can I help?");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\nHow can I help?"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_seen_is_none_and_one_that_turns_does_not() {
    let w = World::new().await;
    let unseen = w.customer("\u{3164}\u{200B}", ANA);
    let turned = w.customer(
        "\u{202E}anA\u{200F} می\u{200C}نا 👩\u{200D}🔧",
        "16505559876",
    );
    w.says(&unseen, "Hello");
    w.says(&turned, "Hello");
    w.settle().await;
    assert_eq!(w.room(ANA).label, "+16505551234");
    assert_eq!(w.room("16505559876").label, "anA می\u{200C}نا 👩\u{200D}🔧");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_message_uses_the_open_room() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    for text in ["one", "two", "three"] {
        w.says(&ana, text);
        w.settle().await;
    }
    assert_eq!(
        w.screen(&w.room(ANA).id),
        ["customer: one", "customer: two", "customer: three"]
    );
    assert_eq!(
        w.effects.calls(None, "POST /api/v1/livechat/visitor"),
        2,
        "without and with number"
    );
    assert_eq!(w.effects.calls(None, "GET /api/v1/livechat/room"), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn welcome_and_finished_texts_go_out_once_per_conversation() {
    let w = World::with(with_texts()).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.says(&ana, "Anybody?");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["Welcome!"]);
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    assert_eq!(w.texts(&ana), ["Welcome!", "Goodbye!"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn after_closing_a_new_room_opens_and_is_not_welcomed_within_ten_minutes() {
    let w = World::with(with_texts()).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    w.says(&ana, "One more thing");
    w.settle().await;
    assert_eq!(w.rooms(ANA).len(), 2);
    let room = w.room(ANA);
    assert_eq!(w.screen(&room.id), ["customer: One more thing"]);
    // every conversation says where it comes from, not only the first
    assert_eq!(
        room.topic.as_deref(),
        Some("WhatsApp · Shop · +16505551234")
    );
    assert_eq!(room.tags, ["whatsapp"]);
    assert_eq!(w.texts(&ana), ["Welcome!", "Goodbye!"]);
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    w.sleep(Duration::from_secs(11 * 60)).await;
    w.says(&ana, "Next day");
    w.settle().await;
    assert_eq!(
        w.texts(&ana),
        ["Welcome!", "Goodbye!", "Goodbye!", "Welcome!"]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_room_closed_without_our_knowing_is_replaced() {
    let w = World::new().await;
    w.rocketchat.set_setting("Livechat_webhook_on_close", false);
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.agent_closes(&w.room(ANA).id);
    w.says(&ana, "Still there?");
    w.settle().await;
    assert_eq!(w.rooms(ANA).len(), 2);
    assert_eq!(w.screen(&w.room(ANA).id), ["customer: Still there?"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_reaction_in_a_room_closed_without_our_knowing_opens_none() {
    let w = World::with(with_texts()).await;
    w.rocketchat.set_setting("Livechat_webhook_on_close", false);
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.agent_closes(&w.room(ANA).id);
    let reaction =
        json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}});
    w.sends(&ana, &reaction);
    let body = w.whatsapp.undelivered()[0].body.clone();
    w.settle().await;
    assert_eq!(w.rooms(ANA).len(), 1);
    w.says(&ana, "Still there?");
    w.settle().await;
    let expected = ["customer: Reaction: 👍", "customer: Still there?"];
    assert_eq!(w.screen(&w.room(ANA).id), expected);
    // its webhook comes again, when that room is closed too
    w.agent_closes(&w.room(ANA).id);
    w.sleep(Duration::from_secs(2 * 24 * 3600)).await;
    let answer = w.request(w.webhook(body.to_string())).await;
    assert_eq!(answer.status(), 200);
    w.settle().await;
    w.says(&ana, "And now?");
    w.settle().await;
    assert_eq!(w.screen(&w.room(ANA).id), ["customer: And now?"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn with_nobody_there_the_message_waits_and_the_offline_text_goes_out_once() {
    let w = World::with(with_texts()).await;
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello?");
    w.run_for(Duration::from_secs(3600)).await;
    w.says(&ana, "Anybody?");
    w.run_for(Duration::from_secs(3600)).await;
    assert_eq!(w.texts(&ana), ["We are closed."]);
    assert!(w.rooms(ANA).is_empty());
    w.rocketchat.set_agent_online("agent.one", true).unwrap();
    w.run_for(Duration::from_secs(300)).await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        ["customer: Hello?", "customer: Anybody?"]
    );
    w.settle().await;
    assert_eq!(
        w.texts(&ana),
        ["We are closed."],
        "it stood in for the welcome"
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_queues_without_agents_counts_as_open() {
    let w = World::with(with_texts()).await;
    w.rocketchat.set_accept_without_agents(true);
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello?");
    w.settle().await;
    assert_eq!(w.screen(&w.room(ANA).id), ["customer: Hello?"]);
    assert_eq!(w.texts(&ana), ["Welcome!"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_reaction_waits_for_the_next_room_and_opens_none() {
    let w = World::with(with_texts()).await;
    let ana = w.customer("Ana", ANA);
    let reaction =
        json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}});
    w.sends(&ana, &reaction);
    w.settle().await;
    assert!(w.rooms(ANA).is_empty());
    assert!(w.texts(&ana).is_empty());
    w.says(&ana, "Hello");
    w.settle().await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        ["customer: Reaction: 👍", "customer: Hello"]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn everything_else_arrives_as_a_readable_line() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    for member in [
        json!({"type": "unsupported", "unsupported": {"type": "poll"}, "errors": [{"code": 131051}]}),
        json!({"type": "hologram", "hologram": {"x": 1}}),
        json!({"type": "location", "location": {"latitude": 52.5, "longitude": 13.4, "name": "Here"}}),
        json!({"type": "button", "button": {"payload": "YES", "text": "Yes"}}),
    ] {
        w.sends(&ana, &member);
        w.settle().await;
    }
    assert_eq!(
        w.screen(&w.room(ANA).id),
        [
            "customer: [WhatsApp does not pass this message on: poll]",
            "customer: [message that cannot be shown here: hologram]",
            "customer: Location: Here\nhttps://maps.google.com/?q=52.5,13.4",
            "customer: Yes",
        ]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn quotes_lead_to_the_right_message_on_both_sides() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    let hello = w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    let lines = w.rocketchat.transcript(&room);
    let posted = lines
        .iter()
        .find(|line| line.text == "Hello")
        .unwrap()
        .id
        .clone();
    w.rocketchat
        .agent_quotes(&room, "agent.one", &posted, "Hi yourself")
        .unwrap();
    w.settle().await;
    assert_eq!(w.phone(&ana)[0].quotes.as_deref(), Some(hello.as_str()));
    assert_eq!(w.phone(&ana)[0].text, "*Agent One:*\nHi yourself");
    let answered = w.whatsapp.inbox(&ana)[0].wamid.clone();
    w.whatsapp.replies("15550783881", &ana, &answered, "Thanks");
    w.settle().await;
    let last = w.transcript(&room).pop().unwrap();
    let agents = w
        .rocketchat
        .transcript(&room)
        .into_iter()
        .find(|l| l.text == "Hi yourself")
        .unwrap();
    assert_eq!(
        (last.text.as_str(), last.quotes),
        ("Thanks", Some(agents.id))
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_whose_number_disappears_stays_one_contact() {
    let w = World::with(with_texts()).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "with number");
    w.settle().await;
    w.whatsapp.hide_phone(&ana, true);
    w.says(&ana, "without number");
    w.settle().await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        ["customer: with number", "customer: without number"]
    );
    assert_eq!(w.rocketchat.visitors().len(), 1);
    assert_eq!(w.texts(&ana), ["Welcome!"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_known_by_number_only_is_recognised_when_the_user_id_appears() {
    let options = bridge_simulators::whatsapp::Options {
        user_ids: false,
        ..Default::default()
    };
    let w = World::with(Setup {
        whatsapp: options,
        ..with_texts()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "by number");
    w.settle().await;
    let named = w.customer_with(Customer {
        name: "Ana".into(),
        phone: Some(ANA.into()),
        user_id: Some("US.1234567".into()),
        username: Some("ana".into()),
    });
    w.whatsapp.tune(|options| options.user_ids = true);
    w.says(&named, "by number and id");
    w.settle().await;
    w.whatsapp.hide_phone(&named, true);
    w.says(&named, "by id");
    w.settle().await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        [
            "customer: by number",
            "customer: by number and id",
            "customer: by id"
        ]
    );
    assert_eq!(w.rocketchat.visitors().len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_text_goes_out_in_parts_in_order() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let long = (0..900)
        .map(|n| format!("word{n}"))
        .collect::<Vec<_>>()
        .join(" ");
    w.agent_says(&w.room(ANA).id, &long);
    w.settle().await;
    let texts = w.texts(&ana);
    assert_eq!(texts.len(), 2);
    let joined = texts.join(" ");
    assert_eq!(joined.strip_prefix("*Agent One:*\n").unwrap(), long);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn other_channels_and_our_own_bot_are_left_alone() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.rocketchat
        .agent_says(&room, "whatsapp.bot", "a note to agents")
        .ok();
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_rooms_that_nobody_knows_goes_nowhere() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let known = w.room(ANA).visitor_token;
    let contact = known.rsplit_once('-').map_or("", |(head, _)| head);
    for (n, token) in [
        // another channel's, ones that look like ours, and none
        "livechat-visitor-1".to_owned(),
        format!("{contact}-guessed"),
        known.replacen("c1", "c9", 1),
        String::new(),
    ]
    .into_iter()
    .enumerate()
    {
        let event = json!({ "_id": "elsewhere", "type": "Message", "visitor": { "token": token },
            "messages": [{ "_id": format!("m{n}"), "msg": "psst", "u": { "_id": "agent.one" } }] });
        let answer = w.call(w.agent_event(&event)).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        w.settle().await;
        assert!(w.texts(&ana).is_empty(), "{token}");
    }
    assert!(
        w.screen(&w.room(ANA).id)
            .iter()
            .all(|line| !line.contains("psst"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_names_another_number_degrades_the_connection_and_delivers() {
    let w = World::with(Setup {
        connection: Box::new(|connection| {
            connection.phone_number = bridge::domain::ids::WaId::new("4930123456");
        }),
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    for text in ["one", "two"] {
        w.says(&ana, text);
        w.settle().await;
    }
    assert_eq!(w.screen(&w.room(ANA).id).len(), 2);
    let connection = w
        .app()
        .connection(&w.connection, w.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(connection.warnings.len(), 1);
    assert_eq!(connection.warnings[0].code, "number_mismatch");
    assert!(connection.warnings[0].message.contains("15550783881"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn ten_days_without_an_agent_lose_nothing() {
    let w = World::with(with_texts()).await;
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    let ana = w.customer("Ana", ANA);
    for text in ["one", "two"] {
        w.says(&ana, text);
        w.run_for(Duration::from_secs(3600)).await;
    }
    w.run_for(Duration::from_secs(10 * 86_400)).await;
    let most = w
        .aws
        .sqs
        .messages("inbound.fifo")
        .iter()
        .map(|m| m.receive_count)
        .max();
    assert!(most.is_some_and(|most| most < 1000), "{most:?}");
    w.rocketchat.set_agent_online("agent.one", true).unwrap();
    w.run_for(Duration::from_secs(75 * 60)).await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        ["customer: one", "customer: two"]
    );
    assert_eq!(w.texts(&ana), ["We are closed."]);
    w.settle().await;
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_visitor_removed_at_rocketchat_is_introduced_again() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    let token = w.rocketchat.visitors()[0].token.clone();
    assert!(w.remove_visitor(&token).await);
    assert!(w.rocketchat.visitors().is_empty());
    w.says(&ana, "Me again");
    w.settle().await;
    assert_eq!(w.rocketchat.visitors().len(), 1);
    assert_eq!(w.screen(&w.room(ANA).id), ["customer: Me again"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn late_duplicates_open_no_room_and_post_nothing() {
    let w = World::with(with_texts()).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    let body = w.whatsapp.undelivered()[0].body.clone();
    w.settle().await;
    let repeat = async |after: u64| {
        w.sleep(Duration::from_secs(after)).await;
        let answer = w.request(w.webhook(body.to_string())).await;
        assert_eq!(answer.status(), 200);
        w.settle().await;
    };
    repeat(1).await;
    repeat(301).await;
    w.agent_closes(&w.room(ANA).id);
    w.settle().await;
    repeat(301).await;
    repeat(6 * 86_400 + 23 * 3600).await;
    assert_eq!(w.rooms(ANA).len(), 1);
    let said = w.screen(&w.rooms(ANA)[0].id);
    assert_eq!(
        said.iter()
            .filter(|line| line.starts_with("customer"))
            .count(),
        1
    );
    assert_eq!(w.texts(&ana), ["Welcome!", "Goodbye!"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn characters_that_a_queue_refuses_arrive() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "a\u{FFFE}b\u{FFFF}c");
    w.settle().await;
    let room = w.room(ANA).id;
    assert_eq!(w.screen(&room), ["customer: a\u{FFFE}b\u{FFFF}c"]);
    w.agent_says(&room, "x\u{FFFF}y");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\nx\u{FFFF}y"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_says_where_it_comes_from_in_the_workspaces_language() {
    let settings = Settings {
        preferred_language: "de-AT".to_owned(),
        ..Settings::default()
    };
    let w = World::with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    let ad =
        json!({ "source_type": "ad", "headline": "Sommer", "source_url": "https://fb.example/1" });
    w.sends(
        &ana,
        &json!({"type": "text", "text": {"body": "Mehr?"}, "referral": ad,
        "context": {"forwarded": true}}),
    );
    w.settle().await;
    let reaction = json!({"type": "reaction", "reaction": {"message_id": "wamid.x"}});
    w.sends(&ana, &reaction);
    w.settle().await;
    assert_eq!(
        w.screen(&w.room(ANA).id),
        [
            "customer: [weitergeleitet]\n[über eine Anzeige] Sommer\nhttps://fb.example/1\nMehr?",
            "customer: Reaktion zurückgenommen",
        ]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_quote_of_something_unknown_is_marked_and_quotes_can_be_switched_off() {
    for (allowed, expected) in [
        (
            true,
            "customer: [reply to a message that is not known here]\nThis one",
        ),
        (false, "customer: This one"),
    ] {
        let settings = Settings {
            allow_quote_messages: allowed,
            ..Settings::default()
        };
        let w = World::with(Setup {
            settings,
            ..Setup::default()
        })
        .await;
        let ana = w.customer("Ana", ANA);
        let wamid = w.says(&ana, "Hello");
        w.settle().await;
        w.whatsapp
            .replies("15550783881", &ana, "wamid.of-last-year", "This one");
        w.settle().await;
        let room = w.room(ANA).id;
        assert_eq!(w.screen(&room)[1], expected);
        w.whatsapp.replies("15550783881", &ana, &wamid, "And this");
        w.settle().await;
        let line = w.transcript(&room).pop().unwrap();
        assert_eq!(line.quotes.is_some(), allowed);
        assert_eq!(line.text, "And this");
        let reaction =
            json!({"type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}});
        w.sends(&ana, &reaction);
        w.settle().await;
        let line = w.transcript(&room).pop().unwrap();
        assert!(
            line.quotes.is_some(),
            "a reaction always shows what it is about"
        );
        w.assert_clean().await;
    }
}

/// Which messages the customer sees as read, under a policy.
async fn read_under(policy: ReadReceipts) -> (World, Vec<String>) {
    let settings = Settings {
        read_receipts: policy,
        ..Settings::default()
    };
    let w = World::with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    let mut said = Vec::new();
    for text in ["one", "two"] {
        said.push(w.says(&ana, text));
        w.settle().await;
        // two messages of one second are read together
        w.sleep(Duration::from_secs(1)).await;
    }
    (w, said)
}

fn read(w: &World) -> Vec<String> {
    let marks = w.whatsapp.read_marks("15550783881").into_iter();
    marks.map(|mark| mark.wamid).collect()
}

#[tokio::test(start_paused = true)]
async fn a_customer_sees_a_message_as_read_when_the_policy_says_so() {
    let (w, said) = read_under(ReadReceipts::OnDelivery).await;
    assert_eq!(read(&w), said);
    w.agent_says(&w.room(ANA).id, "Hello");
    w.settle().await;
    assert_eq!(read(&w), said);
    w.assert_clean().await;

    let (w, said) = read_under(ReadReceipts::OnReply).await;
    assert!(read(&w).is_empty());
    for text in ["Hello", "Are you there?"] {
        w.agent_says(&w.room(ANA).id, text);
        w.settle().await;
    }
    assert_eq!(read(&w), said[1..], "the newest one, once");
    w.assert_clean().await;

    let (w, _) = read_under(ReadReceipts::Off).await;
    w.agent_says(&w.room(ANA).id, "Hello");
    w.settle().await;
    assert!(read(&w).is_empty());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_read_receipt_that_fails_costs_nothing() {
    let (w, _) = read_under(ReadReceipts::OnReply).await;
    let mut sends = 0;
    w.effects.choose(move |call| {
        sends += usize::from(call.what == "POST /messages");
        (call.what == "POST /messages" && sends == 2).then_some(Fault::Slow)
    });
    for text in ["Hello", "Are you there?"] {
        w.agent_says(&w.room(ANA).id, text);
        w.settle().await;
    }
    assert_eq!(
        w.texts(ANA),
        ["*Agent One:*\nHello", "*Agent One:*\nAre you there?"]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_a_customer_of_the_old_api_deletes_is_pointed_out_once() {
    let w = World::new().await;
    w.whatsapp.tune(|options| options.window = false);
    let status = |id: &str| {
        let status = json!({ "id": id, "recipient_id": "16505551234", "status": "deleted",
            "timestamp": "1780300860" });
        json!({ "statuses": [status] }).to_string()
    };
    let message = json!({ "from": "16505551234", "id": "ABGG", "timestamp": "1780300800",
        "type": "text", "text": { "body": "Forget it" } });
    // the deletion overtakes the message
    for body in [
        status("ABGG"),
        json!({ "messages": [message] }).to_string(),
        status("ABGG"),
        status("of nobody"),
    ] {
        assert_eq!(w.request(w.webhook(body)).await.status(), StatusCode::OK);
    }
    w.settle().await;
    let lines = w.transcript(&w.room("16505551234").id);
    let shown: Vec<_> = lines
        .iter()
        .map(|line| (line.who.as_str(), line.text.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("customer", "Forget it"),
            ("bot", "Message deleted by the customer"),
        ]
    );
    assert_eq!(lines[1].quotes.as_ref(), Some(&lines[0].id));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_no_agent_could_see_yet_is_not_shown_as_read() {
    let (w, said) = read_under(ReadReceipts::OnReply).await;
    let room = w.room(ANA).id;
    w.agent_says(&room, "To two");
    w.settle().await;
    assert_eq!(read(&w), said[1..]);
    let outage = bridge_simulators::rocketchat::Outage::Status(503);
    w.rocketchat.fail_next("POST livechat/message", 5, outage);
    let three = w.says(ANA, "three");
    w.run_for(Duration::from_secs(4)).await;
    w.agent_says(&room, "Still to two");
    w.run_for(Duration::from_secs(4)).await;
    assert_eq!(read(&w), said[1..]);
    w.settle().await;
    w.agent_says(&room, "To three");
    w.settle().await;
    assert_eq!(read(&w).last(), Some(&three));
    w.assert_clean().await;
}
