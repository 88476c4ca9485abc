//! How passing events on to the workspace's former webhook goes.

use super::{Check, State};
use crate::app::App;
use crate::domain::time::Timestamp;
use crate::domain::workspace::FormerWebhook;
use crate::flows::callbacks::manage::origin_of;
use crate::flows::callbacks::pass_on::SHORTENED_CODE;
use crate::flows::workspace::former::guard;
use crate::store::PassingTrouble;

const ID: &str = "former_webhook";

/// Nothing was taken over, nothing is passed on, or it is, well or not.
pub(super) async fn check(app: &App, now: Timestamp) -> Check {
    let (former, trouble) = futures::join!(
        app.store.find_former_webhook(now),
        app.store.find_passing_trouble(now)
    );
    match (former, trouble) {
        (Ok(None), _) => Check::ok(ID, "Rocket.Chat had no other webhook before."),
        (Ok(Some(former)), _) if !former.pass_on => {
            let origin = origin_of(&former.url);
            let message = format!("Nothing is passed on to the former webhook at {origin}.");
            Check::ok(ID, message)
        }
        (Ok(Some(former)), Ok(trouble)) => passed_on(app, &former, trouble.as_ref()),
        _ => {
            let message = "Rocket.Chat's former webhook could not be looked up.";
            Check::new(ID, State::Unknown, message, Some("Ask again in a moment."))
        }
    }
}

fn passed_on(app: &App, former: &FormerWebhook, trouble: Option<&PassingTrouble>) -> Check {
    let origin = origin_of(&former.url);
    let switch = "PATCH /v1/connections/{id} with `{\"keepRocketChatWebhook\": false}` ends it.";
    if let Err(rule) = guard(app, former) {
        let message = format!("Nothing is passed on to {origin}, which may not be called: {rule}.");
        let fix = format!("Allow the host by the stack's parameter CallbackHosts. {switch}");
        return Check::new(ID, State::Warning, message, Some(&fix));
    }
    match trouble {
        None => Check::ok(ID, format!("Events are passed on to {origin}.")),
        Some(PassingTrouble { at, code }) if code == SHORTENED_CODE => {
            let message = format!(
                "An event for {origin} was larger than 900 KB and was passed on without its \
                 messages, last at {at}."
            );
            let fix = format!("Let it read such conversations from Rocket.Chat. {switch}");
            Check::new(ID, State::Warning, message, Some(&fix))
        }
        Some(PassingTrouble { at, code }) => {
            let message = format!(
                "{origin} did not take events, which were given up, last at {at} ({code}). They are \
                 in Rocket.Chat; nothing of ours waits for it."
            );
            let fix = format!("Bring it in order; this is forgotten after a day. {switch}");
            Check::new(ID, State::Warning, message, Some(&fix))
        }
    }
}
