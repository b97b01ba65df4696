//! What the programs keep their sessions in: private servers and a folder, gone when this is dropped.

use std::path::Path;

use anyhow::{Context as _, Result};
use bitjang_store::testing::{Redis, Server};
use tempfile::TempDir;

/// As durable as it comes, where the tests of the store ask for speed: the last word on a setting counts.
const DURABLE: &str = "-c fsync=on -c full_page_writes=on -c max_connections=200 -c shared_buffers=512MB";

/// Started for one measurement.
pub(crate) struct Backends {
    pub(crate) postgres: Server,
    pub(crate) redis: Redis,
    folder: TempDir,
}

impl Backends {
    /// Empty ones; the folder lies inside `place`.
    pub(crate) fn start(place: &Path) -> Result<Self> {
        Ok(Self {
            postgres: Server::start(DURABLE).context("PostgreSQL does not start")?,
            redis: Redis::start("").context("Redis does not start")?,
            folder: tempfile::tempdir_in(place)?,
        })
    }

    /// The address of a new database.
    pub(crate) fn database(&self) -> Result<String> {
        Ok(self.postgres.database()?)
    }

    /// The address of Redis's database with this number.
    pub(crate) fn redis_database(&self, number: u32) -> String {
        self.redis.hasty_address() + "/" + &number.to_string()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder for a program.
    pub(crate) fn subfolder(&self, name: &str) -> Result<std::path::PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}
