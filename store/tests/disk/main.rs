//! The embedded store on a disk that loses its power, its room or its patience: what was acknowledged is there, and nothing is half there.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod client;
mod cut;
mod full;
mod place;
mod slow;
mod sync;
