//! One run from start to end, and why there may be none.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bridge::domain::time::Timestamp;
use bridge::flows::connections;
use bridge::secrets::SecretError;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::bundle::Bundle;
use crate::options::Plan;
use crate::page::Page;
use crate::server::{self, Gate};
use crate::simulators::Simulators;
use crate::workers::Workers;

/// How long the queues are drained at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the bundle cannot start, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is somebody else's.
    #[error("Port {} of {} is in use: stop what runs there, or choose another with --listen.", .0.port(), .0.ip())]
    PortTaken(SocketAddr),
    /// The address is not ours.
    #[error("Cannot listen on {address} ({reason}): choose another with --listen.")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// The folder cannot be made or written.
    #[error("Cannot write to the data folder {} ({reason}): choose another with --data-dir.", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Another process works there.
    #[error("The data folder {} is in use by another bridge360: stop that one, or choose another folder with --data-dir.", .0.display())]
    DataDirTaken(PathBuf),
    /// The file is not our database.
    #[error("Cannot use the database {} ({reason}): move it away, or choose another folder with --data-dir.", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the engine says.
        reason: String,
    },
    /// The embedded secret store.
    #[error("Cannot read or write the secrets in the database ({0}).")]
    Secrets(#[from] SecretError),
    /// The operating system.
    #[error("The operating system gives no randomness for new secrets.")]
    Randomness,
    /// The operating system.
    #[error("The root certificates of this machine cannot be read: install ca-certificates.")]
    Certificates,
    /// The operating system.
    #[error("The program cannot start its threads or watch for signals ({0}).")]
    System(std::io::Error),
    /// A step of the set-up.
    #[error("The first steps failed: {0}")]
    Setup(String),
}

/// Runs until Ctrl-C or SIGTERM.
pub async fn run(plan: Plan) -> Result<(), StartError> {
    let mut signals = Signals::new()?;
    let listener = server::bind(plan.listen).await?;
    let address = listener.local_addr().map_err(StartError::System)?;
    let bundle = Arc::new(Bundle::new(&plan, address).await?);
    let simulators = plan
        .neighbours
        .is_none()
        .then(|| Simulators::new(&bundle.local_url));
    let closing = watch::Sender::new(false);
    let ended = watch::Sender::new(false);
    let gate = Gate::new(closing.subscribe());
    let page = simulators
        .clone()
        .map(|simulators| Page::new(&bundle, simulators, closing.subscribe()));
    let router = server::router(&bundle, &gate, page.clone());
    let mut end = ended.subscribe();
    let serving = tokio::spawn(server::serve(listener, router, async move {
        let _ = end.wait_for(|ended| *ended).await;
    }));
    let workers = Workers::start(&bundle);
    match simulators.zip(page) {
        Some((simulators, page)) => {
            simulators.start(&bundle.http, &closing);
            page.set_shop(simulators.prepare(&bundle.app, &bundle.public_url).await?);
        }
        None => drop(tokio::spawn(check_connections(bundle.clone()))),
    }
    gate.open();
    say(&banner(&bundle, plan.neighbours.is_none()));
    tracing::info!("started");

    signals.next().await;
    closing.send_replace(true);
    wind_down(workers, &mut signals).await;
    ended.send_replace(true);
    let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
    Ok(())
}

/// Drains the queues; at once where it is asked again.
async fn wind_down(workers: Workers, signals: &mut Signals) {
    say("Closing: finishing what is under way …\n");
    let left = tokio::select! {
        left = workers.drain(Instant::now() + DRAIN) => left,
        () = signals.next() => return,
    };
    if left > 0 {
        say(&format!("Kept for the next start: {left} queued.\n"));
    }
}

/// Repairs webhooks at the real neighbours: URL or secret may have changed since the last run.
async fn check_connections(bundle: Arc<Bundle>) {
    let checked = connections::verify_all(&bundle.app, &bundle.public_url, Timestamp::now()).await;
    if let Err(refused) = checked {
        tracing::warn!(error.code = refused.code, "connections not checked");
    }
}

/// Writes to the terminal; nobody may be reading.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

fn banner(bundle: &Bundle, simulated: bool) -> String {
    let (url, key) = (&bundle.local_url, bundle.admin_key.reveal());
    let mut text = String::from("\n  Bridge360 is running.\n\n");
    if simulated {
        text.push_str(&format!("    Try it     {url}/\n"));
    }
    text.push_str(&format!(
        "    API        {url}/v1   ({url}/v1/openapi.json)\n"
    ));
    text.push_str(&format!("    Admin key  {key}\n"));
    if bundle.public_url != *url {
        text.push_str(&format!("    Webhooks   {}\n", bundle.public_url));
    }
    text.push_str(&format!(
        "\n    curl -H 'Authorization: Bearer {key}' {url}/v1/health\n\n  Ctrl-C stops it.\n\n"
    ));
    text
}

/// What asks us to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, StartError> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(StartError::System)?,
            terminate: signal(SignalKind::terminate()).map_err(StartError::System)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, StartError> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
