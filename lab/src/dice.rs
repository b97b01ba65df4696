//! Random values that nobody guesses.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 128 random bits as text.
pub(crate) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A new pair of keys.
pub(crate) fn random_key_pair() -> anyhow::Result<Ed25519KeyPair> {
    Ed25519KeyPair::generate().map_err(|_| anyhow::anyhow!("the system has no randomness"))
}
