//! What a token says, once it is known to be true.

use std::time::Duration;

use super::json::{Names, Reader, strings_in};
use super::{Expect, Rejected, base64url};
use crate::{AccountId, SessionId, Time};

/// A token that passed every check: signed by a known key, for us, in its time. That its session has not been revoked since is another question.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::partial_pub_fields, reason = "lists are handed out as iterators")]
pub struct Verified<'s> {
    /// Who is signed in.
    pub account: AccountId,
    /// By which session.
    pub session: SessionId,
    /// The account's epoch when it was minted.
    pub epoch: u64,
    /// When it was minted, in whole seconds.
    pub issued_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// When the password was last proven.
    pub authenticated_at: Time,
    /// The token's own name.
    pub id: &'s str,
    /// The application that asked for it.
    pub client_id: &'s str,
    roles: Strings<'s>,
    methods: Strings<'s>,
}

impl<'s> Verified<'s> {
    /// What the account was trusted with when the token was minted.
    pub fn roles(&self) -> Strings<'s> {
        self.roles
    }

    /// Whether the account was trusted with `role`.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contain(role)
    }

    /// How the account's owner was recognised (RFC 8176).
    pub fn methods(&self) -> Strings<'s> {
        self.methods
    }
}

/// Strings that stand in a token, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'s>(&'s str);

impl<'s> Strings<'s> {
    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = &'s str> {
        strings_in(self.0)
    }

    /// Whether `string` is one of them.
    pub fn contain(self, string: &str) -> bool {
        self.iter().any(|had| had == string)
    }
}

/// The claims as they stand in the token, each at most once.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields<'s> {
    iss: Option<&'s str>,
    sub: Option<&'s str>,
    aud: Option<&'s str>,
    exp: Option<u64>,
    iat: Option<u64>,
    nbf: Option<u64>,
    jti: Option<&'s str>,
    client_id: Option<&'s str>,
    sid: Option<&'s str>,
    auth_time: Option<u64>,
    amr: Option<&'s str>,
    roles: Option<&'s str>,
    epoch: Option<u64>,
}

impl<'s> Fields<'s> {
    /// Reads the claims; refuses a repeated name, known to us or not, and a value of the wrong type.
    pub(super) fn read(json: &'s [u8]) -> Result<Self, Rejected> {
        let reader = Reader::new(json).ok_or(Rejected::Malformed)?;
        Self::as_minted(reader.clone()).map_or_else(|| Self::in_any_order(reader), Ok)
    }

