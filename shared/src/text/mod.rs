//! Words: the catalogue of what the system says, and the splitting of long texts.

pub mod catalog;
pub mod split;
pub mod wish;
