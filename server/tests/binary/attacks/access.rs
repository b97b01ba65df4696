//! What belongs to somebody else: their sessions, their roles, their routes.

use serde_json::json;

use super::Target;
use crate::fleet::{json as answered, status};
use crate::process::PASSWORD;

#[test]
fn what_is_somebody_else_s_looks_like_what_is_not_there() {
    let target = Target::new();
    let mallory = target.another("mallory");
    let sessions = answered(&target.server.get_with_cookie("/v1/sessions", &target.cookie));
    let hers = sessions["sessions"][0]["id"].as_str().unwrap().to_owned();
    let told = |id: &str| {
        let answer = target.send_as_page(&format!("DELETE /v1/sessions/{id}"), &mallory, "");
        (status(&answer).to_owned(), answer.split("\r\n\r\n").nth(1).unwrap().to_owned())
    };
    assert_eq!(told(&hers), told("AAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(told(&hers).0, "404");
    assert_eq!(target.server.check(&target.cookie), "200");
}

#[test]
fn nobody_gives_themselves_more_than_a_name() {
    let target = Target::new();
    target.withstands(|server| {
        let more = [
            ("roles", json!(["admin"])),
            ("state", json!("active")),
            ("id", json!("x")),
            ("epoch", json!(9)),
            ("__proto__", json!({})),
        ];
        let bodies = more.iter().map(|(name, value)| {
            let mut body = json!({"identifier": "mallory", "password": "heron lantern gravel 7 oboe"});
            body.as_object_mut().unwrap().insert((*name).to_owned(), value.clone());
            body.to_string()
        });
        bodies.map(|body| (body.clone(), server.send("POST /v1/accounts", &[], &body))).collect()
    });
}

#[test]
fn a_route_has_one_spelling() {
    let target = Target::new();
    target.withstands(|server| {
        let spellings = [
            "/v1/account/",
            "/V1/account",
            "/v1/Account",
            "/v1/%61ccount%2f",
            "//v1/account",
            "/v1/./account",
            "/v1/account;x",
            "/v1/account%00",
            "/v1/account.json",
            "/metrics",
            "/admin",
        ];
        spellings
            .iter()
            .map(|path| ((*path).to_owned(), server.get_with_cookie(path, &target.cookie)))
            .collect()
    });
}

#[test]
fn who_one_is_no_header_says() {
    let target = Target::new();
    target.withstands(|server| {
        let names = [
            "X-User",
            "X-Forwarded-User",
            "Remote-User",
            "X-Auth-Request-User",
            "X-Account-Id",
            "X-Roles",
            "X-Original-URL",
            "X-Rewrite-URL",
        ];
        let mut answers: Vec<_> = names
            .iter()
            .map(|name| ((*name).to_owned(), server.send("GET /v1/account", &[(name, "mina")], "")))
            .collect();
        let basic = server.send("GET /v1/account", &[("Authorization", "Basic bWluYTpwYXNzd29yZA==")], "");
        answers.push(("Basic".to_owned(), basic));
        answers
    });
}

#[test]
fn a_question_is_no_more_than_its_asker_may_know() {
    let target = Target::new();
    let question = json!({"subject": {"type": "Account", "id": "018f4d9e-1c5e-7000-8000-000000000001"}, "action": {"name": "read"}, "resource": {"type": "Post", "id": "1"}}).to_string();
    target.withstands(|server| {
        vec![("a stranger".to_owned(), server.send("POST /access/v1/evaluation", &[], &question))]
    });
    // Without policies every answer is no, also to a service.
    let said = crate::process::good(target.folder.path(), &["service", "add", "community"], "");
    let token = said.split_whitespace().find(|word| word.starts_with("bjc_")).unwrap();
    let answer = target.server.send(
        "POST /access/v1/evaluation",
        &[("Authorization", &format!("Bearer {token}"))],
        &question,
    );
    assert_eq!(answered(&answer)["decision"], false, "{answer}");
    assert_eq!(target.server.sign_in("mina", PASSWORD), "201");
}
