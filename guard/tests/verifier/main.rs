//! A verifier that follows an issuer: what it believes, what it refuses, and how it fares when the issuer is gone, silent or lying.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bearer;
mod cache;
mod feed;
mod in_process;
mod issuer;
mod keys;
mod lies;
mod staleness;
mod tls;
mod world;
