//! Flows that take turns: polled by hand, each from one call to the store to the next.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::scene::{Answer, Cast, Flow};
use crate::script::{Call, Turns};

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// The call for which this flow waits is answered.
    Answer(usize),
    /// It has its effect, and the answer gets lost on the way.
    Lose(usize),
    /// Nobody waits for this flow any more: its client is gone, or its server dead.
    Drop(usize),
}

/// A flow under way, or what became of it.
pub(super) enum Running<'c> {
    Waiting(Pin<Box<dyn Future<Output = Answer> + 'c>>, Call),
    Answered(Answer),
    Dropped,
}

/// What comes of `future`, which waits for nobody.
pub(super) fn at_once<F: Future>(future: F) -> F::Output {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

impl<'c> Running<'c> {
    /// A flow that has come to its first call.
    pub(super) fn start(cast: &'c Cast<'_>, flow: Flow, turns: &Turns) -> Self {
        Self::until_it_waits(Box::pin(cast.plays(flow)), turns)
    }

    fn until_it_waits(mut future: Pin<Box<dyn Future<Output = Answer> + 'c>>, turns: &Turns) -> Self {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return Self::Answered(answer),
                Poll::Pending => {
                    if let Some(call) = turns.waits_for() {
                        return Self::Waiting(future, call);
                    }
                }
            }
        }
    }

    /// The same flow one call later.
    pub(super) fn goes_on(self, turns: &Turns) -> Self {
        match self {
            Self::Waiting(future, _) => Self::until_it_waits(future, turns),
            ended => ended,
        }
    }

    pub(super) fn waits_for(&self) -> Option<Call> {
        match self {
            Self::Waiting(_, call) => Some(*call),
            Self::Answered(_) | Self::Dropped => None,
        }
    }

    /// How it ended, if anybody knows.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self {
            // Whoever hears of a failure does not know what became of it.
            Self::Answered(answer) if answer.0 != "failed" => Some(*answer),
            _ => None,
        }
    }
}
