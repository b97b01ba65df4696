//! Signing in as fast as it goes, beside raw hashing on the same cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use bitjang::hashing::Size;
use bitjang_core::Carrier;
use bitjang_core::password::{Parameters, Password, PasswordHash, Verdict, Workbench};
use rustix::process::{getpriority_process, setpriority_process};

use crate::client::{Client, sign_in};
use crate::clock::{now, per_second};
use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::seed::{PASSWORD, PEOPLE, hash, password, person};
use crate::series::Series;

/// How far the hashing threads of the server step back. Raw hashing does the same, so that whatever else runs here weighs on both alike.
const NICENESS: i32 = 10;

/// Until every client has a request in the queue.
const WARM_UP: Duration = Duration::from_millis(500);

/// Sign-ins a second, beside hashes a second.
pub(crate) fn measure(port: u16, plan: Plan) -> Result<Row> {
    let (mut ours, mut other) = (Series::default(), Series::default());
    for _ in 0..plan.rounds {
        ours.push(sign_ins_per_second(port, 3 * plan.span)?);
        other.push(hashes_per_second(3 * plan.span)?);
    }
    let what = "sign-ins by 64 clients; raw Argon2id on a thread for each core";
    Ok(Row {
        what: what.into(),
        unit: Unit::of("/s"),
        ours,
        other: Some(other),
        target: Target::AtLeast(0.95),
    })
}

fn sign_ins_per_second(port: u16, span: Duration) -> Result<f64> {
    let crowd = Crowd::gather(port);
    thread::sleep(WARM_UP);
    let (began_at, before) = (now(), crowd.signed_in());
    thread::sleep(span);
    let rate = per_second(crowd.signed_in() - before, began_at.elapsed());
    crowd.disperse()?;
    Ok(rate)
}

/// Clients that sign in again and again, each to an account of its own.
pub(crate) struct Crowd {
    members: Vec<JoinHandle<Result<()>>>,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Tally {
    signed_in: AtomicUsize,
    enough: AtomicBool,
}

impl Crowd {
    /// Sets all of them going.
    pub(crate) fn gather(port: u16) -> Self {
        let tally = Arc::<Tally>::default();
        let member = |number| {
            let tally = Arc::clone(&tally);
            thread::spawn(move || keep_signing_in(port, &person(number), &tally))
        };
        Self { members: (0..PEOPLE).map(member).collect(), tally }
    }

    fn signed_in(&self) -> usize {
        self.tally.signed_in.load(Ordering::Relaxed)
    }

    /// Sends them home; an error if any was turned away.
    pub(crate) fn disperse(self) -> Result<()> {
        self.tally.enough.store(true, Ordering::Relaxed);
        self.members.into_iter().try_for_each(joined)
    }
}

fn keep_signing_in(port: u16, identifier: &str, tally: &Tally) -> Result<()> {
    let (mut client, request) = (Client::connect(port)?, sign_in(identifier, PASSWORD, Carrier::Cookie));
    while !tally.enough.load(Ordering::Relaxed) {
        let status = client.ask(&request)?;
        ensure!(status == 201, "a sign-in was answered with {status}");
        tally.signed_in.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn hashes_per_second(span: Duration) -> Result<f64> {
    let against = hash()?;
    let hashing = |_| {
        let against = against.clone();
        thread::spawn(move || keep_hashing(&against, span))
    };
    let threads: Vec<_> = (0..Size::default().threads.get()).map(hashing).collect();
    threads.into_iter().map(joined).sum()
}

fn keep_hashing(against: &PasswordHash, span: Duration) -> Result<f64> {
    // On Linux niceness belongs to the thread, and "no process" means the calling one (setpriority(2), notes).
    setpriority_process(None, getpriority_process(None)? + NICENESS)?;
    let (password, mut bench): (Password, _) = (password()?, Workbench::default());
    let mut check = || bench.check(&password, against, Parameters::default());
    // The first takes fresh memory, as no later one does.
    ensure!(check() == Verdict::Right, "the password is another");
    let (began_at, mut hashes) = (now(), 0);
    while began_at.elapsed() < span {
        check();
        hashes += 1;
    }
    Ok(per_second(hashes, began_at.elapsed()))
}

/// What `thread` has to tell.
pub(crate) fn joined<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a client panicked"))?
}
