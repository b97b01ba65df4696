//! Moving all records from one store to another, and keeping a copy of them: nothing is lost, nothing is made up, whatever comes in between.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod backup;
mod broken_off;
mod online;
mod refused;
mod round_trip;
mod world;
