//! A part of the path that names something. What cannot be read names nothing.

use axum::extract::{FromRequestParts, Path};
use bitjang_guard::Problem;
use http::request::Parts;

use crate::App;

/// The one variable segment of a path, decoded.
pub(crate) struct Segment(pub(crate) String);

impl FromRequestParts<App> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}
