//! Moving all records from one store to another while a server runs, and keeping a copy of them in a file.
//!
//! Below the ports: they know no way to put a record in place of another, on purpose, and moving needs one. What is moved is compared, record by record, under a pause in which
//! nobody writes; so what arrives is what was there, whatever happened in between.

mod align;
mod backup;
mod error;
mod hold;
pub(crate) mod place;
pub(crate) mod record;

pub use backup::BackupError;
pub use error::MoveError;

use std::path::Path;

use self::align::{FEW, align};
use self::backup::{Backup, Restored};
use self::hold::{claim, count, mark, refuse_marked, set_mark, source, target};
use self::place::{Cause, Mark, Place, Records};
use self::record::Kind;
use crate::StoreUrl;
use crate::embedded;

/// What is being done, for somebody who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many records there are, about.
    Counted(u64),
    /// A pass over everything begins.
    Pass,
    /// So many records of this kind are behind us, in this pass.
    Copying {
        /// The kind.
        kind: &'static str,
        /// How many.
        rows: u64,
    },
    /// From now on, nobody else writes to the source.
    Paused,
    /// The target has all of it, and the source is marked as left; the target may be used next.
    Retired,
}

/// Whoever is told.
pub type Watch<'w> = dyn FnMut(Step) + Send + 'w;

/// What there is of one kind, as it was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The kind of record.
    pub kind: &'static str,
    /// How many.
    pub rows: u64,
    /// SHA-256 over all of them, in the order of their keys: the same at every store that holds the same.
    pub digest: [u8; 32],
}

impl Counted {
    /// The first 16 hexadecimal digits of the digest, for people to compare.
    pub fn checksum(&self) -> String {
        shortened(&self.digest)
    }
}

fn shortened(digest: &[u8; 32]) -> String {
    format!("{:016x}", digest.first_chunk().copied().map_or(0, u64::from_be_bytes))
}

/// By how much a restored account's epoch is above the one in the backup: further than it can have come since, so that no session and no token of that time is good.
const RAISE: i64 = 1 << 20;

/// How often to follow a source that changes faster than that.
const PASSES: usize = 4;

/// Moves everything from one store to the other: copies while servers run on the source, pauses their writes, takes over what has changed, reads all of it back and compares, and
/// marks the source as left. Broken off, and begun again with the same addresses, it goes on.
pub async fn move_store(
    from: &StoreUrl,
    to: &StoreUrl,
    watch: &mut Watch<'_>,
) -> Result<Vec<Counted>, MoveError> {
    let mut source = source(from).await?;
    let left_for = match mark(&mut *source).await? {
        None => None,
        Some(Mark::MovedTo(to)) => Some(to),
        Some(Mark::FilledFrom(from)) => return Err(MoveError::Unfinished { at: source.address(), from }),
    };
    let mut target = match (target(to).await, &left_for) {
        (Err(error), Some(to)) if error.is_in_use() => {
            return Err(MoveError::Moved { at: source.address(), to: to.clone() });
        }
        (target, _) => target?,
    };
    let (here, there) = (target.address(), source.address());
    if here == there {
        return Err(MoveError::Itself { at: here });
    }
    if let Some(to) = left_for.clone().filter(|to| *to != here) {
        return Err(MoveError::Moved { at: there, to });
    }
    match (&left_for, mark(&mut *target).await?) {
        // All was over but the saying so.
        (Some(to), None) => return Err(MoveError::Moved { at: there, to: to.clone() }),
        (_, found) => claim(&mut *target, found, &there).await?,
    }
    watch(Step::Counted(count(&mut *source, record::ALL).await?));
    let counted = if left_for.is_some() {
        settle(&mut *source, &mut *target, watch).await?
    } else {
        catch_up(&mut *source, &mut *target, watch).await?;
        hand_over(&mut *source, &mut *target, watch).await?
    };
    set_mark(&mut *target, None).await?;
    watch(Step::Retired);
    Ok(counted)
}

/// Copies, and copies again what has changed meanwhile, until little is left.
async fn catch_up(
    source: &mut dyn Place,
    target: &mut dyn Place,
    watch: &mut Watch<'_>,
) -> Result<(), MoveError> {
    for _ in 0..PASSES {
        let mut changed = 0;
        watch(Step::Pass);
        for kind in kinds(source, target) {
            changed += align(kind, source, target, watch).await?.changed;
        }
        // The rest is a matter of moments.
        if changed <= FEW as u64 {
            break;
        }
    }
    Ok(())
}

