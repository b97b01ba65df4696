//! The same work of everybody: ours over each store, an app behind our guard, hello-world, and what people use today.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bitjang::world::SystemEntropy;
use bitjang_bench::claims;
use bitjang_core::token::{Algorithm, SigningKey};

use crate::contender::{Backends, Contender, Deed, Done, Name, Seen, Store, line_up};
use crate::cores::Split;
use crate::hello::Serving;
use crate::load::Load;
use crate::plan::Plan;
use crate::plot::{Bar, Panel, Whose};
use crate::program::Programs;
use crate::report::{Findings, Row, Table, Target, Unit};
use crate::rival::Bare;
use crate::series::Series;
use crate::verify::nanos;

/// How long after the last has started they count as idle.
const SETTLED: Duration = Duration::from_secs(1);
const EMBEDDED: Name = Name::Ours(Store::Embedded);
const HELLO: Name = Name::Hello(Serving::Axum);

/// Everybody in every round.
pub(crate) fn measure(programs: &Programs, place: &Path, plan: Plan) -> Result<Findings> {
    let split = Split::new()?;
    let (backends, load) = (Backends::start(place)?, Load::new()?);
    let contenders = line_up(&split, programs, &backends, &load)?;
    thread::sleep(SETTLED);
    let mut results = contenders.into_iter().map(Results::of).collect::<Result<Vec<_>>>()?;
    let (mut least, key) = (Series::default(), SigningKey::generate(Algorithm::Ed25519, &SystemEntropy)?);
    let check = Bare::AwsLc.check(&key, &key.mint(&claims()?)?)?;
    for round in 0..=plan.rounds {
        println!("  round {round}");
        for result in &mut results {
            // The first fills caches.
            let span = if round > 0 { plan.span } else { plan.span / 3 };
            let done = result.contender.round(&load, span)?;
            if round > 0 {
                for done in &done {
                    result.push(done);
                }
            }
        }
        least.push(nanos(500, &check)?);
    }
    let busiest = format!("{:.0} % of its core at most", 100.0 * load.busiest());
    let everybody = Everybody { results, signature: least };
    Ok(Findings {
        rows: everybody.rows()?,
        tables: everybody.tables()?,
        panels: everybody.panels(),
        notes: vec![("the thread that makes the load", busiest)],
    })
}

/// What one came to.
struct Results {
    contender: Contender,
    idle_mib: f64,
    deeds: [Figures; Deed::ALL.len()],
}

/// Of one deed, round by round.
#[derive(Default)]
struct Figures {
    rate: Series,
    p50: Series,
    p99: Series,
    micros: Series,
}

impl Results {
    fn of(contender: Contender) -> Result<Self> {
        let idle_mib = contender.running.memory_mib()?;
        Ok(Self { contender, idle_mib, deeds: Default::default() })
    }

    fn push(&mut self, Done { deed, tally, micros }: &Done) {
        let places = Deed::ALL.iter().zip(&mut self.deeds);
        for (_, figures) in places.filter(|(place, _)| *place == deed) {
            figures.rate.push(tally.rate);
            figures.p50.push(tally.p50.as_secs_f64() * 1e3);
            figures.p99.push(tally.p99.as_secs_f64() * 1e3);
            if let Some(micros) = micros {
                figures.micros.push(*micros);
            }
        }
    }

    /// Nothing where the program does not do that.
    fn figures(&self, deed: Deed) -> Option<&Figures> {
        let (_, figures) = Deed::ALL.iter().zip(&self.deeds).find(|(place, _)| **place == deed)?;
        (!figures.rate.is_empty()).then_some(figures)
    }
}

/// Two that are compared.
struct Held {
    deed: Deed,
    ours: Name,
    other: Name,
    target: Target,
}

const fn held(deed: Deed, ours: Name, other: Name, target: Target) -> Held {
    Held { deed, ours, other, target }
}

const HELD: [Held; 10] = [
    held(Deed::Cookie, EMBEDDED, HELLO, Target::AtLeast(0.9)),
    held(Deed::Cookie, EMBEDDED, Name::AxumLogin("memory"), Target::AtLeast(2.0)),
    held(Deed::Cookie, EMBEDDED, Name::Express, Target::AtLeast(5.0)),
    held(Deed::Cookie, EMBEDDED, Name::BetterAuth("plain"), Target::AtLeast(5.0)),
    held(Deed::Cookie, EMBEDDED, Name::BetterAuth("cached"), Target::AtLeast(5.0)),
    held(Deed::Bearer, Name::App(Algorithm::Hs256, Seen::Before), HELLO, Target::AtLeast(0.9)),
    held(Deed::Bearer, Name::App(Algorithm::Ed25519, Seen::Before), HELLO, Target::AtLeast(0.9)),
    held(Deed::Bearer, Name::App(Algorithm::Hs256, Seen::Never), Name::JsonWebToken("hs256"), Target::None),
    held(Deed::Bearer, Name::App(Algorithm::Ed25519, Seen::Never), Name::JsonWebToken("eddsa"), Target::None),
    held(Deed::Bearer, Name::App(Algorithm::Ed25519, Seen::Never), Name::Jose("EdDSA"), Target::None),
];

struct Everybody {
    results: Vec<Results>,
    /// Nanoseconds of an Ed25519 check.
    signature: Series,
}

