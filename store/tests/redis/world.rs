//! Main stores with a Redis server beside them, and what is done to records in them.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::session::EndedWhy;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::{AccountId, Commit, Failure, Revocation, Session, SessionId};
use bitjang_store::testing::{Redis, Server};
use bitjang_store::{Belief, Opened, StoreUrl, open};
use tempfile::TempDir;

/// How long a token lives, which makes a copy live for a minute.
pub(crate) const ACCESS: Duration = Duration::from_secs(300);

/// How old the news of the feed may be.
pub(crate) const STALENESS: Duration = Duration::from_secs(10);

/// Longer than anything here takes; what has not come by then does not come.
const AT_LAST: Duration = Duration::from_secs(30);

/// A clock that shows the second after the one at which sessions begin here.
pub(crate) fn clock() -> Arc<HandClock> {
    Arc::new(HandClock::showing(at(11)))
}

/// A main store of each kind, and the folder that it is in.
pub(crate) async fn main_stores() -> [(Opened, Option<TempDir>); 3] {
    let folder = tempfile::tempdir().unwrap();
    let embedded = StoreUrl::Embedded(folder.path().join("data"));
    [
        (memory().await, None),
        (main_store(&embedded).await, Some(folder)),
        (main_store(&database()).await, None),
    ]
}

pub(crate) async fn memory() -> Opened {
    main_store(&StoreUrl::Memory).await
}

pub(crate) async fn main_store(url: &StoreUrl) -> Opened {
    open(url, STALENESS).await.unwrap()
}

/// The address of a new database on the server that all tests share.
pub(crate) fn database() -> StoreUrl {
    Server::shared().unwrap().database().unwrap().parse().unwrap()
}

pub(crate) async fn beside(main: Opened, redis: &str, clock: &Arc<HandClock>) -> Opened {
    let clock = Arc::<HandClock>::clone(clock);
    let belief = Belief { clock, access: ACCESS, max_staleness: STALENESS };
    main.beside_redis(&redis.parse().unwrap(), belief).await.unwrap()
}

/// Two servers' stores on one database and one Redis.
pub(crate) async fn two(redis: &Redis, clock: &Arc<HandClock>) -> [Opened; 2] {
    two_at(&redis.address(), clock).await
}

/// The same, on what listens at this address.
pub(crate) async fn two_at(redis: &str, clock: &Arc<HandClock>) -> [Opened; 2] {
    let url = database();
    let (one, other) = (main_store(&url).await, main_store(&url).await);
    [beside(one, redis, clock).await, beside(other, redis, clock).await]
}

/// A server that shares Redis with the others, but has a main store in which there is nothing: what it finds, it found in Redis.
pub(crate) async fn onlooker(redis: &Redis, clock: &Arc<HandClock>) -> Opened {
    beside(memory().await, &redis.address(), clock).await
}

/// A session that has just begun.
pub(crate) async fn begin(store: &Opened, dice: &Dice) -> Session {
    let session = session(AccountId::generate(dice, at(1)), 10, dice);
    store.sessions.insert(session.clone()).await.unwrap();
    session
}

/// The record of a session that is in use.
pub(crate) fn touched(session: &Session) -> Session {
    Session { seen_at: at(15), revision: session.revision.next(), ..session.clone() }
}

/// The record of an ended session.
pub(crate) fn ended(session: &Session) -> Session {
    session.ending(EndedWhy::SignedOut, at(20)).unwrap()
}

pub(crate) async fn sign_out(store: &Opened, session: &Session) -> Result<Commit, Failure> {
    store.sessions.replace(ended(session), Some(Revocation::of_session(session.id, ACCESS, at(20)))).await
}

pub(crate) async fn found(store: &Opened, id: SessionId) -> Option<Session> {
    store.sessions.find(id).await.unwrap().map(Arc::unwrap_or_clone)
}

/// The name of a session's copy.
pub(crate) fn copy_of(session: &Session) -> String {
    format!("bitjang:{{session:{}}}", session.id)
}

/// Asks again and again until the answer is yes.
pub(crate) async fn until(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    let asked = async {
        while !ask().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(AT_LAST, asked).await.is_ok(), "{what}: not within {AT_LAST:?}");
}
