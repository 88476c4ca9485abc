//! Whether a history kept the invariants, in Jepsen's words.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::history::History;

mod callbacks;
mod doors;
mod inward;
mod outward;
mod posts;
mod sends;
mod statuses;
mod window;
mod world;

pub use doors::Doors;

/// The invariants of the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1
    LossInwards,
    /// I2
    DuplicateInwards,
    /// I3
    OrderInwards,
    /// I4
    Crossing,
    /// I5
    EarlyAnswer,
    /// I6
    LossOutwards,
    /// I7
    DuplicateOutwards,
    /// I8
    OrderOutwards,
    /// I9
    Statuses,
    /// I10
    Isolation,
    /// I11
    BoundedWork,
    /// I12
    Convergence,
    /// I13
    Secrecy,
    /// I14
    Forgetting,
    /// I15
    OneRoom,
}

impl Invariant {
    /// All of them, in order.
    pub const ALL: [Self; 15] = [
        Self::LossInwards,
        Self::DuplicateInwards,
        Self::OrderInwards,
        Self::Crossing,
        Self::EarlyAnswer,
        Self::LossOutwards,
        Self::DuplicateOutwards,
        Self::OrderOutwards,
        Self::Statuses,
        Self::Isolation,
        Self::BoundedWork,
        Self::Convergence,
        Self::Secrecy,
        Self::Forgetting,
        Self::OneRoom,
    ];

    /// `I1` … `I15`.
    pub fn name(self) -> String {
        format!("I{}", self as usize + 1)
    }
}

/// What kind of violation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Acknowledged and never delivered.
    Lost,
    /// Delivered more than once.
    Duplicated,
    /// Delivered without having been sent.
    Unexpected,
    /// Delivered out of order.
    Reordered,
    /// Delivered to somebody else.
    Crossed,
    /// Anything else.
    Other,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub kind: Kind,
    /// What was seen.
    pub what: String,
}

/// What the checks say of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Broken invariants.
    pub violations: Vec<Violation>,
    /// Unknown outcomes that turned out to have happened, without a repetition.
    pub recovered: usize,
    /// Unknown outcomes that stayed unknown for three minutes.
    pub unknown: usize,
    /// Sends repeated by choice (`unknownOutcome = resend`).
    pub repeated: usize,
    /// Messages that did not reach the other side.
    pub undelivered: usize,
    /// Customers', agents' and programs' messages in the history.
    pub messages: usize,
    /// Calls that left the functions.
    pub calls: usize,
    /// Those to the neighbours.
    pub external: usize,
    /// Calls that could have met a fault.
    pub choices: usize,
    /// How much of what they may cost the calls to the neighbours cost, in percent.
    pub share: usize,
}

impl Verdict {
    fn broken(&mut self, invariant: Invariant, kind: Kind, what: impl Into<String>) {
        self.violations.push(Violation {
            invariant,
            kind,
            what: what.into(),
        });
    }
}

/// Checks a history by its evidence.
pub fn check(history: &History, evidence: &Evidence, ids: &Owners) -> Verdict {
    let addressed = evidence
        .sent
        .iter()
        .map(|order| order.phones.len())
        .sum::<usize>();
    let mut verdict = Verdict {
        messages: evidence.said.len() + evidence.answered.len() + evidence.posted.len() + addressed,
        calls: evidence.log.len(),
        external: evidence.external,
        choices: evidence.choices,
        share: evidence.share,
        ..Verdict::default()
    };
    world::check(history, evidence, &mut verdict);
    if evidence.hurricane.is_some() {
        // the history was cut short
        return verdict;
    }
    let doors = Doors::read(evidence);
    inward::check(evidence, &doors, ids, &mut verdict);
    outward::check(history, evidence, &doors, &mut verdict);
    window::check(history, evidence, &doors, &mut verdict);
    posts::check(evidence, &mut verdict);
    sends::check(evidence, &mut verdict);
    statuses::check(evidence, &doors, &mut verdict);
    callbacks::check(evidence, &doors, &mut verdict);
    verdict
}

/// Which rooms are whose.
pub type Owners = BTreeMap<String, crate::history::Who>;
