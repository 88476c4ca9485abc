//! DynamoDB: the JSON operations, answered by an embedded engine.

use std::collections::HashMap;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;
use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::OpenError;
use super::answer::{Answer, JSON_1_0};

/// DynamoDB in process, over `dynoxide`; clones share the database.
///
/// Not modelled: IAM, throttling, `TransactionConflict`, stale reads (`ConsistentRead` changes
/// nothing), deletion by TTL unless [`sweep_ttl`](Self::sweep_ttl) is called. A transaction's
/// client token is remembered by the machine's clock, not by a virtual one.
#[derive(Clone)]
pub struct Dynamodb {
    database: Database,
}

impl std::fmt::Debug for Dynamodb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dynamodb")
    }
}

impl Dynamodb {
    /// An empty database in memory.
    pub fn memory() -> Result<Self, OpenError> {
        Ok(Self {
            database: Database::memory()?,
        })
    }

    /// The database in the SQLite file `path`, created at first use.
    pub fn at(path: &str) -> Result<Self, OpenError> {
        Ok(Self {
            database: Database::new(path)?,
        })
    }

    /// The engine, for synchronous access from Rust.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Every item of a table in DynamoDB's JSON (`{"pk": {"S": …}, …}`), ordered by that JSON; for
    /// tests that look at what is kept.
    pub fn items(&self, table: &str) -> Result<Vec<serde_json::Value>, OpenError> {
        let json = |item| serde_json::to_value(item).map_err(|error| OpenError(error.to_string()));
        let items: Result<Vec<_>, _> = self.scan(table)?.into_iter().map(json).collect();
        let mut items = items?;
        items.sort_by_cached_key(ToString::to_string);
        Ok(items)
    }

    /// Deletes every item whose TTL attribute (a number, seconds since 1970) lies before `now_ms`
    /// (milliseconds since 1970); gives the number deleted. AWS does this within days of the
    /// expiry ("Using time to live (TTL) in DynamoDB"), so readers must filter by themselves.
    pub fn sweep_ttl(&self, now_ms: i64) -> Result<usize, OpenError> {
        let mut swept = 0;
        let mut after = None;
        loop {
            let page = self.database.list_tables(ListTablesRequest {
                exclusive_start_table_name: after.take(),
                limit: None,
            })?;
            for table in page.table_names {
                swept += self.sweep_table(&table, now_ms / 1000)?;
            }
            after = page.last_evaluated_table_name;
            if after.is_none() {
                return Ok(swept);
            }
        }
    }

    fn sweep_table(&self, table: &str, now_s: i64) -> Result<usize, OpenError> {
        let table_name = table.to_owned();
        let ttl = self
            .database
            .describe_time_to_live(DescribeTimeToLiveRequest {
                table_name: table_name.clone(),
            })?
            .time_to_live_description;
        let Some(attribute) = ttl.attribute_name else {
            return Ok(0);
        };
        let table = self.database.describe_table(DescribeTableRequest {
            table_name: table_name.clone(),
        })?;
        let names: Vec<String> = table
            .table
            .key_schema
            .into_iter()
            .map(|key| key.attribute_name)
            .collect();
        let mut swept = 0;
        for mut item in self.expired(&table_name, &attribute, now_s)? {
            item.retain(|name, _| names.contains(name));
            let request = DeleteItemRequest {
                table_name: table_name.clone(),
                key: item,
                ..Default::default()
            };
            self.database.delete_item(request)?;
            swept += 1;
        }
        Ok(swept)
    }

    fn expired(
        &self,
        table: &str,
        attribute: &str,
        now_s: i64,
    ) -> Result<Vec<HashMap<String, AttributeValue>>, OpenError> {
        let mut items = self.scan(table)?;
        items.retain(|item| {
            matches!(item.get(attribute), Some(AttributeValue::N(at))
                if at.parse::<f64>().is_ok_and(|at| at < now_s as f64))
        });
        Ok(items)
    }

    fn scan(&self, table: &str) -> Result<Vec<HashMap<String, AttributeValue>>, OpenError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self.database.scan(ScanRequest {
                table_name: table.to_owned(),
                exclusive_start_key: start.take(),
                ..Default::default()
            })?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// One operation of the wire: JSON in, JSON or a typed error out.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Answer {
        match self.dispatch(operation, body) {
            Ok(body) => Answer::new(200, JSON_1_0, body),
            Err(error) => Answer::new(
                error.status_code(),
                JSON_1_0,
                sorted(&error.to_json()).into_bytes(),
            ),
        }
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let db = &self.database;
        match operation {
            "CreateTable" => run(body, |q| db.create_table(q)),
            "DescribeTable" => run(body, |q| db.describe_table(q)),
            "DeleteTable" => run(body, |q| db.delete_table(q)),
            "ListTables" => run(body, |q| db.list_tables(q)),
            "UpdateTimeToLive" => run(body, |q| db.update_time_to_live(q)),
            "DescribeTimeToLive" => run(body, |q| db.describe_time_to_live(q)),
            "PutItem" => run(body, |q| db.put_item(q)),
            "GetItem" => run(body, |q| db.get_item(q)),
            "UpdateItem" => run(body, |q| db.update_item(q)),
            "DeleteItem" => run(body, |q| db.delete_item(q)),
            "Query" => run(body, |q| db.query(q)),
            "Scan" => run(body, |q| db.scan(q)),
            "BatchGetItem" => run(body, |q| db.batch_get_item(q)),
            "BatchWriteItem" => run(body, |q| db.batch_write_item(q)),
            "TransactWriteItems" => run(body, |q| db.transact_write_items(q)),
            "TransactGetItems" => run(body, |q| db.transact_get_items(q)),
            other => Err(DynoxideError::UnsupportedCapability(other.to_owned())),
        }
    }
}

fn run<Q: DeserializeOwned, R: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> dynoxide::Result<R>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error.to_string()))?;
    let answer = operation(request)?;
    // Through a `Value`, whose members are sorted: items are hash maps.
    serde_json::to_value(answer)
        .map(|value| value.to_string().into_bytes())
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The same JSON with its members in order.
fn sorted(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .map_or_else(|_| json.to_owned(), |value| value.to_string())
}

/// The engine marks the class of a malformed request in front of its text.
fn unreadable(text: &str) -> DynoxideError {
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    match text.split_once(':') {
        Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", rest)) => {
            DynoxideError::ValidationException(rest.to_owned())
        }
        Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", rest)) => {
            DynoxideError::SerializationException(rest.to_owned())
        }
        _ if text.contains("Supplied AttributeValue") || text.contains("missing field") => {
            DynoxideError::ValidationException(text.to_owned())
        }
        _ => DynoxideError::SerializationException(text.to_owned()),
    }
}
