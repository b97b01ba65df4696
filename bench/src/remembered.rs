//! What most requests cost an app: a token that its verifier has seen before, and the question whether a session was revoked.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_bench::{ISSUER, claims};
use bitjang_core::revocation::{Revoked, RevokedSet};
use bitjang_core::token::{Algorithm, KeySet, SigningKey};
use bitjang_core::{AccountId, Clock as _, Revocation, SessionId};
use bitjang_guard::verifier::Verifier;
use bitjang_store::Memory;

use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::series::Series;
use crate::verify::nanos;

const TOKENS: usize = 1_000;
const ENTRIES: usize = 1_000_000;
/// More than of what lasts seconds.
const ROUNDS: usize = 5;
/// How far apart tokens lie that are asked about one after another; a prime, so that all have their turn and the processor cannot guess the next.
const STRIDE: usize = 389;

/// Both.
pub(crate) fn measure(plan: Plan) -> Result<Vec<Row>> {
    let rounds = ROUNDS * plan.rounds;
    let alone = |what: &'static str, ours, target| Row {
        what: what.into(),
        unit: Unit::of("ns"),
        ours,
        other: None,
        target,
    };
    Ok(vec![
        alone("a token checked again, of 1,000 that are in use", remembered(rounds)?, Target::Below(100.0)),
        alone(
            "a session looked up among 1,000,000 revocations, of sessions and accounts",
            revoked(rounds)?,
            Target::Below(60.0),
        ),
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn remembered(rounds: usize) -> Result<Series> {
    let key = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy)?;
    let public = key.public().clone();
    let keys = move || KeySet::new([public.clone()]);
    let verifier = Verifier::in_process(ISSUER, Arc::new(Memory::default()), keys).start()?;
    verifier.ready().await;
    let tokens = (0..TOKENS).map(|_| Ok(key.mint(&claims()?)?)).collect::<Result<Vec<_>>>()?;
    let takes = |token: &String| verifier.verify(black_box(token)).is_ok();
    ensure!(tokens.iter().all(takes), "a good token was not taken");
    let mut order = tokens.iter().cycle().step_by(STRIDE);
    let turns = u32::try_from(20 * TOKENS)?;
    (0..rounds).map(|_| nanos(turns, || order.next().is_some_and(takes))).collect()
}

/// Half of the entries are of sessions, half of accounts, so that both have to be asked about.
fn revoked(rounds: usize) -> Result<Series> {
    let (mut set, now) = (RevokedSet::default(), SystemClock.now());
    for _ in 0..ENTRIES / 2 {
        let (session, account) = somebody();
        for of in [Revoked::Session(session), Revoked::Before { account, epoch: 2, spared: None }] {
            set.add(&Revocation { of, at: now, until: now.plus(Duration::from_secs(300)) });
        }
    }
    let live: Vec<_> = (0..ENTRIES).map(|_| somebody()).collect();
    let mut order = live.iter().cycle();
    let turns = u32::try_from(ENTRIES / ROUNDS)?;
    let mut is_live = || {
        let asked = order.next().map(|(session, account)| set.revokes(*black_box(session), *account, 1));
        asked == Some(false)
    };
    (0..rounds).map(|_| nanos(turns, &mut is_live)).collect()
}

fn somebody() -> (SessionId, AccountId) {
    (SessionId::generate(&SystemEntropy), AccountId::generate(&SystemEntropy, SystemClock.now()))
}
