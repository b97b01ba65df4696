//! `/openapi.json`: the API described, and nothing else.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn the_document_is_openapi_3_1() {
    let world = World::new().await;
    let answer = world.ask("GET /openapi.json").send().await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!(document, world.document);
    assert_eq!(document["openapi"], "3.1.0");
    assert!(!document["info"]["title"].as_str().unwrap().is_empty());
    assert!(!document["info"]["version"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn the_calls_and_their_answers_are_these() {
    let world = World::new().await;
    let lines: Vec<_> =
        world.calls().into_iter().map(|(line, statuses)| format!("{line} {statuses:?}")).collect();
    assert_snapshot!(lines.join("\n"), @r"
    GET /.well-known/jwks.json [200]
    POST /access/v1/evaluation [200, 400, 401, 403, 413, 415, 503]
    POST /access/v1/evaluations [200, 400, 401, 403, 413, 415, 503]
    GET /v1/account [200, 401, 503]
    PUT /v1/account/password [204, 400, 401, 403, 413, 415, 422, 429, 503]
    POST /v1/accounts [201, 400, 403, 409, 413, 415, 422, 429, 503]
    GET /v1/csrf [200, 401, 503]
    GET /v1/revocations [200, 400, 503]
    DELETE /v1/session [204, 401, 403, 503]
    GET /v1/session [200, 401, 503]
    POST /v1/session [201, 400, 401, 403, 413, 415, 429, 503]
    POST /v1/session/refresh [200, 400, 401, 403, 413, 415, 503]
    POST /v1/session/token [200, 401, 403, 415, 503]
    DELETE /v1/sessions [204, 401, 403, 503]
    GET /v1/sessions [200, 401, 503]
    DELETE /v1/sessions/{id} [204, 401, 403, 404, 503]
    ");
}

/// The client's types are made from the file, and its own tests hold them against it.
#[tokio::test]
async fn the_client_knows_this_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../client/openapi.json");
    let document = serde_json::to_string_pretty(&World::new().await.document).unwrap() + "\n";
    if std::env::var_os("BITJANG_WRITE").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        known == document,
        "run `BITJANG_WRITE=1 cargo test -p bitjang-web client_knows`, then `npm run types` in client/"
    );
}

#[tokio::test]
async fn every_route_is_in_the_document_or_is_a_page() {
    let world = World::new().await;
    let routes = paths(&format!("{:?}", world.router));
    let documented: BTreeSet<_> = world.document["paths"].as_object().unwrap().keys().cloned().collect();
    let undocumented: Vec<_> = routes.difference(&documented).map(String::as_str).collect();
    assert_eq!(documented.difference(&routes).count(), 0, "documented, but not there");
    assert_snapshot!(undocumented.join("\n"), @r"
    /
    /account
    /account/password
    /account/sessions/end-others
    /account/sessions/{id}/end
    /assets/{name}
    /openapi.json
    /sign-in
    /sign-out
    /sign-up
    /{*__private__axum_fallback}
    ");
}

/// The paths in what a router prints of itself: there is no other way to ask it.
fn paths(printed: &str) -> BTreeSet<String> {
    printed.split('"').filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let world = World::new().await;
    let text = world.document.to_string();
    let references: Vec<_> =
        text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        assert!(world.document.pointer(reference).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn every_error_is_a_problem_and_every_body_is_json() {
    let world = World::new().await;
    for (path, methods) in world.document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            for (status, response) in call["responses"].as_object().unwrap() {
                let types: Vec<_> =
                    response["content"].as_object().into_iter().flat_map(|content| content.keys()).collect();
                let expected = match status.as_str() {
                    "204" => vec![],
                    "200" if path == "/.well-known/jwks.json" => vec!["application/jwk-set+json"],
                    "200" if path == "/v1/revocations" => vec!["application/json", "text/event-stream"],
                    "200" | "201" => vec!["application/json"],
                    _ => vec!["application/problem+json"],
                };
                assert_eq!(types, expected, "{method} {path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn a_csrf_token_is_asked_of_cookies_alone() {
    let world = World::new().await;
    let parameters = world.document["paths"].as_object().unwrap().values().flat_map(|methods| {
        let calls = methods.as_object().unwrap().values();
        calls.flat_map(|call| call["parameters"].as_array().into_iter().flatten())
    });
    let tokens: Vec<_> = parameters.filter(|parameter| parameter["name"] == "X-CSRF-Token").collect();
    assert_eq!(tokens.len(), 8);
    for token in tokens {
        assert_eq!(token["required"], false, "whoever sends a bearer token has none: {token}");
        assert!(token["description"].as_str().unwrap().contains("cookie"), "{token}");
    }
}
