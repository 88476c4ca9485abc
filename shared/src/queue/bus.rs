//! The event bus (EventBridge), a second place for callbacks, for teams that have one.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::send::NotEnqueued;
use crate::domain::time::Timestamp;

/// The source of our events.
pub const SOURCE: &str = "bridge360";
/// What their `detail-type` says.
pub const DETAIL_TYPE: &str = "Message Status";

/// One event bus.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus `name` behind `client`.
    pub fn new(client: Client, name: &str) -> Self {
        Self {
            client,
            name: name.to_owned(),
        }
    }

    /// Puts one event, whose `detail` is this JSON object, and whose one resource is the callback's
    /// id: repeats are known by it. `PutEvents` answers 200 also where it took nothing: the failed
    /// entries are counted.
    pub async fn put(&self, (id, detail): (&str, &str), at: Timestamp) -> Result<(), NotEnqueued> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .detail(detail)
            .resources(id)
            .time(aws_sdk_eventbridge::primitives::DateTime::from_millis(
                at.millis(),
            ))
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        match answer {
            Ok(answer) if answer.failed_entry_count == 0 => Ok(()),
            _ => Err(NotEnqueued),
        }
    }
}
