//! Tests through more than one room of the house.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;
