//! `/sign-out`: asks once, then signs out.

use insta::assert_snapshot;

use crate::world::{SESSION, World};

#[tokio::test]
async fn a_person_signs_out_with_a_button() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let copy = alice.clone();
    assert_snapshot!(alice.fill_in("/sign-out", &[]).await, @r"
    303 See Other
    content-length: 0
    location: /?notice=signed_out
    set-cookie: __Host-bitjang=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    ");
    assert_eq!(alice.cookie(SESSION), None);
    assert!(!copy.is_signed_in().await);
    alice.open("/?notice=signed_out").await.expect(200).expect_to_say("role=\"status\"");
}

#[tokio::test]
async fn a_link_signs_nobody_out() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    alice.open("/sign-out").await.expect(200).expect_to_say("action=\"/sign-out\"");
    let ask = alice.ask("GET /sign-out").by_a_person().set("sec-fetch-site", "cross-site");
    ask.send().await.expect(200);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_twice_is_fine() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let mut second_tab = alice.clone();
    alice.fill_in("/sign-out", &[]).await.expect_redirect("/?notice=signed_out");
    second_tab.open("/sign-out").await.expect_redirect("/");
    let token = second_tab.csrf_token().to_owned();
    let again = second_tab.submit("/sign-out", &[("csrf_token", &token)]).await;
    again.expect_redirect("/sign-in?notice=session_ended");
    assert!(!second_tab.is_signed_in().await);
}
