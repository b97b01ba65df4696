//! There and back again: the same records, by their ports and by their sums.

use bitjang_core::Revision;
use bitjang_core::revocation::Position;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::at;
use bitjang_core::{Commit, Revocation, Session};
use bitjang_store::Opened;
use bitjang_store::moving::{Counted, Step};

use crate::world::{Contents, Home, Maker, contents, database, folder, moved, open};

async fn filled(home: &Home, seed: u64, accounts: usize) -> Contents {
    let store = open(home).await;
    Maker::seeded(seed).fill(&store, accounts).await;
    contents(&store).await
}

async fn held_by(home: &Home) -> Contents {
    contents(&open(home).await).await
}

async fn carried(from: &Home, to: &Home) -> Vec<Counted> {
    moved(from, to, &mut |_: Step| ()).await.unwrap()
}

#[tokio::test]
async fn from_a_folder_to_a_database_and_back_is_as_if_nothing_had_happened() {
    for (seed, accounts) in (1..).zip([0, 1, 7, 40, 300]) {
        let (first, between, last) = (folder(), database(), folder());
        let before = filled(&first, seed, accounts).await;
        let there = carried(&first, &between).await;
        assert_eq!(held_by(&between).await, before, "{accounts} accounts");
        let back = carried(&between, &last).await;
        assert_eq!(held_by(&last).await, before, "{accounts} accounts");
        assert_eq!(there, back, "by count and checksum of every kind");
        let sessions = there.iter().find(|counted| counted.kind == "session").unwrap();
        assert_eq!(sessions.rows, accounts as u64 * 4 + 1);
    }
}

#[tokio::test]
async fn from_a_database_to_a_database_guesses_are_moved_as_well() {
    let (one, other) = (database(), database());
    let before = filled(&one, 9, 20).await;
    let bucket = "INSERT INTO bitjang.bucket SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), n FROM generate_series(1, 50) AS n";
    let run = |home: &Home, sql: &str| {
        let address = home.url.to_string();
        bitjang_store::testing::Server::shared()
            .unwrap()
            .run(address.rsplit('/').next().unwrap(), sql)
            .unwrap()
    };
    run(&one, bucket);
    let counted = carried(&one, &other).await;
    assert_eq!(counted.iter().find(|counted| counted.kind == "bucket").unwrap().rows, 50);
    assert_eq!(run(&other, "SELECT sum(full_at) FROM bitjang.bucket"), "1275");
    assert_eq!(held_by(&other).await, before);
}

#[tokio::test]
async fn from_a_folder_to_a_folder() {
    let (one, other) = (folder(), folder());
    let before = filled(&one, 10, 20).await;
    carried(&one, &other).await;
    assert_eq!(held_by(&other).await, before);
}

/// A server died between an end and the giving of its place, and nobody has looked since.
#[tokio::test]
async fn an_end_that_has_no_place_in_the_feed_yet_is_moved_with_one() {
    let (from, to) = (database(), folder());
    let before = filled(&from, 5, 3).await;
    let address = from.url.to_string();
    let late = "INSERT INTO bitjang.feed (session, at, until) VALUES (decode(repeat('ab', 16), 'hex'), 1, 9000000000000000)";
    let server = bitjang_store::testing::Server::shared().unwrap();
    server.run(address.rsplit('/').next().unwrap(), late).unwrap();
    carried(&from, &to).await;
    let feed = held_by(&to).await.feed;
    assert_eq!(feed.len(), before.feed.len() + 1);
    let session = bitjang_core::SessionId::from_bytes([0xab; 16]);
    assert_eq!(feed.last().unwrap().revocation.of, bitjang_core::revocation::Revoked::Session(session));
}

async fn end_one(store: &Opened, session: &Session) -> Position {
    let ended = session.ending(EndedWhy::SignedOut, at(2_000)).unwrap();
    let revokes = Revocation::of_session(session.id, std::time::Duration::from_secs(300), at(2_000));
    assert_eq!(store.sessions.replace(ended, Some(revokes)).await.unwrap(), Commit::Done);
    store.revocations.after(Position::default(), usize::MAX).await.unwrap().pop().unwrap().position
}

/// A verifier that stands at the last place of the old feed must be told of what comes next in the new one.
#[tokio::test]
async fn no_place_in_the_feed_is_given_twice() {
    let homes = [folder(), database(), folder()];
    let mut last = {
        let store = open(&homes[0]).await;
        let maker = Maker::seeded(3);
        maker.fill(&store, 3).await;
        next_place(&store, &maker).await
    };
    for pair in homes.windows(2) {
        {
            let store = open(&pair[0]).await;
            // It was given, though nothing stands there any more.
            store.revocations.forget(at(1_000_000), usize::MAX).await.unwrap();
        }
        carried(&pair[0], &pair[1]).await;
        let next = next_place(&open(&pair[1]).await, &Maker::seeded(last.0)).await;
        assert!(next > last, "{next} comes after {last}");
        last = next;
    }
}

async fn next_place(store: &Opened, maker: &Maker) -> Position {
    let session = Session {
        ended: None,
        revision: Revision::FIRST,
        ..maker.session(bitjang_core::AccountId::from_bytes([7; 16]))
    };
    store.sessions.insert(session.clone()).await.unwrap();
    end_one(store, &session).await
}
