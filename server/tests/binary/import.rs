//! `account import`: many lines, bad lines, a second run.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::process::{Server, good, run};

/// A password and its bcrypt hash, from the test vectors of jBCrypt.
const PASSWORD: &str = "abcdefghijklmnopqrstuvwxyz";
const BCRYPT: &str = "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC";

fn line(identifier: &str) -> String {
    format!("{{\"identifier\":\"{identifier}\",\"password_hash\":\"{BCRYPT}\"}}\n")
}

fn import(folder: &Path, text: &str) -> (bool, String, Vec<Value>) {
    std::fs::write(folder.join("accounts.jsonl"), text).unwrap();
    let output = run(folder, &["account", "import", "accounts.jsonl", "--rejects", "rejects.jsonl"], "");
    let rejects = std::fs::read_to_string(folder.join("rejects.jsonl")).unwrap();
    assert!(!rejects.contains(&BCRYPT[7..]), "no hash is written down again: {rejects}");
    let rejects = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned(), rejects)
}

fn with_and_without_a_server(check: impl Fn(&TempDir)) {
    let folder = tempdir().unwrap();
    check(&folder);
    let folder = tempdir().unwrap();
    let _server = Server::start(&folder);
    check(&folder);
}

#[test]
fn every_good_line_becomes_an_account_and_a_second_run_changes_nothing() {
    with_and_without_a_server(|folder| {
        let text = (0..1_000).fold(String::new(), |mut text, number| {
            write!(text, "{}", line(&format!("person-{number}"))).unwrap();
            text
        });
        let first = import(folder.path(), &text);
        assert_eq!(
            (first.0, first.1.as_str(), first.2.len()),
            (true, "1000 imported, 0 already had an account, 0 rejected", 0)
        );
        let second = import(folder.path(), &text);
        assert_eq!(
            (second.0, second.1.as_str(), second.2.len()),
            (true, "0 imported, 1000 already had an account, 0 rejected", 1_000)
        );
        assert_eq!(good(folder.path(), &["account", "list", "--json"], "").lines().count(), 1_000);
    });
}

#[test]
fn bad_lines_are_rejected_with_their_number_and_reason_and_the_others_go_in() {
    with_and_without_a_server(|folder| {
        let text = [
            &line("mina"),
            "not json\n",
            "\n",
            &line("a b"),
            "{\"identifier\":\"juno\",\"password_hash\":\"hunter2\"}\n",
            &line("MINA"),
            &format!("{}\n", "x".repeat(20_000)),
            line("kai").trim_end(),
        ]
        .concat();
        let (good_end, said, rejects) = import(folder.path(), &text);
        assert!(!good_end);
        assert_eq!(said, "2 imported, 1 already had an account, 4 rejected");
        let told: Vec<_> = rejects
            .iter()
            .map(|reject| (reject["line"].as_u64().unwrap(), reject["code"].as_str().unwrap()))
            .collect();
        let expected = [
            (2, "bad_line"),
            (4, "bad_identifier"),
            (5, "bad_password_hash"),
            (6, "identifier_taken"),
            (7, "line_too_long"),
        ];
        assert_eq!(told, expected);
        assert_eq!(good(folder.path(), &["account", "list", "--json"], "").lines().count(), 2);
    });
}

#[test]
fn an_imported_account_signs_in_with_the_password_it_had() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    import(folder.path(), &line("mina"));
    assert_eq!(server.sign_in("mina", "password"), "401");
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    assert_eq!(server.sign_in("mina", PASSWORD), "201", "also after its hash was upgraded");
    assert!(server.stop().contains("password hash upgraded"));
}

#[test]
fn a_file_that_is_not_there_changes_nothing() {
    let folder = tempdir().unwrap();
    let output = run(folder.path(), &["account", "import", "nowhere.jsonl"], "");
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("nowhere.jsonl cannot be opened"));
}
