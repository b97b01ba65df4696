//! One, two and three servers on one PostgreSQL, and what a session takes there and in Redis.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bitjang_store::Opened;
use tokio::runtime::Runtime;

use crate::contender::{Backends, Contender, hello_on, ours_on};
use crate::cores::Split;
use crate::load::Load;
use crate::plan::{Plan, grouped};
use crate::plot::{Bar, Panel, Whose};
use crate::program::Programs;
use crate::report::{Findings, Row, Table, Target, Unit};
use crate::seed::{Crop, fill};
use crate::series::Series;

const SERVERS: usize = 3;
/// How many sessions an account has.
const SESSIONS_EACH: usize = 10;
/// Copies in Redis live for a minute: these are read well within it.
const COPIED: usize = 5_000;

/// All sizes in every round.
pub(crate) fn measure(programs: &Programs, place: &Path, plan: Plan) -> Result<Findings> {
    let backends = Backends::start(place)?;
    let database = backends.database()?;
    let crop = Crop { accounts: plan.shared / SESSIONS_EACH, sessions: plan.shared };
    let cookies = Runtime::new()?.block_on(sow(&database, crop))?;
    let (split, load) = (Split::new()?, Load::new()?);
    let fleet = (0..SERVERS).map(|number| {
        let server =
            ours_on(&split, programs, &backends.subfolder(&number.to_string())?, &[("URL", &database)])?;
        load.ask_all(server.running.port, &server.by_cookie(), &cookies)?;
        Ok(server)
    });
    let fleet = fleet.collect::<Result<Vec<_>>>()?;
    let hello = hello_on(&split, programs, backends.folder())?;
    let mut figures = Figures::default();
    for _ in 0..plan.rounds {
        figures.take(&load, &fleet, &cookies, plan.span)?;
        let nobody = ["id=nobody".to_owned()];
        figures.hello.push(load.ask(&[hello.running.port], &hello.by_cookie(), &nobody, plan.span)?.rate);
    }
    let mut sizes = sizes(programs, &split, &load, &backends, (&database, &cookies))?;
    sizes.push(in_memory(programs)?);
    figures.findings(sizes, plan)
}

async fn sow(database: &str, crop: Crop) -> Result<Vec<String>> {
    let store: Opened = bitjang_store::open(&database.parse()?, Duration::from_secs(10)).await?;
    let cookies = fill(&store, crop).await?;
    store.health.close().await;
    Ok(cookies)
}

/// How many bytes a session takes in PostgreSQL, with its indices, and in Redis.
fn sizes(
    programs: &Programs,
    split: &Split,
    load: &Load,
    backends: &Backends,
    (database, cookies): (&str, &[String]),
) -> Result<Vec<String>> {
    let size = "SELECT pg_total_relation_size('bitjang.session')::float8 / count(*) FROM bitjang.session";
    let in_postgres: f64 = backends.postgres.run(database, size)?.parse()?;
    let redis = backends.redis_database(0);
    let store = [("URL", database), ("SESSIONS_URL", &redis)];
    let server = ours_on(split, programs, &backends.subfolder("redis")?, &store)?;
    let before = redis_memory(backends)?;
    let copied = cookies.get(..COPIED).unwrap_or(cookies);
    load.ask_all(server.running.port, &server.by_cookie(), copied)?;
    let in_redis = (redis_memory(backends)? - before) / f64::from(u32::try_from(copied.len())?);
    Ok(vec![format!("{in_postgres:.0}"), format!("{in_redis:.0}")])
}

/// How many bytes a session takes in the store that is all memory: the last figure that the store's own example tells.
fn in_memory(programs: &Programs) -> Result<String> {
    let mut example = Command::new(programs.path("examples/sizes")?);
    let output = example.arg("memory").stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "sizes ended with {}", output.status);
    let told = String::from_utf8(output.stdout)?;
    let bytes = told.trim_end().strip_suffix(" bytes |").and_then(|told| told.rsplit(' ').next());
    Ok(bytes.with_context(|| format!("sizes does not tell of memory:\n{told}"))?.to_owned())
}

fn redis_memory(backends: &Backends) -> Result<f64> {
    let told = backends.redis.run(&["INFO", "memory"])?;
    let used = told.lines().find_map(|line| line.strip_prefix("used_memory:")).context("no memory told")?;
    Ok(used.trim().parse()?)
}

#[derive(Default)]
struct Figures {
    rates: [Series; SERVERS],
    hello: Series,
}

impl Figures {
    fn take(&mut self, load: &Load, fleet: &[Contender], cookies: &[String], span: Duration) -> Result<()> {
        let ports: Vec<_> = fleet.iter().map(|server| server.running.port).collect();
        let question = fleet.first().context("no servers")?.by_cookie();
        for (rates, servers) in self.rates.iter_mut().zip(1..) {
            rates.push(load.ask(ports.get(..servers).unwrap_or_default(), &question, cookies, span)?.rate);
        }
        Ok(())
    }

    fn findings(self, sizes: Vec<String>, plan: Plan) -> Result<Findings> {
        let (one, three) =
            (self.rates.first().context("no servers")?, self.rates.last().context("no servers")?);
        let row = |beside: &str, other: &Series| Row {
            what: format!("Who is signed in, by cookie, three servers on PostgreSQL together; {beside}")
                .into(),
            unit: Unit::whole("/s"),
            ours: three.clone(),
            other: Some(other.clone()),
            target: Target::AtLeast(0.9),
        };
        let numbered = || self.rates.iter().zip(1..);
        let line = |(rates, servers): (&Series, usize)| {
            let (least, most) = rates.spread();
            let ratio = rates.over(&self.hello).median();
            vec![
                servers.to_string(),
                format!("{:.0}", rates.median()),
                format!("{least:.0} to {most:.0}"),
                format!("{ratio:.3}"),
            ]
        };
        let bar = |(rates, servers): (&Series, usize)| Bar {
            name: format!("{servers} on PostgreSQL"),
            figures: rates.clone(),
            whose: Whose::Ours,
        };
        let (title, unit) = ("By cookie, several servers on one core".to_owned(), "/s");
        Ok(Findings {
            rows: vec![row("hello-world on axum", &self.hello), row("one server", one)],
            tables: vec![
                Table {
                    title: "Servers that share one PostgreSQL, by cookie".into(),
                    about: "All of them share one core, so what a second one could add is not seen here: only that none waits for another, nor for the database.",
                    head: &["servers", "/s together", "spread", "× hello-world on axum"],
                    lines: numbered().map(line).collect(),
                },
                Table {
                    title: format!("What a session takes, of {}", grouped(plan.shared)).into(),
                    about: "In bytes. The embedded store is in the table of growth.",
                    head: &[
                        "in PostgreSQL, with its indices",
                        "its copy in Redis, for a minute",
                        "in the store that is all memory, of 100,000",
                    ],
                    lines: vec![sizes],
                },
            ],
            panels: vec![Panel { title, unit, bars: numbered().map(bar).collect() }],
            ..Findings::default()
        })
    }
}
