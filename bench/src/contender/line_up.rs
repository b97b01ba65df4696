//! Who is measured, and how each is started.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result};
use bitjang_core::token::Algorithm;

use super::{Backends, Contender, Dialect};
use crate::cores::Split;
use crate::hello::Serving;
use crate::load::Load;
use crate::program::{Programs, Running};

/// Where one of ours keeps its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Embedded,
    Postgres,
    /// PostgreSQL with Redis beside it.
    Redis,
}

/// Whether an app that checks tokens has seen them before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Before,
    Never,
}

/// A program of the line-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Hello(Serving),
    Ours(Store),
    App(Algorithm, Seen),
    /// Kinds as the program `bitjang-bench-peers` calls them.
    AxumLogin(&'static str),
    JsonWebToken(&'static str),
    Express,
    BetterAuth(&'static str),
    Jose(&'static str),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello(Serving::Hyper) => f.write_str("hello-world on hyper"),
            Self::Hello(Serving::Axum) => f.write_str("hello-world on axum"),
            Self::Hello(Serving::Bitjang) => f.write_str("hello-world in our serving loop"),
            Self::Ours(Store::Memory) => f.write_str("Bitjang, memory"),
            Self::Ours(Store::Embedded) => f.write_str("Bitjang, embedded"),
            Self::Ours(Store::Postgres) => f.write_str("Bitjang, PostgreSQL"),
            Self::Ours(Store::Redis) => f.write_str("Bitjang, PostgreSQL + Redis"),
            Self::App(algorithm, Seen::Before) => write!(f, "guarded app, {algorithm}, cached"),
            Self::App(algorithm, Seen::Never) => write!(f, "guarded app, {algorithm}, uncached"),
            Self::AxumLogin(store) => write!(f, "tower-sessions + axum-login, {store}"),
            Self::JsonWebToken(algorithm) => write!(f, "axum + jsonwebtoken, {algorithm}"),
            Self::Express => f.write_str("express-session, Redis"),
            Self::BetterAuth("cached") => f.write_str("Better Auth, SQLite, cookie cache"),
            Self::BetterAuth(_) => f.write_str("Better Auth, SQLite"),
            Self::Jose(algorithm) => write!(f, "jose, {algorithm}"),
        }
    }
}

impl Name {
    /// Whether it is ours.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(self, Self::Ours(_) | Self::App(..))
    }

    const fn dialect(self) -> Dialect {
        match self {
            Self::Hello(_) => Dialect::Hello,
            Self::Ours(_) => Dialect::Ours,
            Self::App(..) => Dialect::App,
            Self::BetterAuth(_) => Dialect::BetterAuth,
            Self::AxumLogin(_) | Self::JsonWebToken(_) | Self::Express | Self::Jose(_) => Dialect::Theirs,
        }
    }
}

/// Everybody.
const ALL: [Name; 21] = [
    Name::Hello(Serving::Hyper),
    Name::Hello(Serving::Axum),
    Name::Hello(Serving::Bitjang),
    Name::Ours(Store::Memory),
    Name::Ours(Store::Embedded),
    Name::Ours(Store::Postgres),
    Name::Ours(Store::Redis),
    Name::App(Algorithm::Hs256, Seen::Before),
    Name::App(Algorithm::Hs256, Seen::Never),
    Name::App(Algorithm::Ed25519, Seen::Before),
    Name::App(Algorithm::Ed25519, Seen::Never),
    Name::AxumLogin("memory"),
    Name::AxumLogin("sqlite"),
    Name::AxumLogin("redis"),
    Name::JsonWebToken("hs256"),
    Name::JsonWebToken("eddsa"),
    Name::Express,
    Name::BetterAuth("plain"),
    Name::BetterAuth("cached"),
    Name::Jose("HS256"),
    Name::Jose("EdDSA"),
];

/// Starts them all, each on the server's core.
pub(crate) fn line_up(
    split: &Split,
    programs: &Programs,
    backends: &Backends,
    load: &Load,
) -> Result<Vec<Contender>> {
    let start = |name: &Name| -> Result<Contender> {
        println!("  {name}");
        let mut running = split.start(|| name.start(programs, backends))?;
        let ready = match name.dialect() {
            Dialect::Ours => running.ready("/readyz")?,
            dialect => running.answering(dialect.session())?,
        };
        let contender = Contender { name: *name, running, ready, dialect: name.dialect() };
        if contender.dialect == Dialect::Ours {
            contender.sign_up(load)?;
        }
        contender.prove(load)?;
        Ok(contender)
    };
    ALL.iter().map(|name| start(name).with_context(|| format!("{name} does not start"))).collect()
}

/// One of ours over a store that is filled already, on the server's core.
pub(crate) fn ours_on(
    split: &Split,
    programs: &Programs,
    folder: &Path,
    store: &[(&str, &str)],
) -> Result<Contender> {
    let mut running = split.start(|| programs.bitjang_on(folder, store))?;
    let ready = running.ready("/readyz")?;
    Ok(Contender { name: Name::Ours(Store::Embedded), running, ready, dialect: Dialect::Ours })
}

/// A hello-world on axum, on the server's core.
pub(crate) fn hello_on(split: &Split, programs: &Programs, folder: &Path) -> Result<Contender> {
    let mut running = split.start(|| programs.hello(Serving::Axum, folder))?;
    let ready = running.answering("/v1/session")?;
    Ok(Contender { name: Name::Hello(Serving::Axum), running, ready, dialect: Dialect::Hello })
}

impl Name {
    fn start(self, programs: &Programs, backends: &Backends) -> Result<Running> {
        let folder = backends.subfolder(&self.to_string().replace([' ', ',', '+'], "-"))?;
        let file = folder.join("sessions.db").display().to_string();
        match self {
            Self::Hello(serving) => programs.hello(serving, &folder),
            Self::Ours(store) => {
                let embedded = format!("embedded:{}", folder.join("data").display());
                match store {
                    Store::Memory => programs.bitjang_on(&folder, &[("URL", "memory:")]),
                    Store::Embedded => programs.bitjang_on(&folder, &[("URL", &embedded)]),
                    Store::Postgres => programs.bitjang_on(&folder, &[("URL", &backends.database()?)]),
                    Store::Redis => {
                        let redis = backends.redis_database(0);
                        programs
                            .bitjang_on(&folder, &[("URL", &backends.database()?), ("SESSIONS_URL", &redis)])
                    }
                }
            }
            Self::App(algorithm, seen) => {
                programs.app(algorithm, if seen == Seen::Before { 16 * 1_024 } else { 0 }, &folder)
            }
            Self::AxumLogin("sqlite") => programs.peer("sqlite", &format!("sqlite:{file}"), &folder),
            Self::AxumLogin("redis") => programs.peer("redis", &backends.redis_database(1), &folder),
            Self::AxumLogin(kind) | Self::JsonWebToken(kind) => programs.peer(kind, "", &folder),
            Self::Express => Programs::node("express.js", &[&backends.redis_database(2)], &folder),
            Self::BetterAuth(cache) => Programs::node("better-auth.js", &[&file, cache], &folder),
            Self::Jose(algorithm) => Programs::node("jose.js", &[algorithm], &folder),
        }
    }
}
