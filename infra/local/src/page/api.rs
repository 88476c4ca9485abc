//! What people do on the page: customers with their phones, agents in the inbox, and faults.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bridge::domain::ids::WaId;
use bridge_simulators::clock::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::snapshot::{self, Snapshot};
use super::state::Page;
use super::{PHOTO, View};

/// WhatsApp's longest text.
const LONGEST_TEXT: usize = 4096;

/// The routes below `/page/api`. They take JSON only, which no foreign page can send here unasked.
pub fn router() -> Router<Page> {
    Router::new()
        .route("/state", get(state))
        .route("/customers", post(add_customer))
        .route("/say", post(say))
        .route("/send", post(send))
        .route("/read", post(read))
        .route("/reply", post(reply))
        .route("/edit", post(edit))
        .route("/take", post(take))
        .route("/close", post(close))
        .route("/faults", post(faults))
}

/// A refusal in the simulator's own words.
struct Refusal(String);

impl From<String> for Refusal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Refusal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

type Answer = Result<Json<Value>, Refusal>;

fn id(id: &str) -> Answer {
    Ok(Json(json!({ "id": id })))
}

async fn state(State(page): State<Page>, Query(view): Query<View>) -> Json<Snapshot> {
    Json(snapshot::take(&page, &view).await)
}

#[derive(Deserialize)]
struct NewCustomer {
    name: String,
    phone: String,
}

async fn add_customer(State(page): State<Page>, Json(new): Json<NewCustomer>) -> Answer {
    let name = new.name.trim();
    let phone = WaId::from_any(&new.phone).ok_or("A number has 5 to 20 digits.")?;
    if name.is_empty() || name.chars().count() > 60 {
        return Err("A name has 1 to 60 characters.".into());
    }
    id(&page.simulators().whatsapp.customer(name, phone.as_str()))
}

#[derive(Deserialize)]
struct Text {
    customer: String,
    text: String,
    #[serde(default)]
    quote: String,
}

async fn say(State(page): State<Page>, Json(said): Json<Text>) -> Answer {
    let text = checked(&said.text)?;
    let (number, customer) = who(&page, &said.customer)?;
    let whatsapp = &page.simulators().whatsapp;
    let wamid = match said.quote.as_str() {
        "" => whatsapp.says(&number, &customer, text),
        quote => whatsapp.replies(&number, &customer, quote, text),
    };
    page.change(|memory| memory.closed_windows.remove(&customer));
    id(&wamid)
}

#[derive(Deserialize)]
struct Other {
    customer: String,
    kind: String,
}

async fn send(State(page): State<Page>, Json(other): Json<Other>) -> Answer {
    let (number, customer) = who(&page, &other.customer)?;
    let whatsapp = &page.simulators().whatsapp;
    let member = match other.kind.as_str() {
        "photo" => {
            let mut image = whatsapp.media(&number, "image/png", PHOTO);
            image["caption"] = json!("Look at this!");
            json!({ "type": "image", "image": image })
        }
        "location" => json!({ "type": "location", "location": {
            "latitude": 52.5163, "longitude": 13.3777,
            "name": "Brandenburg Gate", "address": "Pariser Platz, Berlin",
        }}),
        "reaction" => {
            let inbox = whatsapp.inbox(&customer);
            let last = inbox.last().ok_or("There is no message to react to yet.")?;
            json!({ "type": "reaction", "reaction": { "message_id": last.wamid, "emoji": "👍" } })
        }
        // polls reach a business as a type without content (Meta's error 131051)
        "poll" => json!({ "type": "unsupported", "errors": [{
            "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
            "error_data": { "details": "Message type is currently not supported." },
        }]}),
        _ => return Err("Send a photo, location, reaction or poll.".into()),
    };
    let wamid = whatsapp.sends(&number, &customer, &member);
    page.change(|memory| memory.closed_windows.remove(&customer));
    id(&wamid)
}

#[derive(Deserialize)]
struct Who {
    customer: String,
}

/// The customer looks at the chat.
async fn read(State(page): State<Page>, Json(Who { customer }): Json<Who>) -> Answer {
    let (number, customer) = who(&page, &customer)?;
    page.simulators()
        .whatsapp
        .customer_reads(&number, &customer);
    let now = Clock::system().now_ms();
    page.change(|memory| memory.read_until.insert(customer, now));
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Reply {
    room: String,
    agent: String,
    text: String,
    #[serde(default)]
    quote: String,
}

async fn reply(State(page): State<Page>, Json(reply): Json<Reply>) -> Answer {
    let text = checked(&reply.text)?;
    let Reply {
        room, agent, quote, ..
    } = &reply;
    let rocketchat = &page.simulators().rocketchat;
    id(&match quote.as_str() {
        "" => rocketchat.agent_says(room, agent, text)?,
        quote => rocketchat.agent_quotes(room, agent, quote, text)?,
    })
}

#[derive(Deserialize)]
struct Edit {
    room: String,
    message: String,
    text: String,
    #[serde(default)]
    quote: String,
}

async fn edit(State(page): State<Page>, Json(edit): Json<Edit>) -> Answer {
    let rocketchat = &page.simulators().rocketchat;
    let mut text = checked(&edit.text)?.to_owned();
    if !edit.quote.is_empty() {
        // the web client keeps the link that makes a message a quote
        let site = rocketchat.setting("Site_Url").unwrap_or_default();
        let site = site.as_str().unwrap_or_default();
        text = format!("[ ]({site}/live/{}?msg={}) {text}", edit.room, edit.quote);
    }
    rocketchat.agent_edits(&edit.message, &text)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct InRoom {
    room: String,
    agent: String,
}

async fn take(State(page): State<Page>, Json(InRoom { room, agent }): Json<InRoom>) -> Answer {
    page.simulators().rocketchat.take(&room, &agent)?;
    Ok(Json(json!({})))
}

async fn close(State(page): State<Page>, Json(InRoom { room, agent }): Json<InRoom>) -> Answer {
    page.simulators()
        .rocketchat
        .agent_closes(&room, &agent, "")?;
    Ok(Json(json!({})))
}

/// What is put out of order, or back in order; what is absent stays as it is.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Faults {
    rocketchat_down: Option<bool>,
    agents_online: Option<bool>,
    lose_next_answer: bool,
    close_window: Option<String>,
}

async fn faults(State(page): State<Page>, Json(faults): Json<Faults>) -> Answer {
    if let Some(down) = faults.rocketchat_down {
        page.set_rocketchat_down(down);
    }
    if let Some(online) = faults.agents_online {
        page.set_agents_online(online)?;
    }
    if faults.lose_next_answer {
        page.lose_next_answer();
    }
    if let Some(customer) = faults.close_window {
        let (number, customer) = who(&page, &customer)?;
        page.simulators().whatsapp.close_window(&number, &customer);
        page.change(|memory| memory.closed_windows.insert(customer));
    }
    Ok(Json(json!({})))
}

/// The number and the key of a customer who is known.
fn who(page: &Page, customer: &str) -> Result<(String, String), Refusal> {
    let number = page
        .number()
        .ok_or("No number is connected yet. Try again in a moment.")?;
    let known = page.simulators().whatsapp.customers();
    match known.into_iter().find(|(key, _)| key == customer) {
        Some((key, _)) => Ok((number, key)),
        None => Err("There is no such customer.".into()),
    }
}

fn checked(text: &str) -> Result<&str, Refusal> {
    match text.trim() {
        "" => Err("Write something first.".into()),
        text if text.chars().count() > LONGEST_TEXT => {
            Err("A message has at most 4096 characters.".into())
        }
        text => Ok(text),
    }
}
