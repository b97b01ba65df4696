//! The community: an app in which anybody signed in writes, and only the author or a moderator deletes.
//!
//! It runs beside a Bitjang server, and under one origin with it. Read it in this order:
//!
//! - [`exchange`]: who is asking. The session cookie is traded for an access token, which is then checked here on every request.
//! - [`rules`]: what they may do, as `bitjang-permit` is told. Policies are in `policies/`; what they allow becomes a value that no other code can make.
//! - [`routes`]: the handlers. Each reads, asks for the proof, and hands it to the store.
//! - [`store`]: what there is. A call that changes something takes the proof, and acts on the revision that was decided about.

pub mod app;
pub mod bitjang;
pub mod community;
pub mod exchange;
pub mod pages;
pub mod routes;
pub mod rules;
pub mod seed;
pub mod server;
pub mod store;

pub use app::{App, Office, Parts};
