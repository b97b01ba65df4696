//! What the owner of an account may do with its sessions: list them, end one, end all others.

use std::sync::Arc;

use crate::auth::{done, until_committed};
use crate::session::EndedWhy;
use crate::{Account, Auth, Error, Event, Refusal, Session, SessionId, SignedIn};

impl Auth {
    /// The sessions of the account that are still good, the latest first.
    pub async fn sessions(&self, signed_in: &SignedIn) -> Result<Vec<Arc<Session>>, Error> {
        let (account, now) = (signed_in.account(), self.ports.clock.now());
        let mut sessions = self.ports.sessions.of(account.id).await?;
        sessions.retain(|session| session.is_live(now) && account.admits(session));
        Ok(sessions)
    }

    /// Ends one session of the account; refuses with `not_found` what is not its own, or is not there: the two look the same.
    pub async fn end_session(&self, signed_in: &SignedIn, id: SessionId) -> Result<(), Error> {
        let own = signed_in.account();
        let why =
            if id == signed_in.session().id { EndedWhy::SignedOut } else { EndedWhy::FromAnotherDevice };
        self.end(id, why, |session| session.account == own.id, Refusal::NotFound).await
    }

    /// Ends every session of the account but the one that asks.
    pub async fn end_other_sessions(&self, signed_in: &SignedIn) -> Result<(), Error> {
        until_committed(async || {
            let account = self.still_admitting(signed_in).await?;
            let next = account.ending_sessions(Some(signed_in.session().id));
            Ok(done(self.ports.accounts.replace(next).await?, ()))
        })
        .await?;
        self.ports.events.record(&Event::SessionsEnded(signed_in.account().id, EndedWhy::FromAnotherDevice));
        Ok(())
    }

    /// The account as it is now, if it still admits the session that asks: a check that was true a moment ago must not act on what changed since.
    pub(crate) async fn still_admitting(&self, signed_in: &SignedIn) -> Result<Arc<Account>, Error> {
        let account = self.ports.accounts.find(signed_in.account().id).await?;
        Ok(account.filter(|account| account.admits(signed_in.session())).ok_or(Refusal::SignedOut)?)
    }
}
