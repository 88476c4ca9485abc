//! The body of a request: read member by member, so that each refusal names its own.

use bridge::domain::send::MOST_RECIPIENTS;
use bridge::flows::refused::Refused;
use bridge::flows::sends::Order;
use bridge::whatsapp::parse::template::parse_send;
use bytes::Bytes;
use serde_json::{Map, Value};

/// Reads a body. Members that are not ours (`namespace`) are ignored, as the original does.
pub fn parse(body: &Bytes) -> Result<Order, Refused> {
    let read = serde_json::from_slice(body);
    let Ok(Value::Object(fields)) = read else {
        let message = "The body must be a JSON object. Check its quotes and commas.";
        return Err(Refused::invalid("invalid_json", message));
    };
    let from = match fields.get("connectedWhatsAppNo") {
        None | Some(Value::Null) => return Err(missing("connectedWhatsAppNo")),
        Some(value) => {
            number(value).ok_or_else(|| wrong("connectedWhatsAppNo", "a number in quotes"))?
        }
    };
    let template = match fields.get("template") {
        None | Some(Value::Null) => return Err(missing("template")),
        Some(template @ Value::Object(_)) => parse_send(template),
        Some(_) => {
            let expected = "an object with `name`, `language` and `components`";
            return Err(wrong("template", expected));
        }
    };
    Ok(Order {
        numbers: numbers(&fields)?,
        from,
        template,
        agent: text(&fields, "targetAgent")?,
        department: text(&fields, "targetDepartment")?,
        dry_run: match fields.get("dryRun") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(dry)) => *dry,
            Some(_) => return Err(wrong("dryRun", "`true` or `false`")),
        },
        key: None,
        fingerprint: Order::fingerprint(&Value::Object(fields)),
    })
}

fn numbers(fields: &Map<String, Value>) -> Result<Vec<String>, Refused> {
    let expected = "an array of phone numbers in quotes";
    let given = match fields.get("phoneNumbers") {
        None | Some(Value::Null) => return Err(missing("phoneNumbers")),
        Some(Value::Array(given)) if given.is_empty() => return Err(missing("phoneNumbers")),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(wrong("phoneNumbers", expected)),
    };
    // what there are too many of is not looked at, but counted
    let read = given.iter().take(MOST_RECIPIENTS + 1).map(number);
    let read: Option<Vec<_>> = read.collect();
    read.ok_or_else(|| wrong("phoneNumbers", expected))
}

/// A number as people write it; also without quotes, where it is a whole one.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Refused> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        Some(_) => Err(wrong(name, "a text in quotes")),
    }
}

fn missing(name: &str) -> Refused {
    let message = format!("Error! Missing \"{name}\" field within the request");
    Refused::invalid("missing_field", message)
}

fn wrong(name: &str, expected: &str) -> Refused {
    Refused::invalid(
        "invalid_field",
        format!("Error! \"{name}\" must be {expected}"),
    )
}
