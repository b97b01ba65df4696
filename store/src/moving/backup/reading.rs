//! Reading a backup: all of it, before any of it is believed; then record by record, as often as needed.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::{BackupError, DIGEST, Digested, FORM, KINDS, LONGEST, MARK, heading};
use crate::moving::place::{Cause, Records};
use crate::moving::record::{ACCOUNT, Kind, Row, Value};
use crate::moving::shortened;

/// A backup that was found whole.
pub(in crate::moving) struct Backup {
    path: PathBuf,
    file: BufReader<File>,
    digest: [u8; 32],
    /// Where the rows of each kind begin, and how many there are.
    sections: Vec<Section>,
}

/// A kind, where its rows begin, and how many there are.
type Section = (&'static Kind, u64, u64);

impl Backup {
    /// Looks at the whole file.
    pub(in crate::moving) fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(BackupError::file(path, "read"))?;
        let digest = whole(&file, path)?;
        let mut file = BufReader::new(file);
        let sections = sections(&mut file).map_err(BackupError::file(path, "read"))?;
        let sections = sections.ok_or_else(|| BackupError::OtherForm { path: path.to_owned() })?;
        Ok(Self { path: path.to_owned(), file, digest, sections })
    }

    /// What it is known by: what is in it.
    pub(in crate::moving) fn name(&self) -> String {
        format!("the backup {}", shortened(&self.digest))
    }

    /// How many records are in it.
    pub(in crate::moving) fn rows(&self) -> u64 {
        self.sections.iter().map(|(_, _, rows)| rows).sum()
    }
}

/// The sum at the end of the file, which fits what is before it.
fn whole(mut file: &File, path: &Path) -> Result<[u8; 32], BackupError> {
    let failed = BackupError::file(path, "read");
    let length = file.metadata().map_err(&failed)?.len();
    file.seek(SeekFrom::Start(0)).map_err(&failed)?;
    let mut first = Vec::new();
    file.take((MARK.len() + FORM.len()) as u64).read_to_end(&mut first).map_err(&failed)?;
    match first.strip_prefix(MARK) {
        Some(FORM) => {}
        Some(form) if form.len() == FORM.len() => {
            return Err(BackupError::OtherForm { path: path.to_owned() });
        }
        _ if MARK.starts_with(&first) || first.starts_with(MARK) => {
            return Err(BackupError::Damaged { path: path.to_owned() });
        }
        _ => return Err(BackupError::Foreign { path: path.to_owned() }),
    }
    file.seek(SeekFrom::Start(0)).map_err(&failed)?;
    let mut digest = Digested { inner: io::sink(), digest: Sha256::new() };
    io::copy(&mut file.take(length.saturating_sub(DIGEST)), &mut digest).map_err(&failed)?;
    let mut told = Vec::new();
    file.read_to_end(&mut told).map_err(&failed)?;
    let found: [u8; 32] = digest.digest.finalize().into();
    if told == found { Ok(found) } else { Err(BackupError::Damaged { path: path.to_owned() }) }
}

/// Where the sections of a file are; nothing if they are not what this release writes.
fn sections(file: &mut BufReader<File>) -> io::Result<Option<Vec<Section>>> {
    file.seek(SeekFrom::Start((MARK.len() + FORM.len()) as u64))?;
    let mut found = Vec::new();
    for kind in KINDS {
        let expected = heading(kind);
        let mut heading = vec![0; expected.len()];
        file.read_exact(&mut heading)?;
        if heading != expected {
            return Ok(None);
        }
        let (begins, mut rows) = (file.stream_position()?, 0);
        loop {
            match length(file)? {
                0 => break,
                LONGEST.. => return Ok(None),
                length => file.seek_relative(i64::from(length))?,
            }
            rows += 1;
        }
        found.push((kind, begins, rows));
    }
    Ok(Some(found))
}

fn length(file: &mut BufReader<File>) -> io::Result<u32> {
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    Ok(u32::from_be_bytes(length))
}

/// A backup's records as they come back: every account's epoch is raised, so that no session of before is good.
pub(in crate::moving) struct Restored {
    backup: Backup,
    raise: i64,
}

impl Restored {
    pub(in crate::moving) fn new(backup: Backup, raise: i64) -> Self {
        Self { backup, raise }
    }

    /// Makes sure that the file has not changed while it was read.
    pub(in crate::moving) fn check_again(&self) -> Result<(), BackupError> {
        let damaged = BackupError::Damaged { path: self.backup.path.clone() };
        let digest = whole(self.backup.file.get_ref(), &self.backup.path)?;
        if digest == self.backup.digest { Ok(()) } else { Err(damaged) }
    }

    fn next(&mut self, kind: &'static Kind) -> Result<Option<Row>, Cause> {
        let file = &mut self.backup.file;
        let length = length(file)?;
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length.min(LONGEST))?];
        file.read_exact(&mut bytes)?;
        let mut row = Row::decode(kind, &bytes).ok_or("the file has changed while it was read")?;
        if kind.name == ACCOUNT.name {
            raise(&mut row, self.raise);
        }
        Ok(Some(row))
    }
}

fn raise(account: &mut Row, by: i64) {
    let mut raised = 0;
    if let Some(Value::Number(epoch)) = account.column(&ACCOUNT, "epoch") {
        *epoch = epoch.saturating_add(by);
        raised = *epoch;
    }
    let so = [("epoch_since", Value::Number(raised)), ("epoch_spared", Value::Nothing)];
    for (column, value) in so {
        if let Some(place) = account.column(&ACCOUNT, column) {
            *place = value;
        }
    }
    if let Some(Value::Number(revision)) = account.column(&ACCOUNT, "revision") {
        *revision = revision.saturating_add(1);
    }
}

#[async_trait]
impl Records for Restored {
    /// Pages are asked for one after the other, from the first on.
    async fn page(
        &mut self,
        kind: &'static Kind,
        after: Option<&Value>,
        at_most: usize,
    ) -> Result<Vec<Row>, Cause> {
        if after.is_none() {
            let section = self.backup.sections.iter().find(|(section, ..)| section.name == kind.name);
            let (_, begins, _) = section.ok_or("there is no such section")?;
            self.backup.file.seek(SeekFrom::Start(*begins))?;
        }
        let mut page = Vec::new();
        while page.len() < at_most
            && let Some(row) = self.next(kind)?
        {
            page.push(row);
        }
        Ok(page)
    }

    fn keeps(&self, kind: &'static Kind) -> bool {
        KINDS.iter().any(|kept| kept.name == kind.name)
    }

    async fn count(&mut self, kind: &'static Kind) -> Result<u64, Cause> {
        let section = self.backup.sections.iter().find(|(section, ..)| section.name == kind.name);
        Ok(section.map_or(0, |(_, _, rows)| *rows))
    }
}
