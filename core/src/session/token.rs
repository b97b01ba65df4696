//! The value of a session cookie: which session, and the secret that proves it.

use zeroize::Zeroizing;

use super::{Carrier, Session, SessionId};
use crate::Entropy;
use crate::encoding::{decode, encode};
use crate::secret::{SessionSecret, prints_as_its_name};

const PREFIX: &str = "bjs_";

/// `bjs_` + base64url(session id, 16 bytes · secret, 32 bytes): 68 characters, one spelling only.
#[derive(Clone)]
pub struct SessionToken {
    session: SessionId,
    secret: SessionSecret,
}

prints_as_its_name!(SessionToken);

impl SessionToken {
    /// A token for a new session.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self { session: SessionId::generate(entropy), secret: SessionSecret::generate(entropy) }
    }

    /// The token of a session with this secret.
    pub(crate) fn new(session: SessionId, secret: SessionSecret) -> Self {
        Self { session, secret }
    }

    /// Reads a cookie's value; nothing if no server of ours could have written it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: Zeroizing<[u8; 48]> = Zeroizing::new(decode(text.strip_prefix(PREFIX)?)?);
        let (session, secret) = bytes.split_first_chunk::<16>()?;
        Some(Self {
            session: SessionId::from_bytes(*session),
            secret: SessionSecret::from_bytes(secret.try_into().ok()?),
        })
    }

    /// The text to hand out, once, in the cookie.
    pub fn reveal(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.session.as_bytes().as_slice(), self.secret.as_bytes()].concat());
        Zeroizing::new(format!("{PREFIX}{}", encode(&bytes)))
    }

    /// The session it speaks of; whether it may is another question.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The secret that proves it.
    pub(crate) fn secret(&self) -> &SessionSecret {
        &self.secret
    }

    /// Whether it was handed out for `session`; in constant time.
    ///
    /// A refresh token holds the same secret: without a look at the carrier, whoever steals one could make it into a session cookie and never turn
    /// the ratchet.
    pub(crate) fn proves(&self, session: &Session) -> bool {
        let in_its_cookie = session.carrier == Carrier::Cookie && self.session == session.id;
        in_its_cookie && session.secret.matches(&self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    #[test]
    fn a_token_is_read_back_as_it_was_written() {
        let token = SessionToken::generate(&Dice::seeded(1));
        let text = token.reveal();
        assert_eq!(text.len(), 68);
        let read = SessionToken::parse(&text).unwrap();
        assert_eq!(read.session(), token.session());
        assert!(token.secret().hash().matches(read.secret()));
        assert_eq!(format!("{read:?}"), "SessionToken(…)");
    }

    #[test]
    fn any_other_text_is_no_token() {
        let text = SessionToken::generate(&Dice::seeded(1)).reveal();
        let odd = [
            String::new(),
            "bjs_".to_owned(),
            text[..67].to_owned(),
            format!("{}A", *text),
            format!("{}=", *text),
            format!(" {}", *text),
            text.replace("bjs_", "bjr_"),
            text.replace("bjs_", "BJS_"),
            format!("\"{}\"", *text),
            format!("{}\u{e9}", &text[..66]),
        ];
        for text in odd {
            assert!(SessionToken::parse(&text).is_none(), "{text:?}");
        }
    }
}
