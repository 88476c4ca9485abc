//! The far side of the wire, for tests and for the local run: stateful models of 360dialog and
//! Rocket.Chat with their documented quirks, of a status endpoint, and of the AWS services that the bundle calls.
//!
//! Nothing here is shipped to Lambda. Where a model and the vendor's documentation disagree,
//! the documentation is right.

pub mod aws;
pub mod clock;
pub mod endpoint;
pub mod outbound;
pub mod rocketchat;
pub mod whatsapp;
