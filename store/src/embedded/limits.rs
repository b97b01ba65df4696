//! Attempts are counted in memory: one process owns the folder, so nobody else counts.

use async_trait::async_trait;
use bitjang_core::limit::{Charge, Taken};
use bitjang_core::{Failure, Limits, Time};

use super::Embedded;

#[async_trait]
impl Limits for Embedded {
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
