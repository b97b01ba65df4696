//! `GET /v1/session` as a service of its own, for a server to put before its router: nothing is asked as often, and the router with its layers would cost more than the answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bitjang_guard::{Cors, Problem};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use tower::Service;

use crate::App;
use crate::answer::USUAL_HEADERS;
use crate::site::{Fixed, say, standing_headers};

/// Answers who is signed in, header for header as the route of the router does.
#[derive(Clone)]
pub struct Who(Arc<Inner>);

struct Inner {
    app: App,
    cors: Option<Cors>,
    standing: Fixed,
    /// All headers of an answer to somebody who is signed in, but those that are another each time.
    signed_in: HeaderMap,
}

impl Who {
    /// The route that it answers in the router's stead.
    pub const ROUTE: &str = "/v1/session";

    /// The service that answers for `app`.
    pub fn new(app: App) -> Self {
        let standing = standing_headers(app.settings.public_url.is_https());
        // With room for those that others put in: a map that is full is made anew each time.
        let mut signed_in = HeaderMap::with_capacity(USUAL_HEADERS);
        signed_in.extend(standing.iter().cloned());
        signed_in.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self(Arc::new(Inner { cors: app.guard.cors(), app, standing, signed_in }))
    }

    /// Whether a request asks this; all others are the router's.
    pub fn is_asked(request: &Request) -> bool {
        request.method() == Method::GET && request.uri().path() == Self::ROUTE
    }
}

impl Inner {
    async fn answer(&self, asked: &HeaderMap) -> Response {
        let mut answer = match self.app.guard.identify(asked).await {
            Ok(who) => self.to_signed_in(self.app.told(&who)),
            Err(error) => say(&self.standing, Problem::refusing(error, asked).into_response()),
        };
        if let Some(cors) = &self.cors {
            cors.share(asked, answer.headers_mut());
        }
        answer
    }

    fn to_signed_in(&self, told: String) -> Response {
        let mut answer = Response::new(Body::from(told));
        *answer.headers_mut() = self.signed_in.clone();
        answer
    }
}

impl Service<Request> for Who {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = Arc::clone(&self.0);
        async move { Ok(inner.answer(request.headers()).await) }.boxed()
    }
}
