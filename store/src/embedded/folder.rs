//! The data folder: made for its owner alone, held by one process at a time, and the connections into its database.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Row, ffi};

use super::error::FolderError;
use super::schema;

/// How long a connection waits for a lock that another program, such as a backup, holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often, and how long after each other, it is tried to empty a log that another program is moving.
const TRIES: usize = 100;
const GLANCE: Duration = Duration::from_millis(20);

/// A data folder that is ours until this is dropped.
pub(super) struct Folder {
    path: PathBuf,
    database: PathBuf,
    // The lock goes with the file handle, so it is gone after a crash too. Nothing where somebody else holds the folder.
    _lock: Option<File>,
}

impl Folder {
    /// Makes the folder if need be, and takes hold of it.
    pub(super) fn hold(path: &Path) -> Result<Self, FolderError> {
        let lock = make(path)
            .and_then(|()| private_file(&path.join("lock")))
            .map_err(|e| FolderError::of_system(path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(FolderError::of_system(path, error)),
        }
        let database = path.join("bitjang.db");
        // The log and the shared memory beside it take over its mode.
        private_file(&database).map_err(|e| FolderError::of_system(path, e))?;
        Ok(Self { path: path.to_owned(), database, _lock: Some(lock) })
    }

    /// A folder that another process holds, to look at it and to make it wait.
    pub(super) fn beside(path: &Path) -> Self {
        Self { path: path.to_owned(), database: path.join("bitjang.db"), _lock: None }
    }

    /// A connection that writes, to a database whose shape is the business of whoever holds the folder.
    pub(super) fn visiting(&self) -> Result<Connection, FolderError> {
        let db = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE, WRITING).map_err(|e| self.engine(e))?;
        match schema::is_present(&db) {
            Ok(true) => Ok(db),
            Ok(false) => Err(FolderError::OtherRelease { folder: self.path.clone() }),
            Err(error) => Err(self.engine(error)),
        }
    }

    /// The connection that writes, to a database in the present shape.
    pub(super) fn writing(&self) -> Result<Connection, FolderError> {
        let db = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE, WRITING).map_err(|e| self.engine(e))?;
        begin_log(&db).map_err(|e| self.engine(e))?;
        schema::migrate(&db)
            .map_err(|obstacle| FolderError::of_obstacle(&self.path, &self.database, obstacle))?;
        Ok(db)
    }

    /// A connection that only reads.
    pub(super) fn reading(&self) -> Result<Connection, FolderError> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY, READING).map_err(|e| self.engine(e))
    }

    fn connect(&self, access: OpenFlags, settings: &str) -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(&self.database, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(PATIENCE)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.execute_batch(SETTINGS)?;
        db.execute_batch(settings)?;
        db.set_prepared_statement_cache_capacity(32);
        Ok(db)
    }

    /// The error for something that went wrong in this folder.
    pub(super) fn system(&self, error: io::Error) -> FolderError {
        FolderError::of_system(&self.path, error)
    }

    /// The error for something that the engine did not do with its database.
    pub(super) fn engine(&self, error: rusqlite::Error) -> FolderError {
        FolderError::of_engine(&self.path, &self.database, error)
    }
}

/// Has the engine write into a log first. It says that it does before it has committed that, so of a failure only the end of the statement tells.
fn begin_log(db: &Connection) -> rusqlite::Result<()> {
    let mut statement = db.prepare("PRAGMA journal_mode = WAL")?;
    let modes: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    if modes == ["wal"] { Ok(()) } else { Err(failure(ffi::SQLITE_IOERR, "there can be no log beside it")) }
}

/// Moves what is in the log into the database, and empties the log.
pub(super) fn empty_log(db: &Connection) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        let outcome = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        match db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), outcome)? {
            (false, _) => return Ok(()),
            // The engine waits for those who read, but not for another program that is moving the log too; then it does not know how long the log is.
            (true, -1_i64) => sleep(GLANCE),
            (true, _) => break,
        }
    }
    Err(failure(ffi::SQLITE_BUSY, "another program is using the log"))
}

/// Looks the database over, and at nothing that this connection remembers of it.
pub(super) fn check(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("PRAGMA shrink_memory")?;
    let found: String = db.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(failure(ffi::SQLITE_CORRUPT, &found)) }
}

fn failure(code: i32, why: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(why.to_owned()))
}

/// What is in the file is data, never code: functions in a schema that somebody else has written are not run.
const SETTINGS: &str =
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";

/// With `synchronous = NORMAL` a power cut takes back commits that were acknowledged. `fullfsync` is what macOS calls a real fsync.
const WRITING: &str = "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
    PRAGMA checkpoint_fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000;";

const READING: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -4096;";

/// Makes the folder and those above it that are missing.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make(parent)?;
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
        _ => sync_folder(parent),
    }
}

/// Without this, a power cut can take back that a folder was made, and all that is in it.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
