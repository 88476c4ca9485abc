//! What agents and administrators read where WhatsApp refuses: each cause in its own sentence.

use std::time::Duration;

use bridge::domain::connection::Health;
use bridge::domain::settings::Settings;
use bridge::flows::connections::show;
use bridge::flows::setup_channel;
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::whatsapp::SendFault;

const ANA: &str = "16505551234";

async fn answered(setup: Setup) -> (World, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    w.effects.clear();
    (w, room)
}

async fn speaking(language: &str) -> (World, String) {
    let settings = Settings {
        preferred_language: language.to_owned(),
        ..Settings::default()
    };
    answered(Setup {
        settings,
        ..Setup::default()
    })
    .await
}

fn refusal(code: u32) -> SendFault {
    SendFault::Refuse {
        http: 400,
        code,
        details: "no".to_owned(),
    }
}

/// What stands in the setup channel.
fn channel(w: &World) -> Vec<String> {
    let rooms = w.rocketchat.rooms().into_iter();
    let mut named = rooms.filter(|room| room.label == setup_channel::NAME);
    named
        .next()
        .map_or_else(Vec::new, |room| w.screen(&room.id))
}

fn note(sentence: &str, code: u32) -> String {
    format!("bot: Not delivered to WhatsApp: “one” {sentence} ({code})")
}

/// The same behind an accepted send: what is quoted is what went out, its author with it.
fn failed(sentence: &str, code: u32) -> String {
    format!("bot: Not delivered to WhatsApp: “*Agent One:* one” {sentence} ({code})")
}

const UNAVAILABLE: &str =
    "WhatsApp has trouble or does not answer at the moment. Please try again later.";
const TOO_FAST: &str =
    "WhatsApp limits how fast messages may be sent. Please try again in a while.";
const FORM: &str = "WhatsApp has blocked or slowed down the form in this message. Please ask for \
    the answers as text, and tell your administrator.";
const PERMISSION: &str = "This WhatsApp number lacks a permission for what was asked. An \
    administrator has to check its permissions at 360dialog.";
const MARKETING: &str = "WhatsApp chose not to deliver this marketing message to this person now. \
    Do not repeat it for at least a day.";
const SPAM: &str = "WhatsApp limits this number because many people blocked or reported its \
    messages. Write only to people who expect it, and try again in a few hours.";
const CONTENT: &str =
    "WhatsApp refused the content of this message. Please change it and send it again.";
const PARAMETERS: &str = "The values of this template do not fit it (their number, format or \
    length). Please correct them and send it again.";
const FILE: &str = "WhatsApp refused the file (its type, size or content). Please send it in \
    another format or as a link.";
const KIND: &str = "WhatsApp does not support this kind of message. Please send it in another \
    form, for example as text.";
const NOT_REACHABLE: &str = "This person cannot be reached on WhatsApp (not registered, blocked \
    you, or an old app). Use another channel.";
const PAYMENT: &str = "There is a problem with the payment for this WhatsApp number. An \
    administrator has to settle it at 360dialog.";
const ACCOUNT: &str = "WhatsApp has blocked or restricted the account of this number. An \
    administrator has to look up the reason at 360dialog and ask for a review.";
const REGISTERED: &str = "This number is not registered with WhatsApp, or not any more. An \
    administrator has to register it at 360dialog.";
const NAME: &str = "The display name of this number is not approved by WhatsApp. An administrator \
    has to have it approved at 360dialog.";
const KEY: &str = "360dialog does not accept the API key of this number, so nothing can be sent \
    from it. An administrator has to enter a valid key.";

