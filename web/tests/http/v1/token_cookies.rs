//! Carrier `token_cookies`: a short access token and a long refresh token, each in a cookie that no script can read.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{ACCESS, Browser, PASSWORD, REFRESH, SESSION, World};

#[tokio::test]
async fn signing_in_sets_two_cookies_and_tells_no_token() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let answer = world.browser().sign_in_by("token_cookies", "alice").await;
    assert_snapshot!(answer.masked(), @r#"
    201 Created
    content-length: 439
    content-type: application/json
    set-cookie: __Host-bitjang-access=(access token); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300
    set-cookie: __Host-bitjang-refresh=(refresh token); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000

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
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
}

#[tokio::test]
async fn signing_up_does_the_same() {
    let world = World::new().await;
    let body = json!({"identifier": "alice", "password": PASSWORD, "carrier": "token_cookies"});
    let answer = world.browser().call_with("POST /v1/accounts", body).await;
    assert_snapshot!(answer.masked(), @r#"
    201 Created
    content-length: 439
    content-type: application/json
    set-cookie: __Host-bitjang-access=(access token); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300
    set-cookie: __Host-bitjang-refresh=(refresh token); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "csrf_token": "lBEcOHYPaJfJItayNtqgyPlrYMN1nssvPOzQepRkJYc",
      "expires_in": 300,
      "session": {
        "carrier": "token_cookies",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": "Firefox"
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "D7hEcv_isVkcaSydJdlNjA",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
}

#[tokio::test]
async fn signing_in_by_another_carrier_takes_the_stale_cookies_away() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let answer = alice.sign_in_by("token_cookies", "alice").await.expect(201);
    assert_eq!(names(&answer.cookies_set()), ["access=(set)", "refresh=(set)", "=(cleared)"]);
    assert!(alice.is_signed_in().await && alice.cookie(SESSION).is_none());
    let answer = alice.sign_in_by("cookie", "alice").await.expect(201);
    assert_eq!(names(&answer.cookies_set()), ["=(set)", "access=(cleared)", "refresh=(cleared)"]);
    assert!(alice.is_signed_in().await && alice.cookie(ACCESS).is_none() && alice.cookie(REFRESH).is_none());
    let answer = alice.sign_in_by("bearer", "alice").await.expect(201);
    assert_eq!(names(&answer.cookies_set()), [""; 0], "a program's tokens are beside any cookie");
}

/// What becomes of which cookie.
fn names(cookies: &[&str]) -> Vec<String> {
    let brief = |cookie: &&str| {
        let (name, rest) = cookie.split_once('=').unwrap();
        let name = name.strip_prefix(SESSION).unwrap().trim_start_matches('-');
        format!("{name}={}", if rest.starts_with(';') { "(cleared)" } else { "(set)" })
    };
    cookies.iter().map(brief).collect()
}

#[tokio::test]
async fn the_access_cookie_says_who_it_is() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let answer = alice.call("GET /v1/session").await;
    assert_snapshot!(answer.masked(), @r#"
    200 OK
    content-length: 422
    content-type: application/json

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "csrf_token": "ieRHkjwBzMn8I7xnxO8hqrseKoKgRoF3ZLpL1F8MUz0",
      "session": {
        "carrier": "token_cookies",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": "Firefox"
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
    for path in ["/v1/account", "/v1/sessions", "/v1/csrf"] {
        alice.call(&format!("GET {path}")).await.expect(200);
    }
}

#[tokio::test]
async fn the_refresh_cookie_alone_says_who_it_is_to_nobody_but_csrf() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    alice.lose(ACCESS);
    for path in ["/v1/session", "/v1/account", "/v1/sessions"] {
        alice.call(&format!("GET {path}")).await.expect_problem(401, "signed_out");
    }
    for line in ["POST /v1/session/token", "DELETE /v1/sessions"] {
        alice.call(line).await.expect_problem(401, "signed_out");
    }
    let told = alice.ask("GET /v1/csrf").without("x-csrf-token").send().await.expect(200);
    assert_eq!(told.json()["csrf_token"], alice.csrf_token());
}

#[tokio::test]
async fn a_page_is_given_its_csrf_token_also_with_an_access_cookie_that_expired() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let alice = world.with_token_cookies("alice").await;
    world.wait(300);
    assert!(!alice.is_signed_in().await, "the browser still holds the cookie, the server does not take it");
    let told = alice.ask("GET /v1/csrf").without("x-csrf-token").send().await.expect(200);
    assert_eq!(told.json()["csrf_token"], alice.csrf_token());
}

