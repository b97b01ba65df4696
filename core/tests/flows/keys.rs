//! Keys: made once, published before they sign, kept until their last token has expired, and never replaced in silence.

use std::sync::Arc;

use bitjang_core::token::{Algorithm, SigningKey};
use bitjang_core::{Auth, Carrier, Error, Keys as _, NoKeys, Rules, TokenRules, keyring};
use serde_json::Value;

use crate::holder::Holder;
use crate::script::Call::{AddSigner, ListSigners};
use crate::script::Moment::{After, Before};
use crate::tokens::part;
use crate::world::{OPERATOR, World, code};

/// How long a new key is published before it signs.
const AHEAD: u64 = 900;

/// How long keys sign by default.
const ROTATE_AFTER: u64 = 90 * 86_400;

/// The names of the published keys.
fn published(server: &Auth) -> Vec<String> {
    let jwks: Value = serde_json::from_str(&server.jwks()).unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The name of the key that signed this access token.
fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

async fn alice(world: &World) -> Holder<'_> {
    world.person("alice").by(Carrier::Bearer).signs_up_by_token().await
}

fn rules(tokens: TokenRules) -> Rules {
    Rules { tokens, ..Rules::default() }
}

async fn forget_keys(world: &World) {
    for signer in world.memory.signers().await.unwrap() {
        world.memory.remove_signer(&signer.kid).await.unwrap();
    }
}

#[tokio::test]
async fn servers_of_one_store_have_one_key_and_read_each_other_s_tokens() {
    let world = World::new().await;
    let (holder, server) = (alice(&world).await, world.another_server().await);
    assert_eq!((published(&server).len(), published(&server)), (1, published(&world.auth)));
    assert!(server.read_access(&holder.access).is_some());
    assert_eq!(code(holder.refresh_at(&server).await), "done");
    assert_eq!(published(&server), [kid(&holder.access)]);
}

#[tokio::test]
async fn servers_that_first_start_at_once_make_one_key() {
    let world = World::new().await;
    let ports = world.ports_of_nothing();
    let open = || Auth::open(ports.clone(), Rules::default());
    let (slow, quick) = world.halting(Before(AddSigner), open(), open()).await;
    assert_eq!(published(&slow.unwrap()), published(&quick.unwrap()));
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    let old = kid(&holder.access);
    let (new, signs_from) = world.auth.rotate_keys(OPERATOR).await.unwrap();
    assert_eq!(signs_from, bitjang_core::testing::at(1_000_900));
    assert_eq!(published(&world.auth), [old.clone(), new.clone()]);
    for (waited, expected) in [(0, &old), (AHEAD - 1, &old), (1, &new)] {
        world.wait(waited);
        assert_eq!(holder.goes_on().await, "done");
        assert_eq!(kid(&holder.access), *expected, "after {waited} s more");
    }
}

#[tokio::test]
async fn an_old_key_is_kept_until_its_last_token_has_expired_and_then_removed() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    let old = kid(&holder.access);
    let (new, _) = world.auth.rotate_keys(OPERATOR).await.unwrap();
    world.wait(AHEAD - 1);
    assert_eq!(holder.goes_on().await, "done");
    let last = holder.access.clone();
    assert_eq!(kid(&last), old);
    world.wait(299);
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert!(world.auth.read_access(&last).is_some(), "in its last second");
    world.wait(181);
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert_eq!(published(&world.auth), [old, new.clone()], "clocks differ");
    world.wait(1);
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert_eq!(published(&world.auth), [new]);
    assert_eq!(holder.goes_on().await, "done", "refresh tokens have a key of their own");
}

#[tokio::test]
async fn keys_are_rotated_when_it_is_time() {
    let world = World::new().await;
    world.wait(ROTATE_AFTER - AHEAD - 1);
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert_eq!(published(&world.auth).len(), 1);
    world.wait(1);
    for _ in 0..3 {
        world.auth.renew_keys(OPERATOR).await.unwrap();
        assert_eq!(published(&world.auth).len(), 2, "once");
    }
    let next = world.memory.signers().await.unwrap().remove(1);
    assert_eq!(next.signs_from, world.auth.now().plus(std::time::Duration::from_secs(AHEAD)));
}

