//! The configuration: which source wins, what is refused, and what is said about it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use bitjang::config::key::Key;
use bitjang::config::{Config, Read, Sources};

/// Reads a file of this text, an environment and flags.
fn read(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bitjang.toml");
    std::fs::write(&file, text).unwrap();
    Read::from(&Sources {
        flags: flags.iter().map(|(name, text)| (Key::named(name).unwrap(), (*text).to_owned())).collect(),
        environment: environment
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
        file: Some(file),
    })
}

fn good(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Config {
    read(text, environment, flags).into_config().unwrap()
}

/// What is wrong with a file of this text, its folder left out.
fn complaints(text: &str, environment: &[(&str, &str)]) -> String {
    let said = read(text, environment, &[]).into_config().unwrap_err().to_string();
    let start = said.find("/tmp").or_else(|| said.find(std::env::temp_dir().to_str().unwrap()));
    match (start, said.find("bitjang.toml")) {
        (Some(start), Some(end)) if start < end => said.replace(&said[start..end], ""),
        _ => said,
    }
}

#[test]
fn an_empty_file_works_and_means_the_defaults() {
    let config = good("", &[], &[]);
    assert_eq!(config.public_url().unwrap().to_string(), "http://localhost:8080");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.store.to_string(), "embedded:bitjang-data");
    assert_eq!(format!("{:?}", config.rules().unwrap()), format!("{:?}", bitjang_core::Rules::default()));
    assert_eq!(config.password.parameters, bitjang_core::password::Parameters::default());
    assert_eq!((config.tokens.access.as_secs(), config.tokens.max_staleness.as_secs()), (300, 10));
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let (file, variable, flag) =
        ("listen = '127.0.0.1:1'", ("BITJANG_LISTEN", "127.0.0.1:2"), ("listen", "127.0.0.1:3"));
    assert_eq!(good(file, &[], &[]).listen.port(), 1);
    assert_eq!(good(file, &[variable], &[]).listen.port(), 2);
    assert_eq!(good(file, &[variable], &[flag]).listen.port(), 3);
}

#[test]
fn the_public_url_follows_the_port_unless_it_is_given() {
    assert_eq!(
        good("listen = '0.0.0.0:9000'", &[], &[]).public_url().unwrap().to_string(),
        "http://localhost:9000"
    );
    let given = good("public_url = 'https://login.example.org'", &[], &[]);
    assert_eq!(given.public_url().unwrap().to_string(), "https://login.example.org");
}

#[test]
fn lists_are_arrays_in_the_file_and_have_commas_elsewhere() {
    let file = good("trusted_proxies = ['10.0.0.0/8', '::1']", &[], &[]);
    let variable = good("", &[("BITJANG_TRUSTED_PROXIES", "10.0.0.0/8, ::1")], &[]);
    assert_eq!(file.trusted_proxies, variable.trusted_proxies);
    assert_eq!(file.trusted_proxies.len(), 2);
}

#[test]
fn a_variable_that_ends_in_file_names_a_file() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "memory:\n").unwrap();
    let path = secret.path().to_str().unwrap();
    assert_eq!(good("", &[("BITJANG_STORE__URL_FILE", path)], &[]).store.to_string(), "memory:");
    let both = complaints("", &[("BITJANG_STORE__URL_FILE", path), ("BITJANG_STORE__URL", "memory:")]);
    assert!(both.starts_with("store.url is given twice"), "{both}");
    let none = complaints("", &[("BITJANG_STORE__URL_FILE", "/nowhere")]);
    assert!(none.starts_with("/nowhere cannot be read"), "{none}");
}

#[test]
fn a_file_that_is_named_must_exist() {
    let sources = Sources { file: Some(PathBuf::from("/nowhere.toml")), ..Sources::default() };
    let said = Read::from(&sources).into_config().unwrap_err().to_string();
    assert!(said.starts_with("/nowhere.toml cannot be read"), "{said}");
    assert!(Read::from(&Sources::default()).into_config().is_ok(), "bitjang.toml need not");
}

#[test]
fn what_orchestrators_put_beside_a_service_of_our_name_is_no_key() {
    for variable in
        ["BITJANG_PORT", "BITJANG_SERVICE_HOST", "BITJANG_SERVICE_PORT_HTTP", "BITJANG_PORT_8080_TCP_ADDR"]
    {
        good("", &[(variable, "tcp://10.0.0.1:8080")], &[]);
    }
}

