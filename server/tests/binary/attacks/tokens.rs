//! Access tokens that were made up, or genuinely signed by a key that leaked into other hands with claims of their own.

use std::fs;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Target;
use crate::process::Server;
use crate::program::Program;

/// Known to us, so that signatures are genuine and only the rest is wrong.
const SECRET: [u8; 32] =
    *b"q\x8eT\x02\xd9k\x17\xf3>\xa5\x90\xc4\x0b\x7fi\xe8\x1dZ\xb6\x85\xfcC\x22\x9a\xd1p\x0e\xbbH\xe7\x93\x36";

/// A server whose secret we know, and the parts of a genuine token.
fn forge() -> (Target, Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shared.key"), STANDARD.encode(SECRET)).unwrap();
    let variables = [("BITJANG_TOKENS__ALGORITHM", "HS256"), ("BITJANG_TOKENS__KEY_FILE", "shared.key")];
    let target = Target::within(folder, &variables);
    let token = Program::signed_in(&target.server, "mina").access_token;
    let part = |index| {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap())
            .unwrap()
    };
    let (header, claims) = (part(0), part(1));
    (target, header, claims)
}

fn signed(secret: &[u8], header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn with(object: &Value, name: &str, value: Value) -> String {
    let mut object = object.clone();
    object.as_object_mut().unwrap().insert(name.to_owned(), value);
    object.to_string()
}

fn present(server: &Server, token: &str) -> (String, String) {
    let shown = token.chars().take(200).collect();
    (shown, server.send("GET /v1/session", &[("Authorization", &format!("Bearer {token}"))], ""))
}

#[test]
fn what_is_signed_here_is_taken_and_nothing_else_in_the_header() {
    let (target, header, claims) = forge();
    let genuine = signed(&SECRET, header.to_string(), claims.to_string());
    assert!(present(&target.server, &genuine).1.starts_with("HTTP/1.1 200 "));
    let mut tokens = Vec::new();
    for name in ["none", "None", "nOnE", "", "HS512", "RS256", "hs256"] {
        tokens.push(signed(&SECRET, with(&header, "alg", name.into()), claims.to_string()));
        tokens.push(format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(with(&header, "alg", name.into())),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        ));
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("typ", json!("JWT")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("\0")),
        ("kid", json!("k".repeat(5_000))),
    ] {
        tokens.push(signed(&SECRET, with(&header, name, value), claims.to_string()));
    }
    // Keys that the token brings along: signed by them, and by none of ours.
    let key = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32])});
    for (name, value) in [
        ("jwk", key),
        ("jku", json!("http://127.0.0.1:1/")),
        ("x5u", json!("http://127.0.0.1:1/")),
        ("x5c", json!(["AA=="])),
    ] {
        tokens.push(signed(&[1; 32], with(&header, name, value), claims.to_string()));
    }
    target.withstands(|server| tokens.iter().map(|token| present(server, token)).collect());
}

