//! A folder's store, seen by whoever moves records out of it or into it; a server may hold it meanwhile.
//!
//! The pause is a write transaction of our own: the server's writer waits for it as for any other, and gives up after a few seconds. It ends with this process, however that ends.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};
use tokio::time::{Instant, sleep};

use super::folder::Folder;
use super::{FolderError, mark, schema};
use crate::moving::because;
use crate::moving::place::{Cause, Mark, Place, Records, Unwritten};
use crate::moving::record::{self, Kind, Row, Value};

/// How long to look for a moment in which the server writes nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sessions are read in the order of their keys, in which they do not lie: a read of the file for each row would be most of the pause. A server does without, because a disk that
/// fails under a map ends the process; here that breaks the move off, no more.
const MAPPED: &str = "PRAGMA mmap_size = 2147418112";

/// A folder's store, visited.
pub(crate) struct Visited {
    address: String,
    db: Arc<Mutex<Connection>>,
    _folder: Folder,
}

/// Whether there is a store in `folder`.
pub(crate) fn is_there(folder: &Path) -> bool {
    folder.join("bitjang.db").is_file()
}

impl Visited {
    /// The store in `folder`, which a server may hold.
    pub(crate) fn visit(path: &Path) -> Result<Self, FolderError> {
        match Self::hold(path) {
            Err(FolderError::InUse { .. }) => {
                let folder = Folder::beside(path);
                let db = folder.visiting()?;
                Self::new(path, folder, db)
            }
            held => held,
        }
    }

    /// The store in `folder`, which nobody else holds; an empty one if there is none.
    pub(crate) fn hold(path: &Path) -> Result<Self, FolderError> {
        let folder = Folder::hold(path)?;
        let db = folder.writing()?;
        Self::new(path, folder, db)
    }

