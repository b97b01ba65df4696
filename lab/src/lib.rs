//! The ladder of ways to remember who is asking, alive: each scheme as small servers, each attack played against it over real HTTP.
//!
//! What is weak here is weak on purpose. No other crate depends on this one, and it listens on loopback addresses alone.

pub mod attacks;
pub mod bottleneck;
pub mod browser;
pub mod clock;
pub mod community;
pub mod database;
mod dice;
pub mod issuer;
pub mod jwt;
pub mod keeping;
mod live;
pub mod page;
mod redis;
pub mod report;
pub mod running;
pub mod schemes;
pub mod text;
pub mod trace;
pub mod wire;

pub use attacks::{Cell, Colour, Verdict};
