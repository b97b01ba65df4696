//! The real binary, on a free port and an empty folder: what an operator meets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod attacks;
mod bearer;
mod beside;
mod crowd;
mod document;
mod fleet;
mod hostile;
mod import;
mod machines;
mod moving;
mod permit;
mod policies;
mod process;
mod program;
mod protect;
mod redis;
mod restored;
mod roles;
mod sealed;
mod secrets;
mod serve;
mod soak;
mod storm;
