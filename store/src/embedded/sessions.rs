//! Sessions as rows.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::secret::SecretHash;
use bitjang_core::session::{Client, Ended, EndedWhy};
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Revocation, Session, SessionId, Sessions, Time,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Embedded;
use super::accounts;
use super::cache::Caches;
use super::revocations::{Replaced, with_its_revocation};
use super::row::{Unknown, count, parsed, revision, spelled, time};
use super::writer::Change;

#[async_trait]
impl Sessions for Embedded {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.writer.write(Insert(Arc::new(self.caches.agents.share(session)))).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        if let Some(session) = self.caches.sessions.find(id) {
            return Ok(Some(session));
        }
        let caches = Arc::clone(&self.caches);
        self.readers.ask("find a session", move |db| load(db, &caches, id)).await
    }

    async fn with_account(
        &self,
        id: SessionId,
        _: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        if let Some(both) = self.caches.with_account(id) {
            return Ok(Some(both));
        }
        let caches = Arc::clone(&self.caches);
        self.readers.ask("find a session and its account", move |db| with_account(db, &caches, id)).await
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.caches.sessions.find(id)
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.readers.ask("list sessions", move |db| of(db, account)).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.writer.write(Replace { session: Arc::new(session), revokes }).await.map(Commit::from)
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.writer.write(Sweep { before, at_most }).await.map(|swept| swept.len())
    }
}

struct Insert(Arc<Session>);

impl Change for Insert {
    type Answer = ();
    const ACTION: &'static str = "insert a session";

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        let session = &self.0;
        db.prepare_cached(INSERT)?.execute(params![
            session.id.as_bytes(),
            session.secret.as_bytes(),
            session.account.as_bytes(),
            session.epoch.cast_signed(),
            session.carrier.as_str(),
            session.client.agent,
            session.client.address.to_string(),
            session.created_at.as_micros(),
            session.seen_at.as_micros(),
            session.idle_ends_at.as_micros(),
            session.ends_at.as_micros(),
            session.ended.map(|ended| ended.at.as_micros()),
            session.ended.map(|ended| ended.why.as_str()),
            session.revision.0.cast_signed(),
            session.ratchet.generation,
            session.ratchet.spent.map(|Branch(branch)| branch),
        ])?;
        Ok(())
    }

    fn publish(&self, (): &(), caches: &Caches) {
        caches.sessions.put(self.0.id, &self.0);
    }
}

const INSERT: &str = "INSERT INTO session (id, secret, account, epoch, carrier, agent, address, created_at, seen_at, idle_ends_at, ends_at,
    ended_at, ended_why, revision, generation, spent)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

struct Replace {
    session: Arc<Session>,
    revokes: Option<Revocation>,
}

impl Change for Replace {
    type Answer = Replaced;
    const ACTION: &'static str = "replace a session";

    fn write(&self, db: &Connection) -> rusqlite::Result<Replaced> {
        with_its_revocation(db, self.revokes.as_ref(), || replace(db, &self.session))
    }

    fn publish(&self, answer: &Replaced, caches: &Caches) {
        if let Replaced::Done(revoked) = *answer {
            caches.sessions.put(self.session.id, &self.session);
            caches.heard_of(revoked);
        }
    }
}

fn replace(db: &Connection, session: &Session) -> rusqlite::Result<usize> {
    db.prepare_cached(REPLACE)?.execute(params![
        session.id.as_bytes(),
        session.account.as_bytes(),
        session.created_at.as_micros(),
        session.revision.0.cast_signed(),
        session.secret.as_bytes(),
        session.epoch.cast_signed(),
        session.carrier.as_str(),
        session.client.agent,
        session.client.address.to_string(),
        session.seen_at.as_micros(),
        session.idle_ends_at.as_micros(),
        session.ends_at.as_micros(),
        session.ended.map(|ended| ended.at.as_micros()),
        session.ended.map(|ended| ended.why.as_str()),
        session.ratchet.generation,
        session.ratchet.spent.map(|Branch(branch)| branch),
    ])
}

