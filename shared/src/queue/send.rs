//! Into the queues. A send is good only when the queue took every entry.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use base64::Engine as _;
use futures::future::join_all;
use serde::Serialize;

use super::batch::{self, Entry, body_of};
use super::pass_on::PassOnV1;
use super::task::{
    AgentV1, AlertV1, CallbackTask, InboundTask, InboundV1, MediaV1, NoteV1, OutboundTask,
    QuarantineV1, StatusTask, TemplateV1,
};
use crate::domain::hash::{GroupKey, base62_of, sha256_hex};
use crate::domain::ids::{ConnectionId, ContactId, RoomId};
use crate::domain::time::Timestamp;
use crate::mutant::{Mutant, on};

/// The queue did not take everything: the caller must not acknowledge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("queue_unavailable")]
pub struct NotEnqueued;

/// How many calls of one body run at the same time.
const CALLS_AT_ONCE: usize = 8;
/// How much of an unreadable body is kept.
const QUARANTINED: usize = 64 * 1024;

/// Where a worker puts what it gives up itself.
#[derive(Clone)]
pub struct DeadLetterQueue {
    client: Client,
    url: String,
}

impl DeadLetterQueue {
    /// The queue at `url`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        let url = url.into();
        Self { client, url }
    }

    /// The SDK client, for the receiving side.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Puts a task there as it is.
    pub async fn send(&self, body: &str) -> Result<(), NotEnqueued> {
        let message = self.client.send_message().queue_url(&self.url);
        let sent = message.message_body(body).send().await;
        sent.map(drop).map_err(|_| NotEnqueued)
    }
}

/// The senders' side of the queues. A function holds the URLs that it may write to.
#[derive(Clone)]
pub struct Queues {
    client: Client,
    key: GroupKey,
    inbound: String,
    outbound: String,
    bulk: String,
    statuses: String,
    callbacks: String,
}

/// The URLs of the queues; empty where a function has no right to write.
#[derive(Clone, Debug, Default)]
pub struct QueueUrls {
    /// `inbound.fifo`
    pub inbound: String,
    /// `outbound.fifo`
    pub outbound: String,
    /// `bulk`
    pub bulk: String,
    /// `statuses`
    pub statuses: String,
    /// `callbacks`
    pub callbacks: String,
}

impl Queues {
    /// Queues behind `client`.
    pub fn new(client: Client, key: GroupKey, urls: QueueUrls) -> Self {
        let QueueUrls {
            inbound,
            outbound,
            bulk,
            statuses,
            callbacks,
        } = urls;
        Self {
            client,
            key,
            inbound,
            outbound,
            bulk,
            statuses,
            callbacks,
        }
    }

