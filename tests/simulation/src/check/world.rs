//! What concerns the world as a whole: I10 to I15.

use bridge_simulators::rocketchat::Speaker;

use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::{CANARIES, Evidence};
use crate::history::{History, Letter, Who};

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
        let parked = evidence.parked.iter().any(|p| p.body.contains(token));
        let given_up = evidence.undelivered.iter().any(|body| body.contains(token));
        if !parked && !given_up {
            let what = format!("{token} was dropped");
            verdict.broken(Invariant::LossInwards, Kind::Lost, what);
        }
    }
    secrecy(evidence, verdict);
    for status in evidence.forged.iter().filter(|status| **status != 401) {
        let what = format!("a forged call was answered {status}");
        verdict.broken(Invariant::LossInwards, Kind::Unexpected, what);
    }
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

/// Nobody else waits for the victim, in neither direction.
fn isolation(history: &History, evidence: &Evidence, victim: Who, verdict: &mut Verdict) {
    let doors = Doors::read(evidence);
    let pauses = history.steps.iter().filter_map(|step| match step.letter {
        Letter::Pauses(_, ms) => i64::try_from(ms).ok(),
        _ => None,
    });
    let longest = AT_ONCE_MS + pauses.max().unwrap_or(0);
    let lines: Vec<_> = evidence.rooms.iter().flat_map(|(_, lines)| lines).collect();
    let mut late = |who: Who, token: &str, id: &str, came_ms: Option<i64>| {
        let passage = doors.passage(id).filter(|p| p.acknowledged.is_some());
        let waited = passage.and_then(|p| Some(came_ms? - p.acknowledged_ms));
        if let Some(waited) = waited.filter(|waited| *waited > longest) {
            let what = format!("{token} of {who:?} waited {waited} ms");
            verdict.broken(Invariant::Isolation, Kind::Other, what);
        }
    };
    let said = evidence.said.iter().take(evidence.life.0);
    for said in said.filter(|said| said.who.person != victim.person) {
        let line = lines
            .iter()
            .find(|line| line.author == Speaker::Visitor && line.text.contains(&said.token));
        late(
            said.who,
            &said.token,
            &said.wamid,
            line.map(|line| line.ts_ms),
        );
    }
    let answered = evidence.answered.iter().take(evidence.life.1);
    for answered in answered.filter(|answered| answered.who.person != victim.person) {
        let data = format!("{}#0", answered.id);
        let sent = evidence.accepted.iter().map(|accepted| &accepted.message);
        let mut sent = sent.filter(|m| m.callback_data.as_deref() == Some(data.as_str()));
        late(
            answered.who,
            &answered.token,
            &answered.id,
            sent.next().map(|m| m.at_ms),
        );
    }
}

fn secrecy(evidence: &Evidence, verdict: &mut Verdict) {
    for line in evidence.heard.lines() {
        let keys = evidence.keys.iter().map(String::as_str);
        if CANARIES
            .into_iter()
            .chain(keys)
            .any(|canary| line.contains(canary))
        {
            let what = format!("logged: {line}");
            verdict.broken(Invariant::Secrecy, Kind::Other, what);
        }
    }
    for leak in &evidence.leaks {
        verdict.broken(Invariant::Secrecy, Kind::Other, leak.as_str());
    }
}
