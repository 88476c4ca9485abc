//! Pure words and rules. Nothing here knows a vendor's JSON, the network or the clock.

pub mod callback;
pub mod connection;
pub mod contact;
pub mod content;
pub mod hash;
pub mod ids;
pub mod message;
pub mod outgoing;
pub mod program;
pub mod send;
pub mod settings;
pub mod status;
pub mod template;
pub mod time;
pub mod workspace;
