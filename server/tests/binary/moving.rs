//! A store that is moved while its server runs and people use it: nobody is signed out, on the way there and back, whatever is killed in between.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bitjang_core::session::contract::session;
use bitjang_core::{AccountId, Entropy};
use bitjang_guard::verifier::{Refused, Verifier};
use bitjang_store::StoreUrl;
use bitjang_store::testing::Server as Postgres;
use tempfile::{TempDir, tempdir};
use tokio::runtime::Runtime;

use crate::fleet::{cookie, status, until};
use crate::process::{PASSWORD, Server, bad, bitjang, good, run};
use crate::program::Program;
use crate::restored::Door;

const HERE: &str = "embedded:bitjang-data";
const BACK: &str = "embedded:back-again";

/// Many sessions of one account that is nobody's, so that a move takes its time.
fn crowd(runtime: &Runtime, folder: &TempDir, sessions: usize) {
    let url = StoreUrl::Embedded(folder.path().join("bitjang-data"));
    runtime.block_on(async {
        let store = bitjang_store::open(&url, Duration::from_secs(10)).await.unwrap();
        let dice: &dyn Entropy = &bitjang::world::SystemEntropy;
        let nobody = AccountId::from_bytes([7; 16]);
        let long = |begun| bitjang_core::Session {
            idle_ends_at: bitjang_core::Time::from_micros(i64::MAX),
            ends_at: bitjang_core::Time::from_micros(i64::MAX),
            ..session(nobody, begun, dice)
        };
        let made = (0..sessions).map(|_| store.sessions.insert(long(1)));
        for made in bitjang_core::testing::together(made).await {
            made.unwrap();
        }
    });
}

/// What somebody had in hand before the move.
struct Person {
    cookie: String,
    program: Program,
}

impl Person {
    fn at(server: &Server, name: &str) -> Self {
        let cookie = cookie(&server.sign_up(name, "cookie"));
        Self { cookie, program: Program::signed_in(server, name) }
    }

    fn is_signed_in(&mut self, server: &Server) {
        assert_eq!(server.check(&self.cookie), "200", "the session cookie");
        assert_eq!(self.program.call(server, "GET /v1/session"), 200, "the access token");
        assert_eq!(self.program.refresh(server).0, 200, "the refresh token");
        assert_eq!(self.program.call(server, "GET /v1/session"), 200);
    }
}

/// Uses the server until told to stop, counting what was done, and finds it as it should be: reads go on, writes are done or put off.
fn use_it(server: &Server, mina: &Person, done: &AtomicU64, stop: &AtomicBool) {
    let mut program = mina.program.clone();
    while !stop.load(Ordering::SeqCst) {
        assert_eq!(server.check(&mina.cookie), "200", "reads go on");
        match program.refresh(server) {
            (200, _) => drop(done.fetch_add(1, Ordering::SeqCst)),
            (503, code) if code == "unavailable" => {}
            other => panic!("nobody is signed out: {other:?}"),
        }
        let answer = server.answer_to_sign_in("mina", PASSWORD);
        match status(&answer) {
            "201" => drop(done.fetch_add(1, Ordering::SeqCst)),
            "503" => {
                assert!(answer.contains("retry-after: ") && !answer.contains("set-cookie"), "{answer}");
            }
            _ => panic!("{answer}"),
        }
    }
}

fn move_store(folder: &Path, from: &str, to: &str) -> String {
    good(folder, &["store", "move", "--from", from, "--to", to], "")
}

