//! `/v1/session/refresh`: the next tokens, by cookie and by body.

use bitjang_core::Identifier;
use bitjang_core::Operator;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{ACCESS, NEW_PASSWORD, PASSWORD, Program, REFRESH, World};

/// A world in which alice has signed up.
async fn with_alice() -> World {
    let world = World::new().await;
    world.signed_up("alice").await;
    world
}

#[tokio::test]
async fn a_browser_is_handed_the_next_cookies() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    let before = alice.clone();
    world.wait(300);
    assert_snapshot!(alice.refresh().await.masked(), @r#"
    200 OK
    content-length: 439
    content-type: application/json
    set-cookie: __Host-bitjang-access=(access token); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300
    set-cookie: __Host-bitjang-refresh=(refresh token); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2591700
    set-cookie: __Host-bitjang-refresh-KCfVhcRF694=(refresh token); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=86400

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "csrf_token": "ieRHkjwBzMn8I7xnxO8hqrseKoKgRoF3ZLpL1F8MUz0",
      "expires_in": 300,
      "session": {
        "carrier": "token_cookies",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": "Firefox"
        },
        "expires_at": "2026-12-07T07:05:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:05:00Z"
      }
    }
    "#);
    assert_ne!(alice.cookie(ACCESS), before.cookie(ACCESS));
    assert_ne!(alice.cookie(REFRESH), before.cookie(REFRESH));
    assert!(alice.is_signed_in().await);
    alice.refresh().await.expect(200);
}

#[tokio::test]
async fn a_program_is_handed_the_next_tokens() {
    let world = with_alice().await;
    let mut program = world.program("alice").await;
    let before = program.clone();
    world.wait(300);
    assert_snapshot!(program.refresh().await.masked(), @r#"
    200 OK
    content-length: 1135
    content-type: application/json

    {
      "access_token": "(access token)",
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "expires_in": 300,
      "refresh_token": "(refresh token)",
      "session": {
        "carrier": "bearer",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": null
        },
        "expires_at": "2026-12-07T07:05:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:05:00Z"
      },
      "token_type": "Bearer"
    }
    "#);
    assert_ne!(program.access_token, before.access_token);
    assert_ne!(program.refresh_token, before.refresh_token);
    assert!(program.is_signed_in().await);
    program.refresh().await.expect(200);
}

