//! A mover that is gone in the middle, at each of its steps: what it left is no store yet, the old one is whole, and the next one goes on.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bitjang_store::moving::{MoveError, Step, move_store};
use bitjang_store::{DatabaseError, FolderError, OpenError};

use crate::world::{Contents, Home, Maker, contents, database, folder, moved, open, opened};

const ACCOUNTS: usize = 30;

async fn filled(home: &Home) -> Contents {
    let store = open(home).await;
    Maker::seeded(1).fill(&store, ACCOUNTS).await;
    contents(&store).await
}

/// Moves, and is gone at this step; whether it was.
async fn gone_at(step: usize, from: &Home, to: &Home) -> bool {
    let (from, to, steps) = (from.url.clone(), to.url.clone(), Arc::new(AtomicUsize::new(0)));
    let reached = Arc::clone(&steps);
    // A panic takes all connections down, as the end of the process would.
    let mover = tokio::spawn(async move {
        let mut watch = |_: Step| {
            if reached.fetch_add(1, Ordering::SeqCst) == step {
                std::panic::resume_unwind(Box::new("gone"));
            }
        };
        loop {
            match move_store(&from, &to, &mut watch).await {
                // The one before is not gone yet.
                Err(MoveError::InUse { .. }) => tokio::task::yield_now().await,
                done => return done,
            }
        }
    });
    match AssertUnwindSafe(mover).0.await {
        Err(gone) => assert!(gone.is_panic()),
        Ok(Ok(_)) => return false,
        Ok(Err(error)) => assert!(matches!(error, MoveError::Moved { .. }), "{error:?}"),
    }
    steps.load(Ordering::SeqCst) > step
}

async fn is_refused(home: &Home) -> bool {
    match opened(&home.url).await {
        Ok(_) => false,
        Err(OpenError::Folder(FolderError::Moved { .. } | FolderError::Unfinished { .. })) => true,
        Err(OpenError::Database(error)) => {
            assert!(
                matches!(*error, DatabaseError::Moved { .. } | DatabaseError::Unfinished { .. }),
                "{error:?}"
            );
            true
        }
        Err(error) => panic!("{error:?}"),
    }
}

async fn check(from: Home, to: Home) {
    let before = filled(&from).await;
    let mut step = 0;
    // Each one begins where the one before was gone, and comes one step further.
    while gone_at(step, &from, &to).await {
        let (old, new) = (is_refused(&from).await, is_refused(&to).await);
        assert!(old || new, "at no time can both be used (step {step})");
        if !old {
            assert_eq!(contents(&open(&from).await).await, before, "step {step}");
        }
        step += 1;
    }
    assert!(step > 10, "there were steps: {step}");
    assert!(is_refused(&from).await);
    assert_eq!(contents(&open(&to).await).await, before);
    let error = moved(&from, &to, &mut |_: Step| ()).await.unwrap_err();
    assert!(matches!(error, MoveError::Moved { .. }), "it is over: {error:?}");
}

#[tokio::test]
async fn a_move_into_a_database_goes_on_wherever_it_was_broken_off() {
    check(folder(), database()).await;
}

#[tokio::test]
async fn a_move_into_a_folder_goes_on_wherever_it_was_broken_off() {
    check(database(), folder()).await;
}

/// The source went on, so what was copied before is partly wrong by now.
#[tokio::test]
async fn what_changed_after_a_move_was_broken_off_is_moved_as_it_is_now() {
    for (from, to) in [(folder(), database()), (database(), folder())] {
        filled(&from).await;
        assert!(gone_at(12, &from, &to).await);
        let now = {
            let store = open(&from).await;
            let more = Maker::seeded(2);
            for nth in 0..20 {
                let account = more.account(1_000 + nth);
                let _new = store.accounts.insert(account.clone()).await.unwrap();
                store.sessions.insert(more.session(account.id)).await.unwrap();
            }
            let swept = store.sessions.sweep(bitjang_core::Time::from_micros(1 << 49), 40).await.unwrap();
            assert!(swept > 10, "some are gone: {swept}");
            store.revocations.forget(bitjang_core::testing::at(900), 10).await.unwrap();
            contents(&store).await
        };
        moved(&from, &to, &mut |_: Step| ()).await.unwrap();
        assert_eq!(contents(&open(&to).await).await, now);
    }
}
