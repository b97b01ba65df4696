//! A request body must arrive within its time; otherwise the answer is 408, whatever the handler makes of the broken body.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bitjang_guard::Problem;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::Site;

/// Serves `request`, and cuts its body off if that has not arrived after `time`.
pub(super) async fn arriving_in(time: Duration, request: Request, app: impl Site) -> Response {
    if request.body().is_end_stream() {
        return served(app, request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&late);
    let request = request.map(|body| Body::new(Bounded { body, ends: Box::pin(sleep(time)), late: flag }));
    let response = served(app, request).await;
    if late.load(Ordering::Relaxed) { Problem::timeout().into_response() } else { response }
}

async fn served(mut app: impl Site, request: Request) -> Response {
    app.call(request).await.unwrap_or_else(|never| match never {})
}

/// A body that breaks off when its time is up.
struct Bounded {
    body: Body,
    ends: Pin<Box<Sleep>>,
    late: Arc<AtomicBool>,
}

impl hyper::body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && self.ends.as_mut().poll(context).is_ready() {
            self.late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new("the body did not arrive in time"))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
