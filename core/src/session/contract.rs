//! What every store of sessions must do.
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use std::net::IpAddr;
use std::sync::Arc;

use super::{Carrier, Client, EndedWhy, Foreseen, Lifetime, Session, SessionId, Sessions};
use crate::account::Inserted;
use crate::account::contract::account;
use crate::ratchet::Ratchet;
use crate::secret::SessionSecret;
use crate::testing::{Dice, at, together};
use crate::{Account, AccountId, Accounts, Commit, Entropy, Revision};

/// Runs the whole suite on an empty store.
pub async fn check(sessions: &dyn Sessions) {
    let dice = Dice::seeded(3);
    what_is_written_is_read_back(sessions, &dice).await;
    an_id_is_used_once(sessions, &dice).await;
    a_slow_write_does_not_bring_an_ended_session_back(sessions, &dice).await;
    of_fifty_writes_at_once_one_succeeds(sessions, &dice).await;
    an_account_s_sessions_are_listed_the_latest_first(sessions, &dice).await;
    sweeping_takes_the_dead_and_leaves_the_living(sessions, &dice).await;
    a_swept_session_is_not_brought_back(sessions, &dice).await;
    sweeping_takes_no_more_than_it_is_told_to(sessions, &dice).await;
    a_session_does_not_change_hands(sessions, &dice).await;
    what_is_in_memory_is_never_behind_what_was_acknowledged(sessions, &dice).await;
}

/// Runs what concerns sessions and their accounts together, on an empty store that keeps both.
pub async fn check_with_account(sessions: &dyn Sessions, accounts: &dyn Accounts) {
    let dice = Dice::seeded(7);
    a_session_comes_with_its_own_account(sessions, accounts, &dice).await;
    a_session_without_an_account_is_as_good_as_none(sessions, accounts, &dice).await;
    both_are_as_they_were_last_acknowledged(sessions, accounts, &dice).await;
    what_rests_on_a_guess_is_written_only_if_it_is_right(sessions, accounts, &dice).await;
}

/// A session as sign-in makes it, begun at second `begun` and good for 100 s idle, 1,000 s at most.
pub fn session(account: AccountId, begun: i64, entropy: &dyn Entropy) -> Session {
    let lifetime = Lifetime {
        idle: std::time::Duration::from_secs(100),
        absolute: std::time::Duration::from_secs(1_000),
    };
    Session {
        id: SessionId::generate(entropy),
        secret: SessionSecret::generate(entropy).hash(),
        account,
        epoch: 1,
        carrier: Carrier::Cookie,
        client: Client::new(Some("Mozilla/5.0 (Test)"), IpAddr::from([192, 0, 2, 7])),
        created_at: at(begun),
        seen_at: at(begun),
        idle_ends_at: at(begun).plus(lifetime.idle),
        ends_at: at(begun).plus(lifetime.absolute),
        ratchet: Ratchet::default(),
        ended: None,
        revision: Revision::FIRST,
    }
}

fn somebody(dice: &Dice) -> AccountId {
    AccountId::generate(dice, at(1))
}

async fn what_is_written_is_read_back(sessions: &dyn Sessions, dice: &Dice) {
    let mut written = session(somebody(dice), 10, dice);
    written.client = Client::new(None, "2001:db8::1".parse().unwrap());
    assert_eq!(sessions.find(written.id).await.unwrap(), None);
    sessions.insert(written.clone()).await.unwrap();
    assert_eq!(sessions.find(written.id).await.unwrap().as_deref(), Some(&written));
    for why in EndedWhy::ALL {
        let begun = session(written.account, 10, dice);
        sessions.insert(begun.clone()).await.unwrap();
        let ended = begun.ending(why, at(20)).unwrap();
        assert_eq!(sessions.replace(ended.clone(), None).await.unwrap(), Commit::Done);
        assert_eq!(sessions.find(ended.id).await.unwrap().as_deref(), Some(&ended));
    }
}

async fn an_id_is_used_once(sessions: &dyn Sessions, dice: &Dice) {
    let first = session(somebody(dice), 10, dice);
    let second = Session { id: first.id, ..session(somebody(dice), 11, dice) };
    sessions.insert(first.clone()).await.unwrap();
    assert!(sessions.insert(second).await.is_err());
    assert_eq!(sessions.find(first.id).await.unwrap().as_deref(), Some(&first));
}

