//! Writing a backup: first under another name, and to the disk, so that a file of its own name is a whole one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{BackupError, Digested, FORM, KINDS, MARK, heading};
use crate::moving::place::Place;
use crate::moving::record::{Kind, Sum};
use crate::moving::{Counted, MoveError, Step, Watch};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// Writes a backup of what `source` holds at the moment that it is frozen at. The file is there whole or not at all.
pub(in crate::moving) async fn write(
    source: &mut (dyn Place + '_),
    path: &Path,
    watch: &mut Watch<'_>,
) -> Result<Vec<Counted>, MoveError> {
    if path.exists() {
        return Err(BackupError::Exists { path: path.to_owned() }.into());
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fill(source, &part, watch).await;
    if written.is_err() {
        let _left_over = fs::remove_file(&part);
    }
    let counted = written?;
    fs::rename(&part, path).and_then(|()| sync_folder(path)).map_err(BackupError::file(path, "written"))?;
    Ok(counted)
}

async fn fill(
    source: &mut (dyn Place + '_),
    part: &Path,
    watch: &mut Watch<'_>,
) -> Result<Vec<Counted>, MoveError> {
    let failed = BackupError::file(part, "written");
    // What is left of one that was broken off may belong to a link: it is not written through.
    let _none_there = fs::remove_file(part);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(&failed)?;
    let mut writing = Digested { inner: BufWriter::new(file), digest: Sha256::new() };
    writing.write_all(&[MARK, FORM].concat()).map_err(&failed)?;
    let mut counted = Vec::new();
    for kind in KINDS {
        counted.push(section(source, kind, &mut writing, &failed, watch).await?);
    }
    writing.write_all(&[0]).map_err(&failed)?;
    let digest: [u8; 32] = writing.digest.finalize().into();
    let mut file = writing.inner;
    file.write_all(&digest)
        .and_then(|()| file.flush())
        .and_then(|()| file.get_ref().sync_all())
        .map_err(&failed)?;
    Ok(counted)
}

async fn section(
    source: &mut (dyn Place + '_),
    kind: &'static Kind,
    file: &mut (impl Write + Send),
    failed: &(impl Fn(io::Error) -> BackupError + Sync),
    watch: &mut Watch<'_>,
) -> Result<Counted, MoveError> {
    file.write_all(&heading(kind)).map_err(failed)?;
    let (mut sum, mut last, mut bytes) = (Sum::new(), None, Vec::new());
    loop {
        let page =
            source.page(kind, last.as_ref(), PAGE).await.map_err(|why| MoveError::reading(kind, why))?;
        for row in &page {
            sum.take(row);
            bytes.clear();
            row.encode(&mut bytes);
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
            file.write_all(&length).and_then(|()| file.write_all(&bytes)).map_err(failed)?;
        }
        watch(Step::Copying { kind: kind.name, rows: sum.rows });
        if page.len() < PAGE {
            break;
        }
        last = page.last().map(|row| row.key().clone());
    }
    file.write_all(&[0; 4]).map_err(failed)?;
    Ok(Counted { kind: kind.name, rows: sum.rows, digest: sum.digest() })
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
