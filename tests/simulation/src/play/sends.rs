//! Letters of programs that send templates.

use bridge::flows::sends::Control;
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::json;

use super::{Play, stranger};
use crate::evidence::{Order, Posted, heads};
use crate::history::{Audience, Who, Wish};

/// The program's key, made with the world.
const KEY: &str = "b360_key_of_the_tests_bulk";
/// A request without a key of its own is known as a repeat for ten minutes.
const REPEAT_MS: i64 = 10 * 60 * 1_000;

impl Play<'_> {
    pub(super) fn sends(&mut self, audience: Audience) {
        let token = self.evidence.token("sends");
        let people = match audience.person {
            Some(person) => person..person + 1,
            None => 0..self.stage.people,
        };
        let people = people.map(|person| self.phone(person));
        let strangers = (0..audience.strangers).filter_map(|n| stranger(n).phone);
        let phones: Vec<_> = people.chain(strangers).collect();
        let texts =
            ["{{contact.name|du}}", &token].map(|text| json!({ "type": "text", "text": text }));
        let numbers: Vec<_> = phones.iter().map(|phone| format!("+{phone}")).collect();
        let body = json!({
            "phoneNumbers": numbers,
            "connectedWhatsAppNo": self.number(audience.number),
            "template": { "name": "order_confirmation", "language": { "code": "de" },
                "components": [{ "type": "body", "parameters": texts }] },
        });
        self.request(self.world.send_request(KEY, &body));
        self.evidence.sent.push(Order {
            number: audience.number,
            phones,
            token,
            body,
            at_ms: self.world.now().millis(),
        });
    }

    pub(super) fn sends_again(&mut self) {
        let newest = self.evidence.sent.last();
        // later it would be another send
        let fresh = |order: &&Order| self.world.now().millis() - order.at_ms < REPEAT_MS - 60_000;
        if let Some(body) = newest.filter(fresh).map(|order| order.body.clone()) {
            self.request(self.world.send_request(KEY, &body));
        }
    }

    /// A program writes to somebody; the request has a name, by which a repeat of it is known.
    pub(super) fn posts(&mut self, who: Who) {
        let token = self.evidence.token("posts");
        let body = json!({
            "connection": self.world.connections[who.number].0,
            "to": format!("+{}", self.phone(who.person)),
            "type": "text", "text": { "body": token },
        });
        let mut request = self.world.message_request(KEY, &body);
        let name = HeaderValue::from_str(&token).expect("a header");
        request.headers_mut().insert("idempotency-key", name);
        self.request(request);
        self.evidence.posted.push(Posted { who, token });
    }

    /// Calls the door; the program calls again, four times at most, where it gets no answer.
    fn request(&mut self, request: Request<Bytes>) {
        let world = self.world;
        self.run.beside(async move {
            for _ in 0..5 {
                let answer = world.call(request.clone()).await;
                let status = answer.map(|answer| answer.status().as_u16());
                if status.is_some_and(|status| status != 409 && status < 500) {
                    return;
                }
                world.sleep(std::time::Duration::from_secs(31)).await;
            }
        });
    }

    pub(super) async fn controls(&mut self, wish: Wish) {
        let Some(order) = self.evidence.sent.last() else {
            return;
        };
        let items = self.world.aws.dynamodb.items("bridge").expect("items");
        let Some(head) = heads(&items, &order.token).into_iter().next() else {
            return;
        };
        let id = head["id"]["S"].as_str().unwrap_or_default();
        let wish = match wish {
            Wish::Pause => Control::Pause,
            Wish::Resume => Control::Resume,
            Wish::Cancel => Control::Cancel,
        };
        // one that is cancelled cannot go on
        let _ = self.world.control(id, wish).await;
    }
}
