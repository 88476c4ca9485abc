//! Words: the catalogue of what the system says, markup, and the splitting of long texts.

pub mod catalog;
pub mod markup;
pub mod outward;
pub mod split;
pub mod wish;
