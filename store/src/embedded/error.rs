//! Why a data folder could not be opened, in words that say what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use super::schema::{self, Obstacle};
use crate::moving::place::Mark;

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process holds it.
    #[error("the data folder {} is in use by another process: stop that one first, or choose another folder", .folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
    },
    /// It may not be written to.
    #[error("the data folder {} cannot be written to: check who owns it and whether its disk is mounted read-only", .folder.display())]
    NotWritable {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is something else of that name.
    #[error("{} is not a folder", .folder.display())]
    NotAFolder {
        /// What was to be the data folder.
        folder: PathBuf,
    },
    /// Its disk is full.
    #[error("no room is left on the disk of the data folder {}: make room, then start again; nothing is lost", .folder.display())]
    NoRoom {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A later release has written it.
    #[error("the data in {} has schema version {found}, and this release knows versions up to {known}: use the release that wrote it, or a later one", .folder.display())]
    Newer {
        /// The data folder.
        folder: PathBuf,
        /// The version found.
        found: i64,
        /// The latest version known.
        known: i64,
    },
    /// A server of another release holds it.
    #[error("a server of another release runs on the data folder {}: put this release in its place first, or stop it", .folder.display())]
    OtherRelease {
        /// The data folder.
        folder: PathBuf,
    },
    /// Everything in it has been moved elsewhere.
    #[error("the store in {} has been moved to {to}: set store.url to that. What is here is as it was then; `bitjang store reopen` takes it into use again, and signs everybody out", .folder.display())]
    Moved {
        /// The data folder.
        folder: PathBuf,
        /// Where everything is.
        to: String,
    },
    /// It is being filled.
    #[error("the store in {} is not whole: it was being filled from {from}. Run that command again, it goes on where it was; or choose another folder", .folder.display())]
    Unfinished {
        /// The data folder.
        folder: PathBuf,
        /// From where.
        from: String,
    },
    /// The database in it belongs to another program.
    #[error("{} is the database of another program: choose another folder", .file.display())]
    Foreign {
        /// The database.
        file: PathBuf,
    },
    /// The database in it cannot be read.
    #[error("{} is damaged: keep a copy of the whole folder, then put back a backup", .file.display())]
    Damaged {
        /// The database.
        file: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else.
    #[error("the data folder {} could not be opened", .folder.display())]
    Other {
        /// The data folder.
        folder: PathBuf,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl FolderError {
    pub(super) fn of_system(folder: &Path, error: io::Error) -> Self {
        let folder = folder.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { folder, source: error.into() }
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::NoRoom { folder, source: error.into() }
            }
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => Self::NotAFolder { folder },
            _ => Self::Other { folder, source: error.into() },
        }
    }

    pub(super) fn of_engine(folder: &Path, file: &Path, error: rusqlite::Error) -> Self {
        let (folder, file) = (folder.to_owned(), file.to_owned());
        // What the log's index has no room for is told as something else.
        if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::NoRoom { folder, source: error.into() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { file, source: error.into() }
            }
            Some(ErrorCode::DiskFull) => Self::NoRoom { folder, source: error.into() },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { folder },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { folder, source: error.into() }
            }
            _ => Self::Other { folder, source: error.into() },
        }
    }

    pub(super) fn of_mark(folder: &Path, mark: Mark) -> Self {
        let folder = folder.to_owned();
        match mark {
            Mark::MovedTo(to) => Self::Moved { folder, to },
            Mark::FilledFrom(from) => Self::Unfinished { folder, from },
        }
    }

    pub(super) fn of_obstacle(folder: &Path, file: &Path, obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Newer { found } => {
                Self::Newer { folder: folder.to_owned(), found, known: schema::known() }
            }
            Obstacle::Foreign => Self::Foreign { file: file.to_owned() },
            Obstacle::Engine(error) => Self::of_engine(folder, file, error),
        }
    }
}
