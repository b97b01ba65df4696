//! A folder with a disk under it.

use std::path::Path;

use bitjang_faults::{Chance, Disk};
use bitjang_store::Embedded;
use bitjang_store::embedded::{FolderError, Tuning};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) disk: Disk,
    chance: Chance,
}

impl Place {
    /// An empty one. What chance decides follows from `seed`.
    pub(crate) fn empty(seed: u64) -> Self {
        Self::of(folder(), Chance::seeded(seed))
    }

    fn of(folder: TempDir, mut chance: Chance) -> Self {
        let disk = Disk::under(folder.path(), chance.below(u64::MAX)).unwrap();
        Self { folder, disk, chance }
    }

    /// What is found there after a power cut, on a disk that is whole.
    pub(crate) fn after_a_cut(mut self) -> Self {
        self.disk.cut();
        let image = folder();
        self.disk.image(image.path(), &mut self.chance).unwrap();
        let shared = "bitjang.db-shm";
        if self.folder.path().join(shared).exists() && self.chance.happens(4) {
            std::fs::copy(self.folder.path().join(shared), image.path().join(shared)).unwrap();
        }
        Self::of(image, self.chance)
    }

    /// What a process finds that is started after this one was killed.
    pub(crate) fn after_a_kill(self) -> Self {
        let folder = folder();
        let disk = self.disk.after_a_kill(folder.path()).unwrap();
        Self { folder, disk, chance: self.chance }
    }

    pub(crate) fn open(&self) -> Result<Embedded, FolderError> {
        Embedded::open(self.folder.path(), Tuning { readers: 2, ..Tuning::default() })
    }

    /// Another program's connection, such as a backup's.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.folder.path().join("bitjang.db")).unwrap()
    }

    /// Says nothing if SQLite finds nothing wrong.
    pub(crate) fn is_whole(&self) {
        let found: String = self.connect().query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
        assert_eq!(found, "ok");
    }
}

/// In memory where there is such a place: what counts as synced is decided by the disk on top, and a real sync would only take time.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}
