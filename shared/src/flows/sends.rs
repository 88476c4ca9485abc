//! Sends of templates, from the door to the report. What is taken is written down first and sent by
//! the workers ([`super::outbound`]).

mod accept;
mod control;
mod report;
mod target;

pub(crate) use accept::{KEYED, check_beyond};
pub use accept::{Order, Taken, take};
pub use control::{Control, control};
pub use report::{Line, Report, report};
