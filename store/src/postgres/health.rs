//! Whether the database answers, and takes writes.

use async_trait::async_trait;
use bitjang_core::Failure;

use super::Postgres;
use super::link::Ask;
use super::row::column;
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

    async fn close(&self) {
        self.link.close();
    }
}
