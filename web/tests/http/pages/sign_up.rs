//! `/sign-up`: the form, and what becomes of it.

use bitjang_core::auth::SignUp;
use insta::assert_snapshot;

use crate::world::{PASSWORD, Plan, SESSION, World};

const ALICE: [(&str, &str); 3] = [("identifier", "alice"), ("name", "Alice"), ("password", PASSWORD)];

#[tokio::test]
async fn a_person_signs_up_with_a_form() {
    let world = World::new().await;
    let mut alice = world.browser();
    assert_snapshot!(alice.fill_in("/sign-up", &ALICE).await, @r"
    303 See Other
    content-length: 0
    location: /account?notice=signed_up
    set-cookie: __Host-bitjang=bjs_5xahaM1l3hSIpJ2ZdhCmQuFlkCofzZfdoRW2GYyaRpEMDu9ecj9SbqEuGL1wCfRj; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000
    ");
    alice
        .open("/account?notice=signed_up")
        .await
        .expect(200)
        .expect_to_say("Alice")
        .expect_to_say("role=\"status\"");
}

#[tokio::test]
async fn a_name_may_be_left_out() {
    let world = World::new().await;
    let mut alice = world.browser();
    let fields = [("identifier", "alice"), ("name", "  "), ("password", PASSWORD)];
    alice.fill_in("/sign-up?return_to=/posts", &fields).await.expect(303);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn a_new_person_returns_to_where_they_came_from() {
    let world = World::new().await;
    let fields = |return_to: &'static str| [ALICE.as_slice(), &[("return_to", return_to)]].concat();
    let mut alice = world.browser();
    alice.fill_in("/sign-up", &fields("/posts?page=2")).await.expect_redirect("/posts?page=2");
    let mut bob = fields("//evil.example");
    bob[0] = ("identifier", "bob");
    world.browser().fill_in("/sign-up", &bob).await.expect_redirect("/account?notice=signed_up");
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field() {
    let world = World::new().await;
    world.signed_up("bob").await;
    for (field, value, problem, status) in [
        ("identifier", "bob", "identifier-problem", 409),
        ("identifier", "ali ce", "identifier-problem", 422),
        ("identifier", "", "identifier-problem", 422),
        ("name", "a\u{202e}b", "name-problem", 422),
        ("password", "password", "new_password-problem", 422),
        ("password", "", "new_password-problem", 422),
    ] {
        let mut alice = world.browser();
        let fields = ALICE.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let answer = alice.fill_in("/sign-up", &fields).await.expect(status);
        let answer = answer.expect_to_say(&format!("id=\"{problem}\""));
        assert_eq!(answer.field("password"), None, "never the password");
        assert_eq!(answer.field("identifier").unwrap(), fields[0].1, "what was typed is kept");
        assert_eq!(alice.cookie(SESSION), None);
    }
}

#[tokio::test]
async fn a_form_of_another_browser_signs_nobody_up() {
    let world = World::new().await;
    let (mut alice, mut mallory) = (world.browser(), world.browser());
    alice.open("/sign-up").await;
    let token = mallory.open("/sign-up").await.field("csrf_token").unwrap();
    let planted = [ALICE.as_slice(), &[("csrf_token", &token)]].concat();
    alice.submit("/sign-up", &planted).await.expect(403).expect_to_say("role=\"alert\"");
    assert_eq!(alice.cookie(SESSION), None);
    alice.fill_in("/sign-up", &ALICE).await.expect(303);
}

#[tokio::test]
async fn a_closed_server_says_so() {
    let world = World::of(Plan { sign_up: SignUp::Closed, ..Plan::default() }).await;
    let mut stranger = world.browser();
    stranger.open("/sign-up").await.expect(403).expect_to_say("Sign-up is closed");
    assert!(!stranger.open("/").await.page().contains("/sign-up"));
    let token = stranger.open("/sign-in").await.field("csrf_token").unwrap();
    let fields = [ALICE.as_slice(), &[("csrf_token", &token)]].concat();
    stranger.submit("/sign-up", &fields).await.expect(403);
    assert_eq!(stranger.cookie(SESSION), None);
}

#[tokio::test]
async fn whoever_is_signed_in_goes_straight_on() {
    let world = World::new().await;
    world.signed_up("alice").await.open("/sign-up").await.expect_redirect("/account");
}

#[tokio::test]
async fn no_field_makes_anybody_more_than_they_are() {
    let world = World::new().await;
    let mut alice = world.browser();
    let fields = [ALICE.as_slice(), &[("roles", "admin"), ("state", "active"), ("id", "1")]].concat();
    alice.fill_in("/sign-up", &fields).await.expect(303);
    assert_eq!(alice.call("GET /v1/account").await.json()["account"]["roles"], serde_json::json!([]));
}
