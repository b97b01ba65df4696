//! Sessions in memory: by id, by account, and by the moment they are over.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Revocation, Session, SessionId, Sessions, Time,
};

use super::revocations::Feed;
use super::{Memory, whole};

#[derive(Default)]
pub(super) struct SessionTable {
    kept: HashMap<SessionId, Arc<Session>>,
    in_order_of_account: BTreeSet<(AccountId, SessionId)>,
    in_order_of_end: BTreeSet<(Time, SessionId)>,
}

/// When a session ended or will expire, whichever comes first.
fn over_at(session: &Session) -> Time {
    session.ended.map_or(session.expires_at(), |ended| ended.at.min(session.expires_at()))
}

impl SessionTable {
    fn insert(&mut self, session: Session) -> Result<(), Failure> {
        if self.kept.contains_key(&session.id) {
            return Err(Failure::new("insert a session", "its id is in use"));
        }
        self.in_order_of_account.insert((session.account, session.id));
        self.in_order_of_end.insert((over_at(&session), session.id));
        self.kept.insert(session.id, Arc::new(session));
        Ok(())
    }

    fn replace(&mut self, session: Session, revokes: Option<Revocation>, feed: &Feed) -> Commit {
        let Some(stored) = self.kept.get_mut(&session.id).filter(|stored| follows(&session, stored)) else {
            return Commit::Stale;
        };
        self.in_order_of_end.remove(&(over_at(stored), session.id));
        self.in_order_of_end.insert((over_at(&session), session.id));
        *stored = Arc::new(session);
        feed.push(revokes);
        Commit::Done
    }

    fn of(&self, account: AccountId) -> Vec<Arc<Session>> {
        let [first, last] = [[0; 16], [u8::MAX; 16]].map(|id| (account, SessionId::from_bytes(id)));
        let ids = self.in_order_of_account.range(first..=last);
        let mut sessions: Vec<_> = ids.filter_map(|(_, id)| self.kept.get(id)).cloned().collect();
        sessions.sort_unstable_by_key(|session| Reverse((session.created_at, session.id)));
        sessions
    }

    fn sweep(&mut self, before: Time, at_most: usize) -> usize {
        let over: Vec<_> =
            self.in_order_of_end.iter().take(at_most).take_while(|(at, _)| *at < before).copied().collect();
        for each in &over {
            self.in_order_of_end.remove(each);
            self.forget(each.1);
        }
        over.len()
    }

    fn forget(&mut self, id: SessionId) {
        if let Some(session) = self.kept.remove(&id) {
            self.in_order_of_account.remove(&(session.account, id));
        }
    }
}

/// Whether `next` may take the place of `stored`. Whose a session is and when it began never change.
fn follows(next: &Session, stored: &Session) -> bool {
    (next.revision, next.account, next.created_at)
        == (stored.revision.next(), stored.account, stored.created_at)
}

#[async_trait]
impl Sessions for Memory {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        whole(self.sessions.write()).insert(self.agents.share(session))
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        Ok(whole(self.sessions.read()).kept.get(&id).cloned())
    }

    async fn with_account(
        &self,
        id: SessionId,
        _: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        let sessions = whole(self.sessions.read());
        let Some(session) = sessions.kept.get(&id) else { return Ok(None) };
        let account = whole(self.accounts.read()).with_id(session.account);
        Ok(account.map(|account| (Arc::clone(session), account)))
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        Ok(whole(self.sessions.read()).of(account))
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        Ok(whole(self.sessions.write()).replace(session, revokes, &self.feed))
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        Ok(whole(self.sessions.write()).sweep(before, at_most))
    }
}
