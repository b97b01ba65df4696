//! A disk for tests, between SQLite and the real one: it knows what has been synced, and can lose, tear and reorder the rest, fill up, and fail or take its time to sync.
//!
//! The file system of this crate becomes SQLite's default one, so what is tested need not know of it. Folders without a [`Disk`] under them are left alone.

mod chance;
mod disk;
mod file;
mod vfs;

pub use chance::Chance;
pub use disk::{Disk, Held, Trouble};
