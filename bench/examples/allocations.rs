//! How often the check of an access token asks for memory. A program of its own, because whoever counts is slower.
//!
//! `cargo run --release -p bitjang-bench --example allocations`

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_bench::{ISSUER, claims};
use bitjang_core::Clock as _;
use bitjang_core::token::{Algorithm, Expect, KeySet, Scratch, SigningKey, Verifier};

const TURNS: u64 = 1_000;

fn main() -> Result<()> {
    for algorithm in [Algorithm::Hs256, Algorithm::Ed25519, Algorithm::Es256, Algorithm::Rs256] {
        println!("{algorithm}: {} allocations in each check", of_a_check(algorithm)?);
    }
    Ok(())
}

fn of_a_check(algorithm: Algorithm) -> Result<u64> {
    let key = SigningKey::generate(algorithm, &SystemEntropy)?;
    let (token, keys) = (key.mint(&claims()?)?, KeySet::new([key.public().clone()]));
    let expect =
        Expect { issuer: ISSUER.to_owned(), audience: ISSUER.to_owned(), leeway: Duration::from_secs(5) };
    let (verifier, mut scratch, now) = (Verifier::new(expect), Scratch::default(), SystemClock.now());
    let mut is_good = || verifier.verify(&keys, black_box(&token), now, &mut scratch).is_ok();
    // The first one may prepare something.
    ensure!(is_good(), "what is good was refused");
    let counted = allocation_counter::measure(|| {
        for _ in 0..TURNS {
            black_box(is_good());
        }
    });
    Ok(counted.count_total.div_ceil(TURNS))
}
