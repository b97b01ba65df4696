//! What a stolen token cannot be turned into.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::world::{ACCESS, SESSION, World};

#[tokio::test]
async fn a_stolen_refresh_token_cannot_be_made_into_a_session_cookie() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let (program, alice) = (world.program("alice").await, world.with_token_cookies("alice").await);
    for refresh_token in [&*program.refresh_token, alice.cookie("__Host-bitjang-refresh").unwrap()] {
        // Key id, 4 bytes; session id, 16; generation, 4; branch, 8; secret, 32; tag.
        let bytes = URL_SAFE_NO_PAD.decode(&refresh_token[4..]).unwrap();
        let token = format!("bjs_{}", URL_SAFE_NO_PAD.encode([&bytes[4..20], &bytes[32..64]].concat()));
        let ask = world.ask("GET /v1/session").with("cookie", format!("{SESSION}={token}"));
        ask.send().await.expect_problem(401, "signed_out");
    }
}

#[tokio::test]
async fn an_access_token_does_not_prolong_itself() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut page = world.signed_up("carol").await;
    let alice = world.with_token_cookies("alice").await;
    let handed = page.call("POST /v1/session/token").await.expect(200).json();
    let bearer = format!("Bearer {}", handed["access_token"].as_str().unwrap());
    let by_cookie = format!("{ACCESS}={}", alice.cookie(ACCESS).unwrap());
    let stolen = [
        world.ask("POST /v1/session/token").with("authorization", bearer),
        alice.ask("POST /v1/session/token").set("cookie", by_cookie),
    ];
    world.wait(299);
    for ask in stolen {
        let answer = ask.send().await;
        let lives_on = answer.status == 200 && answer.json()["expires_in"].as_u64().unwrap() > 1;
        assert!(!lives_on, "{answer}");
    }
}
