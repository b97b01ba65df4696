//! Service credentials as rows.

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::secret::SecretHash;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::{Commit, Failure, ServiceCredentials};
use tokio_postgres::Row;

use super::Postgres;
use super::link::Ask;
use super::row::{Unreadable, bytes, column, time};

#[async_trait]
impl ServiceCredentials for Postgres {
    async fn insert(&self, credential: ServiceCredential) -> Result<Inserted, Failure> {
        let (name, secret) = (credential.name.as_str(), credential.secret.as_bytes().as_slice());
        let created_at = credential.created_at.as_micros();
        let sql = "INSERT INTO bitjang.service_credential (name, secret, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO NOTHING RETURNING 1";
        let ask = Ask { sql, given: &[&name, &secret, &created_at] };
        let inserted = self.link.ask("insert a service credential", ask).await?;
        Ok(if inserted.is_empty() { Inserted::Taken } else { Inserted::Done })
    }

    async fn presented(&self, secret: &SecretHash) -> Result<Option<ServiceCredential>, Failure> {
        let sql = "SELECT name, secret, created_at FROM bitjang.service_credential WHERE secret = $1";
        let ask = Ask { sql, given: &[&secret.as_bytes().as_slice()] };
        self.one("find a service credential", ask, credential).await
    }

    async fn all(&self) -> Result<Vec<ServiceCredential>, Failure> {
        let sql =
            r#"SELECT name, secret, created_at FROM bitjang.service_credential ORDER BY name COLLATE "C""#;
        self.all("list service credentials", Ask { sql, given: &[] }, credential).await
    }

    async fn remove(&self, name: &ServiceName) -> Result<Commit, Failure> {
        let sql = "DELETE FROM bitjang.service_credential WHERE name = $1 RETURNING 1";
        let ask = Ask { sql, given: &[&name.as_str()] };
        let removed = self.link.ask("remove a service credential", ask).await?;
        Ok(if removed.is_empty() { Commit::Stale } else { Commit::Done })
    }
}

fn credential(row: &Row) -> Result<ServiceCredential, Unreadable> {
    Ok(ServiceCredential {
        name: ServiceName::from_store(column(row, 0)?),
        secret: SecretHash::from_bytes(bytes(row, 1)?),
        created_at: time(row, 2)?,
    })
}
