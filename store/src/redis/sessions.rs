//! Sessions of the main store, with copies in front of it. A copy may say yes, for a bounded time; every no, and everything that a refresh token turns on, is asked of the main store.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use bitjang_core::session::Foreseen;
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Revocation, Session, SessionId, Sessions, Time,
};
use redis::Script;

use super::Redis;
use super::copied::{Copied, is_copied};

/// Copies only go forward: a reader that was slow does not put back what has been replaced. The revision is in front, for this script.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local kept = redis.call('GET', KEYS[1]) or ''
        if (tonumber(string.match(kept, '^%d+')) or -1) >= tonumber(ARGV[1]) then return end
        redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])",
    )
});

fn key(id: SessionId) -> String {
    format!("bitjang:{{session:{id}}}")
}

#[async_trait]
impl Sessions for Redis {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        let copy = self.copy_of(&session);
        self.main_sessions.insert(session).await?;
        self.put(copy).await;
        Ok(())
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        if let Some(copied) = self.remembering(id).await {
            return Ok(Some(Arc::clone(&copied.session)));
        }
        let as_of = self.clock.now();
        let found = self.main_sessions.find(id).await?;
        self.copy(found.as_ref(), as_of).await;
        Ok(found)
    }

    async fn with_account(
        &self,
        id: SessionId,
        accounts: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        if let Some(copied) = self.remembering(id).await {
            let account = accounts.find(copied.session.account).await?;
            return Ok(account.map(|account| (Arc::clone(&copied.session), account)));
        }
        let as_of = self.clock.now();
        let found = self.main_sessions.with_account(id, accounts).await?;
        self.copy(found.as_ref().map(|(session, _)| session), as_of).await;
        Ok(found)
    }

    /// What the main store remembers, and the copies that this process has read: or else a copy in Redis would keep the main store from remembering.
    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.main_sessions.cached(id).or_else(|| {
            let copied = self.read.find(id).filter(|copied| self.believes(copied))?;
            Some(Arc::clone(&copied.session))
        })
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.main_sessions.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        // Before the commit, so that no copy that could not be replaced speaks against an answer that was given here.
        if let Some(revocation) = &revokes {
            self.told.learn(revocation);
        }
        let _forgetting = self.read.forgetting(session.id);
        let (id, copy) = (session.id, self.copy_of(&session));
        let commit = self.main_sessions.replace(session, revokes).await;
        self.follow(id, copy, matches!(commit, Ok(Commit::Done))).await;
        commit
    }

    fn foreseen(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        self.main_sessions.foreseen(id)
    }

    async fn replace_foreseen(
        &self,
        session: Session,
        account: &Account,
        accounts: &dyn Accounts,
    ) -> Result<Foreseen, Failure> {
        let _forgetting = self.read.forgetting(session.id);
        let (id, copy) = (session.id, self.copy_of(&session));
        let became = self.main_sessions.replace_foreseen(session, account, accounts).await;
        self.follow(id, copy, matches!(became, Ok(Foreseen::Right))).await;
        became
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.main_sessions.sweep(before, at_most).await
    }
}

impl Redis {
    /// What is copied of a record that is about to be written.
    fn copy_of(&self, session: &Session) -> Option<Copied> {
        let as_of = self.clock.now();
        is_copied(session).then(|| Copied { session: Arc::new(session.clone()), as_of })
    }

    /// Copies what the main store has said, where that is good for anything.
    async fn copy(&self, found: Option<&Arc<Session>>, as_of: Time) {
        let good = found.filter(|session| is_copied(session) && session.is_live(as_of));
        self.put(good.map(|session| Copied { session: Arc::clone(session), as_of })).await;
    }

    /// After a commit of a session of which there may be a `copy`.
    async fn follow(&self, id: SessionId, copy: Option<Copied>, written: bool) {
        if written {
            self.put(copy).await;
        } else if copy.is_some() {
            // Whoever reads next asks the main store.
            self.take_out(id).await;
        }
    }

    async fn put(&self, copy: Option<Copied>) {
        let Some(copied) = copy else { return };
        let left = self.life.saturating_sub(self.clock.now().since(copied.as_of));
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        if left == 0 {
            return;
        }
        let (Session { id, revision, .. }, mut line) = (&*copied.session, self.link.line());
        let mut put = PUT.key(key(*id));
        put.arg(revision.0).arg(copied.encode()).arg(left);
        // Without an answer there may be an older copy, which is believed no longer than it is good.
        let _answer: Option<()> = self.link.answer(put.invoke_async(&mut line)).await;
    }

    async fn take_out(&self, id: SessionId) {
        let mut line = self.link.line();
        let _answer: Option<()> =
            self.link.answer(redis::cmd("DEL").arg(key(id)).exec_async(&mut line)).await;
    }

    /// The copy in Redis, if it is to be believed; remembered, unless a commit comes in between.
    async fn remembering(&self, id: SessionId) -> Option<Arc<Copied>> {
        let reading = async { Ok::<_, Infallible>(self.read_copy(id).await) };
        let Ok(copied) = self.read.refresh(id, reading).await;
        copied
    }

    async fn read_copy(&self, id: SessionId) -> Option<Copied> {
        if !self.told.is_fresh() {
            return None;
        }
        let mut line = self.link.line();
        let get = redis::Cmd::get(key(id));
        let kept: Option<Vec<u8>> = self.link.answer(get.query_async(&mut line)).await?;
        let kept = kept?;
        let (_revision, record) = kept.split_at_checked(kept.iter().position(|byte| *byte == b' ')? + 1)?;
        Copied::decode(record).filter(|copied| copied.session.id == id && self.believes(copied))
    }

    /// Whether a copy may say yes: a young one, of a live session, which would have been told to have ended if it had.
    fn believes(&self, Copied { session, as_of }: &Copied) -> bool {
        let now = self.clock.now();
        let age = now.since(*as_of).max(as_of.since(now));
        age < self.life && session.is_live(now) && self.told.is_fresh() && !self.told.has_ended(session)
    }
}
