//! Sessions: one sign-in on one device, from its first moment to its end.

#[cfg(feature = "testing")]
pub mod contract;
mod port;
mod token;

pub use port::{Foreseen, Sessions};
pub use token::SessionToken;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::encoding::{decode, spell};
use crate::ratchet::{Held, Ratchet, Turn};
use crate::secret::SecretHash;
use crate::{Account, AccountId, Entropy, Revision, Time};

/// The name of a session: 128 random bits, shown as 22 characters of base64url. Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// A new id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// The id as a store gives it back.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id as a store keeps it.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(spell(&self.0, &mut [0; 22]))
    }
}

/// A text that is no session's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct NotASessionId;

impl FromStr for SessionId {
    type Err = NotASessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode(text).map(Self).ok_or(NotASessionId)
    }
}

/// One sign-in on one device. The secret that proves it is not in here, only its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// What is kept of its secret.
    pub secret: SecretHash,
    /// Whose it is.
    pub account: AccountId,
    /// The account's epoch when it began.
    pub epoch: u64,
    /// How it travels.
    pub carrier: Carrier,
    /// From where it began.
    pub client: Client,
    /// When it began, by a sign-in.
    pub created_at: Time,
    /// When it was last known to be in use, within [`Lifetime::touch_after`].
    pub seen_at: Time,
    /// When it ends unless it is used before.
    pub idle_ends_at: Time,
    /// When it ends, however busy.
    pub ends_at: Time,
    /// How far its refresh tokens have turned.
    pub ratchet: Ratchet,
    /// That it was ended before its time.
    pub ended: Option<Ended>,
    /// How often it has been written.
    pub revision: Revision,
}

/// How a session travels between browser and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An opaque value in an `HttpOnly` cookie, checked against the store.
    Cookie,
    /// A short access token and a long refresh token, each in an `HttpOnly` cookie.
    TokenCookies,
    /// The same two tokens in the answer, for programs.
    Bearer,
}

impl Carrier {
    /// The carrier's name in JSON and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::TokenCookies => "token_cookies",
            Self::Bearer => "bearer",
        }
    }
}

/// A text that names no carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a carrier")]
pub struct NotACarrier;

impl FromStr for Carrier {
    type Err = NotACarrier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cookie" => Ok(Self::Cookie),
            "token_cookies" => Ok(Self::TokenCookies),
            "bearer" => Ok(Self::Bearer),
            _ => Err(NotACarrier),
        }
    }
}

/// The device a request came from, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What the browser says it is: at most [`Client::AGENT_BYTES`], without control characters.
    pub agent: Option<Arc<str>>,
    /// Its address on the network.
    pub address: IpAddr,
}

impl Client {
    /// How much of a `User-Agent` is kept.
    pub const AGENT_BYTES: usize = 256;

    /// The client that says it is `agent`, at `address`; an IPv4 address written as IPv6 is taken as what it is.
    pub fn new(agent: Option<&str>, address: IpAddr) -> Self {
        let agent = agent.map(legible).filter(|agent| !agent.is_empty()).map(Arc::from);
        Self { agent, address: address.to_canonical() }
    }
}

fn legible(agent: &str) -> String {
    let end = agent.floor_char_boundary(Client::AGENT_BYTES);
    agent.get(..end).unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

/// That a session was ended, and never comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Time,
    /// Why.
    pub why: EndedWhy,
}

/// Why a session was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedWhy {
    /// Its owner signed out.
    SignedOut,
    /// Its owner ended it from another device.
    FromAnotherDevice,
    /// The password was changed.
    PasswordChanged,
    /// The account was disabled.
    AccountDisabled,
    /// The operator ended it.
    ByOperator,
    /// Two siblings of a refresh token both went on.
    TokenFork,
    /// A refresh token came back that had been spent long ago.
    TokenReuse,
}

impl EndedWhy {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::SignedOut,
        Self::FromAnotherDevice,
        Self::PasswordChanged,
        Self::AccountDisabled,
        Self::ByOperator,
        Self::TokenFork,
        Self::TokenReuse,
    ];

    /// The reason's name in stores, metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::FromAnotherDevice => "from_another_device",
            Self::PasswordChanged => "password_changed",
            Self::AccountDisabled => "account_disabled",
            Self::ByOperator => "by_operator",
            Self::TokenFork => "token_fork",
            Self::TokenReuse => "token_reuse",
        }
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// How long a session lasts that is not used.
    pub idle: Duration,
    /// How long a session lasts however busy it is.
    pub absolute: Duration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { idle: Duration::from_secs(1_209_600), absolute: Duration::from_secs(2_592_000) }
    }
}

impl Lifetime {
    /// How stale `seen_at` may become before a use is written down: an hour, or a sixteenth of a short idle time. A write per request would make
    /// every check cost a commit.
    pub fn touch_after(&self) -> Duration {
        (self.idle / 16).min(Duration::from_secs(3_600))
    }
}

