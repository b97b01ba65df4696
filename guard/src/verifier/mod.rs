//! Checks access tokens anywhere, asking nobody: follows an issuer's keys and revocations, and answers in memory.
//!
//! [`Verifier::follow`] needs the issuer's URL and no more; [`Bearer`] is the extractor for handlers.
//!
//! A token is good when its signature and claims are, when its session is not in the set of revocations, and when the view of that set is young
//! enough: heartbeats tell as of when it is whole (never as of when they arrive, so a proxy that holds them back does not deceive). Before the
//! set was whole for the first time it counts as too old. What happens beyond [`Following::max_staleness`] is the app's choice: [`Beyond`].
//!
//! A feed that makes no sense (half a line, a position that goes back, an unknown word) is dropped, counted, and read again from its beginning;
//! what was revoked stays so, and the view grows old meanwhile. One that begins anew, because its store was restored or is another, tells all that it holds, and that is
//! added.

mod backoff;
mod bearer;
mod cache;
mod caller;
mod clock;
mod follower;
mod following;
mod freshness;
mod in_process;
mod keys;
mod refused;
#[cfg(feature = "remote")]
mod remote;
mod source;
mod view;

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::Position;
use bitjang_core::token::{Rejected, Scratch, Verifier as Rules};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use bearer::{Bearer, bearer_token};
pub use caller::Caller;
pub use clock::{Clocks, Moment};
pub use following::{Beyond, CannotFollow, Following};
pub use refused::Refused;
#[cfg(feature = "testing")]
pub use remote::testing;

use cache::Cache;
use caller::{Known, Said};
use keys::Keys;
use source::{Answer, Source};
use view::View;

/// How long an answer of the issuer counts, when it has to be asked.
const ASKED_ANEW: Duration = Duration::from_secs(1);

/// Tells good access tokens from bad ones. Cheap to clone; put it into the app's state. The last clone takes the background tasks with it.
#[derive(Clone)]
pub struct Verifier(Arc<Running>);

struct Running {
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// What the tasks and those who ask share.
struct Shared {
    rules: Rules,
    leeway: Duration,
    max_staleness: Duration,
    beyond: Beyond,
    clocks: Arc<dyn Clocks>,
    source: Box<dyn Source>,
    keys: Keys,
    view: View,
    cache: Cache,
    health: watch::Sender<Health>,
}

/// How a verifier fares: for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How many keys it knows.
    pub keys: usize,
    /// How many revocations it holds, as of the last that came or went.
    pub entries: usize,
    /// How far it has read the feed.
    pub position: Position,
    /// How many heartbeats it has heard.
    pub heartbeats: u64,
    /// How often it has opened the feed.
    pub connections: u64,
    /// How often it has dropped a feed that made no sense.
    pub distrusted: u64,
}

impl Verifier {
    /// Whose token it is. Asks nobody, however old the view: [`Beyond::Ask`] is for [`Self::verify_or_ask`].
    pub fn verify(&self, token: &str) -> Result<Caller, Refused> {
        let shared = &*self.0.shared;
        let now = shared.clocks.now();
        let known = shared.good_now(token, now)?;
        shared.not_too_old(now)?;
        Ok(Caller(known))
    }

    /// Whose token it is. Waits for the issuer's keys when it names one that is not known (twice a minute at most), and for the issuer itself when
    /// the view is too old and the app chose [`Beyond::Ask`].
    pub async fn verify_or_ask(&self, token: &str) -> Result<Caller, Refused> {
        let shared = &*self.0.shared;
        let mut answer = self.verify(token);
        if let Err(Refused::Token(Rejected::Key) | Refused::NoKeys) = answer {
            shared.keys.want(shared.clocks.now().steady, shared.source.key_pace().apart).await;
            answer = self.verify(token);
        }
        match answer {
            Err(Refused::Stale) if shared.beyond == Beyond::Ask => shared.ask(token).await,
            answer => answer,
        }
    }

    /// Waits until there are keys and the set of revocations is whole for the first time.
    pub async fn ready(&self) {
        self.until(|health| health.keys > 0 && health.heartbeats > 0).await;
    }

    /// How it fares.
    pub fn health(&self) -> Health {
        *self.0.shared.health.borrow()
    }

    /// Waits until it fares in this way.
    pub async fn until(&self, fares: impl FnMut(&Health) -> bool) {
        // The sender lives as long as `self`.
        let _ = self.0.shared.health.subscribe().wait_for(fares).await;
    }

    /// How old its view of the feed is; nothing before that was whole for the first time.
    pub fn staleness(&self) -> Option<Duration> {
        self.0.shared.view.age(self.0.shared.clocks.now())
    }

    /// How many tokens it remembers.
    pub fn remembered(&self) -> usize {
        self.0.shared.cache.len()
    }
}

impl Shared {
    /// What is known of a token that is genuine, in its time, and not revoked as far as we know.
    fn good_now(&self, token: &str, now: Moment) -> Result<Arc<Known>, Refused> {
        let known = self.genuine(token, now)?;
        let in_time = known.in_time(now.wall, self.leeway).map_err(Refused::Token);
        let good =
            in_time.and_then(|()| if known.is_revoked(&self.view) { Err(Refused::Revoked) } else { Ok(()) });
        if good.is_err() {
            self.cache.drop(token);
        }
        good.map(|()| known)
    }

    fn genuine(&self, token: &str, now: Moment) -> Result<Arc<Known>, Refused> {
        match self.cache.find(token) {
            Some(known) if known.is_under(self.keys.generation()) => Ok(known),
            _ => self.read(token, now),
        }
    }

    fn read(&self, token: &str, now: Moment) -> Result<Arc<Known>, Refused> {
        let (keys, generation) = self.keys.known();
        let mut scratch = Scratch::default();
        let verified = self.rules.verify(&keys, token, now.wall, &mut scratch).map_err(|why| match why {
            Rejected::Key if keys.is_empty() => Refused::NoKeys,
            why => Refused::Token(why),
        })?;
        let known = Arc::new(Known::new(&verified, generation));
        self.cache.keep(token, Arc::clone(&known));
        Ok(known)
    }

    fn not_too_old(&self, now: Moment) -> Result<(), Refused> {
        let young = self.beyond == Beyond::AcceptUntilExpiry
            || self.view.age(now).is_some_and(|age| age <= self.max_staleness);
        if young { Ok(()) } else { Err(Refused::Stale) }
    }

    /// What the issuer says of a token that is good as far as we know. Of many who ask about one token, one does; the others get its answer.
    async fn ask(&self, token: &str) -> Result<Caller, Refused> {
        let known = self.good_now(token, self.clocks.now())?;
        // Whoever came while the issuer was being asked takes that answer: it is younger than the question.
        let came = self.clocks.now().steady;
        let mut said = known.said.lock().await;
        let answer = match &*said {
            Some(said) if came.saturating_sub(said.asked) <= ASKED_ANEW => said.answer.clone(),
            _ => {
                let asked = self.clocks.now().steady;
                let answer = self.source.ask(token).await.inspect_err(|failure| {
                    tracing::warn!(error = %keys::chain(failure), "the issuer cannot be asked");
                });
                said.insert(Said { asked, answer: answer.ok() }).answer.clone()
            }
        };
        drop(said);
        match answer {
            Some(Answer::Live { roles }) if known.has(&roles) => {
                Ok(Caller(self.good_now(token, self.clocks.now())?))
            }
            // The session has ended, or the token says what the account was trusted with before.
            Some(Answer::Live { .. } | Answer::Ended) => Err(Refused::Revoked),
            None => Err(Refused::Stale),
        }
    }
}
