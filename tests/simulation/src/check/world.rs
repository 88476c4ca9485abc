//! What concerns the world as a whole: I10 to I15.

use bridge_simulators::rocketchat::Speaker;

use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::{CANARIES, Evidence};
use crate::history::{History, Who};

/// The others' messages arrive within this time, whatever happens to one (design §2).
const AT_ONCE_MS: i64 = 3_000;

pub(super) fn check(history: &History, evidence: &Evidence, verdict: &mut Verdict) {
    if let Some((victim, _)) = history.faults.victim {
        isolation(history, evidence, victim, verdict);
    }
    if let Some(calls) = evidence.hurricane {
        let what = format!("{calls} calls to the neighbours");
        verdict.broken(Invariant::BoundedWork, Kind::Other, what);
        return;
    }
    for late in evidence.late.iter().chain(&evidence.leftovers) {
        verdict.broken(Invariant::Convergence, Kind::Other, late.as_str());
    }
    for token in &evidence.future {
        if !evidence.parked.iter().any(|p| p.body.contains(token)) {
            let what = format!("{token} was dropped");
            verdict.broken(Invariant::LossInwards, Kind::Lost, what);
        }
    }
    secrecy(evidence, verdict);
    for item in &evidence.kept {
        let pk: String = item.chars().take(200).collect();
        verdict.broken(Invariant::Forgetting, Kind::Other, pk);
    }
    for (who, rooms) in &evidence.rooms_at_once {
        let what = format!("{who:?} has {rooms} open rooms");
        verdict.broken(Invariant::OneRoom, Kind::Other, what);
    }
    for line in evidence.heard.lines() {
        verdict.recovered += usize::from(line.contains("event=recovered"));
        verdict.unknown += usize::from(line.contains("event=outcome_never_known"));
    }
}

/// Nobody waits for the victim.
fn isolation(history: &History, evidence: &Evidence, victim: Who, verdict: &mut Verdict) {
    let doors = Doors::read(evidence);
    let others = evidence.said.iter().filter(|said| said.who != victim);
    for said in others {
        let Some(passage) = doors
            .passage(&said.wamid)
            .filter(|p| p.acknowledged.is_some())
        else {
            continue;
        };
        let lines = evidence.rooms.iter().flat_map(|(_, lines)| lines);
        let line = lines
            .into_iter()
            .find(|line| line.author == Speaker::Visitor && line.text.contains(&said.token));
        let Some(line) = line else { continue };
        let pauses = history.steps.iter().filter_map(|step| match step.letter {
            crate::history::Letter::Pauses(_, ms) => i64::try_from(ms).ok(),
            _ => None,
        });
        let waited = line.ts_ms - passage.acknowledged_ms;
        if waited > AT_ONCE_MS + pauses.max().unwrap_or(0) {
            let what = format!("{} of {:?} waited {waited} ms", said.token, said.who);
            verdict.broken(Invariant::Isolation, Kind::Other, what);
        }
    }
}

fn secrecy(evidence: &Evidence, verdict: &mut Verdict) {
    for line in evidence.heard.lines() {
        if CANARIES.iter().any(|canary| line.contains(canary)) {
            let what = format!("logged: {line}");
            verdict.broken(Invariant::Secrecy, Kind::Other, what);
        }
    }
    for leak in &evidence.leaks {
        verdict.broken(Invariant::Secrecy, Kind::Other, leak.as_str());
    }
}
