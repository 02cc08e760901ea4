//! What to read of a supplier: everything, the changes since the last success, or the rest of a walk.
//!
//! Source of the rules: the pages of article v1.0 (a full load for a new supplier; then changes since the date of the last
//! **successful** retrieval, which the client keeps; after a failure from further back) and v2.2 (both ends of a period
//! belong to it; without an end it moves with the clock), <https://docs.finfo.se>.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use finkit_core::ApiVersion;

use crate::catalogue::{OpenWalk, Standing, WalkPurpose, WalkSpan};

/// What is wanted of the suppliers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish {
    /// To follow: everything of a new supplier, otherwise what changed since the last success.
    #[default]
    Follow,
    /// Everything.
    Full,
    /// What changed since a moment.
    Since(DateTime<Utc>),
    /// What changed between two moments, once more; the watermark stays.
    Backfill {
        /// First moment.
        from: DateTime<Utc>,
        /// Last moment.
        until: DateTime<Utc>,
    },
}

/// How a supplier is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A new walk.
    Begin {
        /// Over what.
        span: WalkSpan,
        /// What for.
        purpose: WalkPurpose,
    },
    /// The walk that is open.
    Resume(OpenWalk),
}

impl Plan {
    /// Which rows are read.
    #[must_use]
    pub fn span(&self) -> WalkSpan {
        match self {
            Self::Begin { span, .. } => *span,
            Self::Resume(open) => open.walk.span,
        }
    }

    /// What for.
    #[must_use]
    pub fn purpose(&self) -> WalkPurpose {
        match self {
            Self::Begin { purpose, .. } => *purpose,
            Self::Resume(open) => open.walk.purpose,
        }
    }
}

