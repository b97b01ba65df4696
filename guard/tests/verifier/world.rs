//! The world of a test: an issuer, hand-driven clocks, and tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bitjang_core::account::Roles;
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::{Algorithm, Claims, SigningKey, TokenId};
use bitjang_core::{AccountId, SessionId, Time};
use bitjang_guard::verifier::{Beyond, Clocks, Following, Health, Moment, Refused, Verifier};

use tokio_rustls::TlsAcceptor;

use crate::issuer::{Issuer, entry, heartbeat};

pub(crate) const ALICE: AccountId = AccountId::from_bytes([0xa1; 16]);
pub(crate) const LAPTOP: SessionId = SessionId::from_bytes([1; 16]);
pub(crate) const PHONE: SessionId = SessionId::from_bytes([2; 16]);

/// Everything there is in a test.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clocks: Arc<Hands>,
    pub(crate) key: SigningKey,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::behind(None).await
    }

    /// A world whose issuer speaks TLS, if it is told how.
    pub(crate) async fn behind(tls: Option<TlsAcceptor>) -> Self {
        let key = signing_key(1);
        Self { issuer: Issuer::behind(tls, &[&key]).await, clocks: Arc::new(Hands::default()), key }
    }

    pub(crate) fn following(&self) -> Following {
        let clocks: Arc<Hands> = Arc::clone(&self.clocks);
        Verifier::follow(&self.issuer.url()).clocks(clocks)
    }

    /// A verifier that has heard one heartbeat, at position 5.
    pub(crate) async fn verifier(&self) -> Verifier {
        self.verifier_that(Beyond::Refuse).await
    }

    pub(crate) async fn verifier_that(&self, beyond: Beyond) -> Verifier {
        self.beat(5);
        let verifier = self.following().beyond(beyond).start().unwrap();
        within(verifier.ready()).await;
        verifier
    }

    /// The feed says a heartbeat at this position, now.
    pub(crate) fn beat(&self, position: u64) {
        self.issuer.say([heartbeat(position, self.clocks.now().wall)]);
    }

    /// The feed says that this session was ended, now.
    pub(crate) fn revoke(&self, position: u64, session: SessionId) {
        self.issuer.say([entry(position, &of_session(session), self.clocks.now().wall)]);
    }

    pub(crate) fn token(&self, session: SessionId) -> String {
        self.token_by(&self.key, session, |_| ())
    }

    pub(crate) fn token_by(
        &self,
        key: &SigningKey,
        session: SessionId,
        change: impl FnOnce(&mut Claims),
    ) -> String {
        mint(key, &self.issuer.url(), self.clocks.now().wall, session, change)
    }
}

pub(crate) fn mint(
    key: &SigningKey,
    issuer: &str,
    now: Time,
    session: SessionId,
    change: impl FnOnce(&mut Claims),
) -> String {
    let mut claims = Claims {
        issuer: issuer.to_owned(),
        audience: issuer.to_owned(),
        account: ALICE,
        session,
        epoch: 1,
        id: TokenId::generate(&Dice::seeded(9)),
        client_id: "bitjang".to_owned(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        roles: Roles::new(["moderator"]).unwrap(),
    };
    change(&mut claims);
    key.mint(&claims).unwrap()
}

pub(crate) fn signing_key(seed: u64) -> SigningKey {
    SigningKey::generate(Algorithm::Ed25519, &Dice::seeded(seed)).unwrap()
}

pub(crate) fn of_session(session: SessionId) -> String {
    format!("\"session\":\"{session}\"")
}

/// What a verifier says of a token, in one word.
pub(crate) fn word<T>(answer: Result<T, Refused>) -> &'static str {
    answer.map_or_else(Refused::code, |_| "good")
}

/// Waits until the verifier fares so.
pub(crate) async fn until(verifier: &Verifier, fares: impl FnMut(&Health) -> bool) {
    within(verifier.until(fares)).await;
}

/// A test that hangs is a test that fails.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

/// Clocks that are moved by hand, both at once or the wall clock alone.
pub(crate) struct Hands {
    wall: AtomicI64,
    steady: AtomicI64,
}

impl Default for Hands {
    fn default() -> Self {
        Self { wall: AtomicI64::new(at(1_000_000).as_micros()), steady: AtomicI64::new(100_000_000) }
    }
}

impl Hands {
    pub(crate) fn advance(&self, seconds: i64) {
        self.set_wall_by(seconds);
        self.steady.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn set_wall_by(&self, seconds: i64) {
        self.wall.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clocks for Hands {
    fn now(&self) -> Moment {
        let steady = Duration::from_micros(self.steady.load(Ordering::SeqCst).unsigned_abs());
        Moment { wall: Time::from_micros(self.wall.load(Ordering::SeqCst)), steady }
    }
}
