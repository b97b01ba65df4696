//! The issuer's keys: read anew every few minutes, and when a token names one that is not known, but never in a storm.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bitjang_core::Failure;
use bitjang_core::token::{KeySet, VerifyingKey};
use tokio::sync::{Notify, watch};

use super::Shared;
use super::backoff::Backoff;

/// How long a request waits for keys that are being read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys that are known.
pub(super) struct Keys {
    /// Those that the app brought.
    own: Vec<VerifyingKey>,
    set: RwLock<Arc<KeySet>>,
    generation: AtomicU64,
    tries: watch::Sender<Tries>,
    wanted: Notify,
}

/// How often the keys were asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    begun: u64,
    done: u64,
    /// When the last one began, by the steady clock.
    begun_at: Option<Duration>,
}

impl Tries {
    fn may_begin(self, now: Duration, apart: Duration) -> bool {
        self.begun_at.is_none_or(|at| now.saturating_sub(at) >= apart)
    }
}

impl Keys {
    pub(super) fn with(own: Vec<VerifyingKey>) -> Self {
        let set = RwLock::new(Arc::new(KeySet::new(own.clone())));
        let (generation, tries) = (AtomicU64::new(0), watch::Sender::default());
        Self { own, set, generation, tries, wanted: Notify::new() }
    }

    /// The keys, and which generation of them this is. A later generation may have fewer.
    pub(super) fn known(&self) -> (Arc<KeySet>, u64) {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&set), self.generation())
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Waits until the keys were read once more, if they are being read or it is long enough since they were.
    pub(super) async fn want(&self, now: Duration, apart: Duration) {
        let mut tries = self.tries.subscribe();
        let seen = *tries.borrow();
        if seen.begun == seen.done && !seen.may_begin(now, apart) {
            return;
        }
        self.wanted.notify_one();
        let read = tries.wait_for(|now| now.done > seen.done);
        // Whoever is still waiting then is refused like anybody whose key is not known.
        let _ = tokio::time::timeout(PATIENCE, read).await;
    }

    /// Takes the place of what was known before, if anything changed.
    fn learn(&self, published: &KeySet) {
        let new = KeySet::new(self.own.iter().chain(published.iter()).cloned());
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        if !new.agrees_with(&set) {
            *set = Arc::new(new);
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    async fn read(&self, shared: &Shared) -> Result<(), Failure> {
        let begun_at = Some(shared.clocks.now().steady);
        self.tries.send_modify(|tries| *tries = Tries { begun: tries.begun + 1, begun_at, ..*tries });
        let published = shared.source.keys().await;
        let learnt = published.map(|published| self.learn(&published));
        self.tries.send_modify(|tries| tries.done = tries.begun);
        learnt
    }

    /// Rests for so long, or until somebody wants keys and may have them.
    async fn rest(&self, span: Duration, shared: &Shared) {
        let wanted = async {
            loop {
                self.wanted.notified().await;
                let (now, apart) = (shared.clocks.now().steady, shared.source.key_pace().apart);
                if self.tries.borrow().may_begin(now, apart) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(span, wanted).await;
    }
}

/// Follows the keys, for ever. A reading that fails changes nothing.
pub(super) async fn follow(shared: Arc<Shared>) {
    let pace = shared.source.key_pace();
    let mut backoff = Backoff::new(Duration::from_millis(100), pace.apart);
    loop {
        let rest = match shared.keys.read(&shared).await {
            Ok(()) => {
                backoff.reset();
                shared.health.send_modify(|health| health.keys = shared.keys.known().0.iter().count());
                pace.every
            }
            Err(failure) => {
                tracing::warn!(error = %chain(&failure), "the issuer's keys cannot be read");
                backoff.next()
            }
        };
        shared.keys.rest(rest, &shared).await;
    }
}

/// An error and its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
