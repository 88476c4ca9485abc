//! Who is who: numbers and user ids come and go, a person has one room, and no two people share one.

use bridge_harness::World;
use bridge_simulators::rocketchat::RoomView;
use http::StatusCode;
use serde_json::{Value, json};

const ANA: &str = "16505551234";
const NEW: &str = "4915112345678";
const ID: &str = "US.1349";
const OTHER_ID: &str = "DE.2200";

/// A world whose customers' phones have no window: their messages come as bodies of our own.
async fn world() -> World {
    let w = World::new().await;
    w.whatsapp.tune(|options| options.window = false);
    w
}

/// A webhook with one message as Meta writes it; `names` are number and user id.
fn body(wamid: &str, (number, user_id): (Option<&str>, Option<&str>), member: &Value) -> String {
    let mut message = json!({ "id": wamid, "timestamp": "1780300800" });
    let mut contact = json!({ "profile": { "name": "Ana" } });
    if let Some(number) = number {
        message["from"] = json!(number);
        contact["wa_id"] = json!(number);
    }
    if let Some(user_id) = user_id {
        message["from_user_id"] = json!(user_id);
        contact["user_id"] = json!(user_id);
    }
    for (name, value) in member.as_object().unwrap() {
        message[name] = value.clone();
    }
    let value = json!({ "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881" },
        "contacts": [contact], "messages": [message] });
    json!({ "object": "whatsapp_business_account",
        "entry": [{ "changes": [{ "field": "messages", "value": value }] }] })
    .to_string()
}

async fn takes(w: &World, body: String) {
    assert_eq!(w.request(w.webhook(body)).await.status(), StatusCode::OK);
    w.settle().await;
}

async fn says(w: &World, names: (Option<&str>, Option<&str>), text: &str) {
    let member = json!({ "type": "text", "text": { "body": text } });
    takes(w, body(&format!("wamid.{text}"), names, &member)).await;
}

/// WhatsApp tells of a change.
async fn system(w: &World, names: (Option<&str>, Option<&str>), change: Value) {
    let wamid = format!("wamid.{change}");
    takes(
        w,
        body(
            &wamid,
            names,
            &json!({ "type": "system", "system": change }),
        ),
    )
    .await;
}

fn number_changed(to: &str) -> Value {
    json!({ "type": "user_changed_number", "wa_id": to, "body": "changed" })
}

/// What customers said in each room, oldest room first.
fn rooms(w: &World) -> Vec<(RoomView, Vec<String>)> {
    let rooms = w.rocketchat.rooms().into_iter();
    let said = rooms.map(|room| {
        let lines = w.transcript(&room.id).into_iter();
        let lines = lines.filter(|line| line.who == "customer");
        let lines = lines.map(|line| line.text).collect();
        (room, lines)
    });
    said.collect()
}

fn texts(w: &World) -> Vec<Vec<String>> {
    rooms(w).into_iter().map(|(_, lines)| lines).collect()
}

