//! How soon a sign-out at one server is known at all.
//!
//! `BITJANG_TEST_FLEET_TRIALS` says how often to try; 30 times unless it says otherwise.

use std::thread;
use std::time::{Duration, Instant};

use super::client::Held;
use super::line::{Heard, Line, Reply, ask, request};
use super::traffic::{number, report};
use super::{Fleet, PASSWORD};

/// How long a client waits before it asks again: what is measured is no finer.
const BETWEEN: Duration = Duration::from_micros(500);

/// One client's connections.
struct Desk {
    addresses: Vec<String>,
    lines: Vec<Option<Line>>,
}

impl Desk {
    fn ask(&mut self, nth: usize, line: &str, headers: &str, json: &str) -> Reply {
        let address = &self.addresses[nth];
        asked(&mut self.lines[nth], address, line, headers, json)
    }
}

fn asked(kept: &mut Option<Line>, address: &str, line: &str, headers: &str, json: &str) -> Reply {
    let headers = headers.replace("{origin}", &address.replace("127.0.0.1", "http://localhost"));
    match ask(kept, address, &request(line, &headers, json)) {
        Heard::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_out_at_one_server_is_refused_at_all_three_within_a_second_in_every_trial() {
    let fleet = Fleet::start();
    fleet.servers[0].sign_up("mina", "cookie");
    let mut desk = Desk { addresses: fleet.addresses(), lines: vec![None, None, None] };
    let trials = number("BITJANG_TEST_FLEET_TRIALS", 30);
    let mut took: Vec<_> = (0..trials).map(|trial| refused_after(&mut desk, trial)).collect();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    report(
        &format!("sign-out at one server, refused at all three, {trials} trials"),
        format!("p50 {:.1?}, p99 {:.1?}, max {:.1?}", at(50), at(99), at(100)),
    );
    assert!(at(100) < Duration::from_secs(1), "{took:?}");
}

/// How long after the answer to a sign-out the last server refuses.
fn refused_after(desk: &mut Desk, trial: u64) -> Duration {
    let (here, carrier) =
        (usize::try_from(trial % 3).unwrap(), ["cookie", "bearer"][usize::from(trial % 2 == 1)]);
    let body =
        serde_json::json!({"identifier": "mina", "password": PASSWORD, "carrier": carrier}).to_string();
    let held = Held::of(&desk.ask(here, "POST /v1/session", "", &body));
    let headers = held.headers();
    for nth in [0, 1, 2, 0, 1, 2] {
        assert_eq!(desk.ask(nth, "GET /v1/session", &headers, "").status, 200, "trial {trial}");
    }
    assert_eq!(desk.ask(here, "DELETE /v1/session", &headers, "").status, 204, "trial {trial}");
    let told = Instant::now();
    let refused = thread::scope(|scope| {
        let each = desk.lines.iter_mut().zip(&desk.addresses);
        let asking: Vec<_> = each
            .map(|(line, address)| {
                let headers = &headers;
                scope.spawn(move || {
                    while asked(line, address, "GET /v1/session", headers, "").status != 401 {
                        assert!(told.elapsed() < Duration::from_secs(30), "it is never refused");
                        // Without it, the asking and the asked have two cores to themselves, and the database waits.
                        thread::sleep(BETWEEN);
                    }
                    told.elapsed()
                })
            })
            .collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    for nth in [0, 1, 2] {
        assert_eq!(desk.ask(nth, "GET /v1/session", &headers, "").status, 401, "trial {trial}: for good");
    }
    refused.into_iter().max().unwrap()
}
