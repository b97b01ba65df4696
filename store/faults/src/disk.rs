//! The disk under one folder: its files and their names, and what goes wrong with it when.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};

use crate::file::{Change, File};
use crate::{Chance, vfs};

/// What goes wrong, and when: changes, writes and syncs are counted from 1, from the moment at which this is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// All goes well.
    #[default]
    Nothing,
    /// The power is cut before this change: whatever is asked from then on fails.
    PowerCut(u64),
    /// There is no room for these writes.
    Full(RangeInclusive<u64>),
    /// This sync fails, once. What was to be synced may be on the disk or not, and counts as written.
    FailedSync(u64),
}

/// A disk under a folder.
#[derive(Clone)]
pub struct Disk(Arc<Inside>);

pub(crate) struct Inside {
    folder: PathBuf,
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Default)]
struct State {
    files: Vec<File>,
    /// For each name, which file it meant when the folder was synced last, and what it was made to mean since.
    names: BTreeMap<OsString, Vec<Option<usize>>>,
    trouble: Trouble,
    count: Count,
    struck: bool,
    dead: bool,
    held: bool,
    waiting: usize,
    chance: Option<Chance>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    changes: u64,
    writes: u64,
    syncs: u64,
}

/// Syncs wait until this is dropped.
pub struct Held<'d>(&'d Disk);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.state().held = false;
        self.0.0.turned.notify_all();
    }
}

/// Every disk that there is, for SQLite to find.
static DISKS: Mutex<Vec<Weak<Inside>>> = Mutex::new(Vec::new());

