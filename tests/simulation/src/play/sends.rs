//! Letters of programs that send templates.

use bridge::flows::sends::Control;
use serde_json::{Value, json};

use super::{Play, stranger};
use crate::evidence::{Order, heads};
use crate::history::{Audience, Wish};

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
        self.request(body.clone());
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
            self.request(body);
        }
    }

    /// Calls the door; the program calls again, four times at most, where it gets no answer.
    fn request(&mut self, body: Value) {
        let world = self.world;
        self.run.beside(async move {
            for _ in 0..5 {
                let answer = world.call(world.send_request(KEY, &body)).await;
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
