//! Undoing: webhooks first (that needs the secrets), then the secrets. Best effort, in bounded
//! time; what is left is told in sentences.

use std::sync::Arc;
use std::time::Duration;

use bridge::domain::connection::Connection;
use bridge::domain::ids::UserId;
use bridge::domain::time::Timestamp;
use bridge::files::FileError;
use bridge::flows::workspace::former::find_token;
use bridge::rocketchat;
use bridge::secrets::{SecretError, SecretName};
use futures::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use crate::Setup;
use crate::event::Request;

/// How long all webhooks together, and beside them emptying the bucket, may take.
const WEBHOOKS: Duration = Duration::from_secs(40);
/// How long removing the secrets may take after that.
const SECRETS: Duration = Duration::from_secs(15);
/// Connections worked on at the same time.
const AT_ONCE: usize = 8;

/// Undoes what the stack did outside itself; gives what is left.
pub async fn undo(setup: &Setup, request: &Request, now: Timestamp) -> Vec<String> {
    let until = Instant::now() + WEBHOOKS;
    let (mut left, emptied) = futures::join!(
        webhooks(setup, request, now, until),
        timeout_at(until, empty(setup, now))
    );
    if !matches!(emptied, Ok(Ok(()))) {
        left.push(
            "The bucket for uploads still holds files: empty it, then delete the stack again."
                .to_owned(),
        );
    }
    if request.property("RetainData") == Some("true") {
        return left;
    }
    let until = Instant::now() + SECRETS;
    if !matches!(
        timeout_at(until, setup.secrets.delete_all()).await,
        Ok(Ok(()))
    ) {
        left.push(format!(
            "Parameters below {} are left: delete them.",
            setup.prefix
        ));
    }
    left
}

/// Samples that are kept for a day only; a bucket must be empty to be deleted.
async fn empty(setup: &Setup, now: Timestamp) -> Result<(), FileError> {
    match &setup.files {
        Some(files) => files.remove_all(now).await,
        None => Ok(()),
    }
}

async fn webhooks(setup: &Setup, request: &Request, now: Timestamp, until: Instant) -> Vec<String> {
    let Ok(Ok(connections)) = timeout_at(until, setup.store.list_connections()).await else {
        return vec![
            "The table could not be read: webhooks at 360dialog and in Rocket.Chat may still \
             point to this stack."
                .to_owned(),
        ];
    };
    let numbers = connections.iter().map(|connection| async move {
        let done = timeout_at(until, give_back_number(setup, connection)).await;
        let why = done.unwrap_or(Err("no answer in time".to_owned())).err()?;
        Some(format!(
            "Connection {}: its webhook at 360dialog may still point to this stack ({why}).",
            connection.id
        ))
    });
    let numbers = futures::stream::iter(numbers)
        .buffered(AT_ONCE)
        .collect::<Vec<_>>();
    let workspace = timeout_at(
        until,
        give_back_workspace(setup, request, &connections, now),
    );
    let (mut left, workspace) = futures::join!(numbers, workspace);
    let why = workspace
        .unwrap_or(Err("no answer in time".to_owned()))
        .err();
    left.push(why.map(|why| {
        format!(
            "Rocket.Chat's Omnichannel webhook may still point to this stack, or is not restored \
             whole ({why})."
        )
    }));
    left.into_iter().flatten().collect()
}

/// Restores the number's former webhook, or takes ours away; a foreign one is not touched.
async fn give_back_number(setup: &Setup, connection: &Connection) -> Result<(), String> {
    let key = setup
        .secrets
        .find(&SecretName::ApiKey(connection.id.clone()))
        .await;
    let key = key.map_err(|error| match error {
        SecretError::Missing => "its API key is gone".to_owned(),
        SecretError::Unavailable => error.to_string(),
    })?;
    let registered = setup
        .whatsapp
        .fetch_webhook(&key)
        .await
        .map_err(|error| error.to_string())?;
    if registered.as_deref() != Some(connection.webhook_url.as_str()) {
        return Ok(());
    }
    let done = match &connection.former_webhook_url {
        Some(former) => setup.whatsapp.send_webhook(&key, former, None).await,
        None => setup.whatsapp.remove_webhook(&key).await,
    };
    done.map_err(|error| error.to_string())
}

/// Restores Rocket.Chat's former webhook, or switches ours off; a foreign one is not touched.
async fn give_back_workspace(
    setup: &Setup,
    request: &Request,
    connections: &[Connection],
    now: Timestamp,
) -> Result<(), String> {
    let token = setup.secrets.find(&SecretName::RocketChatToken).await;
    let token = match token {
        Ok(token) => token,
        // it was never there, or an earlier delete got this far
        Err(SecretError::Missing) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let bot = (UserId::new(setup.rocketchat_user_id.as_str()), token);
    let base = &setup.rocketchat_url;
    let client = rocketchat::Client::new(setup.http.clone(), base, bot, Arc::default(), now);
    let settings = client
        .fetch_webhook_settings()
        .await
        .map_err(|error| error.to_string())?;
    let url = settings
        .get("Livechat_webhookUrl")
        .and_then(|url| url.as_str());
    if !url.is_some_and(|url| is_ours(url, request, connections)) {
        return Ok(());
    }
    let former = setup.store.find_former_webhook(now).await;
    let Some(former) = former.map_err(|error| error.to_string())? else {
        let off = client.send_webhook_settings("", None, None).await;
        return off.map_err(|error| error.to_string());
    };
    // without its token the receiver would refuse what comes; that is told, and the rest given back
    let token = find_token(&setup.secrets, &former.url).await;
    let (token, events) = (token.unwrap_or_default(), Some(former.events));
    let restored = client.send_webhook_settings(&former.url, token.as_ref(), events);
    restored.await.map_err(|error| error.to_string())?;
    match token {
        Some(_) => Ok(()),
        None => Err("it points where it did, but set its secret token by hand".to_owned()),
    }
}

/// Whether Rocket.Chat's webhook goes to this stack: to its own address, or to the one under which
/// its connections are registered (a custom domain).
fn is_ours(url: &str, request: &Request, connections: &[Connection]) -> bool {
    let own = request.property("ApiUrl");
    let registered = connections
        .iter()
        .filter_map(|connection| connection.webhook_url.split_once("/incoming/"))
        .map(|(base, _)| base);
    own.into_iter().chain(registered).any(|base| {
        let rest = url.strip_prefix(base.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/'))
    })
}
