//! A store full of sessions, and clients that refresh some of them or rewrite them by themselves.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bitjang::hashing::{Pool, Size};
use bitjang::telemetry::Telemetry;
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_core::account::Inserted;
use bitjang_core::key::Purpose;
use bitjang_core::password::Parameters;
use bitjang_core::ratchet::{Branch, Ratchet, RefreshToken, TagKey};
use bitjang_core::secret::SessionSecret;
use bitjang_core::session::Lifetime;
use bitjang_core::token::{Algorithm, SigningKey};
use bitjang_core::{
    Account, Auth, Carrier, Client, Clock as _, Commit, Entropy, Handed, Ports, Rules, Session, SessionId,
    SessionToken, Sessions,
};
use bitjang_store::{Opened, StoreUrl};
use tokio::task::JoinSet;

use crate::clock::{now, per_second, process_busy};
use crate::seed::{AGENT, account, hash};
use crate::series::percentile;

const CLIENTS: usize = 64;
/// How many writes wait together while the store is filled.
const WRITERS: usize = 512;

/// A store with sessions, [`CLIENTS`] of which have somebody who refreshes them; until this is closed.
pub(crate) struct Field {
    store: Opened,
    tag: TagKey,
    ed25519: Auth,
    hs256: Auth,
    owners: Vec<Owner>,
}

/// Which algorithm signs access tokens.
#[derive(Clone, Copy)]
pub(crate) enum Minting {
    /// The default.
    Ed25519,
    /// A thousandth of the work.
    Hs256,
}

/// What so many turns took.
pub(crate) struct Spent {
    /// In wall time.
    pub(crate) per_second: f64,
    /// How long each kept the processor busy, in all threads.
    pub(crate) micros_busy: f64,
    /// The time that 99 of 100 keep within.
    pub(crate) p99: Duration,
}

/// Who holds a session.
#[derive(Clone)]
struct Owner {
    session: SessionId,
    secret: SessionSecret,
}

impl Field {
    /// Fills the store at this address.
    pub(crate) async fn sow(url: &StoreUrl, sessions: usize) -> Result<Self> {
        let store = bitjang_store::open(url, Duration::from_secs(10)).await?;
        let owners = fill(&store, sessions).await?;
        let ed25519 = Auth::open(ports(&store)?, Rules::default()).await?;
        let mut rules = Rules::default();
        rules.tokens.own_key = Some(Arc::new(SigningKey::generate(Algorithm::Hs256, &SystemEntropy)?));
        let hs256 = Auth::open(ports(&store)?, rules).await?;
        let tag = store.keys.find(Purpose::RefreshTag).await?.context("no key for refresh tokens")?;
        Ok(Self { store, tag: TagKey::new(&tag.secret), ed25519, hs256, owners })
    }

    /// Closes the store.
    pub(crate) async fn close(self) {
        self.store.health.close().await;
    }

    /// What the store does when nothing is decided: each client writes its own row again and again.
    pub(crate) async fn replace(&self, span: Duration) -> Result<Spent> {
        let replace =
            |owner: Owner, until| keep_replacing(Arc::clone(&self.store.sessions), owner.session, until);
        self.crowd(span, replace).await
    }

    /// Each client refreshes its own session again and again.
    pub(crate) async fn refresh(&self, minting: Minting, span: Duration) -> Result<Spent> {
        let auth = match minting {
            Minting::Ed25519 => &self.ed25519,
            Minting::Hs256 => &self.hs256,
        };
        let refresh = |owner: Owner, until| {
            let (auth, tag, sessions) = (auth.clone(), self.tag.clone(), Arc::clone(&self.store.sessions));
            async move {
                let generation = found(&*sessions, owner.session).await?.ratchet.generation;
                let token = RefreshToken::new(owner.session, owner.secret, generation, branch());
                keep_refreshing(auth, tag.write(&token).to_string(), until).await
            }
        };
        self.crowd(span, refresh).await
    }

    async fn crowd<W>(&self, span: Duration, work: impl Fn(Owner, Instant) -> W) -> Result<Spent>
    where
        W: Future<Output = Result<Vec<Duration>>> + Send + 'static,
    {
        let (busy, began_at, mut clients) = (process_busy(), now(), JoinSet::new());
        for owner in &self.owners {
            clients.spawn(work(owner.clone(), began_at + span));
        }
        let mut times = Vec::new();
        while let Some(turned) = clients.join_next().await {
            times.extend(turned??);
        }
        let (took, busy, turns) = (began_at.elapsed(), process_busy().saturating_sub(busy), times.len());
        let (per_second, micros_busy) = (per_second(turns, took), 1e6 / per_second(turns, busy));
        Ok(Spent { per_second, micros_busy, p99: percentile(&mut times, 99) })
    }
}

