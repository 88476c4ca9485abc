//! How the console's API says no: a code for programs, a sentence for people, and what to do.

use crate::error::Failure;
use crate::queue::send::NotEnqueued;
use crate::secrets::SecretError;
use crate::store::StoreError;

/// The kind of a refusal; each is one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The request itself is wrong.
    Invalid,
    /// It carries no API key that we know.
    Unauthorized,
    /// Its API key may not do this.
    Forbidden,
    /// What it names is not there.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// It repeats the name of another request, and is not the same.
    Mismatch,
    /// It is larger than we read.
    TooLarge,
    /// Something that we need did not answer: the same request may work in a moment.
    Unavailable,
}

/// A refusal. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct Refused {
    /// Its kind.
    pub why: Why,
    /// For programs, e.g. `invalid_api_key`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// More that helps, such as the values to choose from.
    pub help: Option<String>,
}

impl Refused {
    /// A refusal of a kind.
    pub fn new(why: Why, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            why,
            code,
            message: message.into(),
            help: None,
        }
    }

    /// The request is wrong.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Why::Invalid, code, message)
    }

    /// It clashes with what is there.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Why::Conflict, code, message)
    }

    /// What it names is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Why::NotFound, "not_found", message)
    }

    /// The same refusal with more that helps.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn unavailable(cause: &str) -> Self {
        let message = format!(
            "The bridge's own storage did not answer ({cause}). Send the same request again: \
             whatever was done already is not done twice."
        );
        Self::new(Why::Unavailable, "unavailable", message)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::unavailable(&error.to_string())
    }
}

impl From<SecretError> for Refused {
    fn from(error: SecretError) -> Self {
        Self::unavailable(&error.to_string())
    }
}

impl From<NotEnqueued> for Refused {
    fn from(error: NotEnqueued) -> Self {
        Self::unavailable(&error.to_string())
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::unavailable(&failure.code)
    }
}
