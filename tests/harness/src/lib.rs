//! A whole world in one process, for tests: the real functions on the real SDK clients, with the
//! neighbours and AWS simulated behind the wire, in virtual time.
//!
//! A test builds a [`World`], lets people act through the simulators, and calls
//! [`World::settle`]: events flow until nothing is left to do. [`Effects`] counts every call that
//! leaves a function and can make any of them fail, hang, or kill the function.

#![allow(clippy::expect_used, clippy::missing_panics_doc)]

mod doors;
mod effects;
mod functions;
mod ground;
mod people;
mod rights;
mod run;
mod sending;
mod wiring;
mod world;

pub use doors::DoorCall;
pub use effects::{Call, Chooser, Effect, Effects, Fault, Function};
pub use people::{AgentLine, PhoneLine};
pub use run::Run;
pub use sending::read;
pub use world::{Setup, World};
