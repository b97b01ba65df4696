//! Data folders of earlier releases: opened, brought to the present shape, and nobody is signed out by that.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use bitjang_core::key::{Key, Purpose};
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Carrier, Commit, Identifier, Revision, Revocation, Session, SessionId};
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, Opened};
use rusqlite::Connection;

const LIVING: SessionId = SessionId::from_bytes([1; 16]);
const ENDED: SessionId = SessionId::from_bytes([2; 16]);

/// A data folder as the first release left it: somebody with two sessions, one of them ended, and a key.
fn of_the_first_release(folder: &Path) {
    let db = Connection::open(folder.join("bitjang.db")).unwrap();
    db.execute_batch(include_str!("../src/embedded/migrations/0001_accounts_sessions_keys.sql")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x424A4E47; PRAGMA user_version = 1;
        INSERT INTO account VALUES (x'09090909090909090909090909090909', 'kept@example.org', 'Kept', '$argon2id$…', 'admin', 'active',
            3, NULL, 1000000, 5);
        INSERT INTO session (id, secret, account, epoch, carrier, agent, address, created_at, seen_at, idle_ends_at, ends_at, ended_at,
            ended_why, revision) VALUES
            (x'01010101010101010101010101010101', zeroblob(32), x'09090909090909090909090909090909', 3, 'cookie', 'Mozilla/5.0', '192.0.2.7',
            10000000, 20000000, 120000000, 1010000000, NULL, NULL, 4),
            (x'02020202020202020202020202020202', zeroblob(32), x'09090909090909090909090909090909', 3, 'cookie', NULL, '2001:db8::1',
            10000000, 10000000, 110000000, 1010000000, 30000000, 'signed_out', 2);
        INSERT INTO key VALUES ('csrf', zeroblob(32), 1000000);",
    )
    .unwrap();
}

fn opened(folder: &Path) -> Opened {
    Opened::from(Embedded::open(folder, Tuning::default()).unwrap())
}

async fn found(store: &Opened, id: SessionId) -> Session {
    (*store.sessions.find(id).await.unwrap().unwrap()).clone()
}

#[tokio::test]
async fn the_records_of_the_first_release_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    of_the_first_release(folder.path());
    let store = opened(folder.path());

    let living = found(&store, LIVING).await;
    assert_eq!((living.carrier, living.epoch, living.revision), (Carrier::Cookie, 3, Revision(4)));
    assert_eq!((living.seen_at, living.idle_ends_at, living.ends_at), (at(20), at(120), at(1_010)));
    assert_eq!((living.ratchet, living.ended), (Ratchet::default(), None));
    assert_eq!(found(&store, ENDED).await.ended.unwrap().why, EndedWhy::SignedOut);
    assert_eq!(store.sessions.of(AccountId::from_bytes([9; 16])).await.unwrap().len(), 2);

    let owner = store.accounts.named(&Identifier::new("kept@example.org").unwrap()).await.unwrap().unwrap();
    assert_eq!((owner.epoch.number, owner.epoch.since, owner.revision), (3, 3, Revision(5)));
    let fresh = Key::generate(Purpose::Csrf, &Dice::seeded(1), at(2));
    assert_eq!(store.keys.find_or_insert(fresh).await.unwrap().secret.0.as_slice(), [0; 32]);
    assert!(store.keys.find(Purpose::RefreshTag).await.unwrap().is_none());
    assert!(store.keys.signers().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_sessions_of_the_first_release_go_on() {
    let folder = tempfile::tempdir().unwrap();
    of_the_first_release(folder.path());
    let store = opened(folder.path());
    let living = found(&store, LIVING).await;
    let turned = Session {
        ratchet: Ratchet { generation: 1, spent: Some(Branch([7; 8])) },
        revision: living.revision.next(),
        ..living
    };
    assert_eq!(store.sessions.replace(turned.clone(), None).await.unwrap(), Commit::Done);
    let ended = turned.ending(EndedWhy::TokenFork, at(50)).unwrap();
    let revocation = Revocation::of_session(LIVING, Duration::from_secs(300), at(50));
    drop(store);

    let store = opened(folder.path());
    assert_eq!(found(&store, LIVING).await, turned);
    assert_eq!(store.sessions.replace(ended.clone(), Some(revocation)).await.unwrap(), Commit::Done);
    drop(store);
    assert_eq!(found(&opened(folder.path()), LIVING).await, ended);
}
