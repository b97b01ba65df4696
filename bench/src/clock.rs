//! The time that measurements are taken with.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How close to its moment a sleeper is woken; the rest is waited for awake.
const SLACK: Duration = Duration::from_micros(150);

/// Now, by a clock that is never set.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Blocks until `moment`. The system wakes a sleeper 50 µs late and more, which would count as the server's.
pub(crate) fn wait_until(moment: Instant) {
    if let Some(early) = moment.checked_sub(SLACK) {
        std::thread::sleep(early.saturating_duration_since(now()));
    }
    while now() < moment {
        std::hint::spin_loop();
    }
}

/// How long this thread has been on a processor (`clock_gettime(2)`): what others take does not count.
pub(crate) fn thread_busy() -> Duration {
    busy(ClockId::ThreadCPUTime)
}

/// The same of all threads of this process together.
pub(crate) fn process_busy() -> Duration {
    busy(ClockId::ProcessCPUTime)
}

fn busy(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    u64::try_from(time.tv_sec).map_or(Duration::ZERO, |seconds| Duration::new(seconds, nanos))
}

/// How many of `count` there were in each second of `span`.
pub(crate) fn per_second(count: usize, span: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / span.as_secs_f64()
}
