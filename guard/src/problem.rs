//! What a client is told when there is no answer: the one place where refusals and failures become HTTP (RFC 9457).

use std::error::Error as _;
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};
use bitjang_core::{Error, Failure, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use crate::presented::Presented;

/// How long a client waits before it tries again what we could not do.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// An `application/problem+json` answer: {type, title, status, code, detail?}. Codes never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What happened, for programs.
    pub code: &'static str,
    /// What happened, for people; the same for every problem of this code.
    pub title: &'static str,
    /// What to do about it, where that depends on the case.
    pub detail: Option<String>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// How to prove who asks (`WWW-Authenticate` of a 401).
    pub challenge: Challenge,
}

/// How a client may prove who asks (RFC 6750, section 3). Not a scheme for which browsers put up a dialog of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Challenge {
    /// By an access token; none was presented.
    #[default]
    Bearer,
    /// By an access token; the one presented is not good.
    BetterBearer,
}

impl Challenge {
    /// What whoever sent these headers has to do better, when they prove nothing.
    pub fn to(headers: &HeaderMap) -> Self {
        match Presented::of(headers) {
            Presented::Bearer(_) => Self::BetterBearer,
            Presented::Cookies(_) => Self::Bearer,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => r#"Bearer realm="Bitjang""#,
            Self::BetterBearer => r#"Bearer realm="Bitjang", error="invalid_token""#,
        }
    }
}

/// Writes one constructor per problem that has nothing to say beyond its code.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal;)+) => {
        impl Problem {$(
            $(#[$doc])*
            #[must_use]
            pub const fn $name() -> Self {
                Self { status: StatusCode::$status, code: $code, title: $title, detail: None, retry_after: None, challenge: Challenge::Bearer }
            }
        )+

            /// Every code there is.
            pub const CODES: &[&str] = &[$($code),+];
        }
    };
}

problems! {
    /// What was sent cannot be understood.
    bad_request = BAD_REQUEST, "bad_request", "The request cannot be understood";
    /// Nobody is signed in.
    signed_out = UNAUTHORIZED, "signed_out", "Nobody is signed in";
    /// The refresh token was used twice, by two holders: the session has ended.
    token_reuse = UNAUTHORIZED, "token_reuse", "The refresh token was used twice, so the session has ended";
    /// Identifier and password do not belong together.
    bad_credentials = UNAUTHORIZED, "bad_credentials", "Identifier and password do not match";
    /// Another site made the browser send this.
    cross_site = FORBIDDEN, "cross_site", "The request was sent from another site";
    /// The CSRF token is missing or belongs to another session.
    csrf_token = FORBIDDEN, "csrf_token", "The CSRF token is missing or wrong";
    /// It may not be done.
    forbidden = FORBIDDEN, "forbidden", "Not allowed";
    /// Nothing is there, or nothing of yours.
    not_found = NOT_FOUND, "not_found", "Nothing is here";
    /// The path exists, but not for this method.
    method_not_allowed = METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not allowed here";
    /// The body did not come in time.
    timeout = REQUEST_TIMEOUT, "timeout", "The request did not arrive in time";
    /// Another account has this identifier.
    identifier_taken = CONFLICT, "identifier_taken", "The identifier is taken";
    /// The body is larger than any we need.
    too_large = PAYLOAD_TOO_LARGE, "too_large", "The request is too large";
    /// The body is not JSON (or, on a page, not a form).
    unsupported_media_type = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "This content type is not accepted here";
    /// The identifier cannot name an account.
    bad_identifier = UNPROCESSABLE_ENTITY, "bad_identifier", "The identifier cannot be used";
    /// The name cannot be shown.
    bad_name = UNPROCESSABLE_ENTITY, "bad_name", "The name cannot be used";
    /// The password is too easy to guess.
    weak_password = UNPROCESSABLE_ENTITY, "weak_password", "The password is too weak";
    /// Too many wrong guesses.
    too_many_attempts = TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts";
    /// This server takes no new accounts.
    sign_up_closed = FORBIDDEN, "sign_up_closed", "Sign-up is closed";
    /// We cannot do it now.
    unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment";
    /// More is being asked than can be done in reasonable time.
    busy = SERVICE_UNAVAILABLE, "busy", "Too much is being asked at the moment";
}

impl Problem {
    /// The same problem, with what to do about it.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// What whoever sent these headers is told when they prove nothing.
    pub fn refusing(error: impl Into<Error>, headers: &HeaderMap) -> Self {
        Self::from(error.into()).challenging(Challenge::to(headers))
    }

    /// The same problem, with how to prove who asks.
    #[must_use]
    pub fn challenging(self, challenge: Challenge) -> Self {
        Self { challenge, ..self }
    }

    /// The same problem, with how long to wait.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Failed(failure) => failure.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadIdentifier(why) => Self::bad_identifier().because(why.to_string()),
            Refusal::BadName => Self::bad_name().because("use 1 to 100 visible characters on one line"),
            Refusal::BadRole => Self::bad_request(),
            Refusal::WeakPassword(why) => Self::weak_password().because(why.to_string()),
            Refusal::IdentifierTaken => Self::identifier_taken(),
            Refusal::BadCredentials => Self::bad_credentials(),
            Refusal::TooManyAttempts { retry_after } => Self::too_many_attempts().retry_after(retry_after),
            Refusal::SignedOut => Self::signed_out(),
            Refusal::TokenReuse => Self::token_reuse(),
            Refusal::OtherCarrier => Self::forbidden(),
            Refusal::NotFound => Self::not_found(),
            Refusal::SignUpClosed => Self::sign_up_closed(),
            Refusal::Busy => Self::busy().retry_after(TRY_AGAIN),
        }
    }
}

/// A failure is logged here, once, with all its causes, and told to the client as no more than "not available".
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let mut causes = Vec::new();
        let mut cause = failure.source();
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        tracing::error!(action = failure.action(), causes = causes.join(": "), "a failure");
        Self::unavailable().retry_after(TRY_AGAIN)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: format!("urn:bitjang:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.as_deref(),
        };
        // Strings and a number always serialise.
        let mut response = serde_json::to_vec(&body).unwrap_or_default().into_response();
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge.as_str()));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A wait as it is told to clients: rounded up, so that who comes back at that second is let through.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
