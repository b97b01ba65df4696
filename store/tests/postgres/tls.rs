//! TLS to the database: what each `sslmode` takes, and what it does not.

use std::time::Duration;

use bitjang_store::testing::Server;
use bitjang_store::{DatabaseError, Postgres};

/// Opens the database through `host` with these parameters: whether the connections are encrypted.
async fn is_encrypted(server: &Server, host: &str, parameters: &str) -> Result<bool, DatabaseError> {
    let address = server.address("postgres").replace("127.0.0.1", host);
    let url = format!("{address}?{parameters}").parse().unwrap();
    let _store = Postgres::open(&url, Duration::from_secs(10)).await?;
    let ours = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'bitjang'";
    Ok(server.run("postgres", ours).unwrap() == "t")
}

#[tokio::test]
async fn the_certificate_is_looked_at_where_that_was_asked_for() {
    let (server, certificate) = Server::start_encrypted().unwrap();
    let verified = format!("sslmode=verify-full&sslrootcert={}", certificate.display());
    for (host, parameters, encrypted) in [
        ("127.0.0.1", "sslmode=disable", false),
        ("127.0.0.1", "sslmode=prefer", true),
        ("127.0.0.1", "", true),
        ("127.0.0.1", "sslmode=require", true),
        ("localhost", &verified, true),
    ] {
        let found = is_encrypted(&server, host, parameters).await;
        assert_eq!(found.unwrap(), encrypted, "{host} {parameters}");
    }
    for (host, parameters) in [("127.0.0.1", verified.as_str()), ("localhost", "sslmode=verify-full")] {
        let refused = is_encrypted(&server, host, parameters).await;
        assert!(refused.is_err(), "{host} {parameters}");
    }
}

#[tokio::test]
async fn a_file_that_holds_no_authority_is_refused() {
    let server = Server::shared().unwrap();
    let refused =
        is_encrypted(server, "localhost", "sslmode=verify-full&sslrootcert=/dev/null").await.unwrap_err();
    assert!(matches!(refused, DatabaseError::Authorities { .. }), "{refused:?}");
}
