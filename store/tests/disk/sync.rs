//! A sync that fails: the system forgets what it was to write, and calls it written. And one that takes its time.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use bitjang_core::testing::together;
use bitjang_faults::Trouble;
use bitjang_store::{Embedded, Health as _};

use super::client::{Client, Unacknowledged, judge};
use super::place::Place;

/// What happens after the sync that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    IsKilled,
}

#[tokio::test]
async fn a_sync_that_failed_is_not_made_good_by_the_next() {
    each_in_turn(Then::GoesOn).await;
}

#[tokio::test]
async fn nor_by_those_of_another_process() {
    each_in_turn(Then::IsKilled).await;
}

#[tokio::test]
async fn after_a_sync_that_failed_nothing_is_written_to_a_file_that_has_lost_something() {
    let (place, mut client) = (Place::empty(1), Client::new(1));
    let store = place.open().unwrap();
    client.write(&store, 100).await.unwrap();
    place.connect().query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    place.disk.set(Trouble::FailedSync(1));
    client.step(&store).await.unwrap_err();

    let file = File::options().read(true).write(true).open(place.folder.path().join("bitjang.db")).unwrap();
    let (mut kept, last) = ([0; 4096], file.metadata().unwrap().len() - 4096);
    file.read_exact_at(&mut kept, last).unwrap();
    file.write_all_at(&[0; 4096], last).unwrap();
    for _ in 0..3 {
        client.step(&store).await.unwrap_err();
        store.ping().await.unwrap_err();
    }
    file.write_all_at(&kept, last).unwrap();
    store.ping().await.unwrap();
    client.step(&store).await.unwrap();
}

/// Runs the same story with the first sync failing, with the second, and so on, each with several chances of what is lost.
async fn each_in_turn(then: Then) {
    let mut sync = 1;
    while survives_the_failure_of(sync, then).await {
        sync += 1;
    }
    println!("proof: {} syncs failed, each alone", sync - 1);
    assert!(sync > 50, "it was a short story: {sync}");
}

/// Whether there was such a sync. After it, and some writes more, the power is cut.
async fn survives_the_failure_of(sync: u64, then: Then) -> bool {
    let mut struck = false;
    for chance in 0..4 {
        println!("sync {sync}, chance {chance}");
        let place = Place::empty(sync << 8 | chance);
        place.disk.set(Trouble::FailedSync(sync));
        let moves = if chance % 2 == 0 { Moves::Never } else { Moves::Often };
        struck |= story(place, then, moves).await;
    }
    struck
}

/// Whether another program moves what is in the log into the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    Never,
    Often,
}

async fn story(place: Place, then: Then, moves: Moves) -> bool {
    let mut clients = [1, 2, 3].map(Client::new);
    let opened = place.open();
    let mut failed = opened.is_err();
    let (mut place, mut store) = match opened {
        Ok(store) => (place, store),
        Err(_) => again(place, then),
    };
    if !failed && write_on(&place, &store, &mut clients, moves).await {
        failed = true;
        if then == Then::IsKilled {
            place = place.after_a_kill();
            drop(store);
            store = place.open().expect("it starts unaided");
            judge(&store, &mut clients, Unacknowledged::MayBeThere).await;
        }
    }
    let struck = failed || place.disk.is_struck();
    assert!(!write_on(&place, &store, &mut clients, moves).await || !struck, "nothing fails twice");
    is_there(place, store, &mut clients).await;
    struck
}

/// Opens what could not be opened.
fn again(place: Place, then: Then) -> (Place, Embedded) {
    assert!(place.disk.is_struck());
    let place = if then == Then::IsKilled { place.after_a_kill() } else { place };
    let store = place.open().expect("it starts at the second try");
    (place, store)
}

/// Writes until something fails: whether it did.
async fn write_on(place: &Place, store: &Embedded, clients: &mut [Client], moves: Moves) -> bool {
    let other = place.connect();
    for _ in 0..10 {
        let answers = together(clients.iter_mut().map(|client| client.write(store, 2))).await;
        if answers.iter().any(Result::is_err) {
            judge(store, clients, Unacknowledged::IsNotThere).await;
            return true;
        }
        if moves == Moves::Never {
            continue;
        }
        let _it_may_be_what_fails = other.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
    }
    false
}

/// What was acknowledged, after a power cut.
async fn is_there(place: Place, store: Embedded, clients: &mut [Client]) {
    let place = place.after_a_cut();
    drop(store);
    let store = place.open().expect("it starts unaided");
    place.is_whole();
    judge(&store, clients, Unacknowledged::MayBeThere).await;
}
