//! What every flow stands on: the ports, the rules, and the bounded retry of a commit that came second.

use std::sync::Arc;
use std::time::Duration;

use crate::csrf::CsrfKey;
use crate::encoding::encode;
use crate::limit::Guessing;
use crate::password::Hasher;
use crate::session::Lifetime;
use crate::time::CLOCKS_APART;
use crate::token::{Expect, Verifier};
use crate::{
    Account, Accounts, Clock, Commit, Entropy, Error, Events, Failure, Keyring, Keys, Limits, NoKeys,
    Revocation, Revocations, ServiceCredentials, Sessions, Time, TokenRules,
};

/// Everything the rules need of the world.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is documented as the trait it is")]
pub struct Ports {
    pub accounts: Arc<dyn Accounts>,
    pub sessions: Arc<dyn Sessions>,
    pub limits: Arc<dyn Limits>,
    pub keys: Arc<dyn Keys>,
    pub revocations: Arc<dyn Revocations>,
    pub service_credentials: Arc<dyn ServiceCredentials>,
    pub hasher: Arc<dyn Hasher>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub events: Arc<dyn Events>,
}

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// How many wrong passwords may be tried.
    pub guessing: Guessing,
    /// Whether strangers may make accounts.
    pub sign_up: SignUp,
    /// The shortest password, in bytes; never below 8.
    pub min_password: usize,
    /// What access tokens say, and how long they live.
    pub tokens: TokenRules,
}

/// Whether strangers may make accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// They may.
    Open,
    /// Only an operator makes accounts.
    Closed,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lifetime: Lifetime::default(),
            guessing: Guessing::default(),
            sign_up: SignUp::Open,
            min_password: 8,
            tokens: TokenRules::default(),
        }
    }
}

/// The flows: sign up, sign in, verify, sign out, and what an account's owner and the operator may do.
#[derive(Clone)]
pub struct Auth {
    pub(crate) ports: Ports,
    pub(crate) rules: Rules,
    pub(crate) keyring: Keyring,
    pub(crate) verifier: Verifier,
}

impl Auth {
    /// The flows over these ports, under these rules. Makes the installation's keys at the first start.
    pub async fn open(ports: Ports, rules: Rules) -> Result<Self, NoKeys> {
        let keyring = Keyring::open(&ports, &rules.tokens).await?;
        let (issuer, audience) = (rules.tokens.issuer.clone(), rules.tokens.audience.clone());
        // One of our servers minted them: none is good any longer than it says, but another's clock may be ahead of ours.
        let expect = Expect { issuer, audience, leeway: Duration::ZERO };
        let verifier = Verifier::new(expect).minted_ahead(CLOCKS_APART);
        Ok(Self { ports, rules, keyring, verifier })
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// 128 random bits that tell one browser from another, as 22 characters of base64url.
    pub fn nonce(&self) -> String {
        encode(&self.ports.entropy.bytes::<16>())
    }

    /// The key that protects requests of this installation.
    pub fn csrf_key(&self) -> &CsrfKey {
        &self.keyring.csrf
    }

    /// The public keys that check access tokens, as they are published (RFC 7517).
    pub fn jwks(&self) -> String {
        self.keyring.signing().verifying.to_jwks()
    }

    /// The feed of revocations, for those who verify without asking.
    pub fn revocations(&self) -> &Arc<dyn Revocations> {
        &self.ports.revocations
    }

    /// The clock that everything goes by.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.ports.clock)
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.ports.clock.now()
    }

    /// Writes the record that follows `before`, and with it, where it ends sessions, what ends their access tokens.
    pub(crate) async fn write_account(&self, before: &Account, next: Account) -> Result<Commit, Failure> {
        let raised = next.epoch != before.epoch;
        let revokes =
            raised.then(|| Revocation::of_sessions_before(&next, self.rules.tokens.access, self.now()));
        self.ports.accounts.replace(next, revokes).await
    }
}

/// How often a flow reads again when another commit came first. Each loss means that somebody else got on, so a handful is ample.
pub(crate) const TRIES: usize = 8;

/// What a flow answers when other commits came first at every try.
pub(crate) fn outrun() -> Error {
    Failure::new("commit", "other writers came first every time").into()
}
