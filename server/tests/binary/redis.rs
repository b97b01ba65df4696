//! Redis beside the store: what it takes off it, and that nobody notices when it is gone.

use std::thread;

use bitjang_store::testing::{Redis, RedisCluster, Server as Postgres};
use tempfile::{TempDir, tempdir};

use crate::fleet::{cookie, json, status, until};
use crate::process::{PASSWORD, Server, bitjang, run};

/// A server on this store, with Redis at `redis` beside it.
fn start(folder: &TempDir, store: &str, redis: &str) -> Server {
    let mut command = bitjang(folder.path(), &["serve", "--store-url", store]);
    command.env("BITJANG_STORE__SESSIONS_URL", redis).env("BITJANG_LIMITS__PAIR_REGAIN_SECONDS", "3600");
    command
        .env("BITJANG_TOKENS__ISSUER", "http://localhost")
        .env("BITJANG_TOKENS__AUDIENCE", "http://localhost");
    Server::start_as(command)
}

#[test]
fn who_signed_out_while_redis_was_gone_stays_out_when_it_is_back_with_what_it_knew() {
    let (redis, folder) = (Redis::start("").unwrap(), tempdir().unwrap());
    let server = start(&folder, "embedded:data", &redis.address());
    server.sign_up("mina", "cookie");
    let [stays, leaves] = [(); 2].map(|()| cookie(&server.answer_to_sign_in("mina", PASSWORD)));
    assert_eq!([server.check(&stays), server.check(&leaves)], ["200"; 2]);
    assert!(redis.run(&["KEYS", "bitjang:{session:*"]).unwrap().lines().count() >= 3);
    redis.save().unwrap();
    redis.kill().unwrap();
    assert_eq!([server.check(&stays), server.check(&leaves)], ["200"; 2], "still in");
    assert_eq!(status(&server.get("/readyz")), "200");
    server.sign_out(&leaves);
    assert_eq!([server.check(&stays), server.check(&leaves)], ["200", "401"]);
    redis.start_again().unwrap();
    until("Redis is asked again", || {
        assert_eq!([server.check(&stays), server.check(&leaves)], ["200", "401"], "still out");
        server.sign_in("mina", "not the password");
        redis.run(&["INFO", "commandstats"]).unwrap().contains("cmdstat_evalsha:")
    });
    assert_eq!([server.check(&stays), server.check(&leaves)], ["200", "401"], "still out");
    let log = server.stop();
    assert_eq!(log.matches("Redis does not answer").count(), 1, "once for each outage: {log}");
    assert_eq!(log.matches("Redis answers again").count(), 1, "{log}");
}

#[test]
fn two_servers_with_one_redis_behave_as_one() {
    let (redis, folder) = (Redis::start("").unwrap(), tempdir().unwrap());
    let address = Postgres::shared().unwrap().database().unwrap();
    let [one, other] = [(); 2].map(|()| start(&folder, &address, &redis.address()));
    let first = json(&one.sign_up("mina", "bearer"))["refresh_token"].as_str().unwrap().to_owned();
    let answers = over_both(&one, &other, 50, |server| server.refresh(&first));
    assert!(answers.iter().all(|answer| status(answer) == "200"), "{answers:?}");
    let any = json(&answers[49])["refresh_token"].as_str().unwrap().to_owned();
    let next = json(&other.refresh(&any))["refresh_token"].as_str().unwrap().to_owned();
    let late = one.refresh(&first);
    assert_eq!((status(&late), json(&late)["code"].as_str()), ("401", Some("token_reuse")));
    assert_eq!(status(&other.refresh(&next)), "401");

    for trial in 0..20 {
        let (here, there) = if trial % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let cookie = cookie(&here.answer_to_sign_in("mina", PASSWORD));
        assert_eq!([here.check(&cookie), there.check(&cookie), there.check(&cookie)], ["200"; 3]);
        here.sign_out(&cookie);
        assert_eq!(here.check(&cookie), "401");
        until("it is refused", || there.check(&cookie) == "401");
        assert_eq!([here.check(&cookie), there.check(&cookie)], ["401"; 2], "for good");
    }

    let guesses = over_both(&one, &other, 30, |server| server.sign_in("mina", "not the password"));
    let count = |wanted: &str| guesses.iter().filter(|status| *status == wanted).count();
    assert_eq!((count("401"), count("429")), (10, 20), "{guesses:?}");
}

/// What is answered when both servers are asked at once, in turn, `times` in all.
fn over_both(
    one: &Server,
    other: &Server,
    times: usize,
    ask: impl Fn(&Server) -> String + Sync,
) -> Vec<String> {
    thread::scope(|scope| {
        let ask = &ask;
        let servers = [one, other].into_iter().cycle().take(times);
        let asking: Vec<_> = servers.map(|server| scope.spawn(move || ask(server))).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

#[test]
fn the_doctor_says_what_it_found_at_redis() {
    let redis = Redis::start("--maxmemory 64mb --maxmemory-policy allkeys-lru").unwrap();
    let told = doctor(&redis.address());
    for line in
        ["✓ redis: redis://127.0.0.1:", "/0, Redis ", "✓ redis: holds 64 MiB, then evicts (allkeys-lru)"]
    {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    redis.run(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).unwrap();
    assert!(
        doctor(&redis.address()).contains("! redis: full at 64 MiB, and then the main store does its work")
    );
    redis.run(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    assert!(doctor(&redis.address()).contains("a replica, which takes no writes"));
}

#[test]
fn the_doctor_tells_a_cluster_from_a_server() {
    let (cluster, alone) = (RedisCluster::start().unwrap(), Redis::start("").unwrap());
    let address = cluster.address().unwrap();
    let told = doctor(&address);
    assert!(told.contains("✓ redis: ") && told.contains(", in a cluster with 3 primaries"), "{told}");
    let told = doctor(&address.replace("&cluster", ""));
    assert!(told.contains("a node of a cluster: add ?cluster to store.sessions_url"), "{told}");
    let told = doctor(&format!("{}&cluster", alone.address()));
    assert!(told.contains("it is in no cluster"), "{told}");
}

#[test]
fn a_redis_that_is_not_there_or_lets_nobody_in_is_told_without_its_password() {
    let (redis, folder) = (Redis::start("").unwrap(), tempdir().unwrap());
    let nobody = "redis://me:hunter2@127.0.0.1:1".to_owned();
    let stranger = redis.hasty_address().replace("redis://", "redis://me:hunter2@");
    for (address, why) in [(&nobody, "cannot be reached"), (&stranger, "does not let us in")] {
        let told = doctor(address);
        assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
        let server = start(&folder, "memory:", address);
        server.sign_up("mina", "cookie");
        assert_eq!(server.sign_in("mina", PASSWORD), "201", "the main store does it all");
        let log = server.stop();
        assert!(log.contains("Redis does not answer") && !log.contains("hunter2"), "{log}");
    }
}

fn doctor(redis: &str) -> String {
    let folder = tempdir().unwrap();
    let output = run(folder.path(), &["doctor", "--store-url", "memory:", "--store-sessions-url", redis], "");
    String::from_utf8(output.stdout).unwrap()
}
