//! Making secrets. Each is created where it is absent and never overwritten, so that a replay, a
//! retry or the way back from a failed update finds the same ones.

use bridge::domain::time::Timestamp;
use bridge::error::Failure;
use bridge::flows::api_keys::ADMIN;
use bridge::secrets::{Secret, SecretError, SecretName};
use bridge::store::{ApiKey, StoreError};

use crate::Setup;
use crate::event::{Ask, Attributes, Request};

/// Why secrets could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// Parameter Store.
    #[error("SSM Parameter Store did not take or give a secret ({0}). Try again.")]
    Secrets(#[from] SecretError),
    /// DynamoDB.
    #[error("The table did not take the first API key ({0}). Try again.")]
    Store(#[from] StoreError),
    /// The operating system.
    #[error("No randomness for a new secret. Try again.")]
    Randomness,
    /// A parameter of the stack.
    #[error("SecretRotation must be 1 to 32 letters, digits and ._-")]
    Generation,
}

/// Stands for "none" where the name of a generation is stored (a parameter cannot be empty).
const NONE: &str = "-";

/// Makes what is not there and gives the attributes.
pub async fn make(setup: &Setup, request: &Request, now: Timestamp) -> Result<Attributes, NotMade> {
    let active = request
        .property("SecretRotation")
        .ok_or(NotMade::Generation)?;
    let left = request.old_property("SecretRotation");
    for generation in [Some(active), left].into_iter().flatten() {
        check_generation(generation)?;
    }
    if let Some(token) = request.property("RocketChatToken") {
        keep_token(setup, &Secret::new(token)).await?;
    }
    let group_key = secret(setup, &SecretName::GroupKey).await?;
    admin_key(setup, request.ask == Some(Ask::Create), now).await?;
    let before = remember_before(setup, active, left).await?;
    let others = [before.as_deref(), left];
    Ok(Attributes {
        group_key: group_key.reveal().to_owned(),
        incoming_secret_hashes: hashes(setup, SecretName::Incoming, active, others).await?,
        agent_events_token_hashes: hashes(setup, SecretName::AgentEvents, active, others).await?,
    })
}

/// Names that are safe as a part of a parameter's path.
fn check_generation(name: &str) -> Result<(), NotMade> {
    let fits = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if fits {
        Ok(())
    } else {
        Err(NotMade::Generation)
    }
}

/// The secret of this name, made where it is absent.
async fn secret(setup: &Setup, name: &SecretName) -> Result<Secret, NotMade> {
    Ok(keep(setup, name, Secret::new(token(setup)?)).await?.0)
}

fn token(setup: &Setup) -> Result<String, NotMade> {
    setup
        .ids
        .token()
        .map_err(|Failure { .. }| NotMade::Randomness)
}

/// Writes `fresh` where nothing stands; gives what stands, and whether that is `fresh`.
async fn keep(
    setup: &Setup,
    name: &SecretName,
    fresh: Secret,
) -> Result<(Secret, bool), SecretError> {
    let stands = setup.secrets.put_if_absent(name, &fresh).await?;
    let made = stands == fresh;
    Ok((stands, made))
}

/// Writes the bot's token, unless it stands there already.
async fn keep_token(setup: &Setup, token: &Secret) -> Result<(), NotMade> {
    let name = SecretName::RocketChatToken;
    setup.secrets.forget(&name);
    match setup.secrets.find(&name).await {
        Ok(stands) if stands == *token => Ok(()),
        Ok(_) | Err(SecretError::Missing) => Ok(setup.secrets.put(&name, token).await?),
        Err(error) => Err(error.into()),
    }
}

/// The first API key; the table gets its hash. An update leaves the table alone unless the key is
/// new: an operator may have revoked it.
async fn admin_key(setup: &Setup, is_new_stack: bool, now: Timestamp) -> Result<(), NotMade> {
    let fresh = format!("b360_{}{}", token(setup)?, token(setup)?);
    let (key, made) = keep(setup, &SecretName::AdminKey, Secret::new(fresh)).await?;
    if is_new_stack || made {
        let admin = ApiKey {
            name: "first admin key".to_owned(),
            scopes: vec![ADMIN.to_owned()],
            created_at: now,
        };
        setup.store.put_api_key(&key.hash(), &admin).await?;
    }
    Ok(())
}

/// The generation before `active`. It is written down when `active` is first seen; later events
/// (a replay, a change of something else) read it.
async fn remember_before(
    setup: &Setup,
    active: &str,
    left: Option<&str>,
) -> Result<Option<String>, NotMade> {
    let name = SecretName::Before(active.to_owned());
    let before = left.filter(|left| *left != active).unwrap_or(NONE);
    let stands = setup
        .secrets
        .put_if_absent(&name, &Secret::new(before))
        .await?;
    let before = stands.reveal();
    Ok((before != NONE).then(|| before.to_owned()))
}

/// The hashes of the active secret, of the one before it, and of the one that the stack is just
/// leaving: on the way back from a failed update that is the newer one, which a webhook may
/// already carry. Only the active one is made.
async fn hashes(
    setup: &Setup,
    name: fn(String) -> SecretName,
    active: &str,
    others: [Option<&str>; 2],
) -> Result<String, NotMade> {
    let secret = secret(setup, &name(active.to_owned())).await?;
    let mut hashes = vec![secret.hash()];
    for generation in others.into_iter().flatten() {
        let hash = match setup.secrets.find(&name(generation.to_owned())).await {
            Ok(secret) => secret.hash(),
            Err(SecretError::Missing) => continue,
            Err(error) => return Err(error.into()),
        };
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    Ok(hashes.join(","))
}
