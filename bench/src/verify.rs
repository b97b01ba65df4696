//! Checking an access token in process, beside the bare signature and beside `jsonwebtoken`: time on the processor, which others on the machine do not
//! stretch.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_bench::{ISSUER, claims};
use bitjang_core::Clock as _;
use bitjang_core::token::{Algorithm, Expect, KeySet, Scratch, SigningKey, Verifier};

use crate::clock::thread_busy;
use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::rival::{Bare, JsonWebToken};
use crate::series::Series;

/// How often a check is repeated in a round: long enough to forget what the processor had learnt of the one before.
const TURNS: u32 = 2_000;
/// More than of what lasts seconds.
const ROUNDS: usize = 5;

/// All algorithms, one after the other.
pub(crate) fn measure(plan: Plan) -> Result<Vec<Row>> {
    let rows = HELD.iter().map(|held| held.measure(ROUNDS * plan.rounds));
    Ok(rows.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What is asked of one algorithm.
struct Held {
    algorithm: Algorithm,
    /// Beside `jsonwebtoken`.
    whole: (&'static str, Target),
    /// Beside each bare check.
    bare: &'static [(Bare, &'static str, Target)],
}

const HELD: [Held; 4] = [
    Held {
        algorithm: Algorithm::Hs256,
        whole: ("an HS256 token checked; `jsonwebtoken` 11", Target::Below(0.25)),
        bare: &[
            (Bare::RustCrypto, "… ; the bare HMAC, RustCrypto's, which is ours", Target::Below(2.0)),
            (Bare::AwsLc, "… ; the bare HMAC, AWS-LC's", Target::Below(2.0)),
        ],
    },
    Held {
        algorithm: Algorithm::Ed25519,
        whole: ("an Ed25519 token checked; `jsonwebtoken` 11", Target::None),
        bare: &[(Bare::AwsLc, "… ; the bare signature", Target::Below(1.1))],
    },
    Held {
        algorithm: Algorithm::Es256,
        whole: ("an ES256 token checked; `jsonwebtoken` 11", Target::None),
        bare: &[(Bare::AwsLc, "… ; the bare signature", Target::None)],
    },
    Held {
        algorithm: Algorithm::Rs256,
        whole: ("an RS256 token checked; `jsonwebtoken` 11", Target::None),
        bare: &[(Bare::AwsLc, "… ; the bare signature", Target::None)],
    },
];

impl Held {
    fn measure(&self, rounds: usize) -> Result<Vec<Row>> {
        let key = SigningKey::generate(self.algorithm, &SystemEntropy)?;
        let ours = Ours::new(&key)?;
        let whole = JsonWebToken::new(&key, &ours.token)?;
        let bare = self.bare.iter().map(|(bare, ..)| bare.check(&key, &ours.token));
        let bare = bare.collect::<Result<Vec<_>>>()?;
        let mut times = vec![Series::default(); 2 + bare.len()];
        for _ in 0..rounds {
            let mut measured = vec![ours.nanos()?, nanos(TURNS, || whole.is_good())?];
            for check in &bare {
                measured.push(nanos(TURNS, check)?);
            }
            times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
        }
        let mut times = times.into_iter();
        let ours = times.next().unwrap_or_default();
        let names =
            std::iter::once(self.whole).chain(self.bare.iter().map(|(_, what, target)| (*what, *target)));
        Ok(names.zip(times).map(|((what, target), other)| row(what, &ours, other, target)).collect())
    }
}

fn row(what: &'static str, ours: &Series, other: Series, target: Target) -> Row {
    Row { what: what.into(), unit: Unit::whole("ns"), ours: ours.clone(), other: Some(other), target }
}

/// How many nanoseconds of this thread's time one turn takes; an error if any of them says no: all are asked about what is good.
pub(crate) fn nanos(turns: u32, mut turn: impl FnMut() -> bool) -> Result<f64> {
    let (before, mut good) = (thread_busy(), true);
    for _ in 0..turns {
        good &= turn();
    }
    let spent = thread_busy().saturating_sub(before);
    ensure!(good, "what is good was refused");
    Ok(spent.as_secs_f64() * 1e9 / f64::from(turns))
}

/// A token and what checks it.
struct Ours {
    token: String,
    keys: KeySet,
    verifier: Verifier,
}

impl Ours {
    fn new(key: &SigningKey) -> Result<Self> {
        let expect =
            Expect { issuer: ISSUER.to_owned(), audience: ISSUER.to_owned(), leeway: Duration::from_secs(5) };
        let keys = KeySet::new([key.public().clone()]);
        Ok(Self { token: key.mint(&claims()?)?, keys, verifier: Verifier::new(expect) })
    }

    fn nanos(&self) -> Result<f64> {
        let (mut scratch, now) = (Scratch::default(), SystemClock.now());
        nanos(TURNS, || {
            let verified = self.verifier.verify(&self.keys, black_box(&self.token), now, &mut scratch);
            black_box(verified).is_ok_and(|verified| verified.has_role("moderator"))
        })
    }
}
