//! The two clocks of a verifier: one that tells the date, one that only goes forward.

use std::time::Duration;

use bitjang_core::Time;

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The date, which somebody may set: what tokens are judged by.
    pub wall: Time,
    /// How long ago something fixed happened; never goes back: what ages are measured by. It may stand still while the machine sleeps.
    pub steady: Duration,
}

/// Tells the moment. Handed in, so that tests can move it.
pub trait Clocks: Send + Sync {
    /// The present.
    fn now(&self) -> Moment;
}

/// The clocks of the machine. On Linux the coarse ones: a few milliseconds late, which nobody here notices, and read in a tenth of the time.
#[derive(Debug)]
pub(super) struct MachineClocks {
    #[cfg(not(target_os = "linux"))]
    started: std::time::Instant,
}

#[cfg(target_os = "linux")]
impl MachineClocks {
    pub(super) fn started() -> Self {
        Self {}
    }
}

#[cfg(target_os = "linux")]
impl Clocks for MachineClocks {
    fn now(&self) -> Moment {
        use rustix::time::ClockId::{MonotonicCoarse, RealtimeCoarse};
        Moment { wall: Time::from_micros(0).plus(reading(RealtimeCoarse)), steady: reading(MonotonicCoarse) }
    }
}

/// How far a clock of the kernel has come; zero before its beginning.
#[cfg(target_os = "linux")]
fn reading(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    u64::try_from(time.tv_sec).map_or(Duration::ZERO, |seconds| Duration::new(seconds, nanos))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "where the verifier's clocks come from")]
impl MachineClocks {
    pub(super) fn started() -> Self {
        Self { started: std::time::Instant::now() }
    }
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "where the verifier's clocks come from")]
impl Clocks for MachineClocks {
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Moment { wall: Time::from_micros(0).plus(since.unwrap_or_default()), steady: self.started.elapsed() }
    }
}
