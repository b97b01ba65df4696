//! Reading a stored hash: which function made it, with which parameters, and whether they can be afforded.

use std::num::NonZeroU32;
use std::str::FromStr;

use argon2::password_hash::phc;
use argon2::{Algorithm, Version};
use aws_lc_rs::pbkdf2;

use super::Parameters;

/// Why a hash cannot be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableHash {
    /// No function is known by this name.
    #[error("it is neither Argon2, bcrypt ($2a$, $2b$, $2y$), scrypt nor PBKDF2 with SHA-256 or SHA-512")]
    Unknown,
    /// The function is known, but the rest cannot be read.
    #[error("it is not well-formed {0}")]
    Malformed(&'static str),
    /// One comparison would take too long or too much memory.
    #[error("it costs too much to compare with: {0}")]
    TooCostly(&'static str),
}

/// How to make a hash again, and what has to come out.
pub(super) enum Recipe {
    Argon2 { algorithm: Algorithm, version: Version, parameters: Parameters, kept: Kept },
    Bcrypt,
    Scrypt { parameters: scrypt::Params, kept: Kept },
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, kept: Kept },
}

/// The salt that went in and the output that came out.
pub(super) struct Kept {
    pub(super) salt: phc::Salt,
    pub(super) output: phc::Output,
}

const MOST_BCRYPT_COST: u32 = 15;
const MOST_SCRYPT_BYTES: u64 = 256 * 1_024 * 1_024;
const MOST_SCRYPT_BLOCK: u32 = 64;
const MOST_SCRYPT_LANES: u32 = 16;
const MOST_PBKDF2_ITERATIONS: u32 = 5_000_000;

impl Recipe {
    /// Reads a PHC string, or bcrypt's own notation.
    pub(super) fn read(text: &str) -> Result<Self, UnusableHash> {
        let name =
            text.strip_prefix('$').and_then(|rest| rest.split('$').next()).ok_or(UnusableHash::Unknown)?;
        match name {
            "argon2id" | "argon2i" | "argon2d" => argon2(text),
            "2a" | "2b" | "2y" => bcrypt(text),
            "scrypt" => scrypt(text),
            "pbkdf2-sha256" => pbkdf2(text, pbkdf2::PBKDF2_HMAC_SHA256),
            "pbkdf2-sha512" => pbkdf2(text, pbkdf2::PBKDF2_HMAC_SHA512),
            _ => Err(UnusableHash::Unknown),
        }
    }

    /// Whether a hash made today would be made otherwise.
    pub(super) fn is_outdated(&self, wanted: Parameters) -> bool {
        !matches!(self, Self::Argon2 { algorithm: Algorithm::Argon2id, version: Version::V0x13, parameters, .. }
            if *parameters == wanted)
    }
}

/// The parameters in memory, passes and lanes; a hash that needs a key or further data cannot be made again from the string alone.
fn argon2(text: &str) -> Result<Recipe, UnusableHash> {
    const MALFORMED: UnusableHash = UnusableHash::Malformed("Argon2");
    let phc = Phc::read(text, &["m", "t", "p"]).ok_or(MALFORMED)?;
    let algorithm = Algorithm::from_str(phc.hash.algorithm.as_str()).map_err(|_| MALFORMED)?;
    // The first version (0x10) did not write its number.
    let version = Version::try_from(phc.hash.version.unwrap_or(0x10)).map_err(|_| MALFORMED)?;
    let (memory, iterations, lanes) = (
        phc.number("m").ok_or(MALFORMED)?,
        phc.number("t").ok_or(MALFORMED)?,
        phc.number("p").ok_or(MALFORMED)?,
    );
    if memory > Parameters::MOST_MEMORY_KIB {
        return Err(UnusableHash::TooCostly("Argon2 with more than 256 MiB"));
    }
    if iterations > Parameters::MOST_ITERATIONS || lanes > Parameters::MOST_LANES {
        return Err(UnusableHash::TooCostly("Argon2 with more than 16 iterations or lanes"));
    }
    let parameters = Parameters::new(memory, iterations, lanes).map_err(|_| MALFORMED)?;
    Ok(Recipe::Argon2 { algorithm, version, parameters, kept: phc.kept().ok_or(MALFORMED)? })
}

fn bcrypt(text: &str) -> Result<Recipe, UnusableHash> {
    let parts = bcrypt::HashParts::from_str(text).map_err(|_| UnusableHash::Malformed("bcrypt"))?;
    match parts.get_cost() {
        ..4 => Err(UnusableHash::Malformed("bcrypt")),
        4..=MOST_BCRYPT_COST => Ok(Recipe::Bcrypt),
        _ => Err(UnusableHash::TooCostly("bcrypt with a cost above 15")),
    }
}

