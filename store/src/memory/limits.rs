//! Counting attempts in memory: one point in time per bucket, and the buckets in the order in which they fill.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::limit::{Bucket, Charge, Taken};
use bitjang_core::{Failure, Limits, Time};

use super::{Memory, whole};

/// Buckets that are not full. A full one is not kept: it is as good as new.
#[derive(Default)]
pub(crate) struct Buckets(Mutex<Table>);

#[derive(Default)]
struct Table {
    full_at: HashMap<Bucket, Time>,
    by_time: BTreeSet<(Time, Bucket)>,
}

impl Buckets {
    pub(crate) fn take(&self, charges: &[Charge], now: Time) -> Taken {
        whole(self.0.lock()).take(charges, now)
    }

    pub(crate) fn give_back(&self, charges: &[Charge]) {
        let mut table = whole(self.0.lock());
        for charge in charges {
            if let Some(full_at) = table.full_at.get(&charge.bucket).copied() {
                table.set(charge.bucket, charge.limit.give_back(full_at));
            }
        }
    }

    pub(crate) fn sweep(&self, now: Time, at_most: usize) -> usize {
        whole(self.0.lock()).sweep(now, at_most)
    }
}

impl Table {
    fn take(&mut self, charges: &[Charge], now: Time) -> Taken {
        let mut longest = Duration::ZERO;
        let mut taken = Vec::with_capacity(charges.len());
        for Charge { bucket, limit } in charges {
            match limit.take(self.full_at.get(bucket).copied().unwrap_or(now), now) {
                Ok(full_at) => taken.push((*bucket, full_at)),
                Err(wait) => longest = longest.max(wait),
            }
        }
        if !longest.is_zero() {
            return Taken::Nothing { retry_after: longest };
        }
        for (bucket, full_at) in taken {
            self.set(bucket, full_at);
        }
        Taken::All
    }

    fn set(&mut self, bucket: Bucket, full_at: Time) {
        if let Some(before) = self.full_at.insert(bucket, full_at) {
            self.by_time.remove(&(before, bucket));
        }
        self.by_time.insert((full_at, bucket));
    }

    fn sweep(&mut self, now: Time, at_most: usize) -> usize {
        let mut swept = 0;
        while swept < at_most && self.by_time.first().is_some_and(|(full_at, _)| *full_at <= now) {
            if let Some((_, bucket)) = self.by_time.pop_first() {
                self.full_at.remove(&bucket);
            }
            swept += 1;
        }
        swept
    }
}

#[async_trait]
impl Limits for Memory {
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure> {
        Ok(self.buckets.take(charges, now))
    }

    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure> {
        self.buckets.give_back(charges);
        Ok(())
    }

    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        Ok(self.buckets.sweep(now, at_most))
    }
}
