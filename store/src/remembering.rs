//! How much of what has been read a store may keep in memory, and for how long it is believed.

use std::fs::read_to_string;
use std::path::Path;
use std::time::Duration;

/// What a store may keep in memory of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembering {
    /// About how much memory decoded records may take, in bytes; a few MiB at least. Taken when there are that many, not before.
    pub bytes: u64,
    /// How long they are believed without news of other servers, where others share the store; half a minute at most.
    pub max_staleness: Duration,
}

impl From<Duration> for Remembering {
    /// As much as is usual, for so long.
    fn from(max_staleness: Duration) -> Self {
        Self { bytes: Self::usual_bytes(), max_staleness }
    }
}

const MIB: u64 = 1_024 * 1_024;

impl Remembering {
    /// What records may take when nobody says: an eighth of the memory that this process may use, from 64 MiB to 1 GiB. A GiB holds more than a million sessions.
    pub fn usual_bytes() -> u64 {
        part_of(machine().into_iter().chain(limits()).min())
    }
}

fn part_of(memory: Option<u64>) -> u64 {
    memory.map_or(128 * MIB, |bytes| bytes / 8).clamp(64 * MIB, 1_024 * MIB)
}

/// What the machine has (proc(5)).
fn machine() -> Option<u64> {
    let told = read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1_024)
}

/// What the groups that this process is in may use (cgroups(7), version 2): those of a container or of a unit.
fn limits() -> Vec<u64> {
    let told = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(own) = told.lines().find_map(|line| line.strip_prefix("0::/")) else { return Vec::new() };
    let root = Path::new("/sys/fs/cgroup");
    let groups = root.join(own);
    let groups = groups.ancestors().take_while(|group| group.starts_with(root));
    let limit = |group: &Path| read_to_string(group.join("memory.max")).ok()?.trim().parse().ok();
    groups.filter_map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_eighth_within_bounds() {
        for (memory, expected) in [
            (None, 128),
            (Some(256), 64),
            (Some(1_024), 128),
            (Some(4_096), 512),
            (Some(8_192), 1_024),
            (Some(262_144), 1_024),
        ] {
            assert_eq!(part_of(memory.map(|mib| mib * MIB)), expected * MIB, "{memory:?} MiB");
        }
    }

    #[test]
    fn what_this_machine_has_is_found() {
        assert!(machine().is_some_and(|bytes| bytes > 64 * MIB));
        assert!(limits().iter().all(|bytes| *bytes > 0));
    }
}
