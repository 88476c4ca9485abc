//! Whose number sends, and who gets the replies: checked before anything is written, in the words
//! that users of the original app know (reference: Rocket.Chat, §6.1).

use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::WaId;
use crate::domain::send::{Target, TargetAgent};
use crate::domain::time::Timestamp;
use crate::flows::connections::department;
use crate::flows::refused::{Refused, Why};
use crate::flows::workspace::{patiently, warning_of};

/// The connected number that a request names.
pub(super) async fn connection(app: &App, given: &str) -> Result<Connection, Refused> {
    if given.trim().is_empty() {
        let message = "Error! Missing \"connectedWhatsAppNo\" field within the request";
        return Err(Refused::invalid("missing_field", message));
    }
    let number = WaId::parse(given).ok_or_else(|| {
        let message = format!(
            "Connected WhatsApp Number (connectedWhatsAppNo) i.e. {given} is not a valid WhatsApp \
             contact. Contact Status is invalid"
        );
        Refused::invalid("invalid_number", message)
    })?;
    let all = app.store.list_connections().await?;
    let found = all.into_iter().find(|one| one.phone_number == number);
    let Some(found) = found else {
        let message = format!(
            "Error! Connected WhatsApp Number (connectedWhatsAppNo) i.e. {given} has not been \
             registered yet on Rocket.Chat. Please goto #omnichannel-whatsapp-setup channel and \
             connect this WhatsApp number first there before sending this request again."
        );
        let help = "Connect the number with POST /v1/connections; GET /v1/connections lists those \
                    that are connected.";
        return Err(Refused::invalid("unknown_number", message).with_help(help));
    };
    if !found.enabled {
        let message = format!(
            "Connected WhatsApp Number (connectedWhatsAppNo) i.e. {given} is switched off."
        );
        let help = format!(
            "Switch it on: PATCH /v1/connections/{} with `enabled`.",
            found.id
        );
        return Err(Refused::invalid("disabled_number", message).with_help(help));
    }
    Ok(found)
}

/// Who gets the replies: asked of Rocket.Chat, so that a wrong name is told now and not by silence.
pub(super) async fn resolve(
    app: &App,
    (agent, department): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Target, Refused> {
    let mut target = Target::default();
    if let Some(username) = agent {
        let rocketchat = app.rocketchat(now).await?;
        let found = patiently(rocketchat.find_agent(username)).await;
        let found = found.map_err(|error| unreachable(&warning_of(app, &error).message))?;
        let Some((id, name)) = found else {
            let message = format!("No Agent found with username {username}");
            return Err(Refused::invalid("unknown_agent", message));
        };
        target.agent = Some(TargetAgent { id, name });
    }
    if let Some(wanted) = department {
        let checked = department::check(app, wanted, now).await;
        target.department = Some(match (checked.id, checked.warning) {
            (Some(id), _) => id,
            (None, Some(warning)) if warning.code != department::UNKNOWN => {
                return Err(unreachable(&warning.message));
            }
            _ => {
                let message = format!("No Department found with id/Name {wanted}");
                return Err(Refused::invalid("unknown_department", message));
            }
        });
    }
    Ok(target)
}

fn unreachable(why: &str) -> Refused {
    let message = format!("Rocket.Chat could not be asked who gets the replies: {why}");
    Refused::new(Why::Unavailable, "rocketchat_unavailable", message)
}
