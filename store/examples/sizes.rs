//! How many bytes an account and a session take in each store once they are written, and in memory once they are read.
//!
//! `cargo run --release -p bitjang-store --example sizes`; with `memory` behind it, the store that is all memory alone

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitjang_core::account::Inserted;
use bitjang_core::account::contract::account;
use bitjang_core::password::PasswordHash;
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::contract::session;
use bitjang_core::testing::Dice;
use bitjang_core::{Account, Client, Session};
use bitjang_store::testing::Server;
use bitjang_store::{Opened, StoreUrl, open};
use tokio::task::JoinSet;

const NUMBER: usize = 100_000;
const AT_ONCE: usize = 64;
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One account with one session each.
type People = Vec<(Account, Session)>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let people = people();
    println!("| {NUMBER} of each | account | session |");
    println!("|---|---|---|");
    memory(&people).await?;
    if std::env::args().nth(1).as_deref() == Some("memory") {
        return Ok(());
    }
    embedded(&people).await?;
    postgres(&people).await
}

/// One after the other: what many tasks would need meanwhile would count.
async fn memory(people: &People) -> Outcome<()> {
    let store = opened(&StoreUrl::Memory).await?;
    let before = resident()?;
    for (account, _) in people {
        let Inserted::Done = store.accounts.insert(account.clone()).await? else {
            return Err("taken".into());
        };
    }
    let with_accounts = resident()?;
    for (_, session) in people {
        store.sessions.insert(session.clone()).await?;
    }
    tell("memory, which keeps everything", with_accounts - before, resident()? - with_accounts);
    Ok(())
}

fn people() -> People {
    let dice = Dice::seeded(1);
    let someone = |number| {
        let mut account = account(&format!("member{number}@example.org"), &dice);
        account.password = PasswordHash::from_store(HASH.to_owned());
        let mut session = session(account.id, 1_000, &dice);
        session.client = Client::new(Some(AGENT), IpAddr::from([192, 0, 2, 7]));
        session.ratchet = Ratchet { generation: 40, spent: Some(Branch([7; 8])) };
        (account, session)
    };
    (0..NUMBER).map(someone).collect()
}

async fn embedded(people: &People) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let url = StoreUrl::Embedded(folder.path().to_owned());
    let at_rest = async || -> Outcome<u64> {
        // What is written last lies in the log until the store is closed.
        open(&url, Duration::ZERO).await?.health.close().await;
        bytes(folder.path())
    };
    let empty = at_rest().await?;
    write_accounts(&opened(&url).await?, people).await?;
    let with_accounts = at_rest().await?;
    write_sessions(&opened(&url).await?, people).await?;
    let with_sessions = at_rest().await?;
    tell("embedded, on disk", with_accounts - empty, with_sessions - with_accounts);
    let (accounts, sessions) = remembered(&opened(&url).await?, people).await?;
    tell("embedded, in memory", accounts, sessions);
    Ok(())
}

async fn postgres(people: &People) -> Outcome<()> {
    let server = Server::start("")?;
    let database = server.database()?;
    let store = opened(&database.parse()?).await?;
    write_accounts(&store, people).await?;
    write_sessions(&store, people).await?;
    server.run(&database, "VACUUM ANALYZE")?;
    let size = |table: &str| -> Outcome<u64> {
        Ok(server.run(&database, &format!("SELECT pg_total_relation_size('bitjang.{table}')"))?.parse()?)
    };
    tell("PostgreSQL, tables and indexes", size("account")?, size("session")?);
    Ok(())
}

async fn opened(url: &StoreUrl) -> Outcome<Opened> {
    Ok(open(url, Duration::from_secs(10)).await?)
}

async fn write_accounts(store: &Opened, people: &People) -> Outcome<()> {
    let accounts = Arc::clone(&store.accounts);
    each(people, move |(account, _)| {
        let accounts = Arc::clone(&accounts);
        async move {
            let Inserted::Done = accounts.insert(account).await? else { return Err("taken".into()) };
            Ok(())
        }
    })
    .await
}

async fn write_sessions(store: &Opened, people: &People) -> Outcome<()> {
    let sessions = Arc::clone(&store.sessions);
    each(people, move |(_, session)| {
        let sessions = Arc::clone(&sessions);
        async move { Ok(sessions.insert(session).await?) }
    })
    .await
}

/// By how much this process grows by reading all accounts, and then all sessions.
async fn remembered(store: &Opened, people: &People) -> Outcome<(u64, u64)> {
    let before = resident()?;
    for (account, _) in people {
        store.accounts.find(account.id).await?;
    }
    let with_accounts = resident()?;
    for (_, session) in people {
        store.sessions.find(session.id).await?;
    }
    Ok((with_accounts.saturating_sub(before), resident()?.saturating_sub(with_accounts)))
}

/// Does something for everybody, for [`AT_ONCE`] of them at a time.
async fn each<D, Done>(people: &People, deed: D) -> Outcome<()>
where
    D: Fn((Account, Session)) -> Done + Clone + Send + 'static,
    Done: Future<Output = Outcome<()>> + Send,
{
    let mut workers = JoinSet::new();
    for share in people.chunks(people.len().div_ceil(AT_ONCE)) {
        let (share, deed) = (share.to_vec(), deed.clone());
        workers.spawn(async move {
            for person in share {
                deed(person).await?;
            }
            Ok(())
        });
    }
    workers.join_all().await.into_iter().collect()
}

/// How many bytes the files in `folder` have.
fn bytes(folder: &Path) -> Outcome<u64> {
    fs::read_dir(folder)?.map(|file| Ok(file?.metadata()?.len())).sum()
}

/// How much memory this process has.
fn resident() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(kib.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
}

fn tell(what: &str, accounts: u64, sessions: u64) {
    let (accounts, sessions) = (accounts / NUMBER as u64, sessions / NUMBER as u64);
    println!("| {what} | {accounts} bytes | {sessions} bytes |");
}
