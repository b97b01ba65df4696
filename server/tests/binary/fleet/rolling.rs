//! Three servers are restarted one after the other, under load, behind something that asks them whether they are ready.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use bitjang_store::testing::Server as Postgres;

use super::client::{Field, Weather};
use super::line::{Heard, ask, request};
use super::traffic::{during, enough, report};
use super::{Fleet, Server, until};

#[test]
fn a_rolling_restart_signs_nobody_out_and_fails_no_request() {
    let settings = vec![("BITJANG_LINGER_SECONDS", "1".to_owned())];
    let mut fleet = Fleet::start_with(Postgres::shared().unwrap().database().unwrap(), settings);
    let mut servers = std::mem::take(&mut fleet.servers);
    let told = AtomicU64::new(0);
    let addresses: Vec<_> = servers.iter().map(|server| server.address.clone()).collect();
    let figures = during(addresses, Weather::Fair, |field| {
        thread::scope(|scope| {
            let (_until_the_end, end) = channel();
            let told = &told;
            scope.spawn(move || balance(field, &end, told));
            for nth in 0..3 {
                let server = servers.remove(nth);
                let address = server.address.clone();
                server.stop();
                assert!(!field.ready[nth].load(Ordering::SeqCst), "the balancer has heard of it before");
                servers.insert(nth, Server::start_as(fleet.command(&address)));
                until("the balancer has heard of it", || field.ready[nth].load(Ordering::SeqCst));
                enough(field);
            }
        });
    });
    assert!(told.load(Ordering::SeqCst) >= 3, "each said no while it still answered");
    report("rolling restart of three servers", figures);
}

/// Asks each server whether it is ready, again and again, and sends nobody to those that are not; counts those that said so themselves.
fn balance(field: &Field, end: &Receiver<()>, told: &AtomicU64) {
    while end.try_recv() == Err(TryRecvError::Empty) {
        for (address, ready) in field.addresses.iter().zip(&field.ready) {
            let status = match ask(&mut None, address, &request("GET /readyz", "", "")) {
                Heard::Reply(reply) => reply.status,
                Heard::NobodyListens | Heard::Cut => 0,
            };
            if ready.swap(status == 200, Ordering::SeqCst) && status == 503 {
                told.fetch_add(1, Ordering::SeqCst);
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
}
