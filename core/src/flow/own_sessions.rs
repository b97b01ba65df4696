//! What the owner of an account may do with its sessions: list them, end one, end all others.

use std::sync::Arc;

use crate::auth::{TRIES, outrun};
use crate::session::EndedWhy;
use crate::{Account, Auth, Commit, Error, Event, Refusal, Session, SessionId, SignedIn};

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
        for _ in 0..TRIES {
            let account = self.still_admitting(signed_in).await?;
            let next = account.ending_sessions(Some(signed_in.session().id));
            if self.write_account(&account, next).await? == Commit::Done {
                self.ports.events.record(&Event::SessionsEnded(account.id, EndedWhy::FromAnotherDevice));
                return Ok(());
            }
        }
        Err(outrun())
    }

    /// The account as it is now, if the session that asks is still live and admitted: a check that was true a moment ago must not act on what changed since.
    pub(crate) async fn still_admitting(&self, signed_in: &SignedIn) -> Result<Arc<Account>, Error> {
        let now = self.ports.clock.now();
        let found = self.ports.sessions.with_account(signed_in.session().id, &*self.ports.accounts).await?;
        let (session, account) = found.ok_or(Refusal::SignedOut)?;
        let still = session.is_live(now) && account.admits(&session);
        if still { Ok(account) } else { Err(Refusal::SignedOut.into()) }
    }
}
