//! How a submission sends, looks up and stops.

use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::sync::watch;

use super::service::RequestShape;

/// What fits into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Records in one request.
    pub records: NonZeroUsize,
    /// Bytes in the body of one request. A single record is sent whatever its size.
    pub bytes: u64,
}

impl Default for BatchLimits {
    /// 500 records, 256 KiB. A record takes some 130 bytes, and a common web server refuses more than 1 MiB
    /// (source: <https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size>).
    fn default() -> Self {
        Self {
            records: NonZeroUsize::new(500).unwrap_or(NonZeroUsize::MIN),
            bytes: 256 * 1024,
        }
    }
}

impl BatchLimits {
    /// How many records fit, given their shape and the limit learnt from the service.
    pub(crate) fn fitting(&self, shape: RequestShape, learnt: Option<u64>) -> usize {
        let bytes = learnt.map_or(self.bytes, |learnt| learnt.min(self.bytes));
        // Brackets of the array and, in some contracts, an object around it.
        let room = bytes.saturating_sub(ENVELOPE) / shape.record_bytes.max(1) as u64;
        usize::try_from(room)
            .unwrap_or(usize::MAX)
            .min(shape.most_records)
            .clamp(1, self.records.get())
    }

    /// Bytes of a body with so many records.
    pub(crate) fn body(records: usize, shape: RequestShape) -> u64 {
        (records * shape.record_bytes) as u64 + ENVELOPE
    }
}

const ENVELOPE: u64 = 128;

/// How a run works. The flags of a job are not among these: they are fixed when it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What fits into one request.
    pub limits: BatchLimits,
    /// Requests in flight at once.
    pub concurrency: NonZeroUsize,
    /// Requests that are written down as being sent before there is a place for them, so that no place waits for the
    /// disk. After a crash nobody can tell whether they had left, so that their records are looked up as well.
    pub ahead: usize,
    /// FINs in one look-up.
    pub search_fins: NonZeroUsize,
    /// Time between the two looks after which a record that was not found counts as absent; also before a look-up that
    /// failed is tried again, and twice as long before the next time.
    pub settle: Duration,
    /// How often what was found absent is sent again in one run.
    pub rounds: u32,
    /// Requests in a row with unknown outcome after which the run stops.
    pub unknown_in_a_row: u32,
    /// Requests in a row that never left after which the run stops.
    pub unsent_in_a_row: u32,
    /// The longest pause that a service may ask for within a run; a longer one ends the run.
    pub longest_pause: Duration,
}

impl Default for Options {
    /// 2 requests at once and none ahead, 500 FINs in a look-up, 5 s to settle, 3 rounds, 3 failures in a row, pauses up to 60 s.
    fn default() -> Self {
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits: BatchLimits::default(),
            concurrency: number(2),
            ahead: 0,
            search_fins: number(500),
            settle: Duration::from_secs(5),
            rounds: 3,
            unknown_in_a_row: 3,
            unsent_in_a_row: 3,
            longest_pause: Duration::from_secs(60),
        }
    }
}

impl Options {
    /// The same options with other limits for a request.
    #[must_use]
    pub fn with_limits(mut self, limits: BatchLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same options with another number of requests at once; 0 counts as 1. From four on as many are
    /// [ahead](Self::ahead), so that the disk may take as long as the service does: who asks for many at once wants
    /// speed, and with few a crash stays cheap.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = NonZeroUsize::new(concurrency).unwrap_or(NonZeroUsize::MIN);
        self.ahead = if concurrency < 4 { 0 } else { concurrency };
        self
    }

    /// The same options with another number of requests ahead.
    #[must_use]
    pub fn with_ahead(mut self, ahead: usize) -> Self {
        self.ahead = ahead;
        self
    }

    /// The same options with another number of FINs in a look-up; 0 counts as 1.
    #[must_use]
    pub fn with_search_fins(mut self, fins: usize) -> Self {
        self.search_fins = NonZeroUsize::new(fins).unwrap_or(NonZeroUsize::MIN);
        self
    }

    /// The same options with another time between the two looks.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }
}

/// The wish to end a run early, from a signal handler or another task.
///
/// ```
/// use finkit_fincheck::submission::Stop;
///
/// let stop = Stop::new();
/// let handler = stop.clone();
/// handler.request();
/// assert!(stop.is_requested() && !stop.is_forced());
/// handler.request();
/// assert!(stop.is_forced());
/// ```
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<u8>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Stop {
    /// Nothing is requested yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The first time: nothing more is sent, what is in flight is waited for and written down. The second time: what
    /// is in flight is written down as unknown at once.
    pub fn request(&self) {
        self.0.send_modify(|level| *level = level.saturating_add(1));
    }

    /// Whether a stop was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Whether it was requested a second time.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        *self.0.borrow() > 1
    }

    /// Returns when a stop is requested.
    pub(crate) async fn requested(&self) {
        self.reaches(1).await;
    }

    /// Returns when it is requested a second time.
    pub(crate) async fn forced(&self) {
        self.reaches(2).await;
    }

    async fn reaches(&self, level: u8) {
        // The sender is in `self`, so that the channel stays open.
        let _ = self
            .0
            .subscribe()
            .wait_for(|reached| *reached >= level)
            .await;
    }
}
