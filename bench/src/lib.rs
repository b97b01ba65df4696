//! What the programs here measure with: a token, and whom it is for.

use std::time::Duration;

use anyhow::Result;
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_core::account::Roles;
use bitjang_core::token::{Claims, TokenId};
use bitjang_core::{AccountId, Clock as _, SessionId};

/// Whom tokens of the measurements are issued by, and for.
pub const ISSUER: &str = "https://id.example.org";

/// What a server of ours says of somebody who has just signed in; of somebody else each time.
pub fn claims() -> Result<Claims> {
    let now = SystemClock.now();
    Ok(Claims {
        issuer: ISSUER.to_owned(),
        audience: ISSUER.to_owned(),
        account: AccountId::generate(&SystemEntropy, now),
        session: SessionId::generate(&SystemEntropy),
        epoch: 1,
        id: TokenId::generate(&SystemEntropy),
        client_id: "bitjang".to_owned(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(3_600)),
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        roles: Roles::new(["moderator", "member"])?,
    })
}
