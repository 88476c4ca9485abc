//! Neighbour 2: Rocket.Chat Omnichannel, over its REST interface and its webhook.

pub mod client;
pub mod error;
pub mod parse;
pub mod passing;
pub mod render;
mod wire;

pub use client::Client;
pub use error::{Refusal, RocketChatError};
