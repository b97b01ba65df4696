//! An app that checks access tokens by itself, while the database of its servers is gone.

use std::time::{Duration, Instant};

use bitjang_guard::verifier::{Refused, Verifier};
use bitjang_store::testing::Server as Postgres;
use tokio::runtime::Runtime;

use super::{Fleet, json, until};

/// How long the app may be without news. Heartbeats are 2 s apart.
const BOUND: Duration = Duration::from_secs(4);

#[test]
fn while_the_database_is_gone_an_app_goes_on_until_its_bound_and_recovers_by_itself() {
    let postgres = Postgres::start("").unwrap();
    let fleet = calling_itself_by_its_address(postgres.database().unwrap());
    let tokens = json(&fleet.servers[1].sign_up("mina", "bearer"));
    let token = tokens["access_token"].as_str().unwrap();
    let runtime = Runtime::new().unwrap();
    let verifier = {
        let _entered = runtime.enter();
        Verifier::follow(&url(&fleet)).max_staleness(BOUND).start().unwrap()
    };
    runtime.block_on(verifier.ready());
    assert!(verifier.verify(token).is_ok());
    postgres.stop().unwrap();
    let gone = Instant::now();
    let mut served = 0;
    while verifier.verify(token).is_ok() {
        assert!(gone.elapsed() < BOUND, "what it knows is older than the bound");
        served += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(served > 0, "it went on");
    assert_eq!(verifier.verify(token).err(), Some(Refused::Stale));
    postgres.start_again().unwrap();
    until("it hears of the feed again", || verifier.verify(token).is_ok());
}

fn url(fleet: &Fleet) -> String {
    format!("http://{}", fleet.servers[0].address)
}

/// Servers whose tokens name the address of the first one, where an app finds keys and feed.
fn calling_itself_by_its_address(address: String) -> Fleet {
    let mut fleet = Fleet::start_on(address);
    let url = url(&fleet);
    fleet.settings =
        ["BITJANG_TOKENS__ISSUER", "BITJANG_TOKENS__AUDIENCE"].map(|name| (name, url.clone())).into();
    for nth in 0..fleet.servers.len() {
        fleet.restart(nth);
    }
    fleet
}
