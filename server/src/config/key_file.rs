//! The signing key that an operator brings: PKCS#8 in PEM, or a shared secret in base64.

use std::io;
use std::path::{Path, PathBuf};

use bitjang_core::token::{Algorithm, BadKey, SigningKey};
use zeroize::Zeroizing;

/// Why the key of `tokens.key_file` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFile {
    /// The file cannot be read.
    #[error("tokens.key_file: {} cannot be read", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no key that may be used.
    #[error("tokens.key_file: {} holds no usable key", .path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BadKey,
    },
    /// It holds a key of another kind.
    #[error("tokens.key_file: {} holds a key for {found:?}, yet tokens.algorithm is {wanted:?}", .path.display())]
    Another {
        /// Which.
        path: PathBuf,
        /// What it is.
        found: Algorithm,
        /// What was asked for.
        wanted: Algorithm,
    },
}

/// The key in the file at `path`.
pub(super) fn read(path: &Path, wanted: Algorithm) -> Result<SigningKey, KeyFile> {
    let text = std::fs::read_to_string(path);
    let text = Zeroizing::new(text.map_err(|source| KeyFile::Unreadable { path: path.to_owned(), source })?);
    let key = match wanted {
        Algorithm::Hs256 => SigningKey::from_secret_base64(text.trim()),
        Algorithm::Ed25519 | Algorithm::Es256 | Algorithm::Rs256 => SigningKey::from_pkcs8_pem(&text),
    };
    let key = key.map_err(|source| KeyFile::Unusable { path: path.to_owned(), source })?;
    let found = key.algorithm();
    if found == wanted { Ok(key) } else { Err(KeyFile::Another { path: path.to_owned(), found, wanted }) }
}
