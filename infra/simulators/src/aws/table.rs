//! A small key–value table in the embedded database, for models whose state outlives the process.

use std::collections::HashMap;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::{AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType};
use dynoxide::{AttributeValue, Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::OpenError;

const KEY: &str = "key";
const DATA: &str = "data";

/// Rows of `key` → JSON.
#[derive(Clone)]
pub(crate) struct Table {
    database: Database,
    name: &'static str,
}

impl Table {
    /// Opens the table, creating it at first use.
    pub(crate) fn open(database: Database, name: &'static str) -> Result<Self, OpenError> {
        match database.describe_table(DescribeTableRequest {
            table_name: name.to_owned(),
        }) {
            Ok(_) => {}
            Err(DynoxideError::ResourceNotFoundException(_)) => create(&database, name)?,
            Err(error) => return Err(error.into()),
        }
        Ok(Self { database, name })
    }

    /// Writes one row, replacing the former one.
    pub(crate) fn put(&self, key: &str, value: &impl Serialize) -> Result<(), OpenError> {
        let data = serde_json::to_string(value).map_err(|error| OpenError(error.to_string()))?;
        let item = HashMap::from([
            (KEY.to_owned(), AttributeValue::S(key.to_owned())),
            (DATA.to_owned(), AttributeValue::S(data)),
        ]);
        let table_name = self.name.to_owned();
        self.database.put_item(PutItemRequest {
            table_name,
            item,
            ..Default::default()
        })?;
        Ok(())
    }

    /// Removes one row, if it is there.
    pub(crate) fn delete(&self, key: &str) -> Result<(), OpenError> {
        let key = HashMap::from([(KEY.to_owned(), AttributeValue::S(key.to_owned()))]);
        let table_name = self.name.to_owned();
        self.database.delete_item(DeleteItemRequest {
            table_name,
            key,
            ..Default::default()
        })?;
        Ok(())
    }

    /// Every row, in no particular order.
    pub(crate) fn load<T: DeserializeOwned>(&self) -> Result<Vec<(String, T)>, OpenError> {
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            let page = self.database.scan(ScanRequest {
                table_name: self.name.to_owned(),
                exclusive_start_key: start.take(),
                ..Default::default()
            })?;
            for item in page.items.unwrap_or_default() {
                if let (Some(AttributeValue::S(key)), Some(AttributeValue::S(data))) =
                    (item.get(KEY), item.get(DATA))
                {
                    let value =
                        serde_json::from_str(data).map_err(|error| OpenError(error.to_string()))?;
                    rows.push((key.clone(), value));
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }
}

fn create(database: &Database, name: &str) -> Result<(), OpenError> {
    database.create_table(CreateTableRequest {
        table_name: name.to_owned(),
        key_schema: vec![KeySchemaElement {
            attribute_name: KEY.to_owned(),
            key_type: KeyType::HASH,
        }],
        attribute_definitions: vec![AttributeDefinition {
            attribute_name: KEY.to_owned(),
            attribute_type: ScalarAttributeType::S,
        }],
        billing_mode: Some("PAY_PER_REQUEST".to_owned()),
        ..Default::default()
    })?;
    Ok(())
}
