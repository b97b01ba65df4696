//! Redis beside the database is emptied, killed, restarted empty, while clients are at it: nobody notices.

use bitjang_store::testing::{Redis, Server as Postgres};

use super::Fleet;
use super::client::{Field, Weather};
use super::traffic::{during, enough, report};

fn storm(what: &str, happen: impl FnOnce(&Redis, &Field)) {
    let redis = Redis::start("").unwrap();
    let settings = vec![("BITJANG_STORE__SESSIONS_URL", redis.address())];
    let fleet = Fleet::start_with(Postgres::shared().unwrap().database().unwrap(), settings);
    report(what, during(fleet.addresses(), Weather::Fair, |field| happen(&redis, field)));
}

#[test]
fn while_redis_is_emptied_again_and_again_nobody_is_signed_out_and_no_end_is_undone() {
    storm("Redis emptied, five times", |redis, field| {
        for _ in 0..5 {
            redis.run(&["FLUSHALL"]).unwrap();
            enough(field);
        }
    });
}

#[test]
fn while_redis_is_killed_nobody_is_signed_out_and_no_end_is_undone() {
    storm("Redis killed -9", |redis, field| {
        redis.kill().unwrap();
        enough(field);
    });
}

#[test]
fn while_redis_is_killed_and_comes_back_empty_nobody_is_signed_out_and_no_end_is_undone() {
    storm("Redis killed -9 and started empty, three times", |redis, field| {
        for _ in 0..3 {
            redis.kill().unwrap();
            enough(field);
            redis.start_again().unwrap();
            enough(field);
        }
    });
}

#[test]
fn while_redis_goes_back_to_what_it_knew_nobody_is_signed_out_and_no_end_is_undone() {
    storm("Redis killed -9 and started with an old snapshot, three times", |redis, field| {
        redis.save().unwrap();
        for _ in 0..3 {
            enough(field);
            redis.kill().unwrap();
            redis.start_again().unwrap();
        }
    });
}
