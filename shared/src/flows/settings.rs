//! Reading and changing the settings.

use serde_json::{Map, Value};

use super::callbacks;
use super::refused::Refused;
use crate::app::App;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// What a change does with the keys that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They keep their values.
    Merge,
    /// They get their defaults.
    Replace,
}

/// The settings as they stand now.
pub async fn read(app: &App, now: Timestamp) -> Result<Settings, Refused> {
    Ok(app.store.find_settings(now).await?.0)
}

/// Changes the settings; `by` names the API key in the audit line. Nothing is changed where a key
/// is unknown or a value is out of range.
pub async fn change(
    app: &App,
    given: &Map<String, Value>,
    mode: Mode,
    by: &str,
    now: Timestamp,
) -> Result<Settings, Refused> {
    // somebody else may change them in the same moment: once more over what they wrote
    for _ in 0..2 {
        let (standing, version) = app.store.find_settings(now).await?;
        let before = standing.message_status_endpoint_url.clone();
        let base = match mode {
            Mode::Merge => standing,
            Mode::Replace => Settings::default(),
        };
        let settings = merged(&base, given)?;
        let moved = settings.message_status_endpoint_url != before;
        if moved {
            callbacks::manage::prepare(app, &settings, now).await?;
        }
        match app.store.put_settings(&settings, version, moved).await {
            Ok(()) => {
                app.forget();
                note(app, &settings, given, by, now).await?;
                return Ok(settings);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let message = "The settings were changed by somebody else at the same time. Read them again \
                   and repeat your change.";
    Err(Refused::conflict("settings_conflict", message))
}

async fn note(
    app: &App,
    settings: &Settings,
    given: &Map<String, Value>,
    by: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut given = given.clone();
    if let Some(Value::String(url)) = given.get_mut("messageStatusEndpointUrl") {
        // a path or query often is the key to the endpoint
        *url = callbacks::manage::origin_of(url);
    }
    let change = Value::Object(given).to_string();
    let keep = settings.retention_days.audit;
    Ok(app
        .store
        .put_audit("settings", by, &change, now, keep)
        .await?)
}

/// `base` with the given keys over it, checked.
fn merged(base: &Settings, given: &Map<String, Value>) -> Result<Settings, Refused> {
    let unreadable = |error: serde_json::Error| fault("settings", &error.to_string());
    let mut whole = serde_json::to_value(base).map_err(unreadable)?;
    lay_over(&mut whole, given, "")?;
    for key in given.keys() {
        let alone = Map::from_iter([(key.clone(), whole[key].clone())]);
        serde_json::from_value::<Settings>(Value::Object(alone))
            .map_err(|error| fault(key, &error.to_string()))?;
    }
    let settings: Settings = serde_json::from_value(whole).map_err(unreadable)?;
    let faults = settings.faults();
    if faults.is_empty() {
        return Ok(settings);
    }
    let sentences: Vec<_> = faults
        .iter()
        .map(|(key, expected)| format!("`{key}` must be {expected}"))
        .collect();
    let message = format!(
        "Nothing was changed: {}. Correct it and send it again.",
        sentences.join("; ")
    );
    Err(Refused::invalid("invalid_setting", message))
}

fn lay_over(base: &mut Value, given: &Map<String, Value>, path: &str) -> Result<(), Refused> {
    for (key, value) in given {
        let name = format!("{path}{key}");
        let Some(slot) = base.get_mut(key) else {
            let message = format!("There is no setting `{name}`. Remove it and send the rest.");
            return Err(Refused::invalid("unknown_field", message));
        };
        match (slot.is_object(), value) {
            (true, Value::Object(inner)) => lay_over(slot, inner, &format!("{name}."))?,
            (true, _) => return Err(fault(&name, "an object is expected")),
            (false, _) => *slot = value.clone(),
        }
    }
    Ok(())
}

fn fault(key: &str, what: &str) -> Refused {
    let message = format!("Nothing was changed: `{key}` cannot be read ({what}).");
    Refused::invalid("invalid_setting", message)
}
