//! An access token of five minutes and a refresh token that changes at each use. One that comes back a second time means theft: all of its family end.

use std::time::Duration;

use anyhow::Result;

use super::World;
use super::token::Tokens;
use crate::community::{Caller, Community};
use crate::database::Database;

/// Shared by the schemes that rotate.
#[derive(Clone)]
pub(super) struct Rotation {
    tokens: Tokens,
    community: Community,
    database: Database,
}

/// What is handed out.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Rotation {
    pub(super) fn new(world: &World) -> Self {
        let (secret, clock) = (world.secret.clone(), world.clock.clone());
        let tokens = Tokens { secret, life: Duration::from_secs(300), clock };
        Self { tokens, community: world.community.clone(), database: world.database.clone() }
    }

    pub(super) fn read(&self, access: &str) -> Option<Caller> {
        self.tokens.read(access)
    }

    pub(super) async fn begin(&self, caller: &Caller) -> Result<Pair> {
        let refresh = crate::dice::random()?;
        self.database.hand_out(&refresh, &caller.name).await?;
        self.pair(caller, refresh)
    }

    pub(super) async fn turn(&self, refresh: &str) -> Result<Option<Pair>> {
        let next = crate::dice::random()?;
        let Some(name) = self.database.turn(refresh, &next).await? else { return Ok(None) };
        match self.community.find(&name) {
            Some(caller) => self.pair(&caller, next).map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn end(&self, refresh: &str) -> Result<()> {
        self.database.end_family(refresh).await
    }

    fn pair(&self, caller: &Caller, refresh: String) -> Result<Pair> {
        Ok(Pair { access: self.tokens.mint(caller)?, refresh })
    }
}
