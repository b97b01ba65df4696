//! Refreshing by 64 clients at once on the embedded store, beside the durable compare-and-set that a refresh ends in.
//!
//! All clients and the store share one process, as the flow and the store do in a server. Clients keep to their own sessions, which lie far apart among
//! the others.

mod field;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use aws_lc_rs::signature::Ed25519KeyPair;
use bitjang::world::SystemEntropy;
use bitjang_core::token::{Algorithm, SigningKey};

use self::field::{Field, Minting, Spent};
use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::series::Series;
use crate::verify::nanos;

/// In how many parts each span of a plan is cut, so that what else runs here is shared evenly.
const PARTS: u32 = 4;
/// A store that fits into every cache.
const FEW: usize = 1_000;
/// How long the message is that a token's signature is over.
const MESSAGE: [u8; 512] = [b'a'; 512];

/// Rates, and time on the processor.
#[tokio::main]
pub(crate) async fn measure(place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let few = Field::sow(place, FEW).await?;
    let many = Field::sow(place, plan.sessions).await?;
    let (mut small, mut large) = (Figures::default(), Figures::default());
    for _ in 0..plan.rounds * 2 {
        small.take(&few, plan.span / PARTS).await?;
        large.take(&many, plan.span / PARTS).await?;
    }
    few.close().await;
    many.close().await;
    Ok(large.rows(small, plan))
}

/// What was measured on one store.
#[derive(Default)]
struct Figures {
    writes: Measured,
    refreshes: Measured,
    cheap: Measured,
    signature: Series,
}

#[derive(Default)]
struct Measured {
    rate: Series,
    busy: Series,
}

impl Measured {
    fn push(&mut self, spent: &Spent) {
        self.rate.push(spent.per_second);
        self.busy.push(spent.micros_busy);
    }
}

impl Figures {
    async fn take(&mut self, field: &Field, span: Duration) -> Result<()> {
        self.writes.push(&field.replace(span).await?);
        self.refreshes.push(&field.refresh(Minting::Ed25519, span).await?);
        self.cheap.push(&field.refresh(Minting::Hs256, span).await?);
        self.signature.push(signature()?);
        Ok(())
    }

    fn rows(self, small: Self, plan: Plan) -> Vec<Row> {
        let row = |what, unit, ours, other, target| Row { what, unit, ours, other: Some(other), target };
        let (rate, busy) = (Unit::whole("/s"), Unit::of("µs"));
        let least = self.writes.busy.plus(&self.signature);
        vec![
            row(
                "refreshes by 64 clients; the store's durable compare-and-sets by 64 clients",
                rate,
                self.refreshes.rate.clone(),
                self.writes.rate.clone(),
                Target::AtLeast(0.8),
            ),
            row(
                "… ; without a signature to make: access tokens by HS256",
                rate,
                self.cheap.rate,
                self.writes.rate,
                Target::None,
            ),
            row(
                "time on the processor of a refresh without a signature; of a compare-and-set",
                busy,
                self.cheap.busy,
                self.writes.busy,
                Target::None,
            ),
            row(
                "… with a signature; of a compare-and-set and an Ed25519 signature",
                busy,
                self.refreshes.busy,
                least,
                Target::None,
            ),
            row(plan.flat, rate, self.refreshes.rate, small.refreshes.rate, Target::AtLeast(0.9)),
        ]
    }
}

/// How many microseconds the signature of an access token takes.
fn signature() -> Result<f64> {
    let key = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy)?;
    let pair = Ed25519KeyPair::from_pkcs8(key.to_stored())?;
    Ok(nanos(500, || pair.try_sign(&MESSAGE).is_ok())? / 1e3)
}
