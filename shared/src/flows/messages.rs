//! Messages that programs send through the API (R46), from the door to the report. What is taken is
//! written down first and sent by the worker ([`super::outbound`]), in the contact's own order.
//!
//! Nothing of it is ever held: a program that finds the window closed sends a template.

mod accept;
mod address;
mod report;

pub use accept::{Order, Taken, send};
pub use address::Address;
pub use report::{Line, Report, report};
