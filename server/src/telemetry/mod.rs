//! What the operator sees of the running server: metrics, and the log.

pub mod log;
mod metrics;
pub mod panics;
mod request;

pub use metrics::Telemetry;
pub use request::{Answering, Observe, Observed};
