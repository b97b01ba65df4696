//! Judging a new password: how soon would somebody who knows its owner guess it?

use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::{Entropy, Score};

use super::policy::MIN_BYTES;
use super::{About, Password, Weakness};

/// The characters that are looked at. zxcvbn's time grows with the square of the length and more; whatever follows can only add strength.
const LOOKED_AT: usize = 48;

/// The readings of l33t that are tried. zxcvbn tries all, and 22 characters that mix every symbol have thousands: most of a second.
const READINGS: usize = 16;

/// The shortest identifier that a password must not contain: below it, chance would refuse good ones.
const TELLING: usize = 4;

/// The words about a person that are tried, and the characters of each.
const WORDS: usize = 16;

/// Accepts a password that is long enough, does not name its owner, and takes more than 10⁸ guesses by zxcvbn's count (score 3).
///
/// Takes a few milliseconds at most, whatever the password: call it where passwords are hashed.
pub fn judge(password: &Password, about: &About) -> Result<(), Weakness> {
    let min = about.min_length.max(MIN_BYTES);
    if password.reveal().len() < min {
        return Err(Weakness::TooShort { min });
    }
    if names_its_owner(password, &about.identifier) {
        return Err(Weakness::ContainsIdentifier);
    }
    let strength = strength(password.reveal(), about);
    match strength.score() {
        Score::Three | Score::Four => Ok(()),
        _ if is_common(&strength) => Err(Weakness::Common),
        _ => Err(Weakness::Guessable),
    }
}

fn names_its_owner(password: &Password, identifier: &str) -> bool {
    let (password, identifier) = (folded(password.reveal()), folded(identifier));
    let local_part = identifier.split_once('@').map(|(local, _)| local);
    [Some(identifier.as_str()), local_part]
        .into_iter()
        .flatten()
        .any(|name| name.chars().count() >= TELLING && password.contains(name))
}

fn folded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(caseless::default_case_fold_str(text))
}

fn strength(password: &str, about: &About) -> Entropy {
    let start: Zeroizing<String> = Zeroizing::new(password.chars().take(LOOKED_AT).collect());
    let words = words(about);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(&readable(start), &words)
}

/// What somebody who knows the owner would try first.
fn words(about: &About) -> Vec<String> {
    let name = about.name.as_deref().unwrap_or_default();
    let parts = [about.identifier.as_str(), name]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    parts
        .filter(|part| part.chars().nth(1).is_some())
        .take(WORDS)
        .map(|part| part.chars().take(LOOKED_AT).collect())
        .chain(["bitjang".to_owned()])
        .collect()
}

fn is_common(strength: &Entropy) -> bool {
    let warning = strength.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    matches!(
        warning,
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    )
}

/// The letters that zxcvbn reads in more than one symbol, with those symbols.
const LEET: [(char, &str); 7] =
    [('a', "4@"), ('c', "({[<"), ('g', "69"), ('i', "1!|"), ('s', "5$"), ('t', "7+"), ('l', "1|7")];

/// The password, with one symbol for each l33t letter when it mixes more than zxcvbn can sort out in time.
///
/// Fewer kinds of symbols never look stronger than many.
fn readable(password: Zeroizing<String>) -> Zeroizing<String> {
    if readings(&password) <= READINGS {
        return password;
    }
    Zeroizing::new(password.chars().map(plainest).collect())
}

/// How many ways zxcvbn has of reading the password as l33t: it chooses a symbol per letter, and twice where a symbol stands for two letters.
fn readings(password: &str) -> usize {
    let choices =
        LEET.iter().map(|(_, symbols)| symbols.chars().filter(|c| password.contains(*c)).count().max(1));
    let shared = ['1', '7', '|'].into_iter().map(|c| if password.contains(c) { 2 } else { 1 });
    choices.chain(shared).product()
}

