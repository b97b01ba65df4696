//! Verify: who is asking, from what they present.

use std::sync::Arc;

use crate::ratchet::Genuine;
use crate::time::CLOCKS_APART;
use crate::token::{Scratch, Verified};
use crate::{Account, AccountId, Auth, Error, Event, Refusal, Session, SessionId, SessionToken, Time};

/// What somebody presents to prove a session, as far as it can be checked without a store. Whether the session is good is another question.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The value of a session cookie.
    SessionToken(SessionToken),
    /// A refresh token that one of our servers minted.
    Refresh(Genuine),
    /// An access token that one of our servers minted, and that has not expired.
    Access(Access),
}

/// The session that a verified access token speaks of. May be kept, so that the signature need not be checked again: see [`Auth::still_reads`].
#[derive(Clone, Copy, Debug)]
pub struct Access {
    session: SessionId,
    account: AccountId,
    issued_at: Time,
    expires_at: Time,
    /// Under which generation of the keys it was read.
    keys: u64,
}

impl From<Access> for Proof {
    fn from(access: Access) -> Self {
        Self::Access(access)
    }
}

impl Proof {
    /// The session it speaks of.
    pub fn session(&self) -> SessionId {
        match self {
            Self::SessionToken(token) => token.session(),
            Self::Refresh(token) => token.session(),
            Self::Access(access) => access.session,
        }
    }

    /// Whether it was handed out for this very session; in constant time where there is a secret.
    pub(crate) fn proves(&self, session: &Session) -> bool {
        match self {
            Self::SessionToken(token) => token.proves(session),
            Self::Refresh(token) => token.session() == session.id && session.secret.matches(token.secret()),
            Self::Access(access) => access.session == session.id && access.account == session.account,
        }
    }
}

/// Proof that somebody is signed in: the only way to get one is to present a good [`Proof`] to [`Auth::verify`].
#[derive(Clone, Debug)]
pub struct SignedIn {
    account: Arc<Account>,
    session: Arc<Session>,
    /// A moment before the records were read: what ends the session after it is not known here.
    as_of: Time,
    proven_until: Time,
}

impl SignedIn {
    /// The rule: the proof is this session's, the session is live, and the account still admits it.
    fn prove(
        proof: &Proof,
        session: Arc<Session>,
        account: Arc<Account>,
        now: Time,
    ) -> Result<Self, Refusal> {
        let proven = proof.proves(&session) && session.is_live(now) && account.admits(&session);
        let proven_until = match proof {
            Proof::Access(access) => access.expires_at,
            Proof::SessionToken(_) | Proof::Refresh(_) => session.ends_at,
        };
        if proven { Ok(Self { account, session, as_of: now, proven_until }) } else { Err(Refusal::SignedOut) }
    }

    /// Whoever `proof` speaks of, by what was found after `as_of`.
    pub(crate) fn found(
        proof: &Proof,
        found: Option<(Arc<Session>, Arc<Account>)>,
        as_of: Time,
    ) -> Result<Self, Refusal> {
        let (session, account) = found.ok_or(Refusal::SignedOut)?;
        Self::prove(proof, session, account, as_of)
    }

    /// When the proof itself expires. What is handed out on it must not outlive it, or who steals an access token keeps it young for ever.
    pub(crate) fn proven_until(&self) -> Time {
        self.proven_until
    }

    /// Who.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn shared_account(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    pub(crate) fn as_of(&self) -> Time {
        self.as_of
    }

    /// What to call them: their name, or what they type to sign in.
    pub fn called(&self) -> &str {
        self.account.name.as_ref().map_or(self.account.identifier.as_str(), |name| name.as_str())
    }

    /// By which session.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

impl Auth {
    /// Reads an access token: signature, claims and time are checked, the store is not asked.
    pub fn read_access(&self, token: &str) -> Option<Access> {
        let keys = self.keyring.signing();
        let mut scratch = Scratch::default();
        let verified =
            self.verifier.verify(&keys.verifying, token, self.ports.clock.now(), &mut scratch).ok()?;
        let Verified { session, account, issued_at, expires_at, .. } = verified;
        Some(Access { session, account, issued_at, expires_at, keys: keys.generation })
    }

    /// Whether an access token that was read before is still in its time, and its key among those in use.
    pub fn still_reads(&self, access: &Access) -> bool {
        let now = self.ports.clock.now();
        let in_time = now < access.expires_at && access.issued_at <= now.plus(CLOCKS_APART);
        in_time && access.keys == self.keyring.generation()
    }

    /// Reads a refresh token, if one of our servers minted it; the store is not asked.
    pub fn read_refresh(&self, token: &str) -> Option<Genuine> {
        self.keyring.tag.read(token)
    }

    /// Says who presents `proof`; refuses with `signed_out` if nobody does any more.
    pub async fn verify(&self, proof: &Proof) -> Result<SignedIn, Error> {
        let signed_in = match self.remembered(proof) {
            Some(signed_in) => signed_in,
            None => self.holder(proof).await?,
        };
        self.touch(&signed_in.session, signed_in.as_of).await;
        Ok(signed_in)
    }

    /// Who presents `proof`, as far as the memory of this process says so. It never says no: what it does not know, or has not heard of yet, may be good.
    fn remembered(&self, proof: &Proof) -> Option<SignedIn> {
        let now = self.ports.clock.now();
        let session = self.ports.sessions.cached(proof.session())?;
        let account = self.ports.accounts.cached(session.account)?;
        SignedIn::prove(proof, session, account, now).ok()
    }

    /// Who presents `proof`, by what is kept: what the decision to write something may rest on.
    pub(crate) async fn holder(&self, proof: &Proof) -> Result<SignedIn, Error> {
        let now = self.ports.clock.now();
        let found = self.ports.sessions.with_account(proof.session(), &*self.ports.accounts).await?;
        Ok(SignedIn::found(proof, found, now)?)
    }

    /// Who presents `proof`, by a guess: what is written because of it has to make sure of it.
    pub(crate) fn foreseen(&self, proof: &Proof) -> Option<SignedIn> {
        let now = self.ports.clock.now();
        SignedIn::found(proof, self.ports.sessions.foreseen(proof.session()), now).ok()
    }

    /// Writes down that the session is in use, now and then. Nobody is signed out because that cannot be written.
    async fn touch(&self, session: &Session, now: Time) {
        let Some(touched) = session.touched(self.rules.lifetime, now) else { return };
        if let Err(failure) = self.ports.sessions.replace(touched, None).await {
            self.ports.events.record(&Event::PutOff(failure.action()));
        }
    }
}
