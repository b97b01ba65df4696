//! Where hashes are made and compared: one bench per thread, which keeps its Argon2 memory from one hash to the next.

use std::hint::black_box;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::recipe::{Kept, Recipe};
use super::{Parameters, Password, PasswordHash, UnusableHash};

/// The output of a new hash, in bytes (RFC 9106, section 4).
const OUTPUT: usize = 32;

/// The memory to hash with. It is taken at the first hash and kept, because fresh pages cost time with each.
#[derive(Default)]
pub struct Workbench {
    memory: Vec<Block>,
    hashes: u64,
}

/// What comparing a password with a hash found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, but its hash should be made anew under the parameters in force.
    RightButOutdated,
    /// There is nothing to compare with; a hash was spent on it all the same.
    Unusable(UnusableHash),
}

impl Workbench {
    /// Hashes a password by Argon2id (RFC 9106) into a PHC string.
    #[expect(clippy::expect_used, reason = "Parameters, salt and output are within what Argon2 accepts")]
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    pub fn hash(&mut self, password: &Password, salt: [u8; 16], parameters: Parameters) -> PasswordHash {
        let mut output = Zeroizing::new([0; OUTPUT]);
        let argon2 = argon2(Algorithm::Argon2id, Version::V0x13, parameters).expect("bounded parameters");
        self.fill(&argon2, password, &salt, output.as_mut_slice()).expect("a salt of 16 bytes");
        self.make_room(parameters);
        PasswordHash::from_store(format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            parameters.memory_kib(),
            parameters.iterations(),
            parameters.lanes(),
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(output.as_slice()),
        ))
    }

    /// Compares a password with a hash, in constant time once the hash is made. `wanted` are the parameters in force.
    pub fn check(&mut self, password: &Password, against: &PasswordHash, wanted: Parameters) -> Verdict {
        let checked = Recipe::read(against.as_str()).and_then(|recipe| {
            let right = self.follow(&recipe, password, against)?;
            Ok(if right && recipe.is_outdated(wanted) { Verdict::RightButOutdated } else { verdict(right) })
        });
        self.make_room(wanted);
        checked.unwrap_or_else(|unusable| {
            self.spend(password, wanted);
            Verdict::Unusable(unusable)
        })
    }

    /// Does the work of comparing without anything to compare with, so that an unknown identifier costs what a known one does.
    pub fn spend(&mut self, password: &Password, wanted: Parameters) {
        black_box(self.hash(password, [0; 16], wanted));
    }

    /// Gives the memory back until the next hash.
    pub fn rest(&mut self) {
        self.memory = Vec::new();
    }

    /// How many hashes were made here.
    pub const fn hashes(&self) -> u64 {
        self.hashes
    }

    /// Whether the password is what the hash was made of.
    fn follow(
        &mut self,
        recipe: &Recipe,
        password: &Password,
        against: &PasswordHash,
    ) -> Result<bool, UnusableHash> {
        match recipe {
            Recipe::Argon2 { algorithm, version, parameters, kept } => {
                let argon2 = argon2(*algorithm, *version, *parameters);
                kept.matches(|out| self.fill(&argon2?, password, &kept.salt, out))
                    .map_err(|_| UnusableHash::Malformed("Argon2"))
            }
            Recipe::Bcrypt => self.bcrypt(password, against),
            Recipe::Scrypt { parameters, kept } => self
                .counted(|| kept.matches(|out| scrypt::scrypt(password.bytes(), &kept.salt, parameters, out)))
                .map_err(|_| UnusableHash::Malformed("scrypt")),
            Recipe::Pbkdf2 { algorithm, iterations, kept } => Ok(self.counted(|| {
                pbkdf2::verify(*algorithm, *iterations, &kept.salt, password.bytes(), kept.output.as_bytes())
                    .is_ok()
            })),
        }
    }

    /// bcrypt looks at 72 bytes and no further: so did whoever made the hash.
    fn bcrypt(&mut self, password: &Password, against: &PasswordHash) -> Result<bool, UnusableHash> {
        self.counted(|| bcrypt::verify(password.bytes(), against.as_str()))
            .map_err(|_| UnusableHash::Malformed("bcrypt"))
    }

    fn fill(
        &mut self,
        argon2: &Argon2<'_>,
        password: &Password,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), argon2::Error> {
        let blocks = argon2.params().block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        self.hashes += 1;
        argon2.hash_password_into_with_memory(password.bytes(), salt, output, &mut self.memory)
    }

    fn counted<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.hashes += 1;
        work()
    }

    /// Gives back what only an imported hash needed: one of 256 MiB would otherwise stay for good.
    fn make_room(&mut self, wanted: Parameters) {
        let most = wanted.memory_kib().try_into().unwrap_or(usize::MAX);
        if self.memory.len() > most {
            self.memory.truncate(most);
            self.memory.shrink_to_fit();
        }
    }
}

