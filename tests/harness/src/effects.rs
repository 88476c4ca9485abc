//! Every call that leaves a function: counted, named, and made to fail where a test wants it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

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
}

/// One call that left a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Who made it.
    pub function: Function,
    /// `dynamodb UpdateItem`, `sqs SendMessageBatch`, `POST /api/v1/livechat/message`, …
    pub what: String,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The function dies before it.
    Kill,
    /// It fails without having been carried out (throttled, refused, not connected).
    Before,
    /// It is carried out and the answer lost.
    After,
    /// It is carried out and never answered: the caller's own limit has to end it.
    Slow,
}

#[derive(Default)]
struct State {
    log: Vec<Effect>,
    count: usize,
    plan: Vec<(usize, Fault)>,
    kills: usize,
}

/// The calls of a world. Clones share their state.
#[derive(Clone)]
pub struct Effects {
    state: Arc<Mutex<State>>,
    killed: watch::Sender<(usize, Option<Function>)>,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            state: Arc::default(),
            killed: watch::Sender::new((0, None)),
        }
    }
}

impl Effects {
    /// Plans a fault for the `n`-th call from now on (from 1).
    pub fn plan(&self, n: usize, fault: Fault) {
        let mut state = self.lock();
        let at = state.count + n;
        state.plan.push((at, fault));
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

    /// How many functions were killed by plan.
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
    pub(crate) fn next(&self, function: Function, what: String) -> Option<Fault> {
        let mut state = self.lock();
        state.count += 1;
        state.log.push(Effect { function, what });
        let count = state.count;
        let fault = state
            .plan
            .iter()
            .find(|(at, _)| *at == count)
            .map(|(_, fault)| *fault);
        if fault == Some(Fault::Kill) {
            state.kills += 1;
            let kills = state.kills;
            drop(state);
            self.killed.send_replace((kills, Some(function)));
        }
        fault
    }

    /// A function has done its work and is about to answer: the last point where it can die.
    pub(crate) fn dies_at_the_end(&self, function: Function) -> bool {
        self.next(function, "answer".to_owned()) == Some(Fault::Kill)
    }

    /// Ends when `function` is killed from now on.
    pub(crate) async fn killed(&self, function: Function) {
        let mut killed = self.killed.subscribe();
        killed.borrow_and_update();
        loop {
            if killed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            if killed.borrow().1 == Some(function) {
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
