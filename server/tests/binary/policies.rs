//! Policies at a real server: asked by a service, read again while it runs, counted and logged.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::{TempDir, tempdir};

use crate::process::{PASSWORD, Server, bad, bitjang, good};

const SCHEMA: &str = "entity Account; entity Post { owner: Account };
action edit appliesTo { principal: Account, resource: Post };";
const OPEN: &str = "@id(\"everybody-edits\") permit (principal, action, resource);";
const CLOSED: &str = "@id(\"nobody-edits\") forbid (principal, action, resource);";
const BROKEN: &str = "permit (principal,\n action);";
/// How often it is asked whether something has happened: for seconds, even on a fast machine.
const AT_MOST: usize = 20_000;

fn write(folder: &Path, policies: &str) {
    let policies_in = folder.join("policies");
    std::fs::create_dir_all(&policies_in).unwrap();
    std::fs::write(policies_in.join("a.cedarschema"), SCHEMA).unwrap();
    // Never half of it, whenever it is read.
    std::fs::write(folder.join("new"), policies).unwrap();
    std::fs::rename(folder.join("new"), policies_in.join("a.cedar")).unwrap();
}

fn serving(folder: &TempDir, policies: &str) -> Server {
    write(folder.path(), policies);
    Server::start_as(bitjang(folder.path(), &["serve", "--policies", "policies", "--log-decisions", "on"]))
}

/// Mina's id.
fn mina(folder: &TempDir) -> String {
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let listed = good(folder.path(), &["account", "list", "--json"], "");
    let account: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    account.get("id").unwrap().as_str().unwrap().to_owned()
}

/// What the server answers when this token asks whether she may edit her post.
fn asked(server: &Server, token: &str, mina: &str) -> String {
    let account = format!(r#"{{"type": "Account", "id": "{mina}"}}"#);
    let question = format!(
        r#"{{"subject": {account}, "action": {{"name": "edit"}}, "resource": {{"type": "Post", "id": "1", "properties": {{"owner": {account}}}}}}}"#
    );
    let bearer = format!("Bearer {token}");
    server.send("POST /access/v1/evaluation", &[("Authorization", &bearer)], &question)
}

fn is_yes(answer: &str) -> bool {
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let known = ["everybody-edits", "nobody-edits"].iter().any(|policy| answer.contains(policy));
    assert!(known, "a moment without policies: {answer}");
    answer.contains(r#""decision":true"#)
}

#[test]
fn a_service_asks_until_it_is_removed() {
    let folder = tempdir().unwrap();
    let server = serving(&folder, OPEN);
    let mina = mina(&folder);
    let token = good(folder.path(), &["service", "add", "billing"], "");
    let token = token.trim();
    assert!(token.starts_with("bjc_") && token.len() == 47, "nothing but the token");
    assert!(is_yes(&asked(&server, token, &mina)));
    let listed = good(folder.path(), &["service", "list"], "");
    assert!(listed.contains("billing") && !listed.contains("bjc_"), "{listed}");
    let again = bad(folder.path(), &["service", "add", "billing"], "");
    assert!(again.contains("identifier_taken"), "{again}");

    good(folder.path(), &["service", "remove", "billing"], "");
    assert!(asked(&server, token, &mina).starts_with("HTTP/1.1 401 "));
    let gone = bad(folder.path(), &["service", "remove", "billing"], "");
    assert!(gone.contains("not_found"), "{gone}");

    let metrics = server.get_admin("/metrics");
    let line = "bitjang_decisions_total{decision=\"allow\",reason=\"allowed\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    let log = server.stop();
    assert!(log.contains("decided") && log.contains("everybody-edits"), "{log}");
    assert!(!log.contains("bjc_") && !log.contains(token), "a secret in the log");
}

#[test]
fn policies_are_read_again_without_a_moment_of_none_and_bad_ones_change_nothing() {
    let folder = tempdir().unwrap();
    let server = serving(&folder, OPEN);
    let mina = mina(&folder);
    let token = good(folder.path(), &["service", "add", "billing"], "");
    let may = || is_yes(&asked(&server, token.trim(), &mina));
    assert!(may());
    write(folder.path(), CLOSED);
    assert!(may(), "only when it is told to");
    server.hang_up();
    assert!((0..AT_MOST).any(|_| !may()), "the new ones are not read");
    Reading::of(folder.path(), &server).finds(BROKEN);
    assert!((0..100).all(|_| !may()), "the old ones stay");
    write(folder.path(), OPEN);
    server.hang_up();
    assert!((0..AT_MOST).any(|_| may()), "the good ones are not read");
    let log = server.stop();
    assert!(log.contains("the new policies cannot be used") && log.contains("a.cedar:2:"), "{log}");
}

/// A reading of policies that goes on for as long as it is held: of a pipe.
struct Reading {
    pipe: std::fs::File,
}

impl Reading {
    /// Puts a pipe in the place of the policies and waits until it is being read.
    fn of(folder: &Path, server: &Server) -> Self {
        let new = folder.join("new");
        assert!(Command::new("mkfifo").arg(&new).status().unwrap().success());
        let policies = folder.join("policies").join("a.cedar");
        std::fs::rename(new, &policies).unwrap();
        server.hang_up();
        Self { pipe: std::fs::OpenOptions::new().write(true).open(policies).unwrap() }
    }

    fn finds(mut self, policies: &str) {
        self.pipe.write_all(policies.as_bytes()).unwrap();
    }
}

#[test]
fn policies_that_change_while_they_are_read_are_read_once_more() {
    let folder = tempdir().unwrap();
    let server = serving(&folder, OPEN);
    let mina = mina(&folder);
    let token = good(folder.path(), &["service", "add", "billing"], "");
    let may = || is_yes(&asked(&server, token.trim(), &mina));
    let reading = Reading::of(folder.path(), &server);
    assert!(may(), "the old ones are in force meanwhile");
    write(folder.path(), CLOSED);
    for _ in 0..3 {
        server.hang_up();
    }
    reading.finds(BROKEN);
    assert!((0..AT_MOST).any(|_| !may()), "the last ones are not read");
    let log = server.stop();
    assert!(log.contains("the new policies cannot be used"), "{log}");
}

#[test]
fn a_server_whose_policies_cannot_be_used_refuses_to_start_and_accounts_are_still_managed() {
    let folder = tempdir().unwrap();
    write(folder.path(), BROKEN);
    let said = bad(folder.path(), &["serve", "--policies", "policies"], "");
    assert!(
        said.contains("the policies in policies cannot be used") && said.contains("a.cedar:2:"),
        "{said}"
    );
    let said = bad(folder.path(), &["serve", "--policies", "nowhere"], "");
    assert!(said.contains("nowhere"), "{said}");
    let add = ["account", "add", "mina", "--password-stdin", "--policies", "policies"];
    good(folder.path(), &add, PASSWORD);
}
