//! `serve`: ready, healthy, measured, stopped, killed, started again.

use tempfile::tempdir;

use crate::process::{PASSWORD, Server, bad, good};

#[test]
fn an_empty_folder_is_served() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    for answer in [
        server.get("/healthz"),
        server.get("/readyz"),
        server.get_admin("/healthz"),
        server.get_admin("/readyz"),
    ] {
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    }
    let health = server.get("/healthz");
    for header in ["content-security-policy: frame-ancestors 'none'", "x-content-type-options: nosniff"] {
        assert!(health.contains(header), "{header} is not in {health}");
    }
    assert!(server.get("/sign-in").starts_with("HTTP/1.1 200 "));
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404 "), "metrics are for the operator");
    assert!(
        server.get_admin("/sign-in").starts_with("HTTP/1.1 404 "),
        "people are not sent to the admin listener"
    );
}

#[test]
fn what_happens_is_counted_and_no_account_is_in_a_label() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    assert_eq!(server.sign_in("mina", "wrong"), "401");
    server.get("/no/such/path?secret=hunter2");
    let metrics = server.get_admin("/metrics");
    for line in [
        r#"bitjang_sign_ins_total{result="ok"} 1"#,
        r#"bitjang_sign_ins_total{result="bad_credentials"} 1"#,
        r#"bitjang_request_seconds_count{method="POST",route="/v1/session",status="4xx"} 1"#,
        r#"bitjang_request_seconds_count{method="GET",route="unmatched",status="4xx"} 1"#,
        "bitjang_hashing_queue_depth 0",
        "bitjang_open_connections ",
        "bitjang_build_info{version=",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("mina") && !metrics.contains("hunter2"));
}

#[test]
fn the_log_is_json_and_holds_no_secret() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    let log = server.stop();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "signed in"), "{log}");
    assert_eq!(lines.last().unwrap()["message"], "stopped", "{log}");
    assert!(!log.contains(PASSWORD) && !log.contains("bjs_"), "{log}");
}

#[test]
fn accounts_survive_a_stop_and_a_kill() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    server.stop();
    let server = Server::start(&folder);
    assert_eq!(server.sign_in("mina", PASSWORD), "201");
    good(folder.path(), &["account", "add", "juno", "--password-stdin"], PASSWORD);
    server.kill();
    let server = Server::start(&folder);
    assert_eq!(server.sign_in("juno", PASSWORD), "201");
    let listed = good(folder.path(), &["account", "list", "--json"], "");
    assert_eq!(listed.lines().count(), 2, "the socket that the killed server left is replaced: {listed}");
}

#[test]
fn a_second_server_on_the_folder_is_refused() {
    let folder = tempdir().unwrap();
    let _server = Server::start(&folder);
    let said = bad(folder.path(), &["serve"], "");
    assert!(said.contains("the data folder bitjang-data is in use by another process"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_told_with_its_key() {
    let (folder, other) = (tempdir().unwrap(), tempdir().unwrap());
    let server = Server::start(&folder);
    let said = bad(other.path(), &["serve", "--listen", &server.address], "");
    assert!(
        said.contains(&format!(
            "listen = {} cannot be listened on: another process listens there",
            server.address
        )),
        "{said}"
    );
    assert!(!other.path().join("bitjang-data").exists(), "nothing was begun");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let said = bad(folder.path(), &["serve", "--store-url", "embedded:file"], "");
    assert!(said.contains("file is not a folder"), "{said}");
    // No process can write there, not even one that may do everything.
    let said = bad(folder.path(), &["serve", "--store-url", "embedded:/proc/bitjang"], "");
    assert!(said.contains("/proc/bitjang"), "{said}");
}

#[test]
fn a_bad_configuration_is_refused_and_explained() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("bitjang.toml"), "sign_up = 'maybe'").unwrap();
    let said = bad(folder.path(), &["serve"], "");
    assert!(
        said.contains("bitjang check")
            && said.contains("sign_up = \"maybe\" is none of open, closed (bitjang.toml:1)"),
        "{said}"
    );
    let output = crate::process::run(folder.path(), &["check"], "");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("✗ sign_up"), "{told}");
}

#[test]
fn the_doctor_finds_a_fresh_folder_healthy_with_and_without_a_server() {
    let folder = tempdir().unwrap();
    let told = good(folder.path(), &["doctor"], "");
    assert!(told.contains("✓ store: bitjang-data can be opened") && !told.contains('✗'), "{told}");
    let _server = Server::start(&folder);
    let told = good(folder.path(), &["doctor"], "");
    assert!(told.contains("✓ store: a server runs on bitjang-data and answers"), "{told}");
}

#[test]
fn the_doctor_finds_a_folder_that_others_may_enter() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    std::fs::set_permissions(folder.path().join("bitjang-data"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
    let output = crate::process::run(folder.path(), &["doctor"], "");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("✗ data folder: others may enter it"), "{told}");
    drop(server);
}

#[test]
fn the_control_socket_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    // It answers as soon as the first command does.
    good(folder.path(), &["account", "list"], "");
    assert_eq!((mode("bitjang-data"), mode("bitjang-data/control.sock")), (0o700, 0o600));
    server.stop();
    assert!(!folder.path().join("bitjang-data/control.sock").exists());
}
