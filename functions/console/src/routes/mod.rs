//! One file per noun.

pub mod callbacks;
pub mod connections;
pub mod files;
pub mod health;
pub mod keys;
pub mod messages;
pub mod openapi;
pub mod parked;
pub mod sends;
pub mod settings;
pub mod templates;

use axum::extract::{FromRequestParts, Path};
use bridge::domain::ids::ConnectionId;
use http::request::Parts;

use crate::error::Problem;

/// The connection that a path names.
#[derive(Clone, Debug)]
pub struct Id(pub ConnectionId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = path.map_err(|_| Problem::no_such_path())?;
        Ok(Self(ConnectionId::new(id)))
    }
}