fn plainest(c: char) -> char {
    let symbols = LEET.iter().find(|(_, symbols)| symbols.contains(c));
    symbols.and_then(|(_, symbols)| symbols.chars().next()).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, expected: Result<(), Weakness>) {
        let about = About {
            identifier: "mina.kim@example.org".to_owned(),
            name: Some("Kim Mina".to_owned()),
            min_length: 8,
        };
        assert_eq!(judge(&Password::new(password).unwrap(), &about), expected, "{password:?}");
    }

    fn check_for(identifier: &str, password: &str, expected: Result<(), Weakness>) {
        let about = About { identifier: identifier.to_owned(), name: None, min_length: 0 };
        assert_eq!(judge(&Password::new(password).unwrap(), &about), expected, "{identifier} {password:?}");
    }

    #[test]
    fn a_passphrase_is_good_whatever_its_characters() {
        check("correct horse battery staple", Ok(()));
        check("빗장 걸린 대문 앞 고양이", Ok(()));
        check(&"the quick turnip resents every loud accordion ".repeat(20), Ok(()));
        check("kX9!1@m$Qz7|u+6(<", Ok(()));
    }

    #[test]
    fn a_short_password_is_refused_whatever_was_configured() {
        check("kX9!m$Q", Err(Weakness::TooShort { min: 8 }));
        check_for("someone", "kX9!m$Q", Err(Weakness::TooShort { min: 8 }));
        check("", Err(Weakness::TooShort { min: 8 }));
    }

    #[test]
    fn fewer_than_eight_characters_of_any_script_are_guessable() {
        // Eight bytes and more, each of them.
        for short in ["빗장문", "쇠뿔도단김에", "넓적다리뼈쇠", "鍵穴の向こう", "ΩжЯßñøŁ", "🦊🪁🧿🪤🫖🪩🧶"]
        {
            assert!(short.chars().count() < 8 && short.len() >= MIN_BYTES, "{short}");
            check(short, Err(Weakness::Guessable));
        }
    }

    #[test]
    fn a_configuration_can_ask_for_more() {
        let about = About { identifier: String::new(), name: None, min_length: 20 };
        let password = Password::new("turnip accordion 19").unwrap();
        assert_eq!(judge(&password, &about), Err(Weakness::TooShort { min: 20 }));
    }

    #[test]
    fn a_common_password_is_called_common() {
        for common in ["password", "12345678", "qwertyuiop", "trustno1", "Password1", "iloveyou"] {
            check(common, Err(Weakness::Common));
        }
    }

    #[test]
    fn what_only_looks_hard_is_guessable() {
        for guessable in
            ["aaaaaaaaaaaaaaaa", "P@ssw0rd!", "abcdefghijkl", "19911231", "p4ssw0rd2026", "drowssap"]
        {
            check(guessable, Err(Weakness::Guessable));
        }
    }

    #[test]
    fn a_password_that_contains_the_identifier_is_refused() {
        check("xx MINA.KIM@example.org 37", Err(Weakness::ContainsIdentifier));
        check("turnip mina.kim accordion", Err(Weakness::ContainsIdentifier));
        check_for("straße", "turnip STRASSE accordion", Err(Weakness::ContainsIdentifier));
        check_for("빗장지기", "turnip 빗장지기 accordion", Err(Weakness::ContainsIdentifier));
    }

    #[test]
    fn a_short_identifier_does_not_forbid_its_letters() {
        check_for("bo", "a robot eats cabbage soup", Ok(()));
        check_for("bo@example.org", "a robot eats cabbage soup", Ok(()));
        check_for("", "a robot eats cabbage soup", Ok(()));
    }

    #[test]
    fn what_is_known_about_the_owner_counts_as_guessed() {
        check("minakim1", Err(Weakness::Guessable));
        check("bitjang1!", Err(Weakness::Guessable));
        check("anim.mik2", Err(Weakness::Guessable));
    }

    #[test]
    fn symbols_that_could_be_read_in_thousands_of_ways_are_read_in_a_few() {
        let hostile = Zeroizing::new("4@8({[<369|!1790$5+7%2".to_owned());
        assert!(readings(&hostile) > 1_000);
        let readable = readable(hostile);
        assert_eq!(*readable, "448((((3661117605577%2");
        assert!(readings(&readable) <= READINGS);
    }

    #[test]
    fn a_long_password_is_judged_by_its_start() {
        let strong = "kX9mQz7uWv";
        check(&format!("{strong}{}", "a".repeat(LOOKED_AT)), Ok(()));
        check(&format!("{}{strong}", "a".repeat(LOOKED_AT)), Err(Weakness::Guessable));
    }

    #[test]
    fn ordinary_symbols_are_left_alone() {
        for ordinary in ["P@ssw0rd!", "!@#$%^&*()", "Tr0ub4dor&3"] {
            assert_eq!(*readable(Zeroizing::new(ordinary.to_owned())), ordinary);
        }
    }

    #[test]
    fn every_weakness_has_a_code_and_advice() {
        let all = [
            Weakness::TooShort { min: 8 },
            Weakness::TooLong,
            Weakness::ContainsIdentifier,
            Weakness::Common,
            Weakness::Guessable,
        ];
        let codes = all.map(Weakness::code);
        assert_eq!(codes, ["too_short", "too_long", "contains_identifier", "common", "guessable"]);
        assert!(all.iter().all(|weakness| weakness.advice().ends_with('.')));
    }
}
