//! Sessions as rows.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::secret::SecretHash;
use bitjang_core::session::{Client, Ended, EndedWhy, Foreseen};
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Revocation, Session, SessionId, Sessions, Time,
};
use tokio_postgres::Row;

use super::Postgres;
use super::accounts::{self, account_from};
use super::link::{Ask, Given};
use super::revocations::Columns;
use super::row::{Unknown, Unreadable, bytes, column, count, maybe_bytes, parsed, revision, time};

/// The columns that [`session`] reads, in its order.
macro_rules! columns {
    () => {
        "session.id, secret, session.account, session.epoch, carrier, agent, address, session.created_at, seen_at, idle_ends_at, ends_at,
            generation, spent, ended_at, ended_why, session.revision"
    };
}

/// How many they are.
const COLUMNS: usize = 16;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM bitjang.session ", $rest)
    };
}

const WITH_ACCOUNT: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    accounts::columns!(),
    " FROM bitjang.session JOIN bitjang.account ON account.id = session.account WHERE session.id = $1"
);

/// Whose a session is and when it began never change: asked for, not written, so that the index over them is left alone.
macro_rules! replace {
    ($and:literal) => {
        concat!("UPDATE bitjang.session SET secret = $2, epoch = $4, carrier = $5, agent = $6, address = $7, seen_at = $9, idle_ends_at = $10, ends_at = $11,
            generation = $12, spent = $13, ended_at = $14, ended_why = $15, revision = $16::bigint
            WHERE id = $1 AND revision = $16::bigint - 1 AND account = $3 AND created_at = $8 ", $and, "RETURNING 1")
    };
}

const REPLACE: &str = replace!("");

/// One row: how many were replaced, and where none was, what is there instead.
const REPLACE_FORESEEN: &str = concat!(
    "WITH replaced AS (",
    replace!(
        "AND EXISTS (SELECT 1 FROM bitjang.account AS owner WHERE owner.id = $3 AND owner.revision = $17::bigint) "
    ),
    "), turn AS (SELECT count(*) AS done FROM replaced) SELECT ",
    columns!(),
    ", ",
    accounts::columns!(),
    ", turn.done FROM turn LEFT JOIN (bitjang.session JOIN bitjang.account ON account.id = session.account) ON turn.done = 0 AND session.id = $1"
);

const REPLACE_AND_REVOKE: &str = concat!(
    "WITH replaced AS (",
    replace!(""),
    ") INSERT INTO bitjang.feed (session, account, epoch, spared, at, until)
        SELECT $17::bytea, $18::bytea, $19::bigint, $20::bytea, $21::bigint, $22::bigint FROM replaced RETURNING 1"
);

const INSERT: &str = "INSERT INTO bitjang.session (id, secret, account, epoch, carrier, agent, address, created_at, seen_at, idle_ends_at, ends_at,
    generation, spent, ended_at, ended_why, revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING 1";

/// When a session ended or will expire, whichever comes first: as the index has it.
macro_rules! over_at {
    () => {
        "LEAST(idle_ends_at, ends_at, COALESCE(ended_at, ends_at))"
    };
}

const SWEEP: &str = concat!(
    "DELETE FROM bitjang.session WHERE id IN (SELECT id FROM bitjang.session WHERE ",
    over_at!(),
    " < $1 ORDER BY ",
    over_at!(),
    " LIMIT $2) AND ",
    over_at!(),
    " < $1 RETURNING id"
);

#[async_trait]
impl Sessions for Postgres {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.put_session("insert a session", INSERT, &session, &[]).await.map(drop)
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        let (sql, key) = (select!("WHERE id = $1"), id.as_bytes().as_slice());
        let given: Given<'_> = &[&key];
        self.heard
            .sessions
            .refresh(id, self.one("find a session", Ask { sql, given }, |row| self.session(row)))
            .await
    }

    async fn with_account(
        &self,
        id: SessionId,
        _: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        let (key, since) = (id.as_bytes().as_slice(), self.heard.accounts.moment());
        let mut account = None;
        let read = async {
            let both = |row: &Row| Ok((self.session(row)?, account_from(row, COLUMNS)?));
            let ask = Ask { sql: WITH_ACCOUNT, given: &[&key] };
            let found = self.one("find a session and its account", ask, both).await?;
            Ok(found.map(|(session, its_account)| {
                account = Some(Arc::new(its_account));
                session
            }))
        };
        let session = self.heard.sessions.refresh(id, read).await?;
        if let Some(account) = &account {
            self.heard.accounts.keep(account.id, account, since);
        }
        Ok(session.zip(account))
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.heard.sessions_if_fresh()?.find(id)
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        let sql = select!("WHERE account = $1 ORDER BY created_at DESC, id DESC");
        let ask = Ask { sql, given: &[&account.as_bytes().as_slice()] };
        Ok(self.all("list sessions", ask, session).await?.into_iter().map(Arc::new).collect())
    }

    fn foreseen(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        let session = self.heard.sessions_if_fresh()?.find(id)?;
        let account = self.heard.accounts.find(session.account)?;
        Some((session, account))
    }

    async fn replace_foreseen(
        &self,
        session: Session,
        account: &Account,
        _: &dyn Accounts,
    ) -> Result<Foreseen, Failure> {
        let (session, revision) = (Arc::new(session), account.revision.0.cast_signed());
        let mut became = Foreseen::Wrong(None);
        let write = async {
            let action = "replace a session";
            let rows = self.put_session(action, REPLACE_FORESEEN, &session, &[&revision]).await?;
            let row = rows.first().ok_or(Unknown.into());
            became = row.and_then(|row| self.became(row)).map_err(|error| Failure::new(action, error))?;
            Ok((became == Foreseen::Right).then(|| Arc::clone(&session)))
        };
        self.heard.sessions.write(session.id, write).await?;
        Ok(became)
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        let replaced = match revokes {
            Some(revokes) => self.replace_and_revoke(&session, &revokes).await?,
            None => self.replace_and_keep(Arc::new(session)).await?,
        };
        Ok(if replaced { Commit::Done } else { Commit::Stale })
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        let (before, at_most) = (before.as_micros(), i64::try_from(at_most).unwrap_or(i64::MAX));
        let ask = Ask { sql: SWEEP, given: &[&before, &at_most] };
        let swept = self.all("sweep sessions", ask, |row| bytes(row, 0).map(SessionId::from_bytes)).await?;
        for id in &swept {
            self.heard.sessions.forget(*id);
        }
        Ok(swept.len())
    }
}

