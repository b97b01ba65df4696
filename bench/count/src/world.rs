//! A server's insides with nothing around them: flows and guard over the store in memory.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bitjang_core::account::Roles;
use bitjang_core::password::{About, Busy, Checked, Declined, Hasher, Password, PasswordHash};
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::token::{Claims, TokenId};
use bitjang_core::{AccountId, Auth, Carrier, Client, NewAccount, Ports, Rules, SessionId, SignIn, Time};
use bitjang_guard::{Guard, Origins};
use bitjang_store::Memory;
use futures_util::FutureExt as _;

pub(crate) struct World {
    pub(crate) auth: Auth,
    pub(crate) guard: Guard,
}

/// What every clock here shows.
pub(crate) fn now() -> Time {
    at(1_800_000_000)
}

/// Who issues tokens, and whom they are for.
pub(crate) const ISSUER: &str = "https://id.example.org";

/// What a token says of somebody who has just signed in.
pub(crate) fn claims() -> Result<Claims> {
    let (dice, now) = (Dice::seeded(1), now());
    Ok(Claims {
        issuer: ISSUER.to_owned(),
        audience: ISSUER.to_owned(),
        account: AccountId::generate(&dice, now),
        session: SessionId::generate(&dice),
        epoch: 1,
        id: TokenId::generate(&dice),
        client_id: "bitjang".to_owned(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        roles: Roles::new(["moderator", "member"])?,
    })
}

impl World {
    pub(crate) fn new() -> Result<Self> {
        let memory = Arc::new(Memory::default());
        let ports = Ports {
            accounts: memory.clone(),
            sessions: memory.clone(),
            limits: memory.clone(),
            keys: memory.clone(),
            revocations: memory.clone(),
            service_credentials: memory,
            hasher: Arc::new(Nobody),
            clock: Arc::new(HandClock::showing(now())),
            entropy: Arc::new(Dice::seeded(1)),
            events: Arc::new(()),
        };
        let auth = Auth::open(ports, Rules::default()).now_or_never().context("it waits")??;
        let guard = Guard::new(auth.clone(), Origins::new(&ISSUER.parse()?, &[]));
        Ok(Self { auth, guard })
    }

    pub(crate) fn signed_up(&self, carrier: Carrier) -> Result<SignIn> {
        let new = NewAccount { identifier: "mina@example.org", name: None, password: "walnut-cabinet-39" };
        let client = Client::new(None, IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(self.auth.sign_up(new, client, carrier).now_or_never().context("it waits")??)
    }
}

/// Hashes nothing: passwords are not what is counted here.
struct Nobody;

#[async_trait]
impl Hasher for Nobody {
    async fn choose(&self, _: Password, _: About) -> Result<PasswordHash, Declined> {
        Ok(PasswordHash::from_store("*".to_owned()))
    }

    async fn check(&self, _: Password, _: Option<PasswordHash>) -> Result<Checked, Busy> {
        Ok(Checked::Wrong)
    }
}
