//! Three servers on one database: what one does, the others know; and what all do while the database, Redis or one of them fails.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test that cannot go on has failed, and this one measures"
)]

mod apps;
mod client;
mod clocks;
mod failover;
mod history;
mod line;
mod outages;
mod paused;
mod redis;
mod rolling;
mod sign_out;
mod traffic;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bitjang_store::testing::Server as Postgres;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::process::{PASSWORD, Server, bitjang, good};

/// How old the memory of these servers may be.
const STALENESS: Duration = Duration::from_secs(2);

/// Servers that behave as one.
struct Fleet {
    servers: Vec<Server>,
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    address: String,
}

impl Fleet {
    /// Three servers on a database of their own.
    fn start() -> Self {
        Self::start_on(Postgres::shared().unwrap().database().unwrap())
    }

    /// Three servers on the database at `address`.
    fn start_on(address: String) -> Self {
        Self::start_with(address, Vec::new())
    }

    /// Three servers on the database at `address`, with these variables beside the usual ones.
    fn start_with(address: String, settings: Vec<(&'static str, String)>) -> Self {
        let mut fleet = Self { servers: Vec::new(), settings, folder: tempdir().unwrap(), address };
        fleet.servers = (0..3).map(|_| Server::start_as(fleet.command("127.0.0.1:0"))).collect();
        fleet
    }

    /// What starts a server of these, to listen there.
    fn command(&self, listen: &str) -> Command {
        let mut command = bitjang(self.folder.path(), &["serve", "--store-url", &self.address]);
        command
            .env("BITJANG_LISTEN", listen)
            .env("BITJANG_TOKENS__ISSUER", "http://localhost")
            .env("BITJANG_TOKENS__AUDIENCE", "http://localhost")
            .env("BITJANG_TOKENS__MAX_STALENESS_SECONDS", STALENESS.as_secs().to_string())
            // Attempts that a failure leaves counted are not given back.
            .env("BITJANG_LIMITS__PAIR_ATTEMPTS", "100000")
            .env("BITJANG_LIMITS__ADDRESS_ATTEMPTS", "100000")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Takes one of them down without warning, and starts it again at the same address.
    fn restart(&mut self, nth: usize) {
        let address = self.servers[nth].address.clone();
        self.servers.remove(nth).kill();
        self.servers.insert(nth, Server::start_as(self.command(&address)));
    }

    fn addresses(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.address.clone()).collect()
    }

    /// What each server answers.
    fn each<T>(&self, ask: impl FnMut(&Server) -> T) -> Vec<T> {
        self.servers.iter().map(ask).collect()
    }

    /// What is answered when all are asked at once, in turn, `times` in all.
    fn at_once(&self, times: usize, ask: impl Fn(&Server) -> String + Sync) -> Vec<String> {
        let ask = &ask;
        thread::scope(|scope| {
            let servers = self.servers.iter().cycle().take(times);
            let asking: Vec<_> = servers.map(|server| scope.spawn(move || ask(server))).collect();
            asking.into_iter().map(|asked| asked.join().unwrap()).collect()
        })
    }
}

impl Server {
    pub(crate) fn sign_up(&self, identifier: &str, carrier: &str) -> String {
        let body =
            format!(r#"{{"identifier":"{identifier}","password":"{PASSWORD}","carrier":"{carrier}"}}"#);
        self.send("POST /v1/accounts", &[], &body)
    }

    pub(crate) fn refresh(&self, token: &str) -> String {
        self.send("POST /v1/session/refresh", &[], &format!(r#"{{"refresh_token":"{token}"}}"#))
    }

    /// Ends the session of this cookie, as a page of this server does.
    pub(crate) fn sign_out(&self, cookie: &str) {
        let origin = format!("http://{}", self.address.replace("127.0.0.1", "localhost"));
        let token =
            json(&self.get_with_cookie("/v1/csrf", cookie))["csrf_token"].as_str().unwrap().to_owned();
        let headers = [("Cookie", cookie), ("Origin", &origin), ("X-CSRF-Token", &token)];
        let answer = self.send("DELETE /v1/session", &headers, "");
        assert_eq!(status(&answer), "204", "{answer}");
    }

    /// Whom this server takes for the owner of the cookie, as a status.
    pub(crate) fn check(&self, cookie: &str) -> String {
        status(&self.get_with_cookie("/v1/session", cookie)).to_owned()
    }
}

pub(crate) fn status(answer: &str) -> &str {
    &answer[9..12]
}

pub(crate) fn json(answer: &str) -> Value {
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

pub(crate) fn cookie(answer: &str) -> String {
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(answer);
    set.split(';').next().unwrap().to_owned()
}

/// Asks again and again until the answer is yes, and says how long that took.
pub(crate) fn until(what: &str, mut ask: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !ask() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(1));
    }
    began.elapsed()
}

#[test]
fn who_signs_in_at_one_server_is_known_at_all_at_once() {
    let fleet = Fleet::start();
    fleet.servers[0].sign_up("mina", "cookie");
    for trial in 0..30 {
        let cookie = cookie(&fleet.servers[trial % 3].answer_to_sign_in("mina", PASSWORD));
        let statuses = fleet.each(|server| server.check(&cookie));
        assert_eq!(statuses, ["200"; 3], "trial {trial}");
        let csrf = fleet.each(|server| json(&server.get_with_cookie("/v1/csrf", &cookie)));
        assert!(csrf.iter().all(|token| *token == csrf[0]), "a page may send its requests to any");
    }
    assert_eq!(fleet.each(|server| server.sign_in("mina", PASSWORD)), ["201"; 3]);
}

#[test]
fn a_refresh_hops_between_servers_and_a_thief_is_caught_at_any() {
    let fleet = Fleet::start();
    let mut tokens = json(&fleet.servers[0].sign_up("mina", "bearer"));
    let mut first = String::new();
    for hop in 0..50 {
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        tokens = json(&fleet.servers[hop % 3].refresh(&refresh));
        let access = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let checks = fleet.each(|server| {
            status(&server.send("GET /v1/session", &[("Authorization", &access)], "")).to_owned()
        });
        assert_eq!(checks, ["200"; 3], "hop {hop}");
        if hop == 10 {
            first = refresh;
        }
    }
    let reused = fleet.servers[1].refresh(&first);
    assert_eq!((status(&reused), json(&reused)["code"].as_str()), ("401", Some("token_reuse")));
    let last = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(fleet.each(|server| status(&server.refresh(last)).to_owned()), ["401"; 3]);
}

#[test]
fn of_fifty_refreshes_at_once_over_three_servers_one_turns_and_nobody_is_signed_out() {
    let fleet = Fleet::start();
    let mut token =
        json(&fleet.servers[0].sign_up("mina", "bearer"))["refresh_token"].as_str().unwrap().to_owned();
    for round in 1..=4 {
        let answers = fleet.at_once(50, |server| server.refresh(&token));
        assert!(answers.iter().all(|answer| status(answer) == "200"), "{answers:?}");
        assert_eq!((counted(&fleet, "turn"), counted(&fleet, "again")), (round, 49 * round));
        // Any of the siblings is good.
        let any = &answers[usize::try_from(12 * round).unwrap()];
        json(any)["refresh_token"].as_str().unwrap().clone_into(&mut token);
    }
    assert_eq!(status(&fleet.servers[2].refresh(&token)), "200");
}

/// How many refreshes all servers have counted with this result.
fn counted(fleet: &Fleet, result: &str) -> u64 {
    let wanted = format!(r#"bitjang_refreshes_total{{result="{result}"}} "#);
    let of = |server: &Server| {
        let metrics = server.get_admin("/metrics");
        metrics.lines().find_map(|line| line.strip_prefix(&wanted)?.parse::<u64>().ok()).unwrap_or(0)
    };
    fleet.each(of).into_iter().sum()
}

#[test]
fn fifty_sign_ups_of_one_name_over_three_servers_make_one_account() {
    let fleet = Fleet::start();
    let statuses = fleet.at_once(50, |server| status(&server.sign_up("mina", "cookie")).to_owned());
    let count = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert_eq!((count("201"), count("409")), (1, 49), "{statuses:?}");
    let listed = ["account", "list", "--json", "--store-url", &fleet.address];
    let listed = good(fleet.folder.path(), &listed, "");
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

#[test]
fn what_the_operator_does_at_the_database_every_server_hears() {
    let fleet = Fleet::start();
    let operate = |arguments: &[&str]| {
        good(fleet.folder.path(), &[arguments, &["--store-url", &fleet.address]].concat(), "");
    };
    let cookie = cookie(&fleet.servers[0].sign_up("mina", "cookie"));
    for _remembered in 0..2 {
        assert_eq!(fleet.each(|server| server.check(&cookie)), ["200"; 3]);
    }
    let roles =
        |server: &Server| json(&server.get_with_cookie("/v1/session", &cookie))["account"]["roles"].clone();
    operate(&["account", "roles", "mina", "admin"]);
    for server in &fleet.servers {
        until("the roles are there", || roles(server) == serde_json::json!(["admin"]));
    }
    operate(&["account", "disable", "mina"]);
    for server in &fleet.servers {
        until("it is refused", || server.check(&cookie) == "401");
    }
}

#[test]
fn the_doctor_says_what_it_found_at_the_database() {
    let (folder, address) = (tempdir().unwrap(), Postgres::shared().unwrap().database().unwrap());
    let output = crate::process::run(folder.path(), &["doctor", "--store-url", &address], "");
    let told = String::from_utf8(output.stdout).unwrap();
    for line in [
        "; the first server that starts makes its tables",
        "✓ clocks: this machine's and the database's are ",
        "✗ store: fsync = off: a crash takes back sign-outs that were answered",
        "✓ clocks: no server is connected",
        "✓ isolation: read committed",
        " of 400 open; each server takes up to 17",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let output = crate::process::run(
        folder.path(),
        &["doctor", "--store-url", "postgres://me:hunter2@127.0.0.1:1/x"],
        "",
    );
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("✗ store: the database postgres://127.0.0.1:1/x cannot be reached"), "{told}");
    assert!(!told.contains("hunter2"));
}

#[test]
fn a_server_without_its_database_refuses_to_start_and_says_why() {
    let folder = tempdir().unwrap();
    let said = crate::process::bad(
        folder.path(),
        &["serve", "--store-url", "postgres://me:hunter2@127.0.0.1:1/x"],
        "",
    );
    assert!(said.contains("cannot be reached: check store.url") && !said.contains("hunter2"), "{said}");
}
