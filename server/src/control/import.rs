//! One line of an import: a JSON object that becomes an account, or the reason why it cannot.

use bitjang_core::account::{Name, Roles};
use bitjang_core::identifier::BadIdentifier;
use bitjang_core::password::{PasswordHash, UnusableHash};
use bitjang_core::{Identifier, Import};
use serde::Deserialize;

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    identifier: String,
    name: Option<String>,
    password_hash: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// Why a line makes no account. Never repeats what is in the line, which holds a password's hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadLine {
    #[error(
        "the line is not a JSON object with identifier and password_hash, and perhaps name and roles, and nothing more: {0}"
    )]
    Malformed(String),
    #[error("the identifier cannot be used: {0}")]
    Identifier(#[from] BadIdentifier),
    #[error("the name must be 1 to 100 visible characters on one line")]
    Name,
    #[error(
        "a role must be 1 to 64 of a-z 0-9 _ - . and there may be 32 of them, of 800 characters together"
    )]
    Role,
    #[error("the password hash cannot be used: {0}")]
    Hash(#[from] UnusableHash),
}

impl BadLine {
    /// The stable code.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "bad_line",
            Self::Identifier(_) => "bad_identifier",
            Self::Name => "bad_name",
            Self::Role => "bad_role",
            Self::Hash(_) => "bad_password_hash",
        }
    }
}

/// The account that `line` describes.
pub(super) fn read(line: &str) -> Result<Import, BadLine> {
    let line: Line = serde_json::from_str(line).map_err(|error| BadLine::Malformed(place(&error)))?;
    Ok(Import {
        identifier: Identifier::new(&line.identifier)?,
        name: line.name.as_deref().map(Name::new).transpose().map_err(|_| BadLine::Name)?,
        password: PasswordHash::parse(&line.password_hash)?,
        roles: Roles::new(line.roles).map_err(|_| BadLine::Role)?,
    })
}

/// Where and of which kind the error is; serde's own text may quote a value.
fn place(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "wrong, missing or unknown field",
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
    };
    format!("{kind} at column {}", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    #[test]
    fn a_line_becomes_an_account() {
        let line = format!(
            r#"{{"identifier":"Alice@Example.org","name":"Alice","password_hash":"{HASH}","roles":["editor"]}}"#
        );
        let import = read(&line).unwrap();
        assert_eq!(import.identifier.as_str(), "alice@example.org");
        assert_eq!(import.roles.as_slice(), ["editor"]);
        assert_eq!(import.password.as_str(), HASH);
    }

    #[test]
    fn a_bad_line_says_why_and_does_not_repeat_the_hash() {
        for (line, code) in [
            ("", "bad_line"),
            ("[]", "bad_line"),
            ("{\"identifier\":\"a\"}", "bad_line"),
            (r#"{"identifier":"a","password_hash":"HASH","admin":true}"#, "bad_line"),
            (r#"{"identifier":7,"password_hash":"HASH"}"#, "bad_line"),
            (r#"{"identifier":"a","identifier":"b","password_hash":"HASH"}"#, "bad_line"),
            (r#"{"identifier":"a b","password_hash":"HASH"}"#, "bad_identifier"),
            (r#"{"identifier":"a","name":"\u0000","password_hash":"HASH"}"#, "bad_name"),
            (r#"{"identifier":"a","roles":["Admin"],"password_hash":"HASH"}"#, "bad_role"),
            (r#"{"identifier":"a","password_hash":"hunter2"}"#, "bad_password_hash"),
            (
                r#"{"identifier":"a","password_hash":"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"}"#,
                "bad_password_hash",
            ),
        ] {
            let bad = read(&line.replace("HASH", HASH)).unwrap_err();
            assert_eq!(bad.code(), code, "{line}");
            assert!(!bad.to_string().contains("N9qo8u") && !bad.to_string().contains("hunter2"), "{bad}");
        }
    }
}