#[test]
fn genuinely_signed_claims_that_are_wrong_are_refused() {
    let (target, header, claims) = forge();
    let text = claims.to_string();
    let header = header.to_string();
    let mut tokens = Vec::new();
    for name in claims.as_object().unwrap().keys() {
        let mut lacking = claims.clone();
        lacking.as_object_mut().unwrap().remove(name);
        tokens.push(signed(&SECRET, &header, lacking.to_string()));
        for wrong in [json!(null), json!({}), json!([[]]), json!(true), json!("x\0"), json!(-1)] {
            tokens.push(signed(&SECRET, &header, with(&claims, name, wrong)));
        }
    }
    for (name, value) in [
        ("exp", json!("9999999999")),
        ("exp", json!(1)),
        ("iat", json!(99_999_999_999_i64)),
        ("iss", json!("http://localhost")),
        ("aud", json!("https://else.example.org")),
        ("sub", json!("018f4d9e-1c5e-7000-8000-000000000001")),
    ] {
        tokens.push(signed(&SECRET, &header, with(&claims, name, value)));
    }
    let exp = claims["exp"].to_string();
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for odd in [
        text.replace(&exp, "1e999"),
        text.replacen('{', r#"{"exp":9999999999,"#, 1),
        text.replacen('{', &format!(r#"{{"x":{nested},"#), 1),
        format!("\u{feff}{text}"),
        format!("{text}\0"),
    ] {
        tokens.push(signed(&SECRET, &header, odd));
    }
    tokens.push(signed(&SECRET, &header, [text.as_bytes(), b"\xff"].concat()));
    // Beyond the bound of headers altogether, which the server refuses in its own words.
    tokens.retain(|token| token.len() < 60_000);
    target.withstands(|server| tokens.iter().map(|token| present(server, token)).collect());
}

#[test]
fn a_token_in_another_shape_or_place_is_none() {
    let (target, header, claims) = forge();
    let genuine = signed(&SECRET, header.to_string(), claims.to_string());
    let parts: Vec<_> = genuine.split('.').collect();
    let [head, body, tag] = [0, 1, 2].map(|index| parts.get(index).copied().unwrap());
    let json = json!({"protected": head, "payload": body, "signature": tag}).to_string();
    let (padded, last) = (format!("{genuine}="), genuine.len() - 1);
    // The last character of a tag has two bits that decode to nothing.
    let respelled = ["A", "B", "C", "D", "Q", "w", "g"].map(|end| format!("{}{end}", &genuine[..last]));
    let mut tokens = vec![
        json,
        padded,
        format!("{head}.{body}"),
        format!("{genuine}.{tag}"),
        format!("{genuine}.{tag}.{tag}"),
        format!("{head}.{body}."),
        format!("{head}.{body}.AAAA"),
        format!("{head}.{body}.{}", "A".repeat(43)),
        ".".repeat(50_000),
        format!("{head}..{tag}"),
        genuine.replace('.', ". "),
        STANDARD.encode(&genuine),
    ];
    tokens.extend(respelled.into_iter().filter(|token| *token != genuine));
    target.withstands(|server| {
        let mut answers: Vec<_> = tokens.iter().map(|token| present(server, token)).collect();
        for path in [format!("/v1/session?access_token={genuine}"), format!("/v1/session?token={genuine}")] {
            answers.push(("in the URL".to_owned(), server.get(&path)));
        }
        for name in ["X-Access-Token", "Authentication", "Proxy-Authorization"] {
            answers.push((
                name.to_owned(),
                server.send("GET /v1/session", &[(name, &format!("Bearer {genuine}"))], ""),
            ));
        }
        let named = format!("__Host-bitjang={genuine}");
        answers.push(("in the session's cookie".to_owned(), server.get_with_cookie("/v1/session", &named)));
        answers.push(("as a refresh token".to_owned(), server.refresh(&genuine)));
        answers
    });
}

#[test]
fn tokens_of_another_kind_and_of_a_public_key_are_refused() {
    let target = Target::new();
    let program = Program::signed_in(&target.server, "mina");
    let keys = crate::fleet::json(&target.server.get("/.well-known/jwks.json"));
    let public = keys["keys"].get(0).cloned().unwrap();
    let x = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
    let part = |index| URL_SAFE_NO_PAD.decode(program.access_token.split('.').nth(index).unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&part(0)).unwrap();
    let confused = with(&header, "alg", "HS256".into());
    let mut tokens: Vec<_> = [x, public.to_string().into_bytes(), public["x"].to_string().into_bytes()]
        .iter()
        .map(|secret| signed(secret, &confused, part(1)))
        .collect();
    tokens.push(program.refresh_token.clone());
    tokens.push(target.cookie.split('=').nth(1).unwrap().to_owned());
    target.withstands(|server| tokens.iter().map(|token| present(server, token)).collect());
}

#[test]
fn a_weak_secret_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for weak in
        [STANDARD.encode([1; 31]), STANDARD.encode("secret"), "not base64 at all!".to_owned(), String::new()]
    {
        let file = folder.path().join("weak.key");
        fs::write(&file, weak).unwrap();
        let said = crate::process::bad(
            folder.path(),
            &["serve", "--tokens-algorithm", "HS256", "--tokens-key-file", file.to_str().unwrap()],
            "",
        );
        assert!(said.contains("holds no usable key"), "{said}");
    }
}
