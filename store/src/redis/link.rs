//! The line to Redis, and one question on it, in bounded time. Once it has not answered, it is asked now and then, and everybody else goes on without it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::{RedisError, RedisResult};
use tokio::time::{Instant, error::Elapsed, timeout};

use super::line::Line;
use super::url::{BadAuthorities, RedisUrl};

/// How long it is left alone after a question without an answer; then one question tries.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a connection may take to be made, while nobody waits for it.
pub(super) const CONNECTS_WITHIN: Duration = Duration::from_secs(2);

/// A line, and how long nobody has answered on it.
pub(super) struct Link {
    line: Line,
    at: RedisUrl,
    began: Instant,
    /// Until when it is left alone, in microseconds after `began`; 0 while it answers.
    silent_until: AtomicU64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("not in time")]
    Late(#[from] Elapsed),
    #[error(transparent)]
    Refused(#[from] RedisError),
}

impl Link {
    /// A link that has tried once.
    pub(super) async fn to(url: &RedisUrl) -> Result<Self, BadAuthorities> {
        let (began, silent_until) = (Instant::now(), AtomicU64::new(0));
        let link = Self { line: Line::to(url)?, at: url.clone(), began, silent_until };
        // The first connection is made while somebody waits for it. An error is told in the log, and the server starts without it.
        let mut first = link.line();
        let _answers = link.answer_within(CONNECTS_WITHIN, redis::cmd("PING").exec_async(&mut first)).await;
        Ok(link)
    }

    /// What a question is asked on.
    pub(super) fn line(&self) -> Line {
        self.line.clone()
    }

    /// The answer to a question; nothing when there is none, or when it is not asked because there was none just now.
    pub(super) async fn answer<T>(&self, asked: impl Future<Output = RedisResult<T>>) -> Option<T> {
        self.answer_within(self.at.answers_within, asked).await
    }

    async fn answer_within<T>(
        &self,
        span: Duration,
        asked: impl Future<Output = RedisResult<T>>,
    ) -> Option<T> {
        if !self.is_to_be_asked() {
            return None;
        }
        let answer = timeout(span, asked).await.map_err(NoAnswer::from);
        match answer.and_then(|answer| answer.map_err(NoAnswer::from)) {
            Ok(answer) => {
                self.has_answered();
                Some(answer)
            }
            Err(error) => {
                self.has_failed(&error);
                None
            }
        }
    }

    /// Always while it answers; after that, the first to come when a pause is over.
    fn is_to_be_asked(&self) -> bool {
        let until = self.silent_until.load(Ordering::Acquire);
        until == 0 || (until <= micros(self.began.elapsed()) && self.goes_first(until))
    }

    /// Whether nobody else has begun to try since `until` was read.
    fn goes_first(&self, until: u64) -> bool {
        let next = self.pause_from_now();
        self.silent_until.compare_exchange(until, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn pause_from_now(&self) -> u64 {
        micros(self.began.elapsed() + PAUSE)
    }

    fn has_answered(&self) {
        if self.silent_until.load(Ordering::Acquire) != 0 && self.silent_until.swap(0, Ordering::AcqRel) != 0
        {
            tracing::info!(at = %self.at, "Redis answers again");
        }
    }

    /// Told once for each outage.
    fn has_failed(&self, error: &NoAnswer) {
        if self.silent_until.swap(self.pause_from_now(), Ordering::AcqRel) == 0 {
            tracing::warn!(at = %self.at, %error, "Redis does not answer: the main store is asked instead");
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
