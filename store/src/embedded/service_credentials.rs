//! Service credentials as rows.

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::secret::SecretHash;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::{Commit, Failure, ServiceCredentials};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Embedded;
use super::cache::Caches;
use super::row::time;
use super::writer::Change;

#[async_trait]
impl ServiceCredentials for Embedded {
    async fn insert(&self, credential: ServiceCredential) -> Result<Inserted, Failure> {
        self.writer.write(Insert(credential)).await
    }

    async fn presented(&self, secret: &SecretHash) -> Result<Option<ServiceCredential>, Failure> {
        let secret = *secret;
        let find = move |db: &Connection| {
            db.prepare_cached("SELECT name, secret, created_at FROM service_credential WHERE secret = ?1")?
                .query_row([secret.as_bytes().as_slice()], credential)
                .optional()
        };
        self.readers.ask("find a service credential", find).await
    }

    async fn all(&self) -> Result<Vec<ServiceCredential>, Failure> {
        let all = |db: &Connection| {
            db.prepare_cached("SELECT name, secret, created_at FROM service_credential ORDER BY name")?
                .query_map((), credential)?
                .collect()
        };
        self.readers.ask("list service credentials", all).await
    }

    async fn remove(&self, name: &ServiceName) -> Result<Commit, Failure> {
        self.writer.write(Remove(name.clone())).await
    }
}

struct Insert(ServiceCredential);

impl Change for Insert {
    type Answer = Inserted;
    const ACTION: &'static str = "insert a service credential";

    fn write(&self, db: &Connection) -> rusqlite::Result<Inserted> {
        let ServiceCredential { name, secret, created_at } = &self.0;
        let inserted = db
            .prepare_cached("INSERT INTO service_credential (name, secret, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING")?
            .execute(params![name.as_str(), secret.as_bytes().as_slice(), created_at.as_micros()])?;
        Ok(if inserted == 1 { Inserted::Done } else { Inserted::Taken })
    }

    fn publish(&self, _: &Inserted, _: &Caches) {}
}

struct Remove(ServiceName);

impl Change for Remove {
    type Answer = Commit;
    const ACTION: &'static str = "remove a service credential";

    fn write(&self, db: &Connection) -> rusqlite::Result<Commit> {
        let removed = db
            .prepare_cached("DELETE FROM service_credential WHERE name = ?1")?
            .execute([self.0.as_str()])?;
        Ok(if removed == 1 { Commit::Done } else { Commit::Stale })
    }

    fn publish(&self, _: &Commit, _: &Caches) {}
}

fn credential(row: &Row<'_>) -> rusqlite::Result<ServiceCredential> {
    Ok(ServiceCredential {
        name: ServiceName::from_store(row.get(0)?),
        secret: SecretHash::from_bytes(row.get(1)?),
        created_at: time(row, 2)?,
    })
}
