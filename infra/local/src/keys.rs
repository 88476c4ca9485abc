//! The secrets of a local run: made at the first start, kept in the embedded store.

use bridge::app::{App, Ids};
use bridge::domain::hash::GroupKey;
use bridge::domain::time::Timestamp;
use bridge::flows::api_keys::ensure_admin_key;
use bridge::secrets::{Secret, SecretName, Secrets};

use crate::options::Given;
use crate::start::StartError;

/// Where the secrets stand.
pub const PREFIX: &str = "/bridge360";
/// The one generation of webhook secrets that a local run has.
pub const GENERATION: &str = "local";

/// What the wiring needs of them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key of keyed hashes.
    pub group_key: GroupKey,
    /// What 360dialog's calls carry.
    pub incoming: Secret,
    /// What Rocket.Chat's calls carry.
    pub agent_events: Secret,
}

/// Makes what is absent; what is `given` replaces what stands.
pub async fn ensure(
    secrets: &Secrets,
    given: &Given,
    rocketchat_token: &Secret,
) -> Result<Keys, StartError> {
    secrets
        .put(&SecretName::RocketChatToken, rocketchat_token)
        .await?;
    let group_key = one(secrets, &SecretName::GroupKey, None).await?;
    let incoming = SecretName::Incoming(GENERATION.to_owned());
    let agent_events = SecretName::AgentEvents(GENERATION.to_owned());
    Ok(Keys {
        group_key: GroupKey::new(group_key.reveal()),
        incoming: one(secrets, &incoming, given.webhook_secret.as_ref()).await?,
        agent_events: one(secrets, &agent_events, given.agent_events_token.as_ref()).await?,
    })
}

async fn one(
    secrets: &Secrets,
    name: &SecretName,
    given: Option<&Secret>,
) -> Result<Secret, StartError> {
    if let Some(given) = given {
        secrets.put(name, given).await?;
        return Ok(given.clone());
    }
    let fresh = Ids::Random.token().map_err(|_| StartError::Randomness)?;
    Ok(secrets.put_if_absent(name, &Secret::new(fresh)).await?)
}

/// The admin key that stands. A `given` one takes the place of the one before, which opens
/// nothing any more.
pub async fn admin_key(
    app: &App,
    given: Option<&Secret>,
    now: Timestamp,
) -> Result<Secret, StartError> {
    if let Some(given) = given {
        let before = app.secrets.find(&SecretName::AdminKey).await.ok();
        if let Some(before) = before.filter(|before| before != given) {
            let removed = app.store.delete_api_key(&before.hash()).await;
            removed.map_err(|error| StartError::Setup(error.to_string()))?;
        }
        app.secrets.put(&SecretName::AdminKey, given).await?;
    }
    let standing = ensure_admin_key(app, given, now).await;
    standing.map_err(|refused| StartError::Setup(refused.message))
}