/// Whose a session is and when it began never change: asked for, not written, so that the index over them is left alone.
const REPLACE: &str = "UPDATE session SET revision = ?4, secret = ?5, epoch = ?6, carrier = ?7, agent = ?8, address = ?9, seen_at = ?10,
    idle_ends_at = ?11, ends_at = ?12, ended_at = ?13, ended_why = ?14,
    generation = ?15, spent = ?16
    WHERE id = ?1 AND revision = ?4 - 1 AND account = ?2 AND created_at = ?3";

struct Sweep {
    before: Time,
    at_most: usize,
}

impl Change for Sweep {
    type Answer = Vec<SessionId>;
    const ACTION: &'static str = "sweep sessions";

    fn write(&self, db: &Connection) -> rusqlite::Result<Vec<SessionId>> {
        let at_most = i64::try_from(self.at_most).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(SWEEP)?;
        let swept = statement
            .query_map([self.before.as_micros(), at_most], |row| row.get(0).map(SessionId::from_bytes))?;
        swept.collect()
    }

    fn publish(&self, swept: &Vec<SessionId>, caches: &Caches) {
        for id in swept {
            caches.sessions.forget(*id);
        }
    }
}

const SWEEP: &str = "DELETE FROM session WHERE row IN (SELECT row FROM session WHERE over_at < ?1 ORDER BY over_at LIMIT ?2) RETURNING id";

/// The columns that [`session`] reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, secret, account, epoch, carrier, agent, address, created_at, seen_at, idle_ends_at, ends_at, ended_at, ended_why,
            revision, generation, spent FROM session ",
            $rest
        )
    };
}

fn with_id(db: &Connection, id: SessionId) -> rusqlite::Result<Option<Session>> {
    db.prepare_cached(select!("WHERE id = ?1"))?.query_row([id.as_bytes()], session).optional()
}

/// The session, from memory or read and kept there.
fn load(db: &Connection, caches: &Caches, id: SessionId) -> rusqlite::Result<Option<Arc<Session>>> {
    caches.sessions.load(id, || Ok(with_id(db, id)?.map(|session| caches.agents.share(session))))
}

/// On the folder a join would save nothing but a call: there is no trip, and most often the account is in memory.
fn with_account(
    db: &Connection,
    caches: &Caches,
    id: SessionId,
) -> rusqlite::Result<Option<(Arc<Session>, Arc<Account>)>> {
    let Some(session) = load(db, caches, id)? else { return Ok(None) };
    let account = caches.accounts.load(session.account, || accounts::with_id(db, session.account))?;
    Ok(account.map(|account| (session, account)))
}

fn of(db: &Connection, account: AccountId) -> rusqlite::Result<Vec<Arc<Session>>> {
    let mut statement = db.prepare_cached(select!("WHERE account = ?1 ORDER BY created_at DESC, id DESC"))?;
    statement.query_map([account.as_bytes()], session)?.map(|session| session.map(Arc::new)).collect()
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId::from_bytes(row.get(0)?),
        secret: SecretHash::from_bytes(row.get(1)?),
        account: AccountId::from_bytes(row.get(2)?),
        epoch: count(row, 3)?,
        carrier: parsed(row, 4)?,
        client: Client { agent: row.get(5)?, address: parsed(row, 6)? },
        created_at: time(row, 7)?,
        seen_at: time(row, 8)?,
        idle_ends_at: time(row, 9)?,
        ends_at: time(row, 10)?,
        ratchet: Ratchet { generation: row.get(14)?, spent: row.get::<_, Option<_>>(15)?.map(Branch) },
        ended: ended(row)?,
        revision: revision(row, 13)?,
    })
}

fn ended(row: &Row<'_>) -> rusqlite::Result<Option<Ended>> {
    let Some(at) = row.get::<_, Option<i64>>(11)?.map(Time::from_micros) else { return Ok(None) };
    let why = spelled(row, 12, |text| Ok(why(text).ok_or(Unknown)?))?;
    Ok(Some(Ended { at, why }))
}

fn why(name: &str) -> Option<EndedWhy> {
    EndedWhy::ALL.into_iter().find(|why| why.as_str() == name)
}
