//! Accounts as rows.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::account::{Epoch, Inserted, Name, Roles, State};
use bitjang_core::password::PasswordHash;
use bitjang_core::{Account, AccountId, Accounts, Commit, Failure, Identifier, Revocation, SessionId};
use tokio_postgres::Row;

use super::Postgres;
use super::link::{Ask, Given};
use super::revocations::Columns;
use super::row::{Unknown, Unreadable, bytes, column, count, maybe_bytes, revision, time};

/// The columns that [`account`] reads, in its order.
macro_rules! columns {
    () => {
        "account.id, identifier, name, password, roles, state, account.epoch, epoch_spared, account.created_at, account.revision,
            CASE WHEN epoch_since_as_of = account.epoch THEN epoch_since ELSE account.epoch END"
    };
}
pub(super) use columns;

/// How many they are.
pub(super) const COLUMNS: usize = 11;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM bitjang.account ", $rest)
    };
}

/// Replaces the record, and in the same statement tells the feed.
macro_rules! replace {
    ($told:literal) => {
        concat!(
            "WITH replaced AS (
                UPDATE bitjang.account SET identifier = $2, name = $3, password = $4, roles = $5, state = $6, epoch = $7, epoch_spared = $8,
                    created_at = $9, revision = $10::bigint, epoch_since = $11, epoch_since_as_of = $7
                WHERE id = $1 AND revision = $10::bigint - 1 RETURNING id
            ) INSERT INTO bitjang.feed (session, account, epoch, spared, at, until) ",
            $told,
            " FROM replaced RETURNING 1"
        )
    };
}

const REPLACE_AND_REVOKE: &str =
    replace!("SELECT $12::bytea, $13::bytea, $14::bigint, $15::bytea, $16::bigint, $17::bigint");

/// What a change without a revocation tells is for the caches of other servers alone, which forget everything when they were away for longer than the hour that it is kept.
const REPLACE: &str = replace!(
    "SELECT NULL::bytea, id, NULL::bigint, NULL::bytea, (extract(epoch FROM now()) * 1000000)::bigint,
        (extract(epoch FROM now()) * 1000000)::bigint + 3600000000"
);

const INSERT: &str = "INSERT INTO bitjang.account (id, identifier, name, password, roles, state, epoch, epoch_spared, created_at, revision,
        epoch_since, epoch_since_as_of)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $7) ON CONFLICT (identifier) DO NOTHING RETURNING 1";

#[async_trait]
impl Accounts for Postgres {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        let inserted = self.put("insert an account", INSERT, &account, &[]).await?;
        Ok(if inserted { Inserted::Done } else { Inserted::Taken })
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        let (sql, key) = (select!("WHERE id = $1"), id.as_bytes().as_slice());
        let given: Given<'_> = &[&key];
        self.heard.accounts.refresh(id, self.one("find an account", Ask { sql, given }, account)).await
    }

    fn cached(&self, id: AccountId) -> Option<Arc<Account>> {
        self.heard.accounts_if_fresh()?.find(id)
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        let (sql, name) = (select!("WHERE identifier = $1"), identifier.as_str().as_bytes());
        let ask = Ask { sql, given: &[&name] };
        Ok(self.one("find an account by its identifier", ask, account).await?.map(Arc::new))
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        let _let_go = self.heard.letting_go_of_account(account.id);
        let revokes = revokes.as_ref().map(Columns::of);
        let (sql, told) = match &revokes {
            Some(columns) => (REPLACE_AND_REVOKE, columns.given()),
            None => (REPLACE, Vec::new()),
        };
        let replaced = self.put("replace an account", sql, &account, &told).await?;
        Ok(if replaced { Commit::Done } else { Commit::Stale })
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        // Every id is greater than the empty one.
        let after = after.as_ref().map_or([].as_slice(), |id| id.as_bytes());
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let sql = select!("WHERE id > $1 ORDER BY id LIMIT $2");
        let accounts = self.all("list accounts", Ask { sql, given: &[&after, &at_most] }, account).await?;
        Ok(accounts.into_iter().map(Arc::new).collect())
    }
}

impl Postgres {
    /// Runs a statement that writes a record, and whatever `told` gives beside it; says whether it did.
    async fn put(
        &self,
        action: &'static str,
        sql: &str,
        account: &Account,
        told: Given<'_>,
    ) -> Result<bool, Failure> {
        let (id, identifier) = (account.id.as_bytes().as_slice(), account.identifier.as_str().as_bytes());
        let (name, roles) = (account.name.as_ref().map(Name::as_str), account.roles.as_slice().join(" "));
        let (password, state) = (account.password.as_str(), state_name(account.state));
        let (epoch, since) = (account.epoch.number.cast_signed(), account.epoch.since.cast_signed());
        let spared = account.epoch.spared.as_ref().map(|spared| spared.as_bytes().as_slice());
        let (created_at, revision) = (account.created_at.as_micros(), account.revision.0.cast_signed());
        let record: Given<'_> = &[
            &id,
            &identifier,
            &name,
            &password,
            &roles,
            &state,
            &epoch,
            &spared,
            &created_at,
            &revision,
            &since,
        ];
        let rows = self.link.ask(action, Ask { sql, given: &[record, told].concat() }).await?;
        Ok(!rows.is_empty())
    }
}

fn account(row: &Row) -> Result<Account, Unreadable> {
    account_from(row, 0)
}

/// The account whose columns begin with this one.
pub(super) fn account_from(row: &Row, first: usize) -> Result<Account, Unreadable> {
    Ok(Account {
        id: AccountId::from_bytes(bytes(row, first)?),
        identifier: Identifier::from_store(String::from_utf8(column(row, first + 1)?)?),
        name: column::<Option<String>>(row, first + 2)?.map(Name::from_store),
        password: PasswordHash::from_store(column(row, first + 3)?),
        roles: Roles::from_store(column::<&str>(row, first + 4)?.split_whitespace()),
        state: state(column(row, first + 5)?).ok_or(Unknown)?,
        epoch: Epoch {
            number: count(row, first + 6)?,
            since: count(row, first + 10)?,
            spared: maybe_bytes(row, first + 7)?.map(SessionId::from_bytes),
        },
        created_at: time(row, first + 8)?,
        revision: revision(row, first + 9)?,
    })
}

const fn state_name(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Disabled => "disabled",
    }
}

fn state(name: &str) -> Option<State> {
    [State::Active, State::Disabled].into_iter().find(|state| state_name(*state) == name)
}
