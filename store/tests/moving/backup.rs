//! Backups: of one moment, for their owner's eyes, whole or refused; and what comes back out of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bitjang_store::StoreUrl;
use bitjang_store::moving::{BackupError, Counted, MoveError, Step, back_up, restore};
use bitjang_store::testing::Server;
use tempfile::TempDir;

use crate::world::{Contents, Home, Maker, contents, database, folder, open};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.backup");
    (folder, file)
}

async fn filled(home: &Home) -> Contents {
    let store = open(home).await;
    Maker::seeded(4).fill(&store, 25).await;
    contents(&store).await
}

async fn backed_up(home: &Home, file: &Path) -> Vec<Counted> {
    back_up(&home.url, file, &mut |_| ()).await.unwrap()
}

async fn restored(file: &Path, to: &Home) -> Result<Vec<Counted>, MoveError> {
    loop {
        match restore(file, &to.url, &mut |_: Step| ()).await {
            Err(MoveError::InUse { .. }) => tokio::task::yield_now().await,
            done => return done,
        }
    }
}

#[tokio::test]
async fn any_store_s_backup_comes_back_into_any_store_and_signs_everybody_out() {
    for (from, to) in
        [(folder(), folder()), (folder(), database()), (database(), folder()), (database(), database())]
    {
        let (before, (_folder, file)) = (filled(&from).await, place());
        backed_up(&from, &file).await;
        restored(&file, &to).await.unwrap();
        let after = contents(&open(&to).await).await;
        assert_eq!(after.services, before.services);
        assert_eq!(after.sessions, before.sessions);
        assert!(after.keys.is_empty() && after.feed.is_empty(), "no token of before is good");
        for (before, after) in before.accounts.iter().zip(&after.accounts) {
            assert!(after.epoch.since > before.epoch.number + 1_000_000);
            assert_eq!((after.epoch.number, after.epoch.spared), (after.epoch.since, None));
            let as_before =
                bitjang_core::Account { epoch: before.epoch, revision: before.revision, ..after.clone() };
            assert_eq!(as_before, *before, "the rest is as it was");
        }
        assert_eq!(after.accounts.len(), before.accounts.len());
    }
}

#[tokio::test]
async fn a_backup_is_made_while_a_server_runs_and_is_of_one_moment() {
    for home in [folder(), database()] {
        let server = open(&home).await;
        let maker = Maker::seeded(4);
        maker.fill(&server, 700).await;
        let before = contents(&server).await;
        let (_folder, file) = place();
        let mut late = Some(maker.account(9_999));
        let counted = back_up(&home.url, &file, &mut |step| {
            // After the moment that it is of.
            if let Step::Copying { kind: "service_credential", .. } = step
                && let Some(account) = late.take()
            {
                let url = home.url.clone();
                let done = std::thread::spawn(move || insert(&url, &account));
                done.join().unwrap();
            }
        })
        .await
        .unwrap();
        let accounts = counted.iter().find(|counted| counted.kind == "account").unwrap();
        assert_eq!(accounts.rows, before.accounts.len() as u64);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let target = folder();
        restored(&file, &target).await.unwrap();
        assert_eq!(contents(&open(&target).await).await.sessions, before.sessions);
        drop(server);
    }
}

/// Writes an account behind the back of the server that runs.
fn insert(url: &StoreUrl, account: &bitjang_core::Account) {
    let values = |id: String, identifier: String| {
        format!(
            "(id, identifier, password, roles, state, epoch, created_at, revision) VALUES ({id}, {identifier}, 'x', '', 'active', 1, 1, 1)"
        )
    };
    let id: String = account.id.to_string().replace('-', "");
    match url {
        StoreUrl::Embedded(folder) => {
            let db = rusqlite::Connection::open(folder.join("bitjang.db")).unwrap();
            let sql = format!("INSERT INTO account {}", values(format!("x'{id}'"), "'late'".to_owned()));
            db.execute(&sql, ()).unwrap();
        }
        url => {
            let values = values(format!("decode('{id}', 'hex')"), "convert_to('late', 'UTF8')".to_owned());
            let (server, url) = (Server::shared().unwrap(), url.to_string());
            server
                .run(url.rsplit('/').next().unwrap(), &format!("INSERT INTO bitjang.account {values}"))
                .unwrap();
        }
    }
}