impl Everybody {
    fn rates(&self, name: Name, deed: Deed) -> Result<&Series> {
        // A hello-world says the same to everybody.
        let deed = if matches!(name, Name::Hello(_)) { Deed::Cookie } else { deed };
        let result = self.results.iter().find(|result| result.contender.name == name);
        let figures = result.and_then(|result| result.figures(deed));
        Ok(&figures.with_context(|| format!("{name} was not asked for that: {}", deed.title()))?.rate)
    }

    fn rows(&self) -> Result<Vec<Row>> {
        let rows = HELD.iter().map(|held| {
            let Held { deed, ours, other, target } = *held;
            let (rates, others) = (self.rates(ours, deed)?.clone(), self.rates(other, deed)?.clone());
            let what = format!("{}, {ours}; {other}", deed.title());
            Ok(Row { what: what.into(), unit: Unit::whole("/s"), ours: rates, other: Some(others), target })
        });
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        rows.push(self.beside_what_the_signature_leaves()?);
        Ok(rows)
    }

    /// A hello-world that checks a signature first cannot be faster.
    fn beside_what_the_signature_leaves(&self) -> Result<Row> {
        let never = Name::App(Algorithm::Ed25519, Seen::Never);
        let hello = self.rates(HELLO, Deed::Bearer)?;
        let left = hello.map(|rate| 1.0 / (1.0 / rate + self.signature.median() / 1e9));
        Ok(Row {
            what: format!("{}, {never}; what an Ed25519 check leaves of hello-world", Deed::Bearer.title())
                .into(),
            unit: Unit::whole("/s"),
            ours: self.rates(never, Deed::Bearer)?.clone(),
            other: Some(left),
            target: Target::AtLeast(0.9),
        })
    }

    fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Deed::ALL.iter().map(|deed| self.table(*deed)).collect::<Result<Vec<_>>>()?;
        tables.push(self.cost()?);
        Ok(tables)
    }

    fn table(&self, deed: Deed) -> Result<Table> {
        let hello = self.rates(HELLO, deed)?;
        let lines =
            self.results.iter().filter_map(|result| Some((result.contender.name, result.figures(deed)?)));
        let line = |(name, figures): (Name, &Figures)| {
            let (least, most) = figures.rate.spread();
            vec![
                if name.is_ours() { format!("**{name}**") } else { name.to_string() },
                format!("{:.0}", figures.rate.median()),
                format!("{least:.0} to {most:.0}"),
                format!("{:.3}", figures.rate.over(hello).median()),
                format!("{:.2}", figures.p50.median()),
                format!("{:.2}", figures.p99.median()),
                if figures.micros.is_empty() {
                    String::new()
                } else {
                    format!("{:.1}", figures.micros.median())
                },
            ]
        };
        Ok(Table {
            title: deed.title().into(),
            about: about(deed),
            head: &[
                "",
                "/s",
                "spread",
                "× hello-world on axum",
                "p50, ms",
                "p99, ms",
                "µs of the server's processor",
            ],
            lines: lines.map(line).collect(),
        })
    }

    fn cost(&self) -> Result<Table> {
        let line = |result: &Results| {
            let Contender { name, running, ready, .. } = &result.contender;
            Ok(vec![
                if name.is_ours() { format!("**{name}**") } else { name.to_string() },
                format!("{:.0}", ready.as_secs_f64() * 1e3),
                format!("{:.1}", result.idle_mib),
                format!("{:.1}", running.memory_mib()?),
            ])
        };
        Ok(Table {
            title: "What it costs to have it run".into(),
            about: "From spawn to the first answer (at Better Auth with the sign-up of eight people), and resident memory, both times after people have signed in, 16 at once, who each had a password hashed.",
            head: &["", "start, ms", "idle afterwards, MiB", "after all loads, MiB"],
            lines: self.results.iter().map(line).collect::<Result<_>>()?,
        })
    }

    fn panels(&self) -> Vec<Panel> {
        Deed::ALL.iter().map(|deed| self.panel(*deed)).collect()
    }

    fn panel(&self, deed: Deed) -> Panel {
        let bar = |result: &Results| {
            let (name, figures) = (result.contender.name, result.figures(deed)?);
            let whose = match name {
                Name::Hello(_) => Whose::Limit,
                name if name.is_ours() => Whose::Ours,
                _ => Whose::Theirs,
            };
            Some(Bar { name: name.to_string(), figures: figures.rate.clone(), whose })
        };
        Panel { title: deed.title().into(), unit: "/s", bars: self.results.iter().filter_map(bar).collect() }
    }
}

const fn about(deed: Deed) -> &'static str {
    match deed {
        Deed::Cookie => {
            "People are in memory at tower-sessions and express-session, which spares them a query. Better Auth's cookie cache believes a signed cookie for five minutes, signed out or not."
        }
        Deed::Bearer => {
            "Bitjang's own server looks at the session too. A guarded app checks the signature, the claims and the set of revocations; jsonwebtoken and jose check the first two. Better Auth's bearer token is its session, looked up."
        }
        Deed::Refresh => "64 clients, each turning its own refresh token. None of the others has one.",
        Deed::SignIn => {
            "Each hashes as its documentation has it: Bitjang and password-auth by Argon2id (19 MiB, two passes), express and jose by scrypt with Node's defaults (N 16,384, r 8), Better Auth by scrypt with r 16. These are not the same work; compare within a kind."
        }
        Deed::SignOut => "What ends a session on the server. A bare JWT cannot be ended.",
    }
}