/// What concerns one message, as WhatsApp says it at once.
const REFUSED: &[(u32, &str)] = &[
    (131_026, NOT_REACHABLE),
    (1013, NOT_REACHABLE),
    (
        131_021,
        "This is the number of the business itself, and WhatsApp does not let a number write to \
         itself. Please check the customer's number.",
    ),
    (
        131_030,
        "This WhatsApp number is still in test mode and reaches only the people on its list. An \
         administrator has to add this person or end the test mode.",
    ),
    (
        131_062,
        "WhatsApp needs the customer's phone number for this message, and it is not known. \
         Please ask the customer for it.",
    ),
    (
        137_000,
        "The customer's security code has changed (new phone, or the app was installed again). \
         Please make sure that it is still the same person, then send the message again.",
    ),
    (3, PERMISSION),
    (10, PERMISSION),
    (210, PERMISSION),
    (131_005, PERMISSION),
    (
        130_497,
        "WhatsApp does not let this business write to people in this country. Please use another \
         channel.",
    ),
    (133_016, REGISTERED),
    (131_048, SPAM),
    (471, SPAM),
    (130_472, MARKETING),
    (131_049, MARKETING),
    (472, MARKETING),
    (
        131_063,
        "Marketing messages are switched off for this number at WhatsApp. An administrator has \
         to clear this up with 360dialog.",
    ),
    (
        131_064,
        "WhatsApp limits this business because its templates were put into the wrong category. \
         An administrator has to check the templates and the limit at 360dialog.",
    ),
    (100, CONTENT),
    (131_008, CONTENT),
    (131_009, CONTENT),
    (131_051, KIND),
    (131_060, KIND),
    (131_014, FILE),
    (131_052, FILE),
    (132_000, PARAMETERS),
    (132_005, PARAMETERS),
    (132_008, PARAMETERS),
    (132_012, PARAMETERS),
    (
        132_001,
        "WhatsApp has no approved template of this name in this language. Please choose another \
         template or another language.",
    ),
    (
        132_007,
        "The content of this template breaks WhatsApp's rules. Please use another template and \
         tell your administrator.",
    ),
    (
        132_015,
        "WhatsApp has paused this template because people complained about it. Please use \
         another one until it is released.",
    ),
    (
        132_016,
        "WhatsApp has disabled this template for good. Please use another one, or ask your \
         administrator to submit a new one.",
    ),
    (132_068, FORM),
    (
        131_050,
        "This person does not want marketing messages from you any more. Please send none; other \
         messages still arrive.",
    ),
    (999_999, "The message could not be delivered."),
];

