//! Stores with a fault of one kind each: what the checker must find.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bitjang_core::{AccountId, Commit, Failure, Revocation, Session, SessionId, Sessions, Time};

/// What is wrong with a store of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A read answers what was there before the last write.
    ReadsOld,
    /// A write does not look which record it replaces.
    IgnoresRevisions,
    /// A write leaves the ratchet as it was, so that two branches of a generation both turn.
    ForgetsTurns,
    /// A server keeps an end to itself.
    KeepsEndsToItself,
    /// A server remembers a session as it was first, whatever became of it.
    RemembersTheEnded,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] = [
        Self::ReadsOld,
        Self::IgnoresRevisions,
        Self::ForgetsTurns,
        Self::KeepsEndsToItself,
        Self::RemembersTheEnded,
    ];
}

/// One server's store.
pub(crate) struct Broken {
    pub(crate) sessions: Arc<dyn Sessions>,
    pub(crate) fault: Fault,
    /// What this server keeps of a session beside the store.
    pub(crate) kept: Mutex<HashMap<SessionId, Arc<Session>>>,
}

impl Broken {
    fn kept(&self, id: SessionId) -> Option<Arc<Session>> {
        self.kept.lock().unwrap().get(&id).cloned()
    }

    fn keep(&self, session: Arc<Session>) {
        self.kept.lock().unwrap().insert(session.id, session);
    }
}

#[async_trait]
impl Sessions for Broken {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.sessions.insert(session).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        let found = self.sessions.find(id).await?;
        match self.fault {
            Fault::ReadsOld | Fault::KeepsEndsToItself => Ok(self.kept(id).or(found)),
            Fault::RemembersTheEnded => {
                if let Some(session) = found.iter().find(|session| session.ended.is_none()) {
                    self.keep(Arc::clone(session));
                }
                Ok(found)
            }
            Fault::IgnoresRevisions | Fault::ForgetsTurns => Ok(found),
        }
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.kept(id).filter(|_| self.fault == Fault::RemembersTheEnded)
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.sessions.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        let Some(stored) = self.sessions.find(session.id).await? else { return Ok(Commit::Stale) };
        let session = match self.fault {
            Fault::KeepsEndsToItself if session.ended.is_some() => {
                self.keep(Arc::new(session));
                return Ok(Commit::Done);
            }
            Fault::IgnoresRevisions => Session { revision: stored.revision.next(), ..session },
            Fault::ForgetsTurns => Session { ratchet: stored.ratchet, ..session },
            _ => session,
        };
        if self.fault == Fault::ReadsOld {
            self.keep(stored);
        }
        self.sessions.replace(session, revokes).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.sessions.sweep(before, at_most).await
    }
}
