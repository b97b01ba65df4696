//! `doctor`: looks at the machine and says what to do about it.

mod database;
mod redis;

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bitjang::config::Config;
use bitjang::control::{Command, Desk as _, Remote};
use bitjang::world::SystemClock;
use bitjang::{Bitjang, NotOpened};
use bitjang_core::password::{Parameters, Password, Workbench};
use bitjang_core::{Clock as _, Time};
use bitjang_store::{FolderError, OpenError, StoreUrl};
use rustix::process::{Resource, getrlimit};

/// What was found about one thing.
enum Finding {
    Good(String),
    /// It works, but look at it.
    Odd(String),
    /// It will not work.
    Bad(String),
}

use Finding::{Bad, Good, Odd};

/// Prints one line for each thing that was looked at; fails if one of them will not work.
pub(super) async fn doctor(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = store(config).await;
    if let Some(url) = &config.sessions {
        findings.extend(redis::look_at(url).await);
    }
    findings.extend([
        clock(),
        public_url(config),
        proxies(config),
        password(config.password.parameters),
        open_files(),
    ]);
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        match finding {
            Good(text) => writeln!(out, "✓ {text}")?,
            Odd(text) => writeln!(out, "! {text}")?,
            Bad(text) => writeln!(out, "✗ {text}")?,
        }
    }
    let bad = findings.iter().any(|finding| matches!(finding, Bad(_)));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn store(config: &Config) -> Vec<Finding> {
    match &config.store {
        StoreUrl::Memory => vec![Odd(
            "store: memory: forgets every account when the server stops; use embedded:<folder> to keep them"
                .to_owned(),
        )],
        StoreUrl::Embedded(folder) => {
            vec![opened(config, folder).await, keys(config), permissions(folder), room(folder)]
        }
        StoreUrl::Postgres(url) => {
            let mut findings = database::look_at(url).await;
            findings.push(keys(config));
            findings
        }
    }
}

async fn opened(config: &Config, folder: &Path) -> Finding {
    match Bitjang::open(config).await {
        Ok(bitjang) => {
            bitjang.close().await;
            Good(format!("store: {} can be opened", folder.display()))
        }
        Err(NotOpened::Store(OpenError::Folder(FolderError::InUse { folder }))) => running(&folder).await,
        Err(error) => Bad(format!("store: {:#}", anyhow::Error::new(error))),
    }
}

async fn running(folder: &Path) -> Finding {
    match Remote::holding(folder).ask(Command::Ping).await {
        Ok(_) => Good(format!("store: a server runs on {} and answers", folder.display())),
        Err(error) => Bad(format!("store: {error}")),
    }
}

/// Whoever opens a store seals every key, so what is configured is what is.
fn keys(config: &Config) -> Finding {
    if config.tokens.sealing.key.is_some() {
        Good("keys at rest: encrypted with tokens.encryption_key".to_owned())
    } else {
        Odd("keys at rest: in the clear, so whoever reads the store or a backup of it can mint tokens; make a key (`openssl rand -base64 32`) and give it as tokens.encryption_key".to_owned())
    }
}

/// What group and others may do, in a mode.
const OTHERS: u32 = 0o077;

fn permissions(folder: &Path) -> Finding {
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.permissions().mode() & OTHERS == 0 => {
            Good("data folder: only its owner may enter".to_owned())
        }
        Ok(_) => Bad(format!("data folder: others may enter it; run `chmod 700 {}`", folder.display())),
        Err(error) => Bad(format!("data folder: {error}")),
    }
}

/// Below this the next full disk is near.
const LITTLE_ROOM: u64 = 1_024 * 1_024 * 1_024;

fn room(folder: &Path) -> Finding {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let left = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("disk: {} MiB left", left / (1_024 * 1_024));
            if left >= LITTLE_ROOM {
                Good(text)
            } else {
                Odd(format!("{text}; make room before sign-ups fail"))
            }
        }
        Err(error) => Odd(format!("disk: cannot be asked how much room is left: {error}")),
    }
}

/// 2026-01-01: before that there was no Bitjang. 2100-01-01: after that there is no such clock.
const SANE: std::ops::Range<Time> =
    Time::from_micros(1_767_225_600_000_000)..Time::from_micros(4_102_444_800_000_000);

fn clock() -> Finding {
    let now = SystemClock.now();
    let shown = jiff::Timestamp::from_microsecond(now.as_micros())
        .map_or_else(|_| "?".to_owned(), |now| format!("{now:.0}"));
    if SANE.contains(&now) {
        Good(format!("clock: {shown}"))
    } else {
        Bad(format!("clock: it shows {shown}; sessions would end at once or never: set it, best by NTP"))
    }
}

fn public_url(config: &Config) -> Finding {
    match config.public_url() {
        Ok(url) if url.is_https() => Good(format!("public_url: {url}")),
        Ok(url) => Odd(format!(
            "public_url: {url} is for this machine alone; set it to the https address that browsers use"
        )),
        Err(error) => Bad(format!("public_url: {error}")),
    }
}

fn proxies(config: &Config) -> Finding {
    let https = config.public_url().is_ok_and(|url| url.is_https());
    let everybody = config.trusted_proxies.iter().find(|net| net.prefix_len() == 0);
    match everybody {
        Some(net) => Bad(format!("trusted_proxies: {net} believes everybody, so anybody can pretend to come from anywhere; name the proxy's network")),
        None if https && config.trusted_proxies.is_empty() => {
            Odd("trusted_proxies: none, yet something in front must speak https; name it, or everybody shares its address and its limits".to_owned())
        }
        None => Good(format!("trusted_proxies: {}", config.trusted_proxies.len())),
    }
}

/// The least that OWASP's Password Storage Cheat Sheet recommends for Argon2id, in KiB.
const LEAST_MEMORY_KIB: u32 = 7_168;
/// Longer than this people notice, and a few of them fill the queue.
const LONG: Duration = Duration::from_millis(500);

fn password(parameters: Parameters) -> Finding {
    let took = time_of_one_hash(parameters);
    let text =
        format!("password: one hash takes {} ms and {} KiB", took.as_millis(), parameters.memory_kib());
    if parameters.memory_kib() < LEAST_MEMORY_KIB {
        Odd(format!("{text}; that is quick for thieves too: give password.memory_kib more"))
    } else if took > LONG {
        Odd(format!("{text}; that is long: people wait, and few can sign in at once"))
    } else {
        Good(text)
    }
}

fn time_of_one_hash(parameters: Parameters) -> Duration {
    let (mut bench, password) = (Workbench::default(), Password::new("doctor"));
    let Some(password) = password else { return Duration::ZERO };
    // The first takes its memory from the system; the server keeps it.
    let _ = bench.hash(&password, [0; 16], parameters);
    #[expect(clippy::disallowed_methods, reason = "a measurement, not a time for a rule")]
    let began = std::time::Instant::now();
    let _ = bench.hash(&password, [0; 16], parameters);
    began.elapsed()
}

/// Ten thousand connections and what the store needs.
const ENOUGH_FILES: u64 = 10_240;

fn open_files() -> Finding {
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < ENOUGH_FILES => Odd(format!(
            "open files: at most {most}; raise it (`ulimit -Hn`, LimitNOFILE=) to serve 10,000 connections"
        )),
        Some(most) => Good(format!("open files: up to {most}")),
        None => Good("open files: no limit".to_owned()),
    }
}
