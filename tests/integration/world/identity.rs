//! Who is who: numbers and user ids come and go, a person has one room, and no two people share one.

use bridge::domain::ids::WaId;
use bridge::domain::settings::Settings;
use bridge::flows::contacts;
use bridge_harness::{Setup, World};
use bridge_simulators::rocketchat::RoomView;
use bridge_simulators::whatsapp::Customer;
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
    let member = json!({ "type": "text", "text": { "body": text }, "timestamp": next(w).await });
    takes(w, body(&format!("wamid.{text}"), names, &member)).await;
}

/// WhatsApp's clock at the next second: it counts no finer.
async fn next(w: &World) -> String {
    w.sleep(std::time::Duration::from_secs(1)).await;
    (w.now().millis() / 1000).to_string()
}

/// WhatsApp tells of a change.
async fn system(w: &World, names: (Option<&str>, Option<&str>), change: Value) {
    let wamid = format!("wamid.{change}");
    let member = json!({ "type": "system", "system": change, "timestamp": next(w).await });
    takes(w, body(&wamid, names, &member)).await;
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
    w.whatsapp.customer_with(Customer {
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

const STRANGER: &str = "BR.3300";

fn user_id_changed(to: &str) -> Value {
    json!({ "type": "user_changed_user_id", "user_id": to, "body": "changed" })
}

/// A world that forgets people after 30 days.
async fn forgetful() -> World {
    let mut setup = Setup::default();
    setup.settings.retention_days.contacts = 30;
    let w = World::with(setup).await;
    w.whatsapp.tune(|options| options.window = false);
    w
}

/// The agent of the newest room in which a customer said `text` answers; gives to whom that went.
async fn answered(w: &World, text: &str) -> String {
    let rooms = rooms(w).into_iter();
    let mut rooms = rooms.filter(|(_, lines)| lines.iter().any(|line| line == text));
    let room = rooms.next_back().expect("the room").0.id;
    w.agent_says(&room, &format!("To {text}"));
    w.settle().await;
    addressed(w)
}

/// WhatsApp delivers to these too.
fn reachable(w: &World, ids: &[&str]) {
    for id in ids {
        let customer = Customer {
            name: "Ana".to_owned(),
            phone: id.starts_with(char::is_numeric).then(|| (*id).to_owned()),
            user_id: id
                .starts_with(char::is_alphabetic)
                .then(|| (*id).to_owned()),
            ..Default::default()
        };
        w.whatsapp.customer_with(customer);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_owner_of_a_number_takes_nothing_of_somebody_who_is_forgotten() {
    for template_first in [false, true] {
        let w = forgetful().await;
        let days = |n: u64| std::time::Duration::from_secs(n * 86_400);
        if template_first {
            says(&w, (Some(ANA), None), "known by number").await;
        }
        says(&w, (Some(ANA), Some(ID)), "ana").await;
        w.agent_closes(&w.rocketchat.rooms()[0].id);
        w.settle().await;
        w.sleep(days(31)).await;
        says(&w, (Some(ANA), Some(STRANGER)), "stranger").await;
        says(&w, (None, Some(ID)), "ana again").await;
        says(&w, (Some(ANA), None), "by number").await;
        let texts = texts(&w);
        assert_eq!(
            texts[1..],
            [vec!["stranger", "by number"], vec!["ana again"]]
        );
        assert_eq!(w.rocketchat.visitors().len(), 3, "{template_first}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_writes_now_and_then_stays_the_same() {
    let w = forgetful().await;
    for n in 0..5 {
        // by turns, so that a name is not seen for longer than a contact is kept
        let number = (n % 2 == 0).then_some(ANA);
        says(&w, (number, Some(ID)), &format!("message {n}")).await;
        w.sleep(std::time::Duration::from_secs(20 * 86_400)).await;
    }
    says(&w, (Some(ANA), None), "by number").await;
    assert_eq!(texts(&w).len(), 1);
    assert_eq!(w.rocketchat.visitors().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_handed_on_twice_leads_to_its_last_owner() {
    let w = world().await;
    reachable(&w, &[ID, OTHER_ID, STRANGER]);
    says(&w, (Some(ANA), Some(ID)), "ana").await;
    w.agent_closes(&w.rocketchat.rooms()[0].id);
    w.settle().await;
    says(&w, (None, Some(OTHER_ID)), "ana with a new id").await;
    system(&w, (None, Some(ID)), user_id_changed(OTHER_ID)).await;
    says(&w, (Some(ANA), Some(STRANGER)), "stranger").await;
    says(&w, (None, Some(OTHER_ID)), "still ana").await;
    says(&w, (Some(ANA), None), "by number").await;
    let texts = texts(&w);
    assert_eq!(texts[0], ["ana"]);
    assert_eq!(texts[1].last().unwrap(), "still ana");
    assert_eq!(texts[2], ["stranger", "by number"]);
    assert_eq!(answered(&w, "still ana").await, OTHER_ID);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_late_message_does_not_take_a_number_back() {
    let w = world().await;
    reachable(&w, &[ANA, ID, STRANGER]);
    says(&w, (Some(ANA), Some(ID)), "ana").await;
    let text = |text: &str, at: i64| json!({ "type": "text", "text": { "body": text }, "timestamp": at.to_string() });
    let at = 1_780_300_800;
    let stranger = body(
        "wamid.s",
        (Some(ANA), Some(STRANGER)),
        &text("stranger", at + 60),
    );
    let late = body("wamid.l", (Some(ANA), Some(ID)), &text("late", at + 30));
    let by_number = body("wamid.n", (Some(ANA), None), &text("late too", at + 30));
    for body in [stranger, late, by_number] {
        takes(&w, body).await;
    }
    assert_eq!(
        texts(&w),
        [vec!["ana", "late", "late too"], vec!["stranger"]]
    );
    assert_eq!(answered(&w, "late").await, ID);
    assert_eq!(answered(&w, "stranger").await, format!("+{ANA}"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_comes_back_is_the_persons_again() {
    let w = world().await;
    reachable(&w, &[ID]);
    says(&w, (Some(ANA), None), "before").await;
    system(&w, (Some(ANA), None), number_changed(NEW)).await;
    says(&w, (Some(NEW), None), "between").await;
    system(&w, (Some(NEW), None), number_changed(ANA)).await;
    says(&w, (Some(ANA), None), "after").await;
    assert_eq!(texts(&w).len(), 1);
    assert_eq!(w.rocketchat.visitors().len(), 1);

    // from somebody else
    let later = |text: &str, at: i64| json!({ "type": "text", "text": { "body": text }, "timestamp": at.to_string() });
    let w = world().await;
    reachable(&w, &[ANA, ID, STRANGER]);
    for (n, id, text) in [
        (0, ID, "ana"),
        (60, STRANGER, "stranger"),
        (120, ID, "ana again"),
    ] {
        let member = later(text, 1_780_300_800 + n);
        takes(
            &w,
            body(&format!("wamid.{n}"), (Some(ANA), Some(id)), &member),
        )
        .await;
    }
    assert_eq!(texts(&w), [vec!["ana", "ana again"], vec!["stranger"]]);
    assert_eq!(answered(&w, "stranger").await, STRANGER);
    assert_eq!(answered(&w, "ana again").await, format!("+{ANA}"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn with_a_new_user_id_the_old_number_is_not_answered_any_more() {
    let w = world().await;
    reachable(&w, &[ID, OTHER_ID]);
    says(&w, (Some(ANA), Some(ID)), "before").await;
    system(&w, (None, Some(ID)), user_id_changed(OTHER_ID)).await;
    assert_eq!(answered(&w, "before").await, OTHER_ID);

    // the new id has written from the new number already
    let w = world().await;
    reachable(&w, &[NEW]);
    says(&w, (Some(ANA), Some(ID)), "before").await;
    says(&w, (Some(NEW), Some(OTHER_ID)), "after").await;
    system(&w, (None, Some(ID)), user_id_changed(OTHER_ID)).await;
    assert_eq!(answered(&w, "before").await, format!("+{NEW}"));

    // WhatsApp tells of both at once
    let w = world().await;
    reachable(&w, &[NEW]);
    let both = json!({ "type": "user_changed_number", "wa_id": NEW, "user_id": OTHER_ID,
        "previous_user_id": ID, "body": "changed" });
    says(&w, (Some(ANA), Some(ID)), "before").await;
    system(&w, (None, None), both).await;
    says(&w, (None, Some(OTHER_ID)), "by id").await;
    says(&w, (Some(NEW), None), "by number").await;
    assert_eq!(texts(&w).len(), 1);
    assert_eq!(answered(&w, "by id").await, format!("+{NEW}"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_taken_over_before_whatsapp_tells_of_it_joins_nobody() {
    for (anas_is_open, bens_is_open) in [(true, true), (false, true), (true, false)] {
        let w = world().await;
        says(&w, (Some(NEW), None), "ben").await;
        says(&w, (Some(ANA), Some(ID)), "ana").await;
        let rooms = w.rocketchat.rooms();
        for (room, open) in rooms.iter().zip([bens_is_open, anas_is_open]) {
            if !open {
                w.agent_closes(&room.id);
            }
        }
        w.settle().await;
        says(&w, (Some(NEW), Some(ID)), "ana with ben's number").await;
        system(&w, (Some(ANA), Some(ID)), number_changed(NEW)).await;
        assert_eq!(texts(&w)[0], ["ben"]);
        let open = w.rocketchat.rooms().into_iter().filter(|room| room.open);
        assert_eq!(open.count(), 1 + usize::from(bens_is_open));
        assert_eq!(w.leftovers(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_to_the_other_spelling_finds_its_way_to_who_is_known_by_id() {
    let (long, short) = ("5511987654321", "551187654321");
    let w = world().await;
    says(&w, (None, Some(ID)), "by id").await;
    let app = w.app();
    let number = WaId::new(long);
    let to = (&w.connection, &number);
    let settings = Settings::default();
    let written_to = contacts::by_number(&app, to, &settings, w.now());
    let written_to = written_to.await.unwrap();
    says(&w, (Some(short), Some(ID)), "with a number").await;
    let to = (&w.connection, &number);
    let known = contacts::by_number(&app, to, &settings, w.now());
    let known = known.await.unwrap();
    assert!(known.is_known_as(&written_to.id));
    assert_eq!(known.wa_id, Some(WaId::new(short)));
    assert_eq!(texts(&w), [["by id", "with a number"]]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_second_room_of_one_person_ends_without_a_farewell() {
    let setup = Setup {
        connection: Box::new(|connection| {
            connection.conversation_finished_message = Some("Bye!".to_owned());
        }),
        ..Default::default()
    };
    let w = World::with(setup).await;
    w.whatsapp.tune(|options| options.window = false);
    reachable(&w, &[ANA, ID]);
    // our bot has to close it, which looks like an agent
    w.rocketchat
        .set_setting("Omnichannel_allow_visitors_to_close_conversation", false);
    says(&w, (Some(ANA), None), "by number").await;
    says(&w, (None, Some(ID)), "by id").await;
    says(&w, (Some(ANA), Some(ID)), "both").await;
    let open = w.rocketchat.rooms().into_iter().filter(|room| room.open);
    assert_eq!(open.count(), 1);
    assert!(w.whatsapp.accepted().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_new_phone_at_a_number_says_nothing_of_whose_it_was() {
    let w = world().await;
    says(&w, (Some(ANA), Some(ID)), "ana").await;
    let registered = json!({ "type": "customer_identity_changed", "body": "changed" });
    system(&w, (Some(ANA), Some(STRANGER)), registered).await;
    says(&w, (Some(ANA), Some(STRANGER)), "stranger").await;
    says(&w, (None, Some(ID)), "ana again").await;
    assert_eq!(texts(&w)[0], ["ana", "ana again"]);
    assert_eq!(texts(&w)[1].last().unwrap(), "stranger");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_from_a_number_that_nobody_knows_takes_over_nobody() {
    let w = world().await;
    says(&w, (Some(NEW), Some(STRANGER)), "ben").await;
    system(&w, (Some(ANA), Some(ID)), number_changed(NEW)).await;
    says(&w, (Some(NEW), Some(ID)), "ana").await;
    says(&w, (None, Some(STRANGER)), "ben again").await;
    assert_eq!(texts(&w)[0], ["ben", "ben again"]);
    assert_eq!(texts(&w)[1].last().unwrap(), "ana");
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn changes_that_come_in_another_order_end_where_the_last_one_says() {
    let (middle, at) = ("4915100000000", 1_780_300_800);
    for late in [false, true] {
        let w = world().await;
        reachable(&w, &[NEW]);
        let change = |from: &str, to: &str, n: i64| {
            let member = json!({ "type": "system", "system": number_changed(to),
                "timestamp": (at + n).to_string() });
            body(&format!("wamid.{n}"), (Some(from), Some(ID)), &member)
        };
        let (first, second) = (change(ANA, middle, 60), change(middle, NEW, 120));
        says(&w, (Some(ANA), Some(ID)), "before").await;
        let (one, other) = if late {
            (second, first)
        } else {
            (first, second)
        };
        takes(&w, one).await;
        takes(&w, other).await;
        assert_eq!(answered(&w, "before").await, format!("+{NEW}"));
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn while_nobody_is_there_the_open_room_goes_on() {
    let w = world().await;
    says(&w, (None, Some(ID)), "by id").await;
    w.rocketchat.set_accept_without_agents(false);
    for agent in ["agent.one", "agent.two"] {
        w.rocketchat.set_agent_online(agent, false).unwrap();
    }
    let member = json!({ "type": "text", "text": { "body": "by number" } });
    let waits = body("wamid.waits", (Some(ANA), None), &member);
    assert_eq!(w.request(w.webhook(waits)).await.status(), StatusCode::OK);
    w.run_for(std::time::Duration::from_secs(600)).await;
    let member = json!({ "type": "text", "text": { "body": "both" } });
    let both = body("wamid.both", (Some(ANA), Some(ID)), &member);
    assert_eq!(w.request(w.webhook(both)).await.status(), StatusCode::OK);
    w.run_for(std::time::Duration::from_secs(60)).await;
    assert_eq!(texts(&w)[0].last().unwrap(), "both");
    w.rocketchat.set_agent_online("agent.one", true).unwrap();
    w.settle().await;
    assert_eq!(texts(&w).len(), 1);
    assert_eq!(w.leftovers(), Vec::<String>::new());
}
