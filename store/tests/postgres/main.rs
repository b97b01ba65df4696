//! The store in PostgreSQL beyond the contract suites: shared by several servers, and while the database fails.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cache;
mod ending;
mod faults;
mod feed;
mod opening;
mod shared;
mod tls;
mod world;
