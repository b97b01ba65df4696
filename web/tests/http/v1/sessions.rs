//! `/v1/sessions`: where the account is signed in, and ending that from here.

use insta::assert_snapshot;

use crate::world::{PASSWORD, Plan, SESSION, World};

#[tokio::test]
async fn an_account_sees_where_it_is_signed_in() {
    let world = World::new().await;
    let mut laptop = world.browser().on("Laptop", "2001:db8::7");
    laptop.sign_up("alice").await.expect(201);
    world.signed_up("mallory").await;
    world.wait(60);
    let mut phone = world.browser().on("Phone", "203.0.113.9");
    phone.sign_in("alice", PASSWORD).await.expect(201);
    assert_snapshot!(phone.call("GET /v1/sessions").await, @r#"
    200 OK
    content-length: 460
    content-type: application/json

    {
      "sessions": [
        {
          "carrier": "cookie",
          "created_at": "2026-11-23T07:01:00Z",
          "current": true,
          "device": {
            "address": "203.0.113.9",
            "agent": "Phone"
          },
          "expires_at": "2026-12-07T07:01:00Z",
          "id": "OfLIMTNhJ2ZTcNpRfzVJUQ",
          "seen_at": "2026-11-23T07:01:00Z"
        },
        {
          "carrier": "cookie",
          "created_at": "2026-11-23T07:00:00Z",
          "current": false,
          "device": {
            "address": "2001:db8::7",
            "agent": "Laptop"
          },
          "expires_at": "2026-12-07T07:00:00Z",
          "id": "D7hEcv_isVkcaSydJdlNjA",
          "seen_at": "2026-11-23T07:00:00Z"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn one_session_ends_another() {
    let world = World::new().await;
    let (laptop, mut phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let line = format!("DELETE /v1/sessions/{}", laptop.session().await);
    assert_snapshot!(phone.call(&line).await, @r"
    204 No Content
    content-length: 0
    ");
    assert!(!laptop.is_signed_in().await);
    assert!(phone.is_signed_in().await);
    phone.call(&line).await.expect(204);
}

#[tokio::test]
async fn ending_the_session_that_asks_takes_its_cookie_away() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let copy = alice.clone();
    assert_snapshot!(alice.call(&format!("DELETE /v1/sessions/{}", copy.session().await)).await, @r"
    204 No Content
    content-length: 0
    set-cookie: __Host-bitjang=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    ");
    assert_eq!(alice.cookie(SESSION), None);
    assert!(!copy.is_signed_in().await);
}

#[tokio::test]
async fn one_session_ends_all_others() {
    let world = World::new().await;
    let (laptop, tablet) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let (mut phone, bob) = (world.signed_in("alice").await, world.signed_up("bob").await);
    assert_snapshot!(phone.call("DELETE /v1/sessions").await, @r"
    204 No Content
    content-length: 0
    ");
    assert!(!laptop.is_signed_in().await && !tablet.is_signed_in().await);
    assert!(phone.is_signed_in().await && bob.is_signed_in().await);
    assert_eq!(phone.call("GET /v1/sessions").await.json()["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_of_somebody_else_looks_like_none() {
    let world = World::new().await;
    let (alice, mut mallory) = (world.signed_up("alice").await, world.signed_up("mallory").await);
    let missing = mallory.call("DELETE /v1/sessions/AAAAAAAAAAAAAAAAAAAAAA").await.to_string();
    assert_snapshot!(missing, @r#"
    404 Not Found
    content-length: 98
    content-type: application/problem+json

    {
      "code": "not_found",
      "status": 404,
      "title": "Nothing is here",
      "type": "urn:bitjang:problem:not_found"
    }
    "#);
    let foreign = mallory.call(&format!("DELETE /v1/sessions/{}", alice.session().await)).await.to_string();
    assert_eq!(foreign, missing);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn what_is_no_session_id_is_not_found() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let id = alice.session().await;
    let (longer, lower) = (format!("{id}A"), id.to_lowercase());
    let odd = ["x", "%00", "..%2F..", "%FF", "*", "1%20OR%201=1", "%ED%95%9C", &longer, &lower];
    for id in odd {
        alice.call(&format!("DELETE /v1/sessions/{id}")).await.expect_problem(404, "not_found");
    }
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn an_ended_session_ends_nothing() {
    let world = World::new().await;
    let (laptop, mut phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let ended = phone.clone();
    let line = format!("DELETE /v1/sessions/{}", laptop.session().await);
    phone.call("DELETE /v1/session").await.expect(204);
    ended.ask(&line).send().await.expect_problem(401, "signed_out");
    ended.ask("DELETE /v1/sessions").send().await.expect_problem(401, "signed_out");
    assert!(laptop.is_signed_in().await);
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_about_addresses() {
    let plan = Plan { trusted_proxies: &["10.0.0.0/8", "fd00::/8"], ..Plan::default() };
    let world = World::of(plan).await;
    let alice = world.signed_up("alice").await;
    for (peer, forwarded, expected) in [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
    ] {
        let body = serde_json::json!({"identifier": "alice", "password": PASSWORD});
        let ask = alice.ask("POST /v1/session").json(body).from(peer);
        let answer = ask.with("x-forwarded-for", forwarded).send().await.expect(201);
        assert_eq!(answer.json()["session"]["device"]["address"], expected, "{peer} {forwarded}");
    }
}

#[tokio::test]
async fn nobody_is_believed_about_addresses_unless_told_so() {
    let world = World::new().await;
    let body = serde_json::json!({"identifier": "alice", "password": PASSWORD});
    let ask = world.ask("POST /v1/accounts").json(body).from("127.0.0.1");
    let ask =
        ask.with("x-forwarded-for", "6.6.6.6").with("forwarded", "for=6.6.6.6").with("x-real-ip", "6.6.6.6");
    assert_eq!(ask.send().await.json()["session"]["device"]["address"], "127.0.0.1");
}

#[tokio::test]
async fn what_a_browser_calls_itself_is_kept_short_and_legible() {
    let world = World::new().await;
    let body = serde_json::json!({"identifier": "alice", "password": PASSWORD});
    let agent = [b"<b>\t\xff".as_slice(), &[b'x'; 5_000]].concat();
    let answer = world.ask("POST /v1/accounts").json(body).with("user-agent", agent).send().await.expect(201);
    let json = answer.json();
    let kept = json["session"]["device"]["agent"].as_str().unwrap();
    assert!(kept.starts_with("<b>\u{fffd}x") && kept.len() <= 256, "{kept}");
}
