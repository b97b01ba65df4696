//! The database stops, dies, takes no writes, has no connection left, while clients are at it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bitjang_store::testing::Server as Postgres;

use super::client::{Field, Weather};
use super::traffic::{during, report, until_it_shows};
use super::{Fleet, PASSWORD, cookie, status, until};

/// Three servers on this database, clients, and what happens to it.
fn storm(what: &str, postgres: &Postgres, address: String, happen: impl FnOnce(&Field)) {
    let fleet = Fleet::start_on(address);
    report(what, during(fleet.addresses(), Weather::Foul, happen));
    for server in &fleet.servers {
        until("it is ready", || status(&server.get("/readyz")) == "200");
    }
    let database = fleet.address.split('?').next().unwrap();
    let waiting = postgres.run(database, "SELECT count(*) FROM bitjang.feed WHERE position IS NULL");
    assert_eq!(waiting.unwrap(), "0", "every end is in the feed");
}

#[test]
fn while_the_database_is_stopped_and_started_nobody_is_signed_out_and_no_end_is_undone() {
    let postgres = Postgres::start("").unwrap();
    storm("PostgreSQL stopped and started", &postgres, postgres.database().unwrap(), |field| {
        postgres.stop().unwrap();
        until_it_shows(field);
        postgres.start_again().unwrap();
    });
}

#[test]
fn while_the_database_is_killed_again_and_again_nobody_is_signed_out_and_no_end_is_undone() {
    let postgres = Postgres::start("").unwrap();
    storm(
        "PostgreSQL killed -9 and started, three times",
        &postgres,
        postgres.database().unwrap(),
        |field| {
            for _ in 0..3 {
                super::traffic::enough(field);
                postgres.kill().unwrap();
                until_it_shows(field);
                until("it starts again", || postgres.start_again().is_ok());
            }
        },
    );
}

#[test]
fn while_the_database_takes_no_writes_nobody_is_signed_out_and_no_end_is_undone() {
    let postgres = Postgres::start("").unwrap();
    storm("PostgreSQL read-only and back", &postgres, postgres.database().unwrap(), |field| {
        let set = |what: &str| {
            postgres.run("postgres", &format!("ALTER SYSTEM {what}")).unwrap();
            postgres.run("postgres", "SELECT pg_reload_conf()").unwrap();
        };
        set("SET default_transaction_read_only = on");
        until_it_shows(field);
        set("RESET default_transaction_read_only");
    });
}

#[test]
fn while_the_database_has_no_connection_left_nobody_is_signed_out_and_no_end_is_undone() {
    let postgres = Postgres::start("-c max_connections=30").unwrap();
    let address = postgres.database().unwrap();
    let name = address.rsplit('/').next().unwrap();
    // The last connections are kept for a superuser, which is us.
    postgres
        .run("postgres", &format!("CREATE ROLE clerk LOGIN; GRANT ALL ON DATABASE {name} TO clerk"))
        .unwrap();
    let theirs = format!("{}?connections=4", address.replace("postgres@", "clerk@"));
    storm("PostgreSQL without a free connection", &postgres, theirs, |field| {
        let before = field.history.unavailable();
        let mut taken = Vec::new();
        until("nothing is left for the servers", || {
            postgres
                .run("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bitjang%'")
                .unwrap();
            while let Some(connection) = connected(&address) {
                taken.push(connection);
            }
            field.history.unavailable() >= before + 20
        });
    });
}

/// A connection of `clerk` to the database at `address`, if there is one left.
///
/// PostgreSQL's protocol 3.0: a start-up message is answered by messages of a kind and a length. One that says who we are may come before the one that refuses us, so only Z, ready for a query, is a welcome; E is none.
fn connected(address: &str) -> Option<TcpStream> {
    let place = address.split(['@', '/']).find(|part| part.starts_with("127.0.0.1:")).unwrap();
    let mut stream = TcpStream::connect(place).unwrap();
    let parameters = b"user\0clerk\0database\0postgres\0\0";
    let length = u32::try_from(parameters.len() + 8).unwrap();
    stream.write_all(&[&length.to_be_bytes(), &196_608_u32.to_be_bytes(), &parameters[..]].concat()).unwrap();
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head).ok()?;
        let [kind, length @ ..] = head;
        match kind {
            b'Z' => return Some(stream),
            b'E' => return None,
            _ => {}
        }
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - length.len()];
        stream.read_exact(&mut rest).ok()?;
    }
}

#[test]
fn while_the_database_is_gone_nobody_is_signed_out_and_nobody_is_lied_to() {
    let postgres = Postgres::start("").unwrap();
    let fleet = Fleet::start_on(postgres.database().unwrap());
    let [one, other, _] = fleet.servers.as_slice() else { panic!("three servers") };
    let cookie = cookie(&one.sign_up("mina", "cookie"));
    assert_eq!([one.check(&cookie), other.check(&cookie), other.check(&cookie)], ["200"; 3]);
    postgres.stop().unwrap();
    until("the bound is over", || match other.check(&cookie).as_str() {
        "200" => false,
        status => {
            assert_eq!(status, "503", "from memory, or not at all");
            true
        }
    });
    for answer in [
        other.get_with_cookie("/v1/session", &cookie),
        one.answer_to_sign_in("mina", PASSWORD),
        one.get("/readyz"),
    ] {
        assert_eq!(status(&answer), "503", "{answer}");
        assert!(answer.contains("retry-after: ") && !answer.contains("set-cookie"), "{answer}");
    }
    assert!(one.get("/healthz").starts_with("HTTP/1.1 200 "));
    postgres.start_again().unwrap();
    for server in &fleet.servers {
        until("it goes on", || server.check(&cookie) == "200");
        until("it is ready", || status(&server.get("/readyz")) == "200");
        assert_eq!(server.sign_in("mina", PASSWORD), "201");
    }
}
