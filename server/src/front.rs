//! What the server puts before its router: the one question that is asked all the time goes past it.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use bitjang_web::{App, Who};
use futures_util::future::Either;
use tower::{Layer as _, Service};

use crate::telemetry::{Answering, Observe, Observed};

/// A router, and before it [`Who`].
#[derive(Clone)]
pub(crate) struct Front {
    who: Observed<Who>,
    router: Router,
}

impl Front {
    /// `router`, which is `app`'s and observed, with `app`'s most frequent question before it, observed too.
    pub(crate) fn new(observe: &Observe, app: App, router: Router) -> Self {
        Self { who: observe.clone().of(Who::ROUTE).layer(Who::new(app)), router }
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Answering<<Who as Service<Request>>::Future>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if Who::is_asked(&request) {
            Either::Left(self.who.call(request))
        } else {
            Either::Right(self.router.call(request))
        }
    }
}