#[tokio::test]
async fn no_key_is_in_a_backup() {
    let (home, (_folder, file)) = (folder(), place());
    let before = filled(&home).await;
    backed_up(&home, &file).await;
    let bytes = fs::read(&file).unwrap();
    let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    assert!(before.keys.len() > 3);
    for (name, secret, _) in &before.keys {
        // What is shorter may be there by chance.
        assert!(secret.len() < 8 || !holds(secret), "{name}");
    }
    assert!(holds(before.accounts[0].id.as_bytes()));
}

#[tokio::test]
async fn a_file_that_is_cut_or_changed_anywhere_is_refused_before_anything_is_written() {
    let (home, (_folder, file)) = (folder(), place());
    Maker::seeded(4).fill(&open(&home).await, 2).await;
    backed_up(&home, &file).await;
    let whole = fs::read(&file).unwrap();
    let target = folder();
    let spoilt = file.with_extension("spoilt");
    let lengths = (0..whole.len()).step_by(7).map(|length| whole[..length].to_vec());
    let changed = (0..whole.len()).step_by(5).map(|place| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        bytes
    });
    let longer = [whole.clone(), vec![0]].concat();
    for bytes in lengths.chain(changed).chain([longer]) {
        fs::write(&spoilt, &bytes).unwrap();
        let error = restored(&spoilt, &target).await.unwrap_err();
        assert!(matches!(error, MoveError::Backup(_)), "{error:?}");
    }
    let StoreUrl::Embedded(path) = &target.url else { panic!("a folder") };
    assert!(!path.exists(), "nothing was made");
}

#[tokio::test]
async fn what_is_no_backup_of_this_form_is_told_from_what_is_damaged() {
    let (_folder, file) = place();
    for (bytes, expected) in [
        (b"SQLite format 3\0 and so on".to_vec(), "is no backup of Bitjang's"),
        (b"bitjang backup 2\nwhatever it is".to_vec(), "was written by another release"),
        (b"bitjang backup 1\n".to_vec(), "is cut off or damaged"),
        (b"bitjang".to_vec(), "is cut off or damaged"),
    ] {
        fs::write(&file, &bytes).unwrap();
        let error = restored(&file, &folder()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_backup_takes_no_other_file_s_place_and_a_restore_no_other_store_s() {
    let (home, (_folder, file)) = (folder(), place());
    filled(&home).await;
    fs::write(&file, "precious").unwrap();
    let error = back_up(&home.url, &file, &mut |_| ()).await.unwrap_err();
    assert!(matches!(error, MoveError::Backup(BackupError::Exists { .. })), "{error:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    fs::remove_file(&file).unwrap();
    backed_up(&home, &file).await;
    let error = restored(&file, &home).await.unwrap_err();
    assert!(matches!(error, MoveError::NotEmpty { .. }), "{error:?}");
    let held = open(&home).await;
    let error = restored(&file, &home).await.unwrap_err();
    assert!(error.to_string().contains("is in use by another process"), "{error}");
    drop(held);
}

#[tokio::test]
async fn a_restore_that_was_broken_off_is_no_store_and_goes_on_with_the_same_file_alone() {
    for target in [folder(), database()] {
        let (home, (_folder, file)) = (folder(), place());
        filled(&home).await;
        backed_up(&home, &file).await;
        let (from, to) = (file.clone(), target.url.clone());
        let gone = tokio::spawn(async move {
            restore(&from, &to, &mut |step| {
                if matches!(step, Step::Copying { kind: "session", .. }) {
                    std::panic::resume_unwind(Box::new("gone"));
                }
            })
            .await
        });
        assert!(gone.await.is_err());
        let said = crate::world::opened(&target.url).await.err().unwrap().to_string();
        assert!(said.contains("is not whole: it was being filled from the backup "), "{said}");
        let other = file.with_extension("other");
        let elsewhere = folder();
        Maker::seeded(5).fill(&open(&elsewhere).await, 1).await;
        backed_up(&elsewhere, &other).await;
        let error = restored(&other, &target).await.unwrap_err();
        assert!(matches!(error, MoveError::OtherOrigin { .. }), "{error:?}");
        restored(&file, &target).await.unwrap();
        assert_eq!(contents(&open(&target).await).await.accounts.len(), 25);
    }
}
