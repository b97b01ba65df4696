//! Access tokens: what they say, who may have one, and that they end with their session.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::session::Lifetime;
use bitjang_core::{Carrier, Proof, Rules, SessionToken, TokenRules};
use serde_json::{Value, json};

use crate::holder::Holder;
use crate::revocation::passes;
use crate::world::{OPERATOR, World, code, id, roles};

/// One part of a token, as JSON: 0 is the header, 1 the claims.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_token_says_what_rfc_9068_asks_for() {
    let world = World::new().await;
    let given = world.person("alice").by(Carrier::Bearer).sign_up().await.unwrap();
    let holder = Holder::of(&world, &given);
    let header = part(&holder.access, 0);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("Ed25519")));
    assert!(header["kid"].is_string() && header.as_object().unwrap().len() == 3);
    let mut claims = part(&holder.access, 1);
    assert_eq!(claims["jti"].take().as_str().unwrap().len(), 22);
    let expected = json!({
        "iss": "http://localhost:8080", "sub": given.account.id.to_string(), "aud": "http://localhost:8080",
        "exp": 1_000_300, "iat": 1_000_000, "jti": null, "client_id": "bitjang",
        "sid": given.session.id.to_string(), "auth_time": 1_000_000, "amr": ["pwd"], "roles": [], "epoch": 1,
    });
    assert_eq!(claims, expected);
    assert_eq!(holder.expires_in.as_secs(), 300);
}

#[tokio::test]
async fn no_two_tokens_have_one_name() {
    let world = World::new().await;
    let first = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let (one, other) = (first.gone_on().await, first.gone_on().await);
    let names = [&first, &one, &other].map(|holder| part(&holder.access, 1)["jti"].clone());
    assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2]);
}

#[tokio::test]
async fn a_token_proves_its_session_and_its_account_until_it_expires() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    world.wait(299);
    let proof = holder.verify().await.unwrap();
    assert_eq!(proof.account().identifier.as_str(), "alice");
    assert_eq!(proof.session().id, holder.session);
    world.wait(1);
    assert!(world.auth.read_access(&holder.access).is_none());
    assert_eq!(code(holder.refresh().await), "done", "the session goes on");
}

#[tokio::test]
async fn a_token_does_not_outlive_the_session_that_nobody_uses() {
    let (idle, absolute) = (Duration::from_secs(100), Duration::from_secs(150));
    let world = World::under(Rules { lifetime: Lifetime { idle, absolute }, ..Rules::default() }).await;
    let mut holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    assert_eq!(holder.expires_in, idle);
    world.wait(40);
    assert_eq!(holder.goes_on().await, "done");
    assert_eq!(holder.expires_in, idle, "the turn has put the idle end off");
    world.wait(40);
    assert_eq!(holder.goes_on().await, "done");
    assert_eq!(holder.expires_in.as_secs(), 70, "but not the absolute one");
    world.wait(70);
    assert!(world.auth.read_access(&holder.access).is_none());
    assert_eq!(code(holder.refresh().await), "signed_out");
}

#[tokio::test]
async fn reading_a_token_asks_no_store() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    world.script.calls();
    assert!(world.auth.read_access(&holder.access).is_some());
    for garbage in ["", ".", "..", "a.b.c", &holder.refresh, &"a".repeat(1_000_000)] {
        assert!(world.auth.read_access(garbage).is_none());
    }
    assert!(world.script.calls().is_empty());
}

#[tokio::test]
async fn a_token_for_another_issuer_or_audience_is_not_read() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let elsewhere = || "https://example.org".to_owned();
    for tokens in [
        TokenRules { issuer: elsewhere(), ..TokenRules::default() },
        TokenRules { audience: elsewhere(), ..TokenRules::default() },
    ] {
        let other = world.server_under(Rules { tokens, ..Rules::default() }).await.unwrap();
        assert!(other.read_access(&holder.access).is_none());
    }
    assert!(world.another_server().await.read_access(&holder.access).is_some());
}

#[tokio::test]
async fn roles_are_as_fresh_as_the_account_and_the_sign_in_stays_as_old_as_it_is() {
    let world = World::new().await;
    let first = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&["admin", "editor"])).await.unwrap();
    assert_eq!(first.verify().await.unwrap().account().roles, roles(&["admin", "editor"]));
    world.wait(100);
    let second = first.gone_on().await;
    let claims = part(&second.access, 1);
    assert_eq!(claims["roles"], json!(["admin", "editor"]));
    assert_eq!((&claims["auth_time"], &claims["iat"]), (&json!(1_000_000), &json!(1_000_100)));
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&[])).await.unwrap();
    assert_eq!(part(&first.gone_on().await.access, 1)["roles"], json!([]), "also for the spent token");
}

