//! Announcements: a newer version, or the end of the one in use. Each is told once.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate};
use finkit_core::{ApiVersion, Upgrade};
use http::HeaderMap;

use crate::endpoints::Endpoint;

/// How many days before its end a version is warned of.
const WARN_BEFORE: i64 = 90;

/// Something that the people who run this should know about the interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// There is a newer version than the one in use.
    Newer {
        /// The endpoint.
        endpoint: &'static str,
        /// The version in use.
        used: ApiVersion,
        /// The newer one.
        newer: ApiVersion,
    },
    /// The version in use ends soon, or has ended.
    Ends {
        /// The endpoint.
        endpoint: &'static str,
        /// The version in use.
        used: ApiVersion,
        /// Its last day.
        last_day: NaiveDate,
        /// Whether that has passed.
        over: bool,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer {
                endpoint,
                used,
                newer,
            } => {
                write!(f, "{endpoint}: {newer} is there, {used} is in use; ")?;
                f.write_str(match used.upgrade_to(*newer) {
                    Upgrade::Minor | Upgrade::Same | Upgrade::Back => {
                        "a minor version only adds, so changing to it is safe"
                    }
                    Upgrade::Major => "a major version may break; the old one lives for twelve months after its release",
                })
            }
            Self::Ends {
                endpoint,
                used,
                last_day,
                over,
            } => {
                let verb = if *over { "has ended" } else { "ends" };
                write!(
                    f,
                    "{endpoint}: {used} {verb} on {last_day}; change to its successor"
                )
            }
        }
    }
}

/// The notices of a client.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<(HashSet<Notice>, Vec<Notice>)>);

impl Notices {
    pub(crate) fn all(&self) -> Vec<Notice> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .clone()
    }

    fn tell(&self, notice: Notice) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0.insert(notice.clone()) {
            tracing::warn!("{notice}");
            told.1.push(notice);
        }
    }

    /// Looks at what the settings and an answer say about the version of an endpoint.
    ///
    /// The guide announces changes by e-mail. Besides those dates, which are settings, the headers that other services
    /// use are understood: `Sunset` (RFC 8594) and `api-supported-versions` (ASP.NET's versioning).
    pub(crate) fn look(
        &self,
        name: &'static str,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        today: NaiveDate,
    ) {
        let used = endpoint.version;
        let listed = headers
            .get_all("api-supported-versions")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|version| version.parse::<ApiVersion>().ok());
        if let Some(newer) = listed
            .chain(endpoint.successor)
            .max()
            .filter(|newer| *newer > used)
        {
            self.tell(Notice::Newer {
                endpoint: name,
                used,
                newer,
            });
        }
        let sunset = headers
            .get("sunset")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| DateTime::parse_from_rfc2822(value).ok())
            .map(|moment| moment.date_naive());
        if let Some(last_day) = sunset.into_iter().chain(endpoint.ends_on).min() {
            let left = last_day.signed_duration_since(today).num_days();
            if left <= WARN_BEFORE {
                self.tell(Notice::Ends {
                    endpoint: name,
                    used,
                    last_day,
                    over: left < 0,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_newer_version_is_told_once_however_often_it_is_announced() {
        let notices = Notices::default();
        let endpoint = Endpoint::article_v2_1();
        let mut headers = HeaderMap::new();
        headers.insert(
            "api-supported-versions",
            "1.0, 2.1, 2.2".parse().expect("a header"),
        );
        for _ in 0..3 {
            notices.look("article", &endpoint, &headers, day("2026-01-01"));
        }
        let told = notices.all();
        assert_eq!(told.len(), 1);
        assert!(
            told[0]
                .to_string()
                .contains("v2.2 is there, v2.1 is in use; a minor"),
            "{}",
            told[0]
        );
        headers.insert("api-supported-versions", "3.0".parse().expect("a header"));
        notices.look("article", &endpoint, &headers, day("2026-01-01"));
        assert!(notices.all()[1].to_string().contains("may break"));
    }

    #[test]
    fn the_end_of_a_version_is_told_from_ninety_days_before_and_when_it_is_over() {
        let mut endpoint = Endpoint::article_v2_1();
        endpoint.ends_on = Some(day("2027-03-01"));
        let told = |today: &str, headers: &HeaderMap| {
            let notices = Notices::default();
            notices.look("article", &endpoint, headers, day(today));
            notices.all().first().map(ToString::to_string)
        };
        let none = HeaderMap::new();
        assert_eq!(told("2026-11-30", &none), None);
        assert!(
            told("2026-12-01", &none)
                .expect("soon")
                .contains("ends on 2027-03-01")
        );
        assert!(
            told("2027-03-02", &none)
                .expect("over")
                .contains("has ended")
        );
        let mut headers = HeaderMap::new();
        headers.insert(
            "sunset",
            "Sun, 06 Dec 2026 08:49:37 GMT".parse().expect("a header"),
        );
        assert!(
            told("2026-11-30", &headers)
                .expect("sooner")
                .contains("2026-12-06")
        );
    }

    #[test]
    fn the_version_in_use_and_older_ones_are_no_news() {
        let notices = Notices::default();
        let mut headers = HeaderMap::new();
        headers.insert(
            "api-supported-versions",
            "1.0, 2.1, junk".parse().expect("a header"),
        );
        notices.look(
            "article",
            &Endpoint::article_v2_1(),
            &headers,
            day("2026-01-01"),
        );
        assert_eq!(notices.all(), []);
    }
}
