//! Deliberately broken variants: each switches off one thing that holds an invariant, so that the
//! simulation can prove that it would notice (`tests/simulation`).
//!
//! Without the feature `mutants`, which no function has, every switch is off for good and the
//! compiler removes it.

/// One thing that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// A failed record counts as done (I1).
    FailureIsSuccess,
    /// The door remembers a body, then enqueues it; a repeated body is not enqueued (I1).
    ClaimBeforeEnqueue,
    /// Each receive posts under an id of its own (I2).
    PostIdPerReceive,
    /// The records of a group are worked off at the same time, each for itself (I3).
    GroupAtOnce,
    /// Inbound groups by the sender as this webhook names it, not by the firmest alias (I3).
    GroupAsReceived,
    /// A visitor is introduced with its number at once, and takes over an older one (I4).
    NumberFirst,
    /// The door answers 200 whether the queue took the events or not (I5).
    AnswerFirst,
    /// Holding does not set the contact's flag (I6).
    NoHoldFlag,
    /// A status that does not rank higher is not looked at (I6).
    IgnoreByRank,
    /// Nobody is told of a message that was given up (I6).
    GiveUpSilently,
    /// No intent stands before the call (I7).
    NoIntent,
    /// A send without an answer counts as not sent (I7).
    UnknownIsNotSent,
    /// Outbound groups by message instead of by contact (I8).
    GroupPerMessage,
    /// What was held is sent after the newer message (I8).
    HeldLast,
    /// The last status that comes is stored (I9).
    StatusAsItComes,
    /// A batch is worked off like one group (I10).
    BatchIsOneGroup,
    /// A circuit that opened never lets anything pass again (I6).
    CircuitStaysOpen,
    /// A failed task is tried again at once (I11).
    NoBackOff,
    /// A failed task waits as long as SQS allows (I12).
    WaitForEver,
    /// Logs name the customer (I13).
    LogTheNumber,
    /// Queue groups are the numbers themselves (I13).
    GroupIsNumber,
    /// Items do not expire (I14).
    KeepForEver,
    /// Each attempt to open a room mints a visitor of its own (I15).
    VisitorPerAttempt,
    /// A request that comes twice is two sends (I7).
    SendPerRequest,
    /// A send to many forgets its last recipient (I6).
    ForgetTheLast,
    /// No agent sees what a template said (I6).
    ShowNothing,
    /// Only a status that ranks higher is called back (I9).
    TellByRank,
    /// A status counts as called back before its callback is enqueued (I9).
    ToldBeforeEnqueue,
    /// Each try of a callback has an id of its own (I9).
    IdPerTry,
    /// A repeated upload does not look for the one before it (I2).
    UploadAgain,
    /// A file that follows later is forgotten (I1).
    FileNeverFollows,
    /// What Rocket.Chat never told of is not looked for (I6).
    LostStaysLost,
    /// What is held is held for ever (I12).
    HeldForEver,
    /// The template that re-opens goes out with every message (I7).
    ReopenEachTime,
    /// A customer reads what an agent asks of us (I4).
    CommandsGoOut,
    /// The version of a message that comes last counts as the newest (I8).
    VersionAsItComes,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 36] = [
        Self::FailureIsSuccess,
        Self::ClaimBeforeEnqueue,
        Self::PostIdPerReceive,
        Self::GroupAtOnce,
        Self::GroupAsReceived,
        Self::NumberFirst,
        Self::AnswerFirst,
        Self::NoHoldFlag,
        Self::IgnoreByRank,
        Self::GiveUpSilently,
        Self::NoIntent,
        Self::UnknownIsNotSent,
        Self::GroupPerMessage,
        Self::HeldLast,
        Self::StatusAsItComes,
        Self::BatchIsOneGroup,
        Self::CircuitStaysOpen,
        Self::NoBackOff,
        Self::WaitForEver,
        Self::LogTheNumber,
        Self::GroupIsNumber,
        Self::KeepForEver,
        Self::VisitorPerAttempt,
        Self::SendPerRequest,
        Self::ForgetTheLast,
        Self::ShowNothing,
        Self::TellByRank,
        Self::ToldBeforeEnqueue,
        Self::IdPerTry,
        Self::UploadAgain,
        Self::FileNeverFollows,
        Self::LostStaysLost,
        Self::HeldForEver,
        Self::ReopenEachTime,
        Self::CommandsGoOut,
        Self::VersionAsItComes,
    ];
}

#[cfg(feature = "mutants")]
mod switch {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;

    use crate::mutant::Mutant;

    thread_local! {
        static ON: Cell<Option<Mutant>> = const { Cell::new(None) };
        static CLAIMS: RefCell<BTreeSet<Vec<u8>>> = const { RefCell::new(BTreeSet::new()) };
    }

    /// Breaks one thing on this thread, or nothing; forgets all claims.
    pub fn set(mutant: Option<Mutant>) {
        ON.set(mutant);
        CLAIMS.take();
    }

    /// Whether this is what is broken.
    pub fn on(mutant: Mutant) -> bool {
        ON.get() == Some(mutant)
    }

    /// [`Mutant::ClaimBeforeEnqueue`]: whether this body was claimed before.
    pub fn is_claimed(body: &[u8]) -> bool {
        on(Mutant::ClaimBeforeEnqueue)
            && !CLAIMS.with_borrow_mut(|claims| claims.insert(body.to_vec()))
    }
}

#[cfg(not(feature = "mutants"))]
mod switch {
    use crate::mutant::Mutant;

    /// Nothing is ever broken.
    pub const fn on(_: Mutant) -> bool {
        false
    }

    /// Nothing is ever claimed.
    pub const fn is_claimed(_: &[u8]) -> bool {
        false
    }
}

pub use switch::*;
