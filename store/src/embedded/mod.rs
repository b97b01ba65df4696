//! Records in a folder of this machine: SQLite, with one thread that writes, a few that read, and a cache in front of them.
//!
//! What was answered to have been written is on disk. This process is the only one that writes, which is what makes the cache possible.

mod accounts;
mod cache;
mod error;
mod folder;
mod health;
mod keys;
mod limits;
mod mark;
mod reader;
mod revocations;
mod row;
mod schema;
mod service_credentials;
mod sessions;
#[cfg(test)]
mod tests;
mod visited;
mod writer;

pub use error::FolderError;
pub(crate) use visited::{Visited, is_there};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::available_parallelism;

use self::cache::Caches;
use self::folder::Folder;
use self::reader::Readers;
use self::writer::Writer;
use crate::feed_end::FeedEnd;
use crate::memory::Buckets;
use crate::remembering::Remembering;

/// A store in a folder. Dropping it commits what waits and gives the folder free.
pub struct Embedded {
    caches: Arc<Caches>,
    buckets: Buckets,
    readers: Readers,
    writer: Writer,
    // Last, so that it is given free when nothing is using it any more.
    _folder: Folder,
}

/// What may be turned.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// About how much memory decoded records may take, in bytes; a few MiB at least.
    pub cache_bytes: u64,
    /// How many threads read; one at least.
    pub readers: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        let cores = available_parallelism().map_or(2, usize::from);
        Self { cache_bytes: Remembering::usual_bytes(), readers: cores.clamp(2, 8) }
    }
}

impl Embedded {
    /// Opens the store in `folder`; makes it, for its owner alone, if there is none.
    pub fn open(folder: &Path, tuning: Tuning) -> Result<Self, FolderError> {
        let path = folder;
        let folder = Folder::hold(path)?;
        let writing = folder.writing()?;
        if let Some(mark) = mark::found(&writing).map_err(|e| folder.engine(e))? {
            return Err(FolderError::of_mark(path, mark));
        }
        let reading = (0..tuning.readers.max(1)).map(|_| folder.reading()).collect::<Result<_, _>>()?;
        let feed_end = revocations::end(&writing).map(FeedEnd::at).map_err(|e| folder.engine(e))?;
        let caches = Arc::new(Caches::holding(tuning.cache_bytes, feed_end));
        let writer = Writer::start(writing, Arc::clone(&caches)).map_err(|e| folder.system(e))?;
        let readers = Readers::start(reading).map_err(|e| folder.system(e))?;
        Ok(Self { caches, buckets: Buckets::default(), readers, writer, _folder: folder })
    }

    /// How many transactions have been committed since it was opened: by how much fewer than writes, group commit pays.
    pub fn commits(&self) -> u64 {
        self.writer.pulse.commits.load(Ordering::Relaxed)
    }
}

/// Nobody works for the store any more.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store has been closed")]
struct Closed;
