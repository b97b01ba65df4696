//! Whether the folder can still be read and written.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bitjang_core::Failure;
use rusqlite::Connection;

use super::cache::Caches;
use super::writer::Change;
use super::{Embedded, mark, schema};
use crate::{Condition, Health};

#[async_trait]
impl Health for Embedded {
    async fn ping(&self) -> Result<Condition, Failure> {
        let left = self.readers.ask("read from the store", |db| Ok(mark::found(db)?.is_some())).await?;
        let ailing = self.writer.pulse.ailing.load(Ordering::Acquire);
        self.writer.write(if ailing { Probe::Commit } else { Probe::Answer }).await?;
        Ok(if left { Condition::Left } else { Condition::InUse })
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}

/// A write that changes nothing.
enum Probe {
    /// Only asks whether the writer is there: being asked all the time must not wear out the disk.
    Answer,
    /// Makes the engine write and sync a page.
    Commit,
}

impl Change for Probe {
    type Answer = ();
    const ACTION: &'static str = "write to the store";

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Answer => Ok(()),
            Self::Commit => db.pragma_update(None, "user_version", schema::known()),
        }
    }

    fn publish(&self, (): &(), _: &Caches) {}
}
