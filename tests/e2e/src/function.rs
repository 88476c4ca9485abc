//! One function: its process, and the Runtime API that feeds it.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::logs::Logs;
use crate::runtime::{Ended, RuntimeApi};

/// The longest init: Lambda's own limit.
const INIT: Duration = Duration::from_secs(10);

/// What a function is started with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: &'static str,
    /// Its binary.
    pub binary: PathBuf,
    /// Its variables beside Lambda's own.
    pub variables: Vec<(&'static str, String)>,
    /// The time-out of an invocation.
    pub timeout: Duration,
}

struct Running {
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

/// A running function. Its process is killed when this is dropped.
pub struct Function {
    plan: Plan,
    runtime: RuntimeApi,
    running: Mutex<Option<Running>>,
    logs: Logs,
}

impl Function {
    /// A function without a process.
    pub async fn new(plan: Plan, logs: &Logs) -> Self {
        Self {
            runtime: RuntimeApi::start(plan.name).await,
            plan,
            running: Mutex::new(None),
            logs: logs.clone(),
        }
    }

    /// A function whose init has ended.
    pub async fn start(plan: Plan, logs: &Logs) -> Self {
        let function = Self::new(plan, logs).await;
        function.spawn().await;
        function
    }

    /// Starts a process; gives how long its init took.
    pub async fn spawn(&self) -> Duration {
        let mut asked = self.runtime.asked();
        let start = Instant::now();
        let mut child = self.command().spawn().expect("the binary starts");
        let name = || self.plan.name.to_owned();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(tokio::spawn(self.logs.clone().collect(name(), stdout)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(tokio::spawn(self.logs.clone().collect(name(), stderr)));
        }
        *self.lock() = Some(Running { child, readers });
        let ready = tokio::time::timeout(INIT, asked.changed()).await;
        let took = start.elapsed();
        let said = || self.logs.of(self.plan.name);
        assert!(
            ready.is_ok(),
            "{} does not start: {:?}",
            self.plan.name,
            said()
        );
        took
    }

    fn command(&self) -> Command {
        let Plan { name, binary, .. } = &self.plan;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", self.runtime.authority())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "canary-of-the-aws-secret-key")
            .env("AWS_SESSION_TOKEN", "canary-of-the-aws-session-token")
            .envs(
                self.plan
                    .variables
                    .iter()
                    .map(|(name, value)| (*name, value)),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // where a machine keeps its root certificates elsewhere
        if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
            command.env("SSL_CERT_FILE", file);
        }
        command
    }

    /// One invocation with the function's own time-out.
    pub async fn invoke(&self, event: &Value) -> Ended {
        self.invoke_within(event, self.plan.timeout).await
    }

    /// One invocation that has this much time left.
    pub async fn invoke_within(&self, event: &Value, time: Duration) -> Ended {
        self.runtime
            .invoke(Bytes::from(event.to_string()), time)
            .await
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.lock().as_ref().and_then(|running| running.child.id())
    }

    /// SIGKILL: the running invocation dies with it. Returns when all that it wrote was read.
    pub async fn kill(&self) {
        let running = self.lock().take();
        let Some(mut running) = running else { return };
        running
            .child
            .kill()
            .await
            .expect("the process can be killed");
        for reader in running.readers {
            let _ = reader.await;
        }
        self.runtime.lost();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
