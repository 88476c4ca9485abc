//! From agents to customers: I4, I6 to I8.

use std::collections::BTreeMap;

use bridge::domain::ids::PostId;
use bridge::store::{Parked, keys};
use bridge::text::catalog::{Advice, Language};
use bridge_harness::Function;
use bridge_simulators::rocketchat::Speaker;
use bridge_simulators::whatsapp::Accepted;

use super::posts::posted_in;
use super::window::{REOPENS, correction_of, is_answer, is_dropped};
use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::{Answered, Evidence, Said};
use crate::history::{Faults, History, Letter, Neighbour, Queue, SendMishap, Step, Who};

/// A status that comes later than this does not resolve an unknown outcome any more.
const UNKNOWN_MS: i64 = 180_000;

/// What is older is not looked for, less the time in which ticks come.
const REACH_MS: i64 = 11 * 3_600_000;

/// What 360dialog took, by `biz_opaque_callback_data`, in order of acceptance.
type Taken<'a> = BTreeMap<&'a str, Vec<(usize, &'a Accepted)>>;

pub(super) fn check(history: &History, evidence: &Evidence, doors: &Doors, verdict: &mut Verdict) {
    let mut taken = Taken::new();
    for (n, accepted) in evidence.accepted.iter().enumerate() {
        let data = accepted.message.callback_data.as_deref();
        taken
            .entry(data.unwrap_or_default())
            .or_default()
            .push((n, accepted));
    }
    // templates have checks of their own
    taken.retain(|data, _| !data.starts_with("send#") && !data.starts_with(REOPENS));
    for (data, copies) in &taken {
        once(history, evidence, doors, (data, copies), verdict);
        known(evidence, (data, copies), verdict);
    }
    for answered in evidence.answered.iter().skip(evidence.life.1) {
        if !taken.contains_key(format!("{}#0", answered.id).as_str()) {
            let what = format!("no sign of life to {:?}", answered.who);
            verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
        }
    }
    for answered in &evidence.answered {
        arrived((history, evidence), doors, answered, &taken, verdict);
        if is_calm(history) && !evidence.silent {
            in_time(evidence, doors, answered, &taken, verdict);
        }
    }
    order(evidence, doors, &taken, verdict);
}

/// At most one accepted send per part; repetitions by choice are counted.
fn once(
    history: &History,
    evidence: &Evidence,
    doors: &Doors,
    (data, copies): (&str, &[(usize, &Accepted)]),
    verdict: &mut Verdict,
) {
    let skewed = history
        .steps
        .iter()
        .any(|step| matches!(step.letter, Letter::Skews(..)));
    for pair in copies.windows(2) {
        let [(_, copy), (_, next)] = pair else {
            continue;
        };
        if fell_back(copy, next) {
            continue;
        }
        let sent_ms = copy.message.at_ms;
        let waited = skewed || next.message.at_ms - sent_ms >= UNKNOWN_MS;
        let told = doors.statuses(&copy.message.wamid).first();
        let late = told.is_none_or(|told| told.at_ms - sent_ms > UNKNOWN_MS);
        if evidence.resend && waited && (late || statuses_were_disturbed(history, evidence)) {
            verdict.repeated += 1;
        } else {
            let what = format!("{data} was taken {} times", copies.len());
            verdict.broken(Invariant::DuplicateOutwards, Kind::Duplicated, what);
        }
    }
}

/// A file that WhatsApp took and then failed is sent in another form.
fn fell_back(copy: &Accepted, next: &Accepted) -> bool {
    let (was, is) = (copy.message.kind.as_str(), next.message.kind.as_str());
    let forms = ["image", "document", "text"].map(|form| [was, is].contains(&form));
    copy.failed && was != is && forms.into_iter().filter(|form| *form).count() == 2
}

/// A status that our own fault kept waiting counts as late.
fn statuses_were_disturbed(history: &History, evidence: &Evidence) -> bool {
    let faults = evidence.log.iter();
    let faults = faults.filter(|effect| effect.function == Function::StatusFanout);
    faults.into_iter().any(|effect| effect.fault.is_some())
        || history.steps.iter().any(|step| {
            matches!(
                step.letter,
                Letter::Lapses(Queue::Statuses)
                    | Letter::Pauses(Queue::Statuses, _)
                    | Letter::Skews(..)
                    | Letter::Receives(Queue::Statuses, _)
            )
        })
}

/// Every send is an agent's message to its own customer, or one of the connection's texts.
fn known(
    evidence: &Evidence,
    (data, copies): (&str, &[(usize, &Accepted)]),
    verdict: &mut Verdict,
) {
    let id = data.rsplit_once('#').map_or("", |(id, _)| id);
    let id = correction_of(data).map_or(id, |(changed, _)| changed);
    let answered = evidence.answered.iter().find(|answered| answered.id == id);
    for (_, copy) in copies {
        let message = &copy.message;
        let text = message.text.clone().unwrap_or_default();
        match answered {
            Some(answered) => {
                let words = std::iter::once(&answered.token).chain(&answered.edits);
                let mut words = words.filter(|word| text.contains(word.as_str()));
                if data.ends_with("#0") && words.next().is_none() {
                    let what = format!("{} went out as {text:?}", answered.token);
                    verdict.broken(Invariant::LossOutwards, Kind::Unexpected, what);
                }
                crossed(evidence, copy, (answered.who, &answered.token), verdict);
            }
            None => {
                if let Some(posted) = posted_in(evidence, &text) {
                    crossed(evidence, copy, (posted.who, &posted.token), verdict);
                    continue;
                }
                let digit = message.from_number.chars().next_back().unwrap_or('?');
                let ours = ["welcome#", "offline#", "finished#"];
                let ours = ours.iter().any(|head| data.starts_with(head));
                if !ours || !text.ends_with(&format!(" c{digit}")) {
                    let what = format!("nobody wrote {text:?} ({data})");
                    verdict.broken(Invariant::LossOutwards, Kind::Unexpected, what);
                }
            }
        }
    }
}

/// A message goes to whom it was written for, from the right number.
fn crossed(evidence: &Evidence, copy: &Accepted, (who, token): (Who, &str), verdict: &mut Verdict) {
    let person = &evidence.people[who.person];
    let number = format!("1555078388{}", who.number + 1);
    let right = person.phone.as_deref() == Some(copy.customer.as_str());
    if !right || copy.message.from_number != number {
        let what = format!("{token} went to {}", copy.customer);
        verdict.broken(Invariant::Crossing, Kind::Crossed, what);
    }
}

/// An acknowledged message is sent in full, held, or told about.
fn arrived(
    (history, evidence): (&History, &Evidence),
    doors: &Doors,
    answered: &Answered,
    taken: &Taken<'_>,
    verdict: &mut Verdict,
) {
    if !doors.took(&answered.id) && !is_swept(evidence, answered) {
        return;
    }
    let parts = parts(evidence, answered);
    let copies = (0..parts).map(|n| taken.get(format!("{}#{n}", answered.id).as_str()));
    let missing = copies.clone().filter(Option::is_none).count();
    let told = is_told(evidence, answered)
        || is_dropped(evidence, answered)
        || is_note_parked(evidence, &answered.id)
        || (evidence.silent && is_parked(evidence, &answered.id));
    verdict.undelivered += usize::from(missing > 0);
    if missing > 0 && !told && !is_held(history, evidence, doors, answered) {
        let what = format!("{}: {missing} of {parts} parts are nowhere", answered.token);
        verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
    }
    let statuses = |copy: &Accepted| doors.statuses(&copy.message.wamid);
    let all = copies.clone().flatten().flatten();
    let fails =
        |(_, copy): &(usize, &Accepted)| statuses(copy).iter().any(|told| told.status == "failed");
    if missing == 0 && !all.into_iter().any(fails) && is_refused(evidence, answered) {
        let what = format!(
            "{} was sent, and the agent reads that it was not",
            answered.token
        );
        verdict.broken(Invariant::LossOutwards, Kind::Unexpected, what);
    }
    for (n, copies) in copies.enumerate() {
        let Some((_, copy)) = copies.and_then(|copies| copies.last()) else {
            continue;
        };
        let statuses = doors.statuses(&copy.message.wamid);
        let failed = statuses.iter().any(|told| told.status == "failed");
        let key = format!("{}#{n}#failed", answered.id);
        // what became of a file's next form is told in its place
        let moved_on = copy.message.kind != "text" && is_told(evidence, answered);
        let told = is_written(evidence, &key) || is_note_parked(evidence, &key) || moved_on;
        if failed && !evidence.silent && !told {
            let what = format!("{} failed, and nobody was told", answered.token);
            verdict.broken(Invariant::LossOutwards, Kind::Lost, what);
        }
    }
}

/// No door ever heard of it, but ticks had the time to find it in a room that is open.
fn is_swept(evidence: &Evidence, answered: &Answered) -> bool {
    let mut rooms = evidence.rooms.iter();
    let room = rooms.find(|(room, _)| room.id == answered.room && room.open);
    let mut lines = room.iter().flat_map(|(_, lines)| lines);
    let line = lines.find(|line| line.id == answered.id);
    let (Some(line), Some(tick)) = (line, evidence.ticks.first()) else {
        return false;
    };
    line.ts_ms > tick - REACH_MS && line.ts_ms < evidence.calm_ms
}

/// Whether only people and 360dialog's answers disturb a history.
fn is_calm(history: &History) -> bool {
    let calm = |step: &Step| {
        let people = matches!(
            step.letter,
            Letter::Says(..) | Letter::Answers(..) | Letter::Closes(_) | Letter::Reads(_)
        );
        people
            || matches!(
                step.letter,
                Letter::Send(_) | Letter::Deploys | Letter::Ticks
            )
    };
    history.faults == Faults::default() && history.steps.iter().all(calm)
}

/// Within ten minutes a message is sent, or the agent reads a note about it (I6).
fn in_time(
    evidence: &Evidence,
    doors: &Doors,
    answered: &Answered,
    taken: &Taken<'_>,
    verdict: &mut Verdict,
) {
    let passage = doors.passage(&answered.id);
    let Some(passage) = passage.filter(|passage| passage.acknowledged.is_some()) else {
        return;
    };
    let copies = taken.get(format!("{}#0", answered.id).as_str());
    let sent = copies.and_then(|copies| Some(copies.first()?.1.message.at_ms));
    let lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
    let notes = lines.filter(|line| line.author == Speaker::Bot);
    let notes = notes.filter(|line| line.text.contains(&answered.token));
    let first = notes.map(|line| line.ts_ms).chain(sent).min();
    let waited = first.map(|first| first - passage.acknowledged_ms);
    if waited.is_some_and(|waited| waited > 600_000) {
        let what = format!("{} waited {waited:?} ms for a word", answered.token);
        verdict.broken(Invariant::LossOutwards, Kind::Other, what);
    }
}

/// How many parts a message has: as its intent says.
fn parts(evidence: &Evidence, answered: &Answered) -> usize {
    let key = keys::message(&PostId::new(answered.id.as_str())).pk;
    let intent = evidence.items.iter().find(|item| item["pk"]["S"] == key);
    intent
        .and_then(|item| item["parts"]["L"].as_array())
        .map_or(1, Vec::len)
}

/// The room, or the setup channel where it is closed, holds a note that says why the message was not
/// sent.
fn is_told(evidence: &Evidence, answered: &Answered) -> bool {
    let rooms = evidence.rooms.iter();
    let read = rooms.filter(|(room, _)| room.id == answered.room || !room.livechat);
    let mut lines = read.flat_map(|(_, lines)| lines);
    let words = std::iter::once(&answered.token).chain(&answered.edits);
    let words: Vec<_> = words.collect();
    let waits = Advice::Held.sentence(Language::English);
    lines.any(|line| {
        let about = words.iter().any(|word| line.text.contains(word.as_str()));
        let says = line.author == Speaker::Bot && !is_answer(evidence, line);
        says && about && !line.text.contains(waits.as_str())
    })
}

/// It waits for the customer, who did not write since.
fn is_held(history: &History, evidence: &Evidence, doors: &Doors, answered: &Answered) -> bool {
    let held = evidence.items.iter().any(|item| {
        let sort = item["sk"]["S"].as_str().unwrap_or_default();
        sort.starts_with(keys::HELD) && item.to_string().contains(&answered.id)
    });
    let after = |said: &&Said| {
        said.who == answered.who
            && doors.in_order(&answered.id, &said.wamid)
            && !is_parked(evidence, &said.wamid)
    };
    let alive = evidence
        .said
        .iter()
        .skip(evidence.life.0)
        .any(|said| after(&said));
    let wrote = evidence.said.iter().any(|said| after(&said));
    let excused = history.steps.iter().any(|step| match step.letter {
        // a release gives up after an hour, and the next message of either side tries again
        Letter::Outage(Neighbour::Whatsapp, _, ms) | Letter::KeyRefused(ms) => ms > 60_000,
        // 360dialog's word counts more than what we saw
        Letter::Send(mishap) => {
            matches!(mishap, SendMishap::Refuse(131_047 | 131_042))
        }
        _ => false,
    });
    held && !alive && (!wrote || excused)
}

/// The room holds a note that says that the message is not sent.
fn is_refused(evidence: &Evidence, answered: &Answered) -> bool {
    let other = [
        Advice::Held,
        Advice::EditsUnsupported,
        Advice::OutcomeUnknown,
        // its words went out without it
        Advice::FileFailed,
        Advice::FileNotFetched,
    ];
    let lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
    let mut notes = lines.filter(|line| line.author == Speaker::Bot);
    notes.any(|line| {
        let other = other.iter().any(|advice| {
            line.text
                .contains(advice.sentence(Language::English).as_str())
        });
        line.text.contains(&answered.token) && !other && !is_answer(evidence, line)
    })
}

/// Rocket.Chat refused the note about it: an operator finds it.
pub(super) fn is_note_parked(evidence: &Evidence, word: &str) -> bool {
    let is_note = |parked: &&Parked| {
        ["NoteV1", "AlertV1"]
            .iter()
            .any(|task| parked.body.contains(task))
    };
    let mut notes = evidence.parked.iter().filter(is_note);
    notes.any(|note| note.body.contains(word))
}

pub(super) fn is_parked(evidence: &Evidence, word: &str) -> bool {
    evidence
        .parked
        .iter()
        .any(|parked| parked.body.contains(word))
}

pub(super) fn is_written(evidence: &Evidence, key: &str) -> bool {
    let id = PostId::of_note(key);
    let mut lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
    lines.any(|line| line.id == id.as_str())
}

/// It was found by the tick, and its event came after all.
fn was_swept(doors: &Doors, answered: &Answered, taken: &Taken<'_>) -> bool {
    let copies = taken.get(format!("{}#0", answered.id).as_str());
    let first = copies.and_then(|copies| copies.first());
    let passage = doors.passage(&answered.id);
    match (first, passage) {
        (Some((_, copy)), Some(passage)) => copy.message.at_ms < passage.acknowledged_ms,
        _ => false,
    }
}

/// Per contact, the order of the door is the order of the sends.
fn order(evidence: &Evidence, doors: &Doors, taken: &Taken<'_>, verdict: &mut Verdict) {
    let places: Vec<_> = evidence
        .answered
        .iter()
        .map(|answered| {
            let parts = 0..parts(evidence, answered);
            let first = |n| {
                let copies = taken.get(format!("{}#{n}", answered.id).as_str());
                copies
                    .and_then(|copies| copies.first())
                    .map(|(place, _)| *place)
            };
            parts.filter_map(first).collect::<Vec<_>>()
        })
        .collect();
    for (n, one) in evidence.answered.iter().enumerate() {
        for (m, other) in evidence.answered.iter().enumerate() {
            let wrong = places[n].iter().max() > places[m].iter().min();
            if n != m
                && !was_swept(doors, other, taken)
                && one.who == other.who
                && !places[m].is_empty()
                && wrong
                && doors.in_order(&one.id, &other.id)
            {
                let what = format!(
                    "{} was told before {} and sent after it",
                    one.token, other.token
                );
                verdict.broken(Invariant::OrderOutwards, Kind::Reordered, what);
            }
        }
        if !places[n].is_sorted() {
            let what = format!("the parts of {} are out of order", one.token);
            verdict.broken(Invariant::OrderOutwards, Kind::Reordered, what);
        }
    }
}
