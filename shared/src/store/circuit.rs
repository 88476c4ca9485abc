//! Circuits of numbers: each an item of its own, apart from the connection that people change.

use super::{Item, Store, StoreError, expiry, is_expired, keys, number, read, took_place, write};
use crate::domain::connection::Circuit;
use crate::domain::ids::ConnectionId;
use crate::domain::time::{Timestamp, days};

impl Store {
    /// The circuit of a number; `None` where it is closed.
    pub async fn find_circuit(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Circuit>, StoreError> {
        self.get(keys::circuit(id), now).await
    }

    /// Every open circuit with its connection's id.
    pub async fn list_circuits(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(ConnectionId, Circuit)>, StoreError> {
        let items = self.query(keys::CIRCUITS, "", false, usize::MAX).await?;
        let open = items.into_iter().filter(|item| !is_expired(item, now));
        open.map(|item| {
            let id = item.get("sk").and_then(|sk| sk.as_s().ok().cloned());
            let id = id.ok_or(StoreError::Unreadable)?;
            Ok((ConnectionId::new(id), read(item)?))
        })
        .collect()
    }

    /// Opens a circuit, whatever stood there. It closes itself two days after its pause.
    pub async fn put_circuit(
        &self,
        id: &ConnectionId,
        circuit: &Circuit,
    ) -> Result<(), StoreError> {
        self.put(circuit_item(id, circuit)?).await
    }

    /// Opens a circuit where none stands; gives what stands then, which is `circuit` for one of
    /// several workers (also where its own answer was lost and the call repeated).
    pub async fn create_circuit(
        &self,
        id: &ConnectionId,
        circuit: &Circuit,
        now: Timestamp,
    ) -> Result<Circuit, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(circuit_item(id, circuit)?))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(now.seconds()))
            .send()
            .await;
        if took_place(answer)? {
            return Ok(circuit.clone());
        }
        let standing = self.find_circuit(id, now).await?;
        standing.ok_or(StoreError::Conflict)
    }

    /// Moves a circuit from `known` to `next`; gives what stands then, which is `next` for one of
    /// several workers that try (also where its own answer was lost and the call repeated).
    pub async fn move_circuit(
        &self,
        id: &ConnectionId,
        known: &Circuit,
        next: &Circuit,
        now: Timestamp,
    ) -> Result<Option<Circuit>, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(circuit_item(id, next)?))
            .condition_expression("#until = :known")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":known", number(known.until.millis()))
            .send()
            .await;
        match took_place(answer)? {
            true => Ok(Some(next.clone())),
            false => self.find_circuit(id, now).await,
        }
    }

    /// The number works: its circuit is closed, unless it is another one than `known` by now. `false`
    /// where another one stands.
    pub async fn delete_circuit(
        &self,
        id: &ConnectionId,
        known: &Circuit,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::circuit(id).into()))
            .condition_expression("attribute_not_exists(pk) OR #until = :known")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":known", number(known.until.millis()));
        took_place(request.send().await)
    }
}

fn circuit_item(id: &ConnectionId, circuit: &Circuit) -> Result<Item, StoreError> {
    write(keys::circuit(id), circuit, expiry(circuit.until, days(2)))
}
