//! Records in the memory of this process: for trying things out, for tests, and as the yardstick of every other store.

mod accounts;
mod keys;
mod limits;
mod revocations;
mod service_credentials;
mod sessions;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use bitjang_core::Failure;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};

use self::accounts::AccountTable;
use self::keys::KeyTable;
pub(crate) use self::limits::Buckets;
pub(crate) use self::revocations::Feed;
use self::sessions::SessionTable;
use crate::agents::Agents;
use crate::{Condition, Health};

/// A store that forgets everything when it is dropped.
#[derive(Default)]
pub struct Memory {
    accounts: RwLock<AccountTable>,
    sessions: RwLock<SessionTable>,
    agents: Agents,
    buckets: Buckets,
    keys: Mutex<KeyTable>,
    feed: Feed,
    service_credentials: Mutex<BTreeMap<ServiceName, ServiceCredential>>,
}

#[async_trait]
impl Health for Memory {
    async fn ping(&self) -> Result<Condition, Failure> {
        Ok(Condition::InUse)
    }

    async fn close(&self) {}
}

/// The value behind a lock. No code of ours panics halfway through a change, so a lock that a panic has passed still guards a whole value.
fn whole<Guard>(locked: Result<Guard, PoisonError<Guard>>) -> Guard {
    locked.unwrap_or_else(PoisonError::into_inner)
}