    /// The SDK client, for the receiving side (visibility, dead-letter queues).
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens the connection to SQS while the environment starts: the first message does not wait
    /// for DNS and TLS. Best effort; asks for a queue's attributes, which may be refused.
    pub async fn warm_up(&self) {
        let urls = [&self.inbound, &self.outbound, &self.statuses];
        let Some(url) = urls.into_iter().find(|url| !url.is_empty()) else {
            return;
        };
        let asked = self.client.get_queue_attributes().queue_url(url).send();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(3), asked).await;
    }

    /// Puts a body's messages into `inbound.fifo`: per contact in order, everything or an error.
    pub async fn send_messages(&self, task: InboundV1) -> Result<(), NotEnqueued> {
        for round in batch::rounds(&self.key, task) {
            self.send_all(&self.inbound, round, true).await?;
        }
        Ok(())
    }

    /// Puts status tasks into `statuses`.
    pub async fn send_statuses(&self, tasks: &[StatusTask]) -> Result<(), NotEnqueued> {
        self.send_loose(&self.statuses, tasks).await
    }

    /// Puts callbacks into `callbacks`.
    pub async fn send_callbacks(&self, tasks: &[CallbackTask]) -> Result<(), NotEnqueued> {
        self.send_loose(&self.callbacks, tasks).await
    }

    /// Puts an event for the workspace's former webhook into `callbacks`.
    pub async fn send_pass_on(&self, task: &PassOnV1) -> Result<(), NotEnqueued> {
        let entry = Entry {
            body: task.entry(),
            group: String::new(),
            dedup: String::new(),
        };
        self.send_all(&self.callbacks, vec![entry], false).await
    }

    /// Puts tasks that keep no order into a standard queue.
    async fn send_loose<T: Serialize>(&self, url: &str, tasks: &[T]) -> Result<(), NotEnqueued> {
        let entry = |task| Entry {
            body: body_of(task),
            group: String::new(),
            dedup: String::new(),
        };
        let entries = tasks.iter().map(entry).collect();
        self.send_all(url, entries, false).await
    }

    /// Puts a body that nobody can read into `inbound.fifo`, for the parked records.
    pub async fn send_quarantine(
        &self,
        connection: &ConnectionId,
        reason: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), NotEnqueued> {
        let sha256 = sha256_hex(body);
        let head = &body[..body.len().min(QUARANTINED)];
        let task = InboundTask::Quarantine(QuarantineV1 {
            connection: connection.clone(),
            received_at: now,
            reason: reason.to_owned(),
            sha256: sha256.clone(),
            length: body.len(),
            head: base64::engine::general_purpose::STANDARD.encode(head),
        });
        let group = self.key.mac(&["quarantine", connection.as_str(), &sha256]);
        let entry = Entry {
            body: body_of(&task),
            group,
            dedup: sha256,
        };
        self.send_all(&self.inbound, vec![entry], true).await
    }

    /// Puts an event of Rocket.Chat that nobody can read into `outbound.fifo`, as it is: the worker
    /// parks what it cannot read.
    pub async fn send_unreadable_event(&self, body: &[u8]) -> Result<(), NotEnqueued> {
        let sha256 = sha256_hex(body);
        let head = String::from_utf8_lossy(&body[..body.len().min(QUARANTINED)]);
        // characters that SQS does not take are of no use to an operator either
        let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
        let text: String = head.chars().filter(allowed).collect();
        let body = format!(
            "unreadable event, {} bytes, sha256 {sha256}: {text}",
            body.len()
        );
        let group = self.key.mac(&["unreadable", &sha256]);
        let entry = Entry {
            body,
            group,
            dedup: sha256,
        };
        self.send_all(&self.outbound, vec![entry], true).await
    }

    /// Puts a note to agents into `inbound.fifo`.
    pub async fn send_note(&self, note: NoteV1) -> Result<(), NotEnqueued> {
        let group = batch::note_group(&self.key, note.room.as_str());
        let dedup = base62_of(&["note", &note.key], 43);
        let entry = Entry {
            body: body_of(&InboundTask::Note(note)),
            group,
            dedup,
        };
        self.send_all(&self.inbound, vec![entry], true).await
    }

    /// Puts an alert into `inbound.fifo`: in order with the notes of its room.
    pub async fn send_alert(&self, alert: AlertV1) -> Result<(), NotEnqueued> {
        let group = batch::note_group(&self.key, room_of(&alert));
        let dedup = base62_of(&["note", &alert.key], 43);
        let entry = Entry {
            body: body_of(&InboundTask::Alert(alert)),
            group,
            dedup,
        };
        self.send_all(&self.inbound, vec![entry], true).await
    }

    /// Puts a file that is fetched later into `inbound.fifo`.
    pub async fn send_media(&self, task: MediaV1) -> Result<(), NotEnqueued> {
        let id = &task.message.id;
        let group = batch::media_group(&self.key, id);
        let dedup = base62_of(&["media", id.as_str()], 43);
        let entry = Entry {
            body: body_of(&InboundTask::Media(task)),
            group,
            dedup,
        };
        self.send_all(&self.inbound, vec![entry], true).await
    }

    /// Puts a task for one contact into `outbound.fifo`. `dedup` names the event (`<_id>#<editedAt>`).
    pub async fn send_outbound(
        &self,
        contact: &ContactId,
        dedup: &str,
        task: &OutboundTask,
    ) -> Result<(), NotEnqueued> {
        let mut group = batch::outbound_group(&self.key, contact);
        if on(Mutant::GroupPerMessage) {
            group = base62_of(&[dedup], 22);
        }
        let dedup = base62_of(&["outbound", contact.as_str(), dedup], 43);
        let entry = Entry {
            body: body_of(task),
            group,
            dedup,
        };
        self.send_all(&self.outbound, vec![entry], true).await
    }

    /// Puts an agent's message into `outbound.fifo`: each version of it once in five minutes, whoever
    /// tells of it.
    pub async fn send_agent_message(&self, task: AgentV1) -> Result<(), NotEnqueued> {
        let edited = task.message.edited_at.as_deref().unwrap_or_default();
        let dedup = format!("said#{}#{edited}", task.message.id);
        let contact = task.contact.clone();
        self.send_outbound(&contact, &dedup, &OutboundTask::Agent(task))
            .await
    }

    /// Puts tasks of sends into `bulk`.
    pub async fn send_bulk(&self, tasks: &[OutboundTask]) -> Result<(), NotEnqueued> {
        self.send_loose(&self.bulk, tasks).await
    }

    /// Puts a task that was parked into its queue again (`inbound`, `outbound`, `statuses`,
    /// `callbacks`). Its
    /// group is computed from the task, so that it keeps its order; `dedup` names the parked
    /// record. A body that this version cannot read goes too: its worker parks it again.
    pub async fn resend(&self, queue: &str, body: &str, dedup: &str) -> Result<(), NotEnqueued> {
        let (url, group) = match queue {
            "inbound" => (&self.inbound, self.group_of_inbound(body)),
            "outbound" => (&self.outbound, self.group_of_outbound(body)),
            "statuses" => (&self.statuses, String::new()),
            "callbacks" => (&self.callbacks, String::new()),
            _ => return Err(NotEnqueued),
        };
        let entry = Entry {
            body: body.to_owned(),
            group,
            dedup: base62_of(&["resend", queue, dedup], 43),
        };
        let fifo = !matches!(queue, "statuses" | "callbacks");
        self.send_all(url, vec![entry], fifo).await
    }

    fn group_of_inbound(&self, body: &str) -> String {
        match serde_json::from_str(body) {
            Ok(InboundTask::Messages(task)) => match task.messages.first() {
                Some(message) => {
                    let (sender, id) = (&message.sender, &message.id);
                    batch::inbound_group(&self.key, &task.connection, sender, id)
                }
                None => self.group_of_unreadable(body),
            },
            Ok(InboundTask::Note(note)) => batch::note_group(&self.key, note.room.as_str()),
            Ok(InboundTask::Alert(alert)) => batch::note_group(&self.key, room_of(&alert)),
            Ok(InboundTask::Media(task)) => batch::media_group(&self.key, &task.message.id),
            Ok(InboundTask::Quarantine(task)) => {
                self.key
                    .mac(&["quarantine", task.connection.as_str(), &task.sha256])
            }
            Err(_) => self.group_of_unreadable(body),
        }
    }

    fn group_of_outbound(&self, body: &str) -> String {
        let contact = match serde_json::from_str(body) {
            Ok(OutboundTask::Agent(task)) => task.contact,
            Ok(OutboundTask::Closed(task)) => task.contact,
            Ok(OutboundTask::Text(task)) => task.contact,
            Ok(OutboundTask::Release(task)) => task.contact,
            Ok(OutboundTask::Again(task)) => task.contact,
            Ok(OutboundTask::Expire(task)) => task.contact,
            Ok(OutboundTask::Reopen(task)) => task.contact,
            Ok(OutboundTask::Asked(task)) => task.contact,
            Ok(OutboundTask::Program(task)) => task.contact,
            Ok(OutboundTask::Template(TemplateV1 {
                contact: Some(contact),
                ..
            })) => contact,
            // what came from `bulk` has no order to keep
            Ok(OutboundTask::Template(_) | OutboundTask::Fanout(_)) | Err(_) => {
                return self.group_of_unreadable(body);
            }
        };
        batch::outbound_group(&self.key, &contact)
    }

    fn group_of_unreadable(&self, body: &str) -> String {
        self.key.mac(&["unreadable", &sha256_hex(body.as_bytes())])
    }

    /// Sends entries in as few calls as possible, several at once. The entries must be of
    /// different groups: within a group the order of concurrent calls would be open.
    async fn send_all(
        &self,
        url: &str,
        entries: Vec<Entry>,
        fifo: bool,
    ) -> Result<(), NotEnqueued> {
        for calls in batch::calls(entries).chunks(CALLS_AT_ONCE) {
            let sent = join_all(calls.iter().map(|call| self.send_call(url, call, fifo))).await;
            sent.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(())
    }

    async fn send_call(&self, url: &str, call: &[Entry], fifo: bool) -> Result<(), NotEnqueued> {
        let mut request = self.client.send_message_batch().queue_url(url);
        for (n, entry) in call.iter().enumerate() {
            let one = SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_body(&entry.body)
                .set_message_group_id(fifo.then(|| entry.group.clone()))
                .set_message_deduplication_id(fifo.then(|| entry.dedup.clone()));
            request = request.entries(one.build().map_err(|_| NotEnqueued)?);
        }
        let answer = request.send().await.map_err(|_| NotEnqueued)?;
        if answer.failed.is_empty() && answer.successful.len() == call.len() {
            Ok(())
        } else {
            Err(NotEnqueued)
        }
    }
}

/// The room whose notes an alert is in order with; all of the setup channel are in one order.
fn room_of(alert: &AlertV1) -> &str {
    alert.room.as_ref().map_or("setup", RoomId::as_str)
}
