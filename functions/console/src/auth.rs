//! Every route but the API's description wants a key.

use std::sync::Arc;

use axum::extract::{Request, State as From};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bridge::flows::api_keys::{self, ADMIN, BULK, SEND, authorise, bearer};
use http::header::AUTHORIZATION;

use crate::State;
use crate::error::Problem;

/// Whose key a request carries, for audit lines.
#[derive(Clone, Debug)]
pub struct Caller(pub String);

/// The key itself, for what depends on whose it is.
#[derive(Clone, Debug)]
pub struct Key(pub api_keys::Caller);

/// Lets a request through when its key may manage the bridge.
pub async fn guard(From(state): From<Arc<State>>, request: Request, next: Next) -> Response {
    pass(&state, &[ADMIN], request, next).await
}

/// Lets a request through when its key may send.
pub async fn guard_sending(
    From(state): From<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    pass(&state, &[SEND, BULK], request, next).await
}

async fn pass(state: &State, scopes: &[&str], mut request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION);
    let bearer = given.and_then(|value| bearer(value.to_str().ok()?));
    match authorise(&state.app, bearer, scopes, state.now()).await {
        Ok(caller) => {
            let name = caller.key.name.clone();
            request.extensions_mut().insert(Caller(name));
            request.extensions_mut().insert(Key(caller));
            next.run(request).await
        }
        Err(refused) => Problem::from(refused).into_response(),
    }
}
