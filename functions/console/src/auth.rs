//! Every route but the API's description wants a key.

use std::sync::Arc;

use axum::extract::{Request, State as From};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bridge::flows::api_keys::{ADMIN, authorise};
use http::header::AUTHORIZATION;

use crate::State;
use crate::error::Problem;

/// Whose key a request carries, for audit lines.
#[derive(Clone, Debug)]
pub struct Caller(pub String);

/// Lets a request through when its key may manage the bridge.
pub async fn guard(From(state): From<Arc<State>>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION);
    let bearer = given.and_then(|value| bearer(value.to_str().ok()?));
    match authorise(&state.app, bearer, ADMIN, state.now()).await {
        Ok(key) => {
            request.extensions_mut().insert(Caller(key.name));
            next.run(request).await
        }
        Err(refused) => Problem::from(refused).into_response(),
    }
}

/// The key out of `Bearer <key>`; the word in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