    fn new(path: &Path, folder: Folder, db: Connection) -> Result<Self, FolderError> {
        db.execute_batch(MAPPED).map_err(|error| folder.engine(error))?;
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            address: format!("embedded:{}", path.display()),
            db: Arc::new(Mutex::new(db)),
            _folder: folder,
        })
    }

    /// Does `work` where it may wait for the disk.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Cause> {
        Ok(self.ask(work).await??)
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<rusqlite::Result<T>, Cause> {
        let db = Arc::clone(&self.db);
        let done =
            tokio::task::spawn_blocking(move || work(&db.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(done.await?)
    }
}

#[async_trait]
impl Records for Visited {
    async fn page(
        &mut self,
        kind: &'static Kind,
        after: Option<&Value>,
        at_most: usize,
    ) -> Result<Vec<Row>, Cause> {
        let after = after.cloned();
        self.with(move |db| page(db, kind, after.as_ref(), at_most)).await
    }

    fn keeps(&self, kind: &'static Kind) -> bool {
        // Guesses are counted in the memory of the server.
        kind.name != record::BUCKET.name
    }

    async fn count(&mut self, kind: &'static Kind) -> Result<u64, Cause> {
        let sql = format!("SELECT count(*) FROM {}", from(kind));
        let rows: i64 = self.with(move |db| db.query_row(&sql, (), |row| row.get(0))).await?;
        Ok(rows.cast_unsigned())
    }
}

#[async_trait]
impl Place for Visited {
    fn address(&self) -> String {
        self.address.clone()
    }

    async fn mark(&mut self) -> Result<Option<Mark>, Cause> {
        self.with(mark::found).await
    }

    async fn set_mark(&mut self, mark: Option<&Mark>) -> Result<(), Cause> {
        let mark = mark.cloned();
        self.with(move |db| whole(db, |db| mark::set(db, mark.as_ref()))).await
    }

    async fn write(&mut self, kind: &'static Kind, out: &[Value], put: &[Row]) -> Result<(), Unwritten> {
        let (out, put) = (out.to_vec(), put.to_vec());
        let written = self
            .ask(move |db| whole(db, |db| write(db, kind, &out, &put)))
            .await
            .map_err(Unwritten::Other)?;
        written.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Unwritten::NoRoom(error.into()),
            _ => Unwritten::Other(error.into()),
        })
    }

    async fn freeze(&mut self) -> Result<(), Cause> {
        // The first read decides which moment that is.
        self.with(|db| db.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")).await
    }

    async fn pause(&mut self) -> Result<Option<Mark>, Cause> {
        let began = Instant::now();
        self.with(|db| db.busy_timeout(Duration::ZERO)).await?;
        loop {
            match self.ask(|db| db.execute_batch("BEGIN IMMEDIATE")).await? {
                Ok(()) => break,
                Err(error) if is_busy(&error) && began.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(1)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let found = self.with(mark::found).await?;
        if found.is_some() {
            self.go_on().await;
        }
        // Another release may have been started on it meanwhile.
        if self.with(schema::is_present).await? {
            Ok(found)
        } else {
            Err(because("another release has changed its shape"))
        }
    }

    async fn go_on(&mut self) {
        // Where that fails, the end of this process does it.
        let _ = self.with(|db| db.execute_batch("ROLLBACK")).await;
    }

    async fn retire(&mut self, mark: &Mark) -> Result<(), Cause> {
        let mark = mark.clone();
        self.with(move |db| {
            mark::set(db, Some(&mark))?;
            mark::lock(db)?;
            db.execute_batch("COMMIT")
        })
        .await
    }

    async fn revive(&mut self, raise: i64) -> Result<(), Cause> {
        self.with(move |db| {
            db.execute_batch("PRAGMA secure_delete = ON")?;
            whole(db, |db| {
                mark::unlock(db)?;
                mark::set(db, None)?;
                db.execute(REVIVE, [raise])?;
                db.execute_batch("DELETE FROM key; DELETE FROM signer")
            })
        })
        .await
    }
}

const REVIVE: &str = "UPDATE account SET epoch = epoch + ?1, epoch_since = epoch + ?1, epoch_spared = NULL, revision = revision + 1";

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Runs `work` in a transaction: all of it or nothing.
fn whole<T>(db: &Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(db).and_then(|done| db.execute_batch("COMMIT").map(|()| done));
    if !db.is_autocommit() {
        let _nothing_left_to_roll_back = db.execute_batch("ROLLBACK");
    }
    done
}

/// Where the rows of a kind are, under the names that moving gives to their columns.
fn from(kind: &Kind) -> &'static str {
    match kind.name {
        "signer" => "(SELECT row AS number, kid, algorithm, material, created_at, signs_from FROM signer)",
        "feed_end" => {
            "(SELECT 1 AS one, ifnull((SELECT max(seq) FROM sqlite_sequence WHERE name = 'revocation'), 0) AS position)"
        }
        plain => plain,
    }
}

fn page(db: &Connection, kind: &Kind, after: Option<&Value>, at_most: usize) -> rusqlite::Result<Vec<Row>> {
    let (key, _) = kind.key();
    let beyond = if after.is_some() { format!("WHERE {key} > ?1") } else { String::new() };
    let (columns, from) = (kind.listed(str::to_owned), from(kind));
    let mut statement =
        db.prepare_cached(&format!("SELECT {columns} FROM {from} {beyond} ORDER BY {key} LIMIT {at_most}"))?;
    let row =
        |row: &rusqlite::Row<'_>| (0..kind.columns.len()).map(|column| value(row.get_ref(column)?)).collect();
    statement.query_map(params_from_iter(after), row)?.map(|values| values.map(Row)).collect()
}

fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Nothing,
        ValueRef::Integer(number) => Value::Number(number),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType.into()),
    })
}

fn write(db: &Connection, kind: &Kind, out: &[Value], put: &[Row]) -> rusqlite::Result<()> {
    let (delete, insert) = match kind.name {
        "feed_end" => (
            "DELETE FROM sqlite_sequence WHERE name = 'revocation' AND ?1 = 1".to_owned(),
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'revocation', ?2 WHERE ?1 = 1".to_owned(),
        ),
        name => {
            let spelled =
                |column: &'static str| if column == "number" { "row".to_owned() } else { column.to_owned() };
            let places: Vec<_> = (1..=kind.columns.len()).map(|place| format!("?{place}")).collect();
            let (key, places) = (spelled(kind.key().0), places.join(", "));
            (
                format!("DELETE FROM {name} WHERE {key} = ?1"),
                format!("INSERT INTO {name} ({}) VALUES ({places})", kind.listed(spelled)),
            )
        }
    };
    let mut delete = db.prepare_cached(&delete)?;
    for key in out {
        delete.execute([key])?;
    }
    let mut insert = db.prepare_cached(&insert)?;
    for Row(values) in put {
        insert.execute(params_from_iter(values))?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Nothing => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
