//! Signing up and in: names tried out, passwords guessed and sprayed, Argon2 as a weapon, one name in many clothes.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::Target;
use crate::fleet::status;
use crate::process::{PASSWORD, Server};

fn sign_up(server: &Server, identifier: &str, password: &str) -> String {
    server.send(
        "POST /v1/accounts",
        &[],
        &json!({"identifier": identifier, "password": password}).to_string(),
    )
}

fn sign_in_from(server: &Server, identifier: &str, header: &str) -> String {
    let body = json!({"identifier": identifier, "password": "not the password"}).to_string();
    let answer = server.send("POST /v1/session", &[(header, "203.0.113.77")], &body);
    status(&answer).to_owned()
}

#[test]
fn a_stranger_and_a_wrong_password_are_answered_alike() {
    let target = Target::new();
    let told = |identifier| {
        let answer = target.server.answer_to_sign_in(identifier, "not the password");
        answer
            .lines()
            .filter(|line| !line.starts_with("x-request-id: ") && !line.starts_with("date: "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(told("mina"), told("nobody"));
}

#[test]
fn no_spelling_and_no_header_gives_a_guesser_more() {
    let target = Target::with(&[("BITJANG_LIMITS__PAIR_ATTEMPTS", "5")]);
    let clothes = ["mina", "MINA", " mina ", "ｍｉｎａ", "Mina"];
    let headers = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Client-IP"];
    let tried: Vec<_> = clothes
        .iter()
        .zip(headers)
        .map(|(name, header)| sign_in_from(&target.server, name, header))
        .collect();
    assert_eq!(tried, ["401"; 5]);
    for (name, header) in clothes.iter().zip(headers) {
        assert_eq!(sign_in_from(&target.server, name, header), "429");
    }
    assert_eq!(target.server.check(&target.cookie), "200", "the owner stays in");
}

#[test]
fn one_password_tried_on_every_name_comes_to_an_end() {
    let target = Target::with(&[("BITJANG_LIMITS__ADDRESS_ATTEMPTS", "20")]);
    let tried: Vec<_> =
        (0..40).map(|number| target.server.sign_in(&format!("name{number}"), "Password1!")).collect();
    assert!(tried.iter().filter(|status| *status == "401").count() <= 21, "{tried:?}");
    assert_eq!(tried.last().unwrap(), "429");
}

#[test]
fn argon2_is_no_weapon() {
    let target = Target::with(&[
        ("BITJANG_PASSWORD__MEMORY_KIB", "19456"),
        ("BITJANG_PASSWORD__ITERATIONS", "2"),
        ("BITJANG_LIMITS__HASHING_QUEUE", "8"),
    ]);
    let huge = "x".repeat(1_024 * 1_024);
    let answer = sign_up(&target.server, "mallory", &huge);
    assert_eq!(status(&answer), "413", "{answer}");
    let server = &target.server;
    thread::scope(|scope| {
        let crowd: Vec<_> = (0..200)
            .map(|number| scope.spawn(move || server.sign_in(&format!("name{number}"), "not the password")))
            .collect();
        // Meanwhile, whoever needs no hash is answered.
        for _ in 0..20 {
            assert_eq!(server.check(&target.cookie), "200");
            thread::sleep(Duration::from_millis(5));
        }
        for one in crowd {
            let status = one.join().unwrap();
            assert!(["401", "429", "503"].contains(&status.as_str()), "{status}");
        }
    });
}

#[test]
fn a_password_is_taken_to_the_letter_or_not_at_all() {
    let target = Target::new();
    let long = "correct horse 7 battery staple ".repeat(4);
    let long = long.trim_end();
    assert_eq!(status(&sign_up(&target.server, "long", long)), "201");
    for other in [
        &long[..72],
        &long[..long.len() - 1],
        &format!("{long} "),
        &format!(" {long}"),
        &format!("{long}\0"),
        &format!("{long}\0x"),
        &long.to_uppercase(),
    ] {
        let body = json!({"identifier": "long", "password": other}).to_string();
        let answer = target.server.send("POST /v1/session", &[], &body);
        assert!(["401", "400", "422"].contains(&status(&answer)), "{other:?}: {answer}");
    }
    assert_eq!(target.server.sign_in("long", long), "201");
}

#[test]
fn what_everybody_guesses_first_is_no_password() {
    let target = Target::new();
    for weak in [
        "password",
        "12345678",
        "qwertyuiop",
        "iloveyou",
        "eleanor1",
        "eleanor@example.org",
        "Bitjang1",
        "aaaaaaaaaaaa",
        "short",
    ] {
        let answer = sign_up(&target.server, "eleanor@example.org", weak);
        assert_eq!(status(&answer), "422", "{weak}: {answer}");
    }
}

#[test]
fn one_name_in_many_clothes_is_one_account() {
    let target = Target::new();
    for name in [
        "MINA",
        "Ｍｉｎａ",
        "mi\u{200b}na",
        "mina\u{0}",
        "mi\u{ad}na",
        " mina",
        "m\u{131}na\u{307}",
        "ﬁ\u{feff}",
        "mi na",
        "mina\u{202e}",
    ] {
        let answer = sign_up(&target.server, name, "heron lantern gravel 7 oboe");
        let fits = answer.starts_with("HTTP/1.1 409 ") || answer.starts_with("HTTP/1.1 422 ");
        // Another letter is another name: a dotless i is none of the others.
        assert!(fits || name.starts_with("m\u{131}"), "{name:?}: {answer}");
    }
    assert_eq!(status(&sign_up(&target.server, "ﬁona", PASSWORD)), "201");
    assert_eq!(status(&sign_up(&target.server, "fiona", "heron lantern gravel 7 oboe")), "409");
}
