//! How to follow an issuer: what an app may choose, and the start.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::Revocations;
use bitjang_core::token::{Expect, KeySet, Verifier as Rules, VerifyingKey};
use bitjang_core::{CLOCKS_APART, LONGEST_LEEWAY};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::cache::Cache;
use super::clock::MachineClocks;
use super::in_process::InProcess;
use super::keys::{self, Keys};
use super::source::Source;
use super::view::View;
use super::{Clocks, Health, Running, Shared, Verifier, follower};

/// What to do with a good token while the view of the feed is older than [`Following::max_staleness`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beyond {
    /// Refuse it.
    #[default]
    Refuse,
    /// Ask the issuer about it: one request per token and second. In the process of the issuer there is nobody to ask: the same as `Refuse`.
    Ask,
    /// Take it until it expires, also when the feed was never heard: a revocation may then come as late as that.
    AcceptUntilExpiry,
}

/// A verifier that has not begun to follow.
#[must_use]
pub struct Following {
    issuer: Issuer,
    expect: Expect,
    max_staleness: Duration,
    beyond: Beyond,
    keys: Vec<VerifyingKey>,
    clocks: Arc<dyn Clocks>,
    remembered: usize,
}

enum Issuer {
    #[cfg(feature = "remote")]
    At {
        url: String,
        authorities: Option<String>,
    },
    Here(Arc<dyn Revocations>, Box<dyn Fn() -> KeySet + Send + Sync>),
}

/// Why an issuer cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum CannotFollow {
    /// Not a URL of an issuer.
    #[error(
        "an issuer is https://host or http://localhost, with a port and a path perhaps, without anything after it"
    )]
    BadIssuer,
    /// This system trusts no certificate authority.
    #[error("no certificate authority is known to this system")]
    NoAuthorities(#[source] std::io::Error),
    /// Not certificates.
    #[error(
        "authorities are certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE, and one at least"
    )]
    BadAuthorities,
    /// There is nothing to run the background tasks.
    #[error("a verifier is started within a tokio runtime")]
    NoRuntime(#[from] tokio::runtime::TryCurrentError),
}

impl Verifier {
    /// Follows the issuer at this URL, which is also what it calls itself in `iss`, byte for byte: keys at `/.well-known/jwks.json` below it, and the
    /// feed at `/v1/revocations`. Plain http is taken for loopback addresses only. An https issuer must have a certificate, for this very host and in its time, of an
    /// authority that this system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` say which, otherwise the system's own store), or of
    /// [`Following::authorities`]; nothing switches that off.
    #[cfg(feature = "remote")]
    pub fn follow(issuer: &str) -> Following {
        Following::of(issuer, Issuer::At { url: issuer.to_owned(), authorities: None })
    }

    /// Follows the issuer in whose process this is. `keys` is asked every few seconds.
    pub fn in_process(
        issuer: &str,
        revocations: Arc<dyn Revocations>,
        keys: impl Fn() -> KeySet + Send + Sync + 'static,
    ) -> Following {
        Following::of(issuer, Issuer::Here(revocations, Box::new(keys)))
    }
}

impl Following {
    fn of(name: &str, issuer: Issuer) -> Self {
        let leeway = Duration::from_secs(5);
        Self {
            issuer,
            expect: Expect { issuer: name.to_owned(), audience: name.to_owned(), leeway },
            max_staleness: Duration::from_secs(10),
            beyond: Beyond::default(),
            keys: Vec::new(),
            clocks: Arc::new(MachineClocks::started()),
            remembered: 16 * 1024,
        }
    }

    /// Whom tokens must be meant for; the issuer by default.
    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.expect.audience);
        self
    }

    /// How old the view of the feed may be: 10 s by default. Heartbeats are 2 s apart, so less than 3 s refuses honest people now and then.
    pub fn max_staleness(mut self, age: Duration) -> Self {
        self.max_staleness = age;
        self
    }

    /// What to do beyond that.
    pub fn beyond(mut self, beyond: Beyond) -> Self {
        self.beyond = beyond;
        self
    }

    /// How much longer than it says a token is good, since clocks differ: 5 s by default, 60 s at most, which revocations outlive
    /// the tokens that they concern by. A token of a server whose clock is ahead of ours is good at once, by up to [`CLOCKS_APART`].
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.expect.leeway = leeway.min(LONGEST_LEEWAY);
        self
    }

    /// The certificate authorities, in PEM, of which an https issuer must have its certificate, instead of those that this system trusts: for an authority of
    /// one's own, or to trust no other.
    #[cfg(feature = "remote")]
    pub fn authorities(mut self, pem: &str) -> Self {
        if let Issuer::At { authorities, .. } = &mut self.issuer {
            *authorities = Some(pem.to_owned());
        }
        self
    }

    /// A key that is known beforehand, beside those that are published: an HS256 secret, which never is.
    pub fn key(mut self, key: VerifyingKey) -> Self {
        self.keys.push(key);
        self
    }

    /// How many good tokens are remembered, so that their signatures need not be checked again: 16,384 by default, about 1 KB each.
    pub fn remembered(mut self, tokens: usize) -> Self {
        self.remembered = tokens;
        self
    }

    /// Tells the time by these clocks.
    pub fn clocks(mut self, clocks: Arc<dyn Clocks>) -> Self {
        self.clocks = clocks;
        self
    }

    /// Begins to follow, in the background of the present tokio runtime. Returns at once; [`Verifier::ready`] waits for the first news.
    pub fn start(self) -> Result<Verifier, CannotFollow> {
        let runtime = Handle::try_current()?;
        let source: Box<dyn Source> = match self.issuer {
            #[cfg(feature = "remote")]
            Issuer::At { url, authorities } => {
                Box::new(super::remote::Remote::at(&url, authorities.as_deref())?)
            }
            Issuer::Here(revocations, keys) => {
                Box::new(InProcess::new(revocations, keys, Arc::clone(&self.clocks)))
            }
        };
        let health = Health { keys: self.keys.len(), ..Health::default() };
        let shared = Arc::new(Shared {
            leeway: self.expect.leeway,
            rules: Rules::new(self.expect).minted_ahead(CLOCKS_APART),
            max_staleness: self.max_staleness,
            beyond: self.beyond,
            clocks: self.clocks,
            source,
            keys: Keys::with(self.keys),
            view: View::default(),
            cache: Cache::of(self.remembered),
            health: watch::Sender::new(health),
        });
        let tasks = [
            runtime.spawn(keys::follow(Arc::clone(&shared))),
            runtime.spawn(follower::follow(Arc::clone(&shared))),
        ];
        Ok(Verifier(Arc::new(Running { shared, tasks })))
    }
}
