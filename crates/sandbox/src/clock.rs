//! The sandbox's time: a clock from outside, which can be moved forward.

use std::sync::Arc;

use chrono::Utc;

use crate::front::Now;

/// The system's clock.
#[expect(clippy::disallowed_methods, reason = "the default of the injected clock")]
pub(crate) fn system() -> Now {
    Arc::new(Utc::now)
}
