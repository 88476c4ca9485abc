//! Message attributes: up to ten typed values beside the body, passed through.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;

use super::check::invalid;
use crate::aws::answer::Refusal;

/// Most attributes of one message (AWS, "Amazon SQS message metadata").
const MAX_ATTRIBUTES: usize = 10;

/// The request's attributes, in the order of their names.
pub(crate) fn parse(input: &Value) -> Result<BTreeMap<String, Value>, Refusal> {
    let Some(given) = input["MessageAttributes"].as_object() else {
        return Ok(BTreeMap::new());
    };
    if given.len() > MAX_ATTRIBUTES {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            given.len()
        )));
    }
    for (name, value) in given {
        let kind = value["DataType"].as_str().unwrap_or_default();
        let base = kind.split('.').next().unwrap_or_default();
        let filled = match base {
            "String" | "Number" => value["StringValue"].as_str().is_some_and(|v| !v.is_empty()),
            "Binary" => value["BinaryValue"].as_str().is_some_and(|v| !v.is_empty()),
            _ => false,
        };
        if name.is_empty() || name.len() > 256 || !filled {
            return Err(invalid(format!(
                "The message attribute '{name}' must contain a non-empty value of a known type."
            )));
        }
    }
    Ok(given.clone().into_iter().collect())
}

/// Bytes of names, types and values.
pub(crate) fn size(input: &Value) -> usize {
    let given = input["MessageAttributes"].as_object();
    given
        .into_iter()
        .flatten()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &Value) -> usize {
    value["DataType"].as_str().map_or(0, str::len) + raw(value).1.len()
}

/// Transport type (1 text, 2 bytes) and bytes of a value.
fn raw(value: &Value) -> (u8, Vec<u8>) {
    if let Some(text) = value["StringValue"].as_str() {
        return (1, text.as_bytes().to_vec());
    }
    let binary = value["BinaryValue"].as_str().unwrap_or_default();
    (2, STANDARD.decode(binary).unwrap_or_default())
}

/// `MD5OfMessageAttributes`, or nothing for no attributes. Method: AWS, "Calculating the MD5
/// message digest for message attributes" (per attribute in the order of names: name, type,
/// transport type, value, each with its length as four bytes, big-endian).
pub(crate) fn md5(attributes: &BTreeMap<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, value) in attributes {
        let kind = value["DataType"].as_str().unwrap_or_default();
        let (transport, bytes) = raw(value);
        for part in [name.as_bytes(), kind.as_bytes()] {
            digest.update(length(part));
            digest.update(part);
        }
        digest.update([transport]);
        digest.update(length(&bytes));
        digest.update(&bytes);
    }
    Some(super::hex(&digest.finalize()))
}

fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// Those whose name was asked for: a name, `prefix.*`, `.*` or `All`.
pub(crate) fn chosen(
    attributes: &BTreeMap<String, Value>,
    asked: &Value,
) -> BTreeMap<String, Value> {
    let asked: Vec<&str> = asked
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let wanted = |name: &str| {
        asked.iter().any(|ask| {
            *ask == "All"
                || *ask == name
                || ask
                    .strip_suffix(".*")
                    .is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    attributes
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
