//! Disconnecting a number. What is kept of its messages stays for the retention time.

use super::find;
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::ConnectionId;
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::secrets::{Secret, SecretError, SecretName};

/// How a disconnecting ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnected {
    /// The sentence for people.
    pub message: String,
    /// What has to be undone by hand, each with what to do.
    pub not_undone: Vec<String>,
}

const REMINDER: &str = "The number is disconnected here. 360dialog's own billing for it goes on: \
    cancel the number in 360dialog's hub if you do not need it any more.";

/// Disconnects a number: the webhook first, as long as there is a key; then the key; then the
/// connection. Repeated after a crash it goes on where it stopped.
pub async fn disconnect(
    app: &App,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<Disconnected, Refused> {
    let connection = find(app, id, now).await?;
    let not_undone = match app.api_key(id).await {
        Ok(key) => undo_webhook(app, &connection, &key).await,
        Err(SecretError::Missing) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    app.secrets.delete(&SecretName::ApiKey(id.clone())).await?;
    app.store.delete_templates(id).await?;
    app.store.delete_connection(&connection).await?;
    app.forget();
    Ok(Disconnected {
        message: REMINDER.to_owned(),
        not_undone,
    })
}

/// Removes our webhook at 360dialog or restores the former one. Gives what is left to do.
async fn undo_webhook(app: &App, connection: &Connection, key: &Secret) -> Vec<String> {
    let left = |what: String| vec![what];
    let ours = &connection.webhook_url;
    let path = format!("/incoming/{}", connection.id);
    match app.whatsapp.fetch_webhook(key).await {
        // the path tells ours also where the stack has moved since
        Ok(Some(url)) if url == *ours || url.ends_with(&path) => {}
        // none, or somebody else's: nothing of ours is there
        Ok(_) => return Vec::new(),
        Err(_) => {
            return left(format!(
                "360dialog did not say which webhook is registered. If it is still {ours}, \
                 change it in 360dialog's hub."
            ));
        }
    }
    let Some(former) = &connection.former_webhook_url else {
        return match app.whatsapp.remove_webhook(key).await {
            Ok(()) => Vec::new(),
            Err(_) => left(format!(
                "360dialog did not take the webhook {ours} away. What customers write is kept \
                 here undelivered until you register another webhook in 360dialog's hub."
            )),
        };
    };
    match app.whatsapp.send_webhook(key, former, None).await {
        Ok(()) => left(format!(
            "The former webhook {former} is registered again, without request headers: if it \
             needs some, set them in 360dialog's hub."
        )),
        Err(_) => left(format!(
            "The former webhook {former} could not be registered again. Register it in \
             360dialog's hub."
        )),
    }
}
