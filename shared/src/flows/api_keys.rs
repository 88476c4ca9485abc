//! Who may use the API: keys of which only hashes are stored.

use super::refused::{Refused, Why};
use crate::app::App;
use crate::domain::hash::sha256_hex;
use crate::domain::time::Timestamp;
use crate::secrets::{Secret, SecretName};
use crate::store::ApiKey;

/// The scope that may do everything.
pub const ADMIN: &str = "admin";
/// The scope that may send messages, and templates to one person at a time.
pub const SEND: &str = "send";
/// The scope that may send templates to many people.
pub const BULK: &str = "bulk";

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

/// Whose key a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// SHA-256 of the key.
    pub sha256: String,
    /// What is known of it.
    pub key: ApiKey,
}

impl Caller {
    /// The key's id in lists.
    pub fn id(&self) -> String {
        id_of(&self.sha256)
    }

    /// Whether the key may do one of these.
    pub fn may(&self, scopes: &[&str]) -> bool {
        let fits = |own: &String| own == ADMIN || scopes.contains(&own.as_str());
        self.key.scopes.iter().any(fits)
    }

    /// Refuses where the key may do none of these.
    pub fn needs(&self, scopes: &[&str]) -> Result<(), Refused> {
        if self.may(scopes) {
            return Ok(());
        }
        let names: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let message = format!(
            "This API key lacks the scope {}. Use one that has it.",
            names.join(" or ")
        );
        Err(Refused::new(Why::Forbidden, "forbidden", message))
    }
}

/// Finds the key of a request and whether it may do one of the things that `scopes` name. The
/// look-up is by hash and is made whatever was sent: neither answer nor time tell how near a wrong
/// key is to a right one.
pub async fn authorise(
    app: &App,
    bearer: Option<&str>,
    scopes: &[&str],
    now: Timestamp,
) -> Result<Caller, Refused> {
    let sha256 = sha256_hex(bearer.unwrap_or_default().as_bytes());
    let found = app.store.find_api_key(&sha256, now).await?;
    let Some(key) = found.filter(|_| bearer.is_some_and(|key| !key.is_empty())) else {
        let message = "Send a valid API key as `Authorization: Bearer <key>`. The output \
                       `AdminKeyCommand` of the stack shows how to read the first one.";
        return Err(Refused::new(Why::Unauthorized, "unauthorized", message));
    };
    let caller = Caller { sha256, key };
    caller.needs(scopes)?;
    Ok(caller)
}

/// The key out of the header `Authorization: Bearer <key>`; the word in any case.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its id in lists.
    pub id: String,
    /// What is kept of it.
    pub key: ApiKey,
    /// Its text, which nobody can read again.
    pub text: Secret,
}

/// The longest name of a key.
const LONGEST_NAME: usize = 100;
/// How many characters of a key's hash are its id.
const ID: usize = 12;

/// All keys by id.
pub async fn list(app: &App) -> Result<Vec<(String, ApiKey)>, Refused> {
    let all = app.store.list_api_keys().await?.into_iter();
    Ok(all.map(|(hash, key)| (id_of(&hash), key)).collect())
}

/// Makes a key with an audit line.
pub async fn create(
    app: &App,
    (name, scopes): (&str, Vec<String>),
    by: &str,
    now: Timestamp,
) -> Result<Made, Refused> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let message = "`name` must say whose key it is, in 1 to 100 characters.";
        return Err(Refused::invalid("invalid_field", message));
    }
    let text = Secret::new(format!("b360_{}", app.ids.token()?));
    let key = ApiKey {
        name: name.to_owned(),
        scopes,
        created_at: now,
    };
    let change = format!("key {name}: {}", key.scopes.join(", "));
    audit(app, (by, &change), now).await?;
    app.store.put_api_key(&text.hash(), &key).await?;
    let id = id_of(&text.hash());
    Ok(Made { id, key, text })
}

/// Takes a key back, with an audit line. The last one that may do everything stays: nobody could
/// make another.
pub async fn remove(app: &App, id: &str, by: &str, now: Timestamp) -> Result<(), Refused> {
    let all = app.store.list_api_keys().await?;
    let found = all.iter().find(|(hash, _)| id_of(hash) == id);
    let Some((hash, key)) = found else {
        let message = "There is no such key. GET /v1/keys lists them.";
        return Err(Refused::not_found(message));
    };
    let is_admin = |key: &ApiKey| key.scopes.iter().any(|scope| scope == ADMIN);
    let admins = all.iter().filter(|(_, key)| is_admin(key)).count();
    if is_admin(key) && admins == 1 {
        let message = "This is the last key that may do everything: make another one first.";
        return Err(Refused::conflict("last_admin_key", message));
    }
    let change = format!("key {} taken back", key.name);
    audit(app, (by, &change), now).await?;
    Ok(app.store.delete_api_key(hash).await?)
}

fn id_of(hash: &str) -> String {
    hash.chars().take(ID).collect()
}

async fn audit(app: &App, (by, change): (&str, &str), now: Timestamp) -> Result<(), Refused> {
    let keep = app.settings(now).await?.retention_days.audit;
    let store = &app.store;
    Ok(store.put_audit("keys", by, change, now, keep).await?)
}