impl Disk {
    /// Puts a disk under `folder`, which exists. What is in it is synced. `seed` decides what it keeps when a sync fails.
    pub fn under(folder: &Path, seed: u64) -> io::Result<Self> {
        vfs::install();
        let mut state = State { chance: Some(Chance::seeded(seed)), ..State::default() };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            state.files.push(File::synced(fs::read(entry.path())?));
            state.names.insert(entry.file_name(), vec![Some(state.files.len() - 1)]);
        }
        Self::with(folder, state)
    }

    fn with(folder: &Path, state: State) -> io::Result<Self> {
        let inside =
            Inside { folder: folder.canonicalize()?, state: Mutex::new(state), turned: Condvar::new() };
        let disk = Arc::new(inside);
        disks().push(Arc::downgrade(&disk));
        Ok(Self(disk))
    }

    /// Puts into `folder` what a process finds that is started after this one was killed now: all that was written, whether it is on the disk or not. The power of this one is cut.
    pub fn after_a_kill(&self, folder: &Path) -> io::Result<Self> {
        let mut state = self.0.state();
        state.dead = true;
        for entry in fs::read_dir(&self.0.folder)? {
            let entry = entry?;
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
        let (files, names, chance) = (state.files.clone(), state.names.clone(), state.chance.clone());
        Self::with(folder, State { files, names, chance, ..State::default() })
    }

    /// Says what is to go wrong from now on, instead of what was said before. Power that was cut stays so.
    pub fn set(&self, trouble: Trouble) {
        let mut state = self.0.state();
        (state.trouble, state.count, state.struck) = (trouble, Count::default(), false);
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.0.state().dead = true;
    }

    /// Whether what was to go wrong has happened.
    pub fn is_struck(&self) -> bool {
        self.0.state().struck
    }

    /// How many syncs there were since it was last said what goes wrong.
    pub fn syncs(&self) -> u64 {
        self.0.state().count.syncs
    }

    /// Lets syncs wait from now on.
    pub fn hold_syncs(&self) -> Held<'_> {
        self.0.state().held = true;
        Held(self)
    }

    /// Waits until somebody waits for a sync that is held.
    pub fn wait_for_a_sync(&self) {
        let waited = self.0.turned.wait_while(self.0.state(), |state| state.waiting == 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes into `folder` what may be found on the disk after a power cut now.
    pub fn image(&self, folder: &Path, chance: &mut Chance) -> io::Result<()> {
        let state = self.0.state();
        for (name, meant) in &state.names {
            let which = usize::try_from(chance.below(meant.len() as u64)).map_err(io::Error::other)?;
            let file = meant.get(which).copied().flatten().and_then(|file| state.files.get(file));
            if let Some(file) = file {
                fs::write(folder.join(name), file.after_a_cut(chance))?;
            }
        }
        Ok(())
    }
}

fn disks() -> MutexGuard<'static, Vec<Weak<Inside>>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk that a file of this path is on, if there is one.
pub(crate) fn of(path: &Path) -> Option<Arc<Inside>> {
    let folder = path.parent()?;
    let mut disks = disks();
    disks.retain(|disk| disk.strong_count() > 0);
    disks.iter().filter_map(Weak::upgrade).find(|disk| disk.folder == folder)
}

impl Inside {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file at `path`, which the real file system has just opened or made: its number here.
    pub(crate) fn opened(&self, path: &Path) -> usize {
        let mut state = self.state();
        let name = path.file_name().unwrap_or_default();
        if let Some(Some(file)) = state.names.get(name).and_then(|meant| meant.last()) {
            return *file;
        }
        let file = state.files.len();
        state.files.push(File::default());
        state.names.entry(name.to_owned()).or_insert_with(|| vec![None]).push(Some(file));
        file
    }

    pub(crate) fn write(&self, file: usize, at: usize, bytes: &[u8]) -> Result<(), i32> {
        let mut state = self.state();
        state.make_room()?;
        state.change(file, Change::Write { at, bytes: bytes.to_vec() })
    }

    pub(crate) fn set_length(&self, file: usize, length: usize) -> Result<(), i32> {
        self.state().change(file, Change::Length(length))
    }

    /// More is needed of the memory that connections share, which is a file too.
    pub(crate) fn share_more(&self) -> Result<(), i32> {
        self.state().make_room().map_err(|_| SQLITE_IOERR_SHMSIZE)
    }

    pub(crate) fn sync(&self, file: usize) -> Result<(), i32> {
        let mut state = self.state();
        state.waiting += 1;
        self.turned.notify_all();
        let waited = self.turned.wait_while(state, |state| state.held);
        state = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state.tick()?;
        state.count.syncs += 1;
        let failed = state.trouble == Trouble::FailedSync(state.count.syncs);
        state.struck |= failed;
        let State { files, chance: Some(chance), .. } = &mut *state else { return Ok(()) };
        let Some(file) = files.get_mut(file) else { return Ok(()) };
        if failed {
            file.fail_to_sync(chance);
            return Err(SQLITE_IOERR_FSYNC);
        }
        file.sync();
        Ok(())
    }

    pub(crate) fn delete(&self, path: &Path) -> Result<(), i32> {
        let mut state = self.state();
        state.tick()?;
        if let Some(meant) = state.names.get_mut(path.file_name().unwrap_or_default()) {
            meant.push(None);
        }
        Ok(())
    }

    /// The folder itself has been synced: what its names mean now, they mean.
    pub(crate) fn sync_names(&self) {
        for meant in self.state().names.values_mut() {
            meant.drain(..meant.len().saturating_sub(1));
        }
    }
}

impl State {
    fn change(&mut self, file: usize, change: Change) -> Result<(), i32> {
        self.tick()?;
        if let Some(file) = self.files.get_mut(file) {
            file.change(change);
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), i32> {
        self.count.changes += 1;
        if self.trouble == Trouble::PowerCut(self.count.changes) {
            (self.struck, self.dead) = (true, true);
        }
        if self.dead { Err(SQLITE_IOERR_WRITE) } else { Ok(()) }
    }

    fn make_room(&mut self) -> Result<(), i32> {
        self.count.writes += 1;
        let full = matches!(&self.trouble, Trouble::Full(writes) if writes.contains(&self.count.writes));
        self.struck |= full;
        if full { Err(SQLITE_FULL) } else { Ok(()) }
    }
}
