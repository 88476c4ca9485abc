//! Real work for each function: one text of a customer or of an agent per call.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bridge_e2e::{NUMBER, Stack, eventually};
use bridge_simulators::aws::Batch;
use serde_json::Value;

/// An event that nobody has had yet.
pub struct Call {
    event: Value,
    batch: Option<Batch>,
}

/// Makes calls.
pub struct Work<'a> {
    /// The stack that is measured.
    pub stack: &'a Stack,
    customer: String,
    room: String,
    count: Cell<usize>,
}

impl<'a> Work<'a> {
    /// Opens a conversation and lets every door see a real event.
    pub async fn prepare(stack: &'a Stack) -> Self {
        let customer = stack.whatsapp.customer("Canary-Ana", "16505551234");
        let mut work = Self {
            stack,
            customer,
            room: String::new(),
            count: Cell::new(0),
        };
        let call = work.next("to-rocketchat").await;
        work.invoke("to-rocketchat", call).await;
        let rooms = stack.rocketchat.rooms_of_phone("16505551234");
        work.room = rooms.first().expect("a room").id.clone();
        let call = work.next("to-whatsapp").await;
        work.invoke("to-whatsapp", call).await;
        work
    }

    /// The next call of a function.
    pub async fn next(&self, function: &str) -> Call {
        let n = self.count.get() + 1;
        self.count.set(n);
        let text = format!("canary: message {n}");
        match function {
            "to-rocketchat" => {
                self.stack.whatsapp.says(NUMBER, &self.customer, &text);
                self.batch("inbound.fifo").await
            }
            "to-whatsapp" => {
                let said = self
                    .stack
                    .rocketchat
                    .agent_says(&self.room, "agent.one", &text);
                said.expect("the agent may write");
                self.batch("outbound.fifo").await
            }
            door => self.again(door, n),
        }
    }

    async fn batch(&self, queue: &str) -> Call {
        let mapping = self.stack.mapping(queue);
        let batch = eventually("the message is in the queue", || mapping.poll()).await;
        Call {
            event: batch.event_json(),
            batch: Some(batch),
        }
    }

    /// The door's last event of a message, with new ids.
    fn again(&self, door: &str, n: usize) -> Call {
        let (list, id) = match door {
            "incoming" => ("/entry/0/changes/0/value/messages/0", "id"),
            _ => ("/messages/0", "_id"),
        };
        let events = self.stack.gateway.events(door).into_iter().rev();
        let mut found = events.filter_map(|event| {
            let body: Value = serde_json::from_str(event["body"].as_str()?).ok()?;
            body.pointer(list)?.get(id)?;
            Some((event, body))
        });
        let (mut event, mut body) = found.next().expect("an event with a message");
        if let Some(message) = body.pointer_mut(list) {
            message[id] = format!("again{n:012}").into();
        }
        event["body"] = body.to_string().into();
        Call { event, batch: None }
    }

    /// Makes the call; gives how long it took.
    pub async fn invoke(&self, function: &str, call: Call) -> Duration {
        let start = Instant::now();
        let ended = self.stack.of(function).invoke(&call.event).await;
        let took = start.elapsed();
        let response = ended.response();
        match (call.batch, function) {
            (Some(batch), _) => {
                let queue = match function {
                    "to-rocketchat" => "inbound.fifo",
                    _ => "outbound.fifo",
                };
                let sent = batch.len();
                let finished = self.stack.mapping(queue).finish(batch, Ok(response));
                let log = || self.stack.logs.of(function).pop();
                assert_eq!(finished.deleted.len(), sent, "{function}: {:?}", log());
            }
            (None, door) => {
                assert_eq!(response["statusCode"], 200);
                let queue = match door {
                    "incoming" => "inbound.fifo",
                    _ => "outbound.fifo",
                };
                let sqs = &self.stack.cloud.aws.sqs;
                assert!(sqs.depth(queue) > 0, "the door enqueued it");
                sqs.purge(queue).expect("the queue can be emptied");
            }
        }
        took
    }
}
