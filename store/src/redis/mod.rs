//! Redis or Valkey beside a main store. It holds only what may be lost: the counters of guesses, and copies of sessions in front of the main store's.

mod copied;
mod limits;
mod line;
mod link;
mod sessions;
mod survey;
mod told;
mod url;

pub use survey::{NoSurvey, RedisCluster, RedisSurvey};
pub use url::{BadAuthorities, BadRedisUrl, RedisUrl};

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::{Clock, Limits, SessionId, Sessions};

use self::copied::Copied;
use self::link::Link;
use self::told::{Follower, Told};
use crate::Opened;
use crate::cache::Records;

/// About how much memory the copies take that this process has read.
const READ_BYTES: u64 = 16 * 1024 * 1024;

/// The longest that a copy is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(60);

/// How long copies of sessions are believed.
#[derive(Clone)]
pub struct Belief {
    /// What tells how old a copy is.
    pub clock: Arc<dyn Clock>,
    /// How long an access token lives. A revocation is told for longer than that, and a copy lives for half of it at most: so whatever ended a session is still told when its
    /// last copy is gone.
    pub access: Duration,
    /// How long without news of the main store's feed; half a minute at most.
    pub max_staleness: Duration,
}

/// What Redis holds, and the main store that is asked when Redis does not answer.
pub(crate) struct Redis {
    link: Link,
    main_sessions: Arc<dyn Sessions>,
    main_limits: Arc<dyn Limits>,
    told: Arc<Told>,
    /// Copies that this process has read.
    read: Records<SessionId, Copied>,
    life: Duration,
    clock: Arc<dyn Clock>,
    _follower: Follower,
}

impl Redis {
    /// The ports of `main`, with what Redis takes off it. Redis may be away: what it holds may be lost.
    pub(crate) async fn beside(
        main: Opened,
        url: &RedisUrl,
        belief: Belief,
    ) -> Result<Opened, BadAuthorities> {
        let Belief { clock, access, max_staleness } = belief;
        let told = Arc::new(Told::new(max_staleness));
        let feed = Arc::clone(&main.revocations);
        let redis = Arc::new(Self {
            link: Link::to(url).await?,
            main_sessions: main.sessions,
            main_limits: main.limits,
            told: Arc::clone(&told),
            read: Records::holding(READ_BYTES),
            life: LONGEST_LIFE.min(access / 2),
            clock: Arc::clone(&clock),
            _follower: Follower::start(told, feed, clock).await,
        });
        Ok(Opened { sessions: Arc::<Self>::clone(&redis), limits: redis, ..main })
    }
}
