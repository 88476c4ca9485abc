//! What a model answers on the wire: AWS JSON 1.0 and 1.1.

use serde_json::{Value, json};

/// A service's refusal of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Shape name in `__type`, with its namespace.
    pub shape: String,
    /// SQS's code of the older query protocol, which its SDKs read first (`x-amzn-query-error`);
    /// also `Code` of a failed batch entry.
    pub code: Option<&'static str>,
    /// Text for people.
    pub message: String,
}

impl Refusal {
    /// A refusal of SSM or of the connector itself: 400, shape name, text.
    pub(crate) fn plain(shape: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            shape: shape.to_owned(),
            code: None,
            message: message.into(),
        }
    }

    /// A refusal of SQS: its shape and its query code.
    pub(crate) fn sqs(shape: &str, code: &'static str, message: impl Into<String>) -> Self {
        let shape = format!("com.amazonaws.sqs#{shape}");
        Self {
            status: 400,
            shape,
            code: Some(code),
            message: message.into(),
        }
    }

    /// The operation does not exist in this model.
    pub(crate) fn unknown_operation(target: &str) -> Self {
        Self::plain(
            "UnknownOperationException",
            format!("{target} is not modelled"),
        )
    }

    /// A model's own store failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        let mut refusal = Self::plain("InternalServerError", message);
        refusal.status = 500;
        refusal
    }
}

/// A finished HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub query_error: Option<String>,
    pub body: Vec<u8>,
}

/// Content type of DynamoDB and SQS.
pub(crate) const JSON_1_0: &str = "application/x-amz-json-1.0";
/// Content type of SSM.
pub(crate) const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            query_error: None,
            body,
        }
    }

    pub(crate) fn of(result: Result<Value, Refusal>, content_type: &'static str) -> Self {
        match result {
            Ok(value) => Self::new(200, content_type, value.to_string().into_bytes()),
            Err(refusal) => Self::refused(&refusal, content_type),
        }
    }

    fn refused(refusal: &Refusal, content_type: &'static str) -> Self {
        let body = json!({ "__type": refusal.shape, "message": refusal.message });
        let fault = if refusal.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        Self {
            query_error: refusal.code.map(|code| format!("{code};{fault}")),
            ..Self::new(refusal.status, content_type, body.to_string().into_bytes())
        }
    }
}

/// The request body as a JSON object; an empty body counts as `{}`.
pub(crate) fn request(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.is_object() => Ok(value),
        _ => Err(Refusal::plain(
            "SerializationException",
            "the body is not a JSON object",
        )),
    }
}
