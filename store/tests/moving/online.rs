//! Servers go on while their store is moved: what they acknowledged arrives, whenever that was, and afterwards they write no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bitjang_core::session::EndedWhy;
use bitjang_core::testing::at;
use bitjang_core::{AccountId, Commit, Revision, Revocation, Session, Time};
use bitjang_store::Opened;
use bitjang_store::moving::{MoveError, Step, move_store};

use crate::world::{Home, Maker, contents, database, folder, moved, open};

/// Begins sessions, uses them and ends them, until told to stop: each as it was last acknowledged.
async fn write(
    store: Opened,
    accounts: Vec<AccountId>,
    seed: u64,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
) -> Vec<Session> {
    let (maker, mut acknowledged) = (Maker::seeded(seed), Vec::new());
    while !stop.load(Ordering::SeqCst) {
        let account = accounts[usize::try_from(maker.below(accounts.len() as u64)).unwrap()];
        let begun = Session { ended: None, revision: Revision::FIRST, ..maker.session(account) };
        if store.sessions.insert(begun.clone()).await.is_err() {
            continue;
        }
        let used =
            Session { seen_at: Time::from_micros(5), revision: begun.revision.next(), ..begun.clone() };
        let latest = match store.sessions.replace(used.clone(), None).await {
            Ok(commit) => {
                assert_eq!(commit, Commit::Done);
                used
            }
            Err(_) => begun,
        };
        let revokes = Revocation::of_session(latest.id, Duration::from_secs(300), at(2_000));
        let ended = latest.ending(EndedWhy::SignedOut, at(2_000)).unwrap();
        let latest = match store.sessions.replace(ended.clone(), Some(revokes)).await {
            Ok(Commit::Done) => ended,
            _ => latest,
        };
        acknowledged.push(latest);
        count.fetch_add(1, Ordering::SeqCst);
    }
    acknowledged
}

/// Reads an account over and over, until told to stop; how often.
async fn read(store: Opened, known: AccountId, stop: Arc<AtomicBool>) -> u64 {
    let mut times = 0;
    while !stop.load(Ordering::SeqCst) {
        assert!(store.accounts.find(known).await.unwrap().is_some(), "reads go on");
        store.sessions.of(known).await.unwrap();
        times += 1;
    }
    times
}

async fn servers_on(home: &Home, many: usize) -> Vec<Opened> {
    let mut servers = Vec::new();
    for _ in 0..many {
        servers.push(bitjang_store::open(&home.url, Duration::from_secs(10)).await.unwrap());
    }
    servers
}

async fn check(from: Home, to: Home, many: usize) {
    let servers = servers_on(&from, many).await;
    Maker::seeded(1).fill(&servers[0], 400).await;
    let accounts: Vec<_> = contents(&servers[0]).await.accounts.iter().map(|account| account.id).collect();
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let begin = |nth: usize| {
        let (store, accounts) = (servers[nth % many].clone(), accounts.clone());
        tokio::spawn(write(store, accounts, 100 + nth as u64, Arc::clone(&stop), Arc::clone(&count)))
    };
    let writers: Vec<_> = (0..4).map(begin).collect();
    let reader = tokio::spawn(read(servers[0].clone(), accounts[0], Arc::clone(&stop)));

    while count.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    moved(&from, &to, &mut |_: Step| ()).await.unwrap();
    for server in &servers {
        let told = server.sessions.insert(Maker::seeded(5).session(accounts[0])).await.unwrap_err();
        assert!(format!("{told:?}").contains("this store has been moved"), "{told:?}");
    }
    stop.store(true, Ordering::SeqCst);
    assert!(reader.await.unwrap() > 0);
    let arrived = contents(&open(&to).await).await;
    for writer in writers {
        for session in writer.await.unwrap() {
            let kept = arrived.sessions.iter().find(|kept| kept.id == session.id);
            let kept = kept.expect("what was acknowledged has arrived");
            assert!(kept.revision >= session.revision);
            assert!(session.ended.is_none() || kept.ended.is_some(), "an end is an end");
        }
    }
    assert_eq!(arrived, contents(&servers[0]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_folder_while_its_server_runs() {
    check(folder(), database(), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_database_while_three_servers_run() {
    check(database(), folder(), 3).await;
}

/// The mover is gone in the pause: nobody has to end it.
#[tokio::test(flavor = "multi_thread")]
async fn the_pause_ends_with_the_mover() {
    for (from, to) in [(folder(), database()), (database(), folder())] {
        let server = open(&from).await;
        Maker::seeded(1).fill(&server, 10).await;
        let urls = (from.url.clone(), to.url.clone());
        let (say, paused) = tokio::sync::oneshot::channel();
        let (go, going) = std::sync::mpsc::channel::<()>();
        let mover = tokio::spawn(async move {
            let mut say = Some(say);
            let mut watch = move |step| {
                if step == Step::Paused {
                    let _nobody_waits = say.take().unwrap().send(());
                    let _told = going.recv();
                    std::panic::resume_unwind(Box::new("gone"));
                }
            };
            move_store(&urls.0, &urls.1, &mut watch).await
        });
        paused.await.unwrap();
        let id = AccountId::from_bytes([3; 16]);
        if let bitjang_store::StoreUrl::Postgres(_) = from.url {
            // It is told at once, and holds no connection that somebody could read with.
            server.sessions.insert(Maker::seeded(7).session(id)).await.unwrap_err();
        }
        go.send(()).unwrap();
        assert!(mover.await.is_err());
        let maker = Maker::seeded(8);
        let trying = async { while server.sessions.insert(maker.session(id)).await.is_err() {} };
        tokio::time::timeout(Duration::from_secs(30), trying).await.unwrap();
    }
}

/// Whatever keeps a move from its end, the servers go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_taken_away_in_the_pause_leaves_the_source_in_use() {
    let (from, to) = (folder(), database());
    let server = open(&from).await;
    Maker::seeded(1).fill(&server, 10).await;
    let name = to.url.to_string().rsplit('/').next().unwrap().to_owned();
    let error = moved(&from, &to, &mut |step| {
        if step == Step::Paused {
            let drop = "ALTER TABLE bitjang.session RENAME TO gone";
            bitjang_store::testing::Server::shared().unwrap().run(&name, drop).unwrap();
        }
    })
    .await
    .unwrap_err();
    assert!(matches!(error, MoveError::Reading { kind: "session", .. }), "{error:?}");
    server.sessions.insert(Maker::seeded(8).session(AccountId::from_bytes([3; 16]))).await.unwrap();
}
