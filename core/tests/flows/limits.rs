//! Limits on guessing: a guesser runs out of attempts, the owner of an account does not.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bitjang_core::testing::together;

use crate::world::{Person, World, code, wait_of};

/// The `n`th of many addresses, none of which anybody signs up from.
fn elsewhere(n: u32) -> IpAddr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + n).into()
}

async fn guess(who: Person<'_>) -> &'static str {
    code(who.typing("a wrong guess").sign_in().await)
}

/// Guesses until nothing gets through any more; how many did, or a thousand.
async fn guess_all(who: Person<'_>) -> usize {
    for through in 0..1_000 {
        if guess(who).await != "bad_credentials" {
            return through;
        }
    }
    1_000
}

/// A guess at alice's password from each of a hundred places.
async fn crowd(world: &World) {
    for n in 0..100 {
        assert_eq!(guess(world.person("alice").at(elsewhere(n))).await, "bad_credentials");
    }
}

#[tokio::test]
async fn a_guesser_gets_ten_guesses_and_then_one_a_minute() {
    let world = World::new().await;
    let alice = world.person("alice");
    alice.signs_up().await;
    assert_eq!(guess_all(alice).await, 10);
    assert_eq!(wait_of(alice.sign_in().await), Some(Duration::from_secs(60)));
    world.wait(59);
    assert_eq!(wait_of(alice.sign_in().await), Some(Duration::from_secs(1)));
    world.wait(1);
    assert_eq!(guess_all(alice).await, 1);
}

#[tokio::test]
async fn a_refused_attempt_compares_nothing_and_costs_nothing() {
    let world = World::new().await;
    let alice = world.person("alice");
    alice.signs_up().await;
    guess_all(alice).await;
    world.hasher.hashes();
    for _ in 0..1_000 {
        assert_eq!(code(alice.sign_in().await), "too_many_attempts", "not even the right password");
    }
    assert_eq!(world.hasher.hashes(), 0);
    world.wait(60);
    assert_eq!(code(alice.sign_in().await), "done", "hammering at the door does not keep it shut");
}

#[tokio::test]
async fn a_right_password_costs_no_attempt() {
    let world = World::new().await;
    let alice = world.person("alice");
    alice.signs_up().await;
    for _ in 0..9 {
        guess(alice).await;
    }
    for _ in 0..500 {
        assert_eq!(code(alice.sign_in().await), "done");
    }
    assert_eq!(guess_all(alice).await, 1, "nor does it win back those that were wrong");
}

#[tokio::test]
async fn a_guess_that_was_never_looked_at_costs_no_attempt() {
    let world = World::new().await;
    world.hasher.be_busy();
    for _ in 0..500 {
        assert_eq!(guess(world.person("alice")).await, "busy");
    }
    world.hasher.be_idle();
    assert_eq!(guess_all(world.person("alice")).await, 10);
}

#[tokio::test]
async fn of_a_hundred_guesses_at_once_ten_are_compared() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    world.hasher.hashes();
    let answers = together((0..100).map(|_| guess(world.person("alice")))).await;
    let count = |wanted| answers.iter().filter(|answer| **answer == wanted).count();
    assert_eq!((count("bad_credentials"), count("too_many_attempts")), (10, 90));
    assert_eq!(world.hasher.hashes(), 10);
}

#[tokio::test]
async fn unknown_names_run_out_of_guesses_as_known_ones_do() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    for name in ["alice", "nobody"] {
        assert_eq!(guess_all(world.person(name)).await, 10);
        assert_eq!(wait_of(world.person(name).sign_in().await), Some(Duration::from_secs(60)));
    }
}

#[tokio::test]
async fn one_password_tried_on_every_account_runs_out_of_attempts() {
    let world = World::new().await;
    let names: Vec<_> = (0..250).map(|n| format!("name{n}")).collect();
    let mut through = 0;
    for name in &names {
        through += usize::from(guess(world.person(name)).await == "bad_credentials");
    }
    assert_eq!(through, 200);
    let other = world.person(&names[249]).at(elsewhere(1));
    assert_eq!(guess(other).await, "bad_credentials", "nobody else is held up");
}

#[tokio::test]
async fn a_crowd_of_guessers_runs_out_of_attempts() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    crowd(&world).await;
    assert_eq!(guess(world.person("alice").at(elsewhere(100))).await, "too_many_attempts");
    world.wait(120);
    assert_eq!(guess(world.person("alice").at(elsewhere(101))).await, "bad_credentials");
    assert_eq!(guess(world.person("alice").at(elsewhere(102))).await, "too_many_attempts");
}

#[tokio::test]
async fn a_crowd_does_not_lock_the_owner_out_where_they_came_from_before() {
    let world = World::new().await;
    let alice = world.person("alice");
    alice.signs_up().await.sign_out().await.unwrap();
    crowd(&world).await;
    assert_eq!(code(alice.at(elsewhere(200)).sign_in().await), "too_many_attempts", "a new place");
    for _ in 0..50 {
        assert_eq!(code(alice.sign_in().await), "done");
    }
    assert_eq!(guess_all(alice).await, 10, "at home, too, guesses are limited");
}

#[tokio::test]
async fn a_crowd_at_one_account_does_not_disturb_another() {
    let world = World::new().await;
    world.person("bob").signs_up().await;
    crowd(&world).await;
    assert_eq!(code(world.person("bob").at(elsewhere(200)).sign_in().await), "done");
}

#[tokio::test]
async fn an_ipv6_neighbourhood_is_one_guesser() {
    let world = World::new().await;
    let at = |text: &str| world.person("alice").at(text.parse::<IpAddr>().unwrap());
    for n in 0..10 {
        assert_eq!(guess(at(&format!("2001:db8:1:2:{n}::{n}"))).await, "bad_credentials");
    }
    assert_eq!(guess(at("2001:db8:1:2:ffff::1")).await, "too_many_attempts");
    assert_eq!(guess(at("2001:db8:1:3::1")).await, "bad_credentials");
}

#[tokio::test]
async fn an_ipv4_address_in_ipv6_clothes_is_the_same_guesser() {
    let world = World::new().await;
    assert_eq!(guess_all(world.person("alice")).await, 10);
    let dressed = world.person("alice").at("::ffff:192.0.2.1".parse::<IpAddr>().unwrap());
    assert_eq!(guess(dressed).await, "too_many_attempts");
}

#[tokio::test]
async fn all_spellings_of_a_name_share_their_guesses() {
    let world = World::new().await;
    let spellings =
        ["fiona", "FIONA", " fiona", "fiona\n", "ﬁona", "ｆｉｏｎａ", "Fiona", "fIONA", "ﬁONA", "ＦＩＯＮＡ"];
    for spelling in spellings {
        assert_eq!(guess(world.person(spelling)).await, "bad_credentials", "{spelling:?}");
    }
    for spelling in spellings {
        assert_eq!(guess(world.person(spelling)).await, "too_many_attempts", "{spelling:?}");
    }
}
