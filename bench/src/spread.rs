//! How fast the end of a session spreads: from the 204 of a sign-out to its refusal by verifiers that follow the server over HTTP.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bitjang_core::Carrier;
use bitjang_guard::verifier::{Refused, Verifier};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{Client, sign_in, sign_out};
use crate::clock::now;
use crate::plan::Plan;
use crate::program::issuer;
use crate::report::{Row, Target, Unit};
use crate::seed::{PASSWORD, person};
use crate::series::{Series, percentile};

const VERIFIERS: usize = 20;
/// No revocation takes longer, so that no measurement lasts for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// Medians and 99th percentiles of the last verifier of all.
pub(crate) fn measure(port: u16, plan: Plan) -> Result<Vec<Row>> {
    let (mut world, mut times) = (World::follow(port)?, Vec::new());
    for _ in 0..plan.trials {
        times.push(world.trial()?);
    }
    let mut row = |what: &'static str, percent, target| {
        let time = percentile(&mut times, percent).as_secs_f64() * 1e3;
        Row { what: what.into(), unit: Unit::of("ms"), ours: Series::from_iter([time]), other: None, target }
    };
    Ok(vec![
        row("from the 204 of a sign-out to refusal by the last of 20 verifiers, p50", 50, Target::Below(5.0)),
        row("… , p99", 99, Target::Below(25.0)),
    ])
}

struct World {
    client: Client,
    runtime: Runtime,
    /// Each with a connection of its own.
    verifiers: Vec<Verifier>,
}

impl World {
    fn follow(port: u16) -> Result<Self> {
        let runtime = Runtime::new()?;
        let verifiers = runtime.block_on(async {
            let verifiers: Vec<_> =
                (0..VERIFIERS).map(|_| Verifier::follow(&issuer(port)).start()).collect::<Result<_, _>>()?;
            for verifier in &verifiers {
                timeout(PATIENCE, verifier.ready()).await?;
            }
            Ok::<_, anyhow::Error>(verifiers)
        })?;
        Ok(Self { client: Client::connect(port)?, runtime, verifiers })
    }

    /// How long after the answer the last one still took the token; nothing if the revocation was faster than the answer.
    fn trial(&mut self) -> Result<Duration> {
        let token = self.signed_in()?;
        ensure!(self.verifiers.iter().all(|each| each.verify(&token).is_ok()), "a good token was not taken");
        let mut refusals = JoinSet::new();
        for verifier in &self.verifiers {
            refusals.spawn_on(refused_at(verifier.clone(), token.clone()), self.runtime.handle());
        }
        let status = self.client.ask(&sign_out(&token))?;
        let answered_at = now();
        ensure!(status == 204, "a sign-out was answered with {status}");
        let all = self.runtime.block_on(async { timeout(PATIENCE, refusals.join_all()).await })?;
        let last = all.into_iter().max().context("nobody was asked")?;
        Ok(last.saturating_duration_since(answered_at))
    }

    fn signed_in(&mut self) -> Result<String> {
        let status = self.client.ask(&sign_in(&person(0), PASSWORD, Carrier::Bearer))?;
        ensure!(status == 201, "a sign-in was answered with {status}");
        let answer: Value = serde_json::from_slice(self.client.body())?;
        let token = answer.get("access_token").and_then(Value::as_str);
        Ok(token.context("no access token was handed out")?.to_owned())
    }
}

/// Asks again whenever the verifier has heard something.
async fn refused_at(verifier: Verifier, token: String) -> Instant {
    verifier.until(|_| matches!(verifier.verify(&token), Err(Refused::Revoked))).await;
    now()
}
