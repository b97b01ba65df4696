//! What an app puts in front of its routes: who is signed in, and did a page of ours send this?
//!
//! - [`SignedIn`], an extractor: a handler that takes it cannot run for a stranger.
//! - [`Guard::protect`], a tower layer: what another site makes a browser send is refused.
//! - [`Guard::cors`], a tower layer: pages of trusted origins may read the answers.
//! - [`SignedForm`], an extractor for forms, whose CSRF token is a field.
//!
//! A handler for an unsafe method that takes [`SignedIn`] refuses every request which the layer has not seen: forgetting the layer locks the
//! route, it does not open it.

pub mod cookies;

mod cors;
mod forgery;
pub mod form;
mod guard;
mod origins;
mod presented;
mod problem;
mod signed_in;
pub mod verifier;

pub use cors::Cors;
pub use forgery::{Protect, Protected, Scope, is_json};
pub use form::SignedForm;
pub use guard::Guard;
pub use origins::{BadOrigin, Origin, Origins, Provenance};
pub use problem::{Challenge, Problem, whole_seconds};
pub use signed_in::SignedIn;