impl Kept {
    /// Whether `make` writes the same output again.
    fn matches<E>(&self, make: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<bool, E> {
        let mut again = Zeroizing::new(vec![0; self.output.len()]);
        make(&mut again)?;
        Ok(again.ct_eq(self.output.as_bytes()).into())
    }
}

const fn verdict(right: bool) -> Verdict {
    if right { Verdict::Right } else { Verdict::Wrong }
}

fn argon2(
    algorithm: Algorithm,
    version: Version,
    parameters: Parameters,
) -> Result<Argon2<'static>, argon2::Error> {
    let (memory, iterations, lanes) = (parameters.memory_kib(), parameters.iterations(), parameters.lanes());
    Params::new(memory, iterations, lanes, None).map(|params| Argon2::new(algorithm, version, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::MAX_BYTES;

    fn password(typed: &str) -> Password {
        Password::new(typed).unwrap()
    }

    fn cheap() -> Parameters {
        Parameters::new(16, 1, 1).unwrap()
    }

    fn check(typed: &str, against: &str, expected: Verdict) {
        let hash = PasswordHash::from_store(against.to_owned());
        assert_eq!(
            Workbench::default().check(&password(typed), &hash, cheap()),
            expected,
            "{typed} {against}"
        );
    }

    /// A known answer: right for its own password, wrong for another.
    fn known(typed: &str, against: &str) {
        assert!(PasswordHash::parse(against).is_ok(), "{against}");
        check(typed, against, Verdict::RightButOutdated);
        check(&format!("{typed}?"), against, Verdict::Wrong);
    }

    #[test]
    fn argon2_gives_the_answers_of_its_reference() {
        known(
            "password",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        );
        known(
            "password",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        );
        known(
            "password",
            "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
        );
        known(
            "differentpassword",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
        );
        known(
            "password",
            "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
        );
        known("password", "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY");
        known("password", "$argon2i$m=256,t=2,p=2$c29tZXNhbHQ$tsEVYKap1h6scGt5ovl9aLRGOqOth+AMB+KwHpDFZPs");
    }

    #[test]
    fn scrypt_gives_the_answers_of_rfc_7914() {
        known(
            "pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
        );
    }

    #[test]
    fn pbkdf2_gives_the_answers_of_the_inputs_of_rfc_6070() {
        const SALT: &str = "c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0";
        let text = "passwordPASSWORDpassword";
        known(
            text,
            &format!("$pbkdf2-sha256$i=4096${SALT}$NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q"),
        );
        known(
            text,
            &format!(
                "$pbkdf2-sha512$i=4096,l=40${SALT}$jAUR9Mbll8asYxXY8DYuIl88UBSVuiO4aMAFF03E7nERW1n55gzZUw"
            ),
        );
    }

    #[test]
    fn bcrypt_gives_the_answers_of_its_reference() {
        for name in ["$2a", "$2b", "$2y"] {
            known("U*U", &format!("{name}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
        }
        known("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK");
        check(
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 and what follows is not looked at",
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
            Verdict::RightButOutdated,
        );
    }

    #[test]
    fn a_new_hash_is_the_one_that_anybody_else_would_make() {
        let hash = Workbench::default().hash(
            &password("password"),
            *b"somesaltsomesalt",
            Parameters::new(256, 2, 1).unwrap(),
        );
        assert_eq!(
            hash.as_str(),
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$yrdGtGIZk/3JHsUHh5gLQUqQppLwvGjf4Z+cJbPLqew"
        );
    }

    #[test]
    fn a_hash_is_right_for_its_password_alone() {
        let mut bench = Workbench::default();
        for typed in ["", " ", "빗장", "nul\0inside", &"x".repeat(MAX_BYTES)] {
            let hash = bench.hash(&password(typed), [7; 16], cheap());
            assert_eq!(bench.check(&password(typed), &hash, cheap()), Verdict::Right, "{typed:?}");
            for other in ["another", "nul", &"x".repeat(MAX_BYTES - 1)] {
                assert_eq!(
                    bench.check(&password(other), &hash, cheap()),
                    Verdict::Wrong,
                    "{typed:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn a_hash_under_other_parameters_is_outdated() {
        let mut bench = Workbench::default();
        let hash = bench.hash(&password("turnip"), [7; 16], cheap());
        for (memory, iterations, lanes) in [(17, 1, 1), (16, 2, 1), (16, 1, 2)] {
            let wanted = Parameters::new(memory, iterations, lanes).unwrap();
            assert_eq!(bench.check(&password("turnip"), &hash, wanted), Verdict::RightButOutdated);
            assert_eq!(bench.check(&password("parsnip"), &hash, wanted), Verdict::Wrong);
        }
    }

    #[test]
    fn each_salt_gives_another_hash() {
        let mut bench = Workbench::default();
        let hashes = [[1; 16], [2; 16]].map(|salt| bench.hash(&password("turnip"), salt, cheap()));
        assert_ne!(hashes[0], hashes[1]);
    }

    #[test]
    fn what_an_earlier_hash_left_in_memory_changes_nothing() {
        let mut bench = Workbench::default();
        let fresh = bench.hash(&password("turnip"), [7; 16], cheap());
        bench.hash(&password("other"), [8; 16], Parameters::new(64, 3, 2).unwrap());
        assert_eq!(bench.hash(&password("turnip"), [7; 16], cheap()), fresh);
    }

    #[test]
    fn memory_is_kept_but_not_what_one_big_hash_needed() {
        let mut bench = Workbench::default();
        assert_eq!(bench.memory.len(), 0);
        bench.hash(&password("turnip"), [7; 16], cheap());
        assert_eq!(bench.memory.len(), 16);
        let big = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        bench.check(&password("password"), &PasswordHash::from_store(big.to_owned()), cheap());
        assert_eq!((bench.memory.len(), bench.memory.capacity()), (16, 16));
        bench.rest();
        assert_eq!(bench.memory.capacity(), 0);
    }

    #[test]
    fn nothing_to_compare_with_costs_a_hash_all_the_same() {
        let mut bench = Workbench::default();
        bench.spend(&password("turnip"), cheap());
        assert_eq!(bench.hashes(), 1);
        let unusable = PasswordHash::from_store("!".to_owned());
        let verdict = bench.check(&password("turnip"), &unusable, cheap());
        assert_eq!((verdict, bench.hashes()), (Verdict::Unusable(UnusableHash::Unknown), 2));
        let known = bench.hash(&password("turnip"), [7; 16], cheap());
        bench.check(&password("parsnip"), &known, cheap());
        assert_eq!(bench.hashes(), 4);
    }
}
