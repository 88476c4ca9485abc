//! Held messages expire visibly, even if the customer never writes again.

use std::time::Duration;

use bridge::domain::contact::Contact;
use bridge::domain::ids::VisitorToken;
use bridge::domain::settings::Settings;
use bridge::flows::outbound::expire_due;
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::whatsapp::Customer;
use serde_json::json;

use super::hold::{notes, silent_for_a_day};

const ANA: &str = "16505551234";
const ID: &str = "US.1349";
const HOUR: Duration = Duration::from_secs(3600);
const TOO_LONG: &str = "did not write in time";

fn hours(n: u32) -> Duration {
    HOUR * n
}

/// A tick, and what follows from it.
async fn tick(w: &World) {
    assert!(w.tick().await.is_some(), "the tick fails");
    w.settle().await;
}

/// How many messages were told to be held for too long.
fn expired(w: &World, room: &str) -> usize {
    let notes = notes(w, room);
    notes.iter().filter(|note| note.contains(TOO_LONG)).count()
}

/// What stands in the table under the age of held messages.
async fn due(w: &World) -> usize {
    w.app().store.list_due(None, 100).await.unwrap().len()
}

/// The workspace has other settings from now on.
pub(super) async fn change(w: &World, change: impl FnOnce(&mut Settings)) {
    let store = w.app().store;
    let (mut settings, version) = store.find_settings(w.now()).await.unwrap();
    change(&mut settings);
    store.put_settings(&settings, version, false).await.unwrap();
    // environments remember the old ones for half a minute
    w.sleep(Duration::from_secs(31)).await;
}

