//! Errors: a page for people, a problem for programs.

use url::Url;

use crate::world::World;

#[tokio::test]
async fn a_person_is_shown_a_page() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    alice
        .open("/nothing")
        .await
        .expect(404)
        .expect_to_say("There is nothing here")
        .expect_to_say("href=\"/\"");
    let answer = alice.submit("/", &[]).await.expect(405).expect_to_say("This is not how it opens");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    let huge = alice
        .ask("POST /account/password")
        .by_a_person()
        .typed("application/x-www-form-urlencoded", vec![b'x'; 70_000]);
    huge.without("x-csrf-token").send().await.expect(413).expect_to_say("too much at once");
}

#[tokio::test]
async fn a_program_is_told_a_problem() {
    let world = World::new().await;
    for accept in ["application/json", "*/*", "application/problem+json", ""] {
        let ask = world.ask("GET /nothing").with("accept", accept);
        ask.send().await.expect_problem(404, "not_found");
    }
    world.ask("GET /nothing").send().await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn the_api_tells_everybody_problems() {
    let world = World::new().await;
    world.ask("GET /v1/session").by_a_person().send().await.expect_problem(401, "signed_out");
    world.ask("GET /v1/nothing").by_a_person().send().await.expect_problem(404, "not_found");
    world.ask("POST /openapi.json").by_a_person().send().await.expect_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_page_says_when_the_store_is_down_and_signs_nobody_out() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let token = alice.csrf_token().to_owned();
    world.break_store();
    for path in ["/", "/account", "/sign-in", "/sign-up", "/sign-out"] {
        let answer = alice.open(path).await.expect(503).expect_to_say("We will be right back");
        assert_eq!((answer.header("retry-after"), answer.cookies_set()), (Some("1"), vec![]), "{path}");
    }
    for path in ["/account/password", "/account/sessions/end-others", "/sign-out"] {
        let answer = alice.submit(path, &[("csrf_token", &token)]).await.expect(503);
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{path}");
    }
    world.mend_store();
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn an_address_with_markup_in_it_is_harmless() {
    let world = World::new().await;
    let mut stranger = world.browser();
    let paths = [
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "//evil.example/%0d%0aSet-Cookie:a=b",
        "/%22onload=%22x",
        "/%FF",
    ];
    for path in paths {
        let answer = stranger.open(path).await.expect(404);
        assert_eq!(answer.body.matches("<script").count(), 1, "{path}");
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{path}");
    }
}

/// Also where a browser makes something else of an address than we do: it takes `\` for `/`, leaves out tabs and resolves dots.
#[tokio::test]
async fn no_link_of_the_page_of_an_error_leads_to_another_site() {
    let world = World::new().await;
    let mut stranger = world.browser();
    let here = Url::parse("https://id.example/").unwrap();
    for path in LEADING_AWAY {
        let page = stranger.open(path).await.expect(404).page();
        let links: Vec<_> =
            page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(links.len() > 4, "{path}: {links:?}");
        for link in links {
            assert_eq!(here.join(link).unwrap().origin(), here.origin(), "{path}: {link}");
        }
    }
}

const LEADING_AWAY: [&str; 11] = [
    "//evil.example",
    "///evil.example/",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%09/evil.example",
    "/%5Cevil.example",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "//evil.example?lang=ko",
    "http://evil.example/x",
    "http://evil.example//evil.example",
];