impl Postgres {
    /// The session of a row, to be kept in memory.
    fn session(&self, row: &Row) -> Result<Session, Unreadable> {
        session(row).map(|session| self.heard.agents.share(session))
    }

    async fn replace_and_revoke(&self, session: &Session, revokes: &Revocation) -> Result<bool, Failure> {
        let _let_go = self.heard.letting_go_of_session(session.id);
        let columns = Columns::of(revokes);
        let told = columns.given();
        let put = self.put_session("replace a session", REPLACE_AND_REVOKE, session, &told).await?;
        Ok(!put.is_empty())
    }

    async fn replace_and_keep(&self, session: Arc<Session>) -> Result<bool, Failure> {
        let write = async {
            let rows = self.put_session("replace a session", REPLACE, &session, &[]).await?;
            Ok(rows.first().map(|_| Arc::clone(&session)))
        };
        self.heard.sessions.write(session.id, write).await
    }

    /// What [`REPLACE_FORESEEN`] says.
    fn became(&self, row: &Row) -> Result<Foreseen, Unreadable> {
        if count(row, COLUMNS + accounts::COLUMNS)? > 0 {
            return Ok(Foreseen::Right);
        }
        if maybe_bytes::<16>(row, 0)?.is_none() {
            return Ok(Foreseen::Wrong(None));
        }
        let (session, account) = (self.session(row)?, account_from(row, COLUMNS)?);
        Ok(Foreseen::Wrong(Some((Arc::new(session), Arc::new(account)))))
    }

    /// Runs a statement that writes a record, given whatever is `told` beside it.
    async fn put_session(
        &self,
        action: &'static str,
        sql: &str,
        session: &Session,
        told: Given<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let (id, account) = (session.id.as_bytes().as_slice(), session.account.as_bytes().as_slice());
        let (secret, epoch) = (session.secret.as_bytes().as_slice(), session.epoch.cast_signed());
        let (carrier, agent) = (session.carrier.as_str(), session.client.agent.as_deref());
        let address = session.client.address.to_string();
        let [created_at, seen_at] = [session.created_at, session.seen_at].map(Time::as_micros);
        let [idle_ends_at, ends_at] = [session.idle_ends_at, session.ends_at].map(Time::as_micros);
        let generation = i64::from(session.ratchet.generation);
        let spent = session.ratchet.spent.as_ref().map(|Branch(branch)| branch.as_slice());
        let ended_at = session.ended.map(|ended| ended.at.as_micros());
        let ended_why = session.ended.map(|ended| ended.why.as_str());
        let revision = session.revision.0.cast_signed();
        let record: Given<'_> = &[
            &id,
            &secret,
            &account,
            &epoch,
            &carrier,
            &agent,
            &address,
            &created_at,
            &seen_at,
            &idle_ends_at,
            &ends_at,
            &generation,
            &spent,
            &ended_at,
            &ended_why,
            &revision,
        ];
        self.link.ask(action, Ask { sql, given: &[record, told].concat() }).await
    }
}

fn session(row: &Row) -> Result<Session, Unreadable> {
    Ok(Session {
        id: SessionId::from_bytes(bytes(row, 0)?),
        secret: SecretHash::from_bytes(bytes(row, 1)?),
        account: AccountId::from_bytes(bytes(row, 2)?),
        epoch: count(row, 3)?,
        carrier: parsed(row, 4)?,
        client: Client { agent: column::<Option<&str>>(row, 5)?.map(Arc::from), address: parsed(row, 6)? },
        created_at: time(row, 7)?,
        seen_at: time(row, 8)?,
        idle_ends_at: time(row, 9)?,
        ends_at: time(row, 10)?,
        ratchet: Ratchet {
            generation: column::<i64>(row, 11)?.try_into()?,
            spent: maybe_bytes(row, 12)?.map(Branch),
        },
        ended: ended(row)?,
        revision: revision(row, 15)?,
    })
}

fn ended(row: &Row) -> Result<Option<Ended>, Unreadable> {
    let Some(at) = column::<Option<i64>>(row, 13)?.map(Time::from_micros) else { return Ok(None) };
    let name: &str = column(row, 14)?;
    let why = EndedWhy::ALL.into_iter().find(|why| why.as_str() == name).ok_or(Unknown)?;
    Ok(Some(Ended { at, why }))
}
