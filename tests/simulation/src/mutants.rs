//! Whether the simulation would notice: each deliberately broken variant of the code must violate
//! an invariant in some history.

use bridge::mutant::{self, Mutant};

use crate::check::Invariant;
use crate::{generate, run};

/// A mutant that was caught.
#[derive(Clone, Debug)]
pub struct Caught {
    /// The seed of the history that caught it.
    pub seed: u64,
    /// How many histories it survived.
    pub after: u64,
    /// What it violated there.
    pub violated: Vec<Invariant>,
}

/// Looks for a history from `seed` on, at most `most` of them, in which `mutant` violates the
/// invariant that it is there to break; `None` where it survives.
pub fn hunt(mutant: Mutant, seed: u64, most: u64) -> Option<Caught> {
    (0..most).find_map(|after| {
        let history = generate::history(seed + after);
        mutant::set(Some(mutant));
        let (verdict, _) = run(&history);
        mutant::set(None);
        let mut violated: Vec<_> = verdict.violations.iter().map(|v| v.invariant).collect();
        violated.sort_unstable();
        violated.dedup();
        violated.contains(&aim(mutant)).then_some(Caught {
            seed: seed + after,
            after,
            violated,
        })
    })
}

/// The invariant that a mutant is there to break.
pub fn aim(mutant: Mutant) -> Invariant {
    match mutant {
        Mutant::FailureIsSuccess | Mutant::ClaimBeforeEnqueue | Mutant::FileNeverFollows => {
            Invariant::LossInwards
        }
        Mutant::PostIdPerReceive | Mutant::UploadAgain => Invariant::DuplicateInwards,
        Mutant::GroupAtOnce | Mutant::GroupAsReceived => Invariant::OrderInwards,
        Mutant::NumberFirst | Mutant::CommandsGoOut => Invariant::Crossing,
        Mutant::AnswerFirst => Invariant::EarlyAnswer,
        Mutant::NoHoldFlag
        | Mutant::IgnoreByRank
        | Mutant::GiveUpSilently
        | Mutant::ForgetTheLast
        | Mutant::ShowNothing
        | Mutant::LostStaysLost
        | Mutant::CircuitStaysOpen => Invariant::LossOutwards,
        Mutant::NoIntent
        | Mutant::UnknownIsNotSent
        | Mutant::SendPerRequest
        | Mutant::ReopenEachTime => Invariant::DuplicateOutwards,
        Mutant::GroupPerMessage | Mutant::HeldLast | Mutant::VersionAsItComes => {
            Invariant::OrderOutwards
        }
        Mutant::StatusAsItComes
        | Mutant::TellByRank
        | Mutant::ToldBeforeEnqueue
        | Mutant::IdPerTry => Invariant::Statuses,
        Mutant::BatchIsOneGroup => Invariant::Isolation,
        Mutant::NoBackOff => Invariant::BoundedWork,
        Mutant::WaitForEver | Mutant::HeldForEver => Invariant::Convergence,
        Mutant::LogTheNumber | Mutant::GroupIsNumber => Invariant::Secrecy,
        Mutant::KeepForEver => Invariant::Forgetting,
        Mutant::VisitorPerAttempt => Invariant::OneRoom,
    }
}
