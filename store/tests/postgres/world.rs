//! Stores on a database of their own, and what is done to records in it.

use std::time::Duration;

use bitjang_core::account::Inserted;
use bitjang_core::revocation::{Entry, Position};
use bitjang_core::session::EndedWhy;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{Account, AccountId, Commit, Failure, Revocation, Session};
use bitjang_store::Opened;
use bitjang_store::testing::Server;

/// How long a token lives.
pub(crate) const ACCESS: Duration = Duration::from_secs(300);

/// Longer than anything here takes; what has not come by then does not come.
pub(crate) const AT_LAST: Duration = Duration::from_secs(30);

/// The address of a new database on the server that all tests share.
pub(crate) fn database() -> String {
    Server::shared().unwrap().database().unwrap()
}

/// A store on the database at `address`, whose memory is believed for 10 s without news.
pub(crate) async fn open(address: &str) -> Opened {
    open_believing(address, Duration::from_secs(10)).await
}

pub(crate) async fn open_believing(address: &str, max_staleness: Duration) -> Opened {
    bitjang_store::open(&address.parse().unwrap(), max_staleness).await.unwrap()
}

/// Two servers' stores on one new database.
pub(crate) async fn two() -> [Opened; 2] {
    let address = database();
    [open(&address).await, open(&address).await]
}

/// A session that has just begun.
pub(crate) async fn begin(store: &Opened, dice: &Dice) -> Session {
    let session = session(AccountId::generate(dice, at(1)), 10, dice);
    store.sessions.insert(session.clone()).await.unwrap();
    session
}

/// The record of an ended session.
pub(crate) fn ended(session: &Session) -> Session {
    session.ending(EndedWhy::SignedOut, at(20)).unwrap()
}

pub(crate) async fn sign_out(store: &Opened, session: &Session) -> Result<Commit, Failure> {
    store.sessions.replace(ended(session), Some(Revocation::of_session(session.id, ACCESS, at(20)))).await
}

/// An account that has just been made.
pub(crate) async fn sign_up(store: &Opened, name: &str, dice: &Dice) -> Account {
    let account = bitjang_core::account::contract::account(name, dice);
    assert_eq!(store.accounts.insert(account.clone()).await.unwrap(), Inserted::Done);
    account
}

/// All that is in the feed.
pub(crate) async fn feed(store: &Opened) -> Vec<Entry> {
    store.revocations.after(Position::default(), usize::MAX).await.unwrap()
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
