//! Roles at a real server: one that is taken away is gone at once for a session cookie, and within the bound for whoever verifies tokens alone.

use std::time::Duration;

use bitjang_guard::verifier::{Refused, Verifier};
use tempfile::tempdir;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::process::{PASSWORD, Server, good};
use crate::program::Program;

/// `tokens.max_staleness_seconds` unless it is configured.
const BOUND: Duration = Duration::from_secs(10);

#[test]
fn a_role_taken_away_is_gone_at_once_for_cookies_and_within_the_bound_for_tokens() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    let add = ["account", "add", "mina", "--role", "moderator", "--password-stdin"];
    good(folder.path(), &add, PASSWORD);
    let mut program = Program::signed_in(&server, "mina");
    let cookie = server.cookie_of("mina");
    let says_moderator = || server.get_with_cookie("/v1/session", &cookie).contains("\"moderator\"");
    let runtime = Runtime::new().unwrap();
    let issuer = format!("http://{}", server.address.replace("127.0.0.1", "localhost"));
    let verifier = runtime.block_on(async {
        let verifier = Verifier::follow(&issuer).start().unwrap();
        timeout(BOUND, verifier.ready()).await.expect("it follows the server");
        verifier
    });
    let token = program.access_token.clone();
    assert!(verifier.verify(&token).unwrap().roles().eq(["moderator"]));
    assert!(says_moderator());

    good(folder.path(), &["account", "roles", "mina"], "");
    assert!(!says_moderator(), "at once, and still signed in");
    assert!(server.get_with_cookie("/v1/session", &cookie).starts_with("HTTP/1.1 200 "));
    let refused = verifier.until(|_| matches!(verifier.verify(&token), Err(Refused::Revoked)));
    runtime.block_on(async { timeout(BOUND, refused).await }).expect("the bound is over");

    assert_eq!(program.refresh(&server).0, 200, "nobody is signed out for it");
    assert_eq!(verifier.verify(&program.access_token).unwrap().roles().count(), 0);
}
