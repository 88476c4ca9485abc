//! How a world goes on: whatever is due begins, whatever runs goes on, until a moment or until
//! nothing is left to do.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::world::World;

/// What has ended.
enum Done {
    Worker,
    Whatsapp,
    Rocketchat,
    Other,
}

/// A world in motion. What runs goes on in the next call of [`Run::until`]; dropping the run
/// drops it too.
pub struct Run<'a> {
    world: &'a World,
    running: FuturesUnordered<LocalBoxFuture<'a, Done>>,
    whatsapp: bool,
    rocketchat: bool,
    queues: watch::Receiver<u64>,
}

impl<'a> Run<'a> {
    /// Nothing has begun yet.
    pub fn new(world: &'a World) -> Self {
        Self {
            world,
            running: FuturesUnordered::new(),
            whatsapp: false,
            rocketchat: false,
            queues: world.aws.sqs.changed(),
        }
    }

    /// Adds work of the caller's own, such as a tick, that runs beside everything else.
    pub fn beside(&mut self, work: impl Future<Output = ()> + 'a) {
        self.running.push(work.map(|()| Done::Other).boxed_local());
    }

    /// Goes on until `end`, or until nothing is left to do; `true` in the latter case.
    pub async fn until(&mut self, end: Instant) -> bool {
        loop {
            self.queues.mark_unchanged();
            self.start_what_is_due();
            let due = self.next_due();
            if self.running.is_empty() && due.is_none() {
                return true;
            }
            let now = Instant::now();
            if now >= end {
                if self.running.is_empty() || self.progress().is_none() {
                    return false;
                }
                continue;
            }
            let wake = due.map_or(end, |due| due.min(end));
            tokio::select! {
                biased;
                Some(done) = self.running.next(), if !self.running.is_empty() => self.ended(done),
                // what a running function enqueues does not wait for its end
                _ = self.queues.changed(), if !self.running.is_empty() => {}
                () = tokio::time::sleep_until(wake), if wake > now || self.running.is_empty() => {}
            }
        }
    }

    /// Takes what has ended by now, without waiting; `None` where everything that runs waits.
    fn progress(&mut self) -> Option<()> {
        let done = self.running.next().now_or_never().flatten()?;
        self.ended(done);
        Some(())
    }

    fn start_what_is_due(&mut self) {
        let world = self.world;
        let now = world.now().millis();
        for worker in &world.workers {
            while let Some(batch) = worker.poll(now) {
                let invocation = worker.invoke(&world.ground, batch).map(|()| Done::Worker);
                self.running.push(invocation.boxed_local());
            }
        }
        let is_due = |due: Option<i64>| due.is_some_and(|at| at <= now);
        if !self.whatsapp && is_due(world.whatsapp.next_due_ms()) {
            self.whatsapp = true;
            let outbound = world.outbound();
            let delivery = async move {
                world.whatsapp.deliver_due(&outbound).await;
                Done::Whatsapp
            };
            self.running.push(delivery.boxed_local());
        }
        if !self.rocketchat && is_due(world.rocketchat.next_due_ms()) {
            self.rocketchat = true;
            let outbound = world.outbound();
            let delivery = async move {
                world.rocketchat.deliver_due(&outbound).await;
                Done::Rocketchat
            };
            self.running.push(delivery.boxed_local());
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let world = self.world;
        let now = world.now().millis();
        // what is on its way is not due once more
        let whatsapp = (!self.whatsapp).then(|| world.whatsapp.next_due_ms());
        let rocketchat = (!self.rocketchat).then(|| world.rocketchat.next_due_ms());
        let queues = Some(world.aws.sqs.next_due_ms());
        let dues = [whatsapp, rocketchat, queues].into_iter().flatten();
        let pauses = world.workers.iter().map(|w| w.paused_until_ms(now));
        let next = dues.chain(pauses).flatten().min()?;
        let wait = u64::try_from(next.saturating_sub(now)).unwrap_or(0);
        Some(Instant::now() + Duration::from_millis(wait))
    }

    fn ended(&mut self, done: Done) {
        match done {
            Done::Worker | Done::Other => {}
            Done::Whatsapp => self.whatsapp = false,
            Done::Rocketchat => self.rocketchat = false,
        }
    }
}

impl World {
    /// Lets events flow until nothing is left to do. Panics where that takes more than thirty
    /// days of virtual time.
    pub async fn settle(&self) {
        let limit = Duration::from_secs(30 * 86_400);
        assert!(
            self.run_for(limit).await,
            "the world does not settle: {:?}",
            self.leftovers()
        );
    }

    /// Lets events flow for `span` of virtual time, and what runs then to its end; `true` where
    /// nothing was left to do before.
    pub async fn run_for(&self, span: Duration) -> bool {
        let mut run = Run::new(self);
        if run.until(Instant::now() + span).await {
            return true;
        }
        while let Some(done) = run.running.next().await {
            run.ended(done);
        }
        false
    }
}
