//! The headers that stand on every answer: the world checks each answer for them, this shows them once in full.

use insta::assert_snapshot;

use crate::world::{Answer, Plan, World};

/// Every header but the length, which changes with every word of a page.
fn all(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "content-length");
    let mut lines: Vec<_> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn an_answer_of_the_api_may_do_nothing_in_a_browser() {
    let world = World::new().await;
    assert_snapshot!(all(&world.ask("GET /openapi.json").send().await.expect(200)), @r"
    access-control-allow-origin: *
    cache-control: no-store
    content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-resource-policy: same-origin
    strict-transport-security: max-age=63072000; includeSubDomains
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn a_page_may_run_its_own_script_and_style_and_no_more() {
    let world = World::new().await;
    assert_snapshot!(all(&world.browser().open("/sign-in").await.expect(200)), @r"
    cache-control: no-store
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    referrer-policy: same-origin
    set-cookie: __Host-bitjang-form=jo9oQTePdyxA2y8H6HZ3bQ; Path=/; Secure; HttpOnly; SameSite=Lax
    strict-transport-security: max-age=63072000; includeSubDomains
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn an_error_has_them_too() {
    let world = World::new().await;
    assert_snapshot!(all(&world.ask("GET /nothing").send().await.expect(404)), @r"
    cache-control: no-store
    content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'
    content-type: application/problem+json
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    referrer-policy: same-origin
    strict-transport-security: max-age=63072000; includeSubDomains
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn without_https_no_browser_is_told_to_insist_on_it() {
    let world = World::of(Plan { public_url: "http://localhost:8080", ..Plan::default() }).await;
    let answer = world.ask("GET /").send().await.expect(200);
    assert_eq!(answer.header("strict-transport-security"), None);
}
