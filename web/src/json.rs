//! JSON in: `application/json` only, known fields only, each once.

use axum::body::Bytes;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use bitjang_guard::{Problem, form};
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::App;

/// A request's body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !request.headers().get(CONTENT_TYPE).is_some_and(|value| bitjang_guard::is_json(value.as_bytes()))
        {
            return Err(Problem::unsupported_media_type());
        }
        let body = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| form::body_problem(rejection.status()))?;
        let read =
            serde_json::from_slice(&body).map_err(|error| Problem::bad_request().because(told(&error)))?;
        // serde also takes an array for a struct, field by field: a second spelling that no document tells of.
        if body.trim_ascii_start().starts_with(b"{") {
            Ok(Self(read))
        } else {
            Err(Problem::bad_request().because(SHAPE))
        }
    }
}

/// For calls that take a body or none.
impl<T: DeserializeOwned> OptionalFromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Option<Self>, Problem> {
        if request.headers().get(CONTENT_TYPE).is_none() {
            return Ok(None);
        }
        <Self as FromRequest<App>>::from_request(request, app).await.map(Some)
    }
}

const SHAPE: &str = "a field is unknown, missing, given twice, or of the wrong type";

/// Where the fault is. What serde says of the value is left out, as it may quote a password.
fn told(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Data => SHAPE.to_owned(),
        Category::Io | Category::Syntax | Category::Eof => {
            format!("not JSON at line {}, column {}", error.line(), error.column())
        }
    }
}