/// The contact of an open room.
pub(super) async fn contact(w: &World, room: &str) -> Contact {
    let mut rooms = w.rocketchat.rooms().into_iter();
    let view = rooms.find(|one| one.id == room).unwrap();
    let (_, id) = VisitorToken::new(view.visitor_token).parts().unwrap();
    let found = w.app().store.find_contact(&id, w.now()).await;
    found.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_message_expires_though_the_customer_never_writes() {
    let settings = Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    };
    let setup = Setup {
        settings,
        ..Setup::default()
    };
    let (w, ana, room) = silent_for_a_day(setup).await;
    let id = w.agent_says(&room, "one");
    w.settle().await;
    w.sleep(hours(10)).await;
    w.agent_says(&room, "two");
    w.settle().await;
    w.sleep(hours(13)).await;
    tick(&w).await;
    assert_eq!((expired(&w, &room), due(&w).await), (0, 2), "still in time");
    w.sleep(HOUR + Duration::from_secs(1)).await;
    tick(&w).await;
    tick(&w).await;
    assert_eq!((expired(&w, &room), due(&w).await), (1, 1));
    let told = notes(&w, &room).pop().unwrap();
    assert!(
        told.starts_with("bot: Not delivered to WhatsApp: “one”"),
        "{told}"
    );
    assert_eq!(w.parked().await, ["outbound held_too_long"]);
    let calls = w.endpoint.taken();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body["id"], id);
    assert_eq!(calls[0].body["MessageStatus"], "failed");
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"]);
    assert_eq!((expired(&w, &room), due(&w).await), (1, 0));
    assert!(!contact(&w, &room).await.held);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_tick_without_held_messages_is_one_query() {
    let (w, _, room) = silent_for_a_day(Setup::default()).await;
    w.effects.clear();
    assert_eq!(expire_due(&w.app(), w.now()).await.unwrap(), 0);
    assert_eq!(w.effects.count(), 1, "{:?}", w.effects.log());
    assert_eq!(w.effects.log()[0].what, "dynamodb Query");
    w.agent_says(&room, "one");
    w.settle().await;
    w.effects.clear();
    assert_eq!(expire_due(&w.app(), w.now()).await.unwrap(), 0);
    assert_eq!(w.effects.count(), 2, "the settings say what is too old");
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_the_moment_say_what_is_too_old() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    w.settle().await;
    change(&w, |settings| settings.held_max_age_hours = 48).await;
    w.sleep(hours(30)).await;
    w.agent_says(&room, "two");
    w.settle().await;
    tick(&w).await;
    assert_eq!(expired(&w, &room), 0, "longer by now");
    change(&w, |settings| settings.held_max_age_hours = 12).await;
    tick(&w).await;
    assert_eq!(expired(&w, &room), 1, "shorter again");
    // found by settings that hold no more when it comes to it
    change(&w, |settings| settings.held_max_age_hours = 1).await;
    w.sleep(hours(2)).await;
    assert!(w.tick().await.is_some());
    change(&w, |settings| settings.held_max_age_hours = 720).await;
    w.settle().await;
    assert_eq!((expired(&w, &room), due(&w).await), (1, 1));
    // kept for as long as any settings may say
    w.sleep(hours(24 * 29)).await;
    w.aws.dynamodb.sweep_ttl(w.now().millis()).unwrap();
    w.says(&ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"]);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_switched_off_expires_too() {
    let (w, _, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    w.settle().await;
    switch_off(&w).await;
    w.sleep(hours(25)).await;
    tick(&w).await;
    assert_eq!((expired(&w, &room), due(&w).await), (1, 0));
}

/// The first number is switched off.
pub(super) async fn switch_off(w: &World) {
    switch(w, false).await;
}

pub(super) async fn switch(w: &World, on: bool) {
    let store = w.app().store;
    let found = store.find_connection(&w.connection, w.now()).await;
    let before = found.unwrap().unwrap();
    let mut after = before.clone();
    after.enabled = on;
    after.version += 1;
    store.save_connection(&before, &after).await.unwrap();
    w.sleep(Duration::from_secs(31)).await;
}

#[tokio::test(start_paused = true)]
async fn each_number_expires_its_own() {
    let (w, ana, room) = silent_for_a_day(Setup {
        connections: 2,
        ..Setup::default()
    })
    .await;
    let (_, second) = w.connections[1].clone();
    w.whatsapp.says(&second, &ana, "Hello there");
    w.settle().await;
    let other = w.rooms(ANA).pop().unwrap().id;
    assert_ne!(room, other);
    w.agent_says(&room, "one");
    w.settle().await;
    w.sleep(hours(25)).await;
    w.agent_says(&other, "two");
    w.settle().await;
    tick(&w).await;
    assert_eq!((expired(&w, &room), expired(&w, &other)), (1, 0));
    w.whatsapp.says(&second, &ana, "back");
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"]);
}

/// Somebody who is known by user id only has a held message, and then turns out to be somebody else,
/// without having written.
#[tokio::test(start_paused = true)]
async fn what_was_held_for_a_contact_that_is_part_of_another_expires_there() {
    let w = World::new().await;
    let ana = w.customer_with(Customer {
        name: "Ana".to_owned(),
        user_id: Some(ID.to_owned()),
        ..Customer::default()
    });
    w.customer("Ana", ANA);
    w.whatsapp.tune(|options| options.user_ids = false);
    w.says(&ana, "by id");
    w.settle().await;
    w.says(ANA, "by number");
    w.settle().await;
    let rooms = w.rocketchat.rooms();
    let (by_id, by_number) = (&rooms[0].id, &rooms[1].id);
    w.sleep(hours(25)).await;
    w.agent_says(by_id, "one");
    w.settle().await;
    assert_eq!(notes(&w, by_id).len(), 1);
    let system = json!({ "type": "user_changed_user_id", "user_id": ID, "body": "changed" });
    w.sends(ANA, &json!({ "type": "system", "system": system }));
    w.settle().await;
    let (one, other) = (contact(&w, by_id).await, contact(&w, by_number).await);
    assert_eq!(one.id, other.id, "one person");
    assert!(one.held);
    w.sleep(hours(25)).await;
    tick(&w).await;
    // that conversation is closed: the setup channel has it
    let rooms = w.rocketchat.rooms().into_iter();
    let told: usize = rooms.map(|room| expired(&w, &room.id)).sum();
    assert_eq!((told, due(&w).await), (1, 0));
    assert!(!contact(&w, by_number).await.held);
    assert!(w.texts(&ana).is_empty() && w.texts(ANA).is_empty());
}

/// Killed before every call, each call lost or refused once: told once, and the younger one stays.
#[tokio::test(start_paused = true)]
async fn expiring_ends_as_if_nothing_had_died() {
    let begin = async || {
        let (w, ana, room) = silent_for_a_day(Setup::default()).await;
        for text in ["one", "two"] {
            w.agent_says(&room, text);
            w.settle().await;
            w.sleep(hours(2)).await;
        }
        w.sleep(hours(21)).await;
        w.effects.clear();
        (w, ana, room)
    };
    let story = async |w: &World| {
        for _ in 0..2 {
            w.tick().await;
            w.settle().await;
            w.sleep(Duration::from_secs(300)).await;
        }
    };
    let (w, _, _) = begin().await;
    story(&w).await;
    let calls = w.effects.count();
    assert!(calls > 10, "{calls}");
    for fault in [Fault::Kill, Fault::Before, Fault::After] {
        for n in 1..=calls {
            let (w, ana, room) = begin().await;
            w.effects.plan(n, fault);
            story(&w).await;
            let case = format!("{fault:?} at {n}: {:?}", w.effects.log().get(n - 1));
            assert_eq!(expired(&w, &room), 1, "{case}");
            assert_eq!(due(&w).await, 1, "{case}");
            assert_eq!(w.parked().await, ["outbound held_too_long"], "{case}");
            w.says(&ana, "back");
            w.settle().await;
            assert_eq!(w.texts(&ana), ["*Agent One:*\ntwo"], "{case}");
            assert_eq!(w.leftovers(), Vec::<String>::new(), "{case}");
        }
    }
}

/// The customer writes at the very moment, and something dies: sent or told, never both, never neither.
#[tokio::test(start_paused = true)]
async fn at_the_moment_of_expiry_a_message_is_either_sent_or_told() {
    let begin = async |before: i64| {
        let (w, ana, room) = silent_for_a_day(Setup::default()).await;
        w.agent_says(&room, "one");
        w.settle().await;
        let held = w.app().store.list_due(None, 1).await.unwrap()[0].since;
        let expires = held.plus(hours(24)).millis();
        let wait = expires - before - w.now().millis();
        w.sleep(Duration::from_millis(u64::try_from(wait).unwrap()))
            .await;
        w.effects.clear();
        (w, ana, room)
    };
    let story = async |w: &World, ana: &str| {
        w.says(ana, "back");
        w.run_for(Duration::from_millis(1)).await;
        w.tick().await;
        w.settle().await;
        w.sleep(Duration::from_secs(300)).await;
        w.tick().await;
        w.settle().await;
    };
    let (mut sent, mut told) = (0, 0);
    for before in [-1, 0, 1, 500, 30_000] {
        let (w, ana, _) = begin(before).await;
        story(&w, &ana).await;
        let calls = w.effects.count();
        for n in 0..=calls {
            let (w, ana, room) = begin(before).await;
            if n > 0 {
                w.effects.plan(n, Fault::Kill);
            }
            story(&w, &ana).await;
            let case = format!("{before} ms: {n}: {:?}", w.effects.log().get(n.max(1) - 1));
            let came = w.texts(&ana).len();
            let expired = expired(&w, &room);
            // killed behind the call, nobody knows: the agent is told just that
            let unknown = notes(&w, &room)
                .iter()
                .any(|note| note.contains("did not say whether"));
            assert!(came <= 1 && expired <= 1, "{case}");
            assert!(
                came + expired == 1 || unknown,
                "{case}: {:?}",
                notes(&w, &room)
            );
            assert_eq!(due(&w).await, 0, "{case}");
            assert!(!contact(&w, &room).await.held, "{case}");
            (sent, told) = (sent + came, told + expired);
        }
    }
    assert!(sent > 0 && told > 0, "{sent} sent, {told} told");
}

/// Whoever is forgotten while something is held for them leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn what_was_held_for_somebody_who_is_forgotten_is_told() {
    let mut setup = Setup::default();
    setup.settings.retention_days.contacts = 30;
    setup.settings.held_max_age_hours = 720;
    let (w, _, room) = silent_for_a_day(setup).await;
    w.sleep(hours(24 * 20)).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.sleep(hours(24 * 30 + 1)).await;
    w.aws.dynamodb.sweep_ttl(w.now().millis()).unwrap();
    tick(&w).await;
    assert_eq!((expired(&w, &room), due(&w).await), (1, 0));
}
