//! One fault: its kind, its parameters, and whether the request is executed before it strikes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Whether the service executes the request before the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The request is never executed.
    Before,
    /// The request is executed, its answer is lost.
    After,
}

/// A fault: what happens, and when.
///
/// ```
/// use finkit_sandbox::fault::{Fault, Moment};
/// let fault = Fault::status(503).after_executing();
/// assert_eq!(fault.moment, Moment::After);
/// assert_eq!(fault.to_string(), "status=503,after");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What happens.
    pub kind: Kind,
    /// Before or after executing.
    pub moment: Moment,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The connection closes as soon as it is made.
    CloseOnAccept,
    /// The connection ends (FIN) instead of an answer.
    Close,
    /// The connection is reset (RST) instead of an answer.
    Reset,
    /// Nothing comes, until the client gives up or the time is over.
    Stall(Option<Duration>),
    /// The true answer, cut after so many bytes of its body (`None`: after half of it).
    CutBody(Option<usize>),
    /// The true answer, one byte of its body per interval.
    Drip(Duration),
    /// The true answer, late.
    Delay(Duration),
    /// 200 that says JSON and is none.
    Garbage,
    /// 200 with JSON that means nothing to a client of this service.
    Json,
    /// 200 without a body.
    Empty,
    /// 200 with an HTML page.
    Html,
    /// Bytes that are no HTTP.
    NotHttp,
    /// A redirect.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `location` header, as it is.
        location: String,
    },
    /// An error status.
    Status {
        /// The status code.
        status: u16,
        /// The `retry-after` header.
        retry_after: Option<RetryAfter>,
        /// The form of the body; `None`: as the usual sender of this status does it.
        body: Option<ErrorBody>,
    },
    /// 200 with a gzip body that unpacks to so many bytes.
    GzipBomb(u64),
}

/// The forms of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorBody {
    /// `text/plain`, as an application server sends it for an unhandled error.
    Plain,
    /// `text/html`, as nginx sends it.
    Html,
    /// `application/json` with a `detail`, as FastAPI sends it.
    Json,
}

/// The forms of a `retry-after` header (RFC 9110 §10.2.3 and §5.6.7), wrong ones included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryAfter {
    /// This text: seconds, a negative number, garbage.
    Text(String),
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, so many seconds from now.
    ImfFixdate(i64),
    /// `Sunday, 06-Nov-94 08:49:37 GMT`, so many seconds from now.
    Rfc850(i64),
    /// `Sun Nov  6 08:49:37 1994`, so many seconds from now.
    Asctime(i64),
}

impl RetryAfter {
    /// The header's text at this moment.
    pub(crate) fn render(&self, now: DateTime<Utc>) -> String {
        let (seconds, format) = match self {
            Self::Text(text) => return text.clone(),
            Self::ImfFixdate(seconds) => (seconds, "%a, %d %b %Y %H:%M:%S GMT"),
            Self::Rfc850(seconds) => (seconds, "%A, %d-%b-%y %H:%M:%S GMT"),
            Self::Asctime(seconds) => (seconds, "%a %b %e %H:%M:%S %Y"),
        };
        let at = TimeDelta::try_seconds(*seconds)
            .and_then(|delta| now.checked_add_signed(delta))
            .unwrap_or(now);
        at.format(format).to_string()
    }
}

