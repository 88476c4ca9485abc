//! Files of agents that cannot be carried: told, and never in the way of what was written behind them.

use std::time::Duration;

use bridge_harness::{Fault, Function};

use super::desk::{ANA, Room};
use super::expiry::switch_off;

const EMPTY: (&str, &str, &[u8]) = ("empty.pdf", "application/pdf", b"");
const PDF: (&str, &str, &[u8]) = ("offer.pdf", "application/pdf", b"%PDF-1.7 an offer");

/// The workspace gives no file from now on, and everything else.
fn give_no_file(room: &Room) {
    let given = |what: &str| what.starts_with("GET /file-upload/");
    room.w
        .effects
        .choose(move |call| given(call.what).then_some(Fault::Refuse));
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_is_told_at_once_and_the_next_message_goes() {
    let room = Room::of_all_files().await;
    room.sends(EMPTY, "Our offer");
    room.w.agent_says(&room.id, "behind it");
    room.w.run_for(Duration::from_secs(10)).await;
    let texts = room.w.texts(&room.ana);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].ends_with("Our offer") && texts[1].ends_with("behind it"));
    let notes = room.notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("“empty.pdf”"), "{notes:?}");
    room.w.settle().await;
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_never_given_holds_nobody_up_for_long() {
    let room = Room::of_all_files().await;
    give_no_file(&room);
    room.sends(PDF, "");
    room.w.agent_says(&room.id, "behind it");
    room.w.run_for(Duration::from_secs(240)).await;
    assert!(room.phone().is_empty(), "a workspace may be starting again");
    room.w.run_for(Duration::from_secs(360)).await;
    assert_eq!(room.w.texts(&room.ana), ["*Agent One:*\nbehind it"]);
    assert!(
        room.notes()[0].contains("“offer.pdf”"),
        "{:?}",
        room.notes()
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_held_file_that_is_never_given_releases_what_is_behind_it() {
    let room = Room::of_all_files().await;
    room.w.sleep(Duration::from_secs(25 * 3600)).await;
    give_no_file(&room);
    room.sends(PDF, "");
    room.sends(EMPTY, "");
    room.w.agent_says(&room.id, "behind it");
    room.w.settle().await;
    assert_eq!(room.notes().len(), 3, "held: {:?}", room.notes());
    room.w.says(&room.ana, "back");
    room.w.run_for(Duration::from_secs(600)).await;
    assert_eq!(room.w.texts(&room.ana), ["*Agent One:*\nbehind it"]);
    let notes = room.notes();
    assert!(notes[3].contains("“offer.pdf”"), "{notes:?}");
    assert_eq!(room.w.rooms(ANA).len(), 1);
    room.w.assert_clean().await;
}

/// The next form would be sent by a number that is not there any more.
#[tokio::test(start_paused = true)]
async fn a_file_that_fails_at_a_number_that_is_switched_off_is_told_by_its_name() {
    let room = Room::of_all_files().await;
    let (whatsapp, mut sends) = (room.w.whatsapp.clone(), 0);
    room.w.effects.choose(move |call| {
        sends += u32::from(call.what == "POST /messages");
        if call.what == "POST /messages" && sends == 2 {
            whatsapp.fail_next_status(131_053, "Media upload error");
        }
        None
    });
    let files = vec![
        ("a.jpg", "image/jpeg", vec![0xFF, 0xD8, 0xFF, 0xE0].into()),
        ("b.mp4", "video/mp4", b"....ftypmp42".to_vec().into()),
    ];
    let chat = &room.w.rocketchat;
    let sent = chat.agent_uploads_many(&room.id, "agent.one", files, "Look");
    sent.expect("the agent may send files");
    room.w.run_for(Duration::from_millis(200)).await;
    assert_eq!(room.taken(), ["image", "video"]);
    room.w.pause(Function::ToWhatsapp, Duration::from_secs(60));
    room.w.run_for(Duration::from_secs(5)).await;
    switch_off(&room.w).await;
    room.w.settle().await;
    let notes = room.notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("“b.mp4”"), "{notes:?}");
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_next_form_that_is_never_taken_is_told_in_time() {
    let room = Room::of_all_files().await;
    let whatsapp = &room.w.whatsapp;
    whatsapp.tune(|options| options.accept_any_document = true);
    whatsapp.fail_next_status(131_053, "Media upload error");
    room.sends(("b.mp4", "video/mp4", b"....ftypmp42"), "Look");
    room.w.run_for(Duration::from_millis(200)).await;
    assert_eq!(room.taken(), ["video"]);
    let effects = room.w.effects.clone();
    effects.choose(|call| (call.what == "POST /media").then_some(Fault::Refuse));
    room.w.run_for(Duration::from_secs(80 * 60)).await;
    let notes = room.notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("Look”"), "{notes:?}");
    room.w.agent_says(&room.id, "behind it");
    room.w.run_for(Duration::from_secs(10)).await;
    assert_eq!(room.w.texts(&room.ana), ["*Agent One:*\nbehind it"]);
    room.w.settle().await;
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn two_files_of_one_name_are_told_twice() {
    let room = Room::with(bridge::domain::settings::Settings::default()).await;
    let uploads = [
        ("a.pdf", "application/pdf"),
        ("b.docx", "application/msword"),
    ];
    for (name, mime_type) in uploads {
        let one = || (name, mime_type, b"".to_vec().into());
        let chat = &room.w.rocketchat;
        let sent = chat.agent_uploads_many(&room.id, "agent.one", vec![one(), one()], "");
        sent.expect("the agent may send files");
        room.w.settle().await;
    }
    let notes = room.notes();
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(room.phone().is_empty());
    room.w.assert_clean().await;
}
