//! Bad input: a clear 4xx, and nothing has happened.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{PASSWORD, World};

/// The calls that take a body.
const CALLS: [&str; 3] = ["POST /v1/accounts", "POST /v1/session", "PUT /v1/account/password"];

async fn check(bodies: &[&[u8]], (status, code): (u16, &str)) {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    for body in bodies {
        for line in CALLS {
            let answer = alice.ask(line).typed("application/json", *body).send().await;
            let text = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{line} {text}: {answer}"
            );
        }
    }
    world.signed_in("alice").await;
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    check(NOT_JSON, (400, "bad_request")).await;
}

#[tokio::test]
async fn what_is_not_the_shape_is_refused() {
    check(NOT_THE_SHAPE, (400, "bad_request")).await;
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let deep = |open: &str| [r#"{"identifier":"#, &open.repeat(10_000)].concat().into_bytes();
    check(&[&deep("["), &deep(r#"{"a":"#), &"[".repeat(60_000).into_bytes()], (400, "bad_request")).await;
}

#[tokio::test]
async fn a_body_beyond_64_kib_is_refused() {
    let of_size = |size: usize| {
        let frame = r#"{"identifier":"alice","password":""}"#;
        frame.replace("\"\"", &format!("\"{}\"", "x".repeat(size - frame.len()))).into_bytes()
    };
    check(&[&of_size(64 * 1_024 + 1), &of_size(65 * 1_024), &of_size(1_000_000)], (413, "too_large")).await;
    let world = World::new().await;
    let ask = world.ask("POST /v1/session").typed("application/json", of_size(64 * 1_024));
    ask.send().await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_bounded_too() {
    let world = World::new().await;
    let ask = world.ask("POST /v1/session").typed("application/json", vec![b' '; 65 * 1_024]);
    let ask = ask.without("content-length").with("transfer-encoding", "chunked");
    assert_snapshot!(ask.send().await, @r#"
    413 Payload Too Large
    content-length: 107
    content-type: application/problem+json

    {
      "code": "too_large",
      "status": 413,
      "title": "The request is too large",
      "type": "urn:bitjang:problem:too_large"
    }
    "#);
}

#[tokio::test]
async fn a_refusal_does_not_repeat_what_was_sent() {
    let world = World::new().await;
    let body = json!({"identifier": "alice", "password": 7, PASSWORD: PASSWORD});
    assert_snapshot!(world.ask("POST /v1/session").json(body).send().await, @r#"
    400 Bad Request
    content-length: 193
    content-type: application/problem+json

    {
      "code": "bad_request",
      "detail": "a field is unknown, missing, given twice, or of the wrong type",
      "status": 400,
      "title": "The request cannot be understood",
      "type": "urn:bitjang:problem:bad_request"
    }
    "#);
    let cut =
        world.ask("POST /v1/session").typed("application/json", "{\"identifier\":\"alice\",\n\"password");
    assert_snapshot!(cut.send().await, @r#"
    400 Bad Request
    content-length: 159
    content-type: application/problem+json

    {
      "code": "bad_request",
      "detail": "not JSON at line 2, column 9",
      "status": 400,
      "title": "The request cannot be understood",
      "type": "urn:bitjang:problem:bad_request"
    }
    "#);
}

#[tokio::test]
async fn only_json_is_json() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let body = json!({"identifier": "bob", "password": PASSWORD}).to_string();
    for content_type in NOT_JSON_TYPES {
        for line in CALLS {
            let answer = alice.ask(line).typed(content_type, body.clone()).send().await;
            answer.expect_problem(415, "unsupported_media_type");
        }
    }
    for line in CALLS {
        let nothing = alice.ask(line).body(body.clone()).send().await;
        nothing.expect_problem(415, "unsupported_media_type");
        let twice =
            alice.ask(line).typed("application/json", body.clone()).with("content-type", "text/plain");
        twice.send().await.expect_problem(415, "unsupported_media_type");
    }
    world.browser().sign_in("bob", PASSWORD).await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_media_type_is_told_from_the_body() {
    let world = World::new().await;
    let ask = world.ask("POST /v1/session").typed("text/plain", "{}");
    assert_snapshot!(ask.send().await, @r#"
    415 Unsupported Media Type
    content-length: 147
    content-type: application/problem+json

    {
      "code": "unsupported_media_type",
      "status": 415,
      "title": "This content type is not accepted here",
      "type": "urn:bitjang:problem:unsupported_media_type"
    }
    "#);
}

#[tokio::test]
async fn json_in_utf_8_may_say_so() {
    let world = World::new().await;
    let body = json!({"identifier": "빗장", "password": PASSWORD}).to_string();
    let types = [
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/json ; charset=utf-8",
    ];
    for (content_type, status) in types.into_iter().zip([201, 409, 409]) {
        world.ask("POST /v1/accounts").typed(content_type, body.clone()).send().await.expect(status);
    }
}

#[tokio::test]
async fn a_zipped_body_is_not_unpacked() {
    let world = World::new().await;
    let ask = world.ask("POST /v1/session").typed("application/json", b"\x1f\x8b\x08\0\0\0\0\0".to_vec());
    ask.with("content-encoding", "gzip").send().await.expect_problem(400, "bad_request");
}

const NOT_JSON: &[&[u8]] = &[
    b"",
    b" ",
    b"{",
    b"}",
    b"nonsense",
    b"{'identifier':'alice'}",
    b"{\"identifier\":\"alice\",}",
    b"{\"identifier\":\"alice\"} {}",
    b"{\"identifier\":\"alice\",\"password\":\"\xff\xfe\"}",
    b"{\"identifier\":\"alice\",\"password\":\"\xed\xa0\x80\"}",
    b"{\"identifier\":\"alice\",\"password\":\"\\ud800\"}",
    b"{\"identifier\":\"alice\",\"password\":\"\0\"}",
    b"{\"identifier\":\"alice\",\"password\":\"a\nb\"}",
    b"\xef\xbb\xbf{\"identifier\":\"alice\",\"password\":\"x\"}",
    b"\xff\xfe{\0}\0",
    b"{\"identifier\":NaN,\"password\":\"x\"}",
    b"identifier=alice&password=x",
    b"<identifier>alice</identifier>",
];

const NOT_THE_SHAPE: &[&[u8]] = &[
    b"null",
    b"true",
    b"0",
    b"1e999",
    b"\"alice\"",
    b"[]",
    b"[\"alice\",\"plum kettle orbit sandal\"]",
    b"{}",
    b"{\"identifier\":\"alice\"}",
    b"{\"password\":\"x\"}",
    b"{\"identifier\":null,\"password\":null}",
    b"{\"identifier\":\"alice\",\"password\":null}",
    b"{\"identifier\":\"alice\",\"password\":{\"$ne\":\"\"}}",
    b"{\"identifier\":[\"alice\"],\"password\":\"x\"}",
    b"{\"identifier\":\"alice\",\"password\":12345678}",
    b"{\"identifier\":\"alice\",\"identifier\":\"bob\",\"password\":\"x\"}",
    b"{\"identifier\":\"alice\",\"password\":\"x\",\"password\":\"y\"}",
    b"{\"identifier\":\"alice\",\"password\":\"x\",\"carrier\":\"pigeon\"}",
    b"{\"identifier\":\"alice\",\"password\":\"x\",\"carrier\":null}",
    b"{\"identifier\":\"alice\",\"password\":\"x\",\"roles\":[\"admin\"]}",
    b"{\"current_password\":\"x\",\"new_password\":null}",
    b"{\"current_password\":\"x\",\"new_password\":\"y\",\"account\":\"bob\"}",
];

const NOT_JSON_TYPES: [&str; 12] = [
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json-patch+json",
    "application/problem+json",
    "application/json; charset=utf-16",
    "application/json; charset=utf-8; x=y",
    "application/json, text/plain",
    "text/plain; application/json",
    "",
];
