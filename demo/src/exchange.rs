//! Who is asking: the session cookie is traded for an access token once, which is then checked here on every request.
//!
//! The trade asks Bitjang; what follows does not, until the token expires or is revoked (a sign-out, another role). Then the cookie is traded anew, or is
//! worth nothing any more. The cookie itself is forgotten: tokens are found by its hash.

use std::sync::Arc;

use bitjang_core::{AccountId, Failure};
use bitjang_guard::cookies::{self, Found};
use bitjang_guard::verifier::{Caller, Refused, Verifier};
use bitjang_guard::{Origins, Problem};
use http::HeaderMap;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::bitjang::{Bitjang, Traded};
use crate::store::Store;

/// How many sessions are remembered; the others trade again.
const REMEMBERED: usize = 10_000;

/// Trades session cookies for access tokens, and checks those.
pub struct Exchange {
    bitjang: Bitjang,
    verifier: Verifier,
    origins: Origins,
    store: Arc<Store>,
    traded: Cache<[u8; 32], Arc<Traded>>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What their access token says: account, session, roles.
    pub caller: Caller,
    traded: Arc<Traded>,
}

impl Visitor {
    /// What to call them.
    pub fn name(&self) -> &str {
        &self.traded.member.name
    }

    /// What their forms must carry. It is Bitjang's own token of the session, so that its forms (sign-out) can be on our pages as well.
    pub fn csrf_token(&self) -> &str {
        &self.traded.csrf_token
    }

    /// Whether a form carries their token; in constant time.
    pub fn confirms(&self, token: &str) -> bool {
        self.csrf_token().as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl Exchange {
    /// An exchange at this server, whose verifier follows it. `origins` are those whose pages may send forms.
    pub fn new(bitjang: Bitjang, verifier: Verifier, origins: Origins, store: Arc<Store>) -> Self {
        Self { bitjang, verifier, origins, store, traded: Cache::new(REMEMBERED) }
    }

    /// Where people are signed in.
    pub fn bitjang(&self) -> &Bitjang {
        &self.bitjang
    }

    /// The origins whose pages may send forms.
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Who sent a request with these headers: the owner of its cookie, or 401 `signed_out`.
    pub async fn identify(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        let Found::One(cookie) = cookies::find(headers, cookies::SESSION) else {
            return Err(Problem::signed_out());
        };
        let hash = Sha256::digest(cookie).into();
        let known = match self.traded.get(&hash) {
            Some(traded) => self.check(traded).await?,
            None => None,
        };
        match known {
            Some(visitor) => Ok(visitor),
            None => self.trade(cookie, hash).await,
        }
    }

    /// Forgets the tokens of an account, which say what it was trusted with before: the next request trades anew.
    pub fn forget(&self, account: AccountId) {
        self.traded.retain(|_, traded| traded.member.account != account);
    }

    /// The visitor, if the token is still good; an error only where that cannot be told.
    async fn check(&self, traded: Arc<Traded>) -> Result<Option<Visitor>, Problem> {
        match self.verifier.verify_or_ask(&traded.access_token).await {
            Ok(caller) => Ok(Some(Visitor { caller, traded })),
            Err(Refused::Token(_) | Refused::Revoked) => Ok(None),
            Err(cannot_tell) => Err(cannot_tell.into()),
        }
    }

    async fn trade(&self, cookie: &str, hash: [u8; 32]) -> Result<Visitor, Problem> {
        self.traded.remove(&hash);
        let traded = Arc::new(self.bitjang.trade(cookie).await?);
        self.store.know(&traded.member).map_err(|failure: Failure| Problem::from(failure))?;
        let visitor = self.check(Arc::clone(&traded)).await?.ok_or(Problem::signed_out())?;
        self.traded.insert(hash, traded);
        Ok(visitor)
    }
}
