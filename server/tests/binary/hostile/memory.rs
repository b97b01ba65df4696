//! How much memory a process has resident, as the kernel counts it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// What 10,000 connections may cost at the most, in KiB: 48 each.
const BOUND: u64 = 480 * 1_024;
/// What an attack may leave behind, in KiB: caches that are warm now, and what the allocator keeps.
const KEPT: u64 = 64 * 1_024;
/// How long the server may take to see that everybody has gone.
const SOON: Duration = Duration::from_secs(20);

/// The memory of a process, and what it was at first, in KiB.
pub(super) struct Memory {
    process: u32,
    before: u64,
}

impl Memory {
    pub(super) fn of(process: u32) -> Self {
        Self { process, before: read(process, "VmRSS:") }
    }

    /// The most that it ever was.
    #[track_caller]
    pub(super) fn is_bounded(&self, what: &str) {
        let (before, most) = (self.before, read(self.process, "VmHWM:"));
        assert!(most < before + BOUND, "{what}: {before} KiB became {most} KiB");
    }

    #[track_caller]
    pub(super) fn is_given_back(&self, what: &str) {
        let begun = Instant::now();
        while self.now() > self.before + KEPT {
            let (before, now) = (self.before, self.now());
            assert!(begun.elapsed() < SOON, "{what}: of {now} KiB, {before} KiB were there before");
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn now(&self) -> u64 {
        read(self.process, "VmRSS:")
    }

    /// Before, at most, and now, in MiB.
    pub(super) fn figures(&self) -> String {
        let mib = |kib| kib / 1_024;
        let most = read(self.process, "VmHWM:");
        format!("{}\t{}\t{}", mib(self.before), mib(most), mib(self.now()))
    }
}

fn read(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}
