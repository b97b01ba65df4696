//! Counting attempts in rows that all servers share: one point in time per bucket.

use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::limit::{Charge, Taken};
use bitjang_core::{Failure, Limits, Time};

use super::Postgres;
use super::link::Ask;
use super::row::column;

/// How often to look again when a bucket was swept between being made and being locked: beside sweeps without a pause, each is the toss of a coin.
const TRIES: usize = 64;

#[async_trait]
impl Limits for Postgres {
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure> {
        const ACTION: &str = "count an attempt";
        let Buckets { names, regains, fills_in } = Buckets::of(charges);
        let (now, asked) = (now.as_micros(), i64::try_from(charges.len()).unwrap_or(i64::MAX));
        for _ in 0..TRIES {
            let make = Ask { sql: MAKE, given: &[&names, &now] };
            let take = Ask { sql: TAKE, given: &[&names, &regains, &fills_in, &now, &asked] };
            let rows = self.link.ask_after(ACTION, Some(make), take).await?;
            let [verdict] = rows.as_slice() else { return Err(Failure::new(ACTION, "no verdict")) };
            let read = |at| column::<i64>(verdict, at).map_err(|error| Failure::new(ACTION, error));
            if read(0)? == asked {
                return Ok(taken(read(1)?));
            }
        }
        Err(Failure::new(ACTION, "its bucket is swept away every time"))
    }

    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure> {
        let Buckets { names, regains, .. } = Buckets::of(charges);
        let ask = Ask { sql: GIVE_BACK, given: &[&names, &regains] };
        self.link.ask("give an attempt back", ask).await.map(drop)
    }

    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        let (now, at_most) = (now.as_micros(), i64::try_from(at_most).unwrap_or(i64::MAX));
        let ask = Ask { sql: SWEEP, given: &[&now, &at_most] };
        Ok(self.link.ask("sweep counters", ask).await?.len())
    }
}

fn taken(wait: i64) -> Taken {
    match u64::try_from(wait) {
        Ok(micros) if micros > 0 => Taken::Nothing { retry_after: Duration::from_micros(micros) },
        _ => Taken::All,
    }
}

/// Charges, column by column, in the order in which everybody locks their buckets.
struct Buckets<'c> {
    names: Vec<&'c [u8]>,
    regains: Vec<i64>,
    fills_in: Vec<i64>,
}

impl<'c> Buckets<'c> {
    fn of(charges: &'c [Charge]) -> Self {
        let mut charges: Vec<_> = charges.iter().collect();
        charges.sort_unstable_by_key(|charge| charge.bucket);
        // A quarter of all time: sums of a few of them stay in range.
        let micros =
            |span: Duration| i64::try_from(span.as_micros()).map_or(i64::MAX / 4, |it| it.min(i64::MAX / 4));
        Self {
            names: charges.iter().map(|charge| charge.bucket.as_bytes().as_slice()).collect(),
            regains: charges.iter().map(|charge| micros(charge.limit.regain)).collect(),
            fills_in: charges.iter().map(|charge| micros(charge.limit.fills_in())).collect(),
        }
    }
}

/// A bucket that nobody has taken from is full. It must be there to be locked.
const MAKE: &str = "INSERT INTO bitjang.bucket (name, full_at) SELECT name, $2::bigint FROM unnest($1::bytea[]) AS asked (name)
    ORDER BY name ON CONFLICT (name) DO NOTHING";

/// `Limit::take`, for all buckets or for none. `FOR UPDATE` waits for whoever holds a row, and then sees what they wrote.
const TAKE: &str = "WITH kept AS (
        SELECT name, full_at FROM bitjang.bucket WHERE name = ANY ($1::bytea[]) ORDER BY name FOR UPDATE
    ), next AS (
        SELECT name, LEAST(GREATEST(full_at, $4), $4 + fills_in) + regain AS full_at, $4 + fills_in AS latest
        FROM kept JOIN unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS asked (name, regain, fills_in) USING (name)
    ), verdict AS (
        SELECT count(*) AS found, COALESCE(max(full_at - latest), 0)::bigint AS wait FROM next
    ), taken AS (
        UPDATE bitjang.bucket SET full_at = next.full_at FROM next, verdict
        WHERE bucket.name = next.name AND verdict.found = $5 AND verdict.wait <= 0 RETURNING 1
    ) SELECT found, wait FROM verdict";

const GIVE_BACK: &str = "WITH kept AS (
        SELECT name, full_at FROM bitjang.bucket WHERE name = ANY ($1::bytea[]) ORDER BY name FOR UPDATE
    ) UPDATE bitjang.bucket SET full_at = kept.full_at - asked.regain
    FROM kept JOIN unnest($1::bytea[], $2::bigint[]) AS asked (name, regain) USING (name) WHERE bucket.name = kept.name";

/// Whoever holds a row is about to take from it: it is left for the next time.
const SWEEP: &str = "DELETE FROM bitjang.bucket WHERE name IN (
        SELECT name FROM bitjang.bucket WHERE full_at <= $1 ORDER BY full_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING 1";
