//! Keys as rows.

use async_trait::async_trait;
use bitjang_core::key::{Key, KeyName, Material, Purpose, Signer};
use bitjang_core::{Commit, Failure, Keys};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Embedded;
use super::cache::Caches;
use super::row::{parsed, time};
use super::writer::Change;

#[async_trait]
impl Keys for Embedded {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        self.writer.write(FindOrInsert(candidate)).await
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        self.readers.ask("find a key", move |db| kept_for(db, purpose).optional()).await
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        self.readers.ask("read the signing keys", signers).await
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        self.writer.write(Add { signer, after: after.map(str::to_owned) }).await
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        self.writer.write(Remove(kid.to_owned())).await
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        self.writer.write(Rewrite { name: name.clone(), from: from.clone(), to }).await
    }
}

struct FindOrInsert(Key);

impl Change for FindOrInsert {
    type Answer = Key;
    const ACTION: &'static str = "find or insert a key";

    fn write(&self, db: &Connection) -> rusqlite::Result<Key> {
        let Self(candidate) = self;
        db.prepare_cached("INSERT INTO key (purpose, secret, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (purpose) DO NOTHING")?
            .execute(params![candidate.purpose.as_str(), candidate.secret.0.as_slice(), candidate.created_at.as_micros()])?;
        kept_for(db, candidate.purpose)
    }

    fn publish(&self, _: &Key, _: &Caches) {}
}

fn kept_for(db: &Connection, purpose: Purpose) -> rusqlite::Result<Key> {
    db.prepare_cached("SELECT secret, created_at FROM key WHERE purpose = ?1")?
        .query_row([purpose.as_str()], |row| {
            Ok(Key { purpose, secret: material(row, 0)?, created_at: time(row, 1)? })
        })
}

struct Add {
    signer: Signer,
    after: Option<String>,
}

impl Change for Add {
    type Answer = Commit;
    const ACTION: &'static str = "add a signing key";

    fn write(&self, db: &Connection) -> rusqlite::Result<Commit> {
        let Self { signer, after } = self;
        let added = db.prepare_cached(ADD)?.execute(params![
            signer.kid,
            signer.algorithm.as_str(),
            signer.material.0.as_slice(),
            signer.created_at.as_micros(),
            signer.signs_from.as_micros(),
            after,
        ])?;
        Ok(if added == 1 { Commit::Done } else { Commit::Stale })
    }

    fn publish(&self, _: &Commit, _: &Caches) {}
}

/// `IS` takes the absence of a key for what it is: two servers that add the very first one must not both find that nothing is before it.
const ADD: &str =
    "INSERT INTO signer (kid, algorithm, material, created_at, signs_from) SELECT ?1, ?2, ?3, ?4, ?5
    WHERE (SELECT kid FROM signer ORDER BY row DESC LIMIT 1) IS ?6";

struct Remove(String);

impl Change for Remove {
    type Answer = ();
    const ACTION: &'static str = "remove a signing key";

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        leaving_nothing(db, || {
            db.prepare_cached("DELETE FROM signer WHERE kid = ?1")?.execute([&self.0]).map(drop)
        })
    }

    fn publish(&self, (): &(), _: &Caches) {}
}

struct Rewrite {
    name: KeyName,
    from: Material,
    to: Material,
}

impl Change for Rewrite {
    type Answer = Commit;
    const ACTION: &'static str = "seal a key";

    fn write(&self, db: &Connection) -> rusqlite::Result<Commit> {
        let (statement, name) = match &self.name {
            KeyName::Purpose(purpose) => {
                ("UPDATE key SET secret = ?3 WHERE purpose = ?1 AND secret = ?2", purpose.as_str())
            }
            KeyName::Signer { kid, .. } => {
                ("UPDATE signer SET material = ?3 WHERE kid = ?1 AND material = ?2", kid.as_str())
            }
        };
        let (from, to) = (self.from.0.as_slice(), self.to.0.as_slice());
        let rewritten =
            leaving_nothing(db, || db.prepare_cached(statement)?.execute(params![name, from, to]))?;
        Ok(if rewritten == 1 { Commit::Done } else { Commit::Stale })
    }

    fn publish(&self, _: &Commit, _: &Caches) {}
}

/// Has the engine overwrite what a change to keys frees, which it otherwise leaves in the file. Not for all changes: it costs.
fn leaving_nothing<T>(db: &Connection, change: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    db.pragma_update(None, "secure_delete", true)?;
    let changed = change();
    db.pragma_update(None, "secure_delete", false)?;
    changed
}

fn material(row: &Row<'_>, column: usize) -> rusqlite::Result<Material> {
    Ok(Material(row.get::<_, Vec<u8>>(column)?.into()))
}

fn signers(db: &Connection) -> rusqlite::Result<Vec<Signer>> {
    db.prepare_cached("SELECT kid, algorithm, material, created_at, signs_from FROM signer ORDER BY row")?
        .query_map((), signer)?
        .collect()
}

fn signer(row: &Row<'_>) -> rusqlite::Result<Signer> {
    Ok(Signer {
        kid: row.get(0)?,
        algorithm: parsed(row, 1)?,
        material: material(row, 2)?,
        created_at: time(row, 3)?,
        signs_from: time(row, 4)?,
    })
}
