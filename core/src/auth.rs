//! What every flow stands on: the ports, the rules, and the bounded retry of a commit that came second.

use std::sync::Arc;

use crate::csrf::CsrfKey;
use crate::encoding::encode;
use crate::key::{Key, Purpose};
use crate::limit::Guessing;
use crate::password::Hasher;
use crate::session::Lifetime;
use crate::{Accounts, Clock, Entropy, Error, Events, Failure, Keys, Limits, Sessions};

/// Everything the rules need of the world.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is documented as the trait it is")]
pub struct Ports {
    pub accounts: Arc<dyn Accounts>,
    pub sessions: Arc<dyn Sessions>,
    pub limits: Arc<dyn Limits>,
    pub keys: Arc<dyn Keys>,
    pub hasher: Arc<dyn Hasher>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub events: Arc<dyn Events>,
}

/// What the operator decides.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// How many wrong passwords may be tried.
    pub guessing: Guessing,
    /// Whether strangers may make accounts.
    pub sign_up: SignUp,
    /// The shortest password, in bytes; never below 8.
    pub min_password: usize,
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
        }
    }
}

/// The flows: sign up, sign in, verify, sign out, and what an account's owner and the operator may do.
#[derive(Clone)]
pub struct Auth {
    pub(crate) ports: Ports,
    pub(crate) rules: Rules,
}

impl Auth {
    /// The flows over these ports, under these rules.
    pub fn new(ports: Ports, rules: Rules) -> Self {
        Self { ports, rules }
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// 128 random bits that tell one browser from another, as 22 characters of base64url.
    pub fn nonce(&self) -> String {
        encode(&self.ports.entropy.bytes::<16>())
    }

    /// The key that protects requests of this installation; made when the first server starts.
    pub async fn csrf_key(&self) -> Result<CsrfKey, Failure> {
        let candidate = Key::generate(Purpose::Csrf, &*self.ports.entropy, self.ports.clock.now());
        Ok(CsrfKey::new(&self.ports.keys.find_or_insert(candidate).await?))
    }
}

/// How often a flow reads again when another commit came first. Each loss means that somebody else got on, so a handful is ample.
pub(crate) const TRIES: usize = 8;

/// What a flow answers when other commits came first at every try.
pub(crate) fn outrun() -> Error {
    Failure::new("commit", "other writers came first every time").into()
}
