//! Refresh: one turn of the ratchet. One trip where this process remembers both records rightly; else one read of the session and its account, at most one commit.

use std::ops::ControlFlow;

use crate::auth::{TRIES, outrun};
use crate::ratchet::{Genuine, Held};
use crate::session::{Ended, Foreseen, Turned};
use crate::{
    Auth, Carrier, Commit, Error, Event, Proof, Refusal, Revocation, Session, SessionId, SignIn, SignedIn,
};

impl Auth {
    /// Hands out the next tokens for whoever presents those `held`, or another copy of them when the answer got lost.
    ///
    /// `carrier` is how they were presented: a token that was handed out in a cookie is good only in a cookie, and the reverse. Refuses with `signed_out`, or with `token_reuse` when two holders of one token have both gone on: then the session has ended.
    pub async fn refresh(&self, held: &Held, carrier: Carrier) -> Result<SignIn, Error> {
        let (token, proof) = (held.newest(), Proof::Refresh(held.newest().clone()));
        let mut read = match self.advance_foreseen(&proof, held, carrier).await? {
            ControlFlow::Break(sign_in) => return Ok(sign_in),
            ControlFlow::Continue(read) => read,
        };
        for _ in 0..TRIES {
            let holder = match read.take() {
                Some(holder) => holder,
                None => self.holder(&proof).await?,
            };
            if holder.session().carrier != carrier {
                return Err(Refusal::SignedOut.into());
            }
            match holder.session().turned(held, self.rules.lifetime, self.ports.clock.now()) {
                Turned::Refused => return Err(Refusal::SignedOut.into()),
                Turned::Again => {
                    self.ports.events.record(&Event::TurnedAgain(token.session()));
                    let session = holder.session().clone();
                    return self.handed(&holder, session, token);
                }
                Turned::Theft(ended) => {
                    if self.end_stolen(ended).await? == Commit::Done {
                        return Err(Refusal::TokenReuse.into());
                    }
                }
                Turned::Advanced(next) => {
                    if self.ports.sessions.replace(next.clone(), None).await? == Commit::Done {
                        return self.advanced(&holder, next, token);
                    }
                }
            }
        }
        Err(outrun())
    }

    /// Advances by what this process remembers, in one trip: it is written only if both records are kept as they are remembered. Otherwise the flow goes on, with what was
    /// read instead if anything was. A guess decides nothing else: who is refused, or is a thief, is so by what is kept.
    async fn advance_foreseen(
        &self,
        proof: &Proof,
        held: &Held,
        carrier: Carrier,
    ) -> Result<ControlFlow<SignIn, Option<SignedIn>>, Error> {
        let guessed = self.foreseen(proof).filter(|holder| holder.session().carrier == carrier);
        let Some(holder) = guessed else { return Ok(ControlFlow::Continue(None)) };
        let turned = holder.session().turned(held, self.rules.lifetime, holder.as_of());
        let Turned::Advanced(next) = turned else { return Ok(ControlFlow::Continue(None)) };
        let (sessions, accounts) = (&self.ports.sessions, &*self.ports.accounts);
        match sessions.replace_foreseen(next.clone(), holder.account(), accounts).await? {
            Foreseen::Right => self.advanced(&holder, next, held.newest()).map(ControlFlow::Break),
            Foreseen::Wrong(found) => {
                let holder = SignedIn::found(proof, found, holder.as_of())?;
                Ok(ControlFlow::Continue(Some(holder)))
            }
        }
    }

    fn advanced(&self, holder: &SignedIn, next: Session, token: &Genuine) -> Result<SignIn, Error> {
        self.ports.events.record(&Event::Turned(token.session()));
        self.handed(holder, next, token)
    }

    fn handed(&self, holder: &SignedIn, session: Session, token: &Genuine) -> Result<SignIn, Error> {
        let handed = self.hand_out(holder.account(), &session, token.secret().clone(), holder.as_of())?;
        Ok(SignIn { account: holder.shared_account(), session, handed })
    }

    async fn end_stolen(&self, ended: Session) -> Result<Commit, Error> {
        let (id, why) = (ended.id, ended.ended.map(|Ended { why, .. }| why));
        let revocation = self.revocation(id);
        let commit = self.ports.sessions.replace(ended, Some(revocation)).await?;
        if let (Commit::Done, Some(why)) = (commit, why) {
            self.ports.events.record(&Event::SessionEnded(id, why));
        }
        Ok(commit)
    }

    /// What ends the access tokens of one session.
    pub(crate) fn revocation(&self, session: SessionId) -> Revocation {
        Revocation::of_session(session, self.rules.tokens.access, self.ports.clock.now())
    }
}
