//! Two servers on one database: what one does, the other knows; and what both do while the database is gone.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and this one measures"
)]

use std::thread;
use std::time::{Duration, Instant};

use bitjang_store::testing::Server as Postgres;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::process::{PASSWORD, Server, good};

/// How old the memory of these servers may be.
const STALENESS: Duration = Duration::from_secs(2);

struct Fleet {
    one: Server,
    other: Server,
    address: String,
    folder: TempDir,
}

fn fleet() -> Fleet {
    fleet_on(Postgres::shared().unwrap().database().unwrap())
}

fn fleet_on(address: String) -> Fleet {
    let folder = tempdir().unwrap();
    Fleet {
        one: Server::start_on(&folder, &address),
        other: Server::start_on(&folder, &address),
        address,
        folder,
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
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        thread::yield_now();
    }
    began.elapsed()
}

#[test]
fn who_signs_in_at_one_server_is_known_at_the_other() {
    let Fleet { one, other, .. } = fleet();
    let cookie = cookie(&one.sign_up("mina", "cookie"));
    assert_eq!((one.check(&cookie), other.check(&cookie)), ("200".into(), "200".into()));
    let csrf = |server: &Server| json(&server.get_with_cookie("/v1/csrf", &cookie));
    assert_eq!(csrf(&one), csrf(&other), "a page may send its requests to either");
    assert_eq!(other.sign_in("mina", PASSWORD), "201");
}

#[test]
fn a_refresh_hops_between_servers_and_a_thief_is_caught_at_either() {
    let Fleet { one, other, .. } = fleet();
    let mut tokens = json(&one.sign_up("mina", "bearer"));
    let mut first = String::new();
    for hop in 0..50 {
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let (near, far) = if hop % 2 == 0 { (&one, &other) } else { (&other, &one) };
        tokens = json(&near.refresh(&refresh));
        let access = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        assert_eq!(
            status(&far.send("GET /v1/session", &[("Authorization", &access)], "")),
            "200",
            "hop {hop}"
        );
        if hop == 10 {
            first = refresh;
        }
    }
    let reused = other.refresh(&first);
    assert_eq!((status(&reused), json(&reused)["code"].as_str()), ("401", Some("token_reuse")));
    assert_eq!(status(&one.refresh(tokens["refresh_token"].as_str().unwrap())), "401");
}

#[test]
fn of_fifty_refreshes_at_once_over_two_servers_none_signs_anybody_out() {
    let Fleet { one, other, .. } = fleet();
    let first = json(&one.sign_up("mina", "bearer"))["refresh_token"].as_str().unwrap().to_owned();
    let answers: Vec<String> = thread::scope(|scope| {
        let asking: Vec<_> = [&one, &other]
            .into_iter()
            .cycle()
            .take(50)
            .map(|server| {
                let first = &first;
                scope.spawn(move || server.refresh(first))
            })
            .collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| status(answer) == "200"), "{answers:?}");
    let any = json(answers.last().unwrap());
    assert_eq!(status(&other.refresh(any["refresh_token"].as_str().unwrap())), "200");
}

#[test]
fn a_sign_out_at_one_server_is_refused_at_the_other_within_a_moment() {
    let Fleet { one, other, .. } = fleet();
    one.sign_up("mina", "cookie");
    let mut took: Vec<Duration> = (0..100)
        .map(|trial| {
            let (here, there) = if trial % 2 == 0 { (&one, &other) } else { (&other, &one) };
            let cookie = cookie(&here.answer_to_sign_in("mina", PASSWORD));
            assert_eq!([here.check(&cookie), there.check(&cookie), there.check(&cookie)], ["200"; 3]);
            here.sign_out(&cookie);
            let took = until("it is refused", || there.check(&cookie) == "401");
            assert_eq!([here.check(&cookie), there.check(&cookie)], ["401"; 2], "for good");
            took
        })
        .collect();
    took.sort_unstable();
    println!("refused at the other server: p50 {:?}, p99 {:?}, last {:?}", took[50], took[98], took[99]);
    assert!(took[50] < Duration::from_millis(500), "being told, not looking now and then");
    assert!(took[99] < STALENESS);
}

#[test]
fn fifty_sign_ups_of_one_name_over_two_servers_make_one_account() {
    let Fleet { one, other, address, folder } = fleet();
    let statuses: Vec<String> = thread::scope(|scope| {
        let asking: Vec<_> = [&one, &other]
            .into_iter()
            .cycle()
            .take(50)
            .map(|server| scope.spawn(|| status(&server.sign_up("mina", "cookie")).to_owned()))
            .collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let count = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert_eq!((count("201"), count("409")), (1, 49), "{statuses:?}");
    let listed = good(folder.path(), &["account", "list", "--json", "--store-url", &address], "");
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

#[test]
fn what_the_operator_does_at_the_database_every_server_hears() {
    let Fleet { one, other, address, folder } = fleet();
    let cookie = cookie(&one.sign_up("mina", "cookie"));
    assert_eq!([one.check(&cookie), other.check(&cookie), other.check(&cookie)], ["200"; 3]);
    let roles =
        |server: &Server| json(&server.get_with_cookie("/v1/session", &cookie))["account"]["roles"].clone();
    good(folder.path(), &["account", "roles", "mina", "admin", "--store-url", &address], "");
    for server in [&one, &other] {
        until("the roles are there", || roles(server) == serde_json::json!(["admin"]));
    }
    good(folder.path(), &["account", "disable", "mina", "--store-url", &address], "");
    for server in [&one, &other] {
        until("it is refused", || server.check(&cookie) == "401");
    }
}

#[test]
fn while_the_database_is_gone_nobody_is_signed_out_and_nobody_is_lied_to() {
    let postgres = Postgres::start("").unwrap();
    let Fleet { one, other, .. } = fleet_on(postgres.database().unwrap());
    let cookie = cookie(&one.sign_up("mina", "cookie"));
    assert_eq!([one.check(&cookie), other.check(&cookie), other.check(&cookie)], ["200"; 3]);
    postgres.stop().unwrap();
    until("the bound is over", || match other.check(&cookie).as_str() {
        "200" => false,
        status => {
            assert_eq!(status, "503", "from memory, or not at all");
            true
        }
    });
    for answer in [
        other.get_with_cookie("/v1/session", &cookie),
        one.answer_to_sign_in("mina", PASSWORD),
        one.get("/readyz"),
    ] {
        assert_eq!(status(&answer), "503", "{answer}");
        assert!(answer.contains("retry-after: ") && !answer.contains("set-cookie"), "{answer}");
    }
    assert!(one.get("/healthz").starts_with("HTTP/1.1 200 "));
    postgres.start_again().unwrap();
    for server in [&one, &other] {
        until("it goes on", || server.check(&cookie) == "200");
        until("it is ready", || status(&server.get("/readyz")) == "200");
        assert_eq!(server.sign_in("mina", PASSWORD), "201");
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
