//! Keys at rest: turned into ciphertext under a running installation, and lost to whoever has not the key.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bitjang_core::key::Purpose;
use bitjang_store::{StoreUrl, open};
use tempfile::tempdir;

use crate::process::{PASSWORD, Server, bitjang, finish, good};
use crate::program::Program;

const FIRST: &str = "kU1tGH0vXj0c8mEXo3Z1i8mX2tQv5bq0mRrZ1b7x2nA=";
const SECOND: &str = "Zb3pYy2i1T8wJm4lS0cVd7QfKq9XeR6uHnAo5gWtLzM=";

/// The binary with these keys for the keys, the current one given by a file.
fn with_keys(folder: &Path, arguments: &[&str], key: Option<&str>, previous: Option<&str>) -> Command {
    let mut command = bitjang(folder, arguments);
    // Which otherwise follow from the port, which is another at every start.
    command.env("BITJANG_TOKENS__ISSUER", "here").env("BITJANG_TOKENS__AUDIENCE", "here");
    if let Some(key) = key {
        std::fs::write(folder.join("key"), format!("{key}\n")).unwrap();
        command.env("BITJANG_TOKENS__ENCRYPTION_KEY_FILE", folder.join("key"));
    }
    if let Some(previous) = previous {
        command.env("BITJANG_TOKENS__PREVIOUS_ENCRYPTION_KEY", previous);
    }
    command
}

fn served(folder: &tempfile::TempDir, key: Option<&str>, previous: Option<&str>) -> Server {
    Server::start_as(with_keys(folder.path(), &["serve"], key, previous))
}

/// Why it does not start.
fn refused(folder: &Path, arguments: &[&str], key: Option<&str>, previous: Option<&str>) -> String {
    let output = finish(with_keys(folder, arguments, key, previous), "");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Every key as the store keeps it.
fn kept(folder: &Path) -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = StoreUrl::Embedded(folder.join("bitjang-data"));
        let store = open(&url, Duration::from_secs(10)).await.unwrap();
        let mut kept = Vec::new();
        for purpose in [Purpose::Csrf, Purpose::RefreshTag] {
            kept.push(store.keys.find(purpose).await.unwrap().unwrap().secret.0.to_vec());
        }
        kept.extend(store.keys.signers().await.unwrap().iter().map(|signer| signer.material.0.to_vec()));
        kept
    })
}

/// How many of these texts are in some file of the data folder.
fn found(folder: &Path, texts: &[Vec<u8>]) -> usize {
    let files: Vec<Vec<u8>> = std::fs::read_dir(folder.join("bitjang-data"))
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    let within = |text: &Vec<u8>| files.iter().any(|file| file.windows(text.len()).any(|part| part == text));
    texts.iter().filter(|text| within(text)).count()
}

#[test]
fn keys_are_sealed_under_a_store_in_use_and_nobody_is_signed_out() {
    let folder = tempdir().unwrap();
    let server = served(&folder, None, None);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let mut program = Program::signed_in(&server, "mina");
    server.stop();
    let clear = kept(folder.path());
    assert_eq!((clear.len(), found(folder.path(), &clear)), (3, 3));

    let server = served(&folder, Some(FIRST), None);
    assert_eq!(program.call(&server, "GET /v1/session"), 200, "its access token is still good");
    assert_eq!(program.refresh(&server).0, 200);
    let log = server.stop();
    assert!(!log.contains(FIRST), "{log}");
    assert_eq!(found(folder.path(), &clear), 0, "nothing of them is left in the files");

    let server = served(&folder, Some(SECOND), Some(FIRST));
    assert_eq!(program.refresh(&server).0, 200);
    server.kill();
    let server = served(&folder, Some(SECOND), None);
    assert_eq!(program.refresh(&server).0, 200);
    assert_eq!(program.call(&server, "GET /v1/session"), 200);
}

#[test]
fn without_the_right_key_a_server_neither_starts_nor_makes_new_ones() {
    let folder = tempdir().unwrap();
    served(&folder, Some(FIRST), None).stop();
    let before = kept(folder.path());
    for command in [["serve"].as_slice(), &["keys", "rotate"], &["account", "list"]] {
        let said = refused(folder.path(), command, None, None);
        assert!(said.contains("the keys in this store are encrypted: give the key"), "{said}");
        assert!(said.contains("BITJANG_TOKENS__ENCRYPTION_KEY_FILE"), "{said}");
        for previous in [None, Some("t0hJ4lYk2sQ8vX1nB6mW9zC3rF7pD5gA0eKuIoLwNxM=")] {
            let said = refused(folder.path(), command, Some(SECOND), previous);
            assert!(said.contains("another key than `tokens.encryption_key`"), "{said}");
            assert!(!said.contains(SECOND), "{said}");
        }
    }
    assert_eq!(kept(folder.path()), before);
    served(&folder, Some(FIRST), None).stop();
}

#[test]
fn the_doctor_and_the_check_say_how_keys_rest_and_show_none() {
    let folder = tempdir().unwrap();
    let told = good(folder.path(), &["doctor"], "");
    assert!(told.contains("! keys at rest: in the clear"), "{told}");
    for (arguments, expected) in [
        (["doctor"], "✓ keys at rest: encrypted"),
        (["check"], "the file named by BITJANG_TOKENS__ENCRYPTION_KEY_FILE"),
    ] {
        let output = finish(with_keys(folder.path(), &arguments, Some(FIRST), None), "");
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && told.contains(expected) && !told.contains(FIRST), "{told}");
    }
    let told = refused(folder.path(), &["doctor"], Some("c2hvcnQ="), None);
    assert!(told.contains("tokens.encryption_key cannot be used: the secret must have 32 bytes"), "{told}");
    assert!(!told.contains("c2hvcnQ="), "{told}");
}
