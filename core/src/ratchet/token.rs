//! The refresh token: which session, which generation, which branch, the session's secret, and a tag that only our servers can make.

use zeroize::Zeroizing;

use super::Branch;
use crate::SessionId;
use crate::encoding::{decode, encode};
use crate::key::Material;
use crate::mac::MacKey;
use crate::secret::{SessionSecret, prints_as_its_name};

const PREFIX: &str = "bjr_";

/// Bytes before the tag: key id, session id, generation, branch, secret.
const BODY: usize = 4 + 16 + 4 + 8 + 32;
/// Bytes in all: the body and a whole HMAC-SHA256.
const WHOLE: usize = BODY + 32;

/// `bjr_` + base64url(key id, 4 bytes · session id, 16 · generation, 4, big-endian · branch, 8 · secret, 32 · tag, 32): 132 characters, one spelling only.
#[derive(Clone)]
pub struct RefreshToken {
    session: SessionId,
    generation: u32,
    branch: Branch,
    secret: SessionSecret,
}

prints_as_its_name!(RefreshToken, TagKey);

/// Proof that one of our servers minted the token. The only way to get one is [`TagKey::read`].
#[derive(Clone, Debug)]
pub struct Genuine(RefreshToken);

/// Makes and checks the tags of refresh tokens: a token that nobody minted is refused without a read of the store, and can end nothing.
#[derive(Clone)]
pub struct TagKey {
    id: [u8; 4],
    key: MacKey,
}

impl TagKey {
    /// The key with this secret; its id is the first 4 bytes of HMAC(secret, "id").
    pub fn new(secret: &Material) -> Self {
        let key = MacKey::new(&secret.0);
        let id = key.tag(&[b"id"]).first_chunk().copied().unwrap_or_default();
        Self { id, key }
    }

    /// The text of a token, to be handed out once.
    pub fn write(&self, token: &RefreshToken) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(WHOLE));
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(token.session.as_bytes());
        bytes.extend_from_slice(&token.generation.to_be_bytes());
        bytes.extend_from_slice(&token.branch.0);
        bytes.extend_from_slice(token.secret.as_bytes());
        let tag = self.tag(&bytes);
        bytes.extend_from_slice(tag.as_ref());
        Zeroizing::new(format!("{PREFIX}{}", encode(&bytes)))
    }

    /// Reads a token, if one of our servers made it; in constant time from the tag on.
    pub fn read(&self, text: &str) -> Option<Genuine> {
        let bytes: Zeroizing<[u8; WHOLE]> = Zeroizing::new(decode(text.strip_prefix(PREFIX)?)?);
        let (body, tag) = bytes.split_first_chunk::<BODY>()?;
        let (id, rest) = body.split_first_chunk::<4>()?;
        if *id != self.id || !self.key.confirms(&tagged(body), tag) {
            return None;
        }
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (branch, secret) = rest.split_first_chunk::<8>()?;
        Some(Genuine(RefreshToken {
            session: SessionId::from_bytes(*session),
            generation: u32::from_be_bytes(*generation),
            branch: Branch(*branch),
            secret: SessionSecret::from_bytes(secret.try_into().ok()?),
        }))
    }

    fn tag(&self, body: &[u8]) -> [u8; 32] {
        self.key.tag(&tagged(body))
    }
}

/// What is signed: the prefix keeps a tag from ever being good for anything else that this key might sign.
fn tagged(body: &[u8]) -> [&[u8]; 2] {
    [PREFIX.as_bytes(), body]
}

impl RefreshToken {
    /// The token of this generation and branch.
    pub fn new(session: SessionId, secret: SessionSecret, generation: u32, branch: Branch) -> Self {
        Self { session, generation, branch, secret }
    }
}

impl Genuine {
    /// The session it belongs to.
    pub fn session(&self) -> SessionId {
        self.0.session
    }

    /// Its generation.
    pub fn generation(&self) -> u32 {
        self.0.generation
    }

    /// Which token of that generation it is.
    pub fn branch(&self) -> Branch {
        self.0.branch
    }

    /// The session's secret, as this token claims it.
    pub fn secret(&self) -> &SessionSecret {
        &self.0.secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    fn key(byte: u8) -> TagKey {
        TagKey::new(&Material(Zeroizing::new(vec![byte; 32])))
    }

    fn token() -> RefreshToken {
        let dice = Dice::seeded(1);
        RefreshToken::new(SessionId::generate(&dice), SessionSecret::generate(&dice), 258, Branch([9; 8]))
    }

    #[test]
    fn a_token_is_read_back_as_it_was_written() {
        let (key, token) = (key(1), token());
        let text = key.write(&token);
        assert_eq!(text.len(), 132);
        let read = key.read(&text).unwrap();
        assert_eq!((read.session(), read.generation(), read.branch()), (token.session, 258, Branch([9; 8])));
        assert!(token.secret.hash().matches(read.secret()));
        assert_eq!(format!("{read:?} {key:?}"), "Genuine(RefreshToken(…)) TagKey(…)");
    }

    #[test]
    fn a_token_of_another_key_is_not_genuine() {
        assert!(key(2).read(&key(1).write(&token())).is_none());
    }

    #[test]
    fn a_token_changed_in_any_place_is_not_genuine() {
        let key = key(1);
        let text = key.write(&token());
        for at in 0..text.len() {
            for other in ["A", "_", "b", "="] {
                let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                assert!(changed == *text || key.read(&changed).is_none(), "changed at {at} to {other}");
            }
        }
        for odd in [
            "",
            "bjr_",
            &text[..131],
            &format!("{}A", *text),
            &text.replace("bjr_", "bjs_"),
            &format!(" {}", *text),
        ] {
            assert!(key.read(odd).is_none(), "{odd:?}");
        }
    }
}
