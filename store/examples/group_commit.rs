//! Durable compare-and-sets of single rows: 64 clients through the store, beside one thread that drives the bare engine in batches of 32.
//!
//! `cargo run --release -p bitjang-store --example group_commit`
//!
//! Both rewrite the same rows of the same database with the same statement and settings, by turns. Read the ratio, not the figures: they depend on the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Commit, Revision, Session, Sessions};
use bitjang_store::Embedded;
use bitjang_store::embedded::Tuning;
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

const ROUNDS: usize = 7;
const CLIENTS: usize = 64;
const WRITES_EACH: usize = 600;
const BATCH: usize = 32;
/// How many sessions there are for each that is rewritten, so that rows do not lie side by side.
const OTHERS: usize = 300;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let mut sessions = runtime.block_on(fill(folder.path()))?;
    let (mut through, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        through.push(runtime.block_on(through_the_store(folder.path(), &mut sessions))?);
        bare.push(on_the_bare_engine(&folder.path().join("bitjang.db"), &mut sessions)?);
    }
    let (through, bare) = (median(through), median(bare));
    println!("through the store, {CLIENTS} clients:   {through:>8.0} compare-and-sets a second");
    println!("bare engine, batches of {BATCH}:     {bare:>8.0} compare-and-sets a second");
    println!("ratio:                          {:>8.2}", through / bare);
    Ok(())
}

/// Fills the store; the sessions that the clients will rewrite.
async fn fill(folder: &Path) -> Outcome<Vec<Session>> {
    let (store, dice) = (Embedded::open(folder, Tuning::default())?, Dice::seeded(1));
    let all: Vec<Session> =
        (0..CLIENTS * OTHERS).map(|_| session(AccountId::generate(&dice, at(1)), 10, &dice)).collect();
    let answers =
        bitjang_core::testing::together(all.iter().map(|each| Sessions::insert(&store, each.clone()))).await;
    answers.into_iter().collect::<Result<(), _>>()?;
    Ok(all.into_iter().step_by(OTHERS).collect())
}

async fn through_the_store(folder: &Path, sessions: &mut [Session]) -> Outcome<f64> {
    let store = Arc::new(Embedded::open(folder, Tuning::default())?);
    let start = now();
    let clients: Vec<_> =
        sessions.iter().map(|mine| tokio::spawn(rewrite(Arc::clone(&store), mine.clone()))).collect();
    for (client, session) in clients.into_iter().zip(sessions) {
        *session = client.await??;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("  {:.1} writes per commit", per(CLIENTS * WRITES_EACH, store.commits()));
    Ok(rate(CLIENTS * WRITES_EACH, seconds))
}

async fn rewrite(store: Arc<Embedded>, mut session: Session) -> Outcome<Session> {
    for _ in 0..WRITES_EACH {
        session = refreshed(&session);
        if Sessions::replace(&*store, session.clone(), None).await? == Commit::Stale {
            return Err("nobody else rewrites it".into());
        }
    }
    Ok(session)
}

/// What a refresh writes: the ratchet turns, the session is in use.
fn refreshed(session: &Session) -> Session {
    let span = std::time::Duration::from_secs(1);
    Session {
        seen_at: session.seen_at.plus(span),
        idle_ends_at: session.idle_ends_at.plus(span),
        ratchet: Ratchet { generation: session.ratchet.generation + 1, spent: Some(Branch([7; 8])) },
        revision: session.revision.next(),
        ..session.clone()
    }
}

fn on_the_bare_engine(file: &Path, sessions: &mut [Session]) -> Outcome<f64> {
    let db = Connection::open(file)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000")?;
    let start = now();
    for _ in 0..WRITES_EACH {
        for batch in sessions.chunks_mut(BATCH) {
            db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            for session in batch {
                *session = refreshed(session);
                put(&db, session)?;
            }
            db.prepare_cached("COMMIT")?.execute(())?;
        }
    }
    Ok(rate(CLIENTS * WRITES_EACH, start.elapsed().as_secs_f64()))
}

fn put(db: &Connection, session: &Session) -> Outcome<()> {
    let Revision(revision) = session.revision;
    let written = db.prepare_cached(REPLACE)?.execute(params![
        session.id.as_bytes(),
        session.account.as_bytes(),
        session.created_at.as_micros(),
        i64::try_from(revision)?,
        session.secret.as_bytes(),
        i64::try_from(session.epoch)?,
        session.carrier.as_str(),
        session.client.agent,
        session.client.address.to_string(),
        session.seen_at.as_micros(),
        session.idle_ends_at.as_micros(),
        session.ends_at.as_micros(),
        session.ended.map(|ended| ended.at.as_micros()),
        session.ended.map(|ended| ended.why.as_str()),
        session.ratchet.generation,
        session.ratchet.spent.map(|Branch(branch)| branch),
    ])?;
    if written == 1 { Ok(()) } else { Err("nobody else rewrites it".into()) }
}

/// As the store's own.
const REPLACE: &str = "UPDATE session SET revision = ?4, secret = ?5, epoch = ?6, carrier = ?7, agent = ?8, address = ?9, seen_at = ?10,
    idle_ends_at = ?11, ends_at = ?12, ended_at = ?13, ended_why = ?14,
    generation = ?15, spent = ?16
    WHERE id = ?1 AND revision = ?4 - 1 AND account = ?2 AND created_at = ?3";

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time")]
fn now() -> Instant {
    Instant::now()
}

fn rate(writes: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(writes).unwrap_or(u32::MAX)) / seconds
}

fn per(writes: usize, commits: u64) -> f64 {
    rate(writes, f64::from(u32::try_from(commits).unwrap_or(u32::MAX)))
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
