//! Making the records of one kind here what they are there: both are read in the order of their keys, and what differs is written.
//!
//! The same pass copies into an empty store, goes on with a copy that was broken off, takes over what has changed since, and proves that nothing else has: it has read every record on
//! both sides, and what it did not write it found alike. What it wrote, if that is little, is read back by itself.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::error::MoveError;
use super::place::{Cause, Place, Records, Unwritten};
use super::record::{Kind, Row, Sum, Value};
use super::{Step, Watch};

/// How many rows are read, and written, at once.
const PAGE: usize = 4_000;

/// A pass that changes no more than this leaves a list of it.
pub(crate) const FEW: usize = 1_000;

/// What a pass over one kind found and did.
pub(crate) struct Passed {
    /// What is there.
    pub(crate) there: Sum,
    /// How many rows it wrote or took out here.
    pub(crate) changed: u64,
    /// Those, unless they are more than a few.
    few: Vec<Change>,
}

/// A row that was written or taken out.
struct Change {
    /// The key of the row that must be here just before it.
    after: Option<Value>,
    key: Value,
    /// What it must be now; nothing where there must be none.
    now: Option<Row>,
}

impl Passed {
    fn note(&mut self, after: Option<&Value>, their: Option<&Row>, our: Option<&Row>) {
        self.changed += 1;
        if let Some(row) = their.or(our).filter(|_| self.few.len() < FEW) {
            self.few.push(Change { after: after.cloned(), key: row.key().clone(), now: their.cloned() });
        }
    }

