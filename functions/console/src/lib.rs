//! The console's API: `/v1/…`, bearer keys, JSON in and out. Thin: each route reads its request,
//! calls a flow of the core and shows the answer.

pub mod auth;
pub mod body;
pub mod error;
pub mod public_url;
pub mod routes;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use bridge::app::App;
use bridge::domain::time::Timestamp;

use error::Problem;
use routes::{
    callbacks, connections, files, health, keys, messages, openapi, parked, sends, settings,
    templates,
};

/// What the API needs.
pub struct State {
    /// The bridge.
    pub app: Arc<App>,
    /// The clock; read once per request.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// `PUBLIC_URL`: where the world reaches the stack; else taken from each request.
    pub public_url: Option<String>,
}

impl State {
    /// The moment.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The stage of the gateway that is part of each path (`/prod`), as an extension of the request.
#[derive(Clone, Debug)]
pub struct Stage(pub String);

/// The whole API.
pub fn router(state: Arc<State>) -> Router {
    let guarded = Router::new()
        .route(
            "/v1/connections",
            get(connections::list).post(connections::create),
        )
        .route(
            "/v1/connections/{id}",
            get(connections::show)
                .patch(connections::change)
                .delete(connections::remove),
        )
        .route("/v1/health", get(health::show))
        .route(
            "/v1/settings",
            get(settings::show)
                .put(settings::replace)
                .patch(settings::merge),
        )
        .route(
            "/v1/templates",
            get(templates::list).post(templates::submit),
        )
        .route("/v1/templates/refresh", post(templates::refresh))
        .route("/v1/templates/preview", post(templates::preview))
        .route("/v1/templates/uploads", post(templates::upload))
        .route("/v1/templates/{name}", delete(templates::remove))
        .route("/v1/parked", get(parked::list).delete(parked::remove))
        .route("/v1/callbacks", get(callbacks::show))
        .route("/v1/callbacks/secret", post(callbacks::rotate))
        .route(
            "/v1/callbacks/header",
            put(callbacks::set_header).delete(callbacks::remove_header),
        )
        .route("/v1/callbacks/enable", post(callbacks::enable))
        .route("/v1/callbacks/test", post(callbacks::test))
        .route("/v1/callbacks/deliveries", get(callbacks::deliveries))
        .route("/v1/callbacks/undelivered", get(callbacks::undelivered))
        .route("/v1/callbacks/redrive", post(callbacks::redrive))
        .route("/v1/callbacks/replay", post(callbacks::replay))
        .route("/v1/keys", get(keys::list).post(keys::create))
        .route("/v1/keys/{id}", delete(keys::remove))
        .route_layer(from_fn_with_state(Arc::clone(&state), auth::guard));
    let sending = Router::new()
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/{id}", get(messages::show))
        .route("/v1/sends/{id}", get(sends::show))
        .route("/v1/sends/{id}/{wish}", post(sends::control))
        .route_layer(from_fn_with_state(Arc::clone(&state), auth::guard_sending));
    Router::new()
        .merge(guarded)
        .merge(sending)
        .route("/v1/openapi.json", get(openapi::show))
        .route("/files/{id}/{name}", get(files::show))
        .fallback(|| async { Problem::no_such_path() })
        .method_not_allowed_fallback(|| async { Problem::no_such_method() })
        .with_state(state)
}
