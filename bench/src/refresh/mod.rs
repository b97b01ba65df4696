//! Refreshing by 64 clients at once, beside the durable compare-and-set that a refresh ends in.
//!
//! All clients and the store share one process, as the flow and the store do in a server. Clients keep to their own sessions, which lie far apart among
//! the others.

mod field;
mod shared;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use aws_lc_rs::signature::Ed25519KeyPair;
use bitjang::world::SystemEntropy;
use bitjang_core::token::{Algorithm, SigningKey};
use bitjang_store::StoreUrl;

use self::field::{Field, Minting, Spent};
use crate::limits::syncs;
use crate::plan::{Plan, grouped};
use crate::report::{Row, Target, Unit};
use crate::series::{Series, percentile};
use crate::verify::nanos;

/// A store that fits into every cache.
const FEW: usize = 1_000;
/// How long the message is that a token's signature is over.
const MESSAGE: [u8; 512] = [b'a'; 512];

/// On the embedded store, few sessions and many by turns; then on PostgreSQL.
pub(crate) fn measure(place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let mut rows = on_the_embedded_store(place, plan)?;
    rows.extend(shared::measure(place, plan)?);
    Ok(rows)
}

#[tokio::main]
async fn on_the_embedded_store(place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir_in(place)?;
    let embedded = |name| StoreUrl::Embedded(folder.path().join(name));
    let few = Field::sow(&embedded("few"), FEW).await?;
    let many = Field::sow(&embedded("many"), plan.most()).await?;
    let (mut small, mut large, mut disk) = (Figures::default(), Figures::default(), Series::default());
    for _ in 0..plan.rounds {
        small.take(&few, plan.span).await?;
        large.take(&many, plan.span).await?;
        disk.push(percentile(&mut syncs(place, plan.span / 3)?, 50).as_secs_f64() * 1e6);
    }
    few.close().await;
    many.close().await;
    let latency = Row {
        what: "p99 of a refresh, 64 clients on the embedded store; a page written and `fdatasync`, p50"
            .into(),
        unit: Unit::whole("µs"),
        ours: large.refreshes.p99.clone(),
        other: Some(disk),
        target: Target::Below(3.0),
    };
    let mut rows = large.rows(small, plan);
    rows.push(latency);
    Ok(rows)
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
    /// In microseconds.
    p99: Series,
}

impl Measured {
    fn push(&mut self, spent: &Spent) {
        self.rate.push(spent.per_second);
        self.busy.push(spent.micros_busy);
        self.p99.push(spent.p99.as_secs_f64() * 1e6);
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
        let row = |what: &str, unit, ours, other, target| Row {
            what: what.to_owned().into(),
            unit,
            ours,
            other: Some(other),
            target,
        };
        let flat = format!("refreshes with {} sessions; with {}", grouped(plan.most()), grouped(FEW));
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
            row(&flat, rate, self.refreshes.rate, small.refreshes.rate, Target::AtLeast(0.9)),
        ]
    }
}

/// How many microseconds the signature of an access token takes.
fn signature() -> Result<f64> {
    let key = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy)?;
    let pair = Ed25519KeyPair::from_pkcs8(key.to_stored())?;
    Ok(nanos(500, || pair.try_sign(&MESSAGE).is_ok())? / 1e3)
}