    /// Whether there is no row that was not read here as it is there: in the pass itself, or, of those that it changed, now. Where it changed more than a few, nobody knows.
    pub(crate) async fn is_proven(
        &self,
        kind: &'static Kind,
        here: &mut (dyn Place + '_),
    ) -> Result<bool, MoveError> {
        if self.changed > self.few.len() as u64 {
            return Ok(false);
        }
        for Change { after, key, now } in &self.few {
            let next =
                here.page(kind, after.as_ref(), 1).await.map_err(|why| MoveError::reading(kind, why))?;
            let here_now = next.first().filter(|row| row.key() == key);
            if here_now != now.as_ref() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Makes what is `here` what is `there`.
pub(crate) async fn align(
    kind: &'static Kind,
    there: &mut (dyn Records + '_),
    here: &mut (dyn Place + '_),
    watch: &mut Watch<'_>,
) -> Result<Passed, MoveError> {
    let mut passed = Passed { there: Sum::new(), changed: 0, few: Vec::new() };
    let mut last = None;
    let (mut theirs, mut ours, mut changes) = (Reading::new(kind), Reading::new(kind), Changes::default());
    loop {
        // Where both sides are alike, both pages are read at the same time.
        let (read, also) = tokio::join!(theirs.fill(there), ours.fill(here));
        read.and(also).map_err(|why| MoveError::reading(kind, why))?;
        let order = match (theirs.rows.front(), ours.rows.front()) {
            (Some(their), Some(our)) => their.order(our),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let their = (order != Ordering::Greater).then(|| theirs.rows.pop_front()).flatten();
        let our = (order != Ordering::Less).then(|| ours.rows.pop_front()).flatten();
        if let Some(row) = &their {
            passed.there.take(row);
        }
        if their == our {
            last = their.map(Row::into_key);
        } else {
            passed.note(last.as_ref(), their.as_ref(), our.as_ref());
            last = their.as_ref().map(|row| row.key().clone()).or(last);
            changes.note(their, our);
        }
        if changes.put.len() + changes.out.len() >= PAGE {
            changes.write(kind, here).await?;
        }
        if passed.there.rows.is_multiple_of(PAGE as u64) {
            watch(Step::Copying { kind: kind.name, rows: passed.there.rows });
        }
    }
    changes.write(kind, here).await?;
    watch(Step::Copying { kind: kind.name, rows: passed.there.rows });
    Ok(passed)
}

/// What is to be written.
#[derive(Default)]
struct Changes {
    out: Vec<Value>,
    put: Vec<Row>,
}

impl Changes {
    fn note(&mut self, their: Option<Row>, our: Option<Row>) {
        self.out.extend(our.map(|row| row.key().clone()));
        self.put.extend(their);
    }

    async fn write(&mut self, kind: &'static Kind, here: &mut (dyn Place + '_)) -> Result<(), MoveError> {
        if self.out.is_empty() && self.put.is_empty() {
            return Ok(());
        }
        let written = here.write(kind, &self.out, &self.put).await;
        (self.out, self.put) = Default::default();
        written.map_err(|why| match why {
            Unwritten::NoRoom(source) => MoveError::NoRoom { at: here.address(), source },
            Unwritten::Other(source) => MoveError::Writing { kind: kind.name, at: here.address(), source },
        })
    }
}

/// The rows of a kind, a page at a time.
struct Reading {
    kind: &'static Kind,
    rows: VecDeque<Row>,
    last: Option<Value>,
    over: bool,
}

impl Reading {
    fn new(kind: &'static Kind) -> Self {
        Self { kind, rows: VecDeque::new(), last: None, over: false }
    }

    /// Makes sure that there is a row, unless there are no more.
    async fn fill<R: Records + ?Sized>(&mut self, from: &mut R) -> Result<(), Cause> {
        if self.rows.is_empty() && !self.over {
            let page = from.page(self.kind, self.last.as_ref(), PAGE).await?;
            self.over = page.len() < PAGE;
            self.last = page.last().map(|row| row.key().clone());
            self.rows = page.into();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use sha2::Digest as _;
    use tempfile::TempDir;

    use super::*;
    use crate::embedded::Visited;
    use crate::moving::record::SERVICE_CREDENTIAL;

    /// A store in a folder with services of these names.
    fn with_services(names: &[&str]) -> (TempDir, Visited, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let visited = Visited::hold(folder.path()).unwrap();
        let db = Connection::open(folder.path().join("bitjang.db")).unwrap();
        for name in names {
            let secret = sha2::Sha256::digest(name);
            db.execute("INSERT INTO service_credential VALUES (?1, ?2, 7)", (name, secret.as_slice()))
                .unwrap();
        }
        (folder, visited, db)
    }

    /// Makes one store of services what another is, where `fault` is done to it whenever something is written; how many rows were changed, and whether it is proven.
    async fn aligned(here: &[&str], there: &[&str], fault: &str) -> (u64, bool) {
        let (_folder, mut here, db) = with_services(here);
        let (_its_folder, mut there, _db) = with_services(there);
        db.execute_batch(fault).unwrap();
        let passed = align(&SERVICE_CREDENTIAL, &mut there, &mut here, &mut |_| ()).await;
        let passed = passed.map_err(|why| why.to_string()).unwrap();
        (passed.changed, passed.is_proven(&SERVICE_CREDENTIAL, &mut here).await.is_ok_and(|proven| proven))
    }

    #[tokio::test]
    async fn what_little_was_changed_is_read_back() {
        assert_eq!(aligned(&[], &[], "").await, (0, true));
        assert_eq!(aligned(&["a", "bb"], &["a", "bb"], "").await, (0, true));
        assert_eq!(aligned(&["bb", "dddd"], &["a", "bb", "ccc"], "").await, (3, true));
    }

    #[tokio::test]
    async fn a_write_that_did_not_last_or_came_out_otherwise_is_found_out() {
        let lost = "CREATE TRIGGER fault AFTER INSERT ON service_credential BEGIN DELETE FROM service_credential WHERE name = new.name; END";
        assert_eq!(aligned(&["a"], &["a", "bb"], lost).await, (1, false));
        let other = "CREATE TRIGGER fault AFTER INSERT ON service_credential BEGIN UPDATE service_credential SET created_at = 8 WHERE name = new.name; END";
        assert_eq!(aligned(&["a"], &["a", "bb"], other).await, (1, false));
        let kept = "CREATE TRIGGER fault BEFORE DELETE ON service_credential BEGIN SELECT RAISE(IGNORE); END";
        assert_eq!(aligned(&["a", "bb"], &["a"], kept).await, (1, false));
    }

    #[tokio::test]
    async fn of_more_than_a_few_changes_nothing_is_claimed() {
        let names: Vec<_> = (0..=FEW).map(|number| format!("service{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(aligned(&[], &names, "").await, (names.len() as u64, false));
    }
}
