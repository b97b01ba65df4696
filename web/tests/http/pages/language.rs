//! Which language a person is shown.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn a_person_is_shown_the_language_of_their_browser() {
    let world = World::new().await;
    for (preferred, language) in [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-GB", "en"),
        ("de, fr", "en"),
        ("ko;q=0", "en"),
        ("\u{e9}", "en"),
    ] {
        let answer = world.ask("GET /").by_a_person().with("accept-language", preferred).send().await;
        answer.expect(200).expect_to_say(&format!("<html lang=\"{language}\">"));
    }
}

#[tokio::test]
async fn a_language_that_was_asked_for_is_remembered() {
    let world = World::new().await;
    let mut person = world.browser();
    let answer = person.open("/?lang=ko").await.expect_to_say("<html lang=\"ko\">");
    assert_snapshot!(answer.cookies_set().join("\n"), @"__Host-bitjang-language=ko; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000");
    person.open("/").await.expect_to_say("<html lang=\"ko\">");
    person.open("/nothing").await.expect(404).expect_to_say("<html lang=\"ko\">");
    person.open("/sign-in").await.expect_to_say("로그인");
    person.open("/?lang=en").await.expect_to_say("<html lang=\"en\">");
    person.open("/").await.expect_to_say("<html lang=\"en\">");
}

#[tokio::test]
async fn a_language_that_we_do_not_speak_is_passed_over() {
    let world = World::new().await;
    for odd in ["/?lang=xx", "/?lang=", "/?lang=%22%3E", "/?lang=ko&lang=en", "/?lang=ko%0d%0aSet-Cookie:a=b"]
    {
        let answer = world.browser().open(odd).await.expect(200);
        assert!(
            answer.cookies_set().iter().all(|cookie| cookie.starts_with("__Host-bitjang-language=ko;")),
            "{odd}"
        );
    }
    let ask = world.ask("GET /").by_a_person().with("cookie", "__Host-bitjang-language=xx");
    ask.send().await.expect(200).expect_to_say("<html lang=\"en\">");
}
