//! The app of the README: what it shows is what runs.

use tempfile::tempdir;

use crate::process::{PASSWORD, Server, good};

const EXAMPLE: &str = include_str!("../../examples/protect.rs");

#[test]
fn the_readmes_show_the_example_in_sixteen_lines_or_fewer() {
    let code: Vec<&str> = EXAMPLE.lines().filter(|line| !line.starts_with("//!")).collect();
    let code = code.join("\n").trim().to_owned();
    assert!(code.lines().filter(|line| !line.is_empty()).count() <= 16);
    for page in [
        include_str!("../../../README.md"),
        include_str!("../../../README.ko.md"),
        include_str!("../../../docs/integrate/axum.md"),
    ] {
        assert!(page.contains(&code), "a page shows another example");
    }
}

#[test]
fn an_app_route_is_for_the_signed_in_only() {
    let folder = tempdir().unwrap();
    let server = Server::start_example("protect", &folder);
    assert!(server.get("/hello").starts_with("HTTP/1.1 401 "));

    good(folder.path(), &["account", "add", "mina", "--name", "Mina", "--password-stdin"], PASSWORD);
    let answer = server.answer_to_sign_in("mina", PASSWORD);
    let (_, cookie) = answer.split_once("set-cookie: ").unwrap();
    let (cookie, _) = cookie.split_once(';').unwrap();
    let hello = server.get_with_cookie("/hello", cookie);
    assert!(hello.starts_with("HTTP/1.1 200 ") && hello.ends_with("Hello, Mina!"), "{hello}");
    server.stop();
}
