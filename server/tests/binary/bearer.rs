//! The app of the README that asks nobody: a process of its own beside a real server.

use tempfile::tempdir;

use crate::process::{App, PASSWORD, Server, good};
use crate::program::Program;

const EXAMPLE: &str = include_str!("../../examples/bearer.rs");
/// How often the app is asked: for seconds, even on a fast machine. What is promised is 100 ms, which is measured elsewhere.
const AT_MOST: usize = 20_000;

#[test]
fn the_readmes_show_the_example_in_sixteen_lines_or_fewer() {
    let code: Vec<&str> = EXAMPLE.lines().filter(|line| !line.starts_with("//!")).collect();
    let code = code.join("\n").trim().to_owned();
    assert!(code.lines().filter(|line| !line.is_empty()).count() <= 16);
    for readme in [include_str!("../../../README.md"), include_str!("../../../README.ko.md")] {
        assert!(readme.contains(&code), "the README shows another example");
    }
}

#[test]
fn an_app_elsewhere_is_for_the_signed_in_only_and_hears_of_a_sign_out() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let program = Program::signed_in(&server, "mina");
    let app = App::start("bearer", &folder, &server);

    let hello = |token: &str| app.get("/hello", token);
    let answer = hello(&program.access_token);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Hello, "), "{answer}");
    let (rest, _) = program.access_token.split_at(program.access_token.len() - 2);
    assert!(hello(rest).starts_with("HTTP/1.1 401 "), "a token that was cut short");

    assert_eq!(program.call(&server, "DELETE /v1/session"), 204);
    let refused = |_| hello(&program.access_token).starts_with("HTTP/1.1 401 ");
    assert!((0..AT_MOST).any(refused), "the app has not heard of the sign-out");
}

#[test]
fn an_app_goes_on_while_its_server_is_away() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let program = Program::signed_in(&server, "mina");
    let app = App::start("bearer", &folder, &server);
    server.kill();
    let hello = app.get("/hello", &program.access_token);
    assert!(hello.starts_with("HTTP/1.1 200 "), "{hello}");
}
