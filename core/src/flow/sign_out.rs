//! Sign out: the session ends, for everybody who holds a copy of its cookie.

use crate::auth::{TRIES, outrun};
use crate::session::EndedWhy;
use crate::{Auth, Commit, Error, Event, Proof, Refusal, Session, SessionId};

impl Auth {
    /// Ends the session that is proven. Doing it again is fine, so a lost answer may be asked for again; refuses with `signed_out` only a proof that was never
    /// good or is long forgotten.
    pub async fn sign_out(&self, proof: &Proof) -> Result<(), Error> {
        self.end(proof.session(), EndedWhy::SignedOut, |session| proof.proves(session), Refusal::SignedOut)
            .await
    }

    /// Ends one session, if `may` says so of what is stored; otherwise refuses with `or_else`, as if there were none.
    pub(crate) async fn end(
        &self,
        id: SessionId,
        why: EndedWhy,
        may: impl Fn(&Session) -> bool,
        or_else: Refusal,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let session = self.ports.sessions.find(id).await?.filter(|session| may(session));
            let session = session.ok_or_else(|| or_else.clone())?;
            let Some(ended) = session.ending(why, self.ports.clock.now()) else { return Ok(()) };
            if self.ports.sessions.replace(ended, Some(self.revocation(id))).await? == Commit::Done {
                self.ports.events.record(&Event::SessionEnded(id, why));
                return Ok(());
            }
        }
        Err(outrun())
    }
}
