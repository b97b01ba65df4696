//! How often the check of an access token asks for memory. A program of its own, because whoever counts is slower.
//!
//! `cargo run --release -p bitjang-bench --example allocations`

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_core::account::Roles;
use bitjang_core::token::{Algorithm, Claims, Expect, KeySet, Scratch, SigningKey, TokenId, Verifier};
use bitjang_core::{AccountId, Clock as _, SessionId};

const ISSUER: &str = "https://id.example.org";
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

fn claims() -> Result<Claims> {
    let now = SystemClock.now();
    Ok(Claims {
        issuer: ISSUER.to_owned(),
        audience: ISSUER.to_owned(),
        account: AccountId::generate(&SystemEntropy, now),
        session: SessionId::generate(&SystemEntropy),
        epoch: 1,
        id: TokenId::generate(&SystemEntropy),
        client_id: "bitjang".to_owned(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(3_600)),
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        roles: Roles::new(["moderator", "member"])?,
    })
}
