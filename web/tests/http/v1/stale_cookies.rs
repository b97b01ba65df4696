//! Cookies that are nobody's: malformed, tossed, ended, doubled.

use crate::world::{SESSION, World};

const READS: [&str; 4] = ["/v1/session", "/v1/csrf", "/v1/sessions", "/v1/account"];

#[tokio::test]
async fn a_cookie_that_we_never_set_is_nobodys() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let token = alice.cookie(SESSION).unwrap();
    let (last, quoted, spaced) = (&token[..67], format!("\"{token}\""), format!("{token} x"));
    let (long, flipped) = ("A".repeat(8_000), token.replacen(&token[60..61], "-", 1));
    let values =
        ["", "x", "bjs_", last, &quoted, &spaced, &long, &flipped, "bjs_%00", "null", "../../etc/passwd"];
    for value in values {
        for path in READS {
            let ask = world.ask(&format!("GET {path}")).with("cookie", format!("{SESSION}={value}"));
            ask.send().await.expect_problem(401, "signed_out");
        }
    }
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn a_cookie_of_almost_the_right_name_is_nobodys() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let token = alice.cookie(SESSION).unwrap();
    for name in
        ["bitjang", "__host-bitjang", "__Secure-bitjang", "$Version=1; $__Host-bitjang", "__Host-bitjang "]
    {
        let ask = world.ask("GET /v1/session").with("cookie", format!("{name}={token}"));
        ask.send().await.expect_problem(401, "signed_out");
    }
    for space in ["\u{a0}", "\u{2000}", "\u{feff}"] {
        let ask = world.ask("GET /v1/session").with("cookie", format!("{space}{SESSION}={token}"));
        ask.send().await.expect_problem(401, "signed_out");
    }
}

#[tokio::test]
async fn two_cookies_of_our_name_sign_nobody_in() {
    let world = World::new().await;
    let (alice, mallory) = (world.signed_up("alice").await, world.signed_up("mallory").await);
    let (hers, his) = (alice.cookie(SESSION).unwrap(), mallory.cookie(SESSION).unwrap());
    for (one, two) in [(hers, his), (his, hers), (hers, hers), (hers, "x"), ("", hers)] {
        let one_line = format!("{SESSION}={one}; {SESSION}={two}");
        let ask = world.ask("GET /v1/session").with("cookie", one_line);
        ask.send().await.expect_problem(401, "signed_out");
        let (first, second) = (format!("{SESSION}={one}"), format!("{SESSION}={two}"));
        let ask = world.ask("GET /v1/session").with("cookie", first).with("cookie", second);
        ask.send().await.expect_problem(401, "signed_out");
    }
    assert!(alice.is_signed_in().await && mallory.is_signed_in().await);
}

#[tokio::test]
async fn cookies_may_be_split_over_header_lines() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let ours = format!("{SESSION}={}", alice.cookie(SESSION).unwrap());
    world.ask("GET /v1/session").with("cookie", "theme=dark").with("cookie", ours).send().await.expect(200);
}

#[tokio::test]
async fn the_id_of_a_session_does_not_open_it() {
    let world = World::new().await;
    let (alice, mallory) = (world.signed_up("alice").await, world.signed_up("mallory").await);
    let (hers, his) = (alice.cookie(SESSION).unwrap(), mallory.cookie(SESSION).unwrap());
    // 16 bytes of id end within the 22nd character, so 20 characters of it are the id alone.
    let forged = format!("{}{}", &hers[..24], &his[24..]);
    let ask = world.ask("GET /v1/session").with("cookie", format!("{SESSION}={forged}"));
    ask.send().await.expect_problem(401, "signed_out");
    let swapped = format!("{}{}", &hers[..28], &his[28..]);
    let ask = world.ask("GET /v1/session").with("cookie", format!("{SESSION}={swapped}"));
    ask.send().await.expect_problem(401, "signed_out");
}
