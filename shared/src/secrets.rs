//! The stack's secrets in SSM Parameter Store (SecureString), read once per environment.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::domain::hash::sha256_hex;
use crate::domain::ids::ConnectionId;

/// A secret that never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one header that carries it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its SHA-256 in hexadecimal.
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretName {
    /// 360dialog's API key of a connection.
    ApiKey(ConnectionId),
    /// Rocket.Chat's token of our bot.
    RocketChatToken,
    /// The header value that 360dialog sends us, by generation.
    Incoming(String),
    /// The token that Rocket.Chat's webhook sends us, by generation.
    AgentEvents(String),
    /// The name of the generation before this one; not a secret, kept beside them.
    Before(String),
    /// The first API key of the console's API.
    AdminKey,
    /// The key of keyed hashes.
    GroupKey,
    /// What callbacks are signed with: `callback::SigningSecrets` as JSON.
    CallbackSecrets,
    /// A fixed header of every callback: `callback::Header` as JSON.
    CallbackHeader,
    /// The token of the webhook that the workspace had before ours: `flows::workspace::former`.
    FormerWebhookToken,
}

impl SecretName {
    /// The parameter's path below the stack's prefix.
    pub fn path(&self, prefix: &str) -> String {
        let prefix = prefix.trim_end_matches('/');
        match self {
            Self::ApiKey(connection) => format!("{prefix}/connection/{connection}/api-key"),
            Self::RocketChatToken => format!("{prefix}/rocketchat/token"),
            Self::Incoming(generation) => format!("{prefix}/incoming/{generation}"),
            Self::AgentEvents(generation) => format!("{prefix}/agent-events/{generation}"),
            Self::Before(generation) => format!("{prefix}/before/{generation}"),
            Self::AdminKey => format!("{prefix}/admin-key"),
            Self::GroupKey => format!("{prefix}/group-key"),
            Self::CallbackSecrets => format!("{prefix}/callbacks/secrets"),
            Self::CallbackHeader => format!("{prefix}/callbacks/header"),
            Self::FormerWebhookToken => format!("{prefix}/callbacks/former-token"),
        }
    }
}

/// Why a secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name.
    #[error("secret_missing")]
    Missing,
    /// The store did not answer or refused.
    #[error("secret_store_unavailable")]
    Unavailable,
}

/// The secret store with its cache.
pub struct Secrets {
    client: Client,
    prefix: String,
    known: Mutex<BTreeMap<String, Secret>>,
}

impl Secrets {
    /// Secrets below `prefix`.
    pub fn new(client: Client, prefix: &str) -> Self {
        Self {
            client,
            prefix: prefix.to_owned(),
            known: Mutex::default(),
        }
    }

    /// The secret, from the cache where it was read before.
    pub async fn find(&self, name: &SecretName) -> Result<Secret, SecretError> {
        let path = name.path(&self.prefix);
        if let Some(secret) = self.known().get(&path) {
            return Ok(secret.clone());
        }
        let answer = self
            .client
            .get_parameter()
            .name(&path)
            .with_decryption(true)
            .send()
            .await;
        let parameter = answer.map_err(|error| match error.into_service_error() {
            error if error.is_parameter_not_found() => SecretError::Missing,
            _ => SecretError::Unavailable,
        })?;
        let value = parameter.parameter.and_then(|parameter| parameter.value);
        let secret = Secret::new(value.ok_or(SecretError::Missing)?);
        self.known().insert(path, secret.clone());
        Ok(secret)
    }

    /// Forgets what was read, so that the next look-up asks the store (after a 401).
    pub fn forget(&self, name: &SecretName) {
        self.known().remove(&name.path(&self.prefix));
    }

    /// Writes or replaces a secret.
    pub async fn put(&self, name: &SecretName, secret: &Secret) -> Result<(), SecretError> {
        self.write(name, secret, true).await.map(|_| ())
    }

    /// Writes a secret unless there is one; gives the one that stands afterwards. Safe to repeat.
    pub async fn put_if_absent(
        &self,
        name: &SecretName,
        secret: &Secret,
    ) -> Result<Secret, SecretError> {
        if self.write(name, secret, false).await? {
            return Ok(secret.clone());
        }
        self.forget(name);
        self.find(name).await
    }

    /// Removes a secret; one that is not there is fine.
    pub async fn delete(&self, name: &SecretName) -> Result<(), SecretError> {
        self.delete_path(&name.path(&self.prefix)).await
    }

    async fn delete_path(&self, path: &str) -> Result<(), SecretError> {
        self.known().remove(path);
        let answer = self.client.delete_parameter().name(path).send().await;
        match answer.map_err(aws_sdk_ssm::error::SdkError::into_service_error) {
            Ok(_) => Ok(()),
            Err(error) if error.is_parameter_not_found() => Ok(()),
            Err(_) => Err(SecretError::Unavailable),
        }
    }

    /// Removes everything below the prefix, whoever wrote it. Tries all of it; fails where
    /// something is left.
    pub async fn delete_all(&self) -> Result<(), SecretError> {
        let mut left = Ok(());
        for path in self.list_paths().await? {
            if let Err(error) = self.delete_path(&path).await {
                left = Err(error);
            }
        }
        left
    }

    async fn list_paths(&self) -> Result<Vec<String>, SecretError> {
        let (mut paths, mut from) = (Vec::new(), None);
        loop {
            let request = self
                .client
                .get_parameters_by_path()
                .path(self.prefix.trim_end_matches('/'))
                .recursive(true)
                .set_next_token(from);
            let page = request.send().await.map_err(|_| SecretError::Unavailable)?;
            let found = page.parameters.unwrap_or_default();
            paths.extend(found.into_iter().filter_map(|parameter| parameter.name));
            from = page.next_token.filter(|token| !token.is_empty());
            if from.is_none() {
                return Ok(paths);
            }
        }
    }

    async fn write(
        &self,
        name: &SecretName,
        secret: &Secret,
        overwrite: bool,
    ) -> Result<bool, SecretError> {
        let path = name.path(&self.prefix);
        let request = self
            .client
            .put_parameter()
            .name(&path)
            .value(secret.reveal())
            .r#type(ParameterType::SecureString)
            .overwrite(overwrite);
        match request
            .send()
            .await
            .map_err(aws_sdk_ssm::error::SdkError::into_service_error)
        {
            Ok(_) => {
                self.known().insert(path, secret.clone());
                Ok(true)
            }
            Err(error) if error.is_parameter_already_exists() => Ok(false),
            Err(_) => Err(SecretError::Unavailable),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Secret>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `given` is one of the secrets whose SHA-256 (hexadecimal) are `hashes`. Takes the same
/// time whatever is given: digests are compared, all of them, without an early end.
pub fn matches_any(given: &[u8], hashes: &[String]) -> bool {
    use subtle::ConstantTimeEq;
    let given = sha256_hex(given);
    let mut found = subtle::Choice::from(0);
    for hash in hashes {
        found |= given.as_bytes().ct_eq(hash.as_bytes());
    }
    found.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_secrets_opens() {
        let hashes = vec![Secret::new("new").hash(), Secret::new("old").hash()];
        assert!(matches_any(b"new", &hashes));
        assert!(matches_any(b"old", &hashes));
        assert!(!matches_any(b"other", &hashes));
        assert!(!matches_any(b"", &hashes));
        assert!(!matches_any(b"new", &[]));
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "Secret(…)");
    }
}
