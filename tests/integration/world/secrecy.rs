//! Logs, queue attributes and table keys hold nobody's data: canaries fly through a whole world,
//! good and bad days, and must not be seen there.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bridge::domain::settings::{OutsideWindow, Settings};
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::rocketchat;
use bridge_simulators::whatsapp::{Outage, SendFault};
use bytes::Bytes;
use dynoxide::AttributeValue;
use dynoxide::actions::scan::ScanRequest;
use http::{Request, StatusCode};
use serde_json::json;
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

const PHONE: &str = "491719876543";
const NAME: &str = "Xenia Zwitscher";
const WRONG_SECRET: &str = "canary-wrong-secret";
const MINUTE: Duration = Duration::from_secs(60);

/// What must not be seen, by what it is.
type Canaries = Vec<(&'static str, String)>;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// While only one subscriber lives, `tracing` asks the thread that first reaches a line whether
/// anybody listens, and remembers the answer for all threads: a test beside this one would switch
/// lines off. A second, deaf subscriber makes it ask all.
fn ask_all_subscribers() {
    static DEAF: OnceLock<Dispatch> = OnceLock::new();
    DEAF.get_or_init(|| Dispatch::new(NoSubscriber::default()));
}

/// Logs of this thread: ours from `TRACE` on, the libraries' as in the functions.
fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let ours = [
        "bridge",
        "incoming",
        "agent_events",
        "to_rocketchat",
        "to_whatsapp",
        "status_fanout",
        "callback_sender",
        "template_refresh",
    ];
    let ours = ours.map(|name| format!("{name}=trace")).join(",");
    ask_all_subscribers();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(true)
        .with_env_filter(EnvFilter::new(format!("warn,{ours}")))
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    (log, guard)
}

/// What is secret before anybody writes.
fn canaries() -> Canaries {
    let known = [
        ("phone number", PHONE),
        ("phone number without country code", "1719876543"),
        ("phone number's last digits", "9876543"),
        ("first name", "Xenia"),
        ("last name", "Zwitscher"),
        ("text", "canary-text"),
        ("agent's name", "Agent One"),
        ("API key", "api-key-of-the-tests"),
        ("bot token", "token-whatsapp.bot"),
        ("webhook secret", "incoming secret of the tests"),
        ("events token", "agent events token of the tests"),
        ("group key", "group key of the tests"),
        ("wrong secret", WRONG_SECRET),
        ("callbacks' secret", "callback-secret-of-the-tests"),
        ("callbacks' secret in base 64", "Y2FsbGJhY2stc2VjcmV0"),
    ];
    known.map(|(what, text)| (what, text.to_owned())).into()
}

/// The ids that the world made: each leads to a person.
fn ids(w: &World, customer: &str) -> Canaries {
    let said = w.whatsapp.said(customer).into_iter();
    let shown = w.whatsapp.inbox(customer).into_iter();
    let wamids: Vec<_> = said.chain(shown).map(|message| message.wamid).collect();
    assert!(wamids.len() >= 6, "{} messages", wamids.len());
    let visitors = w.rocketchat.visitors().into_iter();
    let tokens: Vec<_> = visitors.map(|visitor| visitor.token).collect();
    assert_eq!(tokens.len(), 1);
    let bare = |wamid: &String| wamid.trim_start_matches("wamid.").to_owned();
    let wamids = wamids.iter().map(|wamid| ("wamid", bare(wamid)));
    wamids
        .chain(tokens.into_iter().map(|token| ("visitor token", token)))
        .collect()
}

/// Every canary that can be seen in `text`, with the line.
fn seen(text: &str, canaries: &Canaries) -> Vec<String> {
    let mut seen = Vec::new();
    for line in text.lines() {
        let found = canaries
            .iter()
            .filter(|(_, canary)| line.contains(canary.as_str()));
        seen.extend(found.map(|(what, _)| format!("{what}: {line}")));
    }
    seen
}

/// Group and deduplication ids of everything that waits.
fn attributes(w: &World) -> Vec<String> {
    let queues = w.aws.sqs.names().into_iter();
    let messages = queues.flat_map(|queue| w.aws.sqs.messages(&queue));
    messages
        .flat_map(|message| [message.group, message.dedup_id])
        .flatten()
        .collect()
}

/// The keys of every item.
fn keys(w: &World) -> Vec<String> {
    let (mut keys, mut start) = (Vec::new(), None);
    loop {
        let request = ScanRequest {
            table_name: "bridge".to_owned(),
            exclusive_start_key: start.take(),
            ..ScanRequest::default()
        };
        let page = w.aws.dynamodb.database().scan(request).unwrap();
        for item in page.items.unwrap_or_default() {
            for name in ["pk", "sk"] {
                let Some(AttributeValue::S(key)) = item.get(name) else {
                    panic!("an item without {name}");
                };
                keys.push(key.clone());
            }
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return keys;
        }
    }
}

fn refusal(code: u32) -> SendFault {
    SendFault::Refuse {
        http: 400,
        code,
        details: format!("+{PHONE} {NAME}: canary-text refused, key api-key-of-the-tests"),
    }
}

/// A conversation, both ways, with quotes and a change of number's visibility.
async fn good_day(w: &World, customer: &str) -> String {
    let hello = w.says(customer, "canary-text hello");
    w.settle().await;
    let room = w.room(PHONE).id;
    w.agent_says(&room, "canary-text answer");
    w.settle().await;
    w.whatsapp
        .replies("15550783881", customer, &hello, "canary-text quote");
    w.sends(
        customer,
        &json!({"type": "canary-text", "canary-text": {"x": NAME}}),
    );
    w.whatsapp.hide_phone(customer, true);
    w.says(customer, "canary-text hidden");
    w.settle().await;
    w.whatsapp.hide_phone(customer, false);
    room
}

