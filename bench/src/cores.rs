//! Who runs on which core, so that what loads a server does not take its time: the server has the first core to itself, all else shares the others.

use anyhow::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// While this lives, this thread and what it starts keep off the first core. On a machine with one core all share that.
pub(crate) struct Split {
    all: CpuSet,
    first: CpuSet,
    others: CpuSet,
}

impl Split {
    /// Leaves the first core.
    pub(crate) fn new() -> Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let (mut first, mut others) = (CpuSet::new(), CpuSet::new());
        cores.by_ref().take(1).for_each(|core| first.set(core));
        cores.for_each(|core| others.set(core));
        let others = if others.count() == 0 { first } else { others };
        sched_setaffinity(None, &others)?;
        Ok(Self { all, first, others })
    }

    /// Starts a server, on the core that is its own. A process begins where the thread that starts it may run (`sched_setaffinity(2)`).
    pub(crate) fn start<T>(&self, server: impl FnOnce() -> Result<T>) -> Result<T> {
        sched_setaffinity(None, &self.first)?;
        let started = server();
        sched_setaffinity(None, &self.others)?;
        started
    }
}

impl Drop for Split {
    fn drop(&mut self) {
        // The cores were there when this began.
        let _ = sched_setaffinity(None, &self.all);
    }
}
