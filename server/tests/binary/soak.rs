//! A mixed load with storms of sign-ins: memory stays flat, each session is one row, what is over is swept away.
//!
//! `BITJANG_TEST_SOAK_SECONDS` says for how long; 30 seconds unless it says otherwise.
#![expect(
    clippy::disallowed_methods,
    reason = "how long it goes on, and how long answers take, the clock of the machine says"
)]

use std::env;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::fleet::json as answered;
use crate::process::{PASSWORD, Server, bitjang, good};
use crate::program::Program;

/// Accounts, each with somebody who uses it all the time.
const PEOPLE: usize = 4;
/// How often somebody refreshes before they sign out.
const REFRESHES: usize = 5;
/// What somebody thinks before each request.
const THOUGHT: Duration = Duration::from_millis(200);
/// Sign-ins at once in a storm.
const STORM: usize = 20;
/// From one storm to the next.
const LULL: Duration = Duration::from_secs(8);
/// How long an access token lasts here: after that its revocation is to be forgotten.
const ACCESS: u64 = 5;
/// How often the server sweeps.
const SWEEP: u64 = 60;
/// The most that a session may take on the disk, with its place in the indices, in bytes.
const ROW: u64 = 1_024;
/// What the files hold without any session, and what waits to be checkpointed.
const FILES: u64 = 16 * 1_024 * 1_024;
/// How much memory may grow from the middle to the end, in KiB: 32 MiB, and what the copies of the sessions begun meanwhile take.
const GROWTH: u64 = 32 * 1_024;
/// What the server remembers of a session, in KiB, at the most.
const REMEMBERED: u64 = 2;

#[test]
fn memory_and_files_stay_as_they_are_under_a_mixed_load() {
    let (folder, seconds) = (tempdir().unwrap(), seconds());
    let server = start(&folder);
    for person in 0..PEOPLE {
        good(folder.path(), &["account", "add", &format!("person{person}"), "--password-stdin"], PASSWORD);
    }
    let sessions = AtomicU64::new(0);
    let half = Duration::from_secs(seconds) / 2;
    live(&server, &sessions, half);
    let (middle, begun) = (memory(&server), sessions.load(Ordering::SeqCst));
    let earlier = p99(&server);
    live(&server, &sessions, half);
    let (end, later) = (memory(&server), p99(&server));
    let all = sessions.load(Ordering::SeqCst);
    server.stop();
    let files = size(&folder);
    let (rows, revocations) = rows(&folder);
    note(&format!(
        "{seconds}\t{all}\t{middle}\t{end}\t{files}\t{rows}\t{revocations}\t{earlier:?}\t{later:?}\n"
    ));
    assert!(end < middle + GROWTH + (all - begun) * REMEMBERED, "{middle} KiB became {end} KiB");
    assert_eq!(rows, all, "one row for each session, however often it was refreshed");
    assert!(files < FILES + all * ROW, "{files} bytes for {all} sessions");
    assert!(
        revocations <= all.min(all * 2 * (ACCESS + SWEEP) / seconds),
        "{revocations} of {all} are still there"
    );
}

fn seconds() -> u64 {
    env::var("BITJANG_TEST_SOAK_SECONDS").map_or(30, |seconds| seconds.parse().unwrap())
}

fn start(folder: &TempDir) -> Server {
    let mut command = bitjang(folder.path(), &["serve"]);
    command.env("BITJANG_TOKENS__ACCESS_SECONDS", ACCESS.to_string()).env("BITJANG_LOG__LEVEL", "warn");
    for limit in ["PAIR", "ACCOUNT", "ADDRESS"] {
        command.env(format!("BITJANG_LIMITS__{limit}_ATTEMPTS"), "1000000");
    }
    // Argon2id at its real price: a storm must not starve those who are signed in.
    command.env_remove("BITJANG_PASSWORD__MEMORY_KIB").env_remove("BITJANG_PASSWORD__ITERATIONS");
    Server::start_as(command)
}

/// Everybody lives for a while, and now and then all want to sign in at once.
fn live(server: &Server, sessions: &AtomicU64, long: Duration) {
    let begun = Instant::now();
    thread::scope(|scope| {
        for person in 0..PEOPLE {
            scope.spawn(move || {
                while begun.elapsed() < long {
                    a_day_of(server, &format!("person{person}"), sessions);
                }
            });
        }
        while begun.elapsed() < long {
            storm(server, sessions);
            thread::sleep(LULL.min(long.saturating_sub(begun.elapsed())));
        }
    });
}

fn a_day_of(server: &Server, person: &str, sessions: &AtomicU64) {
    assert!(server.sign_in(person, "not the password").starts_with(['4', '5']));
    let body = json!({"identifier": person, "password": PASSWORD, "carrier": "bearer"}).to_string();
    let answer = server.send("POST /v1/session", &[], &body);
    // Where the queue is full of a storm's passwords, one comes again.
    if answer.starts_with("HTTP/1.1 503 ") {
        return;
    }
    sessions.fetch_add(1, Ordering::SeqCst);
    let mut program = Program::of(&answered(&answer));
    for _ in 0..REFRESHES {
        thread::sleep(THOUGHT);
        assert_eq!(program.refresh(server).0, 200);
        thread::sleep(THOUGHT);
        assert_eq!(program.call(server, "GET /v1/session"), 200);
    }
    thread::sleep(THOUGHT);
    assert_eq!(program.call(server, "DELETE /v1/session"), 204);
}

fn storm(server: &Server, sessions: &AtomicU64) {
    thread::scope(|scope| {
        for number in 0..STORM {
            scope.spawn(move || {
                let status = server.sign_in(&format!("person{}", number % PEOPLE), PASSWORD);
                match status.as_str() {
                    "201" => drop(sessions.fetch_add(1, Ordering::SeqCst)),
                    status => assert!(["429", "503"].contains(&status), "{status}"),
                }
            });
        }
    });
}

/// Of a request that needs no password.
fn p99(server: &Server) -> Duration {
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            server.get("/readyz");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(198).copied().unwrap_or_default()
}

fn memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn size(folder: &TempDir) -> u64 {
    let files = fs::read_dir(folder.path().join("bitjang-data")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

/// Sessions and revocations.
fn rows(folder: &TempDir) -> (u64, u64) {
    let database = Connection::open(folder.path().join("bitjang-data/bitjang.db")).unwrap();
    let count = |table| {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
    };
    (count("session"), count("revocation"))
}

/// Writes the figures down where `BITJANG_TEST_FIGURES` says.
fn note(line: &str) {
    if let Some(path) = env::var_os("BITJANG_TEST_FIGURES") {
        fs::write(path, line).unwrap();
    }
}
