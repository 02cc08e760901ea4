//! The sandbox's time: a clock from outside, which can be moved forward.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::front::Now;

/// The system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the default of the injected clock"
)]
pub(crate) fn system() -> Now {
    Arc::new(Utc::now)
}

/// A clock with a shift; clones share it.
#[derive(Clone)]
pub(crate) struct SandboxClock {
    base: Now,
    shift_millis: Arc<AtomicI64>,
}

impl fmt::Debug for SandboxClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxClock")
            .field("shift_millis", &self.shift_millis)
            .finish_non_exhaustive()
    }
}

impl SandboxClock {
    pub(crate) fn new(base: Now) -> Self {
        Self {
            base,
            shift_millis: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let shift = TimeDelta::milliseconds(self.shift_millis.load(Ordering::SeqCst));
        let base = (self.base)();
        base.checked_add_signed(shift).unwrap_or(base)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.shift_millis
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together() {
        let start = DateTime::from_timestamp(0, 0).unwrap();
        let clock = SandboxClock::new(Arc::new(move || start));
        let other = clock.clone();
        clock.advance(TimeDelta::hours(1));
        assert_eq!(other.now(), start + TimeDelta::hours(1));
    }
}
