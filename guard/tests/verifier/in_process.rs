//! A verifier in the process of the issuer: the same answers, without HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::revocation::{Entry, Position, Revocations};
use bitjang_core::token::KeySet;
use bitjang_core::{Failure, Revocation, Time};
use bitjang_guard::verifier::{Clocks as _, Verifier};
use tokio::sync::Notify;

use crate::world::{Hands, LAPTOP, PHONE, mint, signing_key, until, within, word};

const ISSUER: &str = "https://id.example.org";

/// A feed in memory.
#[derive(Default)]
struct Store {
    entries: Mutex<Vec<Entry>>,
    news: Notify,
    down: AtomicBool,
}

impl Store {
    fn add(&self, revocation: Revocation) {
        let mut entries = self.entries.lock().unwrap();
        let position = Position(entries.len() as u64 + 1);
        entries.push(Entry { position, revocation });
        self.news.notify_waiters();
    }
}

#[async_trait]
impl Revocations for Store {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Failure::new("read revocations", "the disk is on fire"));
        }
        let entries = self.entries.lock().unwrap();
        Ok(entries.iter().filter(|entry| entry.position > after).take(at_most).copied().collect())
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        loop {
            let news = self.news.notified();
            if self.entries.lock().unwrap().len() as u64 > after.0 {
                return Ok(());
            }
            news.await;
        }
    }

    async fn forget(&self, _: Time, _: usize) -> Result<usize, Failure> {
        Ok(0)
    }
}

#[tokio::test]
async fn the_store_is_the_feed() {
    let (store, clocks, key) = (Arc::new(Store::default()), Arc::new(Hands::default()), signing_key(1));
    let public = key.public().clone();
    let keys = move || KeySet::new([public.clone()]);
    let following = Verifier::in_process(ISSUER, Arc::clone(&store) as Arc<dyn Revocations>, keys);
    let verifier = following.clocks(Arc::clone(&clocks) as Arc<_>).start().unwrap();
    within(verifier.ready()).await;

    let now = clocks.now().wall;
    let token = |session| mint(&key, ISSUER, now, session, |_| ());
    assert_eq!(word(verifier.verify(&token(LAPTOP))), "good");
    store.add(Revocation::of_session(LAPTOP, Duration::from_secs(300), now));
    until(&verifier, |health| health.entries == 1).await;
    assert_eq!(word(verifier.verify(&token(LAPTOP))), "token_revoked");
    assert_eq!(word(verifier.verify(&token(PHONE))), "good");

    store.down.store(true, Ordering::SeqCst);
    store.add(Revocation::of_session(PHONE, Duration::from_secs(300), now));
    clocks.advance(11);
    assert_eq!(word(verifier.verify(&token(PHONE))), "feed_stale");
    store.down.store(false, Ordering::SeqCst);
    until(&verifier, |health| health.entries == 2).await;
    assert_eq!(word(verifier.verify(&token(PHONE))), "token_revoked");
}