#[tokio::test]
async fn who_is_signed_in_with_a_cookie_may_have_a_token_for_another_api() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    let token = world.auth.access_token(&phone.proof().await).unwrap();
    assert_eq!(part(&token.text, 1)["sid"], json!(phone.session.to_string()));
    assert_eq!(token.expires_in.as_secs(), 300);
    let proof = world.auth.read_access(&token.text).unwrap().into();
    assert_eq!(code(world.auth.verify(&proof).await), "done");
    phone.sign_out().await.unwrap();
    assert_eq!(code(world.auth.verify(&proof).await), "signed_out");
}

#[tokio::test]
async fn a_token_for_another_api_does_not_outlive_the_one_it_was_asked_for_with() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::TokenCookies).signs_up_by_token().await;
    world.wait(200);
    let token = world.auth.access_token(&holder.verify().await.unwrap()).unwrap();
    assert_eq!(token.expires_in.as_secs(), 100, "or a stolen token could keep itself young");
}

#[tokio::test]
async fn a_refresh_token_s_secret_makes_no_session_cookie() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let bytes = URL_SAFE_NO_PAD.decode(&holder.refresh["bjr_".len()..]).unwrap();
    let (id, secret) = (&bytes[4..20], &bytes[32..64]);
    let cookie = format!("bjs_{}", URL_SAFE_NO_PAD.encode([id, secret].concat()));
    let proof = Proof::SessionToken(SessionToken::parse(&cookie).unwrap());
    assert_eq!(proof.session(), holder.session);
    assert_eq!(code(world.auth.verify(&proof).await), "signed_out", "or nobody would turn the ratchet");
    assert_eq!(code(world.auth.sign_out(&proof).await), "signed_out");
}

#[tokio::test]
async fn who_carries_tokens_refreshes_them_instead() {
    let world = World::new().await;
    let bearer = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let cookies = world.person("bob").by(Carrier::TokenCookies).signs_up_by_token().await;
    assert_eq!(code(world.auth.access_token(&bearer.verify().await.unwrap())), "other_carrier");
    assert_eq!(code(world.auth.access_token(&cookies.verify().await.unwrap())), "done");
}

#[tokio::test]
async fn a_token_is_enough_to_sign_out_with_also_again() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let proof = world.auth.read_access(&holder.access).unwrap().into();
    for _ in 0..2 {
        assert_eq!(code(world.auth.sign_out(&proof).await), "done");
    }
    assert_eq!(code(holder.refresh().await), "signed_out");
}

#[tokio::test]
async fn a_refresh_token_proves_its_session_at_any_age_but_no_other() {
    let world = World::new().await;
    let first = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    let bob = world.person("bob").by(Carrier::Bearer).signs_up_by_token().await;
    let third = first.gone_on().await.gone_on().await;
    for holder in [&first, &third] {
        let proof = world.auth.verify(&Proof::Refresh(holder.genuine())).await.unwrap();
        assert_eq!(proof.account().identifier.as_str(), "alice");
    }
    first.sign_out().await.unwrap();
    assert!(!third.is_signed_in().await && bob.is_signed_in().await);
}

#[tokio::test]
async fn invariant_10_tokens_are_in_no_debug_and_in_no_record() {
    let world = World::new().await;
    let given = world.person("alice").by(Carrier::Bearer).sign_up().await.unwrap();
    let holder = Holder::of(&world, &given);
    let proof = world.auth.read_access(&holder.access).unwrap();
    let records = world.records().await;
    let shown = format!("{given:?} {proof:?} {:?} {:?} {records:?}", holder.genuine(), world.events());
    for secret in [&holder.access, &holder.refresh] {
        let tail = &secret[secret.len() - 40..];
        assert!(!shown.contains(&secret[..40]) && !shown.contains(tail));
    }
}

#[tokio::test]
async fn a_spared_session_goes_on_with_the_tokens_it_had_and_with_new_ones() {
    let world = World::new().await;
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    world.auth.end_other_sessions(&holder.verify().await.unwrap()).await.unwrap();
    let next = holder.gone_on().await;
    assert_eq!(part(&holder.access, 1)["epoch"], json!(1));
    assert_eq!(part(&next.access, 1)["epoch"], json!(2));
    let other = world.person("alice").by(Carrier::Bearer).signs_in_by_token().await;
    assert_eq!(part(&other.access, 1)["epoch"], json!(2));
    for token in [&holder.access, &next.access, &other.access] {
        assert!(passes(&world, token).await);
    }
}