#[tokio::test]
async fn servers_that_renew_at_once_make_one_key_and_both_follow_it() {
    let world = World::new().await;
    let server = world.another_server().await;
    world.wait(ROTATE_AFTER);
    let (slow, quick) =
        world.halting(Before(AddSigner), server.renew_keys(OPERATOR), world.auth.renew_keys(OPERATOR)).await;
    slow.unwrap();
    quick.unwrap();
    assert_eq!((published(&server).len(), published(&server)), (2, published(&world.auth)));
}

#[tokio::test]
async fn a_rotation_that_meets_another_still_makes_its_key() {
    let world = World::new().await;
    let server = world.another_server().await;
    let (slow, quick) = world
        .halting(Before(AddSigner), server.rotate_keys(OPERATOR), world.auth.rotate_keys(OPERATOR))
        .await;
    let (slow, quick) = (slow.unwrap().0, quick.unwrap().0);
    assert_eq!(published(&server)[1..], [quick, slow]);
}

#[tokio::test]
async fn another_server_s_rotation_is_followed() {
    let world = World::new().await;
    let server = world.another_server().await;
    let (new, _) = server.rotate_keys(OPERATOR).await.unwrap();
    assert!(!published(&world.auth).contains(&new));
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert!(published(&world.auth).contains(&new));
}

