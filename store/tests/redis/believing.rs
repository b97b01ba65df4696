//! Which copies are believed, and which are not.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::testing::{Dice, at};
use bitjang_core::{Carrier, Commit, Revocation, Session};
use bitjang_store::testing::{Redis, Server};
use bitjang_store::{Belief, open};

use crate::world::{
    ACCESS, STALENESS, begin, beside, clock, copy_of, ended, found, main_store, memory, onlooker, sign_out,
    touched, two, until,
};

#[tokio::test]
async fn a_session_is_found_in_redis_from_its_first_moment_on() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(1));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let other = onlooker(&redis, &clock).await;
    let session = begin(&store, &dice).await;
    assert_eq!(found(&other, session.id).await, Some(session.clone()));
    assert_eq!(other.sessions.cached(session.id).as_deref(), Some(&session), "and remembered");
    let later = touched(&session);
    assert_eq!(store.sessions.replace(later.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(found(&other, session.id).await, Some(later));
}

#[tokio::test]
async fn what_redis_has_lost_is_put_in_by_the_next_reader() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(2));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    redis.run(&["FLUSHALL"]).unwrap();
    assert_eq!(found(&onlooker(&redis, &clock).await, session.id).await, None);
    assert_eq!(found(&store, session.id).await, Some(session.clone()));
    assert_eq!(found(&onlooker(&redis, &clock).await, session.id).await, Some(session));
}

#[tokio::test]
async fn sessions_whose_tokens_turn_are_always_read_from_the_main_store() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(3));
    let store = beside(memory().await, &redis.address(), &clock).await;
    for carrier in [Carrier::Bearer, Carrier::TokenCookies] {
        let session =
            Session { carrier, ..bitjang_core::session::contract::session(account(&dice), 10, &dice) };
        store.sessions.insert(session.clone()).await.unwrap();
        assert_eq!(found(&store, session.id).await, Some(session.clone()));
        assert_eq!(store.sessions.replace(touched(&session), None).await.unwrap(), Commit::Done);
    }
    assert_eq!(redis.run(&["DBSIZE"]).unwrap(), "0");
}

fn account(dice: &Dice) -> bitjang_core::AccountId {
    bitjang_core::AccountId::generate(dice, at(1))
}

#[tokio::test]
async fn no_secret_is_in_redis_and_nothing_lasts() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(4));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    let lasts: u64 = redis.run(&["PTTL", &copy_of(&session)]).unwrap().parse().unwrap();
    assert!((1..=60_000).contains(&lasts), "{lasts} ms");
    assert_eq!(redis.run(&["KEYS", "*"]).unwrap(), copy_of(&session), "named by what is no secret");
}

#[tokio::test]
async fn a_copy_that_is_too_old_or_expired_is_not_believed() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(5));
    let (store, other) =
        (beside(memory().await, &redis.address(), &clock).await, onlooker(&redis, &clock).await);
    let session = begin(&store, &dice).await;
    assert!(found(&other, session.id).await.is_some());
    // Redis, whose clock is its own, has it still: as after an old snapshot was put back.
    for (moment, believed) in [(70, true), (71, false), (11 - 59, true), (11 - 60, false)] {
        clock.set(at(moment));
        assert_eq!(found(&other, session.id).await.is_some(), believed, "at {moment}");
        assert_eq!(other.sessions.cached(session.id).is_some(), believed, "at {moment}, from memory");
    }
    clock.set(at(109));
    let late = begin(&store, &dice).await;
    assert!(found(&other, late.id).await.is_some());
    clock.set(at(110));
    assert!(found(&other, late.id).await.is_none(), "idle for too long, so the main store is asked");
}

#[tokio::test]
async fn a_copy_lives_for_half_of_a_token_s_life_at_most() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(6));
    let belief = Belief { clock, access: Duration::from_secs(2), max_staleness: STALENESS };
    let url = redis.address().parse().unwrap();
    let store = memory().await.beside_redis(&url, belief).await.unwrap();
    let session = begin(&store, &dice).await;
    let lasts: i64 = redis.run(&["PTTL", &copy_of(&session)]).unwrap().parse().unwrap();
    assert!(lasts <= 1_000, "{lasts} ms");
}

#[tokio::test]
async fn a_copy_made_old_by_hand_is_not_believed_where_the_end_was_told() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(7));
    let [one, other] = two(&redis, &clock).await;
    for _ in 0..20 {
        let session = begin(&one, &dice).await;
        let copy = copy_of(&session);
        assert!(found(&other, session.id).await.is_some());
        redis.run(&["COPY", &copy, "old", "REPLACE"]).unwrap();
        assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
        redis.run(&["COPY", "old", &copy, "REPLACE"]).unwrap();
        assert_eq!(found(&one, session.id).await, Some(ended(&session)), "at once where it ended");
        assert!(one.sessions.cached(session.id).is_none_or(|cached| cached.ended.is_some()));
        until("the other is told", async || found(&other, session.id).await == Some(ended(&session))).await;
        assert!(other.sessions.cached(session.id).is_none_or(|cached| cached.ended.is_some()));
        redis.run(&["COPY", "old", &copy, "REPLACE"]).unwrap();
        assert_eq!(found(&other, session.id).await, Some(ended(&session)), "for good");
    }
}

