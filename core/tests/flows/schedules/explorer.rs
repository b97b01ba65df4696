//! Every way through a tree of choices, one after the other: each time the way is gone anew from the start, and turns off one choice later.

/// Goes every way once.
#[derive(Default)]
pub(super) struct Explorer {
    way: Vec<Fork>,
    depth: usize,
}

#[derive(Clone, Copy)]
struct Fork {
    taken: usize,
    of: usize,
}

impl Explorer {
    /// One of `of` choices, which depend on nothing but the choices before.
    pub(super) fn choose(&mut self, of: usize) -> usize {
        if self.depth == self.way.len() {
            self.way.push(Fork { taken: 0, of });
        }
        let fork = self.way[self.depth];
        assert_eq!(fork.of, of, "the same way leads elsewhere the second time");
        self.depth += 1;
        fork.taken
    }

    /// Begins the next way; false when all have been gone.
    pub(super) fn turns_off(&mut self) -> bool {
        self.depth = 0;
        while let Some(fork) = self.way.pop() {
            if fork.taken + 1 < fork.of {
                self.way.push(Fork { taken: fork.taken + 1, ..fork });
                return true;
            }
        }
        false
    }
}

#[test]
fn every_way_is_gone_once() {
    let (mut explorer, mut ways) = (Explorer::default(), Vec::new());
    loop {
        let first = explorer.choose(3);
        let second = if first == 1 { explorer.choose(2) } else { 0 };
        ways.push((first, second));
        if !explorer.turns_off() {
            break;
        }
    }
    assert_eq!(ways, [(0, 0), (1, 0), (1, 1), (2, 0)]);
}
