//! The bundle as it is deployed, on loopback: the real binaries under a Lambda Runtime API, API
//! Gateway and event source mappings in front of them, AWS and the neighbours behind sockets.
//!
//! Everything binds 127.0.0.1; every child process is killed when its [`Function`] is dropped.

#![allow(clippy::expect_used, clippy::missing_panics_doc)]

pub mod binaries;
mod cloud;
mod function;
mod gateway;
mod logs;
mod runtime;
mod server;
mod stack;
mod template;
mod wait;

pub use cloud::Cloud;
pub use function::{Function, Plan};
pub use gateway::Gateway;
pub use logs::Logs;
pub use runtime::{Ended, RuntimeApi};
pub use server::Server;
pub use stack::{API_KEY, NUMBER, Options, Stack, run, run_with};
pub use wait::eventually;
