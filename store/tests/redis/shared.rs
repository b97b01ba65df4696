//! Several servers on one database and one Redis behave as one.

use bitjang_core::testing::{Dice, together};
use bitjang_core::{Commit, Revision, Session};
use bitjang_store::testing::Redis;

use crate::world::{begin, clock, ended, found, sign_out, touched, two};

#[tokio::test]
async fn a_sign_out_at_one_is_seen_at_the_other_at_once() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(1));
    let [one, other] = two(&redis, &clock).await;
    for _ in 0..50 {
        let session = begin(&one, &dice).await;
        assert_eq!(found(&other, session.id).await, Some(session.clone()));
        assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
        for store in [&one, &other] {
            assert_eq!(found(store, session.id).await, Some(ended(&session)));
        }
    }
}

#[tokio::test]
async fn of_fifty_writes_at_once_over_two_servers_one_succeeds_and_is_what_both_read() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(2));
    let [one, other] = two(&redis, &clock).await;
    let session = begin(&one, &dice).await;
    for round in 0..10 {
        let next = Session { revision: Revision(session.revision.0 + 1 + round), ..session.clone() };
        let stores = [&one, &other].into_iter().cycle().take(50);
        let answers = together(stores.map(|store| store.sessions.replace(next.clone(), None))).await;
        let done = answers.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count();
        assert_eq!(done, 1, "in round {round}");
        for store in [&one, &other] {
            assert_eq!(found(store, session.id).await, Some(next.clone()));
        }
    }
}

#[tokio::test]
async fn a_sign_out_races_a_slow_touch_and_stays() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(3));
    let [one, other] = two(&redis, &clock).await;
    for _ in 0..50 {
        let session = begin(&one, &dice).await;
        let later = touched(&session);
        let (out, touch) =
            tokio::join!(sign_out(&one, &session), other.sessions.replace(later.clone(), None));
        let won = [out.unwrap(), touch.unwrap()];
        assert!(matches!(won, [Commit::Done, Commit::Stale] | [Commit::Stale, Commit::Done]), "{won:?}");
        if won[0] == Commit::Stale {
            assert_eq!(found(&one, session.id).await, Some(later.clone()), "the flow's next read");
            assert_eq!(sign_out(&one, &later).await.unwrap(), Commit::Done);
        }
        for store in [&one, &other] {
            assert!(found(store, session.id).await.unwrap().ended.is_some());
        }
    }
}
