//! Many customers at once: once each, in order, and nobody waits for a stranger.

use std::time::Duration;

use bridge_harness::{Setup, World};
use bridge_simulators::rocketchat::Version;

#[tokio::test(start_paused = true)]
async fn a_thousand_customers_doubled_and_shuffled_both_ways() {
    let mut setup = Setup {
        rate_limiter: false,
        ..Setup::default()
    };
    setup.whatsapp.throughput = 100_000;
    let w = World::with(setup).await;
    w.whatsapp.duplicate_every(1);
    w.whatsapp.shuffle(7);
    w.deliver_everything_twice();
    let customers: Vec<String> = (0..1000)
        .map(|n| w.customer(&format!("C{n}"), &format!("1650{n:07}")))
        .collect();
    // each message is sent when the one before was acknowledged: the door's order is the truth
    for round in 1..=3 {
        for customer in &customers {
            w.says(customer, &format!("in {round}"));
        }
        w.settle().await;
    }
    let rooms: Vec<String> = customers
        .iter()
        .map(|customer| w.room(customer).id)
        .collect();
    for room in &rooms {
        assert_eq!(
            w.screen(room),
            ["customer: in 1", "customer: in 2", "customer: in 3"]
        );
    }
    // Rocket.Chat's events have no order among themselves: an answer follows the one before
    for round in 1..=3 {
        for room in &rooms {
            w.agent_says(room, &format!("out {round}"));
        }
        w.settle().await;
    }
    for customer in &customers {
        let texts = w.texts(customer);
        assert_eq!(texts.len(), 3);
        for (n, text) in texts.iter().enumerate() {
            assert!(text.ends_with(&format!("out {}", n + 1)), "{texts:?}");
        }
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn messages_acknowledged_in_order_are_posted_in_order_whatever_comes_twice() {
    let w = World::new().await;
    w.whatsapp.duplicate_every(2);
    let ana = w.customer("Ana", "16505551234");
    for n in 0..30 {
        w.says(&ana, &format!("{n}"));
    }
    w.settle().await;
    let expected: Vec<String> = (0..30).map(|n| format!("customer: {n}")).collect();
    assert_eq!(w.screen(&w.room("16505551234").id), expected);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn thirty_new_customers_against_the_limiter_of_version_7() {
    let w = World::with(Setup {
        version: Version::V7,
        ..Setup::default()
    })
    .await;
    let known = w.customer("Known", "16500000000");
    w.says(&known, "first");
    w.settle().await;
    w.sleep(Duration::from_secs(120)).await;
    let customers: Vec<String> = (0..30)
        .map(|n| w.customer(&format!("C{n}"), &format!("1651{n:07}")))
        .collect();
    for customer in &customers {
        w.says(customer, "hello");
    }
    w.run_for(Duration::from_secs(5)).await;
    w.says(&known, "second");
    w.run_for(Duration::from_secs(3)).await;
    let screen = w.screen(&w.room("16500000000").id);
    assert_eq!(
        screen,
        ["customer: first", "customer: second"],
        "known customers are not slowed"
    );
    let began = w.now();
    w.settle().await;
    for customer in &customers {
        assert_eq!(w.screen(&w.room(customer).id), ["customer: hello"]);
    }
    // two visitor calls each, five a minute
    let took = w.now().since(began);
    assert!(took < Duration::from_secs(20 * 60), "{took:?}");
    w.assert_clean().await;
}