#[tokio::test]
async fn signing_out_clears_both_cookies_and_ends_every_copy() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let copy = alice.clone();
    assert_snapshot!(alice.call("DELETE /v1/session").await, @r"
    204 No Content
    content-length: 0
    set-cookie: __Host-bitjang-access=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    set-cookie: __Host-bitjang-refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0
    ");
    assert!(alice.cookie(ACCESS).is_none() && alice.cookie(REFRESH).is_none());
    expect_ended(copy).await;
}

#[tokio::test]
async fn signing_out_needs_the_refresh_cookie_alone() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let copy = alice.clone();
    alice.lose(ACCESS);
    let answer = alice.call("DELETE /v1/session").await.expect(204);
    assert_eq!(names(&answer.cookies_set()), ["refresh=(cleared)"]);
    expect_ended(copy).await;
}

#[tokio::test]
async fn signing_out_is_done_with_an_access_cookie_that_expired() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let copy = alice.clone();
    world.wait(300);
    let answer = alice.call("DELETE /v1/session").await.expect(204);
    assert_eq!(names(&answer.cookies_set()), ["access=(cleared)", "refresh=(cleared)"]);
    copy.ask("GET /v1/csrf").send().await.expect_problem(401, "signed_out");
}

async fn expect_ended(mut copy: Browser<'_>) {
    assert!(!copy.is_signed_in().await);
    copy.refresh().await.expect_problem(401, "signed_out");
    copy.call("GET /v1/csrf").await.expect_problem(401, "signed_out");
    copy.call("DELETE /v1/session").await.expect(204);
    assert!(!copy.is_signed_in().await, "asking again brings nothing back");
}

#[tokio::test]
async fn two_cookies_of_either_name_sign_nobody_in() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let alice = world.with_token_cookies("alice").await;
    for name in [SESSION, ACCESS, REFRESH] {
        let own = alice.cookie(name).unwrap_or("x");
        for (one, two) in [(own, own), ("x", own), (own, ""), ("", "")] {
            let tossed = format!("{name}={one}; {name}={two}");
            for line in ["GET /v1/session", "GET /v1/csrf", "POST /v1/session/refresh"] {
                let jar = format!(
                    "{ACCESS}={}; {REFRESH}={}",
                    alice.cookie(ACCESS).unwrap(),
                    alice.cookie(REFRESH).unwrap()
                );
                let ask = alice.ask(line).set("cookie", jar).with("cookie", &tossed);
                ask.send().await.expect_problem(401, "signed_out");
            }
        }
    }
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn the_session_cookie_goes_before_the_others() {
    let world = World::new().await;
    let carol = world.signed_up("carol").await;
    world.signed_up("alice").await;
    let alice = world.with_token_cookies("alice").await;
    let jar = format!("{SESSION}={}", carol.cookie(SESSION).unwrap());
    let ask = |line: &str| alice.ask(line).with("cookie", &jar);
    assert_eq!(ask("GET /v1/session").send().await.json()["account"]["identifier"], "carol");
    ask("DELETE /v1/session").send().await.expect_problem(403, "csrf_token");
    let refresh = ask("POST /v1/session/refresh").set("x-csrf-token", carol.csrf_token());
    refresh.send().await.expect_problem(401, "signed_out");
    assert!(alice.is_signed_in().await && carol.is_signed_in().await);
}
