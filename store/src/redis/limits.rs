//! Counting attempts in Redis: one point in time per bucket, gone when the bucket is full again. When Redis does not answer, the main store counts.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::limit::{Charge, Taken};
use bitjang_core::{Failure, Limits, Time};
use redis::{Script, ScriptInvocation};

use super::Redis;

/// `Limit::take`, for all buckets or for none: 0, or how long to wait. The time is the caller's, as everywhere; Redis's own clock decides no more than when a full bucket is
/// dropped.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, wait, next = tonumber(ARGV[1]), 0, {}
        for i, bucket in ipairs(KEYS) do
            local regain, latest = tonumber(ARGV[2 * i]), now + tonumber(ARGV[2 * i + 1])
            local full_at = tonumber(redis.call('GET', bucket) or now)
            next[i] = math.min(math.max(full_at, now), latest) + regain
            wait = math.max(wait, next[i] - latest)
        end
        if wait > 0 then return wait end
        for i, bucket in ipairs(KEYS) do
            redis.call('SET', bucket, string.format('%.0f', next[i]), 'PX', math.ceil((next[i] - now) / 1000))
        end
        return 0",
    )
});

static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for i, bucket in ipairs(KEYS) do
            local full_at = redis.call('GET', bucket)
            if full_at then
                redis.call('SET', bucket, string.format('%.0f', tonumber(full_at) - tonumber(ARGV[2 * i])), 'KEEPTTL')
            end
        end",
    )
});

#[async_trait]
impl Limits for Redis {
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure> {
        let (take, mut line) = (asking(&TAKE, charges, now), self.link.line());
        match self.link.answer(take.invoke_async::<u64>(&mut line)).await {
            Some(0) => Ok(Taken::All),
            Some(wait) => Ok(Taken::Nothing { retry_after: Duration::from_micros(wait) }),
            // An attempt whose answer did not come may be counted in both: too many, never too few.
            None => self.main_limits.take(charges, now).await,
        }
    }

    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure> {
        let (give_back, mut line) = (asking(&GIVE_BACK, charges, Time::from_micros(0)), self.link.line());
        match self.link.answer(give_back.invoke_async::<()>(&mut line)).await {
            Some(()) => Ok(()),
            None => self.main_limits.give_back(charges).await,
        }
    }

    /// In Redis, full buckets go by themselves.
    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        self.main_limits.sweep(now, at_most).await
    }
}

/// The script's arguments: the time, and for each bucket how long it takes to regain one attempt and to fill.
///
/// All buckets are in one slot of a cluster, so that one script reaches all that it takes from.
fn asking<'s>(script: &'s Script, charges: &[Charge], now: Time) -> ScriptInvocation<'s> {
    let mut asking = script.prepare_invoke();
    asking.arg(now.as_micros());
    for Charge { bucket, limit } in charges {
        let name = u128::from_be_bytes(*bucket.as_bytes());
        asking.key(format!("bitjang:{{limits}}:{name:032x}"));
        asking.arg(exact(limit.regain)).arg(exact(limit.fills_in()));
    }
    asking
}

/// Lua counts in doubles: whole numbers are exact up to 2^53, and a time of this century and these two spans stay below that. A bucket that takes longer than 142 years to fill
/// is as good as one that takes 142.
fn exact(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).map_or(1 << 52, |micros| micros.min(1 << 52))
}
