//! Requests made from the server's own document by Schemathesis: no answer is a failure, and none is of a status or a type that the document lacks.
//!
//! `BITJANG_TEST_DOCUMENT_SECONDS` says for how long each asker asks; 8 seconds unless it says otherwise. `cargo xtask test` installs Schemathesis, of the versions in `requirements.txt`.

use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::process::{PASSWORD, Server, bitjang, good};
use crate::program::Program;

/// What is looked at in each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method,allow_header_conformance";

#[test]
fn a_stranger_is_answered_as_the_document_says() {
    let folder = tempdir().unwrap();
    // With the usual limits, so that 429 is among the answers.
    ask(&Server::start(&folder), &[], &[]);
}

#[test]
fn who_has_a_token_is_answered_as_the_document_says() {
    let folder = tempdir().unwrap();
    let server = unlimited(&folder);
    let bearer = format!("Authorization: Bearer {}", Program::signed_in(&server, "mina").access_token);
    ask(&server, &["--header", &bearer], &STAYING);
}

#[test]
fn a_page_with_cookies_is_answered_as_the_document_says() {
    let folder = tempdir().unwrap();
    let server = unlimited(&folder);
    let cookie = server.cookie_of("mina");
    let answer = server.get_with_cookie("/v1/csrf", &cookie);
    let token = answer.rsplit('"').nth(1).unwrap();
    let headers = [
        format!("Cookie: {cookie}"),
        format!("X-CSRF-Token: {token}"),
        "Sec-Fetch-Site: same-origin".to_owned(),
    ];
    let headers: Vec<_> = headers.iter().flat_map(|header| ["--header", header.as_str()]).collect();
    ask(&server, &headers, &STAYING);
}

#[test]
fn a_service_that_asks_for_decisions_is_answered_as_the_document_says() {
    let folder = tempdir().unwrap();
    let server = unlimited(&folder);
    let said = good(folder.path(), &["service", "add", "community"], "");
    let token = said.split_whitespace().find(|word| word.starts_with("bjc_")).unwrap();
    ask(
        &server,
        &["--header", &format!("Authorization: Bearer {token}")],
        &["--include-path-regex", "^/access/"],
    );
}

/// Whoever signs out is a stranger from then on.
const STAYING: [&str; 6] = [
    "--include-path-regex",
    ".*",
    "--exclude-operation-id",
    "sign_out",
    "--exclude-operation-id",
    "change_password",
];

/// A server that counts no guesses, with policies.
fn unlimited(folder: &TempDir) -> Server {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../permit/policies");
    let mut command = bitjang(folder.path(), &["serve"]);
    for limit in ["PAIR", "ACCOUNT", "ADDRESS"] {
        command.env(format!("BITJANG_LIMITS__{limit}_ATTEMPTS"), "1000000");
    }
    command.env("BITJANG_TOKENS__ACCESS_SECONDS", "86400").env("BITJANG_POLICIES", policies);
    let server = Server::start_as(command);
    let body = json!({"identifier": "mina", "password": PASSWORD}).to_string();
    assert!(server.send("POST /v1/accounts", &[], &body).starts_with("HTTP/1.1 201 "));
    server
}

fn ask(server: &Server, headers: &[&str], operations: &[&str]) {
    let seconds = env::var("BITJANG_TEST_DOCUMENT_SECONDS").unwrap_or_else(|_| "8".to_owned());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis/bin/schemathesis");
    assert!(program.exists(), "Schemathesis is not installed: `cargo xtask test --only rust` does it");
    let folder = tempdir().unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder.path()).args(["run", &format!("http://{}/openapi.json", server.address)]);
    command.args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-time", &seconds, "--seed", "1"]);
    command.args(["--request-timeout", "10", "--continue-on-failure", "--warnings", "off"]);
    let output = command.args(headers).args(operations).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("generated"), "it asked nothing: {said}");
}
