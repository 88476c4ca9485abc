//! The HTTP side of the platform (360dialog reference §1.1).

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{delete, get, post};

use super::Dialog360;
use super::answer::{self, Refusal};
use super::ids;
use super::options::Outage;

mod config;
mod health;
mod media;
mod messages;
mod profile;
mod samples;
mod templates;

/// The number whose key a request carries.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub String);

pub(crate) fn router(dialog: &Dialog360) -> Router {
    Router::new()
        .route("/messages", post(messages::send))
        .route("/media", post(media::upload))
        .route("/uploads", post(samples::begin))
        .route(
            "/{id}",
            get(media::retrieve)
                .post(samples::continue_with)
                .delete(media::remove),
        )
        .route("/whatsapp_business/attachments/", get(media::download))
        .route(
            "/v1/configs/webhook",
            get(config::webhook).post(config::set_webhook),
        )
        .route(
            "/waba_webhook",
            get(config::waba_webhook).post(config::set_waba_webhook),
        )
        .route(
            "/v1/configs/templates",
            get(templates::list).post(templates::create),
        )
        .route("/v1/configs/templates/{name}", delete(templates::remove))
        .route("/health_status", get(health::status))
        .route(
            "/whatsapp_business_profile",
            get(profile::show).post(profile::update),
        )
        .route(
            "/block_users",
            get(profile::blocked)
                .post(profile::block)
                .delete(profile::unblock),
        )
        .route_layer(from_fn_with_state(dialog.clone(), gate))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::disable())
        .with_state(dialog.clone())
}

/// Counts the call, then lets it through unless the platform is down or the key is wrong.
async fn gate(State(dialog): State<Dialog360>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or_else(String::new, |path| path.as_str().to_owned());
    let key = request
        .headers()
        .get("d360-api-key")
        .and_then(|key| key.to_str().ok());
    let key = key.unwrap_or_default().to_owned();
    let route = format!("{} {path}", request.method());
    let (outage, number) = dialog.with(|state| {
        *state.calls.entry(route).or_default() += 1;
        (state.outage, state.number_of_key(&key))
    });
    if let Some(outage) = outage {
        return down(outage).await;
    }
    let Some(number) = number else {
        let newer = ["/waba_webhook", "/health_status", "/block_users"].contains(&path.as_str());
        let refuse = if newer {
            answer::plain_error
        } else {
            answer::meta_error
        };
        return refuse(401, "Invalid api_key");
    };
    request.extensions_mut().insert(Caller(number));
    next.run(request).await
}

async fn down(outage: Outage) -> Response {
    match outage {
        Outage::Status(status) => answer::plain_error(status, "WhatsApp is not available"),
        Outage::Throttled { retry_after } => answer::throttled(retry_after),
        Outage::Html => answer::html(),
        Outage::Silence => std::future::pending().await,
    }
}

async fn unknown(State(dialog): State<Dialog360>, request: Request) -> Response {
    note_unknown(&dialog, request.method(), request.uri().path());
    answer::plain_error(404, "Not found")
}

fn note_unknown(dialog: &Dialog360, method: &http::Method, path: &str) {
    dialog.change(|state| state.unknown_paths.push(format!("{method} {path}")));
}

/// A refusal in the Graph shape.
fn refused(dialog: &Dialog360, refusal: &Refusal) -> Response {
    let (trace, as_text) =
        dialog.with(|state| (ids::trace(state.next()), state.options.error_data_as_text));
    refusal.response(&trace, as_text)
}
