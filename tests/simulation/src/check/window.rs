//! The window and what agents may do about it: commands, expiry, the template that re-opens, changed
//! messages (I4, I6 to I8).

use std::collections::BTreeMap;

use bridge::domain::ids::PostId;
use bridge::store::keys;
use bridge_simulators::rocketchat::{Line, Speaker};
use bridge_simulators::whatsapp::Accepted;
use serde_json::Value;

use super::outward::{is_note_parked, is_parked, is_written};
use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::{Answered, Evidence, is_due, is_held};
use crate::history::{History, Letter, Neighbour, SendMishap};

/// How keys of templates that re-open a conversation begin.
pub(super) const REOPENS: &str = "reopen#";
/// How keys of changed messages that go out again begin.
const CORRECTS: &str = "edit#";

pub(super) fn check(history: &History, evidence: &Evidence, doors: &Doors, verdict: &mut Verdict) {
    commands(evidence, doors, verdict);
    expired(evidence, verdict);
    reopened(history, evidence, verdict);
    for answered in &evidence.answered {
        in_order_of_versions(evidence, answered, verdict);
        changed(evidence, answered, verdict);
    }
}

/// A command is answered, and no customer reads it.
fn commands(evidence: &Evidence, doors: &Doors, verdict: &mut Verdict) {
    for accepted in &evidence.accepted {
        let text = accepted.message.text.as_deref().unwrap_or_default();
        if text.contains("!whatsapp") {
            let what = format!("{} read {text:?}", accepted.customer);
            verdict.broken(Invariant::Crossing, Kind::Crossed, what);
        }
    }
    for asked in evidence.asked.iter().filter(|asked| doors.took(&asked.id)) {
        let key = answer_of(&asked.id);
        if !is_written(evidence, &key) && !is_note_parked(evidence, &key) {
            let what = format!("{:?} was not answered", asked.ask);
            verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
        }
    }
}

fn answer_of(id: &str) -> String {
    format!("{id}#answer")
}

/// Whether a line answers a command: it may list messages of which it says nothing else.
pub(super) fn is_answer(evidence: &Evidence, line: &Line) -> bool {
    let mut asked = evidence.asked.iter();
    asked.any(|asked| line.id == PostId::of_note(&answer_of(&asked.id)).as_str())
}

/// An agent had it dropped while it was held, and knows.
pub(super) fn is_dropped(evidence: &Evidence, answered: &Answered) -> bool {
    let key = keys::message(&PostId::new(answered.id.as_str())).pk;
    let mut items = evidence.items.iter();
    let intent = items.find(|item| item["pk"]["S"] == key);
    let parts = intent.and_then(|item| item["parts"]["L"].as_array());
    let dropped = |part: &Value| part["M"]["state"]["M"]["reason"]["S"] == "dropped";
    parts.is_some_and(|parts| parts.iter().any(dropped))
}

/// Nothing is held for longer than it may be, once the tick has come; and what is held is found by it.
fn expired(evidence: &Evidence, verdict: &mut Verdict) {
    let waiting = &evidence.waiting;
    for held in waiting.iter().filter(|item| is_held(item)) {
        // what an older version holds has no such name
        let name = held["due"]["S"].as_str();
        let mut due = waiting.iter().filter(|item| is_due(item));
        if name.is_some_and(|name| !due.any(|due| due["sk"]["S"] == name)) {
            let what = format!("nothing finds {held}");
            verdict.broken(Invariant::Convergence, Kind::Lost, what);
        }
    }
    let Some(tick) = evidence.ticks.last() else {
        return;
    };
    for item in waiting {
        let since = item["since"]["N"]
            .as_str()
            .and_then(|at| at.parse::<i64>().ok());
        if since.is_some_and(|since| since + evidence.held_for_ms < *tick) {
            let what = format!("held since {since:?}, until now: {item}");
            verdict.broken(Invariant::Convergence, Kind::Other, what);
        }
    }
}

