//! A queue's settings, and how its messages are shown to tests.

/// A queue's settings. Take [`standard`](Self::standard) or [`fifo`](Self::fifo) and change what
/// differs: `QueueConfig { visibility_timeout_ms: 180_000, ..QueueConfig::fifo("inbound.fifo") }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueConfig {
    /// The queue's name; a FIFO queue's ends with `.fifo`.
    pub name: String,
    /// FIFO: groups in order, deduplication (scope `messageGroup`).
    pub fifo: bool,
    /// How long a received message stays hidden, in milliseconds (AWS default 30 s).
    pub visibility_timeout_ms: i64,
    /// How long a message is kept, in milliseconds (AWS default 4 days, most 14 days).
    pub retention_ms: i64,
    /// How long a new message stays hidden, in milliseconds (most 15 minutes).
    pub delay_ms: i64,
    /// FIFO: take the body's SHA-256 as deduplication id where none is given.
    pub content_dedup: bool,
    /// Dead-letter queue and `maxReceiveCount`: a message received that often moves there at the
    /// next receive. Without effect until that queue exists.
    pub dead_letter: Option<(String, u32)>,
}

impl QueueConfig {
    /// A standard queue with AWS's defaults.
    pub fn standard(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            fifo: false,
            visibility_timeout_ms: 30_000,
            retention_ms: 4 * 24 * 3600 * 1000,
            delay_ms: 0,
            content_dedup: false,
            dead_letter: None,
        }
    }

    /// A FIFO queue with AWS's defaults.
    pub fn fifo(name: impl Into<String>) -> Self {
        Self {
            fifo: true,
            ..Self::standard(name)
        }
    }
}

/// A message that a queue holds, for tests and for leftovers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// `MessageId`.
    pub message_id: String,
    /// The body as sent.
    pub body: String,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub dedup_id: Option<String>,
    /// `ApproximateReceiveCount`.
    pub receive_count: u32,
    /// `SentTimestamp`, milliseconds since 1970.
    pub sent_ms: i64,
    /// Where it stands now.
    pub standing: Standing,
}

/// Where a held message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Visible (on a FIFO queue perhaps behind others of its group).
    Waiting,
    /// Received and hidden until then (milliseconds since 1970).
    InFlight {
        /// End of the visibility timeout.
        until_ms: i64,
    },
    /// Not yet received and hidden until then.
    Delayed {
        /// End of the delay.
        until_ms: i64,
    },
}
