//! The guard itself: what its layers and extractors share.

use std::sync::Arc;

use bitjang_core::csrf::CsrfKey;
use bitjang_core::{Auth, CsrfToken, Error, Failure, Refusal, SessionId};
use http::HeaderMap;

use crate::{Origins, Protect, Scope, SignedIn, cookies};

/// Knows who is signed in and which requests are forged. Cheap to clone; put it into the app's state.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    auth: Auth,
    csrf: CsrfKey,
    origins: Origins,
}

impl Guard {
    /// A guard in the same process as the flows.
    pub async fn new(auth: Auth, origins: Origins) -> Result<Self, Failure> {
        let csrf = auth.csrf_key().await?;
        Ok(Self(Arc::new(Inner { auth, csrf, origins })))
    }

    /// A layer that refuses forged requests to routes which act for whoever is signed in.
    pub fn protect(&self) -> Protect {
        Protect::new(self.clone(), Scope::SignedIn)
    }

    /// A layer that refuses forged requests to routes which anybody may call, such as a sign-in: nobody's cookie counts there, so no token can be asked for.
    pub fn protect_open(&self) -> Protect {
        Protect::new(self.clone(), Scope::Anybody)
    }

    /// Who sent a request with these headers; refuses with `signed_out`. Says nothing about whether it was forged.
    pub async fn identify(&self, headers: &HeaderMap) -> Result<SignedIn, Error> {
        let token = cookies::session_token(headers).ok_or(Refusal::SignedOut)?;
        self.0.auth.verify(&token).await.map(SignedIn)
    }

    /// The token that a page needs to send requests of this session.
    pub fn csrf_token(&self, session: SessionId) -> CsrfToken {
        self.0.csrf.token(session)
    }

    /// The key behind the tokens.
    pub fn csrf(&self) -> &CsrfKey {
        &self.0.csrf
    }

    /// The origins whose pages may send requests.
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }
}
