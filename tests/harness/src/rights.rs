//! Which queues a function may write to. SQS here knows no rights; a send without one is refused as
//! AWS would refuse it, and stands among the leftovers.

use serde_json::Value;

use crate::effects::{Effects, Environment, Function, INSPECTOR};

impl Function {
    /// Its folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::AgentEvents => "agent-events",
            Self::ToRocketchat => "to-rocketchat",
            Self::ToWhatsapp => "to-whatsapp",
            Self::StatusFanout => "status-fanout",
            Self::TemplateRefresh => "template-refresh",
            Self::TemplateMessage => "template-message",
            Self::CallbackSender => "callback-sender",
        }
    }

    /// The queues that its role lets it send to, in the order of `template.yaml` (which a test of the
    /// house compares).
    pub fn sends_to(self) -> &'static [&'static str] {
        match self {
            Self::Incoming => &["inbound.fifo", "statuses"],
            Self::AgentEvents => &["outbound.fifo", "callbacks"],
            Self::ToRocketchat => &["outbound.fifo", "inbound.fifo"],
            Self::ToWhatsapp => &["inbound.fifo", "outbound.fifo", "bulk", "statuses"],
            Self::StatusFanout | Self::TemplateRefresh => &[
                "inbound.fifo",
                "outbound.fifo",
                "bulk",
                "statuses",
                "callbacks",
            ],
            Self::TemplateMessage => &["outbound.fifo", "bulk"],
            Self::CallbackSender => &["callbacks-dead"],
        }
    }
}

/// Whether a call of SQS is one that the function's role forbids; it is written down then.
pub(crate) fn is_forbidden(
    effects: &Effects,
    environment: Environment,
    (operation, body): (&str, &[u8]),
) -> bool {
    if !operation.starts_with("SendMessage") || environment == INSPECTOR {
        return false;
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let url = body["QueueUrl"].as_str().unwrap_or_default();
    let queue = url.rsplit('/').next().unwrap_or_default();
    let function = environment.function;
    let forbidden = !function.sends_to().contains(&queue);
    if forbidden {
        effects.deny(format!("{} may not send to {queue}", function.folder()));
    }
    forbidden
}
