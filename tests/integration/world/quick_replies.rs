//! Answers to choose from: offered by programs and people, tapped and typed by customers.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge_harness::Function;
use serde_json::{Value, json};

use super::desk::{ANA, Room};

impl Room {
    /// `agent.two` is a program that offers answers in blocks.
    async fn offers(&self, text: &str, titles: &[&str]) {
        let button = |title: &&str| {
            json!({ "type": "button", "actionId": "a", "value": format!("value of {title}"),
                "text": { "type": "plain_text", "text": title } })
        };
        let buttons: Vec<_> = titles.iter().map(button).collect();
        let mut blocks = vec![json!({ "type": "actions", "elements": buttons })];
        if !text.is_empty() {
            let words = json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
            blocks.insert(0, words);
        }
        let sent = self
            .w
            .rocketchat
            .bot_blocks(&self.id, "agent.two", json!(blocks), "");
        sent.expect("the program may write");
        self.w.settle().await;
    }

    async fn agent_says(&self, text: &str) {
        self.w.agent_says(&self.id, text);
        self.w.settle().await;
    }

    fn last(&self) -> Value {
        let inbox = self.w.whatsapp.inbox(&self.ana);
        inbox.last().expect("a message").body.clone()
    }

    /// The customer taps the `n`-th answer of the last message.
    async fn taps(&self, n: usize) {
        let inbox = self.w.whatsapp.inbox(&self.ana);
        self.taps_in(inbox.len() - 1, n).await;
    }

    async fn taps_in(&self, message: usize, n: usize) {
        let message = self.w.whatsapp.inbox(&self.ana)[message].clone();
        let action = &message.body["interactive"]["action"];
        let (kind, one) = match &action["buttons"][n]["reply"] {
            Value::Null => ("list_reply", &action["sections"][0]["rows"][n]),
            reply => ("button_reply", reply),
        };
        let mut interactive = json!({ "type": kind });
        interactive[kind] = json!({ "id": one["id"], "title": one["title"] });
        let member = json!({ "type": "interactive", "interactive": interactive,
            "context": { "id": message.wamid } });
        self.w.sends(&self.ana, &member);
        self.w.settle().await;
    }

    async fn says(&self, text: &str) {
        self.w.says(&self.ana, text);
        self.w.settle().await;
    }

    fn last_line(&self) -> String {
        self.w.screen(&self.id).pop().expect("a line")
    }
}

