//! What programs write through the API: to its own customer, and with an end that is true (I4, I6).

use bridge_harness::Function;
use serde_json::Value;

use super::{Invariant, Kind, Verdict};
use crate::evidence::{Evidence, Posted};

pub(super) fn check(evidence: &Evidence, verdict: &mut Verdict) {
    for posted in &evidence.posted {
        one(evidence, posted, verdict);
    }
}

/// The message that holds the word, if one does.
pub(super) fn posted_in<'a>(evidence: &'a Evidence, text: &str) -> Option<&'a Posted> {
    let mut posted = evidence.posted.iter();
    posted.find(|posted| text.contains(&posted.token))
}

fn one(evidence: &Evidence, posted: &Posted, verdict: &mut Verdict) {
    let copies = evidence.accepted.iter().filter(|accepted| {
        let text = accepted.message.text.as_deref().unwrap_or_default();
        text.contains(&posted.token)
    });
    let copies: Vec<_> = copies.collect();
    let mut names: Vec<_> = copies
        .iter()
        .map(|copy| copy.message.callback_data.as_deref())
        .collect();
    names.dedup();
    if names.len() > 1 {
        let what = format!("{} is {} messages", posted.token, names.len());
        verdict.broken(Invariant::DuplicateOutwards, Kind::Duplicated, what);
    }
    let taken = evidence.doors.iter().any(|call| {
        let ours = call.function == Function::TemplateMessage && call.status == Some(202);
        ours && String::from_utf8_lossy(&call.body).contains(&posted.token)
    });
    if !taken {
        return;
    }
    let part = evidence.items.iter().find_map(|item| {
        let parts = item["parts"]["L"].as_array()?;
        let part = &parts.first()?["M"];
        let text = part["text"]["S"].as_str()?;
        text.contains(&posted.token).then_some(part)
    });
    let state = |part: &Value| part["state"]["M"]["state"]["S"].as_str().map(str::to_owned);
    let reason = part.and_then(|part| part["state"]["M"]["reason"]["S"].as_str());
    match part.and_then(state).as_deref() {
        Some("accepted") if !copies.is_empty() => {}
        Some("given_up") if copies.is_empty() || reason == Some("outcome_unknown") => {
            verdict.undelivered += 1;
        }
        other => {
            let what = format!(
                "{} went out {} times and stands as {other:?}",
                posted.token,
                copies.len()
            );
            verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
        }
    }
}
