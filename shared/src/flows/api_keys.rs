//! Who may use the API: keys of which only hashes are stored.

use super::refused::{Refused, Why};
use crate::app::App;
use crate::domain::hash::sha256_hex;
use crate::domain::time::Timestamp;
use crate::secrets::{Secret, SecretName};
use crate::store::ApiKey;

/// The scope that may do everything.
pub const ADMIN: &str = "admin";

/// Makes sure of the first admin key: `given`, else a new one, unless the secret store holds one
/// already. Gives the key that stands. Can be repeated after any crash.
pub async fn ensure_admin_key(
    app: &App,
    given: Option<&Secret>,
    now: Timestamp,
) -> Result<Secret, Refused> {
    let fresh = match given {
        Some(given) => given.clone(),
        None => Secret::new(format!("b360_{}{}", app.ids.token()?, app.ids.token()?)),
    };
    let standing = app
        .secrets
        .put_if_absent(&SecretName::AdminKey, &fresh)
        .await?;
    let key = ApiKey {
        name: "first admin key".to_owned(),
        scopes: vec![ADMIN.to_owned()],
        created_at: now,
    };
    app.store.put_api_key(&standing.hash(), &key).await?;
    Ok(standing)
}

/// Finds the key of a request and whether it may do what `scope` names. The look-up is by hash and
/// is made whatever was sent: neither answer nor time tell how near a wrong key is to a right one.
pub async fn authorise(
    app: &App,
    bearer: Option<&str>,
    scope: &str,
    now: Timestamp,
) -> Result<ApiKey, Refused> {
    let hash = sha256_hex(bearer.unwrap_or_default().as_bytes());
    let found = app.store.find_api_key(&hash, now).await?;
    let Some(key) = found.filter(|_| bearer.is_some_and(|key| !key.is_empty())) else {
        let message = "Send a valid API key as `Authorization: Bearer <key>`. The output \
                       `AdminKeyCommand` of the stack shows how to read the first one.";
        return Err(Refused::new(Why::Unauthorized, "unauthorized", message));
    };
    if key.scopes.iter().any(|own| own == ADMIN || own == scope) {
        return Ok(key);
    }
    let message = format!("This API key lacks the scope `{scope}`. Use one that has it.");
    Err(Refused::new(Why::Forbidden, "forbidden", message))
}
