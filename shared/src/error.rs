//! How a flow fails: named by what to do next.

use std::time::Duration;

use crate::text::catalog::Advice;

/// A flow's failure, as the boundary (queue or HTTP) has to treat it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}")]
pub struct Failure {
    /// Try again, or not.
    pub fate: Fate,
    /// For logs and parked records; never holds people's data.
    pub code: String,
    /// The sentence that the agent reads, where the failure is told.
    pub advice: Advice,
}

/// What to do with a failed task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Try again; not before `after` where the neighbour said so, else by our own back-off.
    Retry {
        /// What the neighbour announced.
        after: Option<Duration>,
    },
    /// Never works for this message: tell and park.
    GiveUp,
}

impl Failure {
    /// Try again by our own back-off.
    pub fn retry(code: impl Into<String>) -> Self {
        Self {
            fate: Fate::Retry { after: None },
            code: code.into(),
            advice: Advice::Unavailable,
        }
    }

    /// Try again after a time that is known.
    pub fn retry_after(code: impl Into<String>, after: Duration) -> Self {
        let fate = Fate::Retry { after: Some(after) };
        Self {
            fate,
            code: code.into(),
            advice: Advice::Unavailable,
        }
    }

    /// Give up on this message.
    pub fn give_up(code: impl Into<String>, advice: Advice) -> Self {
        Self {
            fate: Fate::GiveUp,
            code: code.into(),
            advice,
        }
    }

    /// Whether the task is tried again.
    pub fn is_retry(&self) -> bool {
        matches!(self.fate, Fate::Retry { .. })
    }
}

/// How a task ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It had its effect now.
    Done,
    /// It had had its effect before.
    Repeated,
    /// There was nothing to do (not ours, switched off, …).
    Ignored,
    /// It was put aside: held, waiting or parked.
    Kept,
}
