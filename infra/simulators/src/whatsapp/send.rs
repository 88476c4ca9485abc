//! Accepting a message of the business (360dialog reference §1.2, §1.5, §2.7, §5).

use serde_json::{Value, json};

use super::answer::Refusal;
use super::options::Refusing;
use super::state::{Message, State, is_user_id};
use super::{ReadMark, check, ids, phone, templates};

/// How far back a message may be quoted or reacted to.
const QUOTABLE_MS: i64 = 30 * 86_400_000;

/// Whom a message is for.
struct Recipient {
    /// `to` or `recipient` as given.
    input: String,
    by_user_id: bool,
    /// The customer, if there is one.
    known: Option<String>,
}

impl Recipient {
    /// The customer's key, or the digits dialled.
    fn key(&self) -> String {
        self.known.clone().unwrap_or_else(|| {
            if self.by_user_id {
                self.input.clone()
            } else {
                ids::digits(&self.input)
            }
        })
    }
}

/// What the template of a message says about it.
struct Sort {
    category: String,
    template: bool,
}

impl State {
    /// Takes a message: the answer of `POST /messages`, or the refusal.
    pub fn accept(&mut self, number: &str, body: &Value) -> Result<Value, Refusal> {
        let kind = check::envelope(body)?;
        let recipient = self.recipient(number, body)?;
        let unfit = check::content(self, number, &kind, body)?;
        let sort = self.sort(&kind, &body["template"], recipient.by_user_id)?;
        let mut failure = self.undeliverable(number, &recipient, sort.template)?;
        failure = failure
            .or(unfit)
            .or_else(|| self.bad_reaction(number, &recipient, &kind, body));
        self.take_limits(number, &recipient.key())?;
        failure = failure.or_else(|| self.failures.pop_front());
        let message = self.outbound(number, &recipient, &kind, body);
        let message = Message {
            category: sort.category,
            failed: failure.is_some(),
            ..message
        };
        self.remember(message.clone());
        self.schedule_statuses(&message, failure.as_ref());
        Ok(self.accepted(&message, &recipient, sort.template))
    }

    fn recipient(&self, number: &str, body: &Value) -> Result<Recipient, Refusal> {
        let (to, recipient) = (body["to"].as_str(), body["recipient"].as_str());
        let (input, by_user_id) = match (to, recipient) {
            (Some(to), _) if !ids::digits(to).is_empty() && !is_user_id(to) => (to, false),
            (None, Some(user_id)) if is_user_id(user_id) => (user_id, true),
            (None, None) => return Err(Refusal::parameter("The parameter to is required.")),
            (Some(_), _) => return Err(Refusal::new(131_009, "Param to is not a phone number.")),
            (None, Some(_)) => {
                return Err(Refusal::new(131_009, "Param recipient is not a user id."));
            }
        };
        let own = self.numbers.get(number).map(super::state::Number::digits);
        if !by_user_id && own.as_deref() == Some(ids::digits(input).as_str()) {
            return Err(Refusal::new(
                131_021,
                "Recipient phone number cannot be sender phone number",
            ));
        }
        Ok(Recipient {
            input: input.to_owned(),
            by_user_id,
            known: self
                .customer_key(input)
                .filter(|key| self.is_reached_by(key, input)),
        })
    }

    /// Whether somebody still has the number, or user id, that is addressed.
    fn is_reached_by(&self, key: &str, input: &str) -> bool {
        let card = self.people.get(key).map(|person| &person.card);
        let (phone, user_id) = card.map_or((None, None), |card| {
            (card.phone.as_deref(), card.user_id.as_deref())
        });
        let wanted = ids::comparable(&ids::digits(input));
        user_id == Some(input) || phone.is_some_and(|phone| ids::comparable(phone) == wanted)
    }

    fn sort(&self, kind: &str, template: &Value, by_user_id: bool) -> Result<Sort, Refusal> {
        if kind != "template" {
            return Ok(Sort {
                category: "service".to_owned(),
                template: false,
            });
        }
        let found = templates::check(&self.templates, template)?;
        let category = found["category"]
            .as_str()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if by_user_id && category == "authentication" {
            let refusal = "Authentication templates cannot be sent to a business-scoped user id.";
            return Err(Refusal::new(131_062, refusal));
        }
        Ok(Sort {
            category,
            template: true,
        })
    }

    /// 131026 and 131047, at once or for later as the options say.
    fn undeliverable(
        &self,
        number: &str,
        recipient: &Recipient,
        template: bool,
    ) -> Result<Option<Refusal>, Refusal> {
        let now = self.now();
        let open = self
            .numbers
            .get(number)
            .is_some_and(|number| number.window_open(&recipient.key(), now));
        let (refusal, when) = if recipient.known.is_none() {
            let details = "Message Undeliverable. The recipient is not a WhatsApp user.";
            (
                Refusal::new(131_026, details),
                self.options.recipient_refusal,
            )
        } else if self.options.window && !template && !open {
            let details = "Message failed to send because more than 24 hours have passed since \
                the customer last replied to this number.";
            (Refusal::new(131_047, details), self.options.window_refusal)
        } else {
            return Ok(None);
        };
        if when == Refusing::AtOnce {
            Err(refusal)
        } else {
            Ok(Some(refusal))
        }
    }

