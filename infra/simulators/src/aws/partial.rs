//! A batch call that is carried out in part, as AWS documents it: `SendMessageBatch` answers 200
//! with `Failed[]`, `BatchWriteItem` with `UnprocessedItems`.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{Answer, JSON_1_0};
use super::connector::Call;

/// What remains of a batch call without its last entry, and that entry.
pub(super) struct Part {
    /// The call to carry out; `None` where nothing remains.
    pub rest: Option<Call>,
    left: Left,
}

enum Left {
    Entry(Value),
    Write { table: String, request: Value },
}

/// Cuts the last entry off; `None` for calls that are no batches.
pub(super) fn cut(call: &Call) -> Option<Part> {
    let mut body: Value = serde_json::from_slice(&call.body).ok()?;
    let (left, more) = match call.operation.as_str() {
        "SendMessageBatch" => {
            let entries = body["Entries"].as_array_mut()?;
            (Left::Entry(entries.pop()?), !entries.is_empty())
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object_mut()?;
            let table = tables.keys().next_back()?.clone();
            let writes = tables.get_mut(&table)?.as_array_mut()?;
            let request = writes.pop()?;
            if writes.is_empty() {
                tables.remove(&table);
            }
            let more = !tables.is_empty();
            (Left::Write { table, request }, more)
        }
        _ => return None,
    };
    let rest = more.then(|| Call {
        body: Bytes::from(body.to_string()),
        ..call.clone()
    });
    Some(Part { rest, left })
}

impl Part {
    /// The answer of the whole call, given that of the rest. A refusal of the rest stays one.
    pub fn answer(self, rest: Option<Answer>) -> Answer {
        let mut body = Map::new();
        if let Some(rest) = rest {
            match serde_json::from_slice(&rest.body) {
                Ok(Value::Object(members)) if rest.status == 200 => body = members,
                _ => return rest,
            }
        }
        match self.left {
            Left::Entry(entry) => {
                body.entry("Successful").or_insert_with(|| json!([]));
                let failed = json!([{
                    "Id": entry["Id"], "SenderFault": false,
                    "Code": "ServiceUnavailable", "Message": "try again",
                }]);
                body.insert("Failed".to_owned(), failed);
            }
            Left::Write { table, request } => {
                let mut tables = Map::new();
                tables.insert(table, json!([request]));
                body.insert("UnprocessedItems".to_owned(), Value::Object(tables));
            }
        }
        Answer::new(200, JSON_1_0, Value::Object(body).to_string().into_bytes())
    }
}