/// To whom the newest message went: `to` or `recipient`.
fn addressed(w: &World) -> String {
    let accepted = w.whatsapp.accepted();
    let body = &accepted.last().unwrap().message.body;
    let to = body["to"].as_str().or(body["recipient"].as_str());
    to.unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_person_who_hides_the_number_and_shows_it_again_has_one_room() {
    let w = world().await;
    says(&w, (Some(ANA), Some(ID)), "both").await;
    says(&w, (None, Some(ID)), "hidden").await;
    says(&w, (Some(ANA), None), "number").await;
    assert_eq!(texts(&w), [["both", "hidden", "number"]]);
    assert_eq!(w.rocketchat.visitors().len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn two_contacts_that_turn_out_to_be_one_person_become_one() {
    let w = world().await;
    w.customer("Ana", ANA);
    says(&w, (Some(ANA), None), "by number").await;
    says(&w, (None, Some(ID)), "by id").await;
    assert_eq!(texts(&w), [["by number"], ["by id"]]);
    says(&w, (Some(ANA), Some(ID)), "both").await;
    let seen = rooms(&w);
    assert_eq!(seen[0].1, ["by number"]);
    assert_eq!(seen[1].1, ["by id", "both"]);
    assert_eq!((seen[0].0.open, seen[1].0.open), (false, true));
    let told = w.transcript(&seen[0].0.id).pop().unwrap();
    assert!(
        told.text.starts_with("This customer was known twice"),
        "{told:?}"
    );
    says(&w, (Some(ANA), None), "number again").await;
    assert_eq!(texts(&w)[1], ["by id", "both", "number again"]);
    assert!(
        w.texts(ANA).is_empty(),
        "no finished text for a room that we close"
    );
    w.agent_says(&seen[1].0.id, "One of you");
    w.settle().await;
    assert_eq!(addressed(&w), format!("+{ANA}"));
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_contact_with_the_open_room_stays() {
    let w = world().await;
    w.customer("Ana", ANA);
    says(&w, (None, Some(ID)), "by id").await;
    w.agent_closes(&w.rocketchat.rooms()[0].id);
    w.settle().await;
    says(&w, (Some(ANA), None), "by number").await;
    says(&w, (Some(ANA), Some(ID)), "both").await;
    assert_eq!(texts(&w), [vec!["by id"], vec!["by number", "both"]]);
    assert!(w.rocketchat.rooms()[1].open);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_writes_into_the_room_that_gives_way_is_heard() {
    let w = world().await;
    w.customer("Ana", ANA);
    says(&w, (Some(ANA), None), "by number").await;
    says(&w, (None, Some(ID)), "by id").await;
    let first = w.rocketchat.rooms()[0].id.clone();
    w.pause(
        bridge_harness::Function::ToWhatsapp,
        std::time::Duration::from_secs(60),
    );
    w.agent_says(&first, "On its way");
    says(&w, (Some(ANA), Some(ID)), "both").await;
    w.settle().await;
    assert_eq!(w.texts(ANA), ["*Agent One:*\nOn its way"]);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_new_number_goes_on_in_the_same_room_and_the_old_one_is_nobodys() {
    for id in [Some(ID), None] {
        let w = world().await;
        w.customer("Ana", NEW);
        w.customer("Ben", ANA);
        says(&w, (Some(ANA), id), "before").await;
        system(&w, (Some(ANA), id), number_changed(NEW)).await;
        says(&w, (Some(NEW), id), "after").await;
        assert_eq!(
            texts(&w),
            [[
                "before",
                "WhatsApp: the customer's number has changed to +4915112345678.",
                "after"
            ]],
            "{id:?}"
        );
        w.agent_says(&w.rocketchat.rooms()[0].id, "Noted");
        w.settle().await;
        assert_eq!(addressed(&w), format!("+{NEW}"), "{id:?}");
        // somebody else gets the old number
        let stranger = id.map(|_| OTHER_ID);
        says(&w, (Some(ANA), stranger), "stranger").await;
        says(&w, (Some(NEW), id), "still here").await;
        assert_eq!(texts(&w)[1], ["stranger"], "{id:?}");
        assert_eq!(texts(&w)[0].last().unwrap(), "still here", "{id:?}");
        w.agent_says(&w.rocketchat.rooms()[1].id, "Hello");
        w.settle().await;
        assert_eq!(addressed(&w), format!("+{ANA}"), "{id:?}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_told_twice_changes_nothing_more() {
    let w = world().await;
    says(&w, (Some(ANA), None), "before").await;
    for _ in 0..2 {
        system(&w, (Some(ANA), None), number_changed(NEW)).await;
        w.sleep(std::time::Duration::from_secs(400)).await;
    }
    says(&w, (Some(NEW), None), "after").await;
    assert_eq!(texts(&w).len(), 1);
    assert_eq!(texts(&w)[0].last().unwrap(), "after");
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_number_that_somebody_else_had_is_taken_over_without_the_others_history() {
    let w = world().await;
    w.customer("Ana", NEW);
    says(&w, (Some(NEW), None), "ben at his number").await;
    says(&w, (Some(ANA), Some(ID)), "ana before").await;
    system(&w, (Some(ANA), Some(ID)), number_changed(NEW)).await;
    says(&w, (Some(NEW), Some(ID)), "ana after").await;
    assert_eq!(texts(&w)[0], ["ben at his number"]);
    assert_eq!(texts(&w)[1].last().unwrap(), "ana after");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_user_id_goes_on_in_the_same_room() {
    let changed = json!({ "type": "user_changed_user_id", "user_id": OTHER_ID, "body": "changed" });
    let w = world().await;
    says(&w, (None, Some(ID)), "before").await;
    system(&w, (None, Some(ID)), changed).await;
    says(&w, (None, Some(OTHER_ID)), "after").await;
    assert_eq!(texts(&w).len(), 1);
    w.agent_says(&w.rocketchat.rooms()[0].id, "Noted");
    w.settle().await;

    let w = world().await;
    says(&w, (None, Some(ID)), "before").await;
    let update = json!({ "user_id": { "previous": ID, "current": OTHER_ID } });
    let update = json!({ "object": "whatsapp_business_account",
        "entry": [{ "changes": [{ "field": "user_id_update", "value": update }] }] });
    takes(&w, update.to_string()).await;
    says(&w, (None, Some(OTHER_ID)), "after").await;
    assert_eq!(
        texts(&w),
        [[
            "before",
            "WhatsApp: the customer's account has changed. The conversation goes on here.",
            "after"
        ]]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_user_id_that_wrote_before_it_was_told_of_is_joined() {
    let w = world().await;
    says(&w, (Some(ANA), Some(ID)), "before").await;
    says(&w, (Some(ANA), Some(OTHER_ID)), "after").await;
    assert_eq!(texts(&w), [["before"], ["after"]]);
    let changed = json!({ "type": "user_changed_user_id", "user_id": OTHER_ID, "body": "changed" });
    system(&w, (None, Some(ID)), changed).await;
    says(&w, (Some(ANA), Some(OTHER_ID)), "together").await;
    let open: Vec<_> = rooms(&w)
        .into_iter()
        .filter(|(room, _)| room.open)
        .collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].1.last().unwrap(), "together");
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_number_with_another_user_id_is_somebody_else() {
    let w = world().await;
    says(&w, (Some(ANA), Some(ID)), "first owner").await;
    says(&w, (Some(ANA), Some(OTHER_ID)), "second owner").await;
    assert_eq!(texts(&w), [["first owner"], ["second owner"]]);
    says(&w, (Some(ANA), None), "by number").await;
    says(&w, (None, Some(ID)), "still me").await;
    assert_eq!(
        texts(&w),
        [["first owner", "still me"], ["second owner", "by number"]]
    );
    w.whatsapp
        .customer_with(bridge_simulators::whatsapp::Customer {
            name: "Ana".to_owned(),
            user_id: Some(ID.to_owned()),
            ..Default::default()
        });
    w.agent_says(&w.rocketchat.rooms()[0].id, "To the first");
    w.settle().await;
    assert_eq!(addressed(&w), ID, "not to a number that is somebody else's");
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn spellings_of_a_number_and_the_parents_id_lead_to_one_person() {
    let w = world().await;
    says(&w, (Some("5511987654321"), None), "long").await;
    says(&w, (Some("551187654321"), None), "short").await;
    assert_eq!(texts(&w), [["long", "short"]]);

    let w = world().await;
    let member = |text: &str| json!({ "type": "text", "text": { "body": text }, "from_parent_user_id": "US.ENT.1" });
    takes(&w, body("wamid.1", (None, Some(ID)), &member("one"))).await;
    takes(&w, body("wamid.2", (None, Some(OTHER_ID)), &member("two"))).await;
    assert_eq!(texts(&w), [["one", "two"]]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_either_contact_is_not_lost() {
    let w = world().await;
    w.customer("Ana", ANA);
    let reaction =
        json!({ "type": "reaction", "reaction": { "message_id": "wamid.x", "emoji": "👍" } });
    // the number's contact has a line that waits and no room
    takes(&w, body("wamid.r", (Some(ANA), None), &reaction)).await;
    says(&w, (None, Some(ID)), "by id").await;
    says(&w, (Some(ANA), Some(ID)), "both").await;
    says(&w, (Some(ANA), Some(ID)), "again").await;
    assert_eq!(texts(&w), [["by id", "Reaction: 👍", "both", "again"]]);
    w.assert_clean().await;
}