#[tokio::test(start_paused = true)]
async fn three_answers_are_buttons_and_a_program_hears_the_value() {
    let room = Room::new().await;
    room.offers("Which **colour**?", &["Red", "Green", "Blue"])
        .await;
    let body = room.last();
    assert_eq!(body["interactive"]["type"], "button");
    assert_eq!(
        body["interactive"]["body"]["text"],
        "*Agent Two:*\nWhich *colour*?"
    );
    room.taps(1).await;
    assert_eq!(room.last_line(), "customer: value of Green");
    room.says("blue").await;
    assert_eq!(room.last_line(), "customer: value of Blue");
    room.says("purple").await;
    assert_eq!(room.last_line(), "customer: purple");
    // buttons show no numbers
    room.says("2").await;
    assert_eq!(room.last_line(), "customer: 2");
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn more_answers_are_a_list_and_a_person_reads_the_title() {
    let room = Room::new().await;
    room.offers(
        "Which?",
        &[
            "One",
            "Two",
            "Three",
            "Four",
            "A title of more than twenty-four units",
        ],
    )
    .await;
    let action = &room.last()["interactive"]["action"];
    assert_eq!(action["button"], "Show Options");
    assert_eq!(
        action["sections"][0]["rows"][4]["title"],
        "A title of more than tw…"
    );
    room.taps(4).await;
    let value = "customer: value of A title of more than twenty-four units";
    assert_eq!(room.last_line(), value);
    // a person takes over
    room.agent_says("I am a person").await;
    room.taps_in(0, 1).await;
    assert!(room.last_line().ends_with("Two"), "{}", room.last_line());
    assert!(!room.last_line().contains("value of"));
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn where_lists_are_off_or_too_short_answers_are_numbers() {
    let off = Settings {
        allow_list_options: false,
        ..Settings::default()
    };
    let room = Room::with(off).await;
    room.offers("Which?", &["One", "Two", "Three", "Four"])
        .await;
    let text = "*Agent Two:*\nWhich?\n\n1. One\n2. Two\n3. Three\n4. Four";
    assert_eq!(room.last()["text"]["body"], text);
    room.says(" 3. ").await;
    assert_eq!(room.last_line(), "customer: value of Three");
    room.says("5").await;
    assert_eq!(room.last_line(), "customer: 5");
    room.says("four").await;
    assert_eq!(room.last_line(), "customer: value of Four");
    // something else was said since
    room.agent_says("By the way").await;
    room.says("2").await;
    assert_eq!(room.last_line(), "customer: 2");
    room.w.assert_clean().await;

    let room = Room::new().await;
    let titles: Vec<_> = (1..=30).map(|n| format!("Option {n}")).collect();
    let titles: Vec<_> = titles.iter().map(String::as_str).collect();
    room.offers("", &titles).await;
    let body = room.last();
    let text = body["text"]["body"].as_str().expect("a text");
    assert!(
        text.starts_with("*Agent Two:*\nPlease choose:\n\n1. Option 1\n"),
        "{text}"
    );
    room.says("30").await;
    assert_eq!(room.last_line(), "customer: value of Option 30");
}

#[tokio::test(start_paused = true)]
async fn people_offer_answers_between_double_brackets() {
    let room = Room::new().await;
    room.agent_says("Shall I book it?\n[[Yes, please]] [[No]]")
        .await;
    let body = room.last();
    let buttons = &body["interactive"]["action"]["buttons"];
    assert_eq!(buttons[0]["reply"]["title"], "Yes, please");
    assert_eq!(
        body["interactive"]["body"]["text"],
        "*Agent One:*\nShall I book it?"
    );
    room.taps(0).await;
    assert!(room.last_line().ends_with("Yes, please"));
    room.agent_says("Here\n[[Shop|https://shop.example/a]]")
        .await;
    let parameters = &room.last()["interactive"]["action"]["parameters"];
    assert_eq!(
        *parameters,
        json!({ "display_text": "Shop", "url": "https://shop.example/a" })
    );
    room.agent_says("Here\n[[Shop|https://shop.example/a]]\n[[Call me]]")
        .await;
    let body = room.last();
    let text = "*Agent One:*\nHere\nShop: https://shop.example/a";
    assert_eq!(body["interactive"]["body"]["text"], text);
    assert_eq!(
        body["interactive"]["action"]["buttons"][0]["reply"]["title"],
        "Call me"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_reads_what_a_number_stands_for() {
    let off = Settings {
        allow_list_options: false,
        ..Settings::default()
    };
    let room = Room::with(off).await;
    room.agent_says("Which?\n[[One]][[Two]][[Three]][[Four]]")
        .await;
    room.says("2").await;
    assert_eq!(room.last_line(), "customer: 2 (Two)");
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_text_goes_before_its_answers() {
    let room = Room::new().await;
    let long = "word ".repeat(300);
    room.offers(&long, &["Yes", "No"]).await;
    let inbox = room.w.whatsapp.inbox(&room.ana);
    assert_eq!(inbox.len(), 2);
    assert!(
        inbox[0].body["text"]["body"]
            .as_str()
            .is_some_and(|text| text.len() > 1_400)
    );
    assert_eq!(
        inbox[1].body["interactive"]["body"]["text"],
        "Please choose:"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn closing_ends_what_was_offered() {
    let off = Settings {
        allow_list_options: false,
        ..Settings::default()
    };
    let room = Room::with(off).await;
    room.offers("Which?", &["One", "Two", "Three", "Four"])
        .await;
    room.w.agent_closes(&room.id);
    room.w.settle().await;
    room.says("2").await;
    let screen = room.w.screen(&room.w.room(ANA).id);
    assert_eq!(screen.last().map(String::as_str), Some("customer: 2"));
    room.w.assert_clean().await;
}

/// The five-minute tick tells of a message again that was on its way for long.
#[tokio::test(start_paused = true)]
async fn a_late_repeat_of_an_offer_does_not_stand_as_the_last_message() {
    let room = Room::new().await;
    room.offers("Which?", &["Red", "Blue"]).await;
    let calls = room.w.door_calls().into_iter();
    let events = calls.filter(|call| call.function == Function::AgentEvents);
    let offer = events.last().expect("the offer's event").body;
    room.agent_says("I am a person").await;
    room.w.sleep(Duration::from_secs(360)).await;
    let answer = room.w.request(room.w.event(offer)).await;
    assert_eq!(answer.status(), 200);
    room.w.settle().await;
    assert_eq!(room.w.whatsapp.inbox(&room.ana).len(), 2);
    room.says("blue").await;
    assert_eq!(room.last_line(), "customer: blue");
    room.w.assert_clean().await;
}
