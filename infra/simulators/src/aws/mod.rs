//! The AWS services that the bundle calls, in process: DynamoDB, SQS with Lambda's event source
//! mappings, SSM Parameter Store, EventBridge, and S3 over HTTP. The real AWS SDK clients talk to them through
//! [`AwsConnector`], without sockets, so that serialisation and typed errors are the real ones.
//!
//! Time comes from a [`Clock`] alone, ids from counters, and every listing is
//! ordered: two runs with the same calls at the same times give the same answers.

mod answer;
mod connector;
mod dynamodb;
mod events;
mod mapping;
mod partial;
mod s3;
mod ssm;
mod table;

pub mod sqs;

pub use connector::{AwsConnector, Call, Hook, Verdict};
pub use dynamodb::Dynamodb;
pub use events::{Event, Events};
pub use mapping::{Batch, EventSourceMapping, Finished, Handler, MappingConfig, Outcome, pump};
pub use s3::{Owner, S3};
pub use sqs::{Held, QueueConfig, Sqs, Standing};
pub use ssm::Ssm;

use crate::clock::Clock;

/// The account that every model belongs to.
pub const ACCOUNT: &str = "000000000000";
/// The region that every model stands in.
pub const REGION: &str = "us-east-1";

/// A model could not be opened, or could not read what it had kept on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError(pub(crate) String);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

impl From<dynoxide::DynoxideError> for OpenError {
    fn from(error: dynoxide::DynoxideError) -> Self {
        Self(error.to_string())
    }
}

/// The services of one account; clones share their state.
#[derive(Clone, Debug)]
pub struct Aws {
    /// DynamoDB.
    pub dynamodb: Dynamodb,
    /// SQS.
    pub sqs: Sqs,
    /// SSM Parameter Store.
    pub ssm: Ssm,
    /// EventBridge.
    pub events: Events,
}

impl Aws {
    /// All of them in memory, for tests.
    pub fn memory(clock: Clock) -> Result<Self, OpenError> {
        Ok(Self {
            dynamodb: Dynamodb::memory()?,
            sqs: Sqs::new(clock),
            ssm: Ssm::memory(),
            events: Events::default(),
        })
    }

    /// Kept in one SQLite file, for the local run: tables, parameters and queued
    /// messages survive a kill.
    pub fn at(path: &str, clock: Clock) -> Result<Self, OpenError> {
        let dynamodb = Dynamodb::at(path)?;
        let database = dynamodb.database().clone();
        Ok(Self {
            sqs: Sqs::with_journal(clock, database.clone())?,
            ssm: Ssm::in_database(database)?,
            events: Events::default(),
            dynamodb,
        })
    }
}

#[cfg(test)]
mod tests;
