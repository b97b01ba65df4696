//! Keys as rows.

use async_trait::async_trait;
use bitjang_core::key::{Key, KeyName, Material, Purpose, Signer};
use bitjang_core::{Commit, Failure, Keys};
use tokio_postgres::Row;

use super::Postgres;
use super::link::Ask;
use super::row::{Unreadable, column, parsed, time};

#[async_trait]
impl Keys for Postgres {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        const ACTION: &str = "find or insert a key";
        if let Some(key) = Keys::find(self, candidate.purpose).await? {
            return Ok(key);
        }
        let (purpose, created_at) = (candidate.purpose.as_str(), candidate.created_at.as_micros());
        let given: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&purpose, &candidate.secret.0.as_slice(), &created_at];
        self.link.ask(ACTION, Ask { sql: INSERT, given: &given }).await?;
        Keys::find(self, candidate.purpose).await?.ok_or_else(|| Failure::new(ACTION, "it is gone"))
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        let sql = "SELECT secret, created_at FROM bitjang.key WHERE purpose = $1";
        let key = |row: &Row| Ok(Key { purpose, secret: material(row, 0)?, created_at: time(row, 1)? });
        self.one("find a key", Ask { sql, given: &[&purpose.as_str()] }, key).await
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        let sql =
            "SELECT kid, algorithm, material, created_at, signs_from FROM bitjang.signer ORDER BY number";
        self.all("read the signing keys", Ask { sql, given: &[] }, signer).await
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        let (created_at, signs_from) = (signer.created_at.as_micros(), signer.signs_from.as_micros());
        let (algorithm, material) = (signer.algorithm.as_str(), signer.material.0.as_slice());
        let ask =
            Ask { sql: ADD, given: &[&signer.kid, &algorithm, &material, &created_at, &signs_from, &after] };
        let added = self.link.ask("add a signing key", ask).await?;
        Ok(if added.is_empty() { Commit::Stale } else { Commit::Done })
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        let sql = "DELETE FROM bitjang.signer WHERE kid = $1";
        self.link.ask("remove a signing key", Ask { sql, given: &[&kid] }).await.map(drop)
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        let (sql, name) = match name {
            KeyName::Purpose(purpose) => (
                "UPDATE bitjang.key SET secret = $3 WHERE purpose = $1 AND secret = $2 RETURNING 1",
                purpose.as_str(),
            ),
            KeyName::Signer { kid, .. } => (
                "UPDATE bitjang.signer SET material = $3 WHERE kid = $1 AND material = $2 RETURNING 1",
                kid.as_str(),
            ),
        };
        let ask = Ask { sql, given: &[&name, &from.0.as_slice(), &to.0.as_slice()] };
        let rewritten = self.link.ask("seal a key", ask).await?;
        Ok(if rewritten.is_empty() { Commit::Stale } else { Commit::Done })
    }
}

const INSERT: &str = "INSERT INTO bitjang.key (purpose, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (purpose) DO NOTHING";

/// `IS NOT DISTINCT FROM` takes the absence of a key for what it is. Two that follow the same key want the same number.
const ADD: &str = "INSERT INTO bitjang.signer (number, kid, algorithm, material, created_at, signs_from)
    SELECT COALESCE(max(number), 0) + 1, $1::text, $2::text, $3::bytea, $4::bigint, $5::bigint FROM bitjang.signer
    HAVING (SELECT kid FROM bitjang.signer ORDER BY number DESC LIMIT 1) IS NOT DISTINCT FROM $6::text
    ON CONFLICT (number) DO NOTHING RETURNING 1";

fn material(row: &Row, column_at: usize) -> Result<Material, Unreadable> {
    Ok(Material(column::<Vec<u8>>(row, column_at)?.into()))
}

fn signer(row: &Row) -> Result<Signer, Unreadable> {
    Ok(Signer {
        kid: column(row, 0)?,
        algorithm: parsed(row, 1)?,
        material: material(row, 2)?,
        created_at: time(row, 3)?,
        signs_from: time(row, 4)?,
    })
}
