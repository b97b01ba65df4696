//! After a run of every flow, by every carrier, with mistakes of every kind: no secret of that run is anywhere but with whom it was handed to.

mod needles;
mod panics;
mod run;
mod traces;

use bitjang_store::testing::{Redis, Server as Postgres};
use tempfile::tempdir;

use crate::process::{Server, bitjang};

use run::every_flow;
use traces::{files_below, memory_of};

/// A server that logs all it can.
fn talkative(folder: &std::path::Path, store: &str, redis: Option<&str>) -> Server {
    let mut command = bitjang(folder, &["serve", "--store-url", store]);
    command.env("BITJANG_LOG__LEVEL", "trace").env("BITJANG_LOG__DECISIONS", "on");
    if let Some(redis) = redis {
        command.env("BITJANG_STORE__SESSIONS_URL", redis);
    }
    Server::start_as(command)
}

#[test]
fn no_secret_is_in_the_log_the_metrics_the_errors_or_the_data_folder() {
    let folder = tempdir().unwrap();
    let server = talkative(folder.path(), "embedded:data", None);
    let (needles, errors) = every_flow(&server);
    needles.are_not_in("error answers", errors.as_bytes());
    needles.are_not_in("metrics", server.get_admin("/metrics").as_bytes());
    for (path, bytes) in files_below(folder.path()) {
        needles.are_not_in(&format!("{} while it runs", path.display()), &bytes);
    }
    let log = server.stop();
    assert!(log.contains("signed in"), "{log}");
    needles.are_not_in("log", log.as_bytes());
    for (path, bytes) in files_below(folder.path()) {
        needles.are_not_in(&path.display().to_string(), &bytes);
    }
}

#[test]
fn no_secret_is_in_postgresql_or_redis() {
    let (folder, redis) = (tempdir().unwrap(), Redis::start("--rdbcompression no").unwrap());
    let postgres = Postgres::shared().unwrap();
    let address = postgres.database().unwrap();
    let server = talkative(folder.path(), &address, Some(&redis.address()));
    let (needles, _) = every_flow(&server);
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let tables = postgres.run(&address, tables).unwrap();
    assert!(tables.contains("session"), "{tables}");
    for table in tables.lines() {
        let rows = postgres.run(&address, &format!("SELECT t::text FROM {table} t")).unwrap();
        needles.are_not_in(table, rows.as_bytes());
    }
    redis.save().unwrap();
    let dir = redis.run(&["CONFIG", "GET", "dir"]).unwrap();
    let kept = files_below(dir.lines().last().unwrap().as_ref());
    assert!(kept.iter().any(|(path, _)| path.ends_with("dump.rdb")), "{dir}");
    for (path, bytes) in kept {
        needles.are_not_in(&path.display().to_string(), &bytes);
    }
    needles.are_not_in("log", server.stop().as_bytes());
}

#[test]
fn no_secret_of_a_request_that_was_answered_is_in_a_core_dump() {
    let folder = tempdir().unwrap();
    let server = talkative(folder.path(), "embedded:data", None);
    let (needles, _) = every_flow(&server);
    let memory = memory_of(server.id());
    assert!(needles::of("known", b"BITJANG_LOG__LEVEL=trace").is_in(&memory), "memory is read");
    // On the stacks of threads lie the last few as they were decoded, until another call uses the place: moving a value leaves its bytes behind.
    let mut found = needles.found_in(&memory);
    found.retain(|name| !name.ends_with(", decoded"));
    assert!(found.is_empty(), "{found:?}");
}