#[tokio::test]
async fn a_server_that_finds_its_keys_gone_does_not_start_and_makes_none() {
    let world = World::new().await;
    forget_keys(&world).await;
    for _ in 0..2 {
        let refused = world.server_under(Rules::default()).await.err().unwrap();
        assert!(matches!(refused, NoKeys::Gone) && refused.to_string().contains("bitjang keys rotate"));
    }
    assert!(world.memory.signers().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_operator_starts_over_with_a_new_key_that_signs_at_once() {
    let world = World::new().await;
    let holder = alice(&world).await;
    forget_keys(&world).await;
    let (new, signs_from) = keyring::rotate(OPERATOR, &world.ports, &TokenRules::default()).await.unwrap();
    assert_eq!(signs_from, world.auth.now());
    let server = world.another_server().await;
    assert!(server.read_access(&holder.access).is_none());
    let given = holder.refresh_at(&server).await.unwrap();
    assert_eq!(kid(&Holder::of(&world, &given).access), new);
}

#[tokio::test]
async fn keys_that_vanish_under_a_running_server_are_reported_and_stay_in_use() {
    let world = World::new().await;
    let holder = alice(&world).await;
    forget_keys(&world).await;
    let refused = world.auth.renew_keys(OPERATOR).await.unwrap_err();
    assert!(matches!(refused, NoKeys::Gone));
    assert!(holder.is_signed_in().await, "nobody is signed out for it");
    assert_eq!(code(holder.refresh().await), "done");
}

#[tokio::test]
async fn a_renewal_that_cannot_reach_the_store_leaves_the_keys_in_use() {
    for moment in [Before(ListSigners), After(ListSigners), Before(AddSigner)] {
        let world = World::new().await;
        let holder = alice(&world).await;
        let before = published(&world.auth);
        world.wait(ROTATE_AFTER);
        world.script.fail(moment);
        assert_eq!(code(world.auth.renew_keys(OPERATOR).await.map_err(Error::from)), "failed");
        world.script.mend();
        assert_eq!(published(&world.auth), before, "{moment:?}");
        assert_eq!(code(holder.refresh().await), "signed_out", "as it expired long ago: {moment:?}");
        assert_eq!(code(world.person("alice").by(Carrier::Bearer).sign_in().await), "done", "{moment:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_reach_its_keys_does_not_start() {
    for moment in [Before(ListSigners), After(ListSigners)] {
        let world = World::new().await;
        world.script.fail(moment);
        let refused = world.server_under(Rules::default()).await.err().unwrap();
        assert!(matches!(refused, NoKeys::Failed(_)), "{moment:?}");
    }
}

#[tokio::test]
async fn an_own_key_signs_at_once_and_those_of_before_still_check() {
    let world = World::new().await;
    let holder = alice(&world).await;
    let own = Arc::new(SigningKey::generate(Algorithm::Es256, &*world.ports.entropy).unwrap());
    let tokens = TokenRules { own_key: Some(Arc::clone(&own)), ..TokenRules::default() };
    let server = world.server_under(rules(tokens)).await.unwrap();
    let given = Holder::of(&world, &holder.refresh_at(&server).await.unwrap());
    assert_eq!(kid(&given.access), own.kid());
    assert_eq!(part(&given.access, 0)["alg"], "ES256");
    assert_eq!(published(&server), [kid(&holder.access), own.kid().to_owned()]);
    for token in [&holder.access, &given.access] {
        assert!(server.read_access(token).is_some());
    }
}

#[tokio::test]
async fn an_own_key_that_is_taken_away_is_missed() {
    let world = World::new().await;
    let ports = world.ports_of_nothing();
    let own = Arc::new(SigningKey::generate(Algorithm::Ed25519, &*world.ports.entropy).unwrap());
    let tokens = TokenRules { own_key: Some(own), ..TokenRules::default() };
    assert_eq!(published(&Auth::open(ports.clone(), rules(tokens.clone())).await.unwrap()).len(), 1);
    assert!(ports.keys.signers().await.unwrap().is_empty(), "none is made beside it");
    let refused = Auth::open(ports.clone(), Rules::default()).await.err().unwrap();
    assert!(matches!(refused, NoKeys::Gone));
    assert!(Auth::open(ports, rules(tokens)).await.is_ok(), "put back, it serves again");
}

#[tokio::test]
async fn beside_an_own_key_none_is_made() {
    let world = World::new().await;
    let own = Arc::new(SigningKey::generate(Algorithm::Es256, &*world.ports.entropy).unwrap());
    let tokens = TokenRules { own_key: Some(own), ..TokenRules::default() };
    let server = world.server_under(rules(tokens)).await.unwrap();
    world.wait(ROTATE_AFTER);
    server.renew_keys(OPERATOR).await.unwrap();
    assert!(server.rotate_keys(OPERATOR).await.is_err(), "it would never sign");
    assert_eq!(published(&server).len(), 2, "the own one, and the one of before");
    world.auth.renew_keys(OPERATOR).await.unwrap();
    assert_eq!(published(&world.auth).len(), 2, "with the own key taken away, they go on");
}

#[tokio::test]
async fn a_kept_key_that_is_not_the_one_of_its_name_is_not_used() {
    let world =
        World::under(rules(TokenRules { algorithm: Algorithm::Hs256, ..TokenRules::default() })).await;
    let signer = world.memory.signers().await.unwrap().remove(0);
    let mut damaged = signer.material.clone();
    damaged.0[0] ^= 1;
    assert_eq!(
        world.memory.rewrite(&signer.name(), &signer.material, damaged).await.unwrap(),
        bitjang_core::Commit::Done
    );
    let refused = world.server_under(Rules::default()).await.err().unwrap();
    assert!(matches!(refused, NoKeys::Unusable(_)), "{refused}");
}

#[tokio::test]
async fn each_algorithm_signs_what_it_checks_and_a_shared_secret_is_not_published() {
    for algorithm in [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Rs256, Algorithm::Hs256] {
        let world = World::under(rules(TokenRules { algorithm, ..TokenRules::default() })).await;
        let holder = alice(&world).await;
        assert_eq!(part(&holder.access, 0)["alg"], algorithm.as_str());
        assert!(holder.is_signed_in().await, "{algorithm:?}");
        assert_eq!(published(&world.auth).len(), usize::from(algorithm != Algorithm::Hs256));
    }
}

#[tokio::test]
async fn a_change_of_algorithm_makes_the_next_key() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    let tokens = TokenRules { algorithm: Algorithm::Es256, ..TokenRules::default() };
    let server = world.server_under(rules(tokens)).await.unwrap();
    server.renew_keys(OPERATOR).await.unwrap();
    server.renew_keys(OPERATOR).await.unwrap();
    assert_eq!(published(&server).len(), 2, "one key, however often it is renewed");
    for expected in ["Ed25519", "ES256"] {
        holder = Holder::of(&world, &holder.refresh_at(&server).await.unwrap());
        assert_eq!(part(&holder.access, 0)["alg"], expected);
        world.wait(AHEAD);
    }
}
