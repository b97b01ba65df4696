//! No room for the n-th write, whichever it is: for that one alone, and for all that follow until there is room again.

use std::ops::RangeInclusive;

use bitjang_core::Sessions as _;
use bitjang_core::testing::{at, together};
use bitjang_faults::Trouble;
use bitjang_store::{Embedded, FolderError, Health as _};

use super::client::{Client, Unacknowledged, judge};
use super::place::Place;

const STEPS: u64 = 12;

#[tokio::test]
async fn a_write_without_room_is_not_acknowledged_and_takes_nothing_along() {
    each_in_turn(|write| write..=write).await;
}

#[tokio::test]
async fn a_disk_that_stays_full_takes_nothing_and_goes_on_when_there_is_room() {
    each_in_turn(|write| write..=u64::MAX).await;
}

/// Runs the same story with the first write refused, with the second, and so on, until none is left that could be.
async fn each_in_turn(refused: impl Fn(u64) -> RangeInclusive<u64>) {
    let mut write = 1;
    while tells_the_truth(Trouble::Full(refused(write))).await {
        write += 1;
    }
    println!("proof: {} writes were refused", write - 1);
    assert!(write > 100, "it was a short story: {write}");
}

/// Whether the trouble came.
async fn tells_the_truth(trouble: Trouble) -> bool {
    let (place, mut clients) = (Place::empty(1), [1, 2, 3].map(Client::new));
    place.disk.set(trouble);
    let store = match place.open() {
        Ok(store) => store,
        Err(error) => {
            assert!(matches!(error, FolderError::NoRoom { .. }), "{error:?}");
            place.disk.set(Trouble::Nothing);
            let store = place.open().expect("there is room again");
            goes_on(&place, store, &mut clients).await;
            return true;
        }
    };
    let failed = story(&store, &mut clients).await;
    let struck = place.disk.is_struck();
    assert!(struck || !failed, "nothing fails that has room");
    judge(&store, &mut clients, Unacknowledged::IsNotThere).await;
    place.disk.set(Trouble::Nothing);
    goes_on(&place, store, &mut clients).await;
    struck
}

/// One after the other at first, then together, and the sweeps in between: whether any of it failed.
async fn story(store: &Embedded, clients: &mut [Client]) -> bool {
    let mut failed = false;
    for _ in 0..STEPS {
        for client in &mut *clients {
            failed |= client.step(store).await.is_err();
        }
    }
    failed |= store.sweep(at(1), 10).await.is_err();
    let answers = together(clients.iter_mut().map(|client| client.write(store, STEPS))).await;
    failed | answers.iter().any(Result::is_err)
}

/// There is room again: everything works at once, and is there after the next start.
async fn goes_on(place: &Place, store: Embedded, clients: &mut [Client]) {
    store.ping().await.unwrap();
    assert!(!story(&store, clients).await, "there is room again");
    judge(&store, clients, Unacknowledged::IsNotThere).await;
    drop(store);
    place.is_whole();
    judge(&place.open().unwrap(), clients, Unacknowledged::IsNotThere).await;
}
