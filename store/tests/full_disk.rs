//! A file system that takes no more bytes: writes fail and say so, reads go on, nothing acknowledged is lost, and writing resumes when there is room.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::env;
use std::path::Path;
use std::process::Command;

use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at, together};
use bitjang_core::{AccountId, Session};
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, Opened};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const FOLDER: &str = "BITJANG_TEST_FULL";

/// The limit is a process's own, and the signal that comes with it must be ignored from the start: hence a second process.
#[test]
fn writes_fail_when_the_disk_is_full_and_resume_when_it_is_not() {
    if let Some(folder) = env::var_os(FOLDER) {
        fill(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" --exact writes_fail_when_the_disk_is_full_and_resume_when_it_is_not --nocapture"])
        .arg(env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

#[tokio::main(flavor = "current_thread")]
async fn fill(folder: &Path) {
    let dice = Dice::seeded(1);
    let store = open(folder);
    let before = getrlimit(Resource::Fsize);
    let room = |bytes| setrlimit(Resource::Fsize, Rlimit { current: bytes, ..before }).unwrap();

    room(Some(500_000));
    let mut told = write(&store, &dice, 5_000).await;
    assert!(
        told.iter().any(|(_, fine)| *fine) && told.iter().any(|(_, fine)| !*fine),
        "a commit did not fit"
    );
    room(Some(0));
    let refused = write(&store, &dice, 500).await;
    assert!(refused.iter().all(|(_, fine)| !*fine), "nothing fits any more");
    told.extend(refused);
    assert!(store.health.ping().await.is_err(), "it says that it cannot write");
    agree(&store, &told).await;

    room(before.current);
    store.health.ping().await.expect("it tries again when asked");
    let later = write(&store, &dice, 500).await;
    assert!(later.iter().all(|(_, fine)| *fine), "there is room again");
    told.extend(later);
    drop(store);
    agree(&open(folder), &told).await;
}

async fn write(store: &Opened, dice: &Dice, many: usize) -> Vec<(Session, bool)> {
    let sessions: Vec<Session> =
        (0..many).map(|_| session(AccountId::generate(dice, at(1)), 10, dice)).collect();
    let answers = together(sessions.iter().map(|session| store.sessions.insert(session.clone()))).await;
    sessions.into_iter().zip(answers.iter().map(Result::is_ok)).collect()
}

async fn agree(store: &Opened, told: &[(Session, bool)]) {
    for (session, fine) in told {
        let kept = store.sessions.find(session.id).await.unwrap();
        assert_eq!(
            kept.as_deref(),
            fine.then_some(session),
            "what was acknowledged is there, and nothing else"
        );
    }
}

fn open(folder: &Path) -> Opened {
    Opened::from(Embedded::open(folder, Tuning::default()).unwrap())
}