/// What presenting a refresh token means for a session, with the record to be written where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Turned {
    /// Write this, then hand out a token of its generation.
    Advanced(Session),
    /// Hand out another token of the present generation; write nothing.
    Again,
    /// Two holders of one token have both gone on: write this, and say so.
    Theft(Session),
    /// Refuse; write nothing.
    Refused,
}

impl Session {
    /// A session that begins now.
    pub fn begin(
        token: &SessionToken,
        account: &Account,
        client: Client,
        lifetime: Lifetime,
        now: Time,
    ) -> Self {
        Self {
            id: token.session(),
            secret: token.secret().hash(),
            account: account.id,
            epoch: account.epoch.number,
            carrier: Carrier::Cookie,
            client,
            created_at: now,
            seen_at: now,
            idle_ends_at: now.plus(lifetime.idle),
            ends_at: now.plus(lifetime.absolute),
            ratchet: Ratchet::default(),
            ended: None,
            revision: Revision::FIRST,
        }
    }

    /// When it ends by itself if nobody uses it from now on.
    pub fn expires_at(&self) -> Time {
        self.idle_ends_at.min(self.ends_at)
    }

    /// Whether it is neither ended nor expired.
    pub fn is_live(&self, now: Time) -> bool {
        self.ended.is_none() && now < self.expires_at()
    }

    /// The record that says it is in use now, when the present one is too old to say so.
    pub fn touched(&self, lifetime: Lifetime, now: Time) -> Option<Self> {
        (now.since(self.seen_at) > lifetime.touch_after()).then(|| Self {
            seen_at: now,
            idle_ends_at: now.plus(lifetime.idle),
            ..self.next()
        })
    }

    /// What the refresh tokens that one holder shows, and that our servers minted, mean for this session.
    pub fn turned(&self, held: &Held, lifetime: Lifetime, now: Time) -> Turned {
        let token = held.newest();
        let mine = self.id == token.session() && self.secret.matches(token.secret());
        if !mine || !self.is_live(now) {
            return Turned::Refused;
        }
        match self.ratchet.present_any(held.places()) {
            Turn::Advance(ratchet) => {
                let (seen_at, idle_ends_at) = (now, now.plus(lifetime.idle));
                Turned::Advanced(Self { seen_at, idle_ends_at, ratchet, ..self.next() })
            }
            Turn::Again => Turned::Again,
            Turn::Fork => self.ending(EndedWhy::TokenFork, now).map_or(Turned::Refused, Turned::Theft),
            Turn::Reuse => self.ending(EndedWhy::TokenReuse, now).map_or(Turned::Refused, Turned::Theft),
            Turn::Unknown => Turned::Refused,
        }
    }

    /// The record that says it has ended; nothing when it had ended before.
    pub fn ending(&self, why: EndedWhy, now: Time) -> Option<Self> {
        self.ended.is_none().then(|| Self { ended: Some(Ended { at: now, why }), ..self.next() })
    }

    fn next(&self) -> Self {
        Self { revision: self.revision.next(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::account::contract::account;
    use crate::key::Material;
    use crate::ratchet::{Branch, RefreshToken, TagKey};
    use crate::secret::SessionSecret;
    use crate::testing::{Dice, at};

    #[test]
    fn a_live_session_turns_by_its_own_tokens_alone() {
        let dice = Dice::seeded(1);
        let (token, account) = (SessionToken::generate(&dice), account("turning", &dice));
        let client = Client::new(None, IpAddr::from([192, 0, 2, 1]));
        let session = Session::begin(&token, &account, client, Lifetime::default(), at(10));
        let key = TagKey::new(&Material(Zeroizing::new(vec![1; 32])));
        let held = |id, secret| {
            Held::from(key.read(&key.write(&RefreshToken::new(id, secret, 0, Branch([1; 8])))).unwrap())
        };
        let turns = |session: &Session, held: &Held, seconds| {
            session.turned(held, Lifetime::default(), at(seconds)) != Turned::Refused
        };
        let own = held(session.id, token.secret().clone());
        assert!(turns(&session, &own, 20));
        assert!(!turns(&session, &held(session.id, SessionSecret::generate(&dice)), 20));
        assert!(!turns(&session, &held(SessionId::generate(&dice), token.secret().clone()), 20));
        assert!(!turns(&session, &own, 10_000_000), "expired");
        assert!(!turns(&session.ending(EndedWhy::SignedOut, at(15)).unwrap(), &own, 20), "ended");
    }

    #[test]
    fn an_agent_is_kept_short_and_legible() {
        let agent = |text: &str| Client::new(Some(text), IpAddr::from([127, 0, 0, 1])).agent;
        assert_eq!(agent("Mozilla\r\n/5.0\0").as_deref(), Some("Mozilla/5.0"));
        assert_eq!(agent("\n"), None);
        assert_eq!(agent(&"é".repeat(200)).as_deref(), Some(&*"é".repeat(128)));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_recognised() {
        let client = Client::new(None, "::ffff:192.0.2.1".parse().unwrap());
        assert_eq!(client.address, IpAddr::from([192, 0, 2, 1]));
    }
}
