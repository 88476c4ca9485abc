//! Neighbour 3: addresses that a user gave, the message status endpoint and the workspace's former
//! webhook. Everything about the wire to them: the body (R54), the signature (Standard Webhooks), the
//! guarded call.

pub mod client;
pub mod forward;
pub mod render;
pub mod sign;

pub use client::{CallbackError, Client, Header};
pub use forward::{Forwarder, Pause};
pub use sign::{Overlap, SigningSecrets};

pub use crate::http::{Hosts, Rule};

/// Whether an address may be called, as far as its text tells; else the rule that it meets.
pub fn check_url(url: &str, hosts: &Hosts) -> Result<(), Rule> {
    crate::http::check_public(url, hosts).map(drop)
}
