//! A storm: clients that sign up, refresh, check, change passwords and sign out at a server that is killed again and again. Afterwards the table of the ratchet must explain every answer.
//!
//! `BITJANG_TEST_STORM_ROUNDS` says how often it is killed, 30 times unless it says otherwise; `BITJANG_TEST_SEED` which chances are taken.

pub(crate) mod checker;
mod client;
mod held;
mod household;
pub(crate) mod sky;

use std::env;
use std::thread;

use tempfile::{TempDir, tempdir};

use self::client::{Jar, crowd, look_back, share, stay_alone};
use self::sky::{Dice, Sky};
use crate::process::{PASSWORD, Server, bitjang, good};

/// How many clients have a session to themselves, how many tabs share one, how many crowds there are, and how many households.
const ALONE: usize = 4;
const TABS: usize = 3;
const CROWDS: usize = 3;
const HOUSEHOLDS: usize = 4;

#[test]
fn the_table_of_the_ratchet_explains_every_answer_of_a_server_that_is_killed_again_and_again() {
    let told = |name, otherwise| env::var(name).map_or(otherwise, |number| number.parse().unwrap());
    let (rounds, seed) = (told("BITJANG_TEST_STORM_ROUNDS", 30), told("BITJANG_TEST_SEED", 1));
    println!("BITJANG_TEST_STORM_ROUNDS={rounds} BITJANG_TEST_SEED={seed}");
    let folder = tempdir().unwrap();
    let (sky, jar) = (Sky::over(folder.path()), Jar::default());
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    thread::scope(|scope| {
        // However this ends, the clients do too.
        let clearing = sky.clears_when_dropped();
        let mut seeds = (seed << 32..).map(Dice::of);
        let (sky, jar) = (&sky, &jar);
        for dice in seeds.by_ref().take(ALONE) {
            scope.spawn(move || stay_alone(sky, dice));
        }
        for dice in seeds.by_ref().take(TABS) {
            scope.spawn(move || share(sky, jar, dice));
        }
        for dice in seeds.by_ref().take(CROWDS) {
            scope.spawn(move || crowd(sky, dice));
        }
        for (number, dice) in seeds.by_ref().take(HOUSEHOLDS).enumerate() {
            scope.spawn(move || household::live(sky, &format!("household-{number}"), dice));
        }
        let mut dice = Dice::of(!seed);
        for _ in 0..rounds {
            let server = start(&folder);
            blow(sky, &server, &mut dice);
            server.kill();
            sky.wait_for_consoles();
        }
        let server = start(&folder);
        blow(sky, &server, &mut dice);
        drop(clearing);
    });
    sky.is_explained();
}

/// A server whose tokens are those of the one before.
fn start(folder: &TempDir) -> Server {
    let mut command = bitjang(folder.path(), &["serve"]);
    command
        .env("BITJANG_TOKENS__ISSUER", "http://localhost")
        .env("BITJANG_TOKENS__AUDIENCE", "http://localhost")
        // A slow machine is no reason to be signed out.
        .env("BITJANG_TOKENS__ACCESS_SECONDS", "3600");
    // All live at one address, and some try passwords that are good no more.
    for who in ["PAIR", "ACCOUNT", "ADDRESS"] {
        command.env(format!("BITJANG_LIMITS__{who}_ATTEMPTS"), "10000");
    }
    Server::start_as(command)
}

/// Lets the clients come, until so many have been answered.
fn blow(sky: &Sky, server: &Server, dice: &mut Dice) {
    sky.open(&server.address);
    look_back(sky);
    sky.wait_for_answers(50 + dice.below(400));
    sky.shut();
}
