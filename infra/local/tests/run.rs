//! The program as a person starts it: over HTTP, on a free port, with a folder of its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

const ANA: &str = "5511961234501";
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bridge360-test-{}-{n}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge360"));
    let names = std::env::vars().map(|(name, _)| name);
    for name in names.filter(|name| name.starts_with("BRIDGE_") || name == "LOG_LEVEL") {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

fn ended(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command(arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A running program.
struct Bridge {
    child: Child,
    url: String,
    key: String,
    http: Client,
    out: BufReader<ChildStdout>,
}

impl Bridge {
    fn start(data: &Path, more: &[&str]) -> Self {
        let data = data.to_str().unwrap();
        let mut command = command(&["--listen", "127.0.0.1:0", "--data-dir", data]);
        let mut child = command.args(more).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut read = |word: &str| loop {
            let mut line = String::new();
            assert!(
                out.read_line(&mut line).unwrap() > 0,
                "it ended before its banner"
            );
            if let Some(rest) = line.trim().strip_prefix(word) {
                return rest.trim().to_owned();
            }
        };
        let api = read("API");
        let url = api.split("/v1").next().unwrap().to_owned();
        let key = read("Admin key");
        let http = Client::builder().no_proxy().build().unwrap();
        Self {
            child,
            url,
            key,
            http,
            out,
        }
    }

    fn get(&self, path: &str) -> reqwest::blocking::Response {
        let request = self.http.get(format!("{}{path}", self.url));
        request.bearer_auth(&self.key).send().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/page/api/{path}", self.url));
        let answer = request.json(body).send().unwrap();
        assert!(
            answer.status().is_success(),
            "{path}: {}",
            answer.text().unwrap()
        );
        answer.json().unwrap()
    }

    fn state(&self, room: &str) -> Value {
        self.get(&format!("/page/api/state?customer={ANA}&room={room}"))
            .json()
            .unwrap()
    }

    /// Looks until there is something to see.
    fn see<T>(&self, room: &str, look: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self.state(room);
            if let Some(seen) = look(&state) {
                return seen;
            }
            assert!(Instant::now() < deadline, "not seen in time: {state:#}");
            // each look is a call over the network: no pause is needed
        }
    }

    fn open_room(&self) -> String {
        self.see("", |state| {
            let rooms = state["rooms"].as_array()?;
            let open = rooms.iter().find(|room| room["open"] == true)?;
            Some(open["id"].as_str()?.to_owned())
        })
    }

    fn sees_text(&self, room: &str, list: &str, text: &str) -> Value {
        self.see(room, |state| {
            let mut lines = state[list].as_array()?.iter();
            lines
                .find(|line| line["text"].as_str().is_some_and(|it| it.contains(text)))
                .cloned()
        })
    }

    /// Asks it to end, as a service manager does; gives the exit code and what it said last.
    fn terminate(&mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connections(bridge: &Bridge) -> Vec<Value> {
    let all: Value = bridge.get("/v1/connections").json().unwrap();
    all["connections"].as_array().unwrap().clone()
}

#[test]
fn a_customer_and_an_agent_talk_across_a_restart() {
    let folder = Folder::new();
    let mut bridge = Bridge::start(&folder.0, &[]);
    assert_eq!(bridge.get("/healthz").text().unwrap(), "ok");
    let first = connections(&bridge);
    assert_eq!(
        (first.len(), &first[0]["health"]),
        (1, &json!("ok")),
        "{first:?}"
    );

    bridge.post(
        "say",
        &json!({ "customer": ANA, "text": "Is the red bike still there?" }),
    );
    let room = bridge.open_room();
    bridge.sees_text(&room, "lines", "Is the red bike still there?");
    let said = json!({ "room": room, "agent": "maria.lopez", "text": "Yes, it is." });
    bridge.post("reply", &said);
    let answer = bridge.sees_text("", "chat", "Yes, it is.");
    assert_eq!(answer["mine"], false);
    bridge.post("read", &json!({ "customer": ANA }));
    let line = bridge.sees_text(&room, "lines", "Yes, it is.");
    assert_eq!(line["tick"], "read");
    bridge.post("close", &json!({ "room": room, "agent": "maria.lopez" }));
    bridge.sees_text("", "chat", "Thank you for writing to us.");

    let (code, _) = bridge.terminate();
    assert_eq!(code, Some(0));
    let key = bridge.key.clone();
    let mut bridge = Bridge::start(&folder.0, &[]);
    assert_eq!(bridge.key, key);
    let again = connections(&bridge);
    assert_eq!((again.len(), &again[0]["id"]), (1, &first[0]["id"]));
    assert_eq!(again[0]["health"], "ok", "{again:?}");
    // the simulated workspace is a new one and knows neither the visitor nor the room
    bridge.post("say", &json!({ "customer": ANA, "text": "Me again." }));
    let room = bridge.open_room();
    bridge.sees_text(&room, "lines", "Me again.");
    assert_eq!(bridge.terminate().0, Some(0));
}

#[test]
fn what_is_queued_at_the_end_is_delivered_by_the_next_run() {
    let folder = Folder::new();
    let mut bridge = Bridge::start(&folder.0, &[]);
    bridge.post("faults", &json!({ "rocketchatDown": true }));
    bridge.post(
        "say",
        &json!({ "customer": ANA, "text": "Nobody hears me yet." }),
    );
    bridge.see("", |state| {
        (state["status"]["queues"][0][1] == 1).then_some(())
    });
    let begun = Instant::now();
    let (code, rest) = bridge.terminate();
    assert_eq!(code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(12));
    assert!(
        rest.contains("Kept for the next start: 1 queued."),
        "{rest}"
    );

    let bridge = Bridge::start(&folder.0, &[]);
    let room = bridge.open_room();
    bridge.sees_text(&room, "lines", "Nobody hears me yet.");
}

#[test]
fn a_message_outside_the_window_is_held_and_released() {
    let folder = Folder::new();
    let bridge = Bridge::start(&folder.0, &[]);
    bridge.post("say", &json!({ "customer": ANA, "text": "Hello" }));
    let room = bridge.open_room();
    bridge.post("faults", &json!({ "closeWindow": ANA }));
    let said = json!({ "room": room, "agent": "tom.becker", "text": "Too late?" });
    bridge.post("reply", &said);
    bridge.sees_text(&room, "lines", "Kept for WhatsApp");
    bridge.post("say", &json!({ "customer": ANA, "text": "I am back" }));
    bridge.sees_text("", "chat", "Too late?");
}

#[test]
fn the_page_is_whole_and_the_doors_are_shut() {
    let folder = Folder::new();
    let bridge = Bridge::start(&folder.0, &["--admin-key", "given-admin-key"]);
    assert_eq!(bridge.key, "given-admin-key");
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page/page.css", "text/css; charset=utf-8"),
        ("/page/page.js", "text/javascript; charset=utf-8"),
        ("/page/photo.png", "image/png"),
    ] {
        let answer = bridge.get(path);
        assert_eq!(answer.headers()["content-type"], kind);
    }
    for door in ["/incoming/c1", "/rocketchat/events"] {
        let answer = bridge
            .http
            .post(format!("{}{door}", bridge.url))
            .body("{}")
            .send()
            .unwrap();
        assert_eq!(answer.status(), 401, "{door}");
    }
    let stranger = bridge
        .http
        .get(format!("{}/v1/health", bridge.url))
        .send()
        .unwrap();
    assert_eq!(stranger.status(), 401);
    // a form of a foreign page cannot send JSON
    let form = bridge
        .http
        .post(format!("{}/page/api/read", bridge.url))
        .body("{}")
        .send()
        .unwrap();
    assert_eq!(form.status(), 415);
}

#[test]
fn a_start_that_cannot_be_says_why_in_one_sentence() {
    let folder = Folder::new();
    let data = folder.0.to_str().unwrap();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = busy.local_addr().unwrap().to_string();
    for (arguments, code, words) in [
        (vec!["--listen", &taken, "--data-dir", data], 1, "is in use"),
        (
            vec!["--listen", "127.0.0.1:0", "--data-dir", "/dev/null/x"],
            1,
            "--data-dir",
        ),
        (
            vec!["--listen", "nowhere", "--data-dir", data],
            2,
            "ADDRESS:PORT",
        ),
        (
            vec!["--no-simulators", "--data-dir", data],
            2,
            "Without simulators --whatsapp-url",
        ),
    ] {
        let (ended, said) = ended(&arguments);
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("panicked"), "{said}");
    }
    let _first = Bridge::start(&folder.0, &[]);
    let (code, said) = ended(&["--listen", "127.0.0.1:0", "--data-dir", data]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("in use by another bridge360") && said.lines().count() == 1,
        "{said}"
    );
}
