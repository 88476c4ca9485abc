//! The custom resource against models of SSM, DynamoDB, 360dialog, Rocket.Chat and
//! CloudFormation, through the real SDK clients, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answering;
mod making;
mod outside;
mod undoing;
mod world;