/// Decides what to read of a supplier that stands so, at the start of a run.
///
/// * Nothing known, or known from another major version: everything.
/// * Else a period from `overlap` before the last success until `now`, which was fixed when the run began. The overlap
///   covers what the guides leave open: the zone of a day, clocks that differ, changes that are entered late. It costs a
///   few unchanged rows. However long ago the last success is, nothing between is left out.
/// * A walk that another run left open is gone on with, if it is one that this run would begin, and in the same version.
///
/// `now` is used with the precision of milliseconds, in which moments are sent.
#[must_use]
pub fn plan(
    standing: &Standing,
    wish: Wish,
    now: DateTime<Utc>,
    version: ApiVersion,
    overlap: TimeDelta,
) -> Plan {
    let now = now.trunc_subsecs(3);
    let open = standing.open.filter(|open| open.walk.version == version);
    let resumable = |fits: &dyn Fn(&OpenWalk) -> bool| open.filter(fits).map(Plan::Resume);
    let follows = |open: &OpenWalk| open.walk.purpose == WalkPurpose::Follow;
    let begin = |span, purpose| Plan::Begin { span, purpose };
    match wish {
        Wish::Follow => resumable(&follows).unwrap_or_else(|| match standing.watermark {
            Some(mark) if mark.version.major() == version.major() => {
                // A watermark of the future is one of a clock that was wrong.
                let from = mark.complete_to.min(now) - overlap;
                begin(WalkSpan::Changed { from, until: now }, WalkPurpose::Follow)
            }
            _ => begin(WalkSpan::All, WalkPurpose::Follow),
        }),
        Wish::Full => resumable(&|open| follows(open) && open.walk.span == WalkSpan::All)
            .unwrap_or_else(|| begin(WalkSpan::All, WalkPurpose::Follow)),
        Wish::Since(from) => {
            let until = now.max(from);
            let mark = standing
                .watermark
                .filter(|mark| mark.version.major() == version.major());
            // A period that begins after the watermark leaves a gap, so the watermark must not pass it.
            let purpose = match mark {
                Some(mark) if from <= mark.complete_to => WalkPurpose::Follow,
                _ => WalkPurpose::Backfill,
            };
            begin(WalkSpan::Changed { from, until }, purpose)
        }
        Wish::Backfill { from, until } => {
            let span = WalkSpan::Changed { from, until };
            resumable(&|open| open.walk.purpose == WalkPurpose::Backfill && open.walk.span == span)
                .unwrap_or_else(|| begin(span, WalkPurpose::Backfill))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Dataset, Tally, Walk, Watermark};

    const V1: ApiVersion = ApiVersion::new(1, 0);
    const V2_1: ApiVersion = ApiVersion::new(2, 1);
    const V2_2: ApiVersion = ApiVersion::new(2, 2);

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn now() -> DateTime<Utc> {
        at("2026-03-10T06:00:00Z")
    }

    fn complete_to(text: &str, version: ApiVersion) -> Standing {
        Standing {
            watermark: Some(Watermark {
                complete_to: at(text),
                finished_at: at(text),
                full_at: at("2026-01-01T00:00:00Z"),
                version,
            }),
            ..Standing::default()
        }
    }

    fn open(span: WalkSpan, purpose: WalkPurpose, version: ApiVersion) -> OpenWalk {
        OpenWalk {
            walk: Walk {
                dataset: Dataset::Article,
                supplier: "1".parse().expect("a supplier"),
                version,
                span,
                purpose,
                started_at: at("2026-03-09T06:00:00Z"),
                pass: 1,
                page_size: 1000,
                total: Some(5000),
            },
            next: 3000,
            tally: Tally::default(),
        }
    }

    fn planned(standing: &Standing, wish: Wish, version: ApiVersion) -> Plan {
        plan(standing, wish, now(), version, TimeDelta::days(1))
    }

    fn window(from: &str, until: &str) -> WalkSpan {
        WalkSpan::Changed {
            from: at(from),
            until: at(until),
        }
    }

    fn follow(span: WalkSpan) -> Plan {
        Plan::Begin {
            span,
            purpose: WalkPurpose::Follow,
        }
    }

    #[test]
    fn a_new_supplier_is_read_whole() {
        assert_eq!(
            planned(&Standing::default(), Wish::Follow, V2_2),
            follow(WalkSpan::All)
        );
        assert_eq!(
            planned(&Standing::default(), Wish::Follow, V1),
            follow(WalkSpan::All)
        );
    }

    #[test]
    fn a_known_one_is_followed_from_a_day_before_its_last_success() {
        let table = [
            ("2026-03-09T06:00:00Z", "2026-03-08T06:00:00Z"),
            ("2026-03-10T05:59:59Z", "2026-03-09T05:59:59Z"),
            // A week of failed runs, and half a year.
            ("2026-03-03T06:00:00Z", "2026-03-02T06:00:00Z"),
            ("2025-09-10T06:00:00Z", "2025-09-09T06:00:00Z"),
            // The clock was set back after the last success.
            ("2030-01-01T00:00:00Z", "2026-03-09T06:00:00Z"),
        ];
        for (success, from) in table {
            let expected = follow(window(from, "2026-03-10T06:00:00Z"));
            assert_eq!(
                planned(&complete_to(success, V2_2), Wish::Follow, V2_2),
                expected,
                "{success}"
            );
            assert_eq!(
                planned(&complete_to(success, V2_1), Wish::Follow, V2_2),
                expected,
                "a minor step is safe"
            );
        }
    }

    #[test]
    fn another_major_version_means_everything_once_more() {
        let standing = complete_to("2026-03-09T06:00:00Z", V1);
        assert_eq!(
            planned(&standing, Wish::Follow, V2_2),
            follow(WalkSpan::All)
        );
    }

    #[test]
    fn an_open_walk_is_gone_on_with_in_its_own_version_only() {
        let mut standing = complete_to("2026-03-08T06:00:00Z", V2_2);
        let left = open(
            window("2026-03-07T06:00:00Z", "2026-03-09T06:00:00Z"),
            WalkPurpose::Follow,
            V2_2,
        );
        standing.open = Some(left);
        assert_eq!(planned(&standing, Wish::Follow, V2_2), Plan::Resume(left));
        let again = follow(window("2026-03-07T06:00:00Z", "2026-03-10T06:00:00Z"));
        assert_eq!(
            planned(&standing, Wish::Follow, V2_1),
            again,
            "another minor version counts rows its own way"
        );
        assert_eq!(planned(&standing, Wish::Full, V2_2), follow(WalkSpan::All));

        let whole = open(WalkSpan::All, WalkPurpose::Follow, V2_2);
        standing.open = Some(whole);
        assert_eq!(planned(&standing, Wish::Full, V2_2), Plan::Resume(whole));
        assert_eq!(planned(&standing, Wish::Follow, V2_2), Plan::Resume(whole));

        standing.open = Some(open(
            window("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            WalkPurpose::Backfill,
            V2_2,
        ));
        assert_eq!(planned(&standing, Wish::Follow, V2_2), again);
    }

    #[test]
    fn since_moves_the_watermark_only_where_it_leaves_no_gap() {
        let standing = complete_to("2026-03-05T06:00:00Z", V2_2);
        let since = |text: &str| planned(&standing, Wish::Since(at(text)), V2_2).purpose();
        assert_eq!(since("2026-01-01T00:00:00Z"), WalkPurpose::Follow);
        assert_eq!(since("2026-03-05T06:00:00Z"), WalkPurpose::Follow);
        assert_eq!(since("2026-03-05T06:00:01Z"), WalkPurpose::Backfill);
        let unknown = planned(
            &Standing::default(),
            Wish::Since(at("2026-01-01T00:00:00Z")),
            V2_2,
        );
        assert_eq!(
            unknown.purpose(),
            WalkPurpose::Backfill,
            "what came before is not there"
        );
        assert_eq!(
            unknown.span(),
            window("2026-01-01T00:00:00Z", "2026-03-10T06:00:00Z")
        );
    }

    #[test]
    fn a_backfill_never_moves_the_watermark_and_is_gone_on_with() {
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        let mut standing = complete_to("2026-03-05T06:00:00Z", V2_2);
        let wish = Wish::Backfill { from, until };
        let span = WalkSpan::Changed { from, until };
        let begin = Plan::Begin {
            span,
            purpose: WalkPurpose::Backfill,
        };
        assert_eq!(planned(&standing, wish, V2_2), begin);
        let left = open(span, WalkPurpose::Backfill, V2_2);
        standing.open = Some(left);
        assert_eq!(planned(&standing, wish, V2_2), Plan::Resume(left));
    }

    #[test]
    fn moments_have_the_precision_in_which_they_are_sent() {
        let precise = at("2026-03-10T06:00:00.123456789Z");
        let plan = plan(
            &complete_to("2026-03-09T06:00:00Z", V2_2),
            Wish::Follow,
            precise,
            V2_2,
            TimeDelta::days(1),
        );
        assert_eq!(
            plan.span(),
            window("2026-03-08T06:00:00Z", "2026-03-10T06:00:00.123Z")
        );
    }
}
