//! Where the world reaches this stack.

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;
use std::sync::Arc;

use crate::error::Problem;
use crate::{Stage, State};

/// The stack's URL without a slash at the end: as configured, else as the caller reached it.
#[derive(Clone, Debug)]
pub struct PublicUrl(pub String);

impl FromRequestParts<Arc<State>> for PublicUrl {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<State>,
    ) -> Result<Self, Self::Rejection> {
        if let Some(url) = &state.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        let header = |name: &str| parts.headers.get(name)?.to_str().ok().map(str::to_owned);
        let host = header(HOST.as_str()).or_else(|| parts.uri.host().map(str::to_owned));
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            let message = "The request names no host. Set PUBLIC_URL to the stack's own URL.";
            return Err(Problem::new(
                http::StatusCode::BAD_REQUEST,
                "no_host",
                message,
            ));
        };
        let scheme = header("x-forwarded-proto").filter(|scheme| scheme == "http");
        let scheme = scheme.unwrap_or_else(|| "https".to_owned());
        let stage = parts.extensions.get::<Stage>();
        let stage = stage
            .map(|Stage(stage)| format!("/{stage}"))
            .unwrap_or_default();
        Ok(Self(format!("{scheme}://{host}{stage}")))
    }
}
