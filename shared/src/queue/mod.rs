//! The queues: what stands in them (`task`), how it gets in (`send`), how it is worked off (`fifo`).

pub mod backoff;
pub mod batch;
pub mod bus;
pub mod fifo;
pub mod pass_on;
pub mod send;
pub mod task;
