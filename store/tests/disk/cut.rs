//! The power is cut at some moment, and what had not been synced is there, or not, or torn.
//!
//! `BITJANG_TEST_CUT_ROUNDS` says how often, 40 times unless it says otherwise; `BITJANG_TEST_SEED` which chances are taken.

use std::env;

use bitjang_core::testing::together;
use bitjang_faults::{Chance, Trouble};
use bitjang_store::Embedded;
use tokio::task::yield_now;

use super::client::{Client, Unacknowledged, judge};
use super::place::Place;

/// How often the same folder is used again.
const LIVES: u64 = 8;
const CLIENTS: u64 = 6;

#[tokio::test]
async fn what_was_acknowledged_survives_a_power_cut() {
    let told = |name, otherwise| env::var(name).map_or(otherwise, |number| number.parse().unwrap());
    let (rounds, seed) = (told("BITJANG_TEST_CUT_ROUNDS", 40), told("BITJANG_TEST_SEED", 1));
    println!("BITJANG_TEST_CUT_ROUNDS={rounds} BITJANG_TEST_SEED={seed}");
    let mut tally = Tally::default();
    for first in (0..rounds).filter(|round| round % LIVES == 0) {
        let mut chance = Chance::seeded(seed << 32 | first);
        let mut place = Place::empty(chance.below(u64::MAX));
        let mut clients: Vec<_> = (0..CLIENTS).map(|number| Client::new(first << 8 | number)).collect();
        for round in first..(first + LIVES).min(rounds) {
            println!("round {round}");
            place = round_trip(place, &mut clients, &mut chance, &mut tally).await;
        }
    }
    let Tally { in_the_middle, while_opening, afterwards } = tally;
    println!(
        "proof: the power was cut {rounds} times: in the middle of writing {in_the_middle}, while opening {while_opening}, afterwards {afterwards}"
    );
    assert!(in_the_middle * 2 > rounds, "most came in the middle of something");
}

#[derive(Default)]
struct Tally {
    in_the_middle: u64,
    while_opening: u64,
    afterwards: u64,
}

/// Writes until the power is cut, and judges what is left.
async fn round_trip(place: Place, clients: &mut [Client], chance: &mut Chance, tally: &mut Tally) -> Place {
    let most = 4 << chance.below(9);
    place.disk.set(Trouble::PowerCut(1 + chance.below(most)));
    match place.open() {
        Ok(store) => {
            storm(&place, &store, clients, chance).await;
            let struck = place.disk.is_struck();
            *(if struck { &mut tally.in_the_middle } else { &mut tally.afterwards }) += 1;
            // Closing writes too, and may be what is cut.
            if chance.happens(4) || struck {
                drop(store);
                let place = place.after_a_cut();
                return judged(place, clients).await;
            }
            let place = place.after_a_cut();
            drop(store);
            judged(place, clients).await
        }
        Err(error) => {
            assert!(place.disk.is_struck(), "{error:?}");
            tally.while_opening += 1;
            judged(place.after_a_cut(), clients).await
        }
    }
}

async fn storm(place: &Place, store: &Embedded, clients: &mut [Client], chance: &mut Chance) {
    let (steps, quiet) = (10 + chance.below(60), chance.happens(3));
    let other = place.connect();
    let clients = together(clients.iter_mut().map(|client| client.write(store, steps)));
    let disturber = async {
        for _ in 0..if quiet { 0 } else { steps } {
            yield_now().await;
            // The log may be emptied at any moment, also by a backup.
            let how = if chance.happens(1) { "RESTART" } else { "PASSIVE" };
            let _when_it_can = other.query_row(&format!("PRAGMA wal_checkpoint({how})"), (), |_| Ok(()));
        }
    };
    let (answers, ()) = tokio::join!(clients, disturber);
    if !place.disk.is_struck() {
        answers.into_iter().collect::<Result<Vec<()>, _>>().expect("nothing has gone wrong");
    }
}

async fn judged(place: Place, clients: &mut [Client]) -> Place {
    let store = place.open().expect("it starts unaided");
    place.is_whole();
    judge(&store, clients, Unacknowledged::MayBeThere).await;
    drop(store);
    place
}
