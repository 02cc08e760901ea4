//! Days and moments as people type them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Reads a day (its first moment in UTC) or a moment with its zone.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.to_utc())
        .map_err(|_| "write a day as 2026-01-31, or a moment as 2026-01-31T06:00:00Z".to_owned())
}

/// A moment for people, to the minute.
pub(crate) fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment for programs.
pub(crate) fn exact(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read_and_anything_else_is_told_apart() {
        assert_eq!(
            moment("2026-01-31").map(exact).as_deref(),
            Ok("2026-01-31T00:00:00Z")
        );
        assert_eq!(
            moment("2026-01-31T07:00:00+01:00").map(exact).as_deref(),
            Ok("2026-01-31T06:00:00Z")
        );
        for other in ["", "31.01.2026", "2026-02-30", "2026-01-31T06:00:00", "7"] {
            assert!(moment(other).is_err(), "{other}");
        }
    }
}
