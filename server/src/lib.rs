//! Bitjang, the server: configuration, wiring and telemetry around the rules, for the binary and for apps that embed it.

mod app;
mod clocks;
pub mod config;
pub mod control;
mod front;
pub mod hashing;
mod health;
pub mod serve;
mod sweep;
pub mod telemetry;
pub mod world;

pub use app::{Bitjang, Listeners, NotListening, NotOpened, NotRunning};
pub use bitjang_guard::{Guard, SignedForm, SignedIn};
pub use config::Config;
