//! The webhooks on their way: what is due, what comes again, what is given up.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::envelope::{self, Event};
use super::ids;
use super::state::State;
use super::webhooks::{Undelivered, WebhookConfig};

#[derive(Clone, Debug)]
pub(crate) enum Load {
    Events(Vec<Event>),
    Raw(Value),
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    number: String,
    due_ms: i64,
    first_ms: Option<i64>,
    attempts: u32,
    duplicate: bool,
    pub in_flight: bool,
    last: String,
    load: Load,
}

/// The webhooks not yet delivered, with the knobs that disturb them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub waiting: BTreeMap<u64, Delivery>,
    pub given_up: Vec<Undelivered>,
    pub waba: Option<WebhookConfig>,
    pub waba_next: Option<(i64, WebhookConfig, bool)>,
    pub held: bool,
    pub merge: bool,
    pub shuffle: Option<u64>,
    pub duplicate_every: u64,
    pub duplicate_next: u64,
    delivered: u64,
}

impl State {
    /// Queues a webhook, due at `due_ms` or a little later when shuffled.
    pub fn enqueue(&mut self, number: &str, due_ms: i64, load: Load) {
        let seq = self.next();
        let within = u64::try_from(self.options.shuffle_within_ms)
            .unwrap_or_default()
            .max(1);
        let jitter = self
            .queue
            .shuffle
            .map_or(0, |seed| ids::spread(ids::spread(seed) ^ seq) % within);
        self.put_back(
            seq,
            Delivery {
                number: number.to_owned(),
                due_ms: due_ms.saturating_add(i64::try_from(jitter).unwrap_or_default()),
                first_ms: None,
                attempts: 0,
                duplicate: false,
                in_flight: false,
                last: String::new(),
                load,
            },
        );
    }

    fn put_back(&mut self, seq: u64, delivery: Delivery) {
        self.queue.waiting.insert(seq, delivery);
    }

    /// A number's webhook: its own, else the WABA's (after that one has taken effect).
    pub fn webhook_of(&mut self, number: &str) -> Option<WebhookConfig> {
        let now = self.now();
        if let Some((_, config, override_all)) = self.queue.waba_next.take_if(|next| next.0 <= now)
        {
            if override_all {
                self.numbers
                    .values_mut()
                    .for_each(|number| number.webhook = Some(config.clone()));
            }
            self.queue.waba = Some(config);
        }
        self.numbers
            .get(number)?
            .webhook
            .clone()
            .or_else(|| self.queue.waba.clone())
    }

    pub fn next_due(&self) -> Option<i64> {
        if self.queue.held {
            return None;
        }
        self.queue
            .waiting
            .values()
            .filter(|item| !item.in_flight)
            .map(|item| item.due_ms)
            .min()
    }

    /// Marks what is due as being in flight, merged if asked, in order of due time.
    pub fn take_due(&mut self) -> Vec<u64> {
        let now = self.now();
        if self.queue.held {
            return Vec::new();
        }
        let ready = |item: &Delivery| !item.in_flight && item.due_ms <= now;
        let mut due: Vec<(i64, u64)> = self
            .queue
            .waiting
            .iter()
            .filter(|(_, item)| ready(item))
            .map(|(seq, item)| (item.due_ms, *seq))
            .collect();
        due.sort_unstable();
        let mut seqs: Vec<u64> = due.into_iter().map(|(_, seq)| seq).collect();
        if self.queue.merge {
            seqs = self.merged(&seqs);
        }
        for seq in &seqs {
            if let Some(item) = self.queue.waiting.get_mut(seq) {
                item.in_flight = true;
            }
        }
        seqs
    }

    /// First attempts of one number become one body of up to 1,000 updates.
    fn merged(&mut self, seqs: &[u64]) -> Vec<u64> {
        let mut heads: BTreeMap<String, u64> = BTreeMap::new();
        let mut kept = Vec::new();
        for seq in seqs {
            let Some(item) = self.queue.waiting.get(seq) else {
                continue;
            };
            let fresh = item.attempts == 0 && !item.duplicate;
            let (number, Load::Events(events)) = (item.number.clone(), item.load.clone()) else {
                kept.push(*seq);
                continue;
            };
            let head = heads
                .get(&number)
                .and_then(|head| self.queue.waiting.get_mut(head));
            if let Some(Delivery {
                load: Load::Events(all),
                ..
            }) = head
                && fresh
                && all.len() + events.len() <= 1_000
            {
                all.extend(events);
                self.queue.waiting.remove(seq);
                continue;
            }
            kept.push(*seq);
            if fresh {
                heads.insert(number, *seq);
            }
        }
        kept
    }

    fn render(&self, item: &Delivery) -> Value {
        match (&item.load, self.numbers.get(&item.number)) {
            (Load::Raw(body), _) => body.clone(),
            (Load::Events(events), Some(number)) => {
                envelope::body(&self.options.waba_id, number, events)
            }
            (Load::Events(_), None) => Value::Null,
        }
    }

    /// The call for one delivery, or why there is none.
    pub fn request(&mut self, seq: u64) -> Result<Request<Bytes>, String> {
        let item = self
            .queue
            .waiting
            .get(&seq)
            .cloned()
            .ok_or("the webhook is gone")?;
        let config = self.webhook_of(&item.number).ok_or("no webhook is set")?;
        let mut request = Request::post(&config.url).header("content-type", "application/json");
        for (name, value) in &config.headers {
            request = request.header(name, value);
        }
        let body = self.render(&item).to_string();
        request
            .body(Bytes::from(body))
            .map_err(|error| error.to_string())
    }

    /// Notes how an attempt ended: gone, gone and once more, again later, or given up.
    pub fn settle(&mut self, seq: u64, outcome: Result<(), String>) {
        let now = self.now();
        let Some(mut item) = self.queue.waiting.remove(&seq) else {
            return;
        };
        item.in_flight = false;
        item.attempts += 1;
        let first_ms = *item.first_ms.get_or_insert(now);
        let Err(last) = outcome else {
            self.maybe_duplicate(item);
            return;
        };
        item.last = last;
        let doublings = item.attempts.saturating_sub(1).min(40);
        let pause = self.options.retry_first_ms.saturating_mul(1 << doublings);
        item.due_ms = now.saturating_add(pause.min(self.options.retry_cap_ms));
        if item.due_ms - first_ms > self.options.retry_for_ms {
            let item = self.undelivered(&item);
            self.queue.given_up.push(item);
        } else {
            self.put_back(seq, item);
        }
    }

    fn maybe_duplicate(&mut self, item: Delivery) {
        if item.duplicate {
            return;
        }
        let queue = &mut self.queue;
        queue.delivered += 1;
        let by_count =
            queue.duplicate_every > 0 && queue.delivered.is_multiple_of(queue.duplicate_every);
        if by_count || queue.duplicate_next > 0 {
            queue.duplicate_next = queue.duplicate_next.saturating_sub(u64::from(!by_count));
            let due_ms = self.now().saturating_add(self.options.duplicate_after_ms);
            let seq = self.next();
            let again = Delivery {
                due_ms,
                first_ms: None,
                attempts: 0,
                duplicate: true,
                ..item
            };
            self.put_back(seq, again);
        }
    }

    pub fn undelivered(&self, item: &Delivery) -> Undelivered {
        Undelivered {
            number: item.number.clone(),
            due_ms: item.due_ms,
            attempts: item.attempts,
            last: item.last.clone(),
            body: self.render(item),
        }
    }
}
