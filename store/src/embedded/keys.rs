//! Keys as rows.

use async_trait::async_trait;
use bitjang_core::key::{Key, KeySecret};
use bitjang_core::{Failure, Keys};
use rusqlite::{Connection, Row, params};

use super::Embedded;
use super::cache::Caches;
use super::row::time;
use super::writer::Change;

#[async_trait]
impl Keys for Embedded {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        self.writer.write(FindOrInsert(candidate)).await
    }
}

struct FindOrInsert(Key);

impl Change for FindOrInsert {
    type Answer = Key;
    const ACTION: &'static str = "find or insert a key";

    fn write(&self, db: &Connection) -> rusqlite::Result<Key> {
        let Self(candidate) = self;
        db.prepare_cached("INSERT INTO key (purpose, secret, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (purpose) DO NOTHING")?
            .execute(params![candidate.purpose.as_str(), candidate.secret.as_bytes(), candidate.created_at.as_micros()])?;
        let key = |row: &Row<'_>| {
            let secret = KeySecret::from_bytes(row.get(0)?);
            Ok(Key { purpose: candidate.purpose, secret, created_at: time(row, 1)? })
        };
        db.prepare_cached("SELECT secret, created_at FROM key WHERE purpose = ?1")?
            .query_row([candidate.purpose.as_str()], key)
    }

    fn publish(&self, _: &Key, _: &Caches) {}
}
