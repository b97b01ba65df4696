//! Passwords: what was typed, what is kept of it, and the port to where the two are compared.

mod hasher;
mod policy;

#[cfg(feature = "password")]
mod guess;
#[cfg(feature = "password")]
mod parameters;
#[cfg(feature = "password")]
mod recipe;
#[cfg(feature = "password")]
mod workbench;

#[cfg(feature = "password")]
pub use guess::judge;
pub use hasher::{About, Busy, Checked, Declined, Hasher};
#[cfg(feature = "password")]
pub use parameters::{BadParameters, Parameters};
pub use policy::{MIN_BYTES, Weakness};
#[cfg(feature = "password")]
pub use recipe::UnusableHash;
#[cfg(feature = "password")]
pub use workbench::{Verdict, Workbench};

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::secret::prints_as_its_name;

/// The longest password, in bytes after NFKC.
pub const MAX_BYTES: usize = 1_024;

/// A password as typed, in NFKC, so that it is the same on every keyboard (NIST SP 800-63B, section 3.1.1.2). Wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

prints_as_its_name!(Password, PasswordHash);

impl Password {
    /// Takes what was typed, whatever its characters, without trimming or cutting it; nothing if it is longer than [`MAX_BYTES`].
    pub fn new(typed: &str) -> Option<Self> {
        // NFKC makes a text shorter by a few times at most: this bounds the work, not the length.
        if typed.len() > 4 * MAX_BYTES {
            return None;
        }
        // Room for all of it from the start: a string that grows leaves unwiped copies behind.
        let mut normal = Zeroizing::new(String::with_capacity(MAX_BYTES));
        for c in typed.nfkc() {
            if normal.len() + c.len_utf8() > MAX_BYTES {
                return None;
            }
            normal.push(c);
        }
        Some(Self(normal))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    #[cfg(feature = "password")]
    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What is kept of a password: a PHC or modular-crypt string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Box<str>);

impl PasswordHash {
    /// Takes a hash that was made elsewhere: Argon2, scrypt or PBKDF2 as a PHC string, or bcrypt in its own notation.
    ///
    /// A hash is refused when it could not be compared with, or when that would cost too much.
    #[cfg(feature = "password")]
    pub fn parse(text: &str) -> Result<Self, UnusableHash> {
        recipe::Recipe::read(text).map(|_| Self(text.into()))
    }

    /// The string as a store gives it back.
    pub fn from_store(phc: String) -> Self {
        Self(phc.into_boxed_str())
    }

    /// The string as a store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(Password::new(typed).as_ref().map(Password::reveal), expected, "{typed:.40?}");
    }

    #[test]
    fn a_password_is_the_same_however_it_is_composed() {
        check("Cafe\u{301} ﬁlm", Some("Café film"));
        check("ｆｕｌｌ　ｗｉｄｔｈ", Some("full width"));
        check("\u{1107}\u{1175}\u{11BA}\u{110C}\u{1161}\u{11BC}", Some("빗장"));
    }

    #[test]
    fn nothing_is_trimmed_cut_or_forbidden() {
        check(" a\tb\0c\r\n ", Some(" a\tb\0c\r\n "));
        check("", Some(""));
        check(&"x".repeat(MAX_BYTES), Some(&"x".repeat(MAX_BYTES)));
    }

    #[test]
    fn the_length_counts_after_normalising() {
        check(&"ｘ".repeat(MAX_BYTES), Some(&"x".repeat(MAX_BYTES)));
        check(&"x".repeat(MAX_BYTES + 1), None);
        check(&"\u{FDFA}".repeat(40), None);
        check(&"x".repeat(4 * MAX_BYTES + 1), None);
    }

    #[test]
    fn neither_a_password_nor_its_hash_is_printed() {
        let password = Password::new("correct horse").unwrap();
        let hash = PasswordHash::from_store("$2b$10$secret".to_owned());
        assert_eq!(format!("{password:?} {hash:?}"), "Password(…) PasswordHash(…)");
    }
}