fn scrypt(text: &str) -> Result<Recipe, UnusableHash> {
    const MALFORMED: UnusableHash = UnusableHash::Malformed("scrypt");
    let phc = Phc::read(text, &["ln", "r", "p"]).ok_or(MALFORMED)?;
    let (log_n, r, p) = (
        phc.number("ln").ok_or(MALFORMED)?,
        phc.number("r").ok_or(MALFORMED)?,
        phc.number("p").ok_or(MALFORMED)?,
    );
    if log_n == 0 || r == 0 || p == 0 {
        return Err(MALFORMED);
    }
    // RFC 7914, section 5: N blocks of 128 · r bytes.
    if 1_u64.checked_shl(log_n).is_none_or(|n| n.saturating_mul(128 * u64::from(r)) > MOST_SCRYPT_BYTES) {
        return Err(UnusableHash::TooCostly("scrypt with more than 256 MiB"));
    }
    if r > MOST_SCRYPT_BLOCK || p > MOST_SCRYPT_LANES {
        return Err(UnusableHash::TooCostly("scrypt with r above 64 or p above 16"));
    }
    let log_n = u8::try_from(log_n).map_err(|_| MALFORMED)?;
    let parameters = scrypt::Params::new(log_n, r, p).map_err(|_| MALFORMED)?;
    Ok(Recipe::Scrypt { parameters, kept: phc.kept().ok_or(MALFORMED)? })
}

fn pbkdf2(text: &str, algorithm: pbkdf2::Algorithm) -> Result<Recipe, UnusableHash> {
    const MALFORMED: UnusableHash = UnusableHash::Malformed("PBKDF2");
    let phc = Phc::read(text, &["i"]).or_else(|| Phc::read(text, &["i", "l"])).ok_or(MALFORMED)?;
    let iterations = phc.number("i").and_then(NonZeroU32::new).ok_or(MALFORMED)?;
    if iterations.get() > MOST_PBKDF2_ITERATIONS {
        return Err(UnusableHash::TooCostly("PBKDF2 with more than 5,000,000 iterations"));
    }
    let kept = phc.kept().ok_or(MALFORMED)?;
    let stated = phc.number("l").map_or(Ok(kept.output.len()), usize::try_from);
    if stated != Ok(kept.output.len()) {
        return Err(MALFORMED);
    }
    Ok(Recipe::Pbkdf2 { algorithm, iterations, kept })
}

/// A PHC string that has exactly the parameters it should have.
struct Phc {
    hash: phc::PasswordHash,
}

impl Phc {
    fn read(text: &str, names: &[&str]) -> Option<Self> {
        let hash = phc::PasswordHash::new(text).ok()?;
        let found = hash.params.iter().map(|(name, _)| name.as_str().to_owned()).collect::<Vec<_>>();
        (found.len() == names.len() && names.iter().all(|name| found.iter().any(|f| f == name)))
            .then_some(Self { hash })
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.hash.params.get_decimal(name)
    }

