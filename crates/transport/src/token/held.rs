//! An access token in this process.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::HeaderValue;

use crate::clock::Clock;
use crate::token::entry::{KeptAccess, slack};

/// An access token with what this process knows about it beyond what is kept.
pub(crate) struct Held {
    kept: KeptAccess,
    /// Until when the token is fresh on the clock that never jumps.
    fresh_until: Duration,
    accepted: AtomicBool,
}

impl Held {
    pub(crate) fn new(kept: KeptAccess, clock: &dyn Clock) -> Self {
        let age = (clock.now() - kept.obtained_at)
            .to_std()
            .unwrap_or_default();
        let fresh = kept
            .lifetime
            .saturating_sub(slack(kept.lifetime))
            .saturating_sub(age);
        Self {
            fresh_until: clock.monotonic().saturating_add(fresh),
            kept,
            accepted: AtomicBool::new(false),
        }
    }

    /// Whether the token may be used without asking for another, by both clocks.
    pub(crate) fn is_fresh(&self, clock: &dyn Clock) -> bool {
        self.kept.is_fresh(clock.now()) && clock.monotonic() <= self.fresh_until
    }

    pub(crate) fn is_token(&self, other: &KeptAccess) -> bool {
        self.kept.token.as_secret().same_as(other.token.as_secret())
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.is_token(&other.kept)
    }

    /// The header `Authorization`, marked as sensitive.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.kept.token.as_secret().to_header("Bearer ")
    }

    /// Notes that the API took the token.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }

    /// Whether the API has ever taken the token from this process.
    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("expires_at", &self.kept.expires_at())
            .finish_non_exhaustive()
    }
}
