//! The JSON forms of the domain types, and that reading them checks what parsing checks.
#![cfg(feature = "serde")]

use std::fmt::Debug;

use finkit_core::{
    ApiVersion, Count, FinRecord, FinfoArticleId, FinfoSupplierId, FoundEntry, FoundFin, Gtin,
    Participant, Period, Portfolio, RecordEvent, RecordState, RegisteredAt, ReportedTime, Usage,
    Verdict, Vin, ZoneRule, conflicts,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

fn record() -> FinRecord {
    FinRecord {
        fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"),
        period: "2026-01-01/2026-06-30".parse().expect("a period"),
        registered_at: "2026-01-15T10:22:33+01:00".parse().expect("a time"),
    }
}

#[track_caller]
fn both_ways<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    value: T,
    expected: serde_json::Value,
) {
    assert_eq!(serde_json::to_value(&value).expect("serialises"), expected);
    assert_eq!(
        serde_json::from_value::<T>(expected).expect("reads back"),
        value
    );
}

#[test]
fn records_and_answers_are_plain_json() {
    both_ways(
        record(),
        json!({
            "fin": "WVWZZZE1ZMP000001",
            "period": "2026-01-01/2026-06-30",
            "registered_at": "2026-01-15T10:22:33+01:00",
        }),
    );
    both_ways(
        FoundFin {
            fin: record().fin,
            count: 2,
            entries: vec![FoundEntry {
                period: record().period,
                registered_at: ReportedTime::parse("2026-01-15 10:22").expect("a time"),
            }],
        },
        json!({
            "fin": "WVWZZZE1ZMP000001",
            "count": 2,
            "entries": [{ "period": "2026-01-01/2026-06-30", "registered_at": "2026-01-15T10:22:00" }],
        }),
    );
}

#[test]
fn names_are_those_of_display() {
    for state in RecordState::ALL {
        both_ways(state, json!(state.as_str()));
    }
    for event in RecordEvent::ALL {
        both_ways(event, json!(event.as_str()));
    }
    for participant in Participant::ALL {
        both_ways(participant, json!(participant.as_str()));
    }
    for verdict in [Verdict::Free, Verdict::Taken, Verdict::Unknown] {
        both_ways(verdict, json!(verdict.as_str()));
    }
    both_ways(ZoneRule::Vienna, json!("Europe/Vienna"));
    both_ways(
        "+02:00".parse::<ZoneRule>().expect("a zone"),
        json!("+02:00"),
    );
}

#[test]
fn what_is_not_known_is_null() {
    both_ways(
        Usage {
            reads: Count::Known(3),
            writes: Count::NotKnown,
        },
        json!({ "reads": 3, "writes": null }),
    );
}

#[test]
fn portfolio_reads_back() {
    let mut other = record();
    other.period = "2026-06-30/2026-12-31".parse().expect("a period");
    let portfolio = conflicts(&[(2, record()), (3, other)]);
    let text = serde_json::to_string(&portfolio).expect("serialises");
    assert!(text.contains(r#""kind":"overlap""#), "{text}");
    assert_eq!(
        serde_json::from_str::<Portfolio>(&text).expect("reads back"),
        portfolio
    );
}

#[test]
fn reading_refuses_what_parsing_refuses_and_quotes_no_fin() {
    let error = serde_json::from_value::<Vin>(json!("WVWZZZE1ZMPO00001")).expect_err("an O");
    assert!(
        error.to_string().contains("letter O at position 12"),
        "{error}"
    );
    assert!(!error.to_string().contains("WVWZZZE1ZMPO00001"), "{error}");
    assert!(serde_json::from_value::<Vin>(json!(17)).is_err());
    assert!(serde_json::from_value::<Period>(json!("2026-06-30/2026-01-01")).is_err());
    assert!(serde_json::from_value::<RegisteredAt>(json!("2026-01-15T10:22:33")).is_err());
}

#[test]
fn identifiers_of_finfo_are_texts_and_are_checked_when_read() {
    both_ways::<FinfoArticleId>("1377271".parse().expect("a number"), json!("1377271"));
    both_ways::<FinfoSupplierId>("0012345".parse().expect("a number"), json!("0012345"));
    both_ways::<Gtin>(
        "0123456789012".parse().expect("a GTIN"),
        json!("0123456789012"),
    );
    both_ways(ApiVersion::new(2, 1), json!("v2.1"));
    assert!(serde_json::from_value::<Gtin>(json!("0123456789013")).is_err());
    assert!(serde_json::from_value::<FinfoArticleId>(json!("0")).is_err());
}
