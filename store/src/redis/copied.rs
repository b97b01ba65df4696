//! The form in which a session is copied to Redis, and which sessions are.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use bitjang_core::ratchet::Ratchet;
use bitjang_core::secret::SecretHash;
use bitjang_core::session::Client;
use bitjang_core::{AccountId, Carrier, Revision, Session, SessionId, Time};

use crate::cache::Weigh;

/// A session as the main store had it, and a moment before the main store was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) session: Arc<Session>,
    pub(super) as_of: Time,
}

/// What the first byte says. A record that begins with another is as good as none.
const VERSION: u8 = 1;

/// What the byte before the agent says where there is one.
const AGENT: u8 = 1;

/// Whether copies of this session are good for anything. An old copy of one whose refresh tokens turn would decide wrongly: to a server that takes generation 5 for the present
/// one, an honest token of generation 6 is forged, and a thief's of generation 4 is not.
pub(super) fn is_copied(session: &Session) -> bool {
    session.carrier == Carrier::Cookie && session.ratchet == Ratchet::default()
}

impl Weigh for Copied {
    fn weigh(&self) -> usize {
        size_of::<Self>() + self.session.weigh()
    }
}

impl Copied {
    /// As Redis keeps it; nothing of a session that has ended, for nobody is to read that.
    pub(super) fn encode(&self) -> Vec<u8> {
        let session = &*self.session;
        if session.ended.is_some() {
            return Vec::new();
        }
        let address = match session.client.address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(session.id.as_bytes());
        bytes.extend_from_slice(session.secret.as_bytes());
        bytes.extend_from_slice(session.account.as_bytes());
        bytes.extend_from_slice(&session.epoch.to_be_bytes());
        bytes.extend_from_slice(&session.revision.0.to_be_bytes());
        for time in [self.as_of, session.created_at, session.seen_at, session.idle_ends_at, session.ends_at] {
            bytes.extend_from_slice(&time.as_micros().to_be_bytes());
        }
        bytes.extend_from_slice(&address.octets());
        if let Some(agent) = &session.client.agent {
            bytes.push(AGENT);
            bytes.extend_from_slice(agent.as_bytes());
        }
        bytes
    }

    /// The copy that these bytes spell, if they do.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let [VERSION] = rest.take()? else { return None };
        let (id, secret, account) = (rest.take()?, rest.take()?, rest.take()?);
        let (epoch, revision) = (u64::from_be_bytes(rest.take()?), u64::from_be_bytes(rest.take()?));
        let as_of = rest.time()?;
        let (created_at, seen_at, idle_ends_at, ends_at) =
            (rest.time()?, rest.time()?, rest.time()?, rest.time()?);
        let address = IpAddr::V6(Ipv6Addr::from(rest.take::<16>()?)).to_canonical();
        let agent = match rest.0 {
            [] => None,
            [AGENT, agent @ ..] => Some(str::from_utf8(agent).ok()?.into()),
            _ => return None,
        };
        let session = Session {
            id: SessionId::from_bytes(id),
            secret: SecretHash::from_bytes(secret),
            account: AccountId::from_bytes(account),
            epoch,
            carrier: Carrier::Cookie,
            client: Client { agent, address },
            created_at,
            seen_at,
            idle_ends_at,
            ends_at,
            ratchet: Ratchet::default(),
            ended: None,
            revision: Revision(revision),
        };
        Some(Self { session: Arc::new(session), as_of })
    }
}

/// What has not been read yet.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn time(&mut self) -> Option<Time> {
        Some(Time::from_micros(i64::from_be_bytes(self.take()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitjang_core::session::EndedWhy;
    use bitjang_core::session::contract::session;
    use bitjang_core::testing::{Dice, at};

    fn copied(agent: Option<&str>, address: &str) -> Copied {
        let dice = Dice::seeded(1);
        let mut session = session(AccountId::generate(&dice, at(1)), 10, &dice);
        session.client = Client::new(agent, address.parse().unwrap());
        (session.epoch, session.revision, session.seen_at) = (u64::MAX, Revision(7), at(-3));
        Copied { session: Arc::new(session), as_of: at(12) }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for agent in [None, Some("Mozilla/5.0"), Some("빗장 1.0")] {
            for address in ["192.0.2.7", "2001:db8::1"] {
                let copied = copied(agent, address);
                assert_eq!(Copied::decode(&copied.encode()), Some(copied));
            }
        }
    }

    #[test]
    fn what_this_release_does_not_know_is_as_good_as_nothing() {
        let good = copied(Some("Mozilla/5.0"), "192.0.2.7").encode();
        for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
            let other = [&[version], &good[1..]].concat();
            assert_eq!(Copied::decode(&other), None, "version {version}");
        }
        let without_agent = copied(None, "192.0.2.7").encode();
        for length in 0..without_agent.len() {
            assert_eq!(Copied::decode(&without_agent[..length]), None, "{length} bytes");
        }
        for follows in [&[0][..], &[2], &[AGENT, 0xff]] {
            assert_eq!(Copied::decode(&[&without_agent, follows].concat()), None, "{follows:?}");
        }
    }

    #[test]
    fn of_an_ended_session_there_is_nothing_to_read() {
        let Copied { session, as_of } = copied(None, "192.0.2.7");
        let ended = Copied { session: Arc::new(session.ending(EndedWhy::SignedOut, at(20)).unwrap()), as_of };
        assert!(ended.encode().is_empty());
        assert_eq!(Copied::decode(&[]), None);
    }
}
