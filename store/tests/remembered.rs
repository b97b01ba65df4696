//! What a live session takes in memory, with its account, measured: a million of them are to fit where a million people sign in.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::net::IpAddr;

use bitjang_core::account::Inserted;
use bitjang_core::account::contract::account;
use bitjang_core::password::PasswordHash;
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, together};
use bitjang_core::{Account, AccountId, Client, Session, SessionId};
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, Memory, Opened};

const ACCOUNTS: usize = 5_000;
const SESSIONS_EACH: usize = 10;
const MOST: usize = 400;

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn person(number: usize, dice: &Dice) -> (Account, Vec<Session>) {
    let mut account = account(&format!("member{number}@example.org"), dice);
    account.password = PasswordHash::from_store(HASH.to_owned());
    let begun = |_| Session {
        client: Client::new(Some(AGENT), IpAddr::from([192, 0, 2, 7])),
        ratchet: Ratchet { generation: 40, spent: Some(Branch([7; 8])) },
        ..session(account.id, 1_000, dice)
    };
    let sessions = (0..SESSIONS_EACH).map(begun).collect();
    (account, sessions)
}

/// Fills the store, a hundred people at a time; whose sessions there are.
async fn fill(store: &Opened) -> Vec<(AccountId, SessionId)> {
    let (dice, mut ids) = (Dice::seeded(1), Vec::with_capacity(ACCOUNTS * SESSIONS_EACH));
    for hundred in 0..ACCOUNTS / 100 {
        let people = (0..100).map(|number| person(100 * hundred + number, &dice));
        let (accounts, sessions): (Vec<_>, Vec<_>) = people.unzip();
        for inserted in together(accounts.into_iter().map(|account| store.accounts.insert(account))).await {
            assert_eq!(inserted.unwrap(), Inserted::Done);
        }
        ids.extend(sessions.iter().flatten().map(|session| (session.account, session.id)));
        for inserted in
            together(sessions.into_iter().flatten().map(|session| store.sessions.insert(session))).await
        {
            inserted.unwrap();
        }
    }
    ids
}

/// How much memory this process has, in bytes (proc(5)).
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1_024
}

/// One after the other in one test: what one frees, another would use again.
#[tokio::test]
async fn a_live_session_takes_less_than_400_bytes_of_memory_with_its_tenth_of_an_account() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing is remembered of the filling: what that frees would be used again.
    let filling = Tuning { cache_bytes: 0, readers: 1 };
    let ids = fill(&Opened::from(Embedded::open(folder.path(), filling).unwrap())).await;
    let tuning = Tuning { readers: 1, ..Tuning::default() };
    let store = Opened::from(Embedded::open(folder.path(), tuning).unwrap());
    // The reader has its pages before: these are read, and not kept.
    for (account, _) in ids.iter().step_by(SESSIONS_EACH) {
        assert_eq!(store.sessions.of(*account).await.unwrap().len(), SESSIONS_EACH);
    }
    let before = resident();
    for (_, id) in &ids {
        assert!(store.sessions.with_account(*id, &*store.accounts).await.unwrap().is_some());
    }
    let embedded = (resident() - before) / ids.len();
    assert!(ids.iter().all(|(_, id)| store.sessions.cached(*id).is_some()), "all of them are in memory");
    assert!((100..MOST).contains(&embedded), "{embedded} bytes");

    let before = resident();
    let memory = Opened::from(Memory::default());
    let all = fill(&memory).await.len();
    let kept = resident().saturating_sub(before) / all;
    println!("embedded {embedded} bytes, memory {kept}");
    assert!(kept < MOST, "{kept} bytes in the store that is all memory");
}
