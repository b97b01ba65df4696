//! Every target, over its kept corpus and seeded mutations of it. `BITJANG_TEST_FUZZ_TIMES` multiplies their number.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use bitjang_fuzz::{Mutator, Target};

/// All of the kept corpus, in bytes.
const MOST: usize = 1_024 * 1_024;

#[test]
fn nothing_that_is_read_surprises() {
    let times: usize = std::env::var("BITJANG_TEST_FUZZ_TIMES").map_or(1, |times| times.parse().unwrap());
    for target in Target::ALL {
        let corpus = corpus(target.name);
        for input in &corpus {
            tried(target, input);
        }
        let mut mutator = Mutator::of(corpus, 1);
        for _ in 0..target.runs * times {
            tried(target, &mutator.input());
        }
    }
}

#[test]
fn the_corpus_is_small() {
    let all: usize = Target::ALL.iter().flat_map(|target| corpus(target.name)).map(|input| input.len()).sum();
    assert!(all < MOST, "{all} bytes");
}

#[test]
fn a_planted_fault_is_found() {
    let planted = |input: &[u8]| assert!(!input.windows(6).any(|window| window == b"1e999,"), "planted");
    let mut mutator = Mutator::of(corpus("calls"), 1);
    let found = (0..50_000).any(|_| {
        let input = mutator.input();
        catch_unwind(|| planted(&input)).is_err()
    });
    assert!(found, "50,000 mutations did not find it");
}

fn tried(target: Target, input: &[u8]) {
    let told = catch_unwind(|| (target.probe)(input));
    assert!(told.is_ok(), "{} failed on {:?}", target.name, String::from_utf8_lossy(input));
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}
