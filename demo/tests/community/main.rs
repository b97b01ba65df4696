//! The community over HTTP, in front of a real Bitjang server: who may do what, and what nobody can trick it into.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod forms;
mod tricks;
mod world;
