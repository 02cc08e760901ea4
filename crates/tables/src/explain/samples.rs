//! One fault of every kind, for the snapshots of their explanations.

use chrono::NaiveDate;
use finkit_core::{Period, Vin};

use crate::fault::{ColumnRef, Fault, FaultKind, Severity};
use crate::field::Field;

/// How many kinds [`index`] tells apart.
const KINDS: usize = 27;

/// A number for every kind. A new kind does not compile here until it has one,
/// and the test fails until [`all`] has a sample of it.
fn index(kind: &FaultKind) -> usize {
    match kind {
        FaultKind::Vin(_) => 0,
        FaultKind::VinNotice(_) => 1,
        FaultKind::CheckDigit(_) => 2,
        FaultKind::MissingCell { .. } => 3,
        FaultKind::CellError { .. } => 4,
        FaultKind::RaggedRow { .. } => 5,
        FaultKind::JsonUnreadable => 6,
        FaultKind::StrayQuote => 7,
        FaultKind::DateUnreadable { .. } => 8,
        FaultKind::DateNotInCalendar { .. } => 9,
        FaultKind::DateAmbiguous { .. } => 10,
        FaultKind::CompactDate { .. } => 11,
        FaultKind::DateFromNumber { .. } => 12,
        FaultKind::YearOutOfRange { .. } => 13,
        FaultKind::DateWithTime { .. } => 14,
        FaultKind::EndBeforeStart { .. } => 15,
        FaultKind::PeriodAcrossYears { .. } => 16,
        FaultKind::RegisteredAtUnreadable => 17,
        FaultKind::RegisteredAtNotInCalendar => 18,
        FaultKind::RegisteredAtWithoutTime { .. } => 19,
        FaultKind::RegisteredAtDigitsOnly => 20,
        FaultKind::DamagedUnixStamp => 21,
        FaultKind::RegisteredAtSkipped => 22,
        FaultKind::RegisteredAtTwice => 23,
        FaultKind::Duplicate { .. } => 24,
        FaultKind::Overlap { .. } => 25,
        FaultKind::Disjoint { .. } => 26,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

/// Everything there is to say about a FIN as typed.
fn about_fin(row: u64, typed: &str) -> Vec<Fault> {
    let (kinds, proposal) = match Vin::parse(typed) {
        Ok(parsed) => {
            let notices = parsed.notices.into_iter().map(FaultKind::VinNotice);
            let digit = parsed.vin.check_digit_note().map(FaultKind::CheckDigit);
            (notices.chain(digit).collect::<Vec<_>>(), None)
        }
        Err(error) => (
            error.faults().iter().copied().map(FaultKind::Vin).collect(),
            error.proposal().map(str::to_owned),
        ),
    };
    kinds
        .into_iter()
        .map(|kind| Fault {
            row,
            column: Some(ColumnRef {
                index: 0,
                header: Some("Fahrgestellnummer".into()),
            }),
            value: typed.to_owned(),
            severity: match kind {
                FaultKind::Vin(_) => Severity::Fault,
                _ => Severity::Notice,
            },
            kind,
            proposal: proposal.clone(),
        })
        .collect()
}

/// A fault of a cell that is no FIN, or of the whole row.
fn other(row: u64, value: &str, kind: FaultKind, proposal: Option<&str>) -> Fault {
    let column = kind.field().map(|field| match field {
        Field::Fin => (0, "Fahrgestellnummer"),
        Field::Start => (1, "von"),
        Field::End => (2, "bis"),
        Field::RegisteredAt => (3, "Vertragsdatum"),
    });
    Fault {
        row,
        column: column.map(|(index, header)| ColumnRef {
            index,
            header: Some(header.into()),
        }),
        value: value.to_owned(),
        severity: match kind {
            FaultKind::RegisteredAtTwice
            | FaultKind::Disjoint { .. }
            | FaultKind::CompactDate { .. } => Severity::Notice,
            FaultKind::DateFromNumber { .. } => Severity::Warning,
            _ => Severity::Fault,
        },
        kind,
        proposal: proposal.map(str::to_owned),
    }
}

/// At least one fault of every kind, FINs made up.
pub(super) fn all() -> Vec<Fault> {
    use FaultKind as K;
    let (start, end) = (Field::Start, Field::End);
    let spring = period("2026-01-01/2026-06-30");
    let mut faults = Vec::new();
    for (row, typed) in (2..).zip([
        "",
        "WVWZZZE1ZMP00001",
        "WVWZZZE1ZMP00000112",
        "A1BS31Z04303361794",
        "WVWZZZE1ZMPO00001",
        "WVWZZZE1ZМP000001",
        "WVWZZZE1ZΜP000001",
        "WVWZZZE1ZMPØ00001",
        "WVWZZZE1ZMP0０0001",
        "WVWZZZE1ZMP#00001",
        "WVWZZZE1Z\nMP00001",
        "1,23457E+16",
        "WVW-ZZZ E1Z.MP000001",
        "11111111111111111",
        "WVWZZZE1ZMP0000AB",
        "LRW3E7FA5MC000013",
    ]) {
        faults.extend(about_fin(row, typed));
    }
    let mut row = 30;
    let mut add = |value: &str, kind: K, proposal: Option<&str>| {
        faults.push(other(row, value, kind, proposal));
        row += 1;
    };
    for field in Field::ALL {
        add("", K::MissingCell { field }, None);
    }
    add("#REF!", K::CellError { field: start }, None);
    add(
        "",
        K::RaggedRow {
            expected: 6,
            found: 7,
        },
        None,
    );
    add(
        "",
        K::RaggedRow {
            expected: 6,
            found: 5,
        },
        None,
    );
    add("", K::JsonUnreadable, None);
    add("", K::StrayQuote, None);
    add("Anfang Juni", K::DateUnreadable { field: start }, None);
    add(
        "2026/6/1",
        K::DateUnreadable { field: end },
        Some("2026-06-01"),
    );
    add(
        "31.06.2026",
        K::DateNotInCalendar { field: end },
        Some("2026-06-30"),
    );
    let (day_first, month_first) = (day("2026-06-01"), day("2026-01-06"));
    add(
        "01/06/2026",
        K::DateAmbiguous {
            field: start,
            day_first,
            month_first,
        },
        None,
    );
    add(
        "20260601",
        K::CompactDate {
            field: start,
            date: day_first,
        },
        None,
    );
    add(
        "46174",
        K::DateFromNumber {
            field: end,
            date: day_first,
        },
        None,
    );
    add(
        "01.06.2206",
        K::YearOutOfRange {
            field: end,
            year: Some(2206),
        },
        None,
    );
    add(
        "999999",
        K::YearOutOfRange {
            field: end,
            year: None,
        },
        None,
    );
    add(
        "01.06.2026 14:30",
        K::DateWithTime { field: start },
        Some("2026-06-01"),
    );
    add(
        "01.03.2026",
        K::EndBeforeStart {
            start: day_first,
            end: day("2026-03-01"),
        },
        None,
    );
    let (late, early) = (day("2025-11-01"), day("2026-03-31"));
    add(
        "31.03.2026",
        K::PeriodAcrossYears {
            start: late,
            end: early,
        },
        None,
    );
    add(
        "31.03.2026",
        K::PeriodAcrossYears {
            start: day("2023-11-01"),
            end: early,
        },
        None,
    );
    add("gestern", K::RegisteredAtUnreadable, None);
    add("01.06.2026 25:00", K::RegisteredAtNotInCalendar, None);
    add(
        "01.06.2026",
        K::RegisteredAtWithoutTime { date: day_first },
        None,
    );
    add(
        "20260601",
        K::RegisteredAtDigitsOnly,
        Some("2026-06-01T00:00:00+02:00"),
    );
    add("1,7E+09", K::DamagedUnixStamp, None);
    add("29.03.2026 02:30", K::RegisteredAtSkipped, None);
    add("25.10.2026 02:30", K::RegisteredAtTwice, None);
    let fin = "WVWZZZE1ZMP000001";
    add(
        fin,
        K::Duplicate {
            other_row: 4,
            period: spring,
        },
        None,
    );
    let summer = period("2026-06-01/2026-08-31");
    add(
        fin,
        K::Overlap {
            other_row: 4,
            period: summer,
            other_period: spring,
        },
        None,
    );
    let autumn = period("2026-09-01/2026-12-31");
    add(
        fin,
        K::Disjoint {
            other_row: 4,
            period: autumn,
            other_period: spring,
        },
        None,
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Explainer, Explanation, Lang, steers};
    use std::collections::{BTreeSet, HashMap};
    use std::fmt::Write as _;

    fn explained(lang: Lang, show_fins: bool) -> Vec<Explanation> {
        let mut explainer = Explainer::new(lang, show_fins);
        all().iter().map(|fault| explainer.explain(fault)).collect()
    }

    fn listing(lang: Lang, show_fins: bool) -> String {
        let mut out = String::new();
        for e in explained(lang, show_fins) {
            let place = e.cell.unwrap_or_else(|| format!("{}", e.row));
            let value = e.value.unwrap_or_default();
            let _ = writeln!(out, "[{}] {}", e.code, e.title);
            let _ = writeln!(out, "  {place} {value}\n  {}\n  {}", e.what, e.why);
            if let Some(proposal) = e.proposal {
                let _ = writeln!(out, "  -> {proposal}");
            }
        }
        out
    }

    #[test]
    fn every_kind_has_a_sample() {
        let seen: BTreeSet<usize> = all().iter().map(|fault| index(&fault.kind)).collect();
        assert_eq!(seen, (0..KINDS).collect());
        let codes: BTreeSet<&str> = all().iter().map(|fault| fault.kind.code()).collect();
        let about_fins = codes.iter().filter(|code| code.starts_with("fin-")).count();
        assert_eq!(about_fins, 13, "{codes:?}");
    }

    #[test]
    fn explanations_in_german() {
        insta::assert_snapshot!(listing(Lang::De, false));
    }

    #[test]
    fn explanations_in_english() {
        insta::assert_snapshot!(listing(Lang::En, false));
    }

    #[test]
    fn explanations_in_german_with_fins() {
        insta::assert_snapshot!(listing(Lang::De, true));
    }

    #[test]
    fn title_is_the_same_for_all_faults_of_a_code() {
        for lang in Lang::ALL {
            let mut titles: HashMap<&str, &str> = HashMap::new();
            for e in explained(lang, false) {
                assert_eq!(
                    *titles.entry(e.code).or_insert(e.title),
                    e.title,
                    "{}",
                    e.code
                );
            }
            let different: BTreeSet<&str> = titles.values().copied().collect();
            assert_eq!(different.len(), titles.len(), "two kinds share a title");
        }
    }

    #[test]
    fn masked_explanations_hold_no_fin() {
        for lang in Lang::ALL {
            for (fault, e) in all().iter().zip(explained(lang, false)) {
                let text = format!("{e:?}");
                for secret in [
                    fault.value.as_str(),
                    fault.proposal.as_deref().unwrap_or(""),
                ] {
                    let is_fin = fault.is_fin() && secret.len() > 10;
                    assert!(!is_fin || !text.contains(secret), "{text}");
                }
            }
        }
    }

    #[test]
    fn sentences_end_in_a_period_and_steer_nothing() {
        for lang in Lang::ALL {
            for e in explained(lang, true) {
                for sentence in [e.what.as_str(), e.why, e.proposal.as_deref().unwrap_or(".")] {
                    assert!(sentence.ends_with('.'), "{sentence}");
                    assert!(!sentence.contains("  "), "{sentence}");
                    assert!(!sentence.chars().any(steers), "{sentence}");
                }
            }
        }
    }

    #[test]
    fn both_languages_differ_in_every_text() {
        for (de, en) in explained(Lang::De, false)
            .iter()
            .zip(&explained(Lang::En, false))
        {
            assert_ne!(de.title, en.title);
            assert_ne!(de.what, en.what);
            assert_ne!(de.why, en.why);
            assert_eq!(de.proposal.is_some(), en.proposal.is_some());
        }
    }
}
