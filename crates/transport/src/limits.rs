//! Limits of one exchange: how long it may take and how much it may bring.

use std::time::Duration;

/// Time-outs and body size of one exchange. They travel in the extensions of the request, so that every
/// [`HttpService`](crate::HttpService) sees the ones that apply to the attempt it is asked to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest silence while waiting for the next byte of the answer.
    pub idle: Duration,
    /// Longest time for one attempt, from opening the connection to the last byte.
    pub attempt: Duration,
    /// Longest time for the whole call from its first turn, all attempts and pauses included. Waiting in the queue of the
    /// rate limit does not count.
    pub total: Duration,
    /// Most bytes the body of an answer may have after decompression.
    pub body: usize,
}

impl Limits {
    /// Limits for calls of an API: 30 s of silence, 60 s an attempt, 180 s in all, 16 MiB.
    pub const API: Self = Self {
        idle: Duration::from_secs(30),
        attempt: Duration::from_secs(60),
        total: Duration::from_secs(180),
        body: 16 * 1024 * 1024,
    };

    /// Limits for token requests: 20 s of silence and per attempt, 45 s in all, 64 KiB.
    pub const TOKEN: Self = Self {
        idle: Duration::from_secs(20),
        attempt: Duration::from_secs(20),
        total: Duration::from_secs(45),
        body: 64 * 1024,
    };

    /// The same limits with another longest time per attempt.
    #[must_use]
    pub const fn with_attempt(mut self, attempt: Duration) -> Self {
        self.attempt = attempt;
        self
    }

    /// The same limits with another longest time for the whole call.
    #[must_use]
    pub const fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The same limits with another longest silence.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The same limits with another largest body, in bytes after decompression.
    #[must_use]
    pub const fn with_body(mut self, body: usize) -> Self {
        self.body = body;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::API
    }
}
