//! Servers on stores: one on a store of its own, or two that share one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::limit::{Guessing, Limit};
use bitjang_core::password::{About, Busy, Checked, Declined, Hasher, Password, PasswordHash};
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::{Auth, Ports, Rules};
use bitjang_store::Opened;

use crate::broken::{Broken, Fault};
use crate::shaken::Shaken;

/// A clock that shows when everything here happens.
pub(crate) fn clock() -> Arc<HandClock> {
    Arc::new(HandClock::showing(at(1_000_000)))
}

/// Servers on these stores, each of which is shaken in its own way.
pub(crate) async fn servers(stores: &[Opened], seed: u64) -> Vec<Auth> {
    let mut servers = Vec::new();
    for (nth, store) in stores.iter().enumerate() {
        let seed = seed * 2 + u64::try_from(nth).unwrap();
        servers.push(Auth::open(ports(store, seed), rules()).await.unwrap());
    }
    servers
}

/// The same store with a fault, as one server has it.
pub(crate) fn with(fault: Fault, store: &Opened) -> Opened {
    let sessions = Arc::clone(&store.sessions);
    let sessions = Arc::new(Broken { sessions, fault, kept: Mutex::new(HashMap::new()) });
    Opened { sessions, ..store.clone() }
}

fn ports(store: &Opened, seed: u64) -> Ports {
    let (accounts, sessions) = (Arc::clone(&store.accounts), Arc::clone(&store.sessions));
    let shaken = Arc::new(Shaken { accounts, sessions, dice: Dice::seeded(seed) });
    Ports {
        accounts: Arc::<Shaken>::clone(&shaken),
        sessions: shaken,
        limits: Arc::clone(&store.limits),
        keys: Arc::clone(&store.keys),
        revocations: Arc::clone(&store.revocations),
        service_credentials: Arc::clone(&store.service_credentials),
        hasher: Arc::new(Plain),
        clock: clock(),
        entropy: Arc::new(Dice::seeded(!seed)),
        events: Arc::new(()),
    }
}

/// Nobody here is refused because others guess.
fn rules() -> Rules {
    let limit = Limit { attempts: 1_000_000, regain: Duration::from_secs(1) };
    Rules { guessing: Guessing { pair: limit, account: limit, address: limit }, ..Rules::default() }
}

/// Keeps passwords as they are.
struct Plain;

#[async_trait]
impl Hasher for Plain {
    async fn choose(&self, password: Password, _: About) -> Result<PasswordHash, Declined> {
        tokio::task::yield_now().await;
        Ok(PasswordHash::from_store(password.reveal().to_owned()))
    }

    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy> {
        tokio::task::yield_now().await;
        let right = against.is_some_and(|against| against.as_str() == password.reveal());
        Ok(if right { Checked::Right } else { Checked::Wrong })
    }
}
