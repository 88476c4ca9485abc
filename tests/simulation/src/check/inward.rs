//! From customers to agents: I1 to I4.

use bridge_simulators::rocketchat::Speaker;

use super::{Doors, Invariant, Kind, Owners, Verdict};
use crate::evidence::{Evidence, Said};

pub(super) fn check(evidence: &Evidence, doors: &Doors, owners: &Owners, verdict: &mut Verdict) {
    let places: Vec<Option<(usize, usize)>> = evidence
        .said
        .iter()
        .map(|said| delivered(evidence, doors, owners, said, verdict))
        .collect();
    verdict.undelivered += places.iter().filter(|place| place.is_none()).count();
    for (said, place) in evidence.said.iter().zip(&places).skip(evidence.life.0) {
        if place.is_none() {
            let what = format!("no sign of life of {:?}", said.who);
            verdict.broken(Invariant::LossInwards, Kind::Lost, what);
        }
    }
    order(evidence, doors, &places, verdict);
    strangers(evidence, verdict);
    for said in &evidence.said {
        early(evidence, doors, &said.wamid, verdict);
    }
    for answered in &evidence.answered {
        early(evidence, doors, &answered.id, verdict);
    }
}

/// Nothing is acknowledged before a queue took it (I5).
fn early(evidence: &Evidence, doors: &Doors, id: &str, verdict: &mut Verdict) {
    let passage = doors
        .passage(id)
        .filter(|passage| passage.acknowledged.is_some());
    let Some(passage) = passage.filter(|passage| passage.acknowledged_ms > 0) else {
        return;
    };
    let mut queued = evidence.queued.iter();
    if !queued.any(|(at_ms, body)| *at_ms <= passage.acknowledged_ms && body.contains(id)) {
        let what = format!("{id} was acknowledged before it was queued");
        verdict.broken(Invariant::EarlyAnswer, Kind::Other, what);
    }
}

/// Where a message stands: room and line.
fn delivered(
    evidence: &Evidence,
    doors: &Doors,
    owners: &Owners,
    said: &Said,
    verdict: &mut Verdict,
) -> Option<(usize, usize)> {
    let mut places = Vec::new();
    for (n, (room, lines)) in evidence.rooms.iter().enumerate() {
        for (m, line) in lines.iter().enumerate() {
            if line.author == Speaker::Visitor && line.text.contains(&said.token) {
                places.push((n, m));
                let owner = owners.get(&room.id);
                if owner != Some(&said.who) {
                    let what = format!(
                        "{} of {:?} stands in a room of {owner:?}",
                        said.token, said.who
                    );
                    verdict.broken(Invariant::Crossing, Kind::Crossed, what);
                }
            }
        }
    }
    file(evidence, doors, owners, said, verdict);
    if places.len() > 1 {
        let what = format!("{} stands {} times", said.token, places.len());
        verdict.broken(Invariant::DuplicateInwards, Kind::Duplicated, what);
    }
    if places.is_empty() && doors.took(&said.wamid) && !is_kept(evidence, said) {
        let what = format!("{} of {:?} is nowhere", said.token, said.who);
        verdict.broken(Invariant::LossInwards, Kind::Lost, what);
    }
    places.first().copied()
}

/// The file of a message stands in its contact's rooms once, or it is said there that it is lost.
fn file(evidence: &Evidence, doors: &Doors, owners: &Owners, said: &Said, verdict: &mut Verdict) {
    let files = evidence.files.iter();
    let shown = files
        .filter(|(_, _, text)| text.contains(&said.token))
        .count();
    if shown > 1 {
        let what = format!("the file of {} stands {shown} times", said.token);
        verdict.broken(Invariant::DuplicateInwards, Kind::Duplicated, what);
    }
    let lost = || {
        let rooms = evidence.rooms.iter();
        let theirs = rooms.filter(|(room, _)| owners.get(&room.id) == Some(&said.who));
        let lines = theirs.flat_map(|(_, lines)| lines);
        let mut lines = lines.filter(|line| line.author == Speaker::Visitor);
        lines.any(|line| line.text.contains(LOST))
    };
    if said.file && shown == 0 && doors.took(&said.wamid) && !is_kept(evidence, said) && !lost() {
        let what = format!("the file of {} is nowhere", said.token);
        verdict.broken(Invariant::LossInwards, Kind::Lost, what);
    }
}

/// What an agent reads of a file that cannot be had any more.
const LOST: &str = "the file could not be fetched from WhatsApp";

/// Parked with a reason, or waiting for the next room.
fn is_kept(evidence: &Evidence, said: &Said) -> bool {
    is_parked(evidence, said) || is_waiting(evidence, said)
}

fn is_parked(evidence: &Evidence, said: &Said) -> bool {
    let mut parked = evidence.parked.iter();
    parked.any(|parked| !parked.reason.is_empty() && parked.body.contains(&said.wamid))
}

fn is_waiting(evidence: &Evidence, said: &Said) -> bool {
    let lines = evidence.items.iter().filter(|item| {
        let sort = item["sk"]["S"].as_str().unwrap_or_default();
        sort.starts_with(bridge::store::keys::WAITING)
    });
    lines
        .into_iter()
        .any(|item| item.to_string().contains(&said.token))
}

/// Per contact, the order of the doors is the order of the rooms. What somebody writes under another
/// number or user id (or gets the first one) goes into another group: nothing at the door could know that
/// it is the same person.
fn order(
    evidence: &Evidence,
    doors: &Doors,
    places: &[Option<(usize, usize)>],
    verdict: &mut Verdict,
) {
    let said: Vec<_> = evidence.said.iter().zip(places).collect();
    for (n, (one, here)) in said.iter().enumerate() {
        for (m, (other, there)) in said.iter().enumerate() {
            let (Some(here), Some(there)) = (here, there) else {
                continue;
            };
            // what was parked is late by nature: an operator, or a repetition a week later, brings it
            let late = is_parked(evidence, one) || is_parked(evidence, other);
            let wrong = n != m && one.who == other.who && behind(evidence, *here, *there) && !late;
            if wrong && doors.in_order(&one.wamid, &other.wamid) && one.names == other.names {
                let what = format!(
                    "{} was told before {} and stands behind it",
                    one.token, other.token
                );
                verdict.broken(Invariant::OrderInwards, Kind::Reordered, what);
            }
        }
    }
}

/// Whether one line came after another: in one room by place, in two by time.
fn behind(evidence: &Evidence, here: (usize, usize), there: (usize, usize)) -> bool {
    let time = |(room, line): (usize, usize)| evidence.rooms[room].1[line].ts_ms;
    if here.0 == there.0 {
        here.1 > there.1
    } else {
        time(here) > time(there)
    }
}

/// Every line of a visitor is one that a customer wrote, or says that one could not be shown.
fn strangers(evidence: &Evidence, verdict: &mut Verdict) {
    for (_, lines) in &evidence.rooms {
        for line in lines.iter().filter(|line| line.author == Speaker::Visitor) {
            let known = evidence
                .said
                .iter()
                .any(|said| line.text.contains(&said.token));
            let stub = line
                .text
                .starts_with("[A message of the customer could not be shown");
            // a file that followed, or that is lost after all: the line before it has the words
            let late = line.file.is_some() || line.text.contains(LOST);
            // where two contacts became one, the line before it cannot be quoted
            let follows = late;
            let told = line.text.starts_with("WhatsApp: the customer's");
            if !(known || stub || follows || told) {
                let what = format!("nobody wrote {:?}", line.text);
                verdict.broken(Invariant::LossInwards, Kind::Unexpected, what);
            }
        }
    }
}
