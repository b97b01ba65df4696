//! What nothing built on this machine can be faster than: the primitives, the disk, and the databases asked by their own tools.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bitjang::world::SystemEntropy;
use bitjang_bench::claims;
use bitjang_core::password::{Parameters, Workbench};
use bitjang_core::token::{Algorithm, SigningKey};

use crate::clock::{now, per_second};
use crate::contender::Backends;
use crate::pgbench::Pgbench;
use crate::plan::Plan;
use crate::report::{Findings, Row, Target, Unit};
use crate::rival::Bare;
use crate::seed::{hash, password};
use crate::series::{Series, percentile};
use crate::verify::nanos;

/// What a commit writes at the least: a page.
const PAGE: [u8; 4_096] = [b'a'; 4_096];
const GETS: &str = "50000";

/// All of them.
pub(crate) fn measure(place: &Path, plan: Plan) -> Result<Findings> {
    let mut rows = vec![
        bare(Algorithm::Hs256, Bare::RustCrypto, "limit: a bare HMAC-SHA256 over an access token", plan)?,
        bare(Algorithm::Ed25519, Bare::AwsLc, "limit: a bare Ed25519 check", plan)?,
        bare(Algorithm::Es256, Bare::AwsLc, "limit: a bare ES256 check", plan)?,
        argon2id(plan)?,
    ];
    rows.extend(disk(place, plan)?);
    let backends = Backends::start(place)?;
    rows.push(redis(&backends, plan)?);
    rows.push(postgres(&backends, plan)?);
    Ok(rows.into())
}

fn alone(what: &'static str, unit: Unit, ours: Series) -> Row {
    Row { what: what.into(), unit, ours, other: None, target: Target::None }
}

fn bare(algorithm: Algorithm, by: Bare, what: &'static str, plan: Plan) -> Result<Row> {
    let key = SigningKey::generate(algorithm, &SystemEntropy)?;
    let check = by.check(&key, &key.mint(&claims()?)?)?;
    let times = (0..plan.rounds).map(|_| nanos(2_000, &check)).collect::<Result<_>>()?;
    Ok(alone(what, Unit::whole("ns"), times))
}

fn argon2id(plan: Plan) -> Result<Row> {
    let (against, password, mut bench) = (hash()?, password()?, Workbench::default());
    let mut check = || {
        bench.check(&password, &against, Parameters::default());
        true
    };
    let times = (0..=plan.rounds).map(|_| Ok(nanos(10, &mut check)? / 1e6)).skip(1).collect::<Result<_>>()?;
    Ok(alone("limit: a bare Argon2id, 19 MiB, two passes", Unit::of("ms"), times))
}

/// One page after the other, each on the disk before the next.
fn disk(place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let (mut rates, mut middle, mut last) = (Series::default(), Series::default(), Series::default());
    for _ in 0..plan.rounds {
        let mut times = syncs(place, plan.span)?;
        let took: Duration = times.iter().sum();
        rates.push(per_second(times.len(), took));
        middle.push(percentile(&mut times, 50).as_secs_f64() * 1e6);
        last.push(percentile(&mut times, 99).as_secs_f64() * 1e6);
    }
    Ok(vec![
        alone("limit: a page written and `fdatasync`", Unit::whole("/s"), rates),
        alone("… , p50", Unit::whole("µs"), middle),
        alone("… , p99", Unit::whole("µs"), last),
    ])
}

/// How long each took.
pub(crate) fn syncs(place: &Path, span: Duration) -> Result<Vec<Duration>> {
    let mut file: File = tempfile::tempfile_in(place)?;
    let (until, mut times) = (now() + span, Vec::new());
    while now() < until {
        let began_at = now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        times.push(began_at.elapsed());
    }
    Ok(times)
}

fn redis(backends: &Backends, plan: Plan) -> Result<Row> {
    let address = backends.redis.hasty_address();
    let port = address.rsplit(':').next().context("no port")?.to_owned();
    let rate = || {
        let mut benchmark = Command::new("redis-benchmark");
        benchmark.args(["-p", &port, "-t", "get", "-c", "64", "-n", GETS, "--csv"]).stdin(Stdio::null());
        let output = benchmark.output().context("redis-benchmark cannot be started")?;
        ensure!(output.status.success(), "redis-benchmark ended with {}", output.status);
        let told = String::from_utf8(output.stdout)?;
        let line = told
            .lines()
            .find(|line| line.starts_with("\"GET\""))
            .context("redis-benchmark tells of no GET")?;
        let rate = line.split(',').nth(1).context("no rate")?.trim_matches('"');
        Ok(rate.parse()?)
    };
    let rates = (0..plan.rounds).map(|_| rate()).collect::<Result<_>>()?;
    Ok(alone("limit: Redis GET by 64 clients (`redis-benchmark`)", Unit::whole("/s"), rates))
}

fn postgres(backends: &Backends, plan: Plan) -> Result<Row> {
    let database = backends.database()?;
    backends.postgres.run(
        &database,
        "CREATE TABLE kept AS SELECT n AS id, repeat('a', 200) AS text FROM generate_series(1, 100000) n",
    )?;
    backends.postgres.run(&database, "ALTER TABLE kept ADD PRIMARY KEY (id)")?;
    let script = "\\set id random(1, 100000)\nSELECT text FROM kept WHERE id = :id;\n";
    let bench = Pgbench::new(&database, backends.folder(), script)?;
    let rates = (0..plan.rounds).map(|_| Ok(bench.run(plan.span)?.rate)).collect::<Result<_>>()?;
    Ok(alone("limit: PostgreSQL SELECT by key by 64 clients (`pgbench`, prepared)", Unit::whole("/s"), rates))
}
