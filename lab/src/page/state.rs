//! What the page shows: the last run of each cell, the last measurement, and what is under way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::attacks::{self, Cell};
use crate::bottleneck::{self, Line};
use crate::report;
use crate::schemes;

/// Shared by all requests to the page.
#[derive(Clone, Default)]
pub(super) struct Lab(Arc<Inner>);

#[derive(Default)]
struct Inner {
    program: Option<PathBuf>,
    shown: Mutex<Shown>,
}

#[derive(Default)]
pub(super) struct Shown {
    pub(super) cells: BTreeMap<(&'static str, &'static str), Cell>,
    pub(super) lines: Vec<Line>,
    pub(super) under_way: bool,
    pub(super) done: usize,
    pub(super) failed: Option<String>,
}

impl Lab {
    pub(super) fn new(program: Option<PathBuf>) -> Self {
        Self(Arc::new(Inner { program, shown: Mutex::default() }))
    }

    pub(super) fn program(&self) -> Option<&PathBuf> {
        self.0.program.as_ref()
    }

    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many cells there are.
    pub(super) fn total() -> usize {
        attacks::ALL.len() * schemes::ALL.len()
    }

    pub(super) fn keep(&self, cell: &Cell) {
        let mut shown = self.shown();
        shown.done += 1;
        shown.cells.insert((cell.scheme, cell.attack), cell.clone());
    }

    /// Runs the whole matrix in the background, unless something is under way already.
    pub(super) fn run_all(&self) {
        if !self.begin() {
            return;
        }
        let lab = self.clone();
        tokio::spawn(async move {
            let ended = report::run(lab.program().cloned(), |cell| lab.keep(cell)).await;
            lab.end(ended.err());
        });
    }

    /// Measures the bottleneck in the background, unless something is under way already.
    pub(super) fn measure(&self) {
        if !self.begin() {
            return;
        }
        let lab = self.clone();
        tokio::spawn(async move {
            let failed = match bottleneck::measure(lab.program()).await {
                Ok(lines) => {
                    lab.shown().lines = lines;
                    None
                }
                Err(error) => Some(error),
            };
            lab.end(failed);
        });
    }

    fn begin(&self) -> bool {
        let mut shown = self.shown();
        let free = !shown.under_way;
        if free {
            (shown.under_way, shown.done, shown.failed) = (true, 0, None);
        }
        free
    }

    fn end(&self, failed: Option<anyhow::Error>) {
        let mut shown = self.shown();
        (shown.under_way, shown.failed) = (false, failed.map(|error| format!("{error:#}")));
    }
}
