//! A server that is halted for longer than its memory may be old, and goes on.
//!
//! `BITJANG_TEST_FLEET_PAUSE_SECONDS` says for how long; a second more than the bound unless it says otherwise.

use std::time::{Duration, Instant};

use super::client::Held;
use super::line::{Line, Reply, request};
use super::traffic::{number, report};
use super::{Fleet, PASSWORD, STALENESS, Server, json, status, until};

/// How many sessions end meanwhile, and how many do not.
const EACH: usize = 10;

#[test]
fn a_server_that_was_paused_accepts_nothing_that_ended_meanwhile() {
    let fleet = Fleet::start();
    let [one, _, sleeper] = fleet.servers.as_slice() else { panic!("three servers") };
    one.sign_up("mina", "cookie");
    let sessions: Vec<_> =
        (0..2 * EACH).map(|nth| signed_in(&one.address, ["cookie", "bearer"][nth % 2])).collect();
    for held in sessions.iter().chain(&sessions) {
        assert_eq!(exchange(&sleeper.address, "GET /v1/session", held).status, 200, "and remembered");
    }
    sleeper.pause();
    let began = Instant::now();
    let (ended, kept) = sessions.split_at(EACH);
    for held in ended {
        assert_eq!(exchange(&one.address, "DELETE /v1/session", held).status, 204);
    }
    // They wait in the system's queue until it wakes.
    let early: Vec<_> = sessions.iter().map(|held| sent(sleeper, held)).collect();
    let pause = Duration::from_secs(number("BITJANG_TEST_FLEET_PAUSE_SECONDS", STALENESS.as_secs() + 1));
    until("it was long enough", || began.elapsed() > pause);
    let late: Vec<_> = sessions.iter().map(|held| sent(sleeper, held)).collect();
    sleeper.resume();
    for lines in [early, late] {
        for (nth, mut line) in lines.into_iter().enumerate() {
            let answer = line.receive().unwrap();
            // It may not know yet; it may not say yes to what has ended, nor no to what has not.
            let allowed: &[u16] = if nth < EACH { &[401, 503] } else { &[200, 503] };
            assert!(allowed.contains(&answer.status), "session {nth}: {}", answer.head);
        }
    }
    for held in kept {
        until("it goes on", || exchange(&sleeper.address, "GET /v1/session", held).status == 200);
    }
    for held in ended {
        assert_eq!(exchange(&sleeper.address, "GET /v1/session", held).status, 401);
    }
    report(
        &format!("a server paused for {} s, {EACH} sessions ended meanwhile", pause.as_secs()),
        format!("{} first answers, none accepted what had ended", 4 * EACH),
    );
}

fn signed_in(address: &str, carrier: &str) -> Held {
    let body =
        serde_json::json!({"identifier": "mina", "password": PASSWORD, "carrier": carrier}).to_string();
    Held::of(&exchanged(address, &request("POST /v1/session", "", &body)))
}

fn exchange(address: &str, line: &str, held: &Held) -> Reply {
    exchanged(address, &asking(address, line, held))
}

fn asking(address: &str, line: &str, held: &Held) -> String {
    let origin = address.replace("127.0.0.1", "http://localhost");
    request(line, &held.headers().replace("{origin}", &origin), "")
}

fn exchanged(address: &str, request: &str) -> Reply {
    let mut line = Line::connect(address).unwrap();
    line.send(request).unwrap();
    line.receive().unwrap()
}

/// A question that has been sent and not been answered.
fn sent(server: &Server, held: &Held) -> Line {
    let mut line = Line::connect(&server.address).unwrap();
    line.send(&asking(&server.address, "GET /v1/session", held)).unwrap();
    line
}

#[test]
fn a_refresh_that_waits_at_a_paused_server_is_the_same_when_it_wakes() {
    let fleet = Fleet::start();
    let [one, other, sleeper] = fleet.servers.as_slice() else { panic!("three servers") };
    let token = |answer: &str| json(answer)["refresh_token"].as_str().unwrap().to_owned();
    let first = token(&one.sign_up("mina", "bearer"));
    sleeper.pause();
    let mut waiting = Line::connect(&sleeper.address).unwrap();
    let body = serde_json::json!({"refresh_token": first}).to_string();
    waiting.send(&request("POST /v1/session/refresh", "", &body)).unwrap();
    let second = token(&one.refresh(&first));
    sleeper.resume();
    assert_eq!(waiting.receive().unwrap().status, 200, "another copy of what the first answer gave");
    let third = token(&other.refresh(&second));
    assert_eq!(status(&sleeper.refresh(&third)), "200");
    assert_eq!(json(&sleeper.refresh(&first))["code"], "token_reuse", "and a thief is a thief");
}