async fn keep_replacing(sessions: Arc<dyn Sessions>, id: SessionId, until: Instant) -> Result<Vec<Duration>> {
    let (mut session, mut times) = (Session::clone(&*found(&*sessions, id).await?), Vec::new());
    while now() < until {
        let began_at = now();
        session = refreshed(session);
        ensure!(sessions.replace(session.clone(), None).await? == Commit::Done, "somebody else came first");
        times.push(began_at.elapsed());
    }
    Ok(times)
}

async fn keep_refreshing(auth: Auth, mut token: String, until: Instant) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while now() < until {
        let began_at = now();
        let genuine = auth.read_refresh(&token).context("a token that is not genuine")?;
        let handed = auth.refresh(&genuine.into(), Carrier::Bearer).await?.handed;
        let Handed::Tokens(tokens) = handed else { bail!("a session without tokens") };
        token.clone_from(&tokens.refresh);
        times.push(began_at.elapsed());
    }
    Ok(times)
}

/// What a refresh writes.
fn refreshed(session: Session) -> Session {
    let now = SystemClock.now();
    Session {
        seen_at: now,
        idle_ends_at: now.plus(Lifetime::default().idle),
        ratchet: Ratchet { generation: session.ratchet.generation + 1, spent: Some(branch()) },
        revision: session.revision.next(),
        ..session
    }
}

fn branch() -> Branch {
    let entropy: &dyn Entropy = &SystemEntropy;
    Branch(entropy.bytes())
}

async fn found(sessions: &dyn Sessions, id: SessionId) -> Result<Arc<Session>> {
    sessions.find(id).await?.context("a session is gone")
}

fn ports(store: &Opened) -> Result<Ports> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    Ok(Ports {
        accounts: Arc::clone(&store.accounts),
        sessions: Arc::clone(&store.sessions),
        limits: Arc::clone(&store.limits),
        keys: Arc::clone(&store.keys),
        revocations: Arc::clone(&store.revocations),
        service_credentials: Arc::clone(&store.service_credentials),
        hasher: Arc::new(Pool::start(Size::default(), Parameters::default(), &entropy)?),
        clock: Arc::new(SystemClock),
        entropy,
        events: Arc::new(Telemetry::new(&SystemEntropy)),
    })
}

/// An account for each client, the sessions dealt out among them, and one session for each client to refresh.
async fn fill(store: &Opened, sessions: usize) -> Result<Vec<Owner>> {
    let (password, mut accounts) = (hash()?, Vec::new());
    for number in 0..CLIENTS {
        let account = account(&format!("client{number}@example.org"), &password)?;
        ensure!(store.accounts.insert(account.clone()).await? == Inserted::Done, "an identifier is taken");
        accounts.push(account);
    }
    let (accounts, mut writers) = (Arc::new(accounts), JoinSet::new());
    for writer in 0..WRITERS {
        let share = sessions / WRITERS + usize::from(writer < sessions % WRITERS);
        writers.spawn(insert(Arc::clone(&store.sessions), Arc::clone(&accounts), share));
    }
    let mut owners = Vec::new();
    while let Some(inserted) = writers.join_next().await {
        owners.extend(inserted??);
    }
    owners.truncate(CLIENTS);
    ensure!(owners.len() == CLIENTS, "there are fewer sessions than clients");
    Ok(owners)
}

/// Inserts so many sessions; the owner of one in the middle of them.
async fn insert(
    sessions: Arc<dyn Sessions>,
    accounts: Arc<Vec<Account>>,
    share: usize,
) -> Result<Option<Owner>> {
    let mut owner = None;
    for (number, account) in accounts.iter().cycle().take(share).enumerate() {
        let (session, secret) = begun(account);
        if number == share / 2 {
            owner = Some(Owner { session: session.id, secret });
        }
        sessions.insert(session).await?;
    }
    Ok(owner)
}

/// A session that its client carries by itself.
fn begun(account: &Account) -> (Session, SessionSecret) {
    let secret = SessionSecret::generate(&SystemEntropy);
    let client = Client::new(Some(AGENT), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let named = SessionToken::generate(&SystemEntropy);
    let session = Session::begin(&named, account, client, Lifetime::default(), SystemClock.now());
    (Session { secret: secret.hash(), carrier: Carrier::Bearer, ..session }, secret)
}
