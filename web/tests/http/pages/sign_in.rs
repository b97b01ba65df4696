//! `/sign-in`: the form, and what becomes of it.

use insta::assert_snapshot;

use crate::world::{Answer, Browser, NEW_PASSWORD, PASSWORD, SESSION, World};

const FORM_COOKIE: &str = "__Host-bitjang-form";

const RIGHT: [(&str, &str); 2] = [("identifier", "alice"), ("password", PASSWORD)];

async fn with_alice() -> World {
    let world = World::new().await;
    world.signed_up("alice").await;
    world
}

/// Checks that the form is there again, to be tried once more, with no session.
fn check_again(answer: Answer, browser: &Browser<'_>, status: u16) -> Answer {
    let answer = answer.expect(status).expect_to_say("action=\"/sign-in\"").expect_to_say("role=\"alert\"");
    assert_eq!(answer.field("identifier").as_deref(), Some("alice"), "what was typed is kept");
    assert_eq!(answer.field("password"), None, "but never the password");
    assert_eq!(browser.cookie(SESSION), None);
    answer
}

#[tokio::test]
async fn a_person_signs_in_with_a_form() {
    let world = with_alice().await;
    let mut alice = world.browser();
    assert_snapshot!(alice.fill_in("/sign-in", &RIGHT).await, @r"
    303 See Other
    content-length: 0
    location: /account
    set-cookie: __Host-bitjang=bjs_Ig6r96iDuUI6finC44rt3eYAyZhIUk8taUDIaMzUlqC-fwtZOjOIEqb6ZMVYVg_2; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000
    ");
    assert!(alice.is_signed_in().await);
    alice.open("/account").await.expect(200).expect_to_say("alice");
}

#[tokio::test]
async fn a_wrong_password_is_told_beside_the_form() {
    let world = with_alice().await;
    let mut alice = world.browser();
    let wrong = [("identifier", "alice"), ("password", NEW_PASSWORD)];
    let answer = alice.fill_in("/sign-in", &wrong).await;
    check_again(answer, &alice, 401);
    alice.fill_in("/sign-in", &RIGHT).await.expect_redirect("/account");
}

#[tokio::test]
async fn a_form_of_another_browser_is_refused_with_a_fresh_one() {
    let world = with_alice().await;
    let (mut alice, mut mallory) = (world.browser(), world.browser());
    alice.open("/sign-in").await;
    let token = mallory.open("/sign-in").await.field("csrf_token").unwrap();
    let planted = [RIGHT.as_slice(), &[("csrf_token", &token)]].concat();
    let answer = alice.submit("/sign-in", &planted).await;
    let fresh = check_again(answer, &alice, 403).field("csrf_token").unwrap();
    assert_ne!(fresh, token);
    let fields = [RIGHT.as_slice(), &[("csrf_token", &fresh)]].concat();
    alice.submit("/sign-in", &fields).await.expect_redirect("/account");
}

#[tokio::test]
async fn a_form_without_its_cookie_or_token_is_refused() {
    let world = with_alice().await;
    let mut alice = world.browser();
    let token = alice.open("/sign-in").await.field("csrf_token").unwrap();
    let mut bare = world.browser();
    let answer = bare.submit("/sign-in", &[RIGHT.as_slice(), &[("csrf_token", &token)]].concat()).await;
    check_again(answer, &bare, 403);
    assert!(bare.cookie(FORM_COOKIE).is_some(), "the next try can work");
    let answer = alice.submit("/sign-in", &RIGHT).await;
    check_again(answer, &alice, 403);
    let cookie = format!("{FORM_COOKIE}={0}; {FORM_COOKIE}={0}", alice.cookie(FORM_COOKIE).unwrap());
    let fields = [RIGHT.as_slice(), &[("csrf_token", &token)]].concat();
    let ask = world.ask("POST /sign-in").by_a_person().form(&fields).with("cookie", cookie);
    check_again(ask.send().await, &bare, 403);
}

#[tokio::test]
async fn the_token_of_a_session_is_no_form_token() {
    let world = with_alice().await;
    let mallory = world.signed_up("mallory").await;
    let mut alice = world.browser();
    alice.open("/sign-in").await;
    let fields = [RIGHT.as_slice(), &[("csrf_token", mallory.csrf_token())]].concat();
    let answer = alice.submit("/sign-in", &fields).await;
    check_again(answer, &alice, 403);
}

#[tokio::test]
async fn another_site_cannot_send_the_form() {
    let world = with_alice().await;
    let mut alice = world.browser();
    let token = alice.open("/sign-in").await.field("csrf_token").unwrap();
    let fields = [RIGHT.as_slice(), &[("csrf_token", &token)]].concat();
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null")]
    {
        let ask = alice.ask("POST /sign-in").by_a_person().form(&fields).without("sec-fetch-site");
        let answer = ask.with(name, value).send().await.expect(403);
        assert_eq!(
            answer.cookies_set().iter().filter(|cookie| cookie.starts_with("__Host-bitjang=")).count(),
            0
        );
    }
}

#[tokio::test]
async fn whoever_is_signed_in_goes_straight_on() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    alice.open("/sign-in").await.expect_redirect("/account");
    alice.open("/sign-in?return_to=/a%3Fb%3Dc").await.expect_redirect("/a?b=c");
    alice.open("/sign-in?return_to=//evil.example").await.expect_redirect("/account");
}

