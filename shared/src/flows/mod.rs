//! The stories. Each takes the app and the moment, and can be run again after any crash.

pub mod api_keys;
pub mod callbacks;
pub mod circuit;
pub mod connections;
pub mod contacts;
pub mod health;
pub(crate) mod identity;
pub mod inbound;
pub mod messages;
pub mod opt_out;
pub mod outbound;
pub mod parking;
pub(crate) mod receipts;
pub(crate) mod redrive;
pub mod refused;
pub mod requests;
pub mod sends;
pub mod settings;
pub mod setup_channel;
pub mod statuses;
pub mod sweep;
pub mod templates;
pub mod workspace;

use crate::error::Failure;
use crate::queue::send::NotEnqueued;
use crate::rocketchat::RocketChatError;
use crate::secrets::SecretError;
use crate::store::StoreError;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<NotEnqueued> for Failure {
    fn from(error: NotEnqueued) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<RocketChatError> for Failure {
    fn from(error: RocketChatError) -> Self {
        let code = error.to_string();
        match error {
            RocketChatError::Throttled { retry_after } => Self::retry_after(code, retry_after),
            RocketChatError::Unavailable {
                retry_after: Some(after),
            } => Self::retry_after(code, after),
            RocketChatError::Rejected { code: theirs, .. } => {
                Self::retry(format!("{code} {theirs}"))
            }
            _ => Self::retry(code),
        }
    }
}