/// The pause: what is left to copy, the proof, and the mark.
async fn hand_over(
    source: &mut dyn Place,
    target: &mut dyn Place,
    watch: &mut Watch<'_>,
) -> Result<Vec<Counted>, MoveError> {
    let at = source.address();
    let failed = |action| {
        let at = at.clone();
        move |source| MoveError::Failed { at, action, source }
    };
    if let Some(mark) = source.pause().await.map_err(failed("make the servers' writes wait"))? {
        return Err(MoveError::marked(at, mark));
    }
    watch(Step::Paused);
    match settle(source, target, watch).await {
        Ok(counted) => {
            // First this, then the other's mark: whatever comes in between, one of the two can be used at most.
            let retired = source.retire(&Mark::MovedTo(target.address())).await;
            retired.map_err(failed("mark the store as moved"))?;
            Ok(counted)
        }
        Err(error) => {
            source.go_on().await;
            Err(error)
        }
    }
}

/// Makes the target what the source is, while nothing changes there, and proves it: by a pass that finds little to do and a look at that, or by one more that finds nothing.
async fn settle(
    source: &mut (dyn Records + '_),
    target: &mut (dyn Place + '_),
    watch: &mut Watch<'_>,
) -> Result<Vec<Counted>, MoveError> {
    let mut counted = Vec::new();
    watch(Step::Pass);
    for kind in kinds(source, target) {
        let mut passed = align(kind, source, target, watch).await?;
        if !passed.is_proven(kind, target).await? {
            passed = align(kind, source, target, watch).await?;
            if passed.changed > 0 {
                return Err(MoveError::Differs { kind: kind.name, at: target.address() });
            }
        }
        let (rows, digest) = (passed.there.rows, passed.there.digest());
        counted.push(Counted { kind: kind.name, rows, digest });
    }
    Ok(counted)
}

/// The kinds that both keep.
fn kinds(one: &(dyn Records + '_), other: &(dyn Place + '_)) -> Vec<&'static Kind> {
    let both = |kind: &&&'static Kind| one.keeps(kind) && other.keeps(kind);
    record::ALL.iter().filter(both).copied().collect()
}

/// Writes a copy of the accounts, their sessions and the services into a new file, as they are at one moment, while servers run. No key is in it.
pub async fn back_up(of: &StoreUrl, file: &Path, watch: &mut Watch<'_>) -> Result<Vec<Counted>, MoveError> {
    let mut source = source(of).await?;
    refuse_marked(&mut *source).await?;
    watch(Step::Counted(count(&mut *source, &backup::KINDS).await?));
    let at = source.address();
    source.freeze().await.map_err(|source| MoveError::Failed {
        at,
        action: "hold on to one moment",
        source,
    })?;
    watch(Step::Pass);
    backup::write(&mut *source, file, watch).await
}

/// Fills an empty store from such a file. Every session and token of before is refused from then on: which of them ended after the backup was made, nobody knows any more.
pub async fn restore(file: &Path, to: &StoreUrl, watch: &mut Watch<'_>) -> Result<Vec<Counted>, MoveError> {
    let backup = Backup::open(file)?;
    let mut target = target(to).await?;
    let found = mark(&mut *target).await?;
    claim(&mut *target, found, &backup.name()).await?;
    watch(Step::Counted(backup.rows()));
    let mut source = Restored::new(backup, RAISE);
    let counted = settle(&mut source, &mut *target, watch).await?;
    source.check_again()?;
    set_mark(&mut *target, None).await?;
    watch(Step::Retired);
    Ok(counted)
}

/// Takes a store that was moved away into use again, as it was then. Like a restored one it refuses every session and token of before.
pub async fn revive(at: &StoreUrl) -> Result<(), MoveError> {
    let mut place = match at {
        StoreUrl::Embedded(folder) if !embedded::is_there(folder) => {
            return Err(MoveError::Nothing { at: at.to_string() });
        }
        _ => target(at).await?,
    };
    match mark(&mut *place).await? {
        Some(Mark::MovedTo(_)) => {
            let at = place.address();
            place.revive(RAISE).await.map_err(|source| MoveError::Failed {
                at,
                action: "take it into use again",
                source,
            })
        }
        _ => Err(MoveError::NotMoved { at: place.address() }),
    }
}

/// Nothing but a text.
pub(crate) fn because(text: &'static str) -> Cause {
    text.into()
}
