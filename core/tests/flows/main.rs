//! The flows over the memory store: one file per flow, then the races between them, faults of the store, and what must always hold.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod clocks;
mod faults;
mod hasher;
mod holder;
mod invariants;
mod keys;
mod limits;
mod operator;
mod own_account;
mod own_sessions;
mod races;
mod ratchet;
mod refresh;
mod revocation;
mod roles;
mod schedules;
mod script;
mod secrets;
mod service;
mod sign_in;
mod sign_out;
mod sign_up;
mod slow;
mod store;
mod tokens;
mod verify;
mod world;
