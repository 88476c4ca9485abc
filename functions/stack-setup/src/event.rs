//! CloudFormation's side: what it asks, and what it is answered.

use bridge::secrets::Secret;
use serde::Serialize;
use serde_json::Value;

/// The resource's physical id. It never changes: another one would make CloudFormation delete
/// the resource that it thinks is the old one.
pub const PHYSICAL_ID: &str = "stack-setup";

/// What CloudFormation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A new stack.
    Create,
    /// A changed stack, or the way back from a change that failed.
    Update,
    /// The end of the stack.
    Delete,
}

/// One request. It holds the Rocket.Chat token, so it does not print itself.
pub struct Request {
    /// What is wanted; `None` = a word that we do not know.
    pub ask: Option<Ask>,
    /// Where the answer goes: a presigned URL, a credential.
    pub response_url: Option<Secret>,
    event: Value,
}

impl Request {
    /// Reads an event. Always succeeds: also an event that is not as documented is answered.
    pub fn parse(event: Value) -> Self {
        let ask = match event.get("RequestType").and_then(Value::as_str) {
            Some("Create") => Some(Ask::Create),
            Some("Update") => Some(Ask::Update),
            Some("Delete") => Some(Ask::Delete),
            _ => None,
        };
        let response_url = event.get("ResponseURL").and_then(Value::as_str);
        Self {
            ask,
            response_url: response_url.map(Secret::new),
            event,
        }
    }

    /// A property of the resource as it shall be; absent and empty are the same.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.text_in("ResourceProperties", name)
    }

    /// A property as it was before an update.
    pub fn old_property(&self, name: &str) -> Option<&str> {
        self.text_in("OldResourceProperties", name)
    }

    fn text_in(&self, member: &str, name: &str) -> Option<&str> {
        let text = self.event.get(member)?.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    fn id(&self, name: &str) -> &str {
        self.event
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// What the rest of the stack gets: the attributes of the resource.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// The key of keyed hashes.
    pub group_key: String,
    /// SHA-256 of the secrets that open `incoming`, the active one first.
    pub incoming_secret_hashes: String,
    /// SHA-256 of the tokens that open `agent-events`, the active one first.
    pub agent_events_token_hashes: String,
}

/// How a request ended. Reasons stand in the stack's events: they never hold secrets.
pub enum Outcome {
    /// Made or kept.
    Made(Attributes),
    /// Undone as far as it went; the sentences say what is left.
    Undone(Vec<String>),
    /// Not done.
    Failed(String),
}

/// The most that a reason may be long (an answer is limited to 4 KB).
const REASON: usize = 1500;

/// The answer's JSON.
pub fn render_answer(request: &Request, outcome: &Outcome) -> Value {
    let (status, reason, data) = match outcome {
        Outcome::Made(attributes) => ("SUCCESS", String::new(), serde_json::json!(attributes)),
        Outcome::Undone(left) => ("SUCCESS", left.join(" "), serde_json::json!({})),
        Outcome::Failed(reason) => ("FAILED", reason.clone(), serde_json::json!({})),
    };
    serde_json::json!({
        "Status": status,
        "Reason": reason.chars().take(REASON).collect::<String>(),
        "PhysicalResourceId": PHYSICAL_ID,
        "StackId": request.id("StackId"),
        "RequestId": request.id("RequestId"),
        "LogicalResourceId": request.id("LogicalResourceId"),
        "NoEcho": true,
        "Data": data,
    })
}
