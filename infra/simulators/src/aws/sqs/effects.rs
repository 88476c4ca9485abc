//! What the operations do to the queues: send, receive, delete, change visibility.

use super::check::{self, invalid, no_queue};
use super::model::{Draft, Message, Receipt, Taken, Want};
use super::{QueueConfig, Sqs, State, arn, record, wire};
use crate::aws::OpenError;
use crate::aws::answer::Refusal;

impl Sqs {
    /// Queues a checked message; gives its id and number, a duplicate those of the first.
    pub(super) fn enqueue(
        &self,
        name: &str,
        check: impl FnOnce(&QueueConfig) -> Result<Draft, Refusal>,
    ) -> Result<(String, u64), Refusal> {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let State {
            queues, counter, ..
        } = &mut *state;
        let queue = queues.get_mut(name).ok_or_else(no_queue)?;
        let draft = check(&queue.config)?;
        if let (true, Some(group), Some(dedup)) = (queue.config.fifo, &draft.group, &draft.dedup)
            && let Some(first) = queue.dedup.find(group, dedup, now_ms)
        {
            return Ok((first.message_id, first.sequence));
        }
        *counter += 1;
        let message = queue.message(draft, *counter, now_ms);
        self.keep(name, &message).map_err(internal)?;
        let sent = (message.id.clone(), message.seq);
        queue.add(message);
        drop(state);
        self.wake();
        Ok(sent)
    }

    /// Receives; moves what was received too often to the dead-letter queue, drops what is too old.
    pub(super) fn receive(&self, name: &str, want: Want) -> Result<Vec<Message>, Refusal> {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let State {
            queues, counter, ..
        } = &mut *state;
        let config = &queues.get(name).ok_or_else(no_queue)?.config;
        let redrive = config
            .dead_letter
            .clone()
            .filter(|(dead, _)| queues.contains_key(dead));
        let queue = queues.get_mut(name).ok_or_else(no_queue)?;
        for seq in queue.expire(now_ms) {
            self.forget(name, seq).map_err(internal)?;
        }
        let most = redrive.as_ref().map(|(_, most)| *most);
        let Taken { received, dead } = queue.receive(want, most, now_ms, counter);
        let moved = !dead.is_empty();
        if let Some((target, _)) = redrive
            && let Some(queue) = queues.get_mut(&target)
        {
            for message in dead {
                let old = message.seq;
                *counter += 1;
                let message = message.given_up(*counter, arn(name), queue.config.fifo, now_ms);
                self.keep(&target, &message).map_err(internal)?;
                self.forget(name, old).map_err(internal)?;
                queue.messages.insert(message.seq, message);
            }
        }
        drop(state);
        if moved {
            self.wake();
        }
        Ok(received)
    }

    /// Deletes by receipt handle. An outdated handle is an error on a FIFO queue and without effect
    /// on a standard one; a handle of a deleted message is fine.
    pub(crate) fn delete(&self, name: &str, handle: &str) -> Result<(), Refusal> {
        let (seq, receipt) = record::read_handle(name, handle)?;
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let queue = state.queues.get_mut(name).ok_or_else(no_queue)?;
        match (queue.judge(seq, receipt, now_ms), queue.config.fifo) {
            (Receipt::Gone, _) | (Receipt::Superseded, false) => return Ok(()),
            (Receipt::Lapsed | Receipt::Superseded, true) => return Err(lapsed(handle)),
            (Receipt::Current, _) | (Receipt::Lapsed, false) => {}
        }
        self.forget(name, seq).map_err(internal)?;
        queue.messages.remove(&seq);
        drop(state);
        self.wake();
        Ok(())
    }

    /// Hides a message in flight for `seconds` from now; 0 shows it at once.
    pub(super) fn change_visibility(
        &self,
        name: &str,
        handle: &str,
        seconds: i64,
    ) -> Result<(), Refusal> {
        let (seq, receipt) = record::read_handle(name, handle)?;
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let queue = state.queues.get_mut(name).ok_or_else(no_queue)?;
        match (queue.judge(seq, receipt, now_ms), queue.config.fifo) {
            (Receipt::Current, _) => {}
            (Receipt::Lapsed | Receipt::Superseded, true) => return Err(lapsed(handle)),
            (Receipt::Lapsed | Receipt::Superseded, false) => return Err(wire::not_in_flight()),
            (Receipt::Gone, _) => {
                return Err(invalid(format!(
                    "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does \
                     not exist or is not available for visibility timeout change."
                )));
            }
        }
        let Some(message) = queue.messages.get_mut(&seq) else {
            return Ok(());
        };
        let until_ms = now_ms + seconds * 1000;
        if until_ms - message.received_ms > check::MAX_VISIBILITY_S * 1000 {
            return Err(invalid(format!(
                "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total \
                 VisibilityTimeout for the message is beyond the limit [43200 seconds]."
            )));
        }
        message.visible_at_ms = until_ms;
        drop(state);
        self.wake();
        Ok(())
    }

    /// Takes messages for an event source mapping, hidden for the queue's visibility timeout.
    pub(crate) fn take(&self, name: &str, max: usize, max_bytes: usize) -> Vec<Message> {
        let want = Want {
            max,
            visibility_ms: None,
            max_bytes,
        };
        self.receive(name, want).unwrap_or_default()
    }
}

pub(super) fn internal(error: OpenError) -> Refusal {
    Refusal {
        code: Some("InternalFailure"),
        ..Refusal::internal(error.0)
    }
}

fn lapsed(handle: &str) -> Refusal {
    invalid(format!(
        "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has \
         expired."
    ))
}