    /// Reads the claims as [`super::SigningKey::mint`] writes them: the same as in any order, in half the time.
    fn as_minted(mut reader: Reader<'s>) -> Option<Self> {
        let reader = &mut reader;
        let fields = Self {
            iss: Some(reader.literal(r#"{"iss":""#).and_then(|()| reader.rest_of_string())?),
            sub: Some(reader.literal(r#","sub":""#).and_then(|()| reader.rest_of_string())?),
            aud: Some(reader.literal(r#","aud":"#).and_then(|()| reader.string_or_strings())?),
            exp: Some(reader.literal(r#","exp":"#).and_then(|()| reader.integer())?),
            iat: Some(reader.literal(r#","iat":"#).and_then(|()| reader.integer())?),
            nbf: None,
            jti: Some(reader.literal(r#","jti":""#).and_then(|()| reader.rest_of_string())?),
            client_id: Some(reader.literal(r#","client_id":""#).and_then(|()| reader.rest_of_string())?),
            sid: Some(reader.literal(r#","sid":""#).and_then(|()| reader.rest_of_string())?),
            auth_time: Some(reader.literal(r#","auth_time":"#).and_then(|()| reader.integer())?),
            amr: Some(reader.literal(r#","amr":"#).and_then(|()| reader.strings())?),
            roles: Some(reader.literal(r#","roles":"#).and_then(|()| reader.strings())?),
            epoch: Some(reader.literal(r#","epoch":"#).and_then(|()| reader.integer())?),
        };
        reader.literal("}")?;
        reader.is_done().then_some(fields)
    }

    fn in_any_order(reader: Reader<'s>) -> Result<Self, Rejected> {
        let (mut fields, mut others) = (Self::default(), Names::default());
        reader
            .whole_object(|reader, name| fields.member(reader, name, &mut others))
            .ok_or(Rejected::Claims)?;
        Ok(fields)
    }

    fn member(&mut self, reader: &mut Reader<'s>, name: &'s str, others: &mut Names<'s>) -> Option<()> {
        match name {
            "iss" => once(&mut self.iss, reader.string()),
            "sub" => once(&mut self.sub, reader.string()),
            "aud" => once(&mut self.aud, reader.string_or_strings()),
            "exp" => once(&mut self.exp, reader.integer()),
            "iat" => once(&mut self.iat, reader.integer()),
            "nbf" => once(&mut self.nbf, reader.integer()),
            "jti" => once(&mut self.jti, reader.string()),
            "client_id" => once(&mut self.client_id, reader.string()),
            "sid" => once(&mut self.sid, reader.string()),
            "auth_time" => once(&mut self.auth_time, reader.integer()),
            "amr" => once(&mut self.amr, reader.strings()),
            "roles" => once(&mut self.roles, reader.strings()),
            "epoch" => once(&mut self.epoch, reader.integer()),
            _ => others.note(name).and_then(|()| reader.skip()),
        }
    }

    /// The token, if what it says is what we expect, now.
    pub(super) fn expected(
        &self,
        expect: &Expect,
        ahead: Duration,
        now: Time,
    ) -> Result<Verified<'s>, Rejected> {
        let verified = self.typed().ok_or(Rejected::Claims)?;
        let (latest, earliest) = (now.plus(expect.leeway), now.minus(expect.leeway));
        let not_before = self.nbf.map(|nbf| time(nbf).ok_or(Rejected::Claims)).transpose()?;
        if self.iss != Some(&expect.issuer) {
            return Err(Rejected::Issuer);
        }
        if !self.aud.is_some_and(|aud| Strings(aud).contain(&expect.audience)) {
            return Err(Rejected::Audience);
        }
        if verified.expires_at <= earliest {
            return Err(Rejected::Expired);
        }
        if verified.issued_at > now.plus(ahead) || not_before.is_some_and(|begins_at| begins_at > latest) {
            return Err(Rejected::NotYetValid);
        }
        Ok(verified)
    }

    fn typed(&self) -> Option<Verified<'s>> {
        let (issued_at, expires_at) = (time(self.iat?)?, time(self.exp?)?);
        (self.iss.is_some() && self.aud.is_some() && issued_at < expires_at).then_some(())?;
        Some(Verified {
            account: account(self.sub?)?,
            session: session(self.sid?)?,
            epoch: self.epoch?,
            issued_at,
            expires_at,
            authenticated_at: time(self.auth_time?)?,
            id: self.jti.filter(|id| !id.is_empty())?,
            client_id: self.client_id?,
            roles: Strings(self.roles?),
            methods: Strings(self.amr?),
        })
    }
}

/// Fills an empty place; nothing if there is no value, or if there was one before.
fn once<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    place.replace(value?).is_none().then_some(())
}

/// The time so many seconds after the Unix epoch, until the year 9999.
fn time(seconds: u64) -> Option<Time> {
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds <= 253_402_300_799)?;
    Some(Time::from_micros(seconds * 1_000_000))
}

/// The account, spelled as we spell it: UUIDs have many spellings (RFC 9562), a token has one.
fn account(sub: &str) -> Option<AccountId> {
    let upper = sub.bytes().fold(0, |upper, byte| upper | u8::from(byte.is_ascii_uppercase()));
    (sub.len() == 36 && upper == 0).then(|| sub.parse().ok()).flatten()
}

fn session(sid: &str) -> Option<SessionId> {
    let mut bytes = [0; 16];
    let whole = base64url::decode(sid, &mut bytes)?.len() == 16;
    whole.then_some(SessionId::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dice, at};
    use crate::token::{Algorithm, Claims, SigningKey, TokenId};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn minted() -> String {
        let dice = Dice::seeded(1);
        let claims = Claims {
            issuer: "https://id.example.org".into(),
            audience: "api".into(),
            account: AccountId::generate(&dice, at(1)),
            session: SessionId::generate(&dice),
            epoch: 1,
            id: TokenId::generate(&dice),
            client_id: "bitjang".into(),
            issued_at: at(1),
            expires_at: at(2),
            authenticated_at: at(0),
            methods: vec!["pwd".into()],
            roles: crate::account::Roles::new(["a", "b"]).unwrap(),
        };
        let token = SigningKey::generate(Algorithm::Hs256, &dice).unwrap().mint(&claims).unwrap();
        let json = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn minted_claims_are_read_the_short_way() {
        let json = minted();
        let reader = Reader::new(json.as_bytes()).unwrap();
        let short = Fields::as_minted(reader.clone()).unwrap();
        assert_eq!(Ok(short), Fields::in_any_order(reader));
    }

    proptest! {
        #[test]
        fn the_short_way_reads_nothing_that_the_long_way_would_not(
            place in 0_usize..350,
            removed in 0_usize..3,
            put in "[\",:\\[\\]{} 0a]{0,2}",
        ) {
            let mut json = minted();
            let place = place.min(json.len());
            json.replace_range(place..(place + removed).min(json.len()), &put);
            let reader = Reader::new(json.as_bytes()).unwrap();
            if let Some(short) = Fields::as_minted(reader.clone()) {
                prop_assert_eq!(Ok(short), Fields::in_any_order(reader));
            }
        }
    }
}
