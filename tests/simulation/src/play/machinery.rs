//! Letters of AWS and of deployments.

use std::time::Duration;

use serde_json::json;

use super::Play;
use crate::evidence::Said;
use crate::history::{Letter, Queue, Who};

impl Play<'_> {
    pub(super) async fn machinery(&mut self, letter: Letter) {
        let world = self.world;
        match letter {
            Letter::Again(again) => self.again(again),
            Letter::Shuffles(on) => world.whatsapp.shuffle(on.then_some(7)),
            Letter::Gathers(ms) => self.gathers(ms),
            Letter::Send(mishap) => self.send(mishap),
            Letter::Statuses(on) => world.whatsapp.tune(|options| options.statuses = on),
            Letter::Route(route, mishap) => self.route(route, mishap),
            Letter::Outage(neighbour, mishap, ms) => self.outage(neighbour, mishap, ms),
            Letter::KeyRefused(ms) => self.key_refused(ms),
            Letter::Lapses(queue) => world.aws.sqs.lapse(queue.name()),
            Letter::Receives(queue, more) => world.aws.sqs.count_receives(queue.name(), more),
            Letter::Pauses(queue, ms) => {
                world.pause(queue.function(), Duration::from_millis(ms));
            }
            Letter::Deploys => world.deploy(),
            Letter::OldTask(who) => self.old_task(who).await,
            Letter::FutureTask(queue) => self.future_task(queue),
            Letter::Skews(queue, ms) => world.skew(queue.function(), ms),
            Letter::Ticks => self.run.beside(async move {
                world.tick().await;
            }),
            Letter::Sweeps => {
                let swept = world.aws.dynamodb.sweep_ttl(world.now().millis());
                swept.expect("sweep");
            }
            // people's letters were performed before
            _ => {}
        }
    }

    /// A task in the shape in which version 0.1.0 wrote it.
    async fn old_task(&mut self, who: Who) {
        let token = self.evidence.token("says");
        let wamid = format!("wamid.{token}");
        let card = &self.evidence.people[who.person];
        let now = self.world.now().millis();
        let mut sender = json!({ "phone": card.phone, "name": card.name });
        if who.person != 1 || self.evidence.gained {
            sender["user_id"] = json!(card.user_id);
        }
        let task = json!({
            "task": "InboundV1",
            "connection": self.world.connections[who.number].0,
            "received_at": now,
            "messages": [{
                "id": wamid, "sender": sender, "sent_at": now,
                "content": { "kind": "text", "body": token },
            }],
        });
        let app = self.world.app();
        let began = self.world.moment();
        let sent = app
            .queues
            .resend("inbound", &task.to_string(), &token)
            .await;
        sent.expect("sent");
        let ended = self.world.moment();
        self.evidence.enqueued.push((wamid.clone(), began, ended));
        self.evidence.said.push(Said { who, wamid, token });
    }

    /// A task of a version that is not running yet.
    fn future_task(&mut self, queue: Queue) {
        let token = self.evidence.token("future");
        let body = json!({ "task": "TaskV9", "token": token }).to_string();
        let mut input = json!({ "MessageBody": body });
        if queue != Queue::Statuses {
            input["MessageGroupId"] = json!(token);
            input["MessageDeduplicationId"] = json!(token);
        }
        let sent = self.world.aws.sqs.send(queue.name(), input);
        sent.expect("sent");
        self.evidence.future.push(token);
    }
}
