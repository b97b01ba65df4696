//! The guard itself: what its layers and extractors share.

use std::sync::Arc;

use bitjang_core::csrf::CsrfKey;
use bitjang_core::ratchet::{Genuine, Held};
use bitjang_core::secret::SecretHash;
use bitjang_core::{Access, Auth, CsrfToken, Error, Proof, Refusal, SessionId};
use http::HeaderMap;
use quick_cache::sync::Cache;

use crate::presented::Presented;
use crate::{Cors, Origins, Protect, Scope, SignedIn, cookies};

/// Knows who is signed in and which requests are forged. Cheap to clone; put it into the app's state.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    auth: Auth,
    origins: Origins,
    /// What was read of access tokens before, by their hashes: none is kept as it travels. Whether its session is live is another question, asked each time.
    read: Cache<SecretHash, Access>,
}

/// How many access tokens are remembered, about 150 bytes each; the ones that are used least make room.
const REMEMBERED: usize = 16 * 1_024;

impl Guard {
    /// A guard in the same process as the flows.
    pub fn new(auth: Auth, origins: Origins) -> Self {
        Self(Arc::new(Inner { auth, origins, read: Cache::new(REMEMBERED) }))
    }

    /// A layer that refuses forged requests to routes which act for whoever is signed in.
    pub fn protect(&self) -> Protect {
        Protect::new(self.clone(), Scope::SignedIn)
    }

    /// A layer that refuses forged requests to routes which anybody may call, such as a sign-in: nobody's cookie counts there, so no token can be asked for.
    pub fn protect_open(&self) -> Protect {
        Protect::new(self.clone(), Scope::Anybody)
    }

    /// A layer that lets the pages of trusted origins read answers, with cookies; nothing where the operator trusts none.
    ///
    /// It says nothing about what may be sent: that is for [`Guard::protect`], which belongs inside it.
    pub fn cors(&self) -> Option<Cors> {
        self.origins().trusts_any().then(|| Cors::new(self.clone()))
    }

    /// Who sent a request with these headers; refuses with `signed_out`. Says nothing about whether it was forged.
    pub async fn identify(&self, headers: &HeaderMap) -> Result<SignedIn, Error> {
        let proof = Presented::of(headers).proof(self).ok_or(Refusal::SignedOut)?;
        self.0.auth.verify(&proof).await.map(SignedIn)
    }

    /// What a request with these headers presents, also when its access cookie has expired and only the refresh cookie is left: enough to be given a CSRF token, or
    /// to sign out.
    pub fn lasting_proof(&self, headers: &HeaderMap) -> Option<Proof> {
        Presented::of(headers).lasting_proof(self)
    }

    /// The session of an access token, if one of our servers minted it and it has not expired. The signature of one that was read before is not checked again.
    pub(crate) fn read_access(&self, token: &str) -> Option<Access> {
        let Inner { auth, read, .. } = &*self.0;
        let hash = SecretHash::of(token.as_bytes());
        if let Some(access) = read.get(&hash).filter(|access| auth.still_reads(access)) {
            return Some(access);
        }
        let access = auth.read_access(token)?;
        read.insert(hash, access);
        Some(access)
    }

    pub(crate) fn read_refresh(&self, token: &str) -> Option<Genuine> {
        self.0.auth.read_refresh(token)
    }

    /// The refresh token in a request's cookie, if one of our servers minted it, and the spare ones beside it.
    pub fn refresh_cookies(&self, headers: &HeaderMap) -> Option<Held> {
        let newest = Presented::of(headers).refresh(self)?;
        let spares = cookies::spares(headers).filter_map(|token| self.read_refresh(token));
        Some(Held::new(newest, spares))
    }

    /// The token that a page needs to send requests of this session.
    pub fn csrf_token(&self, session: SessionId) -> CsrfToken {
        self.csrf().token(session)
    }

    /// The key behind the tokens.
    pub fn csrf(&self) -> &CsrfKey {
        self.0.auth.csrf_key()
    }

    /// The origins whose pages may send requests.
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }
}
