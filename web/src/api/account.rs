//! `/v1/account`: the account itself, and its password.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::PasswordChange;
use bitjang_guard::{Problem, SignedIn};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{CsrfToken, ProblemShape};
use crate::App;
use crate::answer::{AccountShape, json};
use crate::client;
use crate::json::Json;

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account<'a> {
    account: AccountShape<'a>,
}

/// Shows the account.
#[utoipa::path(get, path = "/v1/account", tag = "Account", responses(
    (status = 200, body = Account),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn read(who: SignedIn) -> Response {
    json(&Account { account: who.account().into() })
}

/// The old password and the new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    #[schema(value_type = String, format = Password)]
    current_password: Zeroizing<String>,
    /// 8 to 1,024 bytes, hard to guess
    #[schema(value_type = String, format = Password, min_length = 8)]
    new_password: Zeroizing<String>,
}

/// Changes the password and ends all other sessions.
#[utoipa::path(put, path = "/v1/account/password", tag = "Account", request_body = NewPassword, params(CsrfToken), responses(
    (status = 204),
    (status = 400, body = ProblemShape, description = "`bad_request`"),
    (status = 401, body = ProblemShape, description = "`signed_out`, `bad_credentials`: the current password is wrong"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 422, body = ProblemShape, description = "`weak_password`"),
    (status = 429, body = ProblemShape, description = "`too_many_attempts`"),
    (status = 503, body = ProblemShape, description = "`unavailable`, `busy`"),
))]
pub(crate) async fn change_password(
    State(app): State<App>,
    who: SignedIn,
    from: client::From,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let change = PasswordChange { current: &body.current_password, new: &body.new_password };
    app.auth.change_password(&who, change, from.0.address).await?;
    Ok(StatusCode::NO_CONTENT)
}
