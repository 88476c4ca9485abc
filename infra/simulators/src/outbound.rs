//! How a model calls the bundle back (webhooks): over the network in the local run, straight into
//! the doors' handlers in tests.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};

/// One HTTP call. `Err` is a transport failure (refused, reset, timed out): nobody answered.
pub type Answer = Result<Response<Bytes>, String>;

/// Carries a model's webhook calls to their URL.
pub type Outbound = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Answer> + Send + Sync>;
