//! Whether the database answers, and takes writes.

use async_trait::async_trait;
use bitjang_core::{Clock, Failure};

use super::Postgres;
use super::ahead::Ahead;
use super::link::Ask;
use super::row::{column, time};
use crate::Health;

#[async_trait]
impl Health for Postgres {
    async fn ping(&self) -> Result<(), Failure> {
        const ACTION: &str = "write to the store";
        let ask = Ask { sql: "SELECT current_setting('transaction_read_only')", given: &[] };
        let read_only = self.one(ACTION, ask, |row| column::<String>(row, 0)).await?;
        match read_only.as_deref() {
            Some("off") => Ok(()),
            _ => Err(Failure::new(ACTION, "the database takes no writes")),
        }
    }

    async fn compare_clocks(&self, clock: &dyn Clock) -> Result<(), Failure> {
        const ACTION: &str = "compare clocks";
        let ask = Ask { sql: "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", given: &[] };
        let asked = clock.now();
        let theirs = self.one(ACTION, ask, |row| time(row, 0)).await?;
        let ours = asked.plus(clock.now().since(asked) / 2);
        if let Some(theirs) = theirs {
            self.heard.clock_is(Ahead::of(ours, theirs));
        }
        Ok(())
    }

    async fn close(&self) {
        self.link.close();
    }
}
