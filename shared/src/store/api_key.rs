//! API keys: only hashes are stored.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, keys, read, write};
use crate::domain::time::Timestamp;

/// What a key may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its name in lists and audit lines.
    pub name: String,
    /// What it may do; `admin` = everything.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// Records a key by the SHA-256 of its text. Repeating it changes nothing that matters.
    pub async fn put_api_key(&self, sha256: &str, key: &ApiKey) -> Result<(), StoreError> {
        self.put(write(keys::api_key(sha256), key, None)?).await
    }

    /// Finds a key by the SHA-256 of its text.
    pub async fn find_api_key(
        &self,
        sha256: &str,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.get(keys::api_key(sha256), now).await
    }

    /// All keys with the SHA-256 of each.
    pub async fn list_api_keys(&self) -> Result<Vec<(String, ApiKey)>, StoreError> {
        let items = self.query(keys::API_KEYS, "", false, usize::MAX).await?;
        let pair = |item: super::Item| {
            let hash = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
            Ok((hash.unwrap_or_default(), read(item)?))
        };
        items.into_iter().map(pair).collect()
    }

    /// Removes a key.
    pub async fn delete_api_key(&self, sha256: &str) -> Result<(), StoreError> {
        self.delete(keys::api_key(sha256)).await
    }
}
