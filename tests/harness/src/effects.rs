//! Every call that leaves a function: counted, named, and made to fail where a test wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bridge_simulators::clock::Clock;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Which function made a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `incoming`
    Incoming,
    /// `agent-events`
    AgentEvents,
    /// `to-rocketchat`
    ToRocketchat,
    /// `to-whatsapp`
    ToWhatsapp,
    /// `status-fanout`
    StatusFanout,
    /// `template-refresh`
    TemplateRefresh,
    /// `template-message`
    TemplateMessage,
    /// `callback-sender`
    CallbackSender,
}

impl Function {
    /// Every function of a world, in the order of the enum.
    pub const ALL: [Self; 8] = [
        Self::Incoming,
        Self::AgentEvents,
        Self::ToRocketchat,
        Self::ToWhatsapp,
        Self::StatusFanout,
        Self::TemplateRefresh,
        Self::TemplateMessage,
        Self::CallbackSender,
    ];
}

/// One execution environment of a function: what a crash takes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Environment {
    pub function: Function,
    pub number: u64,
}

/// The environment that tests look into the store with. No chooser is asked about it.
pub(crate) const INSPECTOR: Environment = Environment {
    function: Function::TemplateRefresh,
    number: 0,
};

/// One call that left a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Who made it.
    pub function: Function,
    /// `dynamodb UpdateItem`, `sqs SendMessageBatch`, `POST /api/v1/livechat/message`, …
    pub what: String,
    /// When, in ms since 1970.
    pub at_ms: i64,
    /// What happened to it.
    pub fault: Option<Fault>,
}

/// A call that is about to be made, as a [`Chooser`] sees it.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who makes it.
    pub function: Function,
    /// As in [`Effect::what`].
    pub what: &'a str,
    /// The whole URI; empty for AWS.
    pub uri: &'a str,
    /// The request's body.
    pub body: &'a [u8],
    /// When, in ms since 1970.
    pub at_ms: i64,
}

/// Decides what happens to each call.
pub type Chooser = Box<dyn FnMut(&Call<'_>) -> Option<Fault> + Send>;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// The function dies before it.
    Kill,
    /// It fails without having been carried out (not connected).
    Before,
    /// It is carried out and the answer lost.
    After,
    /// It is carried out and never answered: the caller's own limit has to end it.
    Slow,
    /// The neighbour refuses it for now: throttled by AWS, 503 by the others.
    Refuse,
    /// Batches: the last entry is refused, the others are carried out. Others: as `Refuse`.
    Partial,
    /// The code that makes it panics.
    Panic,
}

#[derive(Default)]
struct State {
    log: Vec<Effect>,
    count: usize,
    plan: Vec<(usize, Fault)>,
    chooser: Option<Chooser>,
    kills: usize,
    deaths: BTreeMap<Environment, u64>,
    denied: Vec<String>,
}

/// The calls of a world. Clones share their state.
#[derive(Clone)]
pub struct Effects {
    state: Arc<Mutex<State>>,
    /// Wakes in order of waiting, so that a seed gives one course (`watch` wakes in any order).
    killed: Arc<Notify>,
    clock: Clock,
}

impl Effects {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            state: Arc::default(),
            killed: Arc::default(),
            clock,
        }
    }

    /// Plans a fault for the `n`-th call from now on (from 1).
    pub fn plan(&self, n: usize, fault: Fault) {
        let mut state = self.lock();
        let at = state.count + n;
        state.plan.push((at, fault));
    }

    /// Lets `chooser` decide about every call that no plan names.
    pub fn choose(&self, chooser: impl FnMut(&Call<'_>) -> Option<Fault> + Send + 'static) {
        self.lock().chooser = Some(Box::new(chooser));
    }

    /// How many calls there were since [`Effects::clear`].
    pub fn count(&self) -> usize {
        self.lock().log.len()
    }

    /// The calls since [`Effects::clear`].
    pub fn log(&self) -> Vec<Effect> {
        self.lock().log.clone()
    }

    /// Forgets the calls so far, and all plans.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.plan.clear();
    }

    /// How many functions were killed.
    pub fn kills(&self) -> usize {
        self.lock().kills
    }

    /// How often a call was made whose name begins with `what`, by anybody or by one function.
    pub fn calls(&self, function: Option<Function>, what: &str) -> usize {
        let ours = |effect: &&Effect| {
            effect.what.starts_with(what) && function.is_none_or(|f| f == effect.function)
        };
        self.lock().log.iter().filter(ours).count()
    }

    /// A call is about to be made: what shall happen to it?
    pub(crate) fn next(
        &self,
        environment: Environment,
        what: String,
        (uri, body): (&str, &[u8]),
    ) -> Option<Fault> {
        let at_ms = self.clock.now_ms();
        let function = environment.function;
        let mut guard = self.lock();
        let state = &mut *guard;
        state.count += 1;
        let planned = state.plan.iter().find(|(at, _)| *at == state.count);
        let chooser = state.chooser.as_mut();
        let fault = match (planned, chooser.filter(|_| environment != INSPECTOR)) {
            (Some((_, fault)), _) => Some(*fault),
            (None, Some(chooser)) => chooser(&Call {
                function,
                what: &what,
                uri,
                body,
                at_ms,
            }),
            (None, None) => None,
        };
        state.log.push(Effect {
            function,
            what,
            at_ms,
            fault,
        });
        if fault == Some(Fault::Kill) {
            state.kills += 1;
            *state.deaths.entry(environment).or_default() += 1;
            drop(guard);
            self.killed.notify_waiters();
        }
        fault
    }

    /// A call was refused because its function has no right to make it.
    pub(crate) fn deny(&self, what: String) {
        self.lock().denied.push(what);
    }

    /// The calls that functions had no right to make.
    pub(crate) fn denied(&self) -> Vec<String> {
        self.lock().denied.clone()
    }

    /// A function has done its work and is about to answer: the last point where it can die.
    pub(crate) fn dies_at_the_end(&self, environment: Environment) -> bool {
        self.next(environment, "answer".to_owned(), ("", &[])) == Some(Fault::Kill)
    }

    /// Ends when `environment` is killed from now on.
    pub(crate) async fn killed(&self, environment: Environment) {
        let deaths = || self.lock().deaths.get(&environment).copied();
        let before = deaths();
        loop {
            let mut next = std::pin::pin!(self.killed.notified());
            next.as_mut().enable();
            if deaths() != before {
                return;
            }
            next.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
