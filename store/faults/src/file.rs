//! What a disk has of one file: the bytes that are on it for sure, and the changes that may be or not.

use crate::Chance;

/// What the hardware writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// One file, whatever its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    synced: Vec<u8>,
    changes: Vec<Change>,
}

/// A change that no sync has followed yet.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl File {
    pub(crate) fn synced(bytes: Vec<u8>) -> Self {
        Self { synced: bytes, changes: Vec::new() }
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// All changes are on the disk.
    pub(crate) fn sync(&mut self) {
        for change in std::mem::take(&mut self.changes) {
            change.apply(&mut self.synced);
        }
    }

    /// A sync failed: some changes are on the disk, and the system has forgotten the others, which no later sync will write.
    pub(crate) fn fail_to_sync(&mut self, chance: &mut Chance) {
        self.synced = self.after_a_cut(chance);
        self.changes.clear();
    }

    /// What may be found after a power cut: each change is there, or not, or the sectors of it that had come so far.
    pub(crate) fn after_a_cut(&self, chance: &mut Chance) -> Vec<u8> {
        let (mut bytes, kept) = (self.synced.clone(), chance.below(9));
        for change in &self.changes {
            if chance.happens(kept) {
                change.apply(&mut bytes);
            } else if chance.happens(3) {
                change.tear(&mut bytes, chance);
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Length(length) => file.resize(*length, 0),
            Self::Write { at, bytes } => put(file, *at, bytes),
        }
    }

    /// Keeps some of a write's sectors.
    fn tear(&self, file: &mut Vec<u8>, chance: &mut Chance) {
        let Self::Write { at, bytes } = self else { return };
        let (mut at, mut bytes) = (*at, bytes.as_slice());
        while !bytes.is_empty() {
            let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - at % SECTOR));
            if chance.happens(4) {
                put(file, at, sector);
            }
            (at, bytes) = (at + sector.len(), rest);
        }
    }
}

/// Writes `bytes`, which may lie beyond the end; what nobody has written there is zero.
fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(there) = file.get_mut(at..end) {
        there.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(at: usize, bytes: &[u8]) -> Change {
        Change::Write { at, bytes: bytes.to_vec() }
    }

    /// What a thousand power cuts find.
    fn found(file: &File) -> Vec<Vec<u8>> {
        let mut found: Vec<_> = (0..1_000).map(|seed| file.after_a_cut(&mut Chance::seeded(seed))).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn what_is_synced_is_there_and_nothing_else_for_sure() {
        let mut file = File::synced(b"ab".to_vec());
        file.change(write(1, b"x"));
        file.change(write(3, b"y"));
        assert_eq!(found(&file), [b"ab".as_slice(), b"ab\0y", b"ax", b"ax\0y"]);
        file.sync();
        assert_eq!(found(&file), [b"ax\0y"]);
        file.change(Change::Length(1));
        assert_eq!(found(&file), [b"a".as_slice(), b"ax\0y"]);
    }

    #[test]
    fn a_write_is_torn_between_sectors_and_nowhere_else() {
        let mut file = File::default();
        file.change(write(500, &[1; 524]));
        let mut ends: Vec<_> =
            found(&file).into_iter().map(|bytes| (bytes.len(), bytes.get(500) == Some(&1))).collect();
        ends.sort_unstable();
        assert_eq!(ends, [(0, false), (512, true), (1_024, false), (1_024, true)]);
    }

    #[test]
    fn after_a_sync_that_failed_a_good_one_brings_nothing_back() {
        let lost = (0..100).filter(|seed| {
            let mut file = File::synced(b"old".to_vec());
            file.change(write(0, b"new"));
            file.fail_to_sync(&mut Chance::seeded(*seed));
            file.sync();
            file.synced == b"old"
        });
        assert!((10..90).contains(&lost.count()));
    }
}