#[tokio::test]
async fn after_a_lost_answer_the_same_token_is_good_again_however_late() {
    let world = with_alice().await;
    let (mut alice, mut program) = (world.with_token_cookies("alice").await, world.program("alice").await);
    for pause in [0, 1, 60, 36_000, 86_400] {
        for _ in 0..3 {
            alice.ask("POST /v1/session/refresh").send().await.expect(200);
            program.refresh_in_vain().await.expect(200);
            world.wait(pause);
        }
        alice.refresh().await.expect(200);
        program.refresh().await.expect(200);
        assert!(alice.is_signed_in().await && program.is_signed_in().await, "{pause}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_takes_nothing_away() {
    let world = with_alice().await;
    for late_before_the_next in [false, true] {
        let mut alice = world.with_token_cookies("alice").await;
        let ask = || alice.ask("POST /v1/session/refresh").send();
        let (first, late) = (ask().await, ask().await);
        alice.receive(&first);
        let next = alice.ask("POST /v1/session/refresh").send().await.expect(200);
        let answers = if late_before_the_next { [late, next] } else { [next, late] };
        for answer in &answers {
            alice.receive(answer);
        }
        for _ in 0..3 {
            alice.refresh().await.expect(200);
            assert_eq!(alice.spares(), 1, "what has been shown is taken away");
        }
    }
}

#[tokio::test]
async fn a_page_that_refreshes_while_answers_still_come_stays_signed_in() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    let mut coming = Vec::new();
    for turn in 0..12 {
        for _tab in 0..2 {
            coming.push(alice.ask("POST /v1/session/refresh").send().await.expect(200));
        }
        // Of the answers on their way, now the oldest arrives, now the newest.
        let arrived = coming.remove(if turn % 2 == 0 { 0 } else { coming.len() - 1 });
        alice.receive(&arrived);
    }
    for late in &coming {
        alice.receive(late);
    }
    alice.refresh().await.expect(200);
}

#[tokio::test]
async fn a_thief_of_a_whole_jar_is_stopped() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    let answers = [
        alice.ask("POST /v1/session/refresh").send().await,
        alice.ask("POST /v1/session/refresh").send().await,
    ];
    for answer in &answers {
        alice.receive(answer);
    }
    assert_eq!(alice.spares(), 2);
    let mut thief = alice.clone();
    alice.refresh().await.expect(200);
    thief.refresh().await.expect(200);
    alice.refresh().await.expect(200);
    thief.refresh().await.expect_problem(401, "token_reuse");
    alice.refresh().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn spare_tokens_of_another_session_do_not_count() {
    let world = with_alice().await;
    let mut old = world.with_token_cookies("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let thief = alice.clone();
    let brought = old.refresh().await.expect(200);
    for _ in 0..2 {
        alice.refresh().await.expect(200);
    }
    let mut confused = thief.clone();
    confused.receive(&brought);
    let stolen = thief.cookie(REFRESH).unwrap().to_owned();
    confused.hold(REFRESH, &stolen);
    confused.refresh().await.expect_problem(401, "token_reuse");
    assert!(old.is_signed_in().await && !alice.is_signed_in().await);
}

#[tokio::test]
async fn signing_in_and_signing_out_take_spare_tokens_away() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    alice.refresh().await.expect(200);
    let mut other = alice.clone();
    alice.call("DELETE /v1/session").await.expect(204);
    assert!(alice.spares() == 0 && alice.cookie(REFRESH).is_none());
    other.sign_in_by("cookie", "alice").await.expect(201);
    assert!(other.spares() == 0 && other.cookie(REFRESH).is_none());
}

#[tokio::test]
async fn a_browser_refreshes_with_the_refresh_cookie_alone() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    alice.lose(ACCESS);
    alice
        .ask("POST /v1/session/refresh")
        .without("x-csrf-token")
        .send()
        .await
        .expect_problem(403, "csrf_token");
    alice.refresh().await.expect(200);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn a_fork_ends_the_session() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    let mut thief = alice.clone();
    alice.refresh().await.expect(200);
    thief.refresh().await.expect(200);
    alice.refresh().await.expect(200);
    assert_snapshot!(thief.refresh().await, @r#"
    401 Unauthorized
    content-length: 145
    content-type: application/problem+json
    www-authenticate: Bearer realm="Bitjang"

    {
      "code": "token_reuse",
      "status": 401,
      "title": "The refresh token was used twice, so the session has ended",
      "type": "urn:bitjang:problem:token_reuse"
    }
    "#);
    assert!(!alice.is_signed_in().await && !thief.is_signed_in().await);
    alice.refresh().await.expect_problem(401, "signed_out");
}

/// Invariant 11: the browser has signed in again by the time at which it is told that the session of before is over.
#[tokio::test]
async fn a_late_answer_that_a_session_is_over_signs_nobody_out_who_has_signed_in_since() {
    let world = with_alice().await;
    let mut alice = world.with_token_cookies("alice").await;
    let mut thief = alice.clone();
    alice.refresh().await.expect(200);
    thief.refresh().await.expect(200);
    thief.refresh().await.expect(200);
    for code in ["token_reuse", "signed_out"] {
        let late = alice.ask("POST /v1/session/refresh").send().await.expect_problem(401, code);
        let mut anew = alice.clone();
        anew.sign_in_by("token_cookies", "alice").await.expect(201);
        anew.receive(&late);
        assert!(anew.is_signed_in().await, "after {code}");
        anew.refresh().await.expect(200);
    }
}

#[tokio::test]
async fn a_reuse_ends_the_session() {
    let world = with_alice().await;
    let mut owner = world.program("alice").await;
    let thief = owner.clone();
    for _ in 0..2 {
        owner.refresh().await.expect(200);
    }
    thief.refresh_in_vain().await.expect_problem(401, "token_reuse");
    assert!(!owner.is_signed_in().await);
    owner.refresh().await.expect_problem(401, "signed_out");
    thief.refresh_in_vain().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_stolen_token_ends_one_session_and_no_other() {
    let world = with_alice().await;
    let (mut owner, other) = (world.program("alice").await, world.program("alice").await);
    let thief = owner.clone();
    owner.refresh().await.expect(200);
    owner.refresh().await.expect(200);
    thief.refresh_in_vain().await.expect_problem(401, "token_reuse");
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn after_its_session_ended_no_token_is_good() {
    let world = with_alice().await;
    let alice = Identifier::new("alice").unwrap();
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let mut laptop = world.signed_in("alice").await;
    let mut signed_out = world.program("alice").await;
    signed_out.call("DELETE /v1/session").await.expect(204);
    let mut ended = world.program("alice").await;
    laptop.call("DELETE /v1/sessions").await.expect(204);
    let mut old_password = world.program("alice").await;
    laptop.call_with("PUT /v1/account/password", change).await.expect(204);
    let body = json!({"identifier": "alice", "password": NEW_PASSWORD, "carrier": "bearer"});
    let answer = world.ask("POST /v1/session").json(body).send().await.expect(201);
    let mut disabled = old_password.clone();
    disabled.keep(&answer);
    world.auth.disable(Operator::at_the_console(), &alice).await.unwrap();
    world.auth.enable(Operator::at_the_console(), &alice).await.unwrap();
    for program in [&mut signed_out, &mut ended, &mut old_password, &mut disabled] {
        program.refresh().await.expect_problem(401, "signed_out");
    }
}

#[tokio::test]
async fn a_session_that_nobody_refreshes_ends() {
    let world = with_alice().await;
    let (mut used, mut forgotten) = (world.program("alice").await, world.program("alice").await);
    world.wait(1_209_599);
    used.refresh().await.expect(200);
    world.wait(1);
    forgotten.refresh().await.expect_problem(401, "signed_out");
    used.refresh().await.expect(200);
}

#[tokio::test]
async fn no_access_token_outlives_its_session() {
    let world = with_alice().await;
    let mut program = world.program("alice").await;
    for pause in [1_209_500, 1_209_500, 172_900] {
        world.wait(pause);
        program.refresh().await.expect(200);
    }
    assert_eq!(program.refresh().await.json()["expires_in"], 100);
    world.wait(100);
    assert!(!program.is_signed_in().await);
    program.refresh().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_token_is_good_only_as_it_was_handed_out() {
    let world = with_alice().await;
    let (mut alice, mut program) = (world.with_token_cookies("alice").await, world.program("alice").await);
    let in_body = json!({"refresh_token": alice.cookie(REFRESH).unwrap()});
    let refresh = || world.ask("POST /v1/session/refresh");
    refresh().json(in_body.clone()).send().await.expect_problem(401, "signed_out");
    alice.ask("POST /v1/session/refresh").json(in_body).send().await.expect_problem(401, "signed_out");
    // Programs are given no CSRF token, so this one is made here.
    let session =
        program.call("GET /v1/session").await.json()["session"]["id"].as_str().unwrap().parse().unwrap();
    let csrf_token = world.auth.csrf_key().token(session).reveal().to_owned();
    let in_cookie = refresh().with("cookie", format!("{REFRESH}={}", program.refresh_token));
    let in_cookie = in_cookie.with("sec-fetch-site", "same-origin");
    in_cookie.clone().send().await.expect_problem(403, "csrf_token");
    in_cookie.with("x-csrf-token", csrf_token).send().await.expect_problem(401, "signed_out");
    let bearer = refresh().with("authorization", format!("Bearer {}", program.refresh_token));
    bearer.send().await.expect_problem(401, "signed_out");
    alice.refresh().await.expect(200);
    program.refresh().await.expect(200);
}

#[tokio::test]
async fn beside_a_bearer_token_the_refresh_cookie_does_not_count() {
    let world = with_alice().await;
    let (mut alice, program) = (world.with_token_cookies("alice").await, world.program("alice").await);
    for token in ["x", &program.access_token] {
        let ask = alice.ask("POST /v1/session/refresh").with("authorization", format!("Bearer {token}"));
        ask.send().await.expect_problem(401, "signed_out");
    }
    alice.refresh().await.expect(200);
}

#[tokio::test]
async fn a_token_that_nobody_minted_is_refused_and_ends_nothing() {
    let world = with_alice().await;
    let mut program = world.program("alice").await;
    let genuine = program.refresh_token.clone();
    for forged in forged(&program) {
        let body = json!({"refresh_token": forged});
        world.ask("POST /v1/session/refresh").json(body).send().await.expect_problem(401, "signed_out");
    }
    assert!(program.is_signed_in().await);
    program.refresh_token = genuine;
    program.refresh().await.expect(200);
}

#[tokio::test]
async fn a_token_that_nobody_minted_is_refused_without_the_store() {
    let world = with_alice().await;
    let program = world.program("alice").await;
    world.break_store();
    for forged in forged(&program) {
        let body = json!({"refresh_token": forged});
        world.ask("POST /v1/session/refresh").json(body).send().await.expect_problem(401, "signed_out");
    }
}

/// A program's refresh token with each of its characters changed once, and what is none at all.
fn forged(program: &Program<'_>) -> Vec<String> {
    let genuine = &program.refresh_token;
    let other = |c: char| if c == 'A' { 'B' } else { 'A' };
    let changed = genuine.char_indices().map(|(at, c)| {
        let mut forged = genuine.clone();
        forged.replace_range(at..=at, &other(c).to_string());
        forged
    });
    let none = ["", "bjr_", "null", "\u{0}", &"A".repeat(60_000), &genuine[..131], &genuine.to_uppercase()];
    let longer = ["A", "=", " ", "\n"].map(|end| format!("{genuine}{end}"));
    let elsewhere =
        [program.access_token.clone(), genuine.replace("bjr_", "bjs_"), genuine.replace("bjr_", "")];
    changed.chain(none.map(str::to_owned)).chain(longer).chain(elsewhere).collect()
}

#[tokio::test]
async fn a_body_that_says_more_or_less_is_refused() {
    let world = with_alice().await;
    let mut program = world.program("alice").await;
    let token = program.refresh_token.clone();
    for body in [
        json!({}),
        json!([token]),
        json!({"refresh_token": [token]}),
        json!({"refresh_token": null}),
        json!({"refresh_token": token, "scope": "admin"}),
        json!({"refresh_token": token, "carrier": "cookie"}),
        json!({"refresh_token": token, "roles": ["admin"]}),
    ] {
        world.ask("POST /v1/session/refresh").json(body).send().await.expect_problem(400, "bad_request");
    }
    world.ask("POST /v1/session/refresh").send().await.expect_problem(401, "signed_out");
    let query = format!("POST /v1/session/refresh?refresh_token={token}");
    world.ask(&query).send().await.expect_problem(401, "signed_out");
    let form = world.ask("POST /v1/session/refresh").form(&[("refresh_token", &token)]);
    form.send().await.expect_problem(403, "csrf_token");
    program.refresh().await.expect(200);
}
