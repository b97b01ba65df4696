//! A request body must arrive within its time; otherwise the answer is 408, whatever the handler makes of the broken body. One that is slow may have to make room before that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bitjang_guard::Problem;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::seats::Seat;
use super::{Patience, Site};

/// Serves `request`, and cuts its body off if that has not arrived in time. Where it is slow, the seat counts as idle until it is there: nothing can be done of it yet.
pub(super) async fn arriving_within(
    patience: Patience,
    seat: &Arc<Seat>,
    request: Request,
    app: impl Site,
) -> Response {
    if request.body().is_end_stream() {
        return served(app, request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&late);
    let request = request.map(|body| {
        let (seat, waits) = (Arc::clone(seat), Box::pin(sleep(patience.slow.min(patience.body))));
        Body::new(Bounded { body, patience, seat, waits, is_slow: false, late: flag })
    });
    let response = served(app, request).await;
    if late.load(Ordering::Relaxed) { Problem::timeout().into_response() } else { response }
}

async fn served(mut app: impl Site, request: Request) -> Response {
    app.call(request).await.unwrap_or_else(|never| match never {})
}

/// A body that breaks off when its time is up.
struct Bounded {
    body: Body,
    patience: Patience,
    seat: Arc<Seat>,
    /// Until it is slow; once it is, until it is too late.
    waits: Pin<Box<Sleep>>,
    is_slow: bool,
    late: Arc<AtomicBool>,
}

/// To its client it is as if the request had never been sent.
const MADE_ROOM: &str = "the connection made room for another";

impl Bounded {
    /// Waits as long as there is patience.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        while self.waits.as_mut().poll(context).is_ready() {
            if self.is_slow {
                self.late.store(true, Ordering::Relaxed);
                return Poll::Ready(Err("the body did not arrive in time"));
            }
            self.is_slow = true;
            self.seat.rest();
            let ends = self.waits.deadline() + self.patience.body.saturating_sub(self.patience.slow);
            self.waits.as_mut().reset(ends);
        }
        Poll::Pending
    }

    /// From here on something is done of it.
    fn arrived(&mut self) -> Result<(), &'static str> {
        let stays = !self.is_slow || self.seat.work();
        self.is_slow = false;
        if stays { Ok(()) } else { Err(MADE_ROOM) }
    }
}

impl hyper::body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let goes_on = match &frame {
            Poll::Pending => ready!(self.wait(context)),
            Poll::Ready(None) => self.arrived(),
            Poll::Ready(Some(_)) => Ok(()),
        };
        match goes_on {
            Ok(()) => frame,
            Err(why) => Poll::Ready(Some(Err(axum::Error::new(why)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        // Of a slow one nothing is done before it has been said that it may stay.
        !self.is_slow && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        // Whoever reads no further answers without it; a connection that has to leave does so either way.
        let _ = self.arrived();
    }
}
