//! `/v1/accounts`: sign up.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::NewAccount;
use bitjang_guard::Problem;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::ProblemShape;
use super::session::CarrierName;
use crate::App;
use crate::answer::SignedInShape;
use crate::client;
use crate::json::Json;

/// What a person gives to get an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUp {
    /// User name or e-mail address
    #[schema(max_length = 254)]
    identifier: String,
    /// 8 to 1,024 bytes, hard to guess
    #[schema(value_type = String, format = Password, min_length = 8)]
    password: Zeroizing<String>,
    #[schema(max_length = 100)]
    name: Option<String>,
    #[serde(default)]
    carrier: CarrierName,
}

/// Makes an account and signs it in.
#[utoipa::path(post, path = "/v1/accounts", tag = "Account", request_body = SignUp, responses(
    (status = 201, body = SignedInShape, description = "Signed up and in; sets the cookies of the carrier"),
    (status = 400, body = ProblemShape, description = "`bad_request`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `sign_up_closed`"),
    (status = 409, body = ProblemShape, description = "`identifier_taken`"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 422, body = ProblemShape, description = "`weak_password`, `bad_identifier`, `bad_name`"),
    (status = 429, body = ProblemShape, description = "`too_many_attempts`"),
    (status = 503, body = ProblemShape, description = "`unavailable`, `busy`"),
))]
pub(crate) async fn sign_up(
    State(app): State<App>,
    from: client::From,
    headers: HeaderMap,
    Json(body): Json<SignUp>,
) -> Result<Response, Problem> {
    let new =
        NewAccount { identifier: &body.identifier, name: body.name.as_deref(), password: &body.password };
    let begun = app.auth.sign_up(new, from.0, body.carrier.into()).await?;
    Ok(app.hand_out(&begun, &headers))
}
