//! A panic, told in the log: where it was, and its words only where they stand in the code.

use std::any::Any;
use std::panic::set_hook;

/// From now on panics are told in the log, and not as they are: words that are put together while the server runs may hold what somebody sent, such as a string that was cut in the
/// wrong place, and no level of the log would keep them back.
pub fn are_logged() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, words = words(panic.payload()), "a task panicked, which is a bug");
    }));
}

fn words(payload: &(dyn Any + Send)) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}