#[test]
fn every_fault_is_told_with_its_place_and_a_way_out() {
    for (text, expected) in FAULTS {
        assert_eq!(complaints(text, &[]), *expected, "{text}");
    }
    for (variable, value, expected) in FAULTS_OF_THE_ENVIRONMENT {
        assert_eq!(complaints("", &[(variable, value)]), *expected, "{variable}={value}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let said = complaints("listen = 'x'\nsign_up = 'maybe'\n[sessions]\nidle_seconds = 0", &[]);
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn no_password_of_a_url_is_told_or_explained() {
    let secret = "postgres://me:hunter2@db/app";
    assert!(!format!("{:?}", good("", &[("BITJANG_STORE__URL", secret)], &[])).contains("hunter2"));
    assert!(!complaints("", &[("BITJANG_STORE__URL", "mysql://me:hunter2@db/app")]).contains("hunter2"));
    let redis = [("BITJANG_STORE__SESSIONS_URL", "redis://:hunter2@db/1")];
    assert!(!format!("{:?}", good("", &redis, &[])).contains("hunter2"));
    assert!(!read("", &redis, &[]).explain().to_string().contains("hunter2"));
    assert!(!complaints("", &[("BITJANG_STORE__SESSIONS_URL", "redis://:hunter2@db/x")]).contains("hunter2"));
    assert!(!complaints(&format!("public_url = '{secret}'"), &[]).contains("hunter2"));
    let explained = read("", &[("BITJANG_STORE__SESSIONS_URL", secret)], &[]).explain().to_string();
    assert!(!explained.contains("hunter2") && explained.contains("postgres://…@db/app"), "{explained}");
}

#[test]
fn the_explanation_says_where_each_value_comes_from() {
    let explained =
        read("sign_up = 'closed'", &[("BITJANG_LOG__LEVEL", "debug")], &[("listen", "127.0.0.1:0")])
            .explain()
            .to_string();
    let row =
        |key: &str| explained.lines().find(|line| line.contains(&format!(" {key} "))).unwrap().to_owned();
    assert!(row("sign_up").contains("closed") && row("sign_up").contains("bitjang.toml:1"), "{explained}");
    assert!(row("log.level").contains("BITJANG_LOG__LEVEL"), "{explained}");
    assert!(row("listen").contains("--listen"), "{explained}");
    assert!(row("store.url").contains("default"), "{explained}");
}

const FAULTS: &[(&str, &str)] = &[
    (
        "listen = 'here'",
        "listen = \"here\" is not an address and port like 127.0.0.1:8080 or [::1]:8080 (bitjang.toml:1)",
    ),
    (
        "\n\n[store]\nuri = 'memory:'",
        "store.uri is not a known key (bitjang.toml:4); did you mean store.url?",
    ),
    ("xyzzy = 1", "xyzzy is not a known key (bitjang.toml:1)"),
    ("listen = true", "listen cannot be a boolean (bitjang.toml:1)"),
    ("listen = ['a', 'b']", "listen is a list, but takes one value (bitjang.toml:1)"),
    (
        "public_url = 'http://example.org'",
        "public_url = \"http://example.org\" is plain http, over which anybody on the way can take a session; use https (http is for localhost alone) (bitjang.toml:1)",
    ),
    (
        "public_url = 'https://example.org/login'",
        "public_url = \"https://example.org/login\" is not an origin: write scheme, host and perhaps port, as in https://app.example.org (bitjang.toml:1)",
    ),
    (
        "trusted_origins = ['https://App.example.org']",
        "trusted_origins = \"https://App.example.org\" is not how browsers spell it; write https://app.example.org (bitjang.toml:1)",
    ),
    (
        "[password]\nmin_length = 7",
        "password.min_length = \"7\" is not a whole number from 8 to 128 (bitjang.toml:2)",
    ),
    (
        "[password]\nmemory_kib = 8\nlanes = 2",
        "password.memory_kib does not fit password.lanes: memory must be 16 to 262144 KiB (bitjang.toml:2)",
    ),
    (
        "[tokens]\nalgorithm = 'none'",
        "tokens.algorithm = \"none\" is none of Ed25519, ES256, RS256, HS256 (bitjang.toml:2)",
    ),
    (
        "store.url = 'mysql://db'",
        "store.url = \"mysql://db\" cannot be used: no store is called \"mysql:\"; known are \"memory:\", \"embedded:<folder>\" and \"postgres://…\" (bitjang.toml:1)",
    ),
    (
        "store.sessions_url = 'memcached://db'",
        "store.sessions_url = \"memcached://db\" cannot be used: it is not written as \"redis://user:password@host:port/number\", or \"rediss://…\" for TLS (bitjang.toml:1)",
    ),
    ("sign_up = 'yes'", "sign_up = \"yes\" is none of open, closed (bitjang.toml:1)"),
    (
        "log.level = 'loud'",
        "log.level = \"loud\" is none of error, warn, info, debug, trace (bitjang.toml:1)",
    ),
    ("listen = ", "bitjang.toml:1: string values must be quoted, expected literal string"),
];

const FAULTS_OF_THE_ENVIRONMENT: &[(&str, &str, &str)] = &[
    (
        "BITJANG_STORE_URL",
        "memory:",
        "BITJANG_STORE_URL is not a known key (the environment); did you mean BITJANG_STORE__URL?",
    ),
    (
        "BITJANG_LIMITS__PAIR_ATTEMPTS",
        "0",
        "limits.pair_attempts = \"0\" is not a whole number from 1 to 1000000 (BITJANG_LIMITS__PAIR_ATTEMPTS)",
    ),
    (
        "BITJANG_TRUSTED_PROXIES",
        "10.0.0.0/8,lan",
        "trusted_proxies = \"lan\" is not a network like 10.0.0.0/8 or an address (BITJANG_TRUSTED_PROXIES)",
    ),
];