async fn a_slow_write_does_not_bring_an_ended_session_back(sessions: &dyn Sessions, dice: &Dice) {
    let read = session(somebody(dice), 10, dice);
    sessions.insert(read.clone()).await.unwrap();
    let touched = Session { seen_at: at(50), revision: read.revision.next(), ..read.clone() };
    let ended = read.ending(EndedWhy::SignedOut, at(20)).unwrap();
    assert_eq!(sessions.replace(ended.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(sessions.replace(touched, None).await.unwrap(), Commit::Stale);
    assert_eq!(sessions.find(read.id).await.unwrap().as_deref(), Some(&ended));
}

async fn of_fifty_writes_at_once_one_succeeds(sessions: &dyn Sessions, dice: &Dice) {
    let read = session(somebody(dice), 10, dice);
    sessions.insert(read.clone()).await.unwrap();
    let write = |n: i64| {
        sessions
            .replace(Session { seen_at: at(20 + n), revision: read.revision.next(), ..read.clone() }, None)
    };
    let answers = together((0..50).map(write)).await;
    let winner = answers.iter().position(|answer| matches!(answer, Ok(Commit::Done))).unwrap();
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count(), 1);
    let stored = sessions.find(read.id).await.unwrap().unwrap();
    assert_eq!(
        stored.seen_at,
        at(20 + i64::try_from(winner).unwrap()),
        "what is stored is what was acknowledged"
    );
}

async fn an_account_s_sessions_are_listed_the_latest_first(sessions: &dyn Sessions, dice: &Dice) {
    let (one, other) = (somebody(dice), somebody(dice));
    let mut mine = Vec::new();
    for begun in [30, 10, 20] {
        mine.push(session(one, begun, dice));
        sessions.insert(mine.last().unwrap().clone()).await.unwrap();
        sessions.insert(session(other, begun, dice)).await.unwrap();
    }
    mine.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    let listed: Vec<Session> =
        sessions.of(one).await.unwrap().into_iter().map(Arc::unwrap_or_clone).collect();
    assert_eq!(listed, mine);
}

async fn sweeping_takes_the_dead_and_leaves_the_living(sessions: &dyn Sessions, dice: &Dice) {
    let owner = somebody(dice);
    let expired = session(owner, 5_000, dice);
    let ended = session(owner, 6_000, dice);
    let living = session(owner, 6_000, dice);
    for each in [&expired, &ended, &living] {
        sessions.insert(each.clone()).await.unwrap();
    }
    let _ = sessions.replace(ended.ending(EndedWhy::SignedOut, at(6_010)).unwrap(), None).await.unwrap();

    while sessions.sweep(at(6_050), 1).await.unwrap() > 0 {}
    assert_eq!(sessions.find(expired.id).await.unwrap(), None);
    assert_eq!(sessions.find(ended.id).await.unwrap(), None);
    assert_eq!(sessions.find(living.id).await.unwrap().as_deref(), Some(&living));
}

async fn a_swept_session_is_not_brought_back(sessions: &dyn Sessions, dice: &Dice) {
    let read = session(somebody(dice), 7_000, dice);
    sessions.insert(read.clone()).await.unwrap();
    while sessions.sweep(at(8_000), 100).await.unwrap() > 0 {}
    let late = Session { seen_at: at(7_050), revision: read.revision.next(), ..read.clone() };
    assert_eq!(sessions.replace(late, None).await.unwrap(), Commit::Stale);
    assert_eq!(sessions.find(read.id).await.unwrap(), None);
    assert!(sessions.of(read.account).await.unwrap().is_empty());
}

async fn sweeping_takes_no_more_than_it_is_told_to(sessions: &dyn Sessions, dice: &Dice) {
    while sessions.sweep(at(9_000), 100).await.unwrap() > 0 {}
    for _ in 0..5 {
        sessions.insert(session(somebody(dice), 9_000, dice)).await.unwrap();
    }
    for swept in [2, 2, 1, 0] {
        assert_eq!(sessions.sweep(at(10_000), 2).await.unwrap(), swept);
    }
}

async fn a_session_does_not_change_hands(sessions: &dyn Sessions, dice: &Dice) {
    let begun = session(somebody(dice), 11_000, dice);
    sessions.insert(begun.clone()).await.unwrap();
    let stolen = Session { account: somebody(dice), revision: begun.revision.next(), ..begun.clone() };
    assert_eq!(sessions.replace(stolen, None).await.unwrap(), Commit::Stale);
    assert_eq!(sessions.find(begun.id).await.unwrap().as_deref(), Some(&begun));
}

async fn what_is_in_memory_is_never_behind_what_was_acknowledged(sessions: &dyn Sessions, dice: &Dice) {
    let begun = session(somebody(dice), 12_000, dice);
    sessions.insert(begun.clone()).await.unwrap();
    for reading in 0..2 {
        assert_eq!(sessions.find(begun.id).await.unwrap().as_deref(), Some(&begun), "reading {reading}");
        assert!(sessions.cached(begun.id).is_none_or(|cached| *cached == begun));
    }
    let ended = begun.ending(EndedWhy::SignedOut, at(12_010)).unwrap();
    assert_eq!(sessions.replace(ended.clone(), None).await.unwrap(), Commit::Done);
    assert!(sessions.cached(begun.id).is_none_or(|cached| *cached == ended));
    while sessions.sweep(at(13_000), 100).await.unwrap() > 0 {}
    assert_eq!(sessions.cached(begun.id), None);
}

async fn both(sessions: &dyn Sessions, accounts: &dyn Accounts, id: SessionId) -> Option<(Session, Account)> {
    let found = sessions.with_account(id, accounts).await.unwrap();
    found.map(|(session, account)| (Arc::unwrap_or_clone(session), Arc::unwrap_or_clone(account)))
}

/// An account of this name and a session of it, both written.
async fn signed_up(
    sessions: &dyn Sessions,
    accounts: &dyn Accounts,
    (name, dice): (&str, &Dice),
) -> (Session, Account) {
    let owner = account(name, dice);
    assert_eq!(accounts.insert(owner.clone()).await.unwrap(), Inserted::Done);
    let begun = session(owner.id, 10, dice);
    sessions.insert(begun.clone()).await.unwrap();
    (begun, owner)
}

async fn a_session_comes_with_its_own_account(sessions: &dyn Sessions, accounts: &dyn Accounts, dice: &Dice) {
    let one = signed_up(sessions, accounts, ("one", dice)).await;
    let other = signed_up(sessions, accounts, ("other", dice)).await;
    for reading in 0..2 {
        assert_eq!(both(sessions, accounts, one.0.id).await.as_ref(), Some(&one), "reading {reading}");
        assert_eq!(both(sessions, accounts, other.0.id).await.as_ref(), Some(&other), "reading {reading}");
    }
}

async fn a_session_without_an_account_is_as_good_as_none(
    sessions: &dyn Sessions,
    accounts: &dyn Accounts,
    dice: &Dice,
) {
    let orphan = session(somebody(dice), 10, dice);
    assert_eq!(both(sessions, accounts, orphan.id).await, None);
    sessions.insert(orphan.clone()).await.unwrap();
    for reading in 0..2 {
        assert_eq!(both(sessions, accounts, orphan.id).await, None, "reading {reading}");
    }
    assert_eq!(sessions.find(orphan.id).await.unwrap().as_deref(), Some(&orphan));
}

async fn both_are_as_they_were_last_acknowledged(
    sessions: &dyn Sessions,
    accounts: &dyn Accounts,
    dice: &Dice,
) {
    let (begun, owner) = signed_up(sessions, accounts, ("changing", dice)).await;
    assert!(both(sessions, accounts, begun.id).await.is_some(), "and may be remembered");
    let disabled = owner.disabled();
    assert_eq!(accounts.replace(disabled.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(both(sessions, accounts, begun.id).await, Some((begun.clone(), disabled.clone())));
    let ended = begun.ending(EndedWhy::SignedOut, at(20)).unwrap();
    assert_eq!(sessions.replace(ended.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(both(sessions, accounts, begun.id).await, Some((ended, disabled)));
}

/// A store that never guesses may say of every guess that it is wrong.
async fn what_rests_on_a_guess_is_written_only_if_it_is_right(
    sessions: &dyn Sessions,
    accounts: &dyn Accounts,
    dice: &Dice,
) {
    let (begun, owner) = signed_up(sessions, accounts, ("guessed", dice)).await;
    let mut guess = (begun.clone(), owner.clone());
    for second in 20..23 {
        let next = Session { seen_at: at(second), revision: guess.0.revision.next(), ..guess.0.clone() };
        let became = sessions.replace_foreseen(next.clone(), &guess.1, accounts).await.unwrap();
        if became == Foreseen::Right {
            guess.0 = next;
        } else {
            assert_eq!(became, wrong(&guess.0, &guess.1), "and this is how it is");
        }
        assert_eq!(both(sessions, accounts, begun.id).await.as_ref(), Some(&guess));
        if let Some((session, account)) = sessions.foreseen(begun.id) {
            assert_eq!((&*session, &*account), (&guess.0, &guess.1), "nobody else writes here");
        }
    }
    let next = Session { revision: guess.0.revision.next(), ..guess.0.clone() };
    let disabled = owner.disabled();
    assert_eq!(accounts.replace(disabled.clone(), None).await.unwrap(), Commit::Done);
    for (session, account) in [(&next, &owner), (&guess.0, &disabled), (&begun, &owner)] {
        let became = sessions.replace_foreseen(session.clone(), account, accounts).await.unwrap();
        assert_eq!(became, wrong(&guess.0, &disabled));
    }
    let ended = guess.0.ending(EndedWhy::SignedOut, at(30)).unwrap();
    assert_eq!(sessions.replace(ended.clone(), None).await.unwrap(), Commit::Done);
    let became = sessions.replace_foreseen(next, &disabled, accounts).await.unwrap();
    assert_eq!(became, wrong(&ended, &disabled));
    let never = session(owner.id, 10, dice);
    let became = sessions.replace_foreseen(never, &disabled, accounts).await.unwrap();
    assert_eq!(became, Foreseen::Wrong(None));
    assert_eq!(both(sessions, accounts, begun.id).await, Some((ended, disabled)));
}

fn wrong(session: &Session, account: &Account) -> Foreseen {
    Foreseen::Wrong(Some((Arc::new(session.clone()), Arc::new(account.clone()))))
}
