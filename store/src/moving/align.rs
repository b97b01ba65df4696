//! Making the records of one kind here what they are there: both are read in the order of their keys, and what differs is written.
//!
//! The same pass copies into an empty store, goes on with a copy that was broken off, takes over what has changed since, and proves that nothing has: then it has read every
//! record on both sides, found all of them alike, and written nothing.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::error::MoveError;
use super::place::{Cause, Place, Records, Unwritten};
use super::record::{Kind, Row, Sum, Value};
use super::{Step, Watch};

/// How many rows are read, and written, at once.
const PAGE: usize = 1_000;

/// What a pass over one kind found and did.
pub(crate) struct Passed {
    /// What is there.
    pub(crate) there: Sum,
    /// What was read here.
    pub(crate) here: Sum,
    /// How many rows it wrote or took out here.
    pub(crate) changed: u64,
}

/// Makes what is `here` what is `there`.
pub(crate) async fn align(
    kind: &'static Kind,
    there: &mut (dyn Records + '_),
    here: &mut (dyn Place + '_),
    watch: &mut Watch<'_>,
) -> Result<Passed, MoveError> {
    let mut passed = Passed { there: Sum::new(), here: Sum::new(), changed: 0 };
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
        for (sum, row) in [(&mut passed.there, &their), (&mut passed.here, &our)] {
            if let Some(row) = row {
                sum.take(row);
            }
        }
        if their != our {
            passed.changed += 1;
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
