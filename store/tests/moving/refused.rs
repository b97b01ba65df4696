//! What is not done, and in which words.

use std::path::Path;

use bitjang_store::moving::{MoveError, Step, back_up, move_store, revive};
use bitjang_store::{OpenError, StoreUrl};

use crate::world::{Home, Maker, contents, database, folder, moved, open, opened};

async fn filled(home: &Home, seed: u64) {
    Maker::seeded(seed).fill(&open(home).await, 3).await;
}

async fn refused(from: &Home, to: &Home) -> MoveError {
    moved(from, to, &mut |_: Step| ()).await.unwrap_err()
}

#[tokio::test]
async fn a_target_that_holds_other_data_is_left_as_it_is() {
    for (from, to) in [(folder(), database()), (database(), folder())] {
        filled(&from, 1).await;
        filled(&to, 2).await;
        let before = contents(&open(&to).await).await;
        let error = refused(&from, &to).await;
        assert!(matches!(error, MoveError::NotEmpty { .. }), "{error:?}");
        assert!(error.to_string().contains("holds other data (key): choose an empty"), "{error}");
        assert_eq!(contents(&open(&to).await).await, before);
        drop(open(&from).await);
    }
}

#[tokio::test]
async fn a_target_that_is_being_filled_from_elsewhere_is_not_mixed() {
    let (one, other, to) = (folder(), folder(), database());
    filled(&one, 1).await;
    filled(&other, 2).await;
    let url = (one.url.clone(), to.url.clone());
    let gone = tokio::spawn(async move {
        move_store(&url.0, &url.1, &mut |step| {
            if step == Step::Paused {
                std::panic::resume_unwind(Box::new("gone"));
            }
        })
        .await
    });
    assert!(gone.await.is_err());
    let error = refused(&other, &to).await;
    assert!(matches!(error, MoveError::OtherOrigin { .. }), "{error:?}");
    let error = refused(&to, &folder()).await;
    assert!(matches!(error, MoveError::Unfinished { .. }), "half a copy is not moved on: {error:?}");
    moved(&one, &to, &mut |_: Step| ()).await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_or_lives_in_memory_is_not_moved() {
    let (nothing, empty, target) = (folder(), database(), folder());
    let error = refused(&nothing, &target).await;
    assert!(error.to_string().starts_with("there is no store at embedded:"), "{error}");
    let error = refused(&empty, &target).await;
    assert!(error.to_string().starts_with("there is no store at postgres://"), "{error}");
    let StoreUrl::Embedded(path) = &nothing.url else { panic!("a folder") };
    assert!(!path.exists(), "nothing was made");
    filled(&target, 1).await;
    for (from, to) in [(&StoreUrl::Memory, &nothing.url), (&target.url, &StoreUrl::Memory)] {
        let error = move_store(from, to, &mut |_| ()).await.unwrap_err();
        assert!(matches!(error, MoveError::Memory), "{error:?}");
    }
    let error = back_up(&StoreUrl::Memory, Path::new("x"), &mut |_| ()).await.unwrap_err();
    assert!(matches!(error, MoveError::Memory), "{error:?}");
}

#[tokio::test]
async fn a_store_is_not_moved_to_itself() {
    let (one, other) = (folder(), database());
    for home in [&one, &other] {
        filled(home, 1).await;
        let before = contents(&open(home).await).await;
        let error = loop {
            match move_store(&home.url, &home.url, &mut |_| ()).await.unwrap_err() {
                MoveError::InUse { .. } => tokio::task::yield_now().await,
                error => break error,
            }
        };
        let fine = matches!(error, MoveError::Itself { .. } | MoveError::Open(OpenError::Folder(_)));
        assert!(fine, "{error:?}");
        assert_eq!(contents(&open(home).await).await, before);
    }
}

#[tokio::test]
async fn a_database_that_servers_use_is_not_filled() {
    let (from, to) = (folder(), database());
    filled(&from, 1).await;
    let server = open(&to).await;
    let error = move_store(&from.url, &to.url, &mut |_| ()).await.unwrap_err();
    assert!(matches!(error, MoveError::InUse { .. }), "{error:?}");
    drop(server);
}

#[tokio::test]
async fn a_store_that_was_left_says_where_to_and_is_taken_back_only_on_demand() {
    for (from, to) in [(folder(), database()), (database(), folder())] {
        filled(&from, 1).await;
        let error = revive(&from.url).await;
        assert!(matches!(error, Err(MoveError::NotMoved { .. } | MoveError::InUse { .. })), "{error:?}");
        let before = contents(&open(&from).await).await;
        moved(&from, &to, &mut |_: Step| ()).await.unwrap();
        let said = opened(&from.url).await.err().unwrap().to_string();
        let target = match &to.url {
            StoreUrl::Embedded(path) => format!("embedded:{}", path.canonicalize().unwrap().display()),
            url => url.to_string(),
        };
        assert!(said.contains(&format!("has been moved to {target}: set store.url to that")), "{said}");
        let error = refused(&from, &folder()).await;
        assert!(matches!(error, MoveError::Moved { .. }), "{error:?}");

        while let Err(MoveError::InUse { .. }) = revive(&from.url).await {
            tokio::task::yield_now().await;
        }
        let store = open(&from).await;
        let after = contents(&store).await;
        assert!(after.keys.is_empty(), "no token of before is good");
        assert_eq!(
            (after.accounts.len(), after.services.len()),
            (before.accounts.len(), before.services.len())
        );
        for (before, after) in before.accounts.iter().zip(&after.accounts) {
            assert!(after.epoch.since > before.epoch.number + 1_000_000, "no session of before is good");
            assert_eq!((after.epoch.number, after.epoch.spared), (after.epoch.since, None));
        }
        // It is written to again.
        let _new = store.accounts.insert(Maker::seeded(9).account(77)).await.unwrap();
    }
}

/// The second was copying while the first came to its end.
#[tokio::test]
async fn of_two_movers_to_different_places_one_moves() {
    for (from, first, second) in [(folder(), database(), folder()), (database(), folder(), folder())] {
        filled(&from, 1).await;
        let before = contents(&open(&from).await).await;
        let mut other = Some((from.url.clone(), first.url.clone()));
        let error = move_store(&from.url, &second.url, &mut |step| {
            if let Step::Copying { .. } = step
                && let Some((from, to)) = other.take()
            {
                let moving = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(move_store(&from, &to, &mut |_| ())).unwrap();
                });
                moving.join().unwrap();
            }
        })
        .await
        .unwrap_err();
        assert!(matches!(error, MoveError::Moved { .. }), "{error:?}");
        assert!(opened(&second.url).await.is_err(), "the second is not whole");
        assert_eq!(contents(&open(&first).await).await, before);
        let said = opened(&from.url).await.err().unwrap().to_string();
        let StoreUrl::Embedded(path) = &second.url else { panic!("a folder") };
        assert!(!said.contains(&path.display().to_string()), "{said}");
    }
}
