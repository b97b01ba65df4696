//! Forged requests, at every unsafe call of the document, so that a new one cannot be forgotten.

use http::Method;
use serde_json::{Value, json};

use crate::world::{ACCESS, Ask, Browser, HERE, NEW_PASSWORD, PASSWORD, Plan, World};

/// The unsafe calls that act for whoever is signed in, with a body that would do.
fn acting(world: &World, session: &str) -> Vec<(String, Option<Value>)> {
    let lines = world.calls().into_iter().map(|(line, _)| line);
    let lines: Vec<_> = lines.filter(|line| is_unsafe(line) && !OPEN.contains(&line.as_str())).collect();
    assert!(lines.len() >= 4, "calls went missing: {lines:?}");
    let with_body = |line: String| {
        let body = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
        let body = line.ends_with("/v1/account/password").then_some(body);
        (line.replace("{id}", session), body)
    };
    lines.into_iter().map(with_body).collect()
}

fn is_unsafe(line: &str) -> bool {
    let method: Method = line.split(' ').next().unwrap().parse().unwrap();
    !method.is_safe()
}

/// The calls that act for nobody yet.
const OPEN: [&str; 2] = ["POST /v1/accounts", "POST /v1/session"];

/// The calls that act on the refresh cookie alone.
const LASTING: [&str; 2] = ["DELETE /v1/session", "POST /v1/session/refresh"];

/// Sends every unsafe call, changed by `forge`, from alice's laptop, on each carrier that cookies make; checks how it is refused, and that nothing has changed.
async fn check(plan: Plan, code: &str, forge: impl for<'w> Fn(Ask<'w>, &Browser<'w>) -> Ask<'w>) {
    let world = World::of(plan).await;
    let (phone, mallory) = (world.signed_up("alice").await, world.signed_up("mallory").await);
    let (by_cookie, by_tokens) = (world.signed_in("alice").await, world.with_token_cookies("alice").await);
    let mut expired = by_tokens.clone();
    expired.lose(ACCESS);
    for (line, body) in acting(&world, &phone.session().await) {
        // By the refresh cookie alone no more can be done than this.
        let by_refresh = LASTING.contains(&line.as_str()).then_some(&expired);
        for laptop in [&by_cookie, &by_tokens].into_iter().chain(by_refresh) {
            let ask = laptop.ask(&line);
            let ask = match &body {
                Some(body) => ask.json(body.clone()),
                None => ask,
            };
            forge(ask, &mallory).send().await.expect_problem(403, code);
            assert!(phone.is_signed_in().await, "{line}");
            assert!(by_cookie.is_signed_in().await && by_tokens.is_signed_in().await, "{line}");
        }
    }
    world.signed_in("alice").await;
}

#[tokio::test]
async fn every_unsafe_call_is_refused_to_another_site() {
    for site in ["cross-site", "same-site", "SAME-ORIGIN", "", "null"] {
        check(Plan::default(), "cross_site", |ask, _| ask.set("sec-fetch-site", site)).await;
    }
}

#[tokio::test]
async fn every_unsafe_call_is_refused_to_another_origin() {
    for origin in
        ["https://evil.example", "null", "", "https://id.example.org.evil.example", "http://id.example.org"]
    {
        check(Plan::default(), "cross_site", |ask, _| ask.without("sec-fetch-site").with("origin", origin))
            .await;
    }
}

#[tokio::test]
async fn every_unsafe_call_is_refused_to_a_browser_that_does_not_say_from_where() {
    check(Plan::default(), "cross_site", |ask, _| ask.without("sec-fetch-site")).await;
    check(Plan::default(), "cross_site", |ask, _| ask.without("sec-fetch-site").with("referer", HERE)).await;
}

#[tokio::test]
async fn every_unsafe_call_is_refused_without_its_token() {
    check(Plan::default(), "csrf_token", |ask, _| ask.without("x-csrf-token")).await;
    check(Plan::default(), "csrf_token", |ask, _| ask.set("x-csrf-token", "")).await;
    check(Plan::default(), "csrf_token", |ask, _| ask.set("x-csrf-token", b"\xff")).await;
}

#[tokio::test]
async fn every_unsafe_call_is_refused_with_the_token_of_another_session() {
    check(Plan::default(), "csrf_token", |ask, mallory| ask.set("x-csrf-token", mallory.csrf_token())).await;
}

#[tokio::test]
async fn a_vouching_header_beside_the_cookie_opens_nothing() {
    check(Plan::default(), "cross_site", |ask, _| {
        ask.with("authorization", "Basic x").set("sec-fetch-site", "cross-site")
    })
    .await;
}

#[tokio::test]
async fn beside_a_bearer_token_the_cookie_does_not_count() {
    let world = World::new().await;
    let (laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    for (line, body) in acting(&world, &phone.session().await) {
        let ask = laptop.ask(&line).with("authorization", "Bearer x").without("x-csrf-token");
        let ask = match body {
            Some(body) => ask.json(body),
            None => ask,
        };
        ask.send().await.expect_problem(401, "signed_out");
        assert!(laptop.is_signed_in().await && phone.is_signed_in().await, "{line}");
    }
    world.signed_in("alice").await;
}

#[tokio::test]
async fn a_trusted_origin_needs_the_token_too() {
    const APP: &str = "https://app.example.org";
    let plan = || Plan { trusted_origins: &[APP], ..Plan::default() };
    check(plan(), "csrf_token", |ask, _| {
        ask.set("sec-fetch-site", "same-site").with("origin", APP).without("x-csrf-token")
    })
    .await;
    let world = World::of(plan()).await;
    let alice = world.signed_up("alice").await;
    let ask = alice.ask("DELETE /v1/session").set("sec-fetch-site", "same-site").with("origin", APP);
    ask.send().await.expect(204);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_whatever_its_type() {
    for content_type in ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
    {
        check(Plan::default(), "cross_site", |ask, _| {
            ask.typed(content_type, "csrf_token=x")
                .set("sec-fetch-site", "cross-site")
                .without("x-csrf-token")
        })
        .await;
    }
}

#[tokio::test]
async fn calling_it_a_form_does_not_replace_the_token() {
    check(Plan::default(), "csrf_token", |ask, _| {
        ask.typed("application/x-www-form-urlencoded", "csrf_token=x").without("x-csrf-token")
    })
    .await;
}

#[tokio::test]
async fn a_method_in_a_header_or_field_overrides_nothing() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        alice.ask("GET /v1/session").with(header, "DELETE").send().await.expect(200);
        alice.ask("GET /v1/session?_method=DELETE").with(header, "DELETE").send().await.expect(200);
    }
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn an_old_browser_is_believed_by_its_origin() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let ask = alice.ask("DELETE /v1/session").without("sec-fetch-site").with("origin", HERE);
    ask.send().await.expect(204);
}

#[tokio::test]
async fn another_site_signs_nobody_in() {
    let world = World::new().await;
    world.signed_up("mallory").await;
    let sign_in =
        || world.ask("POST /v1/session").json(json!({"identifier": "mallory", "password": PASSWORD}));
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        sign_in().with(name, value).send().await.expect_problem(403, "cross_site");
    }
    sign_in().with("sec-fetch-site", "same-origin").send().await.expect(201);
    sign_in().send().await.expect(201);
}
