//! The calls of the HTTP contract, one file per noun of the URL.

mod account;
mod accounts;
mod csrf;
mod evaluation;
mod keys;
mod refresh;
mod revocations;
mod session;
mod sessions;

use axum::Router;
use axum::routing::get;
use bitjang_guard::Problem;
use http::HeaderName;
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use utoipa::OpenApi as _;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// What the document says beside the calls.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Bitjang",
        description = "Sign up, sign in, be recognised, sign out.",
        license(name = "Apache-2.0 OR MIT")
    ),
    components(schemas(ProblemShape))
)]
struct Document;

/// Any answer that is not a success (RFC 9457).
#[derive(utoipa::ToSchema)]
#[schema(title = "Problem")]
#[expect(dead_code, reason = "a shape for the document only; bitjang-guard writes it")]
pub(crate) struct ProblemShape {
    r#type: String,
    title: String,
    status: u16,
    #[schema(schema_with = codes)]
    code: String,
    /// What to do about it, where that depends on the case
    detail: Option<String>,
}

fn codes() -> Object {
    let codes = Problem::CODES.iter().copied();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes))
        .description(Some("Never changes"))
        .build()
}

/// What a page proves that a call is its own with.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a shape for the document only; bitjang-guard reads it")]
pub(crate) struct CsrfToken {
    /// Required where a cookie says who asks; a bearer token needs none. From `GET /v1/csrf`, or the answer to a sign-in
    #[param(rename = "X-CSRF-Token", required = false)]
    csrf_token: String,
}

/// The calls, and the OpenAPI 3.1 document that is made from the very same list.
fn calls(app: &App) -> OpenApiRouter<App> {
    let open = OpenApiRouter::new()
        .routes(routes!(accounts::sign_up))
        .routes(routes!(session::sign_in))
        .layer(app.guard.protect_open());
    let signed_in = OpenApiRouter::new()
        .routes(routes!(session::sign_out))
        .routes(routes!(refresh::refresh))
        .routes(routes!(refresh::token))
        .routes(routes!(sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(account::change_password))
        .routes(routes!(evaluation::evaluate))
        .routes(routes!(evaluation::evaluate_many))
        .layer(app.guard.protect());
    // What only reads needs no protection, and is most of the load. An unsafe call that lands here by mistake is refused: nobody has proven that it is not forged.
    let reads = OpenApiRouter::new()
        .routes(routes!(session::who))
        .routes(routes!(csrf::token))
        .routes(routes!(sessions::list))
        .routes(routes!(account::read))
        .routes(routes!(keys::jwks))
        .routes(routes!(revocations::feed));
    OpenApiRouter::with_openapi(Document::openapi()).merge(open).merge(reads).merge(signed_in)
}

/// The routes of the API, and of its description.
pub(crate) fn router(app: &App) -> Router<App> {
    let (router, document) = calls(app).split_for_parts();
    let document = telling_problems(document);
    let router = router.method_not_allowed_fallback(async || Problem::method_not_allowed());
    // Outside that fallback, which is where preflights end up. A layer that does nothing would still cost every request.
    let router = match app.guard.cors() {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.route("/openapi.json", get(async move || (FOR_EVERYBODY, axum::Json(document))))
}

/// Lets any page read an answer, without cookies: for what is the same for everybody and says nothing of anybody.
const FOR_EVERYBODY: [(HeaderName, &str); 1] = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*")];

/// The OpenAPI document.
pub fn openapi(app: &App) -> OpenApi {
    telling_problems(calls(app).split_for_parts().1)
}

/// The document in which every error is of the one media type that errors have, so that no call can forget to say so.
fn telling_problems(mut document: OpenApi) -> OpenApi {
    let items = document.paths.paths.values_mut();
    let calls =
        items.flat_map(|item| [&mut item.get, &mut item.put, &mut item.post, &mut item.delete]).flatten();
    for (status, response) in calls.flat_map(|call| &mut call.responses.responses) {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && let Some(shape) = response.content.swap_remove("application/json")
        {
            response.content.insert("application/problem+json".to_owned(), shape);
        }
    }
    document
}