/// The template that re-opens goes to whom it is meant for, once, and once for each closed window.
fn reopened(history: &History, evidence: &Evidence, verdict: &mut Verdict) {
    let is_ours = |accepted: &&Accepted| data_of(accepted).starts_with(REOPENS);
    let mut copies: BTreeMap<(&str, &str), Vec<&Accepted>> = BTreeMap::new();
    for accepted in evidence.accepted.iter().filter(is_ours) {
        let between = (
            accepted.message.from_number.as_str(),
            accepted.customer.as_str(),
        );
        copies.entry(between).or_default().push(accepted);
        let text = accepted.message.text.as_deref().unwrap_or_default();
        let digit = accepted.message.from_number.chars().next_back();
        let person = evidence.people.iter();
        let mut others = person.filter(|other| other.phone.as_deref() != Some(between.1));
        let wrong = others.any(|other| text.contains(other.name.as_str()));
        if wrong || !text.contains(&format!(" c{}", digit.unwrap_or('?'))) {
            let what = format!("{} got {text:?}", accepted.customer);
            verdict.broken(Invariant::Crossing, Kind::Crossed, what);
        }
    }
    shown(evidence, copies.values().flatten().copied(), verdict);
    // 360dialog's word counts more than our clock: a window may close twice
    let moved = history.steps.iter().any(|step| {
        matches!(
            step.letter,
            Letter::Send(SendMishap::Refuse(131_047) | SendMishap::FailByStatus(131_047))
                | Letter::Outage(Neighbour::Whatsapp, ..)
        )
    });
    for ((_, customer), copies) in copies {
        for pair in copies.windows(2) {
            let [one, next] = pair else { continue };
            let (from, to) = (one.message.at_ms, next.message.at_ms);
            let wrote = wrote_between(evidence, customer, (from, to));
            if data_of(one) == data_of(next) || (!wrote && !moved) {
                let what = format!("{customer} got {} again as {}", data_of(one), data_of(next));
                verdict.broken(Invariant::DuplicateOutwards, Kind::Duplicated, what);
            }
        }
    }
}

/// Agents see the template in a room, or in the one that the reply opens.
fn shown<'a>(
    evidence: &Evidence,
    copies: impl Iterator<Item = &'a Accepted>,
    verdict: &mut Verdict,
) {
    let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
    for copy in copies {
        let text = copy.message.text.as_deref().unwrap_or_default();
        *texts.entry(text).or_default() += 1;
    }
    for (text, copies) in texts {
        let lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
        let lines = lines.filter(|line| line.author == Speaker::Bot && line.text.contains(text));
        let waiting = evidence.items.iter().filter(|item| {
            let sort = item["sk"]["S"].as_str().unwrap_or_default();
            let line = item["line"]["S"].as_str().unwrap_or_default();
            sort.starts_with(keys::WAITING) && line.contains(text)
        });
        let parked = evidence.parked.iter();
        let ours = |body: &str| body.contains(text) || body.contains(REOPENS);
        let parked = parked.filter(|parked| ours(&parked.body));
        let seen = lines.count() + waiting.count() + parked.count();
        if seen < copies {
            let what = format!("{text} went out {copies} times, and agents see {seen}");
            verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
        }
    }
}

/// Whether a customer's message came in between.
fn wrote_between(evidence: &Evidence, customer: &str, (from, to): (i64, i64)) -> bool {
    let theirs = |who: usize| evidence.people[who].phone.as_deref() == Some(customer);
    let mut said = evidence.said.iter().filter(|said| theirs(said.who.person));
    let queued = |wamid: &str| {
        let mut queued = evidence.queued.iter();
        queued.any(|(at, body)| (from - 60_000..to).contains(at) && body.contains(wamid))
    };
    said.any(|said| queued(&said.wamid))
}

fn data_of(accepted: &Accepted) -> &str {
    accepted
        .message
        .callback_data
        .as_deref()
        .unwrap_or_default()
}

/// The id of the message of which this is a later version, and the version.
pub(super) fn correction_of(data: &str) -> Option<(&str, &str)> {
    let (id, _) = data.strip_prefix(CORRECTS)?.rsplit_once('#')?;
    id.rsplit_once('#')
}

/// No customer reads an older version after a newer one.
fn in_order_of_versions(evidence: &Evidence, answered: &Answered, verdict: &mut Verdict) {
    let versions = evidence.accepted.iter().filter_map(|accepted| {
        let (id, version) = correction_of(data_of(accepted))?;
        (id == answered.id).then_some(version)
    });
    let versions: Vec<_> = versions.collect();
    if !versions.is_sorted() {
        let what = format!("versions of {} in disorder: {versions:?}", answered.token);
        verdict.broken(Invariant::OrderOutwards, Kind::Reordered, what);
    }
}

/// The newest version that a door took is sent, held, or told about.
fn changed(evidence: &Evidence, answered: &Answered, verdict: &mut Verdict) {
    let Some(newest) = answered.edits.last() else {
        return;
    };
    let is_in = |body: &[u8]| String::from_utf8_lossy(body).contains(newest.as_str());
    let mut doors = evidence.doors.iter();
    if !doors.any(|call| call.status == Some(200) && is_in(&call.body)) {
        return;
    }
    let texts = evidence.accepted.iter();
    let mut texts = texts.filter_map(|accepted| accepted.message.text.as_deref());
    let mut lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
    let told = |line: &Line| {
        let about = line.author == Speaker::Bot && line.text.contains(newest.as_str());
        about && !is_answer(evidence, line)
    };
    let mut items = evidence.items.iter().filter(|item| is_held(item));
    let found = texts.any(|text| text.contains(newest.as_str()))
        || lines.any(told)
        || items.any(|item| item.to_string().contains(newest.as_str()))
        || is_parked(evidence, newest)
        || is_dropped(evidence, answered);
    if !found && !evidence.silent {
        let what = format!("{newest}, a newer {}, is nowhere", answered.token);
        verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
    }
}