#[test]
fn nobody_is_signed_out_by_a_move_to_a_database_and_back() {
    let (folder, runtime, door) = (tempdir().unwrap(), Runtime::new().unwrap(), Door::open());
    let database = Postgres::shared().unwrap().database().unwrap();
    crowd(&runtime, &folder, 3_000);
    let mut server = door.start_on(&folder, HERE);
    let mut people = ["mina", "jun", "sora"].map(|name| Person::at(&server, name));
    let verifier = {
        let _entered = runtime.enter();
        Verifier::follow(&door.url()).start().unwrap()
    };
    runtime.block_on(verifier.ready());
    let gone = Program::signed_in(&server, "jun");
    assert_eq!(gone.call(&server, "DELETE /v1/session"), 204);
    until("the verifier hears", || verifier.verify(&gone.access_token).err() == Some(Refused::Revoked));

    for (from, to) in [(HERE, database.as_str()), (database.as_str(), BACK)] {
        // Each program turns its own tokens: whoever forks is a thief.
        let busy = Person { cookie: people[0].cookie.clone(), program: Program::signed_in(&server, "mina") };
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let told = thread::scope(|scope| {
            let using = scope.spawn(|| use_it(&server, &busy, &done, &stop));
            until("it is used", || done.load(Ordering::SeqCst) > 0);
            let told = move_store(folder.path(), from, to);
            stop.store(true, Ordering::SeqCst);
            using.join().expect("everything was as it should be");
            told
        });
        let words: Vec<_> = told.split_whitespace().collect();
        assert!(words.windows(3).any(|words| words == ["key", "2", "sha256"]), "{told}");
        // Who has the old store open reads on, and writes nothing.
        assert_eq!(
            (server.check(&people[0].cookie).as_str(), server.sign_in("mina", PASSWORD).as_str()),
            ("200", "503")
        );
        says_that_it_is_not_ready(&server);
        server.stop();
        let said = bad(folder.path(), &["serve", "--store-url", from], "");
        assert!(said.contains("has been moved to ") && said.contains("set store.url to that"), "{said}");

        server = door.start_on(&folder, to);
        for person in &mut people {
            person.is_signed_in(&server);
        }
        assert_eq!(gone.call(&server, "GET /v1/session"), 401, "what had ended has ended");
        assert_eq!(verifier.verify(&gone.access_token).err(), Some(Refused::Revoked));
        // Whoever followed the old store hears of what ends in the new one.
        let late = Program::signed_in(&server, "sora");
        until("the verifier follows again", || verifier.verify(&late.access_token).is_ok());
        assert_eq!(late.call(&server, "DELETE /v1/session"), 204);
        until("the verifier hears", || verifier.verify(&late.access_token).err() == Some(Refused::Revoked));
        assert_eq!(verifier.health().distrusted, 0);
    }
}

/// So that a balancer sends people elsewhere; that it lives is as true as before.
fn says_that_it_is_not_ready(server: &Server) {
    let answer = server.get("/readyz");
    assert_eq!(status(&answer), "503", "{answer}");
    assert!(answer.contains("retry-after: ") && answer.contains("its store has been moved"), "{answer}");
    assert!(!answer.contains("postgres") && !answer.contains("embedded"), "not where to: {answer}");
    assert_eq!(status(&server.get("/healthz")), "200");
}

/// A mover, as a process that can be killed.
fn mover(folder: &Path, from: &str, to: &str) -> Child {
    let mut command = bitjang(folder, &["store", "move", "--from", from, "--to", to]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills movers, each later than the one before, until one has come to its end; how many.
fn kill_movers(folder: &Path, from: &str, to: &str, between: impl Fn()) -> usize {
    let (mut killed, mut patience) = (0, Duration::from_millis(30));
    loop {
        let mut mover = mover(folder, from, to);
        // Wherever it is by then.
        thread::sleep(patience);
        mover.kill().unwrap();
        if mover.wait().unwrap().signal().is_none() {
            return killed;
        }
        (killed, patience) = (killed + 1, patience.mul_f64(1.4));
        between();
    }
}

#[test]
fn movers_that_are_killed_leave_the_old_store_in_use_until_one_comes_to_its_end() {
    let (folder, runtime) = (tempdir().unwrap(), Runtime::new().unwrap());
    let database = Postgres::shared().unwrap().database().unwrap();
    crowd(&runtime, &folder, 3_000);
    let door = Door::open();
    let mut server = door.start_on(&folder, HERE);
    let mut mina = Person::at(&server, "mina");
    for (from, to) in [(HERE, database.as_str()), (database.as_str(), BACK)] {
        let killed = kill_movers(folder.path(), from, to, || assert_eq!(server.check(&mina.cookie), "200"));
        assert!(killed > 0);
        // Perhaps it was killed when all was done but the saying so.
        let again = run(folder.path(), &["store", "move", "--from", from, "--to", to], "");
        let said = String::from_utf8(again.stderr).unwrap();
        assert!(again.status.success() || said.contains("has been moved to"), "{said}");
        server.stop();
        server = door.start_on(&folder, to);
        mina.is_signed_in(&server);
    }
}

/// Keeps whoever writes to this table of this database waiting.
struct Gate<'d> {
    database: &'d str,
    table: &'d str,
    keeper: Option<thread::JoinHandle<()>>,
}

impl<'d> Gate<'d> {
    fn shut(database: &'d str, table: &'d str) -> Self {
        let keep = format!("BEGIN; LOCK TABLE {table} IN SHARE MODE; SELECT pg_sleep(600) AS gate");
        let to = database.to_owned();
        let keeper = thread::spawn(move || {
            // It is ended.
            let _ = Postgres::shared().unwrap().run(&to, &keep);
        });
        let gate = Self { database, table, keeper: Some(keeper) };
        until("the gate is shut", || gate.count("granted AND mode <> 'AccessShareLock'") != "0");
        gate
    }

    fn count(&self, locks: &str) -> String {
        let sql =
            format!("SELECT count(*) FROM pg_locks WHERE relation = '{}'::regclass AND {locks}", self.table);
        Postgres::shared().unwrap().run(self.database, &sql).unwrap()
    }

    fn until_somebody_waits(&self) {
        until("somebody waits", || self.count("NOT granted") != "0");
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE {} %' AND datname = current_database()",
            self.table
        );
        let _ended = Postgres::shared().unwrap().run(self.database, &end);
        let _joined = self.keeper.take().map(thread::JoinHandle::join);
    }
}

