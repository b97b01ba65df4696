//! What the operator may do: make, list, disable and import accounts, end their sessions, give and take roles, clean up.

use std::sync::Arc;
use std::time::Duration;

use crate::account::{Inserted, Name, Roles};
use crate::auth::{TRIES, outrun};
use crate::keyring::{self, NoKeys};
use crate::password::PasswordHash;
use crate::session::EndedWhy;
use crate::{Account, AccountId, Auth, Commit, Error, Event, Identifier, NewAccount, Refusal, Time};

/// Proof that the operator is asking. Made only where somebody has the data itself in hand: at the console, never for a request from the network.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl Operator {
    /// The operator at the console of this machine.
    pub const fn at_the_console() -> Self {
        Self(())
    }
}

/// An account that comes from another system, with the hash it had there.
#[derive(Clone, Debug)]
pub struct Import {
    /// A user name or e-mail address.
    pub identifier: Identifier,
    /// What it is called.
    pub name: Option<Name>,
    /// What the other system kept of its password.
    pub password: PasswordHash,
    /// What it is trusted with.
    pub roles: Roles,
}

/// How long an ended or expired session is kept, so that a late sign-out still gets its answer and a new sign-in from its place is known as familiar.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

impl Auth {
    /// Makes an account with these roles, without signing it in. The password is judged as any other; whether sign-up is open is not asked.
    pub async fn add_account(
        &self,
        _: Operator,
        new: NewAccount<'_>,
        roles: Roles,
    ) -> Result<Arc<Account>, Error> {
        let identifier = Identifier::new(new.identifier).map_err(Refusal::from)?;
        let name = new.name.map(Name::new).transpose()?;
        let password = self.choose_password(new.password, &identifier, name.as_ref()).await?;
        self.keep(Account { roles, ..self.new_account(identifier, name, password) }).await
    }

    /// Makes an account with a hash from elsewhere; refuses with `identifier_taken`, so that an import may be run again.
    pub async fn import_account(&self, _: Operator, import: Import) -> Result<Arc<Account>, Error> {
        let account = self.new_account(import.identifier, import.name, import.password);
        self.keep(Account { roles: import.roles, ..account }).await
    }

    async fn keep(&self, account: Account) -> Result<Arc<Account>, Error> {
        match self.ports.accounts.insert(account.clone()).await? {
            Inserted::Done => Ok(Arc::new(account)),
            Inserted::Taken => Err(Refusal::IdentifierTaken.into()),
        }
    }

    /// Up to `at_most` accounts after `after`, in order of creation.
    pub async fn accounts(
        &self,
        _: Operator,
        after: Option<AccountId>,
        at_most: usize,
    ) -> Result<Vec<Arc<Account>>, Error> {
        Ok(self.ports.accounts.page(after, at_most).await?)
    }

    /// Locks the account: its sessions end, and nobody signs in to it. Refuses with `not_found`.
    pub async fn disable(&self, operator: Operator, identifier: &Identifier) -> Result<Arc<Account>, Error> {
        let account = self.rewrite(operator, identifier, Account::disabled).await?;
        self.ports.events.record(&Event::SessionsEnded(account.id, EndedWhy::AccountDisabled));
        Ok(account)
    }

    /// Ends all sessions of the account; whoever knows its password may sign in again. Refuses with `not_found`.
    pub async fn end_sessions(
        &self,
        operator: Operator,
        identifier: &Identifier,
    ) -> Result<Arc<Account>, Error> {
        let account = self.rewrite(operator, identifier, |account| account.ending_sessions(None)).await?;
        self.ports.events.record(&Event::SessionsEnded(account.id, EndedWhy::ByOperator));
        Ok(account)
    }

    /// Unlocks the account. Sessions that ended stay ended. Refuses with `not_found`.
    pub async fn enable(&self, operator: Operator, identifier: &Identifier) -> Result<Arc<Account>, Error> {
        self.rewrite(operator, identifier, Account::enabled).await
    }

    /// Gives the account these roles and no others. Refuses with `not_found`.
    pub async fn set_roles(
        &self,
        operator: Operator,
        identifier: &Identifier,
        roles: &Roles,
    ) -> Result<Arc<Account>, Error> {
        self.rewrite(operator, identifier, |account| account.trusted_with(roles.clone())).await
    }

    async fn rewrite(
        &self,
        _: Operator,
        identifier: &Identifier,
        change: impl Fn(&Account) -> Account,
    ) -> Result<Arc<Account>, Error> {
        for _ in 0..TRIES {
            let account = self.ports.accounts.named(identifier).await?.ok_or(Refusal::NotFound)?;
            let next = change(&account);
            if self.write_account(&account, next.clone()).await? == Commit::Done {
                return Ok(Arc::new(next));
            }
        }
        Err(outrun())
    }

    /// Removes up to `at_most` sessions that ended more than a day ago, and as many counters that count nothing any more; says how many in all.
    pub async fn sweep(&self, _: Operator, at_most: usize) -> Result<usize, Error> {
        let now = self.ports.clock.now();
        let sessions = self.ports.sessions.sweep(now.minus(KEPT), at_most).await?;
        let buckets = self.ports.limits.sweep(now, at_most).await?;
        let revocations = self.ports.revocations.forget(now, at_most).await?;
        Ok(sessions + buckets + revocations)
    }

    /// Makes the next signing key (or a first one, where they are gone): its name, and when it begins to sign.
    pub async fn rotate_keys(&self, operator: Operator) -> Result<(String, Time), NoKeys> {
        let rotated = keyring::rotate(operator, &self.ports, &self.rules.tokens).await?;
        self.keyring.renew(&self.ports, &self.rules.tokens).await?;
        Ok(rotated)
    }

    /// Follows what other servers did to the keys, makes the next one when it is time, and forgets those that no live token needs.
    pub async fn renew_keys(&self, _: Operator) -> Result<(), NoKeys> {
        self.keyring.renew(&self.ports, &self.rules.tokens).await
    }
}