    /// 131009 for a reaction to something that cannot be reacted to.
    fn bad_reaction(
        &self,
        number: &str,
        recipient: &Recipient,
        kind: &str,
        body: &Value,
    ) -> Option<Refusal> {
        let target = body["reaction"]["message_id"].as_str().unwrap_or_default();
        let bad = kind == "reaction" && self.quotable(number, &recipient.key(), target).is_none();
        bad.then(|| {
            Refusal::new(
                131_009,
                "The message to react to does not exist or is too old.",
            )
        })
    }

    /// A message of this chat, at most 30 days old, that is not a reaction.
    fn quotable(&self, number: &str, customer: &str, wamid: &str) -> Option<&Message> {
        let now = self.now();
        self.message(wamid).filter(|found| {
            let here = found.number == number && found.customer == customer;
            here && found.kind != "reaction" && now - found.at_ms <= QUOTABLE_MS
        })
    }

    fn take_limits(&mut self, number: &str, customer: &str) -> Result<(), Refusal> {
        let (now, per_second, pairs) =
            (self.now(), self.options.throughput, self.options.pair_limit);
        let Some(number) = self.numbers.get_mut(number) else {
            return Err(Refusal::new(131_000, "The number is gone."));
        };
        if pairs && !number.take_pair(customer, now) {
            let details = "Message failed to send because there were too many messages sent from \
                this phone number to the same phone number in a short period of time.";
            return Err(Refusal::new(131_056, details));
        }
        if number.take_throughput(now, per_second) {
            return Ok(());
        }
        if pairs && let Some(used) = number.pairs.get_mut(customer) {
            *used -= 6_000; // what is refused does not count
        }
        let details = "Message failed to send because there were too many messages sent from this \
            phone number in a short period of time.";
        Err(Refusal::new(130_429, details))
    }

    fn outbound(&mut self, number: &str, to: &Recipient, kind: &str, body: &Value) -> Message {
        let key = to.key();
        let quoted = match kind {
            "reaction" => &body["reaction"]["message_id"],
            "template" => &Value::Null, // a template never shows a quote
            _ => &body["context"]["message_id"],
        };
        let quoted = quoted
            .as_str()
            .filter(|id| self.quotable(number, &key, id).is_some());
        Message {
            wamid: ids::wamid(&key, self.next(), true),
            number: number.to_owned(),
            customer: key,
            from_business: true,
            kind: kind.to_owned(),
            text: phone::readable(kind, body, &self.templates),
            context: quoted.map(str::to_owned),
            callback_data: body["biz_opaque_callback_data"].as_str().map(str::to_owned),
            at_ms: self.now(),
            body: body.clone(),
            by_user_id: to.by_user_id,
            category: String::new(),
            failed: false,
            read: false,
        }
    }

    fn accepted(&self, message: &Message, recipient: &Recipient, template: bool) -> Value {
        let mut contact = json!({ "input": recipient.input });
        let card = self
            .people
            .get(&message.customer)
            .map(|person| &person.card);
        if !recipient.by_user_id {
            let phone = card.and_then(|card| card.phone.clone());
            contact["wa_id"] = json!(phone.unwrap_or_else(|| message.customer.clone()));
        }
        if let Some(user_id) = card.and_then(|card| card.user_id.as_deref()) {
            contact["user_id"] = json!(user_id);
        }
        let mut sent = json!({ "id": message.wamid });
        if template {
            sent["message_status"] = json!("accepted");
        }
        json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [sent] })
    }

    /// Marks an inbound message as read (§1.4).
    pub fn mark_read(&mut self, number: &str, body: &Value) -> Result<Value, Refusal> {
        let wamid = body["message_id"].as_str().unwrap_or_default();
        let inbound = |found: &&Message| found.number == number && !found.from_business;
        if body["messaging_product"] != "whatsapp" || body["status"] != "read" {
            return Err(Refusal::parameter("Param status must be read."));
        }
        if self.message(wamid).filter(inbound).is_none() {
            return Err(Refusal::new(
                131_009,
                "Param message_id is not an inbound message.",
            ));
        }
        let typing = match body["typing_indicator"]["type"].as_str() {
            None => false,
            Some("text") => true,
            Some(_) => {
                return Err(Refusal::parameter(
                    "Param typing_indicator['type'] must be text.",
                ));
            }
        };
        let mark = ReadMark {
            wamid: wamid.to_owned(),
            typing,
            at_ms: self.now(),
        };
        if let Some(number) = self.numbers.get_mut(number) {
            number.read_marks.push(mark);
        }
        Ok(json!({ "success": true }))
    }
}
