//! The template that re-opens a conversation (R27), as somebody sets it.

use serde_json::Value;

use crate::app::App;
use crate::domain::connection::Warning;
use crate::domain::ids::ConnectionId;
use crate::domain::template::TemplateSend;
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::flows::sends::check_beyond;
use crate::flows::templates::preflight;
use crate::whatsapp::parse::template::parse_send;

/// The longest one, as JSON (bytes).
const LONGEST: usize = 16 * 1024;

/// A template with what fills it, as it is given: `name`, `language.code`, `components`. Gives the JSON
/// that is kept.
pub(super) fn template(given: &Value) -> Result<String, Refused> {
    let json = given.to_string();
    if given.is_object() && json.len() <= LONGEST {
        return Ok(json);
    }
    let message = "`reopenTemplate` must be an object with `name`, `language` and `components`, as \
                   the `template` of POST /templateMessage, of at most 16 KB; or `null`.";
    Err(Refused::invalid("invalid_field", message))
}

/// Checks a template against what WhatsApp approved for the number. An agent's name is known when it
/// goes out.
pub(super) async fn check(
    app: &App,
    connection: &ConnectionId,
    json: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let given: Value = serde_json::from_str(json).unwrap_or_default();
    let send: TemplateSend = parse_send(&given);
    preflight(app, connection, &send, now).await?;
    check_beyond(&send.components, true)
}

/// A number was connected without the template that was asked for.
pub(super) fn not_set(why: &Refused) -> Warning {
    let message = format!(
        "The number is connected, but `reopenTemplate` is not set: {} Set it with PATCH when this is \
         mended.",
        why.message
    );
    Warning::new("reopen_template_not_set", message)
}
