//! A day of trouble with 360dialog, counted: the number's circuit, and the back-off.

use std::time::Duration;

use bridge::domain::connection::{Circuit, Health};
use bridge::flows::connections::show;
use bridge_harness::World;
use bridge_simulators::whatsapp::{Outage, SendFault};

const HOUR: Duration = Duration::from_secs(3600);

/// Ten customers who wrote, with their rooms.
async fn crowd() -> (World, Vec<(String, String)>) {
    let w = World::new().await;
    let mut people = Vec::new();
    for n in 0..10 {
        let phone = format!("1650{n:07}");
        let customer = w.customer(&format!("C{n}"), &phone);
        w.says(&customer, "hello");
        people.push((customer, phone));
    }
    w.settle().await;
    w.effects.clear();
    (w, people)
}

/// For a day everybody writes every hour, customers and agents.
async fn a_day(w: &World, people: &[(String, String)]) {
    for hour in 0..24 {
        for (customer, phone) in people {
            w.says(customer, &format!("in {hour}"));
            w.agent_says(&w.room(phone).id, &format!("out {hour}"));
        }
        w.run_for(HOUR).await;
        w.sleep(Duration::from_secs(1)).await;
    }
}

fn sends(w: &World) -> usize {
    w.effects.calls(None, "POST /messages")
}

#[tokio::test(start_paused = true)]
async fn a_day_of_a_refused_key_costs_few_calls_and_every_agent_is_told_at_once() {
    let (w, people) = crowd().await;
    w.whatsapp.outage(Some(Outage::Status(401)));
    a_day(&w, &people).await;
    // 240 messages: four tries until it is sure, then one in each of 24 waves
    let calls = sends(&w);
    assert!(calls <= 4 * people.len() + 24, "{calls} calls");
    for (_, phone) in &people {
        let screen = w.screen(&w.room(phone).id);
        let count = |head: &str| screen.iter().filter(|line| line.starts_with(head)).count();
        assert_eq!(count("customer: in"), 24, "customers go on");
        assert_eq!(count("bot: Not delivered to WhatsApp"), 24, "{screen:?}");
    }
    let id = &w.connection;
    let seen = show(&w.app(), id, w.now()).await.unwrap();
    assert_eq!(seen.health, Health::Degraded);
    assert_eq!(seen.warnings[0].code, "sending_refused");

    w.whatsapp.outage(None);
    w.sleep(Duration::from_secs(15 * 60)).await;
    for (_, phone) in &people {
        w.agent_says(&w.room(phone).id, "again");
    }
    w.settle().await;
    let came = |(customer, _): &&(String, String)| {
        w.texts(customer).iter().any(|text| text.ends_with("again"))
    };
    assert!(
        people.iter().all(|person| came(&person)),
        "one of them tries, the others wait"
    );
    for (_, phone) in &people {
        w.agent_says(&w.room(phone).id, "and again");
    }
    w.settle().await;
    for (customer, _) in &people {
        assert!(w.texts(customer).last().unwrap().ends_with("and again"));
    }
    let seen = show(&w.app(), id, w.now()).await.unwrap();
    assert_eq!(seen.health, Health::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_for_a_moment_costs_nobody_a_message() {
    let (w, people) = crowd().await;
    w.whatsapp.outage(Some(Outage::Status(401)));
    let (customer, phone) = &people[0];
    w.agent_says(&w.room(phone).id, "one");
    w.run_for(Duration::from_secs(5)).await;
    w.whatsapp.outage(None);
    w.settle().await;
    assert_eq!(w.texts(customer), ["*Agent One:*\none"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_circuit_that_was_opened_again_is_not_closed_for_the_one_before() {
    let w = World::new().await;
    let (store, id) = (w.app().store, &w.connection);
    let first = Circuit::after(None, "whatsapp_131042", w.now()).accepted(w.now());
    store.put_circuit(id, &first).await.unwrap();
    w.sleep(Duration::from_secs(10)).await;
    let again = Circuit::after(Some(&first), "whatsapp_131042", w.now());
    store.put_circuit(id, &again).await.unwrap();
    assert!(!store.delete_circuit(id, &first).await.unwrap());
    let standing = store.find_circuit(id, w.now()).await.unwrap();
    assert_eq!(standing.as_ref(), Some(&again));
    assert!(store.delete_circuit(id, &again).await.unwrap());
    // its answer may have been lost
    assert!(store.delete_circuit(id, &again).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_account_is_tried_once_and_then_after_a_pause() {
    let (w, people) = crowd().await;
    let blocked = SendFault::Refuse {
        http: 400,
        code: 131_042,
        details: "payment".to_owned(),
    };
    w.whatsapp.fail_next_send(blocked);
    for (_, phone) in &people[..3] {
        w.agent_says(&w.room(phone).id, "one");
        w.settle().await;
    }
    assert_eq!(sends(&w), 1);
    w.sleep(Duration::from_secs(60)).await;
    let (customer, phone) = &people[0];
    w.agent_says(&w.room(phone).id, "two");
    w.settle().await;
    assert_eq!(w.texts(customer), ["*Agent One:*\ntwo"]);
}

#[tokio::test(start_paused = true)]
async fn a_day_of_503_costs_each_contact_a_few_calls_an_hour() {
    let (w, people) = crowd().await;
    w.whatsapp.outage(Some(Outage::Status(503)));
    a_day(&w, &people).await;
    // after five failures an environment makes single tries, at most five minutes apart
    let calls = sends(&w);
    assert!(calls <= 240 * 3, "{calls} calls");
    for (_, phone) in &people {
        let screen = w.screen(&w.room(phone).id);
        assert!(screen.iter().filter(|l| l.starts_with("bot: Not")).count() >= 23);
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_without_rocketchat_costs_less_than_three_times_a_good_day() {
    let (w, people) = crowd().await;
    w.rocketchat
        .outage(Some(bridge_simulators::rocketchat::Outage::Status(503)));
    for hour in 0..24 {
        for (customer, _) in &people {
            w.says(customer, &format!("in {hour}"));
        }
        w.run_for(HOUR).await;
    }
    let calls = w.effects.calls(None, "POST /api") + w.effects.calls(None, "GET /api");
    assert!(calls <= 3 * 240, "{calls} calls");
    w.rocketchat.outage(None);
    w.settle().await;
    for (_, phone) in &people {
        let screen = w.screen(&w.room(phone).id);
        let expected: Vec<String> = std::iter::once("customer: hello".to_owned())
            .chain((0..24).map(|hour| format!("customer: in {hour}")))
            .collect();
        assert_eq!(screen, expected);
    }
    w.assert_clean().await;
}
