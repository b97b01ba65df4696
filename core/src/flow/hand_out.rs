//! Hand out: what a sign-in or a refresh gives back, by the session's carrier.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::ratchet::{Branch, RefreshToken};
use crate::secret::SessionSecret;
use crate::token::{Claims, TokenId};
use crate::{Account, Auth, Carrier, Failure, Refusal, Session, SessionToken, SignedIn, Time};

/// A session that has just begun or been refreshed, with the one copy of what proves it.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Whose it is.
    pub account: Arc<Account>,
    /// The session.
    pub session: Session,
    /// What its owner must be given.
    pub handed: Handed,
}

/// What the owner of a session is given, once.
#[derive(Clone, Debug)]
pub enum Handed {
    /// What to put into the session cookie.
    SessionToken(SessionToken),
    /// A short access token and a long refresh token.
    Tokens(Tokens),
}

/// A short access token and a long refresh token, in the clear. Wiped when dropped.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token.
    pub refresh: Zeroizing<String>,
    /// Which token of its generation that is.
    pub branch: Branch,
}

crate::secret::prints_as_its_name!(Tokens, AccessToken);

/// An access token, in the clear. Wiped when dropped.
#[derive(Clone)]
pub struct AccessToken {
    /// The token: JWS in compact form.
    pub text: Zeroizing<String>,
    /// How long it still lives, in whole seconds; one that has begun counts.
    pub expires_in: Duration,
}

impl Auth {
    /// An access token for calls to another API, from whoever is signed in with a cookie. It does not outlive the access token that proved who asks,
    /// if one did.
    ///
    /// Refuses with `other_carrier` a session that is carried by tokens in its client's own hands: those are refreshed.
    pub fn access_token(&self, signed_in: &SignedIn) -> Result<AccessToken, crate::Error> {
        match signed_in.session().carrier {
            Carrier::Cookie | Carrier::TokenCookies => {
                let (account, session) = (signed_in.account(), signed_in.session());
                Ok(self.mint(account, session, signed_in.as_of(), signed_in.proven_until())?)
            }
            Carrier::Bearer => Err(Refusal::OtherCarrier.into()),
        }
    }

    /// What the session's owner is given; `as_of` is a moment before the records were read.
    pub(crate) fn hand_out(
        &self,
        account: &Account,
        session: &Session,
        secret: SessionSecret,
        as_of: Time,
    ) -> Result<Handed, Failure> {
        Ok(match session.carrier {
            Carrier::Cookie => Handed::SessionToken(SessionToken::new(session.id, secret)),
            Carrier::TokenCookies | Carrier::Bearer => {
                let access = self.mint(account, session, as_of, session.ends_at)?;
                let branch = Branch(self.ports.entropy.bytes());
                let refresh = RefreshToken::new(session.id, secret, session.ratchet.generation, branch);
                Handed::Tokens(Tokens { access, refresh: self.keyring.tag.write(&refresh), branch })
            }
        })
    }

    /// The token lives from the moment before its records were read, not from the minting: so however slow a flow is, its token does not outlive a
    /// revocation that it missed.
    fn mint(
        &self,
        account: &Account,
        session: &Session,
        as_of: Time,
        until: Time,
    ) -> Result<AccessToken, Failure> {
        let (now, rules) = (self.ports.clock.now(), &self.rules.tokens);
        let signing = self.keyring.signing();
        let key = signing
            .signs(now)
            .ok_or_else(|| Failure::new("mint an access token", "there is no signing key"))?;
        // Not beyond the session's own end, idle or absolute: what is verified locally must not outlive it. A refresh puts the idle end off before this is asked.
        let expires_at = as_of.plus(rules.access).min(session.expires_at()).min(until);
        let text = key.mint(&Claims {
            issuer: rules.issuer.clone(),
            audience: rules.audience.clone(),
            account: account.id,
            session: session.id,
            epoch: account.epoch.number,
            id: TokenId::generate(&*self.ports.entropy),
            client_id: CLIENT.to_owned(),
            issued_at: as_of,
            expires_at,
            authenticated_at: session.created_at,
            methods: vec!["pwd".to_owned()],
            roles: account.roles.clone(),
        })?;
        let left = expires_at.since(now);
        let expires_in = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
        Ok(AccessToken { text: Zeroizing::new(text), expires_in })
    }
}

/// `client_id` (RFC 9068, section 2.2): the server's own pages and API are the only client there is.
const CLIENT: &str = "bitjang";
