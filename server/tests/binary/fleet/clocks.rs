//! Servers whose clocks are ninety seconds apart (libfaketime, of Debian's package `faketime`).

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::client::Weather;
use super::traffic::{during, enough, report};
use super::{Fleet, Server, json, status, until};
use crate::process::finish;

const AHEAD: &str = "+90";
const BEHIND: &str = "-90";

/// Has the program see another time of day than everybody else. How long something takes is as it is.
fn shifted(mut command: Command, shift: &str) -> Command {
    command.env("LD_PRELOAD", library()).env("FAKETIME", shift).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command
}

/// Where Debian keeps it, on whatever architecture.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten();
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    libraries
        .find(|library| library.exists())
        .expect("libfaketime is missing: install the Debian package faketime")
}

/// Three servers: the first one's clock is right, the second one's ahead, and the third one's behind by `behind`.
fn fleet(behind: &str) -> Fleet {
    let mut fleet = Fleet::start();
    for (nth, shift) in [(1, AHEAD), (2, behind)] {
        let command = shifted(fleet.command("127.0.0.1:0"), shift);
        fleet.servers[nth] = Server::start_as(command);
    }
    fleet
}

#[test]
fn with_clocks_ninety_seconds_apart_nobody_is_signed_out_and_no_end_is_undone() {
    let fleet = fleet("+0");
    report("clocks 90 s apart", during(fleet.addresses(), Weather::Fair, enough));
}

#[test]
fn a_token_of_a_server_whose_clock_is_ahead_is_good_at_all() {
    let fleet = fleet("+0");
    let tokens = json(&fleet.servers[1].sign_up("mina", "bearer"));
    let access = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let statuses = fleet
        .each(|server| status(&server.send("GET /v1/session", &[("Authorization", &access)], "")).to_owned());
    assert_eq!(statuses, ["200"; 3]);
}

#[test]
fn the_doctor_sees_clocks_that_are_off() {
    let fleet = fleet(BEHIND);
    let arguments = ["doctor", "--store-url", &fleet.address];
    let doctor = |shift| {
        let command = shifted(crate::process::bitjang(fleet.folder.path(), &arguments), shift);
        String::from_utf8(finish(command, "").stdout).unwrap()
    };
    let told = doctor("+91");
    assert!(told.contains("! clocks: this machine's and the database's are 9"), "{told}");
    let told = doctor("+151");
    assert!(told.contains("✗ clocks: this machine's and the database's are 15"), "{told}");
    until("each server has told of its own", || {
        doctor("+0").contains("✗ clocks: those of the 3 servers that are connected are 180000 ms apart")
    });
}
