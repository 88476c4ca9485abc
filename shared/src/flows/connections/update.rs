//! Changing a connection.

use super::connect::{refuse_invalid_key, resolve};
use super::form::{Edit, refuse_clash};
use super::{Change, Site, find, reopen, save, verify};
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::ConnectionId;
use crate::domain::time::Timestamp;
use crate::flows::redrive::{Redriven, redrive};
use crate::flows::refused::Refused;
use crate::secrets::{Secret, SecretName};
use crate::store::Parked;

/// Why messages of a disabled connection are parked.
const DISABLED: &str = "disabled_connection";

/// A changed connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Updated {
    /// As it stands now, checked.
    pub connection: Connection,
    /// What became of the messages that were kept, where that was asked.
    pub redriven: Option<Redriven>,
}

/// Changes a connection and checks it. A new API key is verified first: where 360dialog refuses
/// it, nothing is changed.
pub async fn update(
    app: &App,
    public_url: &str,
    id: &ConnectionId,
    change: Change,
    now: Timestamp,
) -> Result<Updated, Refused> {
    let site = Site {
        app,
        public_url,
        now,
    };
    let (take_over, deliver_kept) = (change.take_over, change.deliver_kept);
    let before = find(app, id, now).await?;
    let mut edit = Edit::of(change)?;
    let mut wanted = before.clone();
    edit.apply(&mut wanted);
    refuse_clash(&wanted, &app.store.list_connections().await?)?;
    let mut found = Vec::new();
    if let Some(key) = &edit.key {
        found = verify::check_number(app, key, &wanted.phone_number).await;
        refuse_invalid_key(&found)?;
    }
    if let Some(Some(json)) = &edit.reopen {
        reopen::check(app, id, json, now).await?;
    }
    if let Some(Some(department)) = &edit.department {
        edit.department = Some(resolve(&site, Some(department)).await?);
    }
    let saved = store(&site, &before, &edit).await?;
    let connection = match &edit.key {
        Some(key) => verify::settle(&site, &saved, key, (found, take_over)).await?,
        None => verify::check_again(&site, &saved, take_over).await?,
    };
    if edit.key.is_some() {
        // perhaps another account's
        app.store.mark_sync_due(id).await?;
    }
    let redriven = if deliver_kept && connection.enabled {
        let kept =
            |parked: &Parked| parked.connection.as_ref() == Some(id) && parked.reason == DISABLED;
        Some(redrive(app, kept, now).await?)
    } else {
        None
    };
    Ok(Updated {
        connection,
        redriven,
    })
}

/// Saves the change; a new key first, so that no connection shows a key that is not there.
async fn store(site: &Site<'_>, before: &Connection, edit: &Edit) -> Result<Connection, Refused> {
    let name = SecretName::ApiKey(before.id.clone());
    let secrets = &site.app.secrets;
    let mut former: Option<Secret> = None;
    if let Some(key) = &edit.key {
        former = secrets.find(&name).await.ok();
        secrets.put(&name, key).await?;
    }
    let saved = save(site, before, |connection| edit.apply(connection)).await;
    match (&saved, former) {
        // refused at the last moment: somebody else took number, name or key
        (Err(refused), Some(former)) if refused.why == crate::flows::refused::Why::Conflict => {
            secrets.put(&name, &former).await?;
        }
        _ => {}
    }
    saved
}
