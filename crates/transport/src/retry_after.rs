//! `Retry-After`: how long a service asks to be left alone (RFC 9110 section 10.2.3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Longest pause that is told apart; larger numbers mean the same to a person.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// The pause asked for, from `now` on. `None` when there is no header or none that makes sense: negative, a fraction,
/// anything else. A date is compared with the `Date` of the same answer, so that a wrong clock here does no harm;
/// a date in the past asks for no pause.
pub(crate) fn parse(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<u64>().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let until = date(text)?;
    let sent = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(date)
        .unwrap_or(now);
    Some(
        (until - sent)
            .to_std()
            .unwrap_or(Duration::ZERO)
            .min(LONGEST),
    )
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(text).ok().map(DateTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const NOW: &str = "2026-01-15T12:00:00Z";

    fn pause(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from_str(value).expect("a header value"),
        );
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).expect("a header value"));
        }
        parse(&headers, NOW.parse().expect("a time")).map(|pause| pause.as_secs())
    }

    #[test]
    fn seconds_and_the_three_date_forms_are_understood() {
        assert_eq!(pause("3", None), Some(3));
        assert_eq!(pause(" 120 ", None), Some(120));
        assert_eq!(pause("0", None), Some(0));
        assert_eq!(pause("Thu, 15 Jan 2026 12:00:30 GMT", None), Some(30));
        assert_eq!(pause("Thursday, 15-Jan-26 12:00:30 GMT", None), Some(30));
        assert_eq!(pause("Thu Jan 15 12:00:30 2026", None), Some(30));
    }

    #[test]
    fn the_date_of_the_answer_corrects_a_wrong_clock() {
        let until = "Thu, 15 Jan 2026 15:00:30 GMT";
        assert_eq!(
            pause(until, Some("Thu, 15 Jan 2026 15:00:00 GMT")),
            Some(30)
        );
        assert_eq!(pause(until, Some("some day")), Some(3 * 3_600 + 30));
    }

    #[test]
    fn past_dates_ask_for_no_pause_and_absurd_ones_are_bounded() {
        assert_eq!(pause("Thu, 15 Jan 2026 11:00:00 GMT", None), Some(0));
        assert_eq!(pause("99999999", None), Some(99_999_999));
        assert_eq!(
            pause("99999999999999999999999999", None),
            Some(LONGEST.as_secs())
        );
        assert_eq!(
            pause("Fri, 31 Dec 9999 23:59:59 GMT", None),
            Some(LONGEST.as_secs())
        );
    }

    #[test]
    fn nonsense_is_no_pause() {
        for nonsense in [
            "",
            "-1",
            "abc",
            "1.5",
            "3s",
            "3 seconds",
            "+3",
            "Thu, 45 Jan 2026 12:00:00 GMT",
        ] {
            assert_eq!(pause(nonsense, None), None, "{nonsense:?}");
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(value in proptest::collection::vec(0x20_u8..=0xff, 0..40)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(RETRY_AFTER, value);
                if let Some(pause) = parse(&headers, NOW.parse().expect("a time")) {
                    prop_assert!(pause <= LONGEST);
                }
            }
        }
    }
}
