//! The HTTP face of the server: the API under `/v1`, the hosted pages, and how errors are told.
//!
//! A handler parses, calls a flow, and shapes the answer. Rules live in `bitjang-core`; where records live is not known here.

mod answer;
pub mod api;
mod app;
mod client;
mod json;
pub mod pages;
mod segment;
mod site;
mod told;
mod who;

pub use answer::rfc3339;
pub use api::openapi;
pub use app::{App, Decided, Settings};
pub use site::{in_browsers, router};
pub use who::Who;
