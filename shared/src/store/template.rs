//! Templates of a connection, and how their refreshes went.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, expiry, is_expired, keys, number, read, text, took_place, write};
use crate::domain::ids::ConnectionId;
use crate::domain::template::Template;
use crate::domain::time::{Timestamp, days};

/// DynamoDB takes this many items in one `BatchWriteItem`.
const BATCH: usize = 25;

/// How the refreshes of a connection's templates went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// The last that ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<Timestamp>,
    /// How many templates it found.
    #[serde(default)]
    pub found: usize,
    /// The last that failed, if later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// Why, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How often something was said to have changed …
    #[serde(default)]
    pub asked: u64,
    /// … and which of these the last refresh knew of.
    #[serde(default)]
    pub done: u64,
}

impl Sync {
    /// Something was said to have changed since the last refresh began: the next tick refreshes.
    pub fn is_due(&self) -> bool {
        self.asked > self.done
    }
}

impl Store {
    /// One template by name and language (in any spelling of the language).
    pub async fn find_template(
        &self,
        connection: &ConnectionId,
        (name, language): (&str, &str),
        now: Timestamp,
    ) -> Result<Option<Template>, StoreError> {
        self.get(keys::template(connection, name, language), now)
            .await
    }

    /// All templates of a connection, those that are gone included, by name and language.
    pub async fn list_templates(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Vec<Template>, StoreError> {
        self.templates_under(connection, "", now).await
    }

    /// The templates of one name, in all its languages.
    pub async fn list_template_languages(
        &self,
        connection: &ConnectionId,
        name: &str,
        now: Timestamp,
    ) -> Result<Vec<Template>, StoreError> {
        let head = keys::template_head(name);
        self.templates_under(connection, &head, now).await
    }

    async fn templates_under(
        &self,
        connection: &ConnectionId,
        head: &str,
        now: Timestamp,
    ) -> Result<Vec<Template>, StoreError> {
        let pk = keys::template_pk(connection);
        let items = self.query(&pk, head, false, usize::MAX).await?;
        let standing = items.into_iter().filter(|item| !is_expired(item, now));
        standing.map(read).collect()
    }

    /// Writes templates, whatever stood there. One that is gone stays for 30 days.
    pub async fn put_templates(
        &self,
        connection: &ConnectionId,
        templates: &[Template],
    ) -> Result<(), StoreError> {
        for some in templates.chunks(BATCH) {
            let items = some.iter().map(|one| {
                let key = keys::template(connection, &one.name, &one.language);
                let expires = one.gone_at.and_then(|gone| expiry(gone, days(30)));
                write(key, one, expires)
            });
            self.put_all(items.collect::<Result<_, _>>()?).await?;
        }
        Ok(())
    }

    /// Forgets a connection's templates, and how their refreshes went.
    pub async fn delete_templates(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let pk = keys::template_pk(connection);
        let mut all = Vec::new();
        for mut item in self.query(&pk, "", false, usize::MAX).await? {
            item.retain(|name, _| name == "pk" || name == "sk");
            all.push(item);
        }
        for some in all.chunks(BATCH) {
            let mut waiting = Vec::new();
            for key in some {
                let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
                let delete = delete.map_err(|_| StoreError::Unreadable)?;
                waiting.push(WriteRequest::builder().delete_request(delete).build());
            }
            self.write_batch(waiting).await?;
        }
        self.delete(keys::template_sync(connection)).await
    }

    /// How the refreshes of a connection's templates went.
    pub async fn find_sync(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Sync, StoreError> {
        let found = self.get(keys::template_sync(connection), now).await?;
        Ok(found.unwrap_or_default())
    }

    /// How the refreshes of all connections went.
    pub async fn list_syncs(&self) -> Result<Vec<(ConnectionId, Sync)>, StoreError> {
        let items = self
            .query(keys::TEMPLATE_SYNCS, "", false, usize::MAX)
            .await?;
        let syncs = items.into_iter().map(|item| {
            let id = item.get("sk").and_then(|sk| sk.as_s().ok().cloned());
            let id = id.ok_or(StoreError::Unreadable)?;
            Ok((ConnectionId::new(id), read(item)?))
        });
        syncs.collect()
    }

    /// Records how a refresh went. How often something was asked for is not touched.
    pub async fn put_sync(&self, connection: &ConnectionId, sync: &Sync) -> Result<(), StoreError> {
        let values = [
            ("synced_at", sync.synced_at.map(|at| number(at.millis()))),
            ("failed_at", sync.failed_at.map(|at| number(at.millis()))),
            ("failure", sync.failure.clone().map(text)),
            ("found", Some(AttributeValue::N(sync.found.to_string()))),
            ("done", Some(AttributeValue::N(sync.done.to_string()))),
        ];
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::template_sync(connection).into()));
        for (name, value) in values {
            match value {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    request = request.expression_attribute_values(format!(":{name}"), value);
                }
                None => remove.push(format!("#{name}")),
            }
            request = request.expression_attribute_names(format!("#{name}"), name);
        }
        let mut update = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            update = format!("{update} REMOVE {}", remove.join(", "));
        }
        super::contact::done(request.update_expression(update))
            .await
            .map(|_| ())
    }

    /// The next tick refreshes the connection's templates.
    pub async fn mark_sync_due(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::template_sync(connection).into()))
            .update_expression("ADD asked :one")
            .expression_attribute_values(":one", number(1));
        super::contact::done(request).await.map(|_| ())
    }

    /// Takes the lease `name` for `owner` until `until`; `false` where somebody else holds it. The
    /// same owner may take it again.
    pub async fn take_lease(
        &self,
        name: &str,
        owner: &str,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::lease(name).into()))
            .update_expression("SET #owner = :me, expires_at = :until")
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now OR #owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner))
            .expression_attribute_values(":now", number(now.seconds()))
            .expression_attribute_values(":until", number(until.seconds()));
        super::contact::done(request).await
    }

    /// Gives a lease back, where `owner` holds it.
    pub async fn give_lease_back(&self, name: &str, owner: &str) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::lease(name).into()))
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner));
        took_place(request.send().await).map(drop)
    }
}