impl Fault {
    /// How much a gzip bomb unpacks to by default: 1 GiB.
    pub const BOMB: u64 = 1 << 30;

    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            moment: Moment::Before,
        }
    }

    const fn answered(kind: Kind) -> Self {
        Self {
            kind,
            moment: Moment::After,
        }
    }

    /// Closes each connection as soon as it is made.
    pub const fn close_on_accept() -> Self {
        Self::new(Kind::CloseOnAccept)
    }

    /// Ends the connection; the request is not executed.
    pub const fn close_before() -> Self {
        Self::new(Kind::Close)
    }

    /// Executes the request and ends the connection.
    pub const fn close_after() -> Self {
        Self::answered(Kind::Close)
    }

    /// Resets the connection; the request is not executed.
    pub const fn reset() -> Self {
        Self::new(Kind::Reset)
    }

    /// Answers nothing, until the client gives up.
    pub const fn stall() -> Self {
        Self::new(Kind::Stall(None))
    }

    /// Sends half of the true answer's body.
    pub const fn cut_body() -> Self {
        Self::answered(Kind::CutBody(None))
    }

    /// Sends the true answer one byte a second.
    pub const fn drip() -> Self {
        Self::answered(Kind::Drip(Duration::from_secs(1)))
    }

    /// Sends the true answer late.
    pub const fn delay(by: Duration) -> Self {
        Self::answered(Kind::Delay(by))
    }

    /// Answers 200 with something that is no JSON.
    pub const fn garbage() -> Self {
        Self::new(Kind::Garbage)
    }

    /// Answers 200 with an HTML page.
    pub const fn html() -> Self {
        Self::new(Kind::Html)
    }

    /// Answers 200 with JSON that means nothing here.
    pub const fn json() -> Self {
        Self::new(Kind::Json)
    }

    /// Answers 200 without a body.
    pub const fn empty() -> Self {
        Self::new(Kind::Empty)
    }

    /// Answers with bytes that are no HTTP.
    pub const fn not_http() -> Self {
        Self::new(Kind::NotHttp)
    }

    /// Redirects with 307 to this address.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::redirect_with(307, location)
    }

    /// Redirects with this status to this address.
    pub fn redirect_with(status: u16, location: impl Into<String>) -> Self {
        Self::new(Kind::Redirect {
            status,
            location: location.into(),
        })
    }

    /// Answers with this status.
    pub const fn status(status: u16) -> Self {
        Self::new(Kind::Status {
            status,
            retry_after: None,
            body: None,
        })
    }

    /// Answers with this status and this `retry-after` header.
    pub fn retry_after(status: u16, retry_after: RetryAfter) -> Self {
        Self::new(Kind::Status {
            status,
            retry_after: Some(retry_after),
            body: None,
        })
    }

    /// Answers with about a thousandth of `unpacked` bytes that unpack to all of them.
    pub const fn gzip_bomb(unpacked: u64) -> Self {
        Self::new(Kind::GzipBomb(unpacked))
    }

    /// The same fault, but the request is executed first.
    #[must_use]
    pub const fn after_executing(mut self) -> Self {
        if !matches!(self.kind, Kind::CloseOnAccept) {
            self.moment = Moment::After;
        }
        self
    }

    /// Whether the fault is about a connection and not about one request.
    pub(crate) const fn strikes_connections(&self) -> bool {
        matches!(self.kind, Kind::CloseOnAccept)
    }

    /// Whether the fault is a change of the true answer, so that the request is always executed.
    pub(crate) const fn needs_answer(&self) -> bool {
        matches!(self.kind, Kind::CutBody(_) | Kind::Drip(_) | Kind::Delay(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_date_forms_are_those_of_the_standard() {
        let now = DateTime::from_timestamp(784_111_770, 0).unwrap();
        for (form, text) in [
            (RetryAfter::ImfFixdate(7), "Sun, 06 Nov 1994 08:49:37 GMT"),
            (RetryAfter::Rfc850(7), "Sunday, 06-Nov-94 08:49:37 GMT"),
            (RetryAfter::Asctime(7), "Sun Nov  6 08:49:37 1994"),
            (RetryAfter::ImfFixdate(-30), "Sun, 06 Nov 1994 08:49:00 GMT"),
            (RetryAfter::Text("-5".into()), "-5"),
        ] {
            assert_eq!(form.render(now), text);
        }
    }

    #[test]
    fn an_absurd_distance_in_time_does_not_panic() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        for seconds in [i64::MAX, i64::MIN, 10_i64.pow(15)] {
            assert!(!RetryAfter::Asctime(seconds).render(now).is_empty());
        }
    }
}