/// Ends a mover without warning.
fn kill(mut mover: Child) {
    mover.kill().unwrap();
    mover.wait().unwrap();
}

/// A database with our tables, and nothing in them.
fn empty_tables(folder: &Path) -> String {
    let database = Postgres::shared().unwrap().database().unwrap();
    good(folder, &["account", "list", "--store-url", &database], "");
    Postgres::shared()
        .unwrap()
        .run(&database, "DELETE FROM bitjang.key; DELETE FROM bitjang.signer")
        .unwrap();
    database
}

#[test]
fn a_server_that_is_killed_while_its_store_is_copied_starts_again_and_the_move_goes_on() {
    let (folder, door) = (tempdir().unwrap(), Door::open());
    let database = empty_tables(folder.path());
    let server = door.start_on(&folder, HERE);
    let mut mina = Person::at(&server, "mina");
    let gate = Gate::shut(&database, "bitjang.session");
    let mut mover = mover(folder.path(), HERE, &database);
    gate.until_somebody_waits();
    server.kill();
    let server = door.start_on(&folder, HERE);
    mina.is_signed_in(&server);
    let mut jun = Person::at(&server, "jun");
    drop(gate);
    assert!(mover.wait().unwrap().success());
    server.stop();
    let server = door.start_on(&folder, &database);
    mina.is_signed_in(&server);
    jun.is_signed_in(&server);
}

#[test]
fn a_mover_that_is_killed_between_the_two_marks_leaves_no_store_in_use_and_is_run_again() {
    let (folder, door) = (tempdir().unwrap(), Door::open());
    let database = empty_tables(folder.path());
    let server = door.start_on(&folder, HERE);
    let mut mina = Person::at(&server, "mina");
    let sessions = Gate::shut(&database, "bitjang.session");
    let mover = mover(folder.path(), HERE, &database);
    sessions.until_somebody_waits();
    // By now it says that the target is not whole; that it is, cannot be said while this is shut.
    let mark = Gate::shut(&database, "bitjang.relocation");
    drop(sessions);
    mark.until_somebody_waits();
    kill(mover);
    drop(mark);
    assert_eq!(
        (server.check(&mina.cookie).as_str(), server.sign_in("mina", PASSWORD).as_str()),
        ("200", "503")
    );
    server.stop();
    for (store, expected) in [
        (HERE, "has been moved to postgres://"),
        (&*database, "is not whole: it was being filled from embedded:"),
    ] {
        let said = bad(folder.path(), &["serve", "--store-url", store], "");
        assert!(said.contains(expected), "{said}");
    }
    until("the database has seen that the mover is gone", || {
        run(folder.path(), &["store", "move", "--from", HERE, "--to", &database], "").status.success()
    });
    let server = door.start_on(&folder, &database);
    mina.is_signed_in(&server);
}

#[test]
fn a_full_disk_at_the_target_is_told_and_the_server_goes_on() {
    let (folder, runtime, door) = (tempdir().unwrap(), Runtime::new().unwrap(), Door::open());
    crowd(&runtime, &folder, 3_000);
    let server = door.start_on(&folder, HERE);
    let mut mina = Person::at(&server, "mina");
    let mut limited = bitjang(folder.path(), &["store", "move", "--from", HERE, "--to", BACK]);
    let program = limited.get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    // Files of half a megabyte at most, which is what a full disk comes to; and an error instead of a signal.
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""])
        .arg(program)
        .args(limited.get_args());
    shell
        .current_dir(folder.path())
        .envs(limited.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("no room is left at embedded:"), "{said}");
    assert!(said.contains("serves on"), "{said}");
    mina.is_signed_in(&server);
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    // There is room again.
    assert!(limited.output().unwrap().status.success());
    server.stop();
    mina.is_signed_in(&door.start_on(&folder, BACK));
}