/// Refused, refused later, lost, unknown: each is told to the agent, some are parked.
async fn refusals(w: &World, customer: &str, room: &str) {
    for code in [131_026, 190, 100, 999_999, 131_047] {
        w.whatsapp.fail_next_send(refusal(code));
        w.agent_says(room, "canary-text refused");
        w.run_for(20 * MINUTE).await;
    }
    w.says(customer, "canary-text opens the window again");
    w.settle().await;
    let details = format!("+{PHONE} is canary-text");
    w.whatsapp.fail_next_status(131_026, &details);
    w.agent_says(room, "canary-text undeliverable");
    w.settle().await;
    for fault in [
        SendFault::LoseAnswer,
        SendFault::Html,
        SendFault::ErrorBefore { http: 502 },
    ] {
        w.whatsapp.fail_next_send(fault);
        w.agent_says(room, "canary-text lost");
        w.run_for(30 * MINUTE).await;
    }
    w.settle().await;
}

/// Both neighbours and AWS fail for a while; what waits meanwhile is looked at.
async fn outages(w: &World, customer: &str, room: &str) -> Vec<String> {
    w.rocketchat.outage(Some(rocketchat::Outage::Html));
    w.whatsapp.outage(Some(Outage::Status(503)));
    w.says(customer, "canary-text during the outage");
    w.run_for(MINUTE).await;
    let mut waiting = attributes(w);
    w.whatsapp.outage(Some(Outage::Status(503)));
    w.rocketchat.outage(None);
    w.agent_says(room, "canary-text while 360dialog is away");
    w.run_for(MINUTE).await;
    waiting.extend(attributes(w));
    w.whatsapp.outage(None);
    w.settle().await;
    for fault in [Fault::Before, Fault::After] {
        for n in [1, 3, 5] {
            w.effects.plan(n, fault);
            w.says(customer, "canary-text over a broken line");
            w.settle().await;
        }
    }
    waiting
}

/// Hostile and broken calls.
async fn bad_calls(w: &World) {
    let broken = format!("{{\"from\": \"{PHONE}\", \"name\": \"{NAME}\", canary-text");
    assert_eq!(
        w.request(w.webhook(broken.clone())).await.status(),
        StatusCode::OK
    );
    for (path, header) in [
        ("incoming/c1", "x-bridge360-secret"),
        ("rocketchat/events", "x-rocketchat-livechat-token"),
    ] {
        let request = Request::post(format!("https://bridge.test/{path}"))
            .header(header, WRONG_SECRET)
            .body(Bytes::from(broken.clone()));
        let answer = w.request(request.unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    w.settle().await;
}

/// The window closes; one message is held, sent on when the customer writes.
async fn held(w: &World, customer: &str, room: &str) {
    w.sleep(25 * 60 * MINUTE).await;
    w.agent_says(room, "canary-text held");
    w.settle().await;
    w.says(customer, "canary-text back");
    w.settle().await;
    w.agent_closes(room);
    w.settle().await;
    w.tick().await;
}

/// Everything of the above in one world; gives what the queues showed.
async fn story(w: &World) -> (String, Vec<String>) {
    let customer = w.customer(NAME, PHONE);
    let room = good_day(w, &customer).await;
    refusals(w, &customer, &room).await;
    let waiting = outages(w, &customer, &room).await;
    bad_calls(w).await;
    held(w, &customer, &room).await;
    (customer, waiting)
}

fn setup() -> Setup {
    Setup {
        settings: Settings {
            outside_window: OutsideWindow::Hold,
            message_status_endpoint_url: World::ENDPOINT.to_owned(),
            ..Settings::default()
        },
        connection: Box::new(|connection| {
            connection.welcome_message = Some("canary-text welcome".to_owned());
        }),
        ..Setup::default()
    }
}

#[tokio::test(start_paused = true)]
async fn logs_hold_nobodys_data_and_no_secret() {
    let (log, _guard) = listen();
    let w = World::with(setup()).await;
    let (customer, _) = story(&w).await;
    let text = log.text();
    for told in [
        "task parked",
        "webhook body quarantined",
        "task done",
        "\"WARN\"",
        "\"DEBUG\"",
    ] {
        assert!(text.contains(told), "the log does not tell {told}:\n{text}");
    }
    let mut all = canaries();
    all.extend(ids(&w, &customer));
    assert_eq!(seen(&text, &all), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn queue_attributes_and_table_keys_hold_nobodys_data() {
    let w = World::with(setup()).await;
    let (customer, waiting) = story(&w).await;
    assert!(waiting.len() >= 4, "{waiting:?}");
    let keys = keys(&w);
    for head in ["C#", "M#", "W#", "PARKED"] {
        assert!(
            keys.iter().any(|key| key.starts_with(head)),
            "{head}: {keys:?}"
        );
    }
    let mut all = canaries();
    all.extend(ids(&w, &customer));
    assert_eq!(seen(&waiting.join("\n"), &all), Vec::<String>::new());
    assert_eq!(seen(&keys.join("\n"), &all), Vec::<String>::new());
}

/// The net has no hole: a canary that is logged is caught, whichever of our crates logs it.
#[test]
fn a_logged_canary_is_caught() {
    let (log, guard) = listen();
    tracing::trace!(target: "bridge::flows", phone = PHONE, "sent");
    tracing::trace!(target: "to_whatsapp", "to {NAME}");
    tracing::trace!(target: "somebody_else", "{PHONE}");
    drop(guard);
    assert_eq!(seen(&log.text(), &canaries()).len(), 5, "{}", log.text());
}
