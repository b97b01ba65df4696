//! Accounts: who somebody is to us, and whether they may come in.

#[cfg(feature = "testing")]
pub mod contract;
mod port;

pub use port::{Accounts, Inserted};

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::identifier::prints_on_one_line;
use crate::password::PasswordHash;
use crate::{Entropy, Identifier, Refusal, Revision, Session, SessionId, Time};

/// The name of an account for all time: a UUIDv7 (RFC 9562). Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(Uuid);

impl AccountId {
    /// A new id: 48 bits of `now` in milliseconds, 74 random bits.
    pub fn generate(entropy: &dyn Entropy, now: Time) -> Self {
        let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &entropy.bytes()).into_uuid())
    }

    /// The id as a store gives it back.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id as a store keeps it; sorts by time of creation.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for AccountId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// A person's (or a program's) account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name for all time.
    pub id: AccountId,
    /// What its owner types to sign in.
    pub identifier: Identifier,
    /// What it is called when shown to others.
    pub name: Option<Name>,
    /// What is kept of its password.
    pub password: PasswordHash,
    /// What its owner is trusted with, each once, sorted.
    pub roles: Roles,
    /// Whether its owner may come in.
    pub state: State,
    /// Which sessions are still good.
    pub epoch: Epoch,
    /// When it was made.
    pub created_at: Time,
    /// How often it has been written.
    pub revision: Revision,
}

/// Whether an account's owner may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They may.
    Active,
    /// An operator has locked the account.
    Disabled,
}

/// Which sessions of an account are still good: those that began since the epoch in which sessions were last ended, and the one that was spared then.
///
/// Raising the epoch ends all sessions of an account, however many, by writing one record. A change of roles raises it too, without ending any: then only the
/// access tokens of before are good no longer, since they say what the account was trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// How often it has been raised. Access tokens say which it was when they were minted.
    pub number: u64,
    /// Its number when sessions were last ended by raising it.
    pub since: u64,
    /// The session at whose request they were ended.
    pub spared: Option<SessionId>,
}

impl Epoch {
    /// The epoch of a new account.
    pub const FIRST: Self = Self { number: 1, since: 1, spared: None };

    fn ending_sessions(self, spared: Option<SessionId>) -> Self {
        let number = self.number + 1;
        Self { number, since: number, spared }
    }

    fn ending_access_tokens(self) -> Self {
        Self { number: self.number + 1, ..self }
    }

    /// The session whose access tokens outlive the last raise.
    pub(crate) fn untouched(self) -> Option<SessionId> {
        self.spared.filter(|_| self.since == self.number)
    }
}

impl Account {
    /// Whether the account still lets in the sessions of `session`'s time.
    pub fn admits(&self, session: &Session) -> bool {
        self.state == State::Active
            && self.id == session.account
            && (session.epoch >= self.epoch.since || self.epoch.spared == Some(session.id))
    }

    /// The record in which all sessions but the spared one have ended.
    #[must_use]
    pub fn ending_sessions(&self, spared: Option<SessionId>) -> Self {
        Self { epoch: self.epoch.ending_sessions(spared), ..self.next() }
    }

    /// The record with a new password, in which all sessions but the spared one have ended.
    #[must_use]
    pub fn changing_password(&self, password: PasswordHash, spared: Option<SessionId>) -> Self {
        Self { password, ..self.ending_sessions(spared) }
    }

    /// The record with the same password, hashed anew.
    #[must_use]
    pub fn upgrading_password(&self, password: PasswordHash) -> Self {
        Self { password, ..self.next() }
    }

    /// The record of a locked account: all its sessions have ended, and stay ended when it is unlocked.
    #[must_use]
    pub fn disabled(&self) -> Self {
        Self { state: State::Disabled, ..self.ending_sessions(None) }
    }

    /// The record of an unlocked account.
    #[must_use]
    pub fn enabled(&self) -> Self {
        Self { state: State::Active, ..self.next() }
    }

    /// The record with these roles and no others. Its sessions go on; access tokens that say otherwise do not.
    #[must_use]
    pub fn trusted_with(&self, roles: Roles) -> Self {
        let epoch = if roles == self.roles { self.epoch } else { self.epoch.ending_access_tokens() };
        Self { roles, epoch, ..self.next() }
    }

    fn next(&self) -> Self {
        Self { revision: self.revision.next(), ..self.clone() }
    }
}

/// What an account is called: 1 to 100 characters on one line, all of them visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Box<str>);

impl Name {
    /// The name as it was typed, without white space around it.
    pub fn new(typed: &str) -> Result<Self, Refusal> {
        let name = typed.trim();
        let fits = !name.is_empty() && name.len() <= 400 && name.chars().count() <= 100;
        if fits && prints_on_one_line(name) { Ok(Self(name.into())) } else { Err(Refusal::BadName) }
    }

    /// The name as a store gives it back.
    pub fn from_store(name: String) -> Self {
        Self(name.into_boxed_str())
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The roles of an account: each 1 to 64 of `a-z 0-9 _ - .`, at most 32 of them, each once, sorted; 800 bytes together at most.
///
/// They travel in access tokens, and browsers drop a cookie of more than 4,096 bytes without a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Box<[String]>);

impl Roles {
    /// The set of these roles.
    pub fn new<T: Into<String>>(roles: impl IntoIterator<Item = T>) -> Result<Self, Refusal> {
        let mut roles: Vec<String> = roles.into_iter().map(Into::into).collect();
        roles.sort_unstable();
        roles.dedup();
        let bytes: usize = roles.iter().map(String::len).sum();
        if roles.len() <= 32 && bytes <= 800 && roles.iter().all(|role| is_role(role)) {
            Ok(Self(roles.into_boxed_slice()))
        } else {
            Err(Refusal::BadRole)
        }
    }

    /// The roles as a store gives them back.
    pub fn from_store<'r>(roles: impl IntoIterator<Item = &'r str>) -> Self {
        Self(roles.into_iter().map(str::to_owned).collect())
    }

    /// The roles' names, sorted.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn is_role(role: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b);
    (1..=64).contains(&role.len()) && role.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_line() {
        for good in ["Alice", "김 철수", " Zoë ", "👩‍💻", "O'Neil, <b>"] {
            assert!(Name::new(good).is_ok(), "{good:?}");
        }
        for bad in ["", "  ", "a\nb", "a\0b", "\u{202e}ecila", "a\u{200b}b", &"a".repeat(101)] {
            assert_eq!(Name::new(bad), Err(Refusal::BadName), "{bad:?}");
        }
    }

    #[test]
    fn roles_are_a_set() {
        assert_eq!(Roles::new(["b", "a", "b"]).unwrap().as_slice(), ["a", "b"]);
        for bad in ["", "Admin", "a b", "a,b", "관리자", &"a".repeat(65)] {
            assert_eq!(Roles::new([bad]), Err(Refusal::BadRole), "{bad:?}");
        }
    }

    #[test]
    fn roles_are_few_and_short_together() {
        let of = |many: usize, length: usize| (0..many).map(move |n| format!("{n:0>length$}"));
        for (many, length) in [(32, 25), (12, 64), (32, 2)] {
            assert!(Roles::new(of(many, length)).is_ok(), "{many} of {length}");
        }
        for (many, length) in [(32, 26), (13, 64), (33, 2)] {
            assert_eq!(Roles::new(of(many, length)), Err(Refusal::BadRole), "{many} of {length}");
        }
    }
}
