//! Accounts as rows.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::account::{Epoch, Inserted, Name, Roles, State};
use bitjang_core::password::PasswordHash;
use bitjang_core::{Account, AccountId, Accounts, Commit, Failure, Identifier, Revocation, SessionId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Embedded;
use super::cache::Caches;
use super::revocations::{Replaced, with_its_revocation};
use super::row::{Unknown, count, revision, spelled, time};
use super::writer::Change;

#[async_trait]
impl Accounts for Embedded {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        self.writer.write(Insert(Arc::new(account))).await
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        if let Some(account) = self.caches.accounts.find(id) {
            return Ok(Some(account));
        }
        let caches = Arc::clone(&self.caches);
        self.readers.ask("find an account", move |db| caches.accounts.load(id, || with_id(db, id))).await
    }

    fn cached(&self, id: AccountId) -> Option<Arc<Account>> {
        self.caches.accounts.find(id)
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        let identifier = identifier.clone();
        let account =
            self.readers.ask("find an account by its identifier", move |db| named(db, &identifier)).await?;
        Ok(account.map(Arc::new))
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.writer.write(Replace { account: Arc::new(account), revokes }).await.map(Commit::from)
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        self.readers.ask("list accounts", move |db| page(db, after, at_most)).await
    }
}

struct Insert(Arc<Account>);

impl Change for Insert {
    type Answer = Inserted;
    const ACTION: &'static str = "insert an account";

    fn write(&self, db: &Connection) -> rusqlite::Result<Inserted> {
        let inserted = put(db, INSERT, &self.0)?;
        Ok(if inserted == 1 { Inserted::Done } else { Inserted::Taken })
    }

    fn publish(&self, answer: &Inserted, caches: &Caches) {
        if *answer == Inserted::Done {
            caches.accounts.put(self.0.id, &self.0);
        }
    }
}

struct Replace {
    account: Arc<Account>,
    revokes: Option<Revocation>,
}

impl Change for Replace {
    type Answer = Replaced;
    const ACTION: &'static str = "replace an account";

    fn write(&self, db: &Connection) -> rusqlite::Result<Replaced> {
        with_its_revocation(db, self.revokes.as_ref(), || put(db, REPLACE, &self.account))
    }

    fn publish(&self, answer: &Replaced, caches: &Caches) {
        if let Replaced::Done(revoked) = *answer {
            caches.accounts.put(self.account.id, &self.account);
            caches.heard_of(revoked);
        }
    }
}

const INSERT: &str = "INSERT INTO account (id, identifier, name, password, roles, state, epoch, epoch_spared, created_at, revision, epoch_since)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (identifier) DO NOTHING";

const REPLACE: &str = "UPDATE account SET identifier = ?2, name = ?3, password = ?4, roles = ?5, state = ?6, epoch = ?7, epoch_spared = ?8,
    created_at = ?9, revision = ?10, epoch_since = ?11 WHERE id = ?1 AND revision = ?10 - 1";

fn put(db: &Connection, statement: &str, account: &Account) -> rusqlite::Result<usize> {
    db.prepare_cached(statement)?.execute(params![
        account.id.as_bytes(),
        account.identifier.as_str(),
        account.name.as_ref().map(Name::as_str),
        account.password.as_str(),
        account.roles.as_slice().join(" "),
        state_name(account.state),
        account.epoch.number.cast_signed(),
        account.epoch.spared.as_ref().map(SessionId::as_bytes),
        account.created_at.as_micros(),
        account.revision.0.cast_signed(),
        account.epoch.since.cast_signed(),
    ])
}

/// The columns that [`account`] reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, identifier, name, password, roles, state, epoch, epoch_spared, created_at, revision, epoch_since FROM account ",
            $rest
        )
    };
}

pub(super) fn with_id(db: &Connection, id: AccountId) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(select!("WHERE id = ?1"))?.query_row([id.as_bytes()], account).optional()
}

fn named(db: &Connection, identifier: &Identifier) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(select!("WHERE identifier = ?1"))?.query_row([identifier.as_str()], account).optional()
}

fn page(db: &Connection, after: Option<AccountId>, at_most: usize) -> rusqlite::Result<Vec<Arc<Account>>> {
    // Every id is greater than the empty one.
    let after = after.as_ref().map_or([].as_slice(), |id| id.as_bytes());
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(select!("WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
    statement.query_map(params![after, at_most], account)?.map(|account| account.map(Arc::new)).collect()
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: AccountId::from_bytes(row.get(0)?),
        identifier: Identifier::from_store(row.get(1)?),
        name: row.get::<_, Option<String>>(2)?.map(Name::from_store),
        password: PasswordHash::from_store(row.get(3)?),
        roles: spelled(row, 4, |text| Ok(Roles::from_store(text.split_whitespace())))?,
        state: spelled(row, 5, |text| Ok(state(text).ok_or(Unknown)?))?,
        epoch: Epoch {
            number: count(row, 6)?,
            since: count(row, 10)?,
            spared: row.get::<_, Option<_>>(7)?.map(SessionId::from_bytes),
        },
        created_at: time(row, 8)?,
        revision: revision(row, 9)?,
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
