//! The extractor for forms: reads the fields, and checks the one that carries the CSRF token.

use axum_core::extract::{FromRef, FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::forgery::is_form;
use crate::{Guard, Problem, SignedIn};

/// Whoever is signed in, and the fields of the form they sent, one of which (`csrf_token`) has been checked.
///
/// `T` has string fields only, as forms do.
#[derive(Clone, Debug)]
pub struct SignedForm<T>(pub SignedIn, pub T);

/// A form's fields beside the token.
#[derive(Deserialize)]
struct Tokened<T> {
    #[serde(default)]
    csrf_token: String,
    #[serde(flatten)]
    fields: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SignedForm<T>
where
    Guard: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let guard = Guard::from_ref(state);
        let signed_in = guard.identify(request.headers()).await?;
        let (token, fields) = read(request, state).await?;
        if guard.csrf().confirms(signed_in.session().id, &token) {
            Ok(Self(signed_in, fields))
        } else {
            Err(Problem::csrf_token())
        }
    }
}

/// The token and the other fields of a form, whoever sent it.
pub async fn read<S: Send + Sync, T: DeserializeOwned>(
    request: Request,
    state: &S,
) -> Result<(String, T), Problem> {
    if !request.headers().get(CONTENT_TYPE).is_some_and(|value| is_form(value.as_bytes())) {
        return Err(Problem::unsupported_media_type());
    }
    let body =
        Bytes::from_request(request, state).await.map_err(|rejection| body_problem(rejection.status()))?;
    if !is_text(&body) {
        return Err(Problem::bad_request());
    }
    let form: Tokened<T> = serde_urlencoded::from_bytes(&body).map_err(|_| Problem::bad_request())?;
    Ok((form.csrf_token, form.fields))
}

/// Whether a form is UTF-8 once its `%` escapes are undone. The parser would put U+FFFD for what is not, and two different passwords would become one.
fn is_text(form: &[u8]) -> bool {
    let mut decoded = Vec::with_capacity(form.len());
    let mut rest = form;
    while let [first, after @ ..] = rest {
        let escaped = after.first_chunk().filter(|_| *first == b'%').copied().and_then(hex);
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    std::str::from_utf8(&decoded).is_ok()
}

fn hex(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

/// Why a body could not be read: it was too large, or stopped coming.
pub fn body_problem(status: http::StatusCode) -> Problem {
    match status {
        http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        http::StatusCode::REQUEST_TIMEOUT => Problem::timeout(),
        _ => Problem::bad_request(),
    }
}
