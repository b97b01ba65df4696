//! CSRF tokens: proof that a page of ours, which could read one of our answers, sent the request.
//!
//! A token is `HMAC-SHA256(key, purpose ‖ subject)`: bound to one session (or, before there is one, to one browser's form cookie), kept
//! nowhere, checked without a store.

use subtle::ConstantTimeEq as _;

use crate::SessionId;
use crate::encoding::encode;
use crate::key::Key;
use crate::mac::MacKey;
use crate::secret::prints_as_its_name;

/// A token as a page holds it: 43 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct CsrfToken(String);

prints_as_its_name!(CsrfToken);

impl CsrfToken {
    /// The token's text, to be handed to the page.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Makes and checks CSRF tokens.
#[derive(Clone)]
pub struct CsrfKey(MacKey);

prints_as_its_name!(CsrfKey);

impl CsrfKey {
    /// The key with which `key` protects requests.
    pub fn new(key: &Key) -> Self {
        Self(MacKey::new(&key.secret.0))
    }

    /// The token that requests of `session` must carry.
    pub fn token(&self, session: SessionId) -> CsrfToken {
        self.tag(b"session\0", session.as_bytes())
    }

    /// The token that a form must carry which was given to the browser with this form cookie.
    pub fn form_token(&self, cookie: &[u8]) -> CsrfToken {
        self.tag(b"form\0", cookie)
    }

    /// Whether `presented` is the token of `session`; in constant time.
    pub fn confirms(&self, session: SessionId, presented: &str) -> bool {
        same(&self.token(session), presented)
    }

    /// Whether `presented` is the form token of the browser with this form cookie; in constant time.
    pub fn confirms_form(&self, cookie: &[u8], presented: &str) -> bool {
        same(&self.form_token(cookie), presented)
    }

    fn tag(&self, purpose: &[u8], subject: &[u8]) -> CsrfToken {
        CsrfToken(encode(&self.0.tag(&[purpose, subject])))
    }
}

fn same(token: &CsrfToken, presented: &str) -> bool {
    token.0.as_bytes().ct_eq(presented.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Material, Purpose};
    use crate::time::Time;

    fn key(byte: u8) -> CsrfKey {
        let secret = Material(zeroize::Zeroizing::new(vec![byte; 32]));
        CsrfKey::new(&Key { purpose: Purpose::Csrf, secret, created_at: Time::from_micros(0) })
    }

    #[test]
    fn a_token_is_good_for_one_session_one_purpose_and_one_key() {
        let (mine, theirs) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let token = key(1).token(mine);
        assert!(key(1).confirms(mine, token.reveal()));
        assert!(!key(1).confirms(theirs, token.reveal()));
        assert!(!key(2).confirms(mine, token.reveal()));
        assert!(!key(1).confirms_form(mine.as_bytes(), token.reveal()));
    }

    #[test]
    fn no_other_spelling_of_a_token_is_good() {
        let session = SessionId::from_bytes([1; 16]);
        let token = key(1).token(session).reveal().to_owned();
        for odd in [
            String::new(),
            format!("{token}="),
            token.to_lowercase(),
            token[..42].to_owned(),
            format!(" {token}"),
        ] {
            assert!(!key(1).confirms(session, &odd), "{odd:?}");
        }
    }
}