#[tokio::test]
async fn a_person_returns_to_where_they_came_from_on_this_site_only() {
    let world = with_alice().await;
    for (return_to, expected) in RETURN_TO {
        let mut alice = world.browser();
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
        let kept = alice.open(&format!("/sign-in?{query}")).await.field("return_to");
        assert_eq!(kept.is_some(), expected == return_to, "{return_to}");
        // Whatever the page kept, the form may say something else.
        let fields = [RIGHT.as_slice(), &[("return_to", return_to)]].concat();
        alice.fill_in("/sign-in", &fields).await.expect_redirect(expected);
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_are_told_beside_the_form() {
    let world = with_alice().await;
    let mut alice = world.browser();
    let wrong = [("identifier", "alice"), ("password", NEW_PASSWORD)];
    for _ in 0..10 {
        alice.fill_in("/sign-in", &wrong).await.expect(401);
    }
    let answer = alice.fill_in("/sign-in", &RIGHT).await;
    let answer = check_again(answer, &alice, 429);
    assert_eq!(answer.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn trouble_of_ours_is_told_beside_the_form() {
    let world = with_alice().await;
    let mut alice = world.browser();
    let token = alice.open("/sign-in").await.field("csrf_token").unwrap();
    let fields = [RIGHT.as_slice(), &[("csrf_token", &token)]].concat();
    world.break_store();
    let answer = alice.submit("/sign-in", &fields).await;
    check_again(answer, &alice, 503);
    world.mend_store();
    world.keep_hasher_busy();
    let answer = alice.submit("/sign-in", &fields).await;
    check_again(answer, &alice, 503);
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let world = with_alice().await;
    let ask = |content_type| {
        world.ask("POST /sign-in").typed(content_type, "identifier=alice&password=x&csrf_token=y")
    };
    for content_type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        ask(content_type).send().await.expect_problem(415, "unsupported_media_type");
    }
    let form = |bytes: &[u8]| world.ask("POST /sign-in").typed("application/x-www-form-urlencoded", bytes);
    form(b"identifier=a&identifier=b").send().await.expect_problem(400, "bad_request");
    form(&vec![b'x'; 65 * 1_024]).send().await.expect_problem(413, "too_large");
    form(b"").send().await.expect(403);
    form(b"identifier=%FF%FE&password=x").send().await.expect_problem(400, "bad_request");
}

const RETURN_TO: [(&str, &str); 14] = [
    ("/", "/"),
    ("/posts?page=2", "/posts?page=2"),
    ("/a//b", "/a//b"),
    ("", "/account"),
    ("account", "/account"),
    ("//evil.example", "/account"),
    ("///evil.example", "/account"),
    ("/\\evil.example", "/account"),
    ("\\\\evil.example", "/account"),
    ("/\t/evil.example", "/account"),
    ("https://evil.example", "/account"),
    ("https:evil.example", "/account"),
    ("javascript:alert(1)", "/account"),
    ("/\r\nSet-Cookie: a=b", "/account"),
];
