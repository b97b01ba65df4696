//! The flows over the memory store: one file per flow, then the races between them, faults of the store, and what must always hold.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod faults;
mod hasher;
mod invariants;
mod limits;
mod operator;
mod own_account;
mod own_sessions;
mod races;
mod script;
mod secrets;
mod sign_in;
mod sign_out;
mod sign_up;
mod store;
mod verify;
mod world;