/// What stops the number as a whole.
const STOPPED: &[(u32, &str)] = &[
    (33, REGISTERED),
    (131_045, REGISTERED),
    (133_010, REGISTERED),
    (368, ACCOUNT),
    (131_031, ACCOUNT),
    (131_037, NAME),
    (131_042, PAYMENT),
    (131_044, PAYMENT),
];

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_its_own_sentence() {
    let (w, room) = answered(Setup::default()).await;
    for (code, sentence) in REFUSED {
        w.whatsapp.fail_next_send(refusal(*code));
        w.agent_says(&room, "one");
        w.settle().await;
        let screen = w.screen(&room);
        assert_eq!(screen.last(), Some(&note(sentence, *code)));
        assert_eq!(w.effects.calls(None, "POST /messages"), 1, "{code}");
        w.effects.clear();
    }
    assert!(channel(&w).is_empty());
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_failure_told_later_has_the_same_sentence() {
    let sample = [
        (2, UNAVAILABLE),
        (131_000, UNAVAILABLE),
        (131_016, UNAVAILABLE),
        (4, TOO_FAST),
        (613, TOO_FAST),
        (80_007, TOO_FAST),
        (130_429, TOO_FAST),
        (131_056, TOO_FAST),
        (131_026, NOT_REACHABLE),
        (131_049, MARKETING),
        (131_053, FILE),
        (132_069, FORM),
        (
            131_047,
            "The customer last wrote more than 24 hours ago, so WhatsApp accepts only template \
             messages. Send a template, or wait for the customer.",
        ),
    ];
    let (w, room) = answered(Setup::default()).await;
    for (code, sentence) in sample {
        w.whatsapp.fail_next_status(code, "no");
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last(), Some(&failed(sentence, code)));
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_code_is_told_without_one() {
    let (w, room) = answered(Setup::default()).await;
    w.whatsapp.fail_next_status(0, "no");
    w.agent_says(&room, "one");
    w.settle().await;
    let told =
        "bot: Not delivered to WhatsApp: “*Agent One:* one” The message could not be delivered.";
    assert_eq!(w.screen(&room).last().unwrap(), told);
    assert!(channel(&w).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_over_there_is_tried_a_few_times_and_then_told() {
    for (code, sentence) in [(1, UNAVAILABLE), (135_000, UNAVAILABLE), (131_053, FILE)] {
        let (w, room) = answered(Setup::default()).await;
        let began = w.now();
        for _ in 0..9 {
            w.whatsapp.fail_next_send(refusal(code));
        }
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last(), Some(&note(sentence, code)));
        assert_eq!(w.effects.calls(None, "POST /messages"), 4, "{code}");
        assert!(w.now().since(began) < Duration::from_secs(60));
    }
    let (w, room) = answered(Setup::default()).await;
    w.whatsapp.fail_next_send(refusal(131_000));
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.screen(&room).last().unwrap(), "agent.one: one");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_words_of_360dialog_are_understood() {
    for (http, words, expected) in [
        (400, "Lack of payment", note(PAYMENT, 402)),
        (
            400,
            "API disabled",
            note(
                "WhatsApp does not accept messages from this number at the moment (key, account \
                 or payment). Please tell your administrator.",
                403,
            ),
        ),
        (
            400,
            "something else",
            note("The message could not be delivered.", 400),
        ),
    ] {
        let (w, room) = answered(Setup::default()).await;
        let words = words.to_owned();
        w.whatsapp
            .fail_next_send(SendFault::RefuseInWords { http, words });
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last(), Some(&expected));
        // what stops the number is told in the setup channel
        assert_eq!(channel(&w).len(), usize::from(!expected.ends_with("(400)")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_told_by_its_name() {
    let (w, room) = answered(Setup::default()).await;
    for _ in 0..4 {
        w.whatsapp.fail_next_send(refusal(190));
    }
    w.agent_says(&room, "one");
    w.settle().await;
    let told = format!("bot: Not delivered to WhatsApp: “one” {KEY}");
    assert_eq!(w.screen(&room).last(), Some(&told));
    assert_eq!(channel(&w), [stopped(KEY)]);
    // what comes while it is stopped is told why, too
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.screen(&room).last(), Some(&told));
    // one accepted send proves a key
    w.sleep(Duration::from_secs(60)).await;
    w.agent_says(&room, "two");
    w.settle().await;
    assert_eq!(channel(&w), [stopped(KEY), works()]);
}

#[tokio::test(start_paused = true)]
async fn other_languages_say_the_same() {
    for (language, code, told) in [
        (
            "pt-BR",
            131_030,
            "bot: Não entregue ao WhatsApp: “one” Este número do WhatsApp ainda está em modo de \
             teste e só alcança as pessoas da sua lista. Um administrador precisa incluir esta \
             pessoa ou encerrar o modo de teste. (131030)",
        ),
        (
            "ru",
            132_016,
            "bot: Не доставлено в WhatsApp: «one» WhatsApp окончательно отключил этот шаблон. \
             Используйте другой или попросите администратора подать новый. (132016)",
        ),
        (
            "id",
            131_050,
            "bot: Tidak tersampaikan ke WhatsApp: “one” Orang ini tidak ingin lagi menerima \
             pesan pemasaran dari Anda. Jangan kirim lagi; pesan lain tetap sampai. (131050)",
        ),
    ] {
        let (w, room) = speaking(language).await;
        w.whatsapp.fail_next_send(refusal(code));
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last().unwrap(), told);
    }
    let (w, room) = speaking("de").await;
    w.whatsapp.fail_next_send(refusal(131_042));
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(
        channel(&w),
        [
            "bot: WhatsApp lehnt ab, was von Shop (+15550783881) gesendet wird. Vorerst wird von \
             dort nichts gesendet, und die Agenten werden verständigt. Es gibt ein Problem mit \
             der Zahlung für diese WhatsApp-Nummer. Ein Administrator muss es bei 360dialog \
             klären."
        ]
    );
}

fn stopped(sentence: &str) -> String {
    format!(
        "bot: WhatsApp refuses what is sent from Shop (+15550783881). Nothing is sent from it \
         for now, and agents are told. {sentence}"
    )
}

fn works() -> String {
    "bot: Messages from Shop (+15550783881) go out to WhatsApp again.".to_owned()
}

#[tokio::test(start_paused = true)]
async fn what_stops_a_number_is_told_in_the_room_and_in_the_setup_channel() {
    for (code, sentence) in STOPPED {
        let (w, room) = answered(Setup::default()).await;
        w.whatsapp.fail_next_send(refusal(*code));
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last(), Some(&note(sentence, *code)));
        assert_eq!(channel(&w), [stopped(sentence)]);
        w.agent_says(&room, "one");
        w.settle().await;
        let why = format!("bot: Not delivered to WhatsApp: “one” {sentence}");
        assert_eq!(w.screen(&room).last(), Some(&why));
        assert_eq!(w.effects.calls(None, "POST /messages"), 1, "{code}");
    }
}

/// The health of the connection, and its first warning.
async fn health(w: &World) -> (Health, Option<String>) {
    let seen = show(&w.app(), &w.connection, w.now()).await.unwrap();
    let first = seen.warnings.first();
    (seen.health, first.map(|warning| warning.code.clone()))
}

#[tokio::test(start_paused = true)]
async fn a_failed_status_stops_the_number_too() {
    for (code, sentence) in STOPPED {
        let (w, room) = answered(Setup::default()).await;
        w.whatsapp.fail_next_status(*code, "no");
        w.agent_says(&room, "one");
        w.settle().await;
        assert_eq!(w.screen(&room).last(), Some(&failed(sentence, *code)));
        assert_eq!(channel(&w), [stopped(sentence)]);
        let refused = Some("sending_refused".to_owned());
        assert_eq!(health(&w).await, (Health::Degraded, refused));
        w.sleep(Duration::from_secs(31)).await;
        w.agent_says(&room, "one");
        w.settle().await;
        let why = format!("bot: Not delivered to WhatsApp: “one” {sentence}");
        assert_eq!(w.screen(&room).last(), Some(&why));
    }
}

/// An account whose sends are accepted and fail a moment later, as it is with payments.
#[tokio::test(start_paused = true)]
async fn a_number_that_stays_stopped_is_told_once() {
    let (w, room) = answered(Setup::default()).await;
    for _ in 0..12 {
        w.whatsapp.fail_next_status(131_042, "no");
    }
    for hour in 0..6 {
        for _ in 0..2 {
            w.agent_says(&room, &format!("in {hour}"));
            w.settle().await;
            w.tick().await;
            w.sleep(Duration::from_secs(600)).await;
            w.tick().await;
        }
        w.sleep(Duration::from_secs(2400)).await;
    }
    assert_eq!(channel(&w), [stopped(PAYMENT)]);
    assert!(health(&w).await.1.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_number_that_works_again_is_told_once_it_has_proven_it() {
    for quiet in [true, false] {
        let (w, room) = answered(Setup::default()).await;
        w.whatsapp.fail_next_status(131_042, "no");
        w.agent_says(&room, "one");
        w.settle().await;
        w.sleep(Duration::from_secs(60)).await;
        w.agent_says(&room, "two");
        w.settle().await;
        assert_eq!(w.screen(&room).last().unwrap(), "agent.one: two");
        assert_eq!(health(&w).await, (Health::Ok, None), "sends go on");
        assert_eq!(channel(&w).len(), 1, "not proven yet");
        w.tick().await;
        w.settle().await;
        assert_eq!(channel(&w).len(), 1, "not proven yet");
        w.sleep(Duration::from_secs(120)).await;
        if quiet {
            w.tick().await;
            w.tick().await;
        } else {
            w.agent_says(&room, "three");
        }
        w.settle().await;
        assert_eq!(channel(&w), [stopped(PAYMENT), works()], "quiet {quiet}");
        // the next time is another one
        w.sleep(Duration::from_secs(60)).await;
        w.whatsapp.fail_next_send(refusal(131_031));
        w.agent_says(&room, "four");
        w.settle().await;
        assert_eq!(channel(&w).last(), Some(&stopped(ACCOUNT)));
        assert_eq!(channel(&w).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_long_ago_stops_nothing() {
    let (w, room) = answered(Setup::default()).await;
    w.whatsapp.fail_next_status(131_042, "no");
    w.pause(
        bridge_harness::Function::StatusFanout,
        Duration::from_secs(700),
    );
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(w.screen(&room).last(), Some(&failed(PAYMENT, 131_042)));
    assert!(channel(&w).is_empty());
    assert_eq!(health(&w).await.0, Health::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_note_about_a_closed_conversation_stands_in_the_setup_channel() {
    let (w, room) = answered(Setup::default()).await;
    w.whatsapp.fail_next_status(131_026, "no");
    w.pause(
        bridge_harness::Function::StatusFanout,
        Duration::from_secs(30),
    );
    w.agent_says(&room, "one");
    w.run_for(Duration::from_secs(5)).await;
    w.agent_closes(&room);
    w.settle().await;
    assert!(!w.screen(&room).iter().any(|line| line.starts_with("bot:")));
    let told = failed(NOT_REACHABLE, 131_026);
    let told = told.strip_prefix("bot: ").unwrap();
    let site = w.app().config.rocketchat_url.clone();
    let expected = format!("bot: About a conversation that is closed: {told}\n{site}/live/{room}");
    assert_eq!(channel(&w), [expected]);
    w.assert_clean().await;
}

/// The setup channel was removed, or the bot taken out of it.
#[tokio::test(start_paused = true)]
async fn a_setup_channel_that_is_gone_is_made_anew() {
    let (w, room) = answered(Setup::default()).await;
    let gone = bridge::domain::ids::RoomId::new("gone");
    w.app().store.put_setup_channel(&gone).await.unwrap();
    w.whatsapp.fail_next_send(refusal(131_042));
    w.agent_says(&room, "one");
    w.settle().await;
    assert_eq!(channel(&w), [stopped(PAYMENT)]);
    let known = w.app().store.find_setup_channel(w.now()).await.unwrap();
    assert_ne!(known, Some(gone));
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

/// The opening and the closing, and everything around them dying: each told once.
#[tokio::test(start_paused = true)]
async fn a_stopped_number_is_told_exactly_once_whatever_dies() {
    let story = async |w: &World, room: &str| {
        w.whatsapp.fail_next_send(refusal(131_042));
        w.agent_says(room, "one");
        w.settle().await;
        w.sleep(Duration::from_secs(61)).await;
        w.agent_says(room, "two");
        w.settle().await;
        w.sleep(Duration::from_secs(121)).await;
        w.agent_says(room, "three");
        w.settle().await;
    };
    let (w, room) = answered(Setup::default()).await;
    story(&w, &room).await;
    assert_eq!(channel(&w), [stopped(PAYMENT), works()]);
    let calls = w.effects.count();
    for fault in [Fault::Kill, Fault::After] {
        for n in 1..=calls {
            let (w, room) = answered(Setup::default()).await;
            w.effects.plan(n, fault);
            story(&w, &room).await;
            for _ in 0..2 {
                // what a dead run left over is done by the ones behind it
                w.sleep(Duration::from_secs(300)).await;
                w.agent_says(&room, "more");
                w.settle().await;
                w.tick().await;
                w.settle().await;
            }
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            let told = channel(&w);
            let twice = told
                .iter()
                .any(|line| told.iter().filter(|l| *l == line).count() > 1);
            assert!(!twice, "{case}: {told:?}");
            assert!(told.len() <= 2, "{case}: {told:?}");
            if told.contains(&stopped(PAYMENT)) {
                assert_eq!(told.last(), Some(&works()), "{case}");
            }
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}
