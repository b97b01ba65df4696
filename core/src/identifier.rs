//! What a person types to say who they are: a user name or an e-mail address, in one canonical form.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// The longest identifier, in bytes of its canonical form (RFC 5321 allows an address 254).
pub const MAX_BYTES: usize = 254;

/// A user name or e-mail address in canonical form: NFKC, case-folded, no white space, nothing invisible.
///
/// Two spellings that a person would take for the same have the same canonical form, and only one account can have it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(Box<str>);

/// Why a text cannot be an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentifier {
    /// Nothing is left of it.
    #[error("it is empty")]
    Empty,
    /// Its canonical form is longer than [`MAX_BYTES`].
    #[error("it is longer than 254 bytes")]
    TooLong,
    /// It has white space, control or invisible characters.
    #[error("it has white space, control or invisible characters")]
    Invisible,
    /// It has an `@`, yet is not an address like `name@example.org`.
    #[error("it is not an e-mail address")]
    NotAnAddress,
}

impl Identifier {
    /// Brings what was typed into canonical form.
    ///
    /// White space around it is forgiven (people paste); anything invisible inside is not.
    pub fn new(typed: &str) -> Result<Self, BadIdentifier> {
        let typed = typed.trim();
        // NFKC can lengthen, but not shorten a text by more than a few times: this bounds the work, not the length.
        if typed.len() > 8 * MAX_BYTES {
            return Err(BadIdentifier::TooLong);
        }
        let canonical = canonical(typed);
        match canonical.len() {
            0 => Err(BadIdentifier::Empty),
            length if length > MAX_BYTES => Err(BadIdentifier::TooLong),
            _ if canonical.chars().any(invisible) => Err(BadIdentifier::Invisible),
            _ if canonical.contains('@') && !is_address(&canonical) => Err(BadIdentifier::NotAnAddress),
            _ => Ok(Self(canonical.into_boxed_str())),
        }
    }

    /// The canonical form as a store gives it back.
    pub fn from_store(canonical: String) -> Self {
        Self(canonical.into_boxed_str())
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// NFKC, then case folding, then NFKC again: folding can bring forth what normalisation would join (Unicode, section 3.13, D146).
fn canonical(typed: &str) -> String {
    let normal: String = typed.nfkc().collect();
    let folded = caseless::default_case_fold_str(&normal);
    folded.nfkc().collect()
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let labels = || host.split('.');
    !name.is_empty() && name.len() <= 64 && labels().count() >= 2 && labels().all(is_label)
}

fn is_label(label: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    edge(label.chars().next())
        && edge(label.chars().next_back())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Characters that a reader does not see, or that change how others are seen: two identifiers must never differ by these alone.
fn invisible(c: char) -> bool {
    c.is_control() || c.is_whitespace() || is_ignorable(c) || is_unassignable(c)
}

/// `Default_Ignorable_Code_Point` and the bidirectional controls (Unicode, DerivedCoreProperties).
const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFD}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Noncharacters and private use: they look like whatever a font makes of them.
fn is_unassignable(c: char) -> bool {
    let code = c as u32;
    code & 0xFFFE == 0xFFFE || matches!(code, 0xFDD0..=0xFDEF | 0xE000..=0xF8FF | 0xF_0000..)
}

/// Whether `text` can be shown on one line as it is: nothing in it is invisible except single spaces between words.
pub(crate) fn prints_on_one_line(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || c == '\u{200D}' || c == '\u{FE0F}' || !invisible(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: Result<&str, BadIdentifier>) {
        let got = Identifier::new(typed);
        assert_eq!(got.as_ref().map(Identifier::as_str), expected.as_ref().copied(), "{typed:?}");
    }

    #[test]
    fn spellings_of_one_name_have_one_form() {
        for (typed, canonical) in SPELLINGS {
            check(typed, Ok(canonical));
        }
    }

    #[test]
    fn what_hides_or_is_no_name_is_refused() {
        for (typed, why) in REFUSED {
            check(typed, Err(*why));
        }
        check(&"a".repeat(255), Err(BadIdentifier::TooLong));
        check(&"ﷺ".repeat(200), Err(BadIdentifier::TooLong));
        check(&"a".repeat(254), Ok(&"a".repeat(254)));
    }

    #[test]
    fn the_canonical_form_is_its_own_canonical_form() {
        for (typed, _) in SPELLINGS {
            let once = Identifier::new(typed).unwrap();
            assert_eq!(Identifier::new(once.as_str()), Ok(once));
        }
    }

    const SPELLINGS: &[(&str, &str)] = &[
        ("alice", "alice"),
        (" Alice\n", "alice"),
        ("ALICE@Example.ORG", "alice@example.org"),
        ("ａｌｉｃｅ", "alice"),
        ("ﬁona", "fiona"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Ⅷ", "viii"),
        ("\u{1112}\u{1161}\u{11ab}글", "한글"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("σίσυφος", "σίσυφοσ"),
        ("user＠example.org", "user@example.org"),
        ("a.b+c_d-e", "a.b+c_d-e"),
    ];

    const REFUSED: &[(&str, BadIdentifier)] = &[
        ("", BadIdentifier::Empty),
        (" \t ", BadIdentifier::Empty),
        ("ali\u{200b}ce", BadIdentifier::Invisible),
        ("alice\u{feff}", BadIdentifier::Invisible),
        ("ali\u{ad}ce", BadIdentifier::Invisible),
        ("ali\0ce", BadIdentifier::Invisible),
        ("ali ce", BadIdentifier::Invisible),
        ("ali\u{a0}ce", BadIdentifier::Invisible),
        ("ali\u{202e}ce", BadIdentifier::Invisible),
        ("ali\r\nce", BadIdentifier::Invisible),
        ("alice\u{e000}", BadIdentifier::Invisible),
        ("\u{3164}", BadIdentifier::Invisible),
        ("alice@", BadIdentifier::NotAnAddress),
        ("@example.org", BadIdentifier::NotAnAddress),
        ("alice@localhost", BadIdentifier::NotAnAddress),
        ("a@b@c.org", BadIdentifier::NotAnAddress),
        ("a@-b.org", BadIdentifier::NotAnAddress),
        ("a@b..org", BadIdentifier::NotAnAddress),
    ];
}