#[test]
fn a_store_that_was_left_is_taken_back_on_demand_and_signs_everybody_out() {
    let (folder, door) = (tempdir().unwrap(), Door::open());
    let server = door.start_on(&folder, HERE);
    let mut mina = Person::at(&server, "mina");
    move_store(folder.path(), HERE, BACK);
    let said = bad(folder.path(), &["store", "reopen"], "");
    assert!(said.contains("is in use by another process"), "{said}");
    server.stop();
    let told = good(folder.path(), &["store", "reopen"], "");
    assert!(told.contains("Everybody is signed out"), "{told}");
    let server = door.start_on(&folder, HERE);
    is_signed_out(&server, &mut mina);
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    let said = bad(folder.path(), &["store", "reopen"], "");
    assert!(said.contains("in use") || said.contains("has not been moved away"), "{said}");
}

fn is_signed_out(server: &Server, person: &mut Person) {
    assert_eq!(server.check(&person.cookie), "401", "the session cookie");
    assert_eq!(person.program.call(server, "GET /v1/session"), 401, "the access token");
    assert_eq!(person.program.refresh(server), (401, "signed_out".to_owned()), "the refresh token");
}

/// What somebody has whose sessions were ended after the backup was made, in each of the ways in which that happens.
#[test]
fn an_older_backup_revives_no_session_and_no_token() {
    for restored_to in [BACK.to_owned(), Postgres::shared().unwrap().database().unwrap()] {
        let (folder, door) = (tempdir().unwrap(), Door::open());
        let server = door.start_on(&folder, HERE);
        let mut people = ["mina", "jun", "sora"].map(|name| Person::at(&server, name));
        let spent = people[1].program.clone();
        let told = good(folder.path(), &["backup", "before.backup"], "");
        assert!(
            told.contains("before.backup holds what was in embedded:bitjang-data at one moment"),
            "{told}"
        );
        server.sign_out(&people[0].cookie);
        assert_eq!(people[0].program.call(&server, "DELETE /v1/session"), 204);
        assert_eq!(people[1].program.refresh(&server).0, 200, "its token is spent");
        good(folder.path(), &["account", "disable", "sora"], "");
        server.kill();

        let said = bad(folder.path(), &["restore", "before.backup"], "");
        assert!(said.contains("holds other data"), "{said}");
        let told = good(folder.path(), &["restore", "before.backup", "--store-url", &restored_to], "");
        assert!(told.contains("Everybody is signed out"), "{told}");
        let server = door.start_on(&folder, &restored_to);
        for person in &mut people {
            is_signed_out(&server, person);
        }
        assert_eq!(spent.clone().refresh(&server), (401, "signed_out".to_owned()));
        // Who checks tokens without asking trusts the keys of now, which signed none of before.
        let keys = server.get("/.well-known/jwks.json");
        for Person { program, .. } in &people {
            assert!(!keys.contains(&key_of(&program.access_token)), "{keys}");
        }
        for name in ["mina", "jun", "sora"] {
            assert_eq!(server.sign_in(name, PASSWORD), "201", "as it was when the backup was made");
        }
        let held = bad(folder.path(), &["restore", "before.backup", "--store-url", &restored_to], "");
        assert!(held.contains("in use by another process") || held.contains("servers run on"), "{held}");
    }
}

/// The name of the key that signed a token.
fn key_of(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice::<serde_json::Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_backup_goes_into_a_folder_under_the_name_of_its_moment_and_an_address_may_come_from_a_file() {
    let folder = tempdir().unwrap();
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    good(folder.path(), &["backup", "."], "");
    let named = std::fs::read_dir(folder.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let named: Vec<_> =
        named.filter(|name| name.starts_with("bitjang-2") && name.ends_with("Z.backup")).collect();
    assert_eq!(named.len(), 1, "{named:?}");
    let database = Postgres::shared().unwrap().database().unwrap().replace("postgres@", "postgres:hunter2@");
    std::fs::write(folder.path().join("to"), format!("{database}\n")).unwrap();
    let told = good(folder.path(), &["store", "move", "--to-file", "to"], "");
    assert!(
        told.contains("stop every server that runs on the old one") && !told.contains("hunter2"),
        "{told}"
    );
    let said = bad(folder.path(), &["account", "list"], "");
    assert!(said.contains("has been moved to postgres://") && !said.contains("hunter2"), "{said}");
}
