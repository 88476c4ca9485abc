//! Letters of AWS and of deployments.

use std::time::Duration;

use bridge::domain::ids::VisitorToken;
use bridge::rocketchat::client::TOKEN_HEADER;
use bridge::whatsapp::client::SECRET_HEADER;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::Play;
use super::people::AGENT;
use crate::evidence::{self, Said};
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
            Letter::Restarts => world.rocketchat.restart(),
            Letter::ComesAfterAll => world.rocketchat.send_lost(),
            Letter::Route(route, mishap) => self.route(route, mishap),
            Letter::Outage(neighbour, mishap, ms) => self.outage(neighbour, mishap, ms),
            Letter::KeyRefused(ms) => self.key_refused(ms),
            Letter::Endpoint(mishap, ms) => self.endpoint(mishap, ms),
            Letter::Lapses(queue) => world.aws.sqs.lapse(queue.name()),
            Letter::Receives(queue, more) => world.aws.sqs.count_receives(queue.name(), more),
            Letter::Pauses(queue, ms) => {
                world.pause(queue.function(), Duration::from_millis(ms));
            }
            Letter::Deploys => world.deploy(),
            Letter::ChangesKey(number) => self.changes_key(number).await,
            Letter::OldTask(who) => self.old_task(who).await,
            Letter::OldAnswer(who) => self.old_answer(who).await,
            Letter::OldStatus(who) => self.old_status(who),
            Letter::Forges(who) => self.forges(who).await,
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
        let (numbers, ids) = self.evidence.renamed[who.person];
        let mut sender = json!({ "phone": card.phone, "name": card.name });
        if numbers > 0 {
            sender["phone"] = json!(evidence::phone(who.person, numbers));
        }
        if who.person != 1 || self.evidence.gained {
            sender["user_id"] = json!(card.user_id);
        }
        if ids > 0 {
            sender["user_id"] = json!(evidence::user_id(who.person, ids));
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
        self.enqueue("inbound", &wamid, &task).await;
        self.evidence.said.push(Said {
            who,
            wamid,
            token,
            file: false,
            names: self.evidence.names_of(who.person),
        });
    }

    /// An agent's message in the shape in which version 0.1.0 wrote it; the door takes it too.
    async fn old_answer(&mut self, who: Who) {
        let Some((room, token, id)) = self.agent_writes(who) else {
            return;
        };
        let visitor = VisitorToken::new(room.visitor_token.as_str());
        let Some((connection, contact)) = visitor.parts() else {
            return;
        };
        let task = json!({
            "task": "AgentV1",
            "connection": connection, "contact": contact, "token": visitor, "room": room.id,
            "received_at": self.world.now().millis(),
            "message": { "id": id, "text": token, "author": { "id": AGENT } },
        });
        self.enqueue("outbound", &id, &task).await;
    }

    /// `delivered` in the shape in which version 0.1.0 wrote it.
    fn old_status(&mut self, who: Who) {
        let (number, customer) = (self.number(who.number), self.phone(who.person));
        let inbox = self.world.whatsapp.inbox(&customer).into_iter().rev();
        let mut ours = inbox.filter(|received| received.from_number == number);
        let Some(wamid) = ours.next().map(|received| received.wamid) else {
            return;
        };
        let now = self.world.now().millis();
        let task = json!({
            "task": "StatusV1",
            "connection": self.world.connections[who.number].0,
            "received_at": now,
            "event": { "message": wamid, "status": "delivered", "at": now },
        });
        let input = json!({ "MessageBody": task.to_string() });
        self.world.aws.sqs.send("statuses", input).expect("sent");
        self.evidence
            .told
            .push((wamid, "delivered".to_owned(), now));
    }

    /// Puts a task into a queue, past the doors.
    async fn enqueue(&mut self, queue: &str, id: &str, task: &Value) {
        let app = self.world.app();
        let began = self.world.moment();
        let sent = app.queues.resend(queue, &task.to_string(), id).await;
        sent.expect("sent");
        let ended = self.world.moment();
        self.evidence.enqueued.push((id.to_owned(), began, ended));
    }

    /// A message of nobody at each door, with a secret that does not fit.
    async fn forges(&mut self, who: Who) {
        let (number, customer) = (self.number(who.number), self.phone(who.person));
        let visitor = self.open_room(who).map(|room| room.visitor_token);
        let token = self.evidence.token("forged");
        let webhook = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": number, "phone_number_id": "1" },
                "messages": [{
                    "from": customer, "id": format!("wamid.{token}"), "timestamp": "1780300800",
                    "type": "text", "text": { "body": token },
                }],
            },
        }]}]});
        let path = format!("/incoming/{}", self.world.connections[who.number].0);
        self.forged(&path, SECRET_HEADER, &webhook).await;
        if let Some(visitor) = visitor {
            let event = json!({ "type": "Message", "visitor": { "token": visitor }, "messages": [
                { "_id": token, "msg": token, "u": { "_id": AGENT } },
            ]});
            self.forged("/rocketchat/events", TOKEN_HEADER, &event)
                .await;
        }
    }

    async fn forged(&mut self, path: &str, header: &str, body: &Value) {
        let request = Request::post(format!("https://bridge.test{path}"))
            .header(header, "not the secret")
            .body(Bytes::from(body.to_string()));
        let answer = self.world.call(request.expect("a request")).await;
        let status = answer.map(|answer| answer.status().as_u16());
        self.evidence.forged.extend(status);
    }

    /// A task of a version that is not running yet.
    fn future_task(&mut self, queue: Queue) {
        let token = self.evidence.token("future");
        let body = json!({ "task": "TaskV9", "token": token }).to_string();
        let mut input = json!({ "MessageBody": body });
        if matches!(queue, Queue::Inbound | Queue::Outbound) {
            input["MessageGroupId"] = json!(token);
            input["MessageDeduplicationId"] = json!(token);
        }
        let sent = self.world.aws.sqs.send(queue.name(), input);
        sent.expect("sent");
        self.evidence.future.push(token);
    }
}
