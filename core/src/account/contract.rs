//! What every store of accounts must do.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a suite of tests")]

use super::{Account, AccountId, Accounts, Epoch, Inserted, Name, Roles, State};
use crate::password::PasswordHash;
use crate::testing::{Dice, at, together};
use crate::{Commit, Entropy, Identifier, Revision, SessionId};

/// Runs the whole suite on an empty store.
pub async fn check(accounts: &dyn Accounts) {
    let dice = Dice::seeded(2);
    what_is_written_is_read_back(accounts, &dice).await;
    an_identifier_belongs_to_one_account(accounts, &dice).await;
    an_identifier_is_not_taken_over(accounts, &dice).await;
    of_fifty_sign_ups_at_once_one_succeeds(accounts, &dice).await;
    a_write_that_missed_another_is_stale(accounts, &dice).await;
    of_fifty_writes_at_once_one_succeeds(accounts, &dice).await;
    a_record_that_is_not_there_is_not_replaced(accounts, &dice).await;
    pages_list_every_account_once(accounts).await;
    what_is_in_memory_is_never_behind_what_was_acknowledged(accounts, &dice).await;
}

/// An account as sign-up makes it.
pub fn account(identifier: &str, entropy: &dyn Entropy) -> Account {
    Account {
        id: AccountId::generate(entropy, at(1_000)),
        identifier: Identifier::new(identifier).unwrap(),
        name: Some(Name::new("A Name").unwrap()),
        password: PasswordHash::from_store("$argon2id$…".to_owned()),
        roles: Roles::default(),
        state: State::Active,
        epoch: Epoch::FIRST,
        created_at: at(1_000),
        revision: Revision::FIRST,
    }
}

async fn what_is_written_is_read_back(accounts: &dyn Accounts, dice: &Dice) {
    let written = account("read@example.org", dice);
    assert_eq!(accounts.find(written.id).await.unwrap(), None);
    assert_eq!(accounts.insert(written.clone()).await.unwrap(), Inserted::Done);
    assert_eq!(accounts.find(written.id).await.unwrap().as_deref(), Some(&written));
    assert_eq!(accounts.named(&written.identifier).await.unwrap().as_deref(), Some(&written));

    let spared = SessionId::from_bytes([7; 16]);
    let next = Account {
        name: None,
        ..written.ending_sessions(Some(spared)).trusted_with(Roles::new(["admin", "moderator"]).unwrap())
    };
    let next = Account { revision: written.revision.next(), state: State::Disabled, ..next };
    assert_eq!(accounts.replace(next.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(accounts.find(written.id).await.unwrap().as_deref(), Some(&next));
    assert_eq!(accounts.named(&written.identifier).await.unwrap().as_deref(), Some(&next));
}

async fn an_identifier_belongs_to_one_account(accounts: &dyn Accounts, dice: &Dice) {
    let first = account("once", dice);
    assert_eq!(accounts.insert(first.clone()).await.unwrap(), Inserted::Done);
    assert_eq!(accounts.insert(account("once", dice)).await.unwrap(), Inserted::Taken);
    assert_eq!(accounts.named(&first.identifier).await.unwrap().as_deref(), Some(&first));
}

async fn an_identifier_is_not_taken_over(accounts: &dyn Accounts, dice: &Dice) {
    let (owner, other) = (account("owner", dice), account("other", dice));
    assert_eq!(accounts.insert(owner.clone()).await.unwrap(), Inserted::Done);
    assert_eq!(accounts.insert(other.clone()).await.unwrap(), Inserted::Done);
    assert!(
        accounts
            .replace(Account { identifier: owner.identifier.clone(), ..other.enabled() }, None)
            .await
            .is_err()
    );
    assert_eq!(accounts.named(&owner.identifier).await.unwrap().as_deref(), Some(&owner));
    assert_eq!(accounts.find(other.id).await.unwrap().as_deref(), Some(&other));
}

async fn of_fifty_sign_ups_at_once_one_succeeds(accounts: &dyn Accounts, dice: &Dice) {
    let answers = together((0..50).map(|_| accounts.insert(account("fifty", dice)))).await;
    let done = answers.into_iter().filter(|answer| matches!(answer, Ok(Inserted::Done))).count();
    assert_eq!(done, 1, "one of fifty sign-ups of one identifier succeeds");
}

async fn a_write_that_missed_another_is_stale(accounts: &dyn Accounts, dice: &Dice) {
    let read = account("stale", dice);
    let _ = accounts.insert(read.clone()).await.unwrap();
    let (one, other) = (read.disabled(), read.enabled());
    assert_eq!(accounts.replace(one.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(accounts.replace(other, None).await.unwrap(), Commit::Stale);
    assert_eq!(
        accounts.replace(one.clone(), None).await.unwrap(),
        Commit::Stale,
        "not even the same write twice"
    );
    assert_eq!(accounts.find(read.id).await.unwrap().as_deref(), Some(&one));
}

async fn of_fifty_writes_at_once_one_succeeds(accounts: &dyn Accounts, dice: &Dice) {
    let read = account("race", dice);
    let _ = accounts.insert(read.clone()).await.unwrap();
    let answers = together((0..50).map(|_| accounts.replace(read.disabled(), None))).await;
    let done = answers.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count();
    assert_eq!(done, 1, "one of fifty writes of one revision succeeds");
}

async fn a_record_that_is_not_there_is_not_replaced(accounts: &dyn Accounts, dice: &Dice) {
    let nobody = account("nobody", dice);
    assert_eq!(accounts.replace(nobody.disabled(), None).await.unwrap(), Commit::Stale);
    assert_eq!(accounts.find(nobody.id).await.unwrap(), None);
}

async fn pages_list_every_account_once(accounts: &dyn Accounts) {
    let all = accounts.page(None, 1_000).await.unwrap();
    let mut paged = Vec::new();
    while let page = accounts.page(paged.last().map(|a: &std::sync::Arc<Account>| a.id), 2).await.unwrap()
        && !page.is_empty()
    {
        assert!(page.len() <= 2);
        paged.extend(page);
    }
    assert_eq!(all, paged);
    assert!(all.is_sorted_by_key(|account| account.id));
}

async fn what_is_in_memory_is_never_behind_what_was_acknowledged(accounts: &dyn Accounts, dice: &Dice) {
    let active = account("cached", dice);
    let _ = accounts.insert(active.clone()).await.unwrap();
    assert_eq!(accounts.find(active.id).await.unwrap().as_deref(), Some(&active));
    assert!(accounts.cached(active.id).is_none_or(|cached| *cached == active));
    let disabled = active.disabled();
    assert_eq!(accounts.replace(disabled.clone(), None).await.unwrap(), Commit::Done);
    assert!(accounts.cached(active.id).is_none_or(|cached| *cached == disabled));
}
