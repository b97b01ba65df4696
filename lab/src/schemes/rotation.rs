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
        let tokens = Tokens { kind: "access", secret, life: Duration::from_secs(300), clock };
        Self { tokens, community: world.community.clone(), database: world.database.clone() }
    }

    pub(super) fn read(&self, access: &str) -> Option<Caller> {
        self.tokens.read(access)
    }

    pub(super) async fn begin(&self, caller: &Caller) -> Result<Pair> {
        self.hand_out(caller, &crate::dice::random()?).await
    }

    pub(super) async fn turn(&self, refresh: &str) -> Result<Option<Pair>> {
        let Some((name, family, spent)) = self.database.spend(refresh).await? else { return Ok(None) };
        if spent {
            self.database.end_family(&family).await?;
            return Ok(None);
        }
        match self.community.find(&name) {
            Some(caller) => self.hand_out(&caller, &family).await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn end(&self, refresh: &str) -> Result<()> {
        match self.database.spend(refresh).await? {
            Some((_, family, _)) => self.database.end_family(&family).await,
            None => Ok(()),
        }
    }

    async fn hand_out(&self, caller: &Caller, family: &str) -> Result<Pair> {
        let refresh = crate::dice::random()?;
        self.database.hand_out(&refresh, family, &caller.name).await?;
        Ok(Pair { access: self.tokens.mint(caller)?, refresh })
    }
}
