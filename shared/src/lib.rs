#![doc = include_str!("../README.md")]

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod flows;
pub mod gate;
pub mod http;
pub mod media;
pub mod mutant;
pub mod queue;
pub mod rocketchat;
pub mod secrets;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod whatsapp;
