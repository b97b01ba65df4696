//! Refresh: one turn of the ratchet. One read of the session and its account, at most one commit.

use crate::auth::{TRIES, outrun};
use crate::ratchet::Held;
use crate::session::{Ended, Turned};
use crate::{Auth, Carrier, Commit, Error, Event, Proof, Refusal, Revocation, Session, SessionId, SignIn};

impl Auth {
    /// Hands out the next tokens for whoever presents those `held`, or another copy of them when the answer got lost.
    ///
    /// `carrier` is how they were presented: a token that was handed out in a cookie is good only in a cookie, and the reverse. Refuses with `signed_out`, or with `token_reuse` when two holders of one token have both gone on: then the session has ended.
    pub async fn refresh(&self, held: &Held, carrier: Carrier) -> Result<SignIn, Error> {
        let token = held.newest();
        let proof = Proof::Refresh(token.clone());
        for _ in 0..TRIES {
            let holder = self.holder(&proof).await?;
            if holder.session().carrier != carrier {
                return Err(Refusal::SignedOut.into());
            }
            let session = match holder.session().turned(held, self.rules.lifetime, self.ports.clock.now()) {
                Turned::Refused => return Err(Refusal::SignedOut.into()),
                Turned::Again => {
                    self.ports.events.record(&Event::TurnedAgain(token.session()));
                    holder.session().clone()
                }
                Turned::Theft(ended) => {
                    if self.end_stolen(ended).await? == Commit::Stale {
                        continue;
                    }
                    return Err(Refusal::TokenReuse.into());
                }
                Turned::Advanced(next) => {
                    if self.ports.sessions.replace(next.clone(), None).await? == Commit::Stale {
                        continue;
                    }
                    self.ports.events.record(&Event::Turned(token.session()));
                    next
                }
            };
            let handed = self.hand_out(holder.account(), &session, token.secret().clone(), holder.as_of())?;
            return Ok(SignIn { account: holder.shared_account(), session, handed });
        }
        Err(outrun())
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
