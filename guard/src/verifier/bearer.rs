//! The extractor for `Authorization: Bearer` (RFC 6750, section 2.1).

use axum_core::extract::{FromRef, FromRequestParts};
use bitjang_core::Refusal;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{Caller, Verifier};
use crate::presented::{is_bearer, token};
use crate::problem::{Challenge, Problem};

/// Whoever presents a good access token in the `Authorization` header. Answers 401 `signed_out` for anybody else, with the challenge of RFC 6750, and 503 `unavailable` while the
/// verifier cannot tell.
#[derive(Clone, Debug)]
pub struct Bearer(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Bearer
where
    Verifier: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers)
            .ok_or_else(|| Problem::refusing(Refusal::SignedOut, &parts.headers))?;
        let caller = Verifier::from_ref(state).verify_or_ask(token).await;
        caller.map(Self).map_err(|refused| Problem::from(refused).challenging(Challenge::BetterBearer))
    }
}

/// The token in the `Authorization` header, if there is exactly one such header and it is of that kind. Two are two opinions about who is asking.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (found.next(), found.next()) else { return None };
    is_bearer(header).then(|| token(header)).flatten()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn token_in(values: &[&str]) -> Option<String> {
        let headers = values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap()));
        bearer_token(&headers.collect()).map(ToOwned::to_owned)
    }

    #[test]
    fn one_bearer_token_is_found() {
        assert_eq!(token_in(&["Bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(token_in(&["bEARER a.b.c"]).as_deref(), Some("a.b.c"));
    }

    #[test]
    fn anything_else_is_not() {
        for values in
            [&[][..], &["a.b.c"], &["Basic a.b.c"], &["Bearer"], &["Bearera.b.c"], &["Bearer a", "Bearer a"]]
        {
            assert_eq!(token_in(values), None, "{values:?}");
        }
        assert_eq!(token_in(&["Basic x", "Bearer a"]), None);
    }
}
