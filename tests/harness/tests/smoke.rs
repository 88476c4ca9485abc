use bridge_harness::World;

#[tokio::test(start_paused = true)]
async fn text_goes_both_ways() {
    let w = World::new().await;
    let ana = w.customer("Ana", "16505551234");
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room("16505551234").id;
    assert_eq!(w.screen(&room), ["customer: Hello"]);
    w.agent_says(&room, "How can I help?");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\nHow can I help?"]);
    for e in w.effects.log() {
        println!("{e:?}");
    }
    w.assert_clean().await;
}
