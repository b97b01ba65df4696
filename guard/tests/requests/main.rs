//! Requests to an app behind the guard: who is let through, who is not, and what they are told.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cors;
mod form;
mod protect;
mod remembered;
mod signed_in;
mod world;