#[tokio::test]
async fn no_copy_of_an_account_s_older_sessions_is_believed_once_they_were_all_ended() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(8));
    let main = memory().await;
    let owner = bitjang_core::account::contract::account("owner", &dice);
    let _ = main.accounts.insert(owner.clone()).await.unwrap();
    let store = beside(main, &redis.address(), &clock).await;
    let mine = bitjang_core::session::contract::session(owner.id, 10, &dice);
    store.sessions.insert(mine.clone()).await.unwrap();
    assert!(found(&store, mine.id).await.is_some());
    assert!(store.sessions.cached(mine.id).is_some());
    let raised = owner.ending_sessions(None);
    let all = Revocation::of_sessions_before(&raised, ACCESS, at(20));
    assert_eq!(store.accounts.replace(raised, Some(all)).await.unwrap(), Commit::Done);
    until("it is told", async || store.sessions.cached(mine.id).is_none()).await;
}

#[tokio::test]
async fn a_slow_reader_does_not_put_back_what_has_ended() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(9));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    // What the slow reader has read, and nobody has told it anything.
    let slow_main = memory().await;
    slow_main.sessions.insert(session.clone()).await.unwrap();
    let slow = beside(slow_main, &redis.address(), &clock).await;
    for next in [touched(&session), ended(&touched(&session))] {
        assert_eq!(store.sessions.replace(next.clone(), None).await.unwrap(), Commit::Done);
        let _ = found(&slow, session.id).await;
        let kept = Some(next).filter(|next| next.ended.is_none());
        assert_eq!(found(&onlooker(&redis, &clock).await, session.id).await, kept);
    }
}

#[tokio::test]
async fn after_a_stale_write_the_main_store_is_asked() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(10));
    let main = memory().await;
    let store = beside(main.clone(), &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    let later = touched(&session);
    // As by a server that has lost Redis.
    assert_eq!(main.sessions.replace(later.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(found(&store, session.id).await, Some(session.clone()), "old, but good enough to say yes");
    assert_eq!(store.sessions.replace(touched(&session), None).await.unwrap(), Commit::Stale);
    assert_eq!(found(&store, session.id).await, Some(later.clone()));
    assert_eq!(sign_out(&store, &session).await.unwrap(), Commit::Stale);
    assert_eq!(found(&store, session.id).await, Some(later.clone()));
    assert_eq!(sign_out(&store, &later).await.unwrap(), Commit::Done);
    assert_eq!(found(&store, session.id).await, Some(ended(&later)));
}

#[tokio::test]
async fn no_copy_is_believed_when_the_feed_is_silent_for_too_long() {
    let (redis, server, clock, dice) =
        (Redis::start("").unwrap(), Server::start("").unwrap(), clock(), Dice::seeded(11));
    let main = open(&server.database().unwrap().parse().unwrap(), STALENESS).await.unwrap();
    let belief =
        Belief { clock: Arc::<_>::clone(&clock) as _, access: ACCESS, max_staleness: Duration::from_secs(2) };
    let store = main.beside_redis(&redis.address().parse().unwrap(), belief).await.unwrap();
    let session = begin(&store, &dice).await;
    assert_eq!(found(&store, session.id).await, Some(session.clone()));
    server.pause().unwrap();
    assert!(store.sessions.find(session.id).await.is_ok(), "from Redis, for a while");
    assert!(store.sessions.cached(session.id).is_some(), "and from memory");
    until("the bound is over", async || store.sessions.cached(session.id).is_none()).await;
    until("and asking fails", async || store.sessions.find(session.id).await.is_err()).await;
    server.resume().unwrap();
    until("the database answers", async || store.sessions.find(session.id).await.is_ok()).await;
    until("copies are believed again", async || {
        store.sessions.find(session.id).await.is_ok() && onlooks(&redis, &session).await
    })
    .await;
}

/// Whether there is a copy.
async fn onlooks(redis: &Redis, session: &Session) -> bool {
    found(&onlooker(redis, &clock()).await, session.id).await.is_some()
}

#[tokio::test]
async fn a_record_of_another_release_is_no_record() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(12));
    let store = beside(main_store(&crate::world::database()).await, &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    for kept in ["1 of another form", "no revision at all", ""] {
        redis.run(&["SET", &copy_of(&session), kept]).unwrap();
        assert_eq!(found(&store, session.id).await, Some(session.clone()), "{kept}");
    }
}
