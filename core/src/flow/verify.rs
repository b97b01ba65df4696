//! Verify: who is asking, from what their cookie holds.

use std::sync::Arc;

use crate::{Account, Auth, Error, Event, Refusal, Session, SessionToken, Time};

/// Proof that somebody is signed in: the only way to get one is to present a good token to [`Auth::verify`].
#[derive(Clone, Debug)]
pub struct SignedIn {
    account: Arc<Account>,
    session: Arc<Session>,
}

impl SignedIn {
    /// The rule: the token is this session's, the session is live, and the account still admits it.
    fn prove(
        token: &SessionToken,
        session: Arc<Session>,
        account: Arc<Account>,
        now: Time,
    ) -> Result<Self, Refusal> {
        let proven = token.proves(&session) && session.is_live(now) && account.admits(&session);
        if proven { Ok(Self { account, session }) } else { Err(Refusal::SignedOut) }
    }

    /// Who.
    pub fn account(&self) -> &Account {
        &self.account
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
    /// Says who holds `token`; refuses with `signed_out` if nobody does any more.
    pub async fn verify(&self, token: &SessionToken) -> Result<SignedIn, Error> {
        let Some(session) = self.ports.sessions.find(token.session()).await? else {
            return Err(Refusal::SignedOut.into());
        };
        let Some(account) = self.ports.accounts.find(session.account).await? else {
            return Err(Refusal::SignedOut.into());
        };
        let signed_in = SignedIn::prove(token, session, account, self.ports.clock.now())?;
        self.touch(&signed_in.session).await;
        Ok(signed_in)
    }

    /// Writes down that the session is in use, now and then. Nobody is signed out because that cannot be written.
    async fn touch(&self, session: &Session) {
        let Some(touched) = session.touched(self.rules.lifetime, self.ports.clock.now()) else { return };
        if let Err(failure) = self.ports.sessions.replace(touched).await {
            self.ports.events.record(&Event::PutOff(failure.action()));
        }
    }
}
