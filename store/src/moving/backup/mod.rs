//! A copy of what people would miss, in one file: accounts, their sessions, services. No key is in it, so whoever reads it signs no token.
//!
//! The file: a line that names its form; for each kind of record its name, its columns and its rows, each behind its length; at the end a SHA-256 over all of it. It is looked at
//! whole before anything of it is believed.

mod reading;
mod writing;

pub(super) use reading::{Backup, Restored};
pub(super) use writing::write;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::record::{ACCOUNT, FEED_END, Kind, SERVICE_CREDENTIAL, SESSION};

/// What is in a backup, in this order. The keys are not: restored ones would make tokens good that were revoked since. Nor is the feed, which speaks of nothing but such tokens.
pub(super) const KINDS: [&Kind; 4] = [&SERVICE_CREDENTIAL, &ACCOUNT, &SESSION, &FEED_END];

/// The first line, in this form and any other.
const MARK: &[u8] = b"bitjang backup ";
const FORM: &[u8] = b"1\n";
const DIGEST: u64 = 32;
/// Longer than any row: a name, an agent, 32 roles and a hash fit several times.
const LONGEST: u32 = 1 << 20;

/// Why a backup was not written, or not read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("{} is there already: choose another name", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("{} cannot be {action}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no backup of Bitjang's", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another release wrote it, in a form that this one does not know.
    #[error("{} was written by another release, in a form that this one does not know: restore it with that one", .path.display())]
    OtherForm {
        /// The file.
        path: PathBuf,
    },
    /// It is not what was written.
    #[error("{} is cut off or damaged: its checksum does not fit. Nothing of it was restored; use another backup", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl BackupError {
    fn file(path: &Path, action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), action, source }
    }
}

/// What a section begins with: the kind and its columns, each text behind its length.
fn heading(kind: &Kind) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap_or(u8::MAX)], text.as_bytes()].concat();
    [text(kind.name), text(&kind.listed(str::to_owned))].concat()
}

/// Writes on, and keeps the sum of it.
struct Digested<W> {
    inner: W,
    digest: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
