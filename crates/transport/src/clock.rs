//! Time and waiting, injected: the real clock and one for tests that moves only when somebody waits.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from and how waiting is done.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The wall clock; it may jump.
    fn now(&self) -> DateTime<Utc>;
    /// Time since some fixed moment of this process; it never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// The clock of the operating system. Waiting needs a tokio runtime with its timer enabled.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the monotonic clock"
    )]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock for tests: it stands still until somebody sleeps or moves it.
///
/// A sleep moves the clock to the end of the sleep at once and lets other tasks run, so that two tasks that both sleep
/// three seconds from the same moment end at the same moment.
///
/// ```
/// use std::time::Duration;
/// use finkit_transport::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!((clock.now() - before).num_seconds(), 90);
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<ManualTime>,
}

#[derive(Debug, Clone, Copy)]
struct ManualTime {
    wall: DateTime<Utc>,
    monotonic: Duration,
    slept: Duration,
}

impl ManualClock {
    /// A clock that shows 2026-01-15 12:00:00 UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(DateTime::from_timestamp(1_768_478_400, 0).unwrap_or_default())
    }

    /// A clock that shows this time.
    #[must_use]
    pub fn starting_at(wall: DateTime<Utc>) -> Self {
        Self {
            state: Mutex::new(ManualTime {
                wall,
                monotonic: Duration::ZERO,
                slept: Duration::ZERO,
            }),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let mut time = self.lock();
        time.wall += to_delta(duration);
        time.monotonic += duration;
    }

    /// Sets the wall clock, as a correction by the operating system does; the monotonic time is not touched.
    pub fn set_wall(&self, wall: DateTime<Utc>) {
        self.lock().wall = wall;
    }

    /// How far sleeping alone has moved the clock.
    #[must_use]
    pub fn slept(&self) -> Duration {
        self.lock().slept
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ManualTime> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.lock().wall
    }

    fn monotonic(&self) -> Duration {
        self.lock().monotonic
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.monotonic() + duration;
        tokio::task::yield_now().await;
        {
            let mut time = self.lock();
            let step = end.saturating_sub(time.monotonic);
            time.wall += to_delta(step);
            time.monotonic += step;
            time.slept += step;
        }
        tokio::task::yield_now().await;
    }
}

/// A duration as chrono has it; beyond its range the largest there is.
pub(crate) fn to_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_from_the_same_moment_end_at_the_same_moment() {
        let clock = ManualClock::new();
        let start = clock.now();
        futures_util::future::join(
            clock.sleep(Duration::from_secs(3)),
            clock.sleep(Duration::from_secs(2)),
        )
        .await;
        assert_eq!(clock.now() - start, to_delta(Duration::from_secs(3)));
        assert_eq!(clock.slept(), Duration::from_secs(3));
    }

    #[tokio::test]
    async fn the_system_clock_does_not_go_back() {
        let clock = SystemClock::new();
        let before = clock.monotonic();
        clock.sleep(Duration::ZERO).await;
        assert!(clock.monotonic() >= before);
        assert!(clock.now() > ManualClock::starting_at(DateTime::UNIX_EPOCH).now());
    }
}
