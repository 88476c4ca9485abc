//! What the functions log, heard by the thread that runs them: for secrecy (I13), and to count what
//! was recovered.

use std::cell::RefCell;
use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Our crates; the libraries' lines count from `warn` on, as in the functions.
const OURS: [&str; 8] = [
    "bridge",
    "incoming",
    "agent_events",
    "to_",
    "status_fanout",
    "template_refresh",
    "template_message",
    "callback_sender",
];

thread_local! {
    static HEARD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Listens from now on, on every thread. Panics that a history wants are not printed.
pub fn open() {
    let _ = tracing::subscriber::set_global_default(Ears);
    std::panic::set_hook(Box::new(|panic| {
        let wanted = panic
            .payload_as_str()
            .is_some_and(|text| text == "a fault of the tests");
        if !wanted {
            eprintln!("{panic}");
        }
    }));
}

/// What this thread heard since the last call.
pub fn take() -> String {
    HEARD.with_borrow_mut(std::mem::take)
}

struct Ears;

impl Subscriber for Ears {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let ours = OURS.iter().any(|name| metadata.target().starts_with(name));
        metadata.is_event() && (ours || *metadata.level() <= tracing::Level::WARN)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        HEARD.with_borrow_mut(|heard| {
            event.record(&mut Line(heard));
            heard.push('\n');
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{field}={value} ");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}
