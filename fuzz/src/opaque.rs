//! Session cookies and refresh tokens against the `base64` crate: one spelling each, and what is no token of ours is none.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::key::Material;
use bitjang_core::ratchet::{Branch, RefreshToken, TagKey};
use bitjang_core::secret::SessionSecret;
use bitjang_core::testing::Dice;
use bitjang_core::{SessionId, SessionToken};
use zeroize::Zeroizing;

static KEY: LazyLock<TagKey> = LazyLock::new(|| TagKey::new(&Material(Zeroizing::new(vec![7; 32]))));

pub(crate) fn probe_session(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let theirs = text.strip_prefix("bjs_").and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
    let ours = SessionToken::parse(text);
    assert_eq!(ours.is_some(), theirs.is_some_and(|bytes| bytes.len() == 48), "{text}");
    if let Some(token) = ours {
        assert_eq!(*token.reveal(), text, "another spelling of the same token");
    }
}

pub(crate) fn probe_refresh(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        refused_or_written_like_this(text);
        // The same bytes behind the prefix, which a fuzzer does not find as fast as we do.
        refused_or_written_like_this(&format!("bjr_{text}"));
    }
    refused_or_written_like_this(&format!("bjr_{}", URL_SAFE_NO_PAD.encode(bytes)));
    let (dice, number) =
        (Dice::seeded(u64::try_from(bytes.len()).unwrap()), bytes.first().copied().unwrap_or(0));
    let secret = SessionSecret::generate(&dice);
    let token = RefreshToken::new(SessionId::generate(&dice), secret, number.into(), Branch([number; 8]));
    assert_eq!(KEY.read(&KEY.write(&token)).unwrap().generation(), u32::from(number));
}

fn refused_or_written_like_this(text: &str) {
    let Some(genuine) = KEY.read(text) else { return };
    let (session, generation, branch) = (genuine.session(), genuine.generation(), genuine.branch());
    let again = KEY.write(&RefreshToken::new(session, genuine.secret().clone(), generation, branch));
    assert_eq!(*again, text, "another spelling of the same token");
}
