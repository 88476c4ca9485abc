//! The console's API against the simulators.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod callbacks;
mod changes;
mod connect;
mod disconnect;
mod door;
mod health;
mod links;
mod messages;
mod passing;
mod reopen;
mod samples;
mod sending;
mod settings;
mod submissions;
mod support;
mod templates;
mod warnings;
