//! What needs more than one module to be seen: one file per theme.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clients;
mod corpus;
mod house;
mod receivers;
mod world;
