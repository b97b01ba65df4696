//! Where records live: in [`Memory`], in a folder of this machine ([`Embedded`], SQLite), or in a database that several servers share ([`Postgres`]). All pass the contract
//! suites of `bitjang_core`. Beside any of them, Redis holds what may be lost ([`redis`]).
//!
//! Whoever only wants a store reads a [`StoreUrl`] and calls [`open`].

mod agents;
mod cache;
pub mod embedded;
mod feed_end;
mod memory;
pub mod moving;
mod open;
pub mod postgres;
pub mod redis;
mod remembering;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::redis::{BadRedisUrl, Belief, RedisUrl};
pub use embedded::{Embedded, FolderError};
pub use memory::Memory;
pub use open::{BadStoreUrl, Condition, Health, OpenError, Opened, StoreUrl, open};
pub use postgres::{DatabaseError, Postgres, PostgresUrl};
pub use remembering::Remembering;
