//! Templates that programs send: each recipient gets it once, and has a result that is true (I4, I6,
//! I7).

use bridge_harness::Function;
use bridge_simulators::rocketchat::Speaker;
use bridge_simulators::whatsapp::Accepted;
use serde_json::Value;

use super::{Invariant, Kind, Verdict};
use crate::evidence::{Evidence, Order, heads};

pub(super) fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let sent = evidence
        .accepted
        .iter()
        .filter(|accepted| is_template(accepted));
    for accepted in sent {
        let text = accepted.message.text.as_deref().unwrap_or_default();
        if !evidence
            .sent
            .iter()
            .any(|order| text.contains(&order.token))
        {
            let what = format!("nobody sent {text:?}");
            verdict.broken(Invariant::LossOutwards, Kind::Unexpected, what);
        }
    }
    for order in &evidence.sent {
        one(evidence, order, verdict);
    }
}

fn is_template(accepted: &Accepted) -> bool {
    let data = accepted.message.callback_data.as_deref();
    data.is_some_and(|data| data.starts_with("send#"))
}

fn one(evidence: &Evidence, order: &Order, verdict: &mut Verdict) {
    let copies: Vec<_> = evidence
        .accepted
        .iter()
        .filter(|accepted| is_template(accepted))
        .filter(|accepted| {
            let text = accepted.message.text.as_deref();
            text.is_some_and(|text| text.contains(&order.token))
        })
        .collect();
    let number = format!("1555078388{}", order.number + 1);
    for copy in &copies {
        let right = order.phones.contains(&copy.customer) && copy.message.from_number == number;
        if !right {
            let what = format!("{} went to {}", order.token, copy.customer);
            verdict.broken(Invariant::Crossing, Kind::Crossed, what);
        }
    }
    let heads = heads(&evidence.items, &order.token);
    if heads.len() > 1 {
        let what = format!("{} became {} sends", order.token, heads.len());
        verdict.broken(Invariant::DuplicateOutwards, Kind::Duplicated, what);
    }
    let taken = evidence.doors.iter().any(|call| {
        let ours = call.function == Function::TemplateMessage && call.status == Some(200);
        ours && String::from_utf8_lossy(&call.body).contains(&order.token)
    });
    for phone in &order.phones {
        let copies = copies.iter().filter(|copy| copy.customer == *phone).count();
        if copies > 1 {
            let what = format!("{phone} got {} {copies} times", order.token);
            verdict.broken(Invariant::DuplicateOutwards, Kind::Duplicated, what);
        }
        if taken {
            result(
                evidence,
                order,
                (heads.first().copied(), phone, copies),
                verdict,
            );
        }
    }
}

/// What was acknowledged has a result, and the result is what happened.
fn result(
    evidence: &Evidence,
    order: &Order,
    (head, phone, copies): (Option<&Value>, &str, usize),
    verdict: &mut Verdict,
) {
    let recipient = head.and_then(|head| {
        let mut items = evidence.items.iter();
        items.find(|item| item["pk"] == head["pk"] && item["number"]["S"] == phone)
    });
    let word = recipient.and_then(|one| one["result"]["M"]["result"]["S"].as_str());
    let state = head.and_then(|head| head["state"]["S"].as_str());
    let id = head
        .and_then(|head| head["id"]["S"].as_str())
        .unwrap_or("-");
    let parked = || {
        evidence
            .parked
            .iter()
            .any(|parked| parked.body.contains(id))
    };
    let (kind, what) = match (word, copies) {
        (Some("sent"), 1) => {
            shown(evidence, order, phone, verdict);
            return;
        }
        (Some("failed" | "skipped"), 0) => {
            verdict.undelivered += 1;
            return;
        }
        (Some("unknown"), copies) => {
            verdict.undelivered += usize::from(copies == 0);
            return;
        }
        (Some("queued"), 0) if state == Some("paused") || parked() => {
            verdict.undelivered += 1;
            return;
        }
        (Some("sent"), 0) => (Kind::Unexpected, "counts as sent and never was"),
        (Some("failed" | "skipped"), _) => (Kind::Unexpected, "was sent and counts as not sent"),
        (None, _) => (Kind::Lost, "was taken and is not recorded"),
        _ => (Kind::Lost, "was taken and has no result"),
    };
    let what = format!(
        "{} for {phone} {what} ({word:?}, {copies} copies)",
        order.token
    );
    verdict.broken(Invariant::LossOutwards, kind, what);
}

/// Agents see what was sent: in a room, or in the one that the reply opens.
fn shown(evidence: &Evidence, order: &Order, phone: &str, verdict: &mut Verdict) {
    let mut lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
    let posted = lines.any(|line| line.author == Speaker::Bot && line.text.contains(&order.token));
    let waits = evidence.items.iter().any(|item| {
        let sort = item["sk"]["S"].as_str().unwrap_or_default();
        sort.starts_with("WAIT#")
            && item["line"]["S"]
                .as_str()
                .is_some_and(|line| line.contains(&order.token))
    });
    let parked = evidence
        .parked
        .iter()
        .any(|parked| parked.body.contains(&order.token));
    if !posted && !waits && !parked {
        let what = format!("{} reached {phone}, and no agent can see it", order.token);
        verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
    }
}
