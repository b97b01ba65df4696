//! Whether the database answers, and takes writes.

use async_trait::async_trait;
use bitjang_core::{Clock, Failure};

use super::Postgres;
use super::ahead::Ahead;
use super::link::Ask;
use super::row::{column, time};
use crate::{Condition, Health};

#[async_trait]
impl Health for Postgres {
    async fn ping(&self) -> Result<Condition, Failure> {
        const ACTION: &str = "write to the store";
        const SQL: &str =
            "SELECT current_setting('transaction_read_only'), to_regclass('bitjang.relocation') IS NOT NULL";
        let ask = Ask { sql: SQL, given: &[] };
        let found =
            self.one(ACTION, ask, |row| Ok((column::<String>(row, 0)?, column::<bool>(row, 1)?))).await?;
        match found.as_ref().map(|(read_only, marked)| (read_only.as_str(), *marked)) {
            Some(("off", false)) => Ok(Condition::InUse),
            Some(("off", true)) => Ok(Condition::Left),
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
