//! `/`: the front page.

use crate::world::{SESSION, World};

#[tokio::test]
async fn a_stranger_is_shown_the_way_in() {
    let world = World::new().await;
    let answer = world.browser().open("/").await.expect(200).expect_to_say("href=\"/sign-in\"");
    assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "just looking leaves no cookie");
    answer.expect_to_say("href=\"/sign-up\"");
}

#[tokio::test]
async fn whoever_is_signed_in_is_greeted() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let answer =
        alice.open("/").await.expect(200).expect_to_say("alice").expect_to_say("action=\"/sign-out\"");
    assert_eq!(answer.field("csrf_token").as_deref(), Some(alice.csrf_token()));
}

#[tokio::test]
async fn a_cookie_that_is_nobodys_is_a_stranger() {
    let world = World::new().await;
    let ask = world.ask("GET /").by_a_person().with("cookie", format!("{SESSION}=x"));
    ask.send().await.expect(200).expect_to_say("href=\"/sign-in\"");
}

#[tokio::test]
async fn only_known_notices_are_told() {
    let world = World::new().await;
    let mut stranger = world.browser();
    stranger.open("/?notice=signed_out").await.expect_to_say("role=\"status\"");
    for odd in
        ["/?notice=You+won", "/?notice=%3Cscript%3E", "/?notice=", "/?notice=a&notice=b", "/?notice=%FF"]
    {
        let answer = stranger.open(odd).await.expect(200);
        assert!(!answer.page().contains("role=\"status\"") && !answer.page().contains("won"), "{odd}");
    }
}
