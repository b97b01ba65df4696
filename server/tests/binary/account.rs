//! `account …`: the same with a server that runs and without one.

use std::path::Path;

use tempfile::tempdir;

use crate::process::{PASSWORD, Server, bad, good};

fn with_and_without_a_server(check: impl Fn(&Path)) {
    let folder = tempdir().unwrap();
    check(folder.path());
    let folder = tempdir().unwrap();
    let _server = Server::start(&folder);
    check(folder.path());
}

#[test]
fn a_new_store_has_no_accounts() {
    with_and_without_a_server(|folder| {
        let listed = crate::process::run(folder, &["account", "list", "--json"], "");
        assert!(listed.status.success() && listed.stdout.is_empty());
    });
}

#[test]
fn an_account_is_made_listed_locked_and_given_roles() {
    with_and_without_a_server(|folder| {
        let added = good(
            folder,
            &["account", "add", "Mina", "--name", "Mina K", "--role", "editor", "--password-stdin"],
            PASSWORD,
        );
        assert!(added.contains("mina") && added.contains("Mina K") && added.contains("editor"), "{added}");
        assert!(good(folder, &["account", "disable", "MINA"], "").contains("disabled"));
        assert!(good(folder, &["account", "enable", "mina"], "").contains("active"));
        assert!(good(folder, &["account", "roles", "mina", "b", "a"], "").contains(" a b "));
        assert!(!good(folder, &["account", "roles", "mina"], "").contains(" a b "));
        let listed = good(folder, &["account", "list", "--json"], "");
        let account: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
        assert_eq!((&account["identifier"], &account["state"]), (&"mina".into(), &"active".into()));
    });
}

#[test]
fn the_operator_signs_out_one_account_or_everybody() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    for identifier in ["mina", "juno"] {
        good(folder.path(), &["account", "add", identifier, "--password-stdin"], PASSWORD);
    }
    let (mina, juno) = (server.cookie_of("mina"), server.cookie_of("juno"));
    let known = |cookie| server.get_with_cookie("/v1/session", cookie).starts_with("HTTP/1.1 200 ");
    good(folder.path(), &["account", "sign-out", "mina"], "");
    assert_eq!((known(&mina), known(&juno)), (false, true));
    let mina = server.cookie_of("mina");
    assert!(known(&mina), "the door is open");
    let told = good(folder.path(), &["account", "sign-out", "--all"], "");
    assert!(told.contains("2 accounts"), "{told}");
    assert_eq!((known(&mina), known(&juno)), (false, false));
    bad(folder.path(), &["account", "sign-out"], "");
}

#[test]
fn what_cannot_be_done_is_told_with_its_code() {
    with_and_without_a_server(|folder| {
        good(folder, &["account", "add", "mina", "--password-stdin"], PASSWORD);
        for (arguments, password, code) in [
            (["account", "add", "MINA", "--password-stdin"].as_slice(), PASSWORD, "(identifier_taken)"),
            (&["account", "add", "juno", "--password-stdin"], "password", "(weak_password)"),
            (&["account", "add", "ju no", "--password-stdin"], PASSWORD, "(bad_identifier)"),
            (&["account", "add", "juno", "--role", "Admin", "--password-stdin"], PASSWORD, "(bad_role)"),
            (&["account", "disable", "nobody"], "", "(not_found)"),
            (&["account", "roles", "nobody", "a"], "", "(not_found)"),
        ] {
            let said = bad(folder, arguments, password);
            assert!(said.contains(code), "{arguments:?}: {said}");
        }
        assert_eq!(good(folder, &["account", "list", "--json"], "").lines().count(), 1);
    });
}

#[test]
fn a_password_is_not_asked_for_where_nobody_can_type() {
    let folder = tempdir().unwrap();
    let said = bad(folder.path(), &["account", "add", "mina"], PASSWORD);
    assert!(said.contains("--password-stdin"), "{said}");
}

#[test]
fn a_locked_account_cannot_sign_in() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    good(folder.path(), &["account", "disable", "mina"], "");
    assert_eq!(server.sign_in("mina", PASSWORD), "401");
}

#[test]
fn accounts_in_memory_are_not_to_be_had_from_outside() {
    let folder = tempdir().unwrap();
    let said = bad(folder.path(), &["account", "list", "--store-url", "memory:"], "");
    assert!(said.contains("memory:"), "{said}");
}
