//! A store with many sessions, filled through the store itself before any server starts.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_core::account::{Epoch, Inserted, Roles, State};
use bitjang_core::password::{Parameters, Password, PasswordHash, Workbench};
use bitjang_core::session::Lifetime;
use bitjang_core::{
    Account, AccountId, Client, Clock as _, Entropy, Identifier, Revision, Session, SessionToken,
};
use bitjang_guard::cookies::SESSION;
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, Opened};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// How many accounts have a password that somebody can sign in with.
pub(crate) const PEOPLE: usize = 64;
/// The password of all of them.
pub(crate) const PASSWORD: &str = "walnut-cabinet-39";

/// How many writes wait together.
const WRITERS: usize = 256;
/// What the people's browsers say they are.
pub(crate) const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// How many records a store is filled with.
#[derive(Clone, Copy)]
pub(crate) struct Crop {
    pub(crate) accounts: usize,
    /// Dealt out among the accounts.
    pub(crate) sessions: usize,
}

/// A folder with a filled store, gone when this is dropped.
pub(crate) struct Seeded {
    folder: TempDir,
    /// As they stand in a `Cookie` header.
    pub(crate) cookies: Vec<String>,
    /// How much the data folder grew for each session, in bytes.
    pub(crate) bytes_per_session: f64,
}

impl Seeded {
    /// Fills a store in a folder of its own inside `place`. It is opened twice: closing it writes out what it holds back.
    #[tokio::main]
    pub(crate) async fn sow(place: &Path, crop: Crop) -> Result<Self> {
        let folder = tempfile::tempdir_in(place)?;
        let data = folder.path().join("data");
        let store = Opened::from(Embedded::open(&data, Tuning::default())?);
        let accounts = write_accounts(&store, crop.accounts).await?;
        store.health.close().await;
        drop(store);
        let before = bytes(&data)?;
        let store = Opened::from(Embedded::open(&data, Tuning::default())?);
        let cookies = write_sessions(&store, &accounts, crop.sessions).await?;
        store.health.close().await;
        drop(store);
        let bytes_per_session = (bytes(&data)? - before) / f64::from(u32::try_from(crop.sessions)?);
        Ok(Self { folder, cookies, bytes_per_session })
    }

    /// Where `data` is, and where a server may run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Fills an open store; the cookies.
pub(crate) async fn fill(store: &Opened, crop: Crop) -> Result<Vec<String>> {
    let accounts = write_accounts(store, crop.accounts).await?;
    write_sessions(store, &accounts, crop.sessions).await
}

/// What the `number`th of the people types to sign in.
pub(crate) fn person(number: usize) -> String {
    format!("person{number}@example.org")
}

/// The people, and so many more that nobody will sign in to; those.
async fn write_accounts(store: &Opened, count: usize) -> Result<Vec<Account>> {
    let password = hash()?;
    let names = (0..count).map(|number| format!("member{number}@example.org"));
    let accounts: Vec<_> =
        (0..PEOPLE).map(person).chain(names).map(|name| account(&name, &password)).collect::<Result<_>>()?;
    let port = Arc::clone(&store.accounts);
    let insert = move |account| {
        let port = Arc::clone(&port);
        async move {
            ensure!(port.insert(account).await? == Inserted::Done, "an identifier is taken");
            Ok(())
        }
    };
    all(accounts.clone(), insert).await?;
    Ok(accounts.into_iter().skip(PEOPLE).collect())
}

/// Deals out so many sessions; their cookies.
async fn write_sessions(store: &Opened, accounts: &[Account], count: usize) -> Result<Vec<String>> {
    let (sessions, cookies) = accounts.iter().cycle().take(count).map(session).unzip::<_, _, Vec<_>, _>();
    let port = Arc::clone(&store.sessions);
    let insert = move |session| {
        let port = Arc::clone(&port);
        async move { Ok(port.insert(session).await?) }
    };
    all(sessions, insert).await?;
    Ok(cookies)
}

/// Writes all records, many at a time, so that they share commits.
async fn all<T, W, Written>(mut records: Vec<T>, write: W) -> Result<()>
where
    T: Send + 'static,
    W: Fn(T) -> Written + Clone + Send + 'static,
    Written: Future<Output = Result<()>> + Send,
{
    let share = records.len().div_ceil(WRITERS).max(1);
    let mut writers = JoinSet::new();
    while !records.is_empty() {
        let (mine, write) = (records.split_off(records.len().saturating_sub(share)), write.clone());
        writers.spawn(async move {
            for record in mine {
                write(record).await?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    Ok(())
}

/// An account that nobody has yet.
pub(crate) fn account(identifier: &str, password: &PasswordHash) -> Result<Account> {
    let now = SystemClock.now();
    Ok(Account {
        id: AccountId::generate(&SystemEntropy, now),
        identifier: Identifier::new(identifier)?,
        name: None,
        password: password.clone(),
        roles: Roles::default(),
        state: State::Active,
        epoch: Epoch::FIRST,
        created_at: now,
        revision: Revision::FIRST,
    })
}

/// A session that has just begun, and its cookie.
fn session(account: &Account) -> (Session, String) {
    let token = SessionToken::generate(&SystemEntropy);
    let client = Client::new(Some(AGENT), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let session = Session::begin(&token, account, client, Lifetime::default(), SystemClock.now());
    (session, format!("{SESSION}={}", *token.reveal()))
}

/// One hash for all: making 100,000 of them would take half an hour.
pub(crate) fn hash() -> Result<PasswordHash> {
    let entropy: &dyn Entropy = &SystemEntropy;
    Ok(Workbench::default().hash(&password()?, entropy.bytes(), Parameters::default()))
}

/// [`PASSWORD`], as the rules know it.
pub(crate) fn password() -> Result<Password> {
    Password::new(PASSWORD).context("the password is too long")
}

/// How many bytes the files in `folder` have.
fn bytes(folder: &Path) -> Result<f64> {
    let mut kib = 0.0;
    for file in fs::read_dir(folder)? {
        kib += f64::from(u32::try_from(file?.metadata()?.len() / 1_024)?);
    }
    Ok(kib * 1_024.0)
}
