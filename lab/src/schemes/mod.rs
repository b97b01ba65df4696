//! The ten schemes, each as people really write it: what its servers do, where its page keeps what it is given, and what is expected of it.

mod bitjang;
mod both_cookies;
mod carried;
mod csrf_token;
mod jwt_cookie;
mod jwt_local_storage;
mod key_pair;
mod memory_session;
mod pair_local_storage;
mod plain_cookie;
mod refresh_cookie;
mod rotation;
mod session_db;
mod token;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::Router;

pub(crate) use carried::Broken;

use crate::Colour;
use crate::clock::Clock;
use crate::community::Community;
use crate::database::Database;
use crate::issuer::Issuer;
use crate::keeping::{Keeping, Place};
use crate::redis::Redis;
use crate::text::{Text, say};

/// One way to remember who is asking.
pub struct Scheme {
    /// Its rung of the ladder, from 1.
    pub number: usize,
    /// Its name in addresses.
    pub id: &'static str,
    /// What it is called.
    pub name: Text,
    /// Where its page keeps what it is given.
    pub keeping: Keeping,
    /// One of its servers, with a memory of its own.
    pub(crate) server: fn(&World) -> Router,
    /// What is expected of it, and why.
    pub expected: &'static [Expected],
}

/// A colour, the attacks that should end with it, and the reason.
pub type Expected = (Colour, &'static [&'static str], Text);

/// All of them, in the order of the ladder.
pub const ALL: [&Scheme; 10] = [
    &plain_cookie::SCHEME,
    &memory_session::SCHEME,
    &session_db::SCHEME,
    &jwt_local_storage::SCHEME,
    &jwt_cookie::SCHEME,
    &pair_local_storage::SCHEME,
    &refresh_cookie::SCHEME,
    &both_cookies::SCHEME,
    &csrf_token::SCHEME,
    &bitjang::SCHEME,
];

const fn green(attacks: &'static [&'static str], en: &'static str, ko: &'static str) -> Expected {
    (Colour::Green, attacks, say(en, ko))
}

const fn amber(attacks: &'static [&'static str], en: &'static str, ko: &'static str) -> Expected {
    (Colour::Amber, attacks, say(en, ko))
}

const fn red(attacks: &'static [&'static str], en: &'static str, ko: &'static str) -> Expected {
    (Colour::Red, attacks, say(en, ko))
}

impl Scheme {
    /// The scheme with this name.
    pub fn named(id: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|scheme| scheme.id == id)
    }

    /// What is expected when it meets the attack `id`, and why.
    pub fn expects(&self, id: &str) -> Option<(Colour, &'static Text)> {
        let found = self.expected.iter().find(|(_, attacks, _)| attacks.contains(&id));
        found.map(|(colour, _, why)| (*colour, why))
    }

    /// Whether its sessions are in a session DB.
    pub(crate) fn has_session_db(&self) -> bool {
        self.id == session_db::SCHEME.id
    }

    /// Whether it needs a real Bitjang.
    pub(crate) fn is_bitjang(&self) -> bool {
        self.id == bitjang::SCHEME.id
    }
}

/// What the servers of one scheme share.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) community: Community,
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) issuer: Arc<Issuer>,
    /// A random secret for tokens.
    pub(crate) secret: String,
    /// A random pair of keys for tokens.
    pub(crate) key_pair: Arc<Ed25519KeyPair>,
}

impl World {
    pub(crate) fn around(issuer: Issuer, redis: Option<Redis>, pace: Option<Duration>) -> Result<Self> {
        Ok(Self {
            community: Community::default(),
            database: Database::open(redis, pace)?,
            clock: Clock::default(),
            issuer: Arc::new(issuer),
            secret: crate::dice::random()?,
            key_pair: Arc::new(crate::dice::random_key_pair()?),
        })
    }
}
