//! Clients that take up room and time: ten thousand that say nothing, and those that begin and do not go on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Besieged;
use super::wire::{END_HEADERS, END_STREAM, GET, HEADERS, Wire, frame};

/// As many as the server has seats.
const CROWD: usize = 10_000;
/// Open files that the tests need besides.
const BESIDES: u64 = 500;
/// Longer than the server waits for headers or a body, or for a client to read.
const PATIENCE: Duration = Duration::from_secs(32);

/// The beginning of a request whose body does not follow.
const BODY: &[u8] =
    b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";

/// Two crowds at once may be more than one process may have open.
static CROWDED: Mutex<()> = Mutex::new(());

/// For as long as a crowd is here.
fn room_for_a_crowd() -> MutexGuard<'static, ()> {
    let alone = CROWDED.lock().unwrap_or_else(PoisonError::into_inner);
    raise_open_files();
    alone
}

fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let needed = CROWD as u64 + BESIDES;
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(
        most >= needed,
        "{CROWD} connections need {needed} open files, but only {most} may be open here: raise the hard limit (ulimit -Hn)"
    );
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit }).unwrap();
}

#[test]
fn ten_thousand_who_say_nothing_turn_nobody_away() {
    let _alone = room_for_a_crowd();
    let besieged = Besieged::start();
    besieged.outlasts("10,500 idle HTTP/2 connections", |address| {
        // Which are not given up for a while: they have begun, and need not say more.
        let crowd: Vec<_> = (0..CROWD + 500).map(|_| Wire::http2(address)).collect();
        besieged.healthy().asks_for(Duration::from_secs(1));
        drop(crowd);
    });
}

#[test]
fn ten_thousand_who_are_slow_to_send_a_body_turn_nobody_away() {
    let _alone = room_for_a_crowd();
    let besieged = Besieged::start();
    besieged.outlasts("10,500 bodies that are slow to arrive", |address| {
        let crowd = slow(address, CROWD + 500, BODY);
        besieged.healthy().asks_for(Duration::from_secs(1));
        drop(crowd);
    });
}

#[test]
fn those_who_begin_and_do_not_go_on_are_given_up_and_hold_nobody_up() {
    const MANY: usize = 50;
    const HEAD: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let besieged = Besieged::start();
    besieged.outlasts("slow headers, slow bodies, slow readers", |address| {
        let begun = Instant::now();
        let [heads, bodies] = [HEAD, BODY].map(|begin| slow(address, MANY, begin));
        let silent = slow(address, MANY, b"");
        let mut dripping: Vec<_> = heads.into_iter().chain(bodies).collect();
        let unread = deaf(address);
        while begun.elapsed() < PATIENCE {
            // One byte now and then: whoever waits for silence waits for ever.
            for wire in &mut dripping {
                wire.sends(b" ");
            }
            thread::sleep(Duration::from_secs(1));
        }
        for wire in dripping.into_iter().chain(silent).chain(unread) {
            assert!(wire.closes(), "somebody is still waited for");
        }
    });
}

fn slow(address: &str, how_many: usize, begin: &[u8]) -> Vec<Wire> {
    let one = || {
        let mut wire = Wire::to(address);
        assert!(wire.sends(begin));
        wire
    };
    (0..how_many).map(|_| one()).collect()
}

/// Clients that ask for more than fits into the buffers of both sides, and read nothing of it.
fn deaf(address: &str) -> Vec<Wire> {
    let ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    let streams = (0..100).map(|number| frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, GET));
    let streams: Vec<u8> = streams.flatten().collect();
    let mut deaf: Vec<_> = (0..5).map(|_| (Wire::to(address), &ask)).collect();
    deaf.extend((0..5).map(|_| (Wire::http2(address), &streams)));
    let send = |(mut wire, bytes): (Wire, &Vec<u8>)| {
        wire.sends(bytes);
        wire
    };
    deaf.into_iter().map(send).collect()
}
