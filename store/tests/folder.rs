//! What becomes of a data folder: kept over restarts, held by one process, refused in plain words when it cannot be used.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use bitjang_core::account::{Inserted, contract::account};
use bitjang_core::key::{Key, Material, Purpose, Signer};
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::{EndedWhy, contract::session};
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::Algorithm;
use bitjang_core::{Commit, Session};
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, FolderError, Opened};
use rusqlite::Connection;

fn open(folder: &Path) -> Result<Opened, FolderError> {
    Embedded::open(folder, Tuning::default()).map(Opened::from)
}

fn refused(folder: &Path) -> FolderError {
    open(folder).err().expect("it is refused")
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn every_record_is_the_same_after_a_restart() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(1));
    let account = account("kept@example.org", &dice);
    let ratchet = Ratchet { generation: u32::MAX, spent: Some(Branch([255; 8])) };
    let living = Session { ratchet, ..session(account.id, 10, &dice) };
    let ended = session(account.id, 11, &dice).ending(EndedWhy::SignedOut, at(20)).unwrap();
    let key = Key::generate(Purpose::Csrf, &dice, at(1));

    let store = open(folder.path()).unwrap();
    assert_eq!(store.accounts.insert(account.clone()).await.unwrap(), Inserted::Done);
    store.sessions.insert(living.clone()).await.unwrap();
    store.sessions.insert(ended.clone()).await.unwrap();
    store.keys.find_or_insert(key.clone()).await.unwrap();
    drop(store);

    let store = open(folder.path()).unwrap();
    assert_eq!(store.accounts.named(&account.identifier).await.unwrap().as_deref(), Some(&account));
    let sessions = store.sessions.of(account.id).await.unwrap();
    assert_eq!(
        sessions.iter().map(|session| (**session).clone()).collect::<Vec<_>>(),
        [ended.clone(), living]
    );
    let late = Session { ended: None, ..ended };
    assert_eq!(store.sessions.replace(late, None).await.unwrap(), Commit::Stale);
    let kept = store.keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(2))).await.unwrap();
    assert!(kept.secret == key.secret && kept.created_at == key.created_at);
}

#[tokio::test]
async fn signing_keys_are_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut latest = None;
    for algorithm in Algorithm::ALL {
        let added = store.keys.add_signer(signer(algorithm), latest.as_deref()).await.unwrap();
        assert_eq!(added, Commit::Done);
        latest = Some(algorithm.to_string());
    }
    drop(store);
    let kept = open(folder.path()).unwrap().keys.signers().await.unwrap();
    assert_eq!(kept.len(), Algorithm::ALL.len());
    for (kept, algorithm) in kept.iter().zip(Algorithm::ALL) {
        let added = signer(algorithm);
        assert_eq!((&kept.kid, kept.algorithm), (&added.kid, algorithm), "in the order in which they sign");
        assert_eq!((kept.created_at, kept.signs_from), (added.created_at, added.signs_from));
        assert_eq!(kept.material, added.material);
    }
}

#[tokio::test]
async fn of_a_key_that_is_rewritten_or_removed_nothing_is_left_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut before = None;
    for (algorithm, byte) in Algorithm::ALL.into_iter().zip(b'A'..) {
        let material = Material(vec![byte; 400].into());
        let signer = Signer { material, ..signer(algorithm) };
        assert_eq!(store.keys.add_signer(signer, before.as_deref()).await.unwrap(), Commit::Done);
        before = Some(algorithm.to_string());
    }
    let [first, second, ..] = &store.keys.signers().await.unwrap()[..] else { panic!("there are four") };
    let to = Material(vec![b'x'; 500].into());
    assert_eq!(store.keys.rewrite(&first.name(), &first.material, to).await.unwrap(), Commit::Done);
    store.keys.remove_signer(&second.kid).await.unwrap();
    drop(store);
    let file = fs::read(folder.path().join("bitjang.db")).unwrap();
    let count = |byte| file.windows(300).filter(|part| part.iter().all(|b| *b == byte)).count();
    assert_eq!((count(b'A'), count(b'B'), count(b'x') > 0, count(b'C') > 0), (0, 0, true, true));
}

/// A key that is called as its algorithm is.
fn signer(algorithm: Algorithm) -> Signer {
    let material = Material(algorithm.to_string().into_bytes().into());
    Signer { kid: algorithm.to_string(), algorithm, material, created_at: at(1), signs_from: at(2) }
}

#[test]
fn the_folder_is_its_owner_s_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new/data");
    let _store = open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(folder.join("bitjang.db-wal").exists(), "the log is among them");
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    let second = refused(folder.path());
    assert!(matches!(second, FolderError::InUse { .. }), "{second:?}");
    assert!(second.to_string().contains("in use by another process"), "{second}");
    drop(first);
    open(folder.path()).unwrap();
}

#[test]
fn closing_leaves_nothing_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let log = folder.path().join("bitjang.db-wal");
    assert!(!log.exists() || log.metadata().unwrap().len() == 0);
}

#[tokio::test]
async fn a_closed_store_takes_no_writes() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(1));
    let store = open(folder.path()).unwrap();
    store.health.close().await;
    store.health.close().await;
    assert!(store.accounts.insert(account("late", &dice)).await.is_err());
    assert!(store.health.ping().await.is_err());
}

#[test]
fn a_file_is_no_folder() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(refused(&file), FolderError::NotAFolder { .. }));
    assert!(matches!(refused(&file.join("data")), FolderError::NotAFolder { .. }));
}

/// A folder that nobody may write to; for a process that may write everywhere, one that the kernel itself refuses to.
#[test]
fn a_read_only_folder_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o500)).unwrap();
    let may_write_anyway = fs::write(folder.join("probe"), "").is_ok();
    let error = refused(if may_write_anyway { Path::new("/sys/bitjang") } else { &folder });
    assert!(matches!(error, FolderError::NotWritable { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot be written to"));
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let db = Connection::open(folder.path().join("bitjang.db")).unwrap();
    db.pragma_update(None, "user_version", 999).unwrap();
    drop(db);
    let error = refused(folder.path());
    assert!(matches!(error, FolderError::Newer { found: 999, .. }), "{error:?}");
    assert!(error.to_string().contains("version 999"), "{error}");
}

#[test]
fn the_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let db = Connection::open(folder.path().join("bitjang.db")).unwrap();
    db.execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
    drop(db);
    assert!(matches!(refused(folder.path()), FolderError::Foreign { .. }));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bitjang.db"), "not a database, whatever its name says. ".repeat(200))
        .unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, FolderError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("put back a backup"), "{error}");
}

#[test]
fn a_damaged_header_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let file = OpenOptions::new().write(true).open(folder.path().join("bitjang.db")).unwrap();
    file.write_all_at(&[0xFF; 100], 0).unwrap();
    assert!(matches!(refused(folder.path()), FolderError::Damaged { .. }));
}

#[test]
fn a_database_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let file = OpenOptions::new().write(true).open(folder.path().join("bitjang.db")).unwrap();
    file.set_len(file.metadata().unwrap().len() - 4096).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, FolderError::Damaged { .. }), "{error:?}");
}
