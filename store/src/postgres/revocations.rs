//! Revocations as rows, each written with the record that ends something, in one statement; read from memory, where [`follower`](super::follower) puts them.

use async_trait::async_trait;
use bitjang_core::revocation::{Entry, Position, Revoked};
use bitjang_core::{AccountId, Failure, Revocation, Revocations, SessionId, Time};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Postgres;
use super::link::Ask;
use super::row::{Unreadable, column, count, maybe_bytes, time};

#[async_trait]
impl Revocations for Postgres {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        self.heard.all("read revocations").await?;
        Ok(self.heard.feed.after(after, at_most))
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        self.heard.feed.passes(after).await
    }

    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
        let ask = Ask { sql: FORGET, given: &[&now.as_micros(), &limit] };
        let forgotten = self.link.ask("forget revocations", ask).await?.len();
        // Those that another server has forgotten are gone from here too.
        self.heard.feed.forget(now, usize::MAX);
        Ok(forgotten)
    }
}

const FORGET: &str = "DELETE FROM bitjang.feed WHERE id IN (SELECT id FROM bitjang.feed WHERE until <= $1 ORDER BY until LIMIT $2) RETURNING 1";

/// A revocation, column by column: session, account, epoch, spared, at, until.
pub(super) struct Columns<'r> {
    session: Option<&'r [u8]>,
    account: Option<&'r [u8]>,
    epoch: Option<i64>,
    spared: Option<&'r [u8]>,
    at: i64,
    until: i64,
}

impl<'r> Columns<'r> {
    pub(super) fn of(Revocation { of, at, until }: &'r Revocation) -> Self {
        let (session, account, epoch, spared) = match of {
            Revoked::Session(session) => (Some(session), None, None, None),
            Revoked::Before { account, epoch, spared } => {
                (None, Some(account.as_bytes().as_slice()), Some(epoch.cast_signed()), spared.as_ref())
            }
        };
        let [session, spared] = [session, spared].map(|id| id.map(|id| id.as_bytes().as_slice()));
        Self { session, account, epoch, spared, at: at.as_micros(), until: until.as_micros() }
    }

    /// As a statement takes them.
    pub(super) fn given(&self) -> Vec<&(dyn ToSql + Sync)> {
        vec![&self.session, &self.account, &self.epoch, &self.spared, &self.at, &self.until]
    }
}

/// What one row of the feed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) position: Position,
    /// The account that has changed, with all its sessions.
    pub(super) account: Option<AccountId>,
    /// The session that has changed.
    pub(super) session: Option<SessionId>,
    /// What has been revoked, if anything was.
    pub(super) revocation: Option<Revocation>,
}

/// The columns that [`news`] reads, in its order.
pub(super) const READ: &str = "SELECT position, session, account, epoch, spared, at, until FROM bitjang.feed
    WHERE position > $1 ORDER BY position LIMIT $2";

pub(super) fn news(row: &Row) -> Result<News, Unreadable> {
    let (session, account) =
        (maybe_bytes(row, 1)?.map(SessionId::from_bytes), maybe_bytes(row, 2)?.map(AccountId::from_bytes));
    let epoch = column::<Option<i64>>(row, 3)?.map(i64::cast_unsigned);
    let spared = maybe_bytes(row, 4)?.map(SessionId::from_bytes);
    let of = match (session, account, epoch) {
        (Some(session), _, _) => Some(Revoked::Session(session)),
        (None, Some(account), Some(epoch)) => Some(Revoked::Before { account, epoch, spared }),
        _ => None,
    };
    let (at, until) = (time(row, 5)?, time(row, 6)?);
    let revocation = of.map(|of| Revocation { of, at, until });
    Ok(News { position: count(row, 0).map(Position)?, account, session, revocation })
}
