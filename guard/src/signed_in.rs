//! The extractor that no handler for signed-in people can do without.

use std::ops::Deref;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use bitjang_core::{AccountId, Error, Principal, Refusal};
use http::request::Parts;

use crate::{Guard, Problem, Protected};

/// Whoever is signed in: account and session. Answers 401 `signed_out` for anybody else.
///
/// On an unsafe method it also answers 403 `csrf_token` unless [`Guard::protect`] has seen the request.
#[derive(Clone, Debug)]
pub struct SignedIn(pub(crate) bitjang_core::SignedIn);

impl Deref for SignedIn {
    type Target = bitjang_core::SignedIn;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Principal for SignedIn {
    fn account_id(&self) -> AccountId {
        self.0.account_id()
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.roles()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Guard: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let signed_in = Guard::from_ref(state).identify(&parts.headers).await;
        let signed_in = signed_in.map_err(|error| Problem::refusing(error, &parts.headers))?;
        if is_harmless(parts) { Ok(signed_in) } else { Err(Problem::csrf_token()) }
    }
}

/// For pages that look different to strangers: `None` when nobody is signed in.
impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn
where
    Guard: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        match Guard::from_ref(state).identify(&parts.headers).await {
            Ok(signed_in) if is_harmless(parts) => Ok(Some(signed_in)),
            Ok(_) => Err(Problem::csrf_token()),
            Err(Error::Refused(Refusal::SignedOut)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a request changes nothing, or is proven not to be forged.
fn is_harmless(parts: &Parts) -> bool {
    parts.method.is_safe() || parts.extensions.get::<Protected>().is_some()
}
