//! Where records live: in [`Memory`], or in a folder of this machine ([`Embedded`], SQLite). Both pass the contract suites of `bitjang_core`.
//!
//! Whoever only wants a store reads a [`StoreUrl`] and calls [`open`].

pub mod embedded;
mod feed_end;
mod memory;
mod open;

pub use embedded::{Embedded, OpenError};
pub use memory::Memory;
pub use open::{BadStoreUrl, Health, Opened, StoreUrl, open};