    fn kept(&self) -> Option<Kept> {
        Some(Kept { salt: self.hash.salt?, output: self.hash.hash? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT_AND_OUTPUT: &str = "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    const BCRYPT: &str = "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    fn check(text: &str, expected: Result<(), UnusableHash>) {
        assert_eq!(Recipe::read(text).map(|_| ()), expected, "{text}");
    }

    fn check_phc(front: &str, expected: Result<(), UnusableHash>) {
        check(&format!("{front}${SALT_AND_OUTPUT}"), expected);
    }

    fn too_costly(front: &str) {
        let read = Recipe::read(&format!("{front}${SALT_AND_OUTPUT}")).map(|_| ());
        assert!(matches!(read, Err(UnusableHash::TooCostly(_))), "{front} {read:?}");
    }

    #[test]
    fn the_usual_notations_are_read() {
        check_phc("$argon2id$v=19$m=19456,t=2,p=1", Ok(()));
        check_phc("$argon2i$v=19$m=256,t=2,p=2", Ok(()));
        check_phc("$argon2d$v=19$m=262144,t=16,p=16", Ok(()));
        check_phc("$argon2i$m=256,t=2,p=1", Ok(()));
        check_phc("$scrypt$ln=17,r=8,p=1", Ok(()));
        check_phc("$scrypt$ln=18,r=8,p=16", Ok(()));
        check_phc("$pbkdf2-sha256$i=600000", Ok(()));
        check_phc("$pbkdf2-sha256$i=600000,l=32", Ok(()));
        check_phc("$pbkdf2-sha512$i=5000000", Ok(()));
        for name in ["$2a", "$2b", "$2y"] {
            check(&format!("{name}{BCRYPT}"), Ok(()));
        }
    }

    #[test]
    fn other_functions_are_unknown() {
        for text in [
            "",
            "$",
            "plain",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$1$salt$hash",
            "$6$salt$hash",
            "$2x$05$CCCC",
            "argon2id",
        ] {
            check(text, Err(UnusableHash::Unknown));
        }
        check_phc("$pbkdf2$i=600000", Err(UnusableHash::Unknown));
        check_phc("$argon2$m=256,t=2,p=1", Err(UnusableHash::Unknown));
    }

    #[test]
    fn malformed_argon2_is_refused() {
        let malformed = Err(UnusableHash::Malformed("Argon2"));
        for text in [
            "$argon2id",
            "$argon2id$v=19$m=256,t=2,p=1",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2i$m=65536,t=2,p=1c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQwWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        ] {
            check(text, malformed);
        }
        check(&format!("$argon2id$v=19$m=256,t=2,p=1${SALT_AND_OUTPUT}$more"), malformed);
        check(&format!("$argon2id$v=19$m=256,t=2,p=1${SALT_AND_OUTPUT} "), malformed);
        for front in [
            "v=18$m=256,t=2,p=1",
            "m=256,t=2",
            "m=256,t=2,p=1,keyid=AAAA",
            "m=7,t=2,p=1",
            "m=256,t=0,p=1",
            "m=256,t=2,p=0",
        ] {
            check_phc(&format!("$argon2id${front}"), malformed);
        }
        for front in ["m=256,t=2,t=2", "m=-1,t=2,p=1", "m=0256,t=2,p=1", "m=99999999999,t=2,p=1"] {
            check_phc(&format!("$argon2id${front}"), malformed);
        }
    }

    #[test]
    fn other_malformed_hashes_are_refused() {
        for text in ["$2b$", "$2b$10$short", "$2b$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"] {
            check(text, Err(UnusableHash::Malformed("bcrypt")));
        }
        check(
            "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            Err(UnusableHash::Malformed("bcrypt")),
        );
        check(&"$2b$05$é".repeat(10), Err(UnusableHash::Malformed("bcrypt")));
        for front in [
            "$scrypt$ln=0,r=8,p=1",
            "$scrypt$ln=14,r=0,p=1",
            "$scrypt$ln=14,r=8,p=0",
            "$scrypt$ln=14,r=8",
            "$scrypt$n=14,r=8,p=1",
        ] {
            check_phc(front, Err(UnusableHash::Malformed("scrypt")));
        }
        for front in
            ["$pbkdf2-sha256", "$pbkdf2-sha256$i=0", "$pbkdf2-sha256$600000", "$pbkdf2-sha256$i=1000,l=20"]
        {
            check_phc(front, Err(UnusableHash::Malformed("PBKDF2")));
        }
    }

    #[test]
    fn a_hash_that_would_cost_too_much_is_refused() {
        too_costly("$argon2id$v=19$m=262145,t=1,p=1");
        too_costly("$argon2id$v=19$m=256,t=17,p=1");
        too_costly("$argon2id$v=19$m=262144,t=1,p=17");
        too_costly("$scrypt$ln=19,r=8,p=1");
        too_costly("$scrypt$ln=4294967295,r=8,p=1");
        too_costly("$scrypt$ln=63,r=4294967295,p=4294967295");
        too_costly("$scrypt$ln=1,r=65,p=1");
        too_costly("$scrypt$ln=10,r=8,p=17");
        too_costly("$pbkdf2-sha256$i=5000001");
        check(
            "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            Err(UnusableHash::TooCostly("bcrypt with a cost above 15")),
        );
    }

    #[test]
    fn only_argon2id_under_the_wanted_parameters_is_up_to_date() {
        let outdated = |front: &str| {
            let recipe = Recipe::read(&format!("{front}${SALT_AND_OUTPUT}")).unwrap_or(Recipe::Bcrypt);
            recipe.is_outdated(Parameters::default())
        };
        assert!(!outdated("$argon2id$v=19$m=19456,t=2,p=1"));
        for front in [
            "$argon2id$m=19456,t=2,p=1",
            "$argon2i$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19455,t=2,p=1",
            "$argon2id$v=19$m=19456,t=3,p=1",
            "$argon2id$v=19$m=19456,t=2,p=2",
            "$scrypt$ln=17,r=8,p=1",
            "$pbkdf2-sha256$i=600000",
        ] {
            assert!(outdated(front), "{front}");
        }
        assert!(Recipe::Bcrypt.is_outdated(Parameters::default()));
    }
}
