//! The one place of the tasks that reads a clock or waits.
//!
//! The products take their time from an injected clock; a task runner measures
//! real processes and waits for real ones, so here it is allowed.

use std::time::{Duration, Instant};

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the task runner measures real processes; this is its one clock"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits between two looks at a process that is not ready yet.
#[expect(
    clippy::disallowed_methods,
    reason = "the task runner waits for real processes; this is its one place to wait"
)]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// A duration as people read it: `0.4 s`, `12.0 s`, `3 min 07 s`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = duration.as_secs();
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_seconds_or_minutes() {
        assert_eq!(human(Duration::from_millis(449)), "0.4 s");
        assert_eq!(human(Duration::from_secs(59)), "59.0 s");
        assert_eq!(human(Duration::from_secs(187)), "3 min 07 s");
    }
}
