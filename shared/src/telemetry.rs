//! Logs: one JSON line per event, fields dotted, never people's data.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard output in JSON; `LOG_LEVEL` sets the level (default `info`; our own
/// crates only, the libraries stay at `warn`: their debug lines hold request data).
pub fn start() {
    start_at("info");
}

/// The same with another default level.
pub fn start_at(default: &str) {
    let level = crate::config::optional("LOG_LEVEL").unwrap_or_else(|| default.to_owned());
    let filter = EnvFilter::try_new(format!("warn,{}", ours(&level)))
        .unwrap_or_else(|_| EnvFilter::new("warn,bridge=info"));
    quiet_panics();
    // a second start (tests, the local run) keeps the first subscriber
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
}

/// A panic's message may hold what somebody wrote: only its place is logged.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(event = "panic", place, "panic");
    }));
}

/// The filter directives of our crates at `level`.
fn ours(level: &str) -> String {
    let level = match level.to_ascii_lowercase().as_str() {
        "error" => "error",
        "warn" => "warn",
        "debug" => "debug",
        _ => "info",
    };
    const CRATES: [&str; 12] = [
        "bridge",
        "bridge360",
        "incoming",
        "to_rocketchat",
        "agent_events",
        "to_whatsapp",
        "status_fanout",
        "callback_sender",
        "template_message",
        "template_refresh",
        "console",
        "stack_setup",
    ];
    CRATES.map(|name| format!("{name}={level}")).join(",")
}
