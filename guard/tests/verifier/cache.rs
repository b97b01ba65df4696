//! What is remembered of a token makes nobody good.

use std::time::Duration;

use bitjang_core::CLOCKS_APART;

use crate::world::{LAPTOP, PHONE, World, until, word};

#[tokio::test]
async fn a_remembered_token_is_refused_once_it_is_revoked() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let (laptop, phone) = (world.token(LAPTOP), world.token(PHONE));
    for token in [&laptop, &phone, &laptop] {
        assert_eq!(word(verifier.verify(token)), "good");
    }
    assert_eq!(verifier.remembered(), 2);
    world.revoke(6, LAPTOP);
    until(&verifier, |health| health.entries == 1).await;
    assert_eq!(word(verifier.verify(&laptop)), "token_revoked");
    assert_eq!(verifier.remembered(), 1, "and is remembered no longer");
    assert_eq!(word(verifier.verify(&laptop)), "token_revoked");
    assert_eq!(word(verifier.verify(&phone)), "good");
}

#[tokio::test]
async fn a_remembered_token_expires_at_its_time() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token(LAPTOP);
    for heartbeats in 2..=77 {
        assert_eq!(word(verifier.verify(&token)), "good");
        world.clocks.advance(4);
        world.beat(5);
        until(&verifier, |health| health.heartbeats == heartbeats).await;
    }
    world.clocks.advance(1);
    assert_eq!(word(verifier.verify(&token)), "token_expired", "300 s and a leeway of 5 s");
    assert_eq!(verifier.remembered(), 0);
}

#[tokio::test]
async fn a_token_that_differs_by_one_character_anywhere_is_another_token() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token(LAPTOP);
    assert_eq!(word(verifier.verify(&token)), "good");
    for place in 0..token.len() {
        let other = if token.as_bytes()[place] == b'A' { "B" } else { "A" };
        let forged = format!("{}{other}{}", &token[..place], &token[place + 1..]);
        assert_ne!(word(verifier.verify(&forged)), "good", "{place}");
    }
    for forged in [format!("{token}A"), format!(" {token}"), format!("{token}\n"), token[1..].to_owned()] {
        assert_ne!(word(verifier.verify(&forged)), "good", "{forged:?}");
    }
    assert_eq!(verifier.remembered(), 1);
}

#[tokio::test]
async fn a_token_of_a_server_whose_clock_is_ahead_is_good_at_once() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token_by(&world.key, LAPTOP, |claims| {
        claims.issued_at = claims.issued_at.plus(CLOCKS_APART);
        claims.expires_at = claims.expires_at.plus(CLOCKS_APART);
    });
    for _ in ["at first", "remembered"] {
        assert_eq!(word(verifier.verify(&token)), "good");
    }
    assert_eq!(verifier.remembered(), 1);
}

#[tokio::test]
async fn tokens_for_others_are_refused() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = |change: fn(&mut bitjang_core::token::Claims)| world.token_by(&world.key, LAPTOP, change);
    let rows = [
        (token(|claims| claims.issuer.push('/')), "token_issuer"),
        (token(|claims| claims.audience = "https://other.example.org".to_owned()), "token_audience"),
        (
            token(|claims| claims.issued_at = claims.issued_at.plus(CLOCKS_APART + Duration::from_secs(1))),
            "token_not_yet_valid",
        ),
        (String::new(), "token_malformed"),
        ("x".repeat(8 << 20), "token_too_long"),
        (".".repeat(1_000), "token_malformed"),
    ];
    for (token, expected) in rows {
        assert_eq!(word(verifier.verify(&token)), expected);
    }
    assert_eq!(verifier.remembered(), 0);
}
