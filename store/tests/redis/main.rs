//! Redis beside a main store: the contract suites, and everything that can befall Redis.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod believing;
mod cluster;
mod contract;
mod faults;
mod limits;
mod shared;
mod tls;
mod world;
