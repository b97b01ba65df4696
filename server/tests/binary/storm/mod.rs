//! A storm: clients that refresh, check and sign out at a server that is killed again and again. Afterwards the table of the ratchet must explain every answer.
//!
//! `BITJANG_TEST_STORM_ROUNDS` says how often it is killed; 10 times unless it says otherwise.

mod checker;
mod client;
mod sky;

use std::env;
use std::thread;

use tempfile::{TempDir, tempdir};

use self::client::{Jar, crowd, look_back, share, stay_alone};
use self::sky::{Dice, Sky};
use crate::process::{PASSWORD, Server, bitjang, good};

/// How many clients have a session to themselves, how many tabs share one, and how many crowds there are.
const ALONE: usize = 4;
const TABS: usize = 3;
const CROWDS: usize = 3;

#[test]
fn the_table_of_the_ratchet_explains_every_answer_of_a_server_that_is_killed_again_and_again() {
    let rounds = env::var("BITJANG_TEST_STORM_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let (folder, sky, jar) = (tempdir().unwrap(), Sky::default(), Jar::default());
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    thread::scope(|scope| {
        // However this ends, the clients do too.
        let clearing = sky.clears_when_dropped();
        let mut seeds = (0..).map(Dice::of);
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
        let mut dice = Dice::of(99);
        for _ in 0..rounds {
            let server = start(&folder);
            blow(sky, &server, &mut dice);
            server.kill();
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
        .env("BITJANG_TOKENS__AUDIENCE", "http://localhost");
    Server::start_as(command)
}

/// Lets the clients come, until so many have been answered.
fn blow(sky: &Sky, server: &Server, dice: &mut Dice) {
    sky.open(&server.address);
    look_back(sky);
    sky.wait_for_answers(50 + dice.below(400));
    sky.shut();
}
