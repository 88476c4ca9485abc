//! Neighbour 1: WhatsApp through 360dialog's Cloud API. The only place that knows Meta's JSON.

pub mod client;
pub mod error;
pub mod parse;
pub mod render;
mod wire;

pub use client::Client;
pub use error::{FileRefusal, WhatsAppError};
