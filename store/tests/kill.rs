//! kill -9 in the middle of a storm of writes: what was acknowledged is there afterwards.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{HashMap, HashSet};
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::{Position, Revoked};
use bitjang_core::session::{EndedWhy, contract::session};
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Commit, Revision, Revocation, Revocations, Session, SessionId, Sessions};
use bitjang_store::Embedded;
use bitjang_store::embedded::Tuning;

const FOLDER: &str = "BITJANG_TEST_STORM";
const MARK: &str = "acknowledged";
const WRITERS: u64 = 16;
/// The revision at which a session of the storm is signed out.
const LAST: u64 = 9;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    if let Some(folder) = env::var_os(FOLDER) {
        storm(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = HashMap::new();
    for at_least in [200, 500, 1_000] {
        acknowledged.extend(kill_after(at_least, folder.path()));
        all_are_there(folder.path(), &acknowledged);
    }
    assert!(acknowledged.values().any(|revision| *revision == LAST), "some were signed out");
    assert!(acknowledged.len() > 100);
}

/// Starts this very test again as another process that writes, and ends it after so many acknowledgements: the revision acknowledged for each session.
fn kill_after(at_least: usize, folder: &Path) -> HashMap<SessionId, u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "what_was_acknowledged_survives_kill_9", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acknowledged = HashMap::new();
    // Every whole line was written before the end, also those that are read after it.
    for (line, text) in told.filter(|text| text.contains(MARK)).enumerate() {
        if line == at_least {
            end(&mut child);
        }
        if let Some((id, revision)) = read(&text) {
            acknowledged.insert(id, revision);
        }
    }
    end(&mut child);
    acknowledged
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn read(line: &str) -> Option<(SessionId, u64)> {
    let mut words = line.split(MARK).nth(1)?.split_whitespace();
    let (id, revision, "end") = (words.next()?, words.next()?, words.next()?) else { return None };
    Some((id.parse().unwrap(), revision.parse().unwrap()))
}

#[tokio::main(flavor = "current_thread")]
async fn all_are_there(folder: &Path, acknowledged: &HashMap<SessionId, u64>) {
    let store = Embedded::open(folder, Tuning::default()).expect("it starts unaided");
    let revoked = revoked(&store).await;
    for (id, revision) in acknowledged {
        let kept = store.find(*id).await.unwrap().expect("an acknowledged session is there");
        assert!(
            kept.revision >= Revision(*revision),
            "{id} was acknowledged at {revision}, and is at {:?}",
            kept.revision
        );
        assert_eq!(
            kept.seen_at,
            at(i64::try_from(kept.revision.0).unwrap()),
            "no record is half of one and half of another"
        );
        assert_eq!(kept.ended.is_some(), kept.revision == Revision(LAST));
        assert_eq!(
            revoked.contains(id),
            kept.ended.is_some(),
            "a session's end and its revocation are both there or neither"
        );
    }
}

/// The sessions that the feed revokes, acknowledged or not: each has ended.
async fn revoked(store: &Embedded) -> HashSet<SessionId> {
    let mut revoked = HashSet::new();
    for entry in store.after(Position::default(), usize::MAX).await.unwrap() {
        let Revoked::Session(id) = entry.revocation.of else { panic!("no account was revoked") };
        assert!(store.find(id).await.unwrap().unwrap().ended.is_some());
        assert!(revoked.insert(id), "once");
    }
    revoked
}

/// Inserts sessions and rewrites them, each a few times, until killed.
#[tokio::main]
async fn storm(folder: &Path) {
    let store = Arc::new(Embedded::open(folder, Tuning::default()).unwrap());
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), writer))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn write(store: Arc<Embedded>, writer: u64) {
    // The process id makes ids that no earlier storm has used.
    let dice = Dice::seeded(u64::from(std::process::id()) << 8 | writer);
    loop {
        let first = session(AccountId::generate(&dice, at(1)), 1, &dice);
        store.insert(first.clone()).await.unwrap();
        acknowledge(&first);
        for revision in 2..LAST {
            let next = at_revision(revision, &first);
            assert_eq!(store.replace(next.clone(), None).await.unwrap(), Commit::Done);
            acknowledge(&next);
        }
        let revocation = Revocation::of_session(first.id, Duration::from_secs(300), at(20));
        let ended = Session {
            ended: first.ending(EndedWhy::SignedOut, at(20)).unwrap().ended,
            ..at_revision(LAST, &first)
        };
        assert_eq!(store.replace(ended.clone(), Some(revocation)).await.unwrap(), Commit::Done);
        acknowledge(&ended);
    }
}

fn at_revision(revision: u64, session: &Session) -> Session {
    let seen_at = at(i64::try_from(revision).unwrap());
    Session { revision: Revision(revision), seen_at, ..session.clone() }
}

fn acknowledge(session: &Session) {
    let line = format!("{MARK} {} {} end\n", session.id, session.revision.0);
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}
