//! Redis is emptied, evicts, dies, says nothing, comes back with an old snapshot: nobody is signed in who should not be, and nobody is signed out.

use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Carrier, Commit, Session};
use bitjang_store::testing::Redis;

use crate::world::{
    begin, beside, clock, database, ended, found, main_store, memory, onlooker, sign_out, touched, two, until,
};

#[tokio::test]
async fn sessions_outlast_a_flush() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(1));
    let [one, other] = two(&redis, &clock).await;
    let (alive, over) = (begin(&one, &dice).await, begin(&one, &dice).await);
    assert_eq!(sign_out(&one, &over).await.unwrap(), Commit::Done);
    redis.run(&["FLUSHALL"]).unwrap();
    for store in [&one, &other] {
        assert_eq!(found(store, alive.id).await, Some(alive.clone()));
        assert_eq!(found(store, over.id).await, Some(ended(&over)));
    }
    assert_eq!(sign_out(&other, &alive).await.unwrap(), Commit::Done);
    assert_eq!(found(&one, alive.id).await, Some(ended(&alive)));
}

#[tokio::test]
async fn sessions_outlast_kill_9_and_an_empty_start() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(2));
    let [one, other] = two(&redis, &clock).await;
    let (alive, over) = (begin(&one, &dice).await, begin(&one, &dice).await);
    redis.kill().unwrap();
    assert_eq!(sign_out(&one, &over).await.unwrap(), Commit::Done);
    let born = begin(&one, &dice).await;
    for store in [&one, &other] {
        assert_eq!(found(store, alive.id).await, Some(alive.clone()));
        assert_eq!(found(store, born.id).await, Some(born.clone()));
        assert_eq!(found(store, over.id).await, Some(ended(&over)));
    }
    redis.start_again().unwrap();
    until("copies are put in again", async || {
        assert_eq!(found(&one, alive.id).await, Some(alive.clone()));
        assert_eq!(found(&other, over.id).await, Some(ended(&over)));
        redis.run(&["DBSIZE"]).unwrap() != "0"
    })
    .await;
    assert_eq!(found(&onlooker(&redis, &clock).await, over.id).await, None);
}

#[tokio::test]
async fn an_old_snapshot_brings_no_session_back() {
    let (redis, clock, dice, url) = (Redis::start("").unwrap(), clock(), Dice::seeded(3), database());
    let server = async || beside(main_store(&url).await, &redis.address(), &clock).await;
    let (one, other) = (server().await, server().await);
    let session = begin(&one, &dice).await;
    redis.save().unwrap();
    assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
    redis.kill().unwrap();
    redis.start_again().unwrap();
    until("the link is there again", async || {
        found(&one, session.id).await == Some(ended(&session))
            && found(&onlooker(&redis, &clock).await, session.id).await == Some(session.clone())
    })
    .await;
    until("the other is told", async || found(&other, session.id).await == Some(ended(&session))).await;
    for store in [&one, &other, &server().await] {
        assert_eq!(found(store, session.id).await, Some(ended(&session)));
    }
}

#[tokio::test]
async fn a_server_that_is_cut_off_from_redis_leaves_no_copy_behind_that_another_believes_wrongly() {
    let (redis, gone, clock, dice) =
        (Redis::start("").unwrap(), Redis::start("").unwrap(), clock(), Dice::seeded(7));
    gone.kill().unwrap();
    let url = database();
    let cut_off = beside(main_store(&url).await, &gone.hasty_address(), &clock).await;
    let other = beside(main_store(&url).await, &redis.address(), &clock).await;

    let over = begin(&other, &dice).await;
    assert_eq!(sign_out(&cut_off, &over).await.unwrap(), Commit::Done);
    until("the other is told", async || found(&other, over.id).await == Some(ended(&over))).await;

    let owner = AccountId::generate(&dice, at(1));
    let turning = Session { carrier: Carrier::Bearer, ..session(owner, 10, &dice) };
    other.sessions.insert(turning.clone()).await.unwrap();
    let ratchet = Ratchet { generation: 1, spent: Some(Branch([1; 8])) };
    let turned = Session { ratchet, ..touched(&turning) };
    assert_eq!(cut_off.sessions.replace(turned.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(found(&other, turning.id).await, Some(turned), "or its next token would look forged");

    clock.set(at(109));
    let busy = begin(&other, &dice).await;
    let prolonged = Session { idle_ends_at: at(500), ..touched(&busy) };
    assert_eq!(cut_off.sessions.replace(prolonged.clone(), None).await.unwrap(), Commit::Done);
    clock.set(at(110));
    assert_eq!(found(&other, busy.id).await, Some(prolonged), "or it would be taken for expired");
}

#[tokio::test]
async fn a_redis_that_says_nothing_keeps_nobody_in_and_nobody_out() {
    let (redis, clock, dice) = (Redis::start("").unwrap(), clock(), Dice::seeded(4));
    let store = beside(memory().await, &redis.hasty_address(), &clock).await;
    let sessions = [begin(&store, &dice).await, begin(&store, &dice).await];
    redis.pause().unwrap();
    let [alive, over] = &sessions;
    assert_eq!(sign_out(&store, over).await.unwrap(), Commit::Done);
    assert_eq!(store.sessions.replace(touched(alive), None).await.unwrap(), Commit::Done);
    assert_eq!(found(&store, over.id).await, Some(ended(over)));
    assert_eq!(found(&store, alive.id).await, Some(touched(alive)));
    redis.resume().unwrap();
    // Whether what was sent to it has been done by now or not.
    for _ in 0..100 {
        assert_eq!(found(&store, over.id).await, Some(ended(over)));
        assert!(found(&store, alive.id).await.is_some_and(|session| session.ended.is_none()));
    }
}

#[tokio::test]
async fn a_redis_that_evicts_costs_reads_and_nothing_else() {
    let redis = Redis::start("--maxmemory 2mb --maxmemory-policy allkeys-lru").unwrap();
    let (clock, dice) = (clock(), Dice::seeded(5));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let mut sessions = Vec::new();
    for _ in 0..5_000 {
        sessions.push(begin(&store, &dice).await);
    }
    assert_eq!(sign_out(&store, &sessions[0]).await.unwrap(), Commit::Done);
    let evicted = redis.run(&["INFO", "stats"]).unwrap();
    assert!(!evicted.contains("evicted_keys:0"), "{evicted}");
    assert_eq!(found(&store, sessions[0].id).await, Some(ended(&sessions[0])));
    for session in &sessions[1..] {
        assert_eq!(found(&store, session.id).await.as_ref(), Some(session));
    }
}

#[tokio::test]
async fn a_redis_that_takes_nothing_more_is_no_record_of_anything() {
    let redis = Redis::start("--maxmemory 1 --maxmemory-policy noeviction").unwrap();
    let (clock, dice) = (clock(), Dice::seeded(6));
    let store = beside(memory().await, &redis.address(), &clock).await;
    let session = begin(&store, &dice).await;
    assert_eq!(found(&store, session.id).await, Some(session.clone()));
    assert_eq!(sign_out(&store, &session).await.unwrap(), Commit::Done);
    assert_eq!(found(&store, session.id).await, Some(ended(&session)));
}
