//! Per host: the rate limit, the cap on calls in flight, and the pause that a throttled answer imposes on all calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;
use crate::retry::RetryBudget;

/// How fast and how wide a service is called.
///
/// ```
/// use std::time::Duration;
/// use finkit_transport::RateLimit;
///
/// let polite = RateLimit::per(5, Duration::from_secs(1)).burst(10).concurrency(2);
/// # let _ = polite;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    interval: Duration,
    burst: u32,
    concurrency: usize,
}

impl RateLimit {
    /// No limit on the rate, 8 calls in flight.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            interval: Duration::ZERO,
            burst: 1,
            concurrency: 8,
        }
    }

    /// At most `calls` in each `period` on average, evenly spread. No calls at all is taken as one.
    #[must_use]
    pub const fn per(calls: u32, period: Duration) -> Self {
        let interval = match period.checked_div(calls) {
            Some(interval) => interval,
            None => period,
        };
        Self {
            interval,
            ..Self::unlimited()
        }
    }

    /// This many calls may be made at once after a rest; at least one.
    #[must_use]
    pub const fn burst(mut self, calls: u32) -> Self {
        self.burst = if calls == 0 { 1 } else { calls };
        self
    }

    /// At most this many calls in flight; at least one.
    #[must_use]
    pub const fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = if calls == 0 { 1 } else { calls };
        self
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::unlimited()
    }
}

/// What all calls to one host share.
#[derive(Debug)]
pub(crate) struct Host {
    limit: RateLimit,
    /// When the next call would leave if calls were evenly spread (generic cell rate algorithm).
    due: Mutex<Duration>,
    paused_until: Mutex<Duration>,
    in_flight: Arc<Semaphore>,
    pub(crate) budget: RetryBudget,
}

/// A host that has asked for a longer pause than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paused(pub(crate) Duration);

impl Host {
    pub(crate) fn new(limit: RateLimit, budget: u32) -> Self {
        Self {
            limit,
            due: Mutex::new(Duration::ZERO),
            paused_until: Mutex::new(Duration::ZERO),
            in_flight: Arc::new(Semaphore::new(limit.concurrency)),
            budget: RetryBudget::new(budget),
        }
    }

    /// Lets no call leave before this much time has passed.
    pub(crate) fn pause(&self, clock: &dyn Clock, duration: Duration) {
        let until = clock.monotonic().saturating_add(duration);
        let mut paused = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused = until.max(*paused);
    }

    /// How long the pause still lasts.
    pub(crate) fn pause_left(&self, clock: &dyn Clock) -> Duration {
        let paused = *self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        paused.saturating_sub(clock.monotonic())
    }

    /// Waits for the end of a pause of at most `cap`.
    pub(crate) async fn wait_for_pause(
        &self,
        clock: &dyn Clock,
        cap: Duration,
    ) -> Result<(), Paused> {
        loop {
            let left = self.pause_left(clock);
            if left.is_zero() {
                return Ok(());
            }
            if left > cap {
                return Err(Paused(left));
            }
            clock.sleep(left).await;
        }
    }

    /// Waits for the turn of one call: its place among those in flight, its slot in the rate, the end of a pause.
    ///
    /// Token requests pass `counted = false`: they are made on behalf of a call that already holds a place, so that
    /// waiting for another one could wait for ever.
    pub(crate) async fn turn(
        &self,
        clock: &dyn Clock,
        cap: Duration,
        counted: bool,
    ) -> Result<Option<OwnedSemaphorePermit>, Paused> {
        let left = self.pause_left(clock);
        if left > cap {
            return Err(Paused(left));
        }
        // The semaphore is never closed, so that acquiring a place cannot fail.
        let permit = if counted {
            Arc::clone(&self.in_flight).acquire_owned().await.ok()
        } else {
            None
        };
        let wait = self.slot(clock.monotonic());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        self.wait_for_pause(clock, cap).await?;
        Ok(permit)
    }

    /// Takes the next slot and says how long it is until then.
    fn slot(&self, now: Duration) -> Duration {
        let interval = self.limit.interval;
        if interval.is_zero() {
            return Duration::ZERO;
        }
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let tolerance = interval.saturating_mul(self.limit.burst - 1);
        let at = due.saturating_sub(tolerance).max(now);
        *due = (*due).max(now).saturating_add(interval);
        at - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn slots_are_evenly_spread_after_the_burst() {
        let host = Host::new(RateLimit::per(2, Duration::from_secs(1)).burst(3), 1);
        let waits: Vec<_> = (0..6).map(|_| host.slot(at(10.0))).collect();
        assert_eq!(
            waits,
            [at(0.0), at(0.0), at(0.0), at(0.5), at(1.0), at(1.5)]
        );
        assert_eq!(
            host.slot(at(100.0)),
            at(0.0),
            "a rest fills the burst again"
        );
        assert_eq!(host.slot(at(100.0)), at(0.0));
        assert_eq!(host.slot(at(100.0)), at(0.0));
        assert_eq!(host.slot(at(100.0)), at(0.5));
    }

    #[tokio::test]
    async fn a_pause_holds_every_call_back_and_the_longest_wins() {
        let (host, clock) = (Host::new(RateLimit::unlimited(), 1), ManualClock::new());
        host.pause(&clock, at(3.0));
        host.pause(&clock, at(1.0));
        host.turn(&clock, at(60.0), true)
            .await
            .expect("short pause");
        assert_eq!(clock.slept(), at(3.0));
        host.pause(&clock, at(99.0));
        assert_eq!(
            host.turn(&clock, at(60.0), true)
                .await
                .expect_err("too long"),
            Paused(at(99.0))
        );
        assert_eq!(
            clock.slept(),
            at(3.0),
            "nobody waits for a pause that is too long"
        );
    }

    #[tokio::test]
    async fn token_requests_pass_even_when_all_places_are_taken() {
        let (host, clock) = (
            Host::new(RateLimit::unlimited().concurrency(1), 1),
            ManualClock::new(),
        );
        let place = host
            .turn(&clock, at(1.0), true)
            .await
            .expect("free")
            .expect("counted");
        assert!(
            host.turn(&clock, at(1.0), false)
                .await
                .expect("free")
                .is_none()
        );
        assert_eq!(host.in_flight.available_permits(), 0);
        drop(place);
        assert_eq!(host.in_flight.available_permits(), 1);
    }

    #[test]
    fn zero_settings_are_lifted_to_one() {
        assert_eq!(RateLimit::per(0, at(2.0)).interval, at(2.0));
        let host = Host::new(RateLimit::unlimited().concurrency(0).burst(0), 1);
        assert_eq!(host.in_flight.available_permits(), 1);
    }
}
