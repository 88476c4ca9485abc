//! A whole world in one process, for tests: the real functions on the real SDK clients, with the
//! neighbours and AWS simulated behind the wire, in virtual time.
//!
//! A test builds a [`World`], lets people act through the simulators, and calls
//! [`World::settle`]: events flow until nothing is left to do. [`Effects`] counts every call that
//! leaves a function and can make any of them fail, hang, or kill the function.

#![allow(clippy::expect_used, clippy::missing_panics_doc)]

mod effects;
mod functions;
mod people;
mod wiring;
mod world;

pub use effects::{Effect, Effects, Fault, Function};
pub use people::{AgentLine, PhoneLine};
pub use world::{Setup, World};
