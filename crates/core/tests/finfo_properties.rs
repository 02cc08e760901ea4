//! Properties of Finfo's identifiers and versions: what is accepted reads back from its own text, nothing panics,
//! and a period of changes holds every moment it was asked for.

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{
    ApiVersion, ChangeLimit, FinfoArticleId, FinfoSupplierId, Gtin, GtinFault, WindowEnd,
};
use proptest::prelude::*;

/// Texts that come close to identifiers.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = vec![
        "0",
        "00",
        "1",
        "7",
        "9",
        "12",
        "96385074",
        "2347003",
        "v",
        "V",
        ".",
        "-",
        "+",
        " ",
        "\t",
        "\0",
        "x",
        "ä",
        "١",
        "999999999",
    ];
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(pieces), 0..8)
            .prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    (946_684_800_000i64..4_102_444_800_000)
        .prop_map(|millis| DateTime::from_timestamp_millis(millis).expect("a moment"))
}

fn digits(length: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(b'0'..=b'9', length)
        .prop_map(|digits| digits.into_iter().map(char::from).collect())
}

proptest! {
    #[test]
    fn what_is_accepted_reads_back_from_its_own_text(text in nearly()) {
        if let Ok(id) = text.parse::<FinfoArticleId>() {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
        if let Ok(id) = text.parse::<FinfoSupplierId>() {
            prop_assert_eq!(id.as_str(), text.trim_ascii());
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
        if let Ok(gtin) = text.parse::<Gtin>() {
            prop_assert_eq!(gtin.as_str(), text.trim_ascii());
            prop_assert_eq!(gtin.to_string().parse(), Ok(gtin));
        }
        if let Ok(limit) = text.parse::<ChangeLimit>() {
            prop_assert_eq!(limit.to_string().parse(), Ok(limit));
        }
        if let Ok(version) = text.parse::<ApiVersion>() {
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }
    }

    #[test]
    fn moments_of_a_window_read_back_as_they_are_sent(moment in moment()) {
        let limit = ChangeLimit::Moment(moment);
        prop_assert_eq!(limit.to_string().parse(), Ok(limit));
    }

    #[test]
    fn exactly_one_check_digit_fits(body in prop_oneof![digits(7), digits(11), digits(12), digits(13)]) {
        let fitting: Vec<char> = ('0'..='9')
            .filter(|digit| format!("{body}{digit}").parse::<Gtin>().is_ok())
            .collect();
        prop_assert_eq!(fitting.len(), 1);
        let other = if fitting[0] == '0' { '1' } else { '0' };
        prop_assert_eq!(
            format!("{body}{other}").parse::<Gtin>(),
            Err(GtinFault::CheckDigit { found: other, expected: fitting[0] })
        );
    }

    #[test]
    fn leading_zeros_name_the_same_item(body in digits(7), zeros in 1usize..=6) {
        let check = ('0'..='9').find(|digit| format!("{body}{digit}").parse::<Gtin>().is_ok()).expect("one fits");
        let short: Gtin = format!("{body}{check}").parse().expect("eight digits");
        if let Ok(long) = format!("{}{body}{check}", "0".repeat(zeros)).parse::<Gtin>() {
            prop_assert!(short.is_same_item(&long));
            prop_assert_ne!(short, long);
        }
    }

    #[test]
    fn a_window_holds_every_moment_between_its_ends_in_every_version(
        from in moment(),
        length in 0i64..10_000_000_000,
        part in 0.0f64..=1.0,
        major in 1u16..4,
    ) {
        let until = from + TimeDelta::milliseconds(length);
        let inside = from + TimeDelta::milliseconds((length as f64 * part) as i64);
        let version = ApiVersion::new(major, 0);
        let window = version.window(from, until);
        let holds = match (window.from, window.to, version.window_end()) {
            (ChangeLimit::Day(from), ChangeLimit::Day(to), WindowEnd::Exclusive) => {
                from <= inside.date_naive() && inside.date_naive() < to
            }
            (ChangeLimit::Moment(from), ChangeLimit::Moment(to), WindowEnd::Inclusive) => from <= inside && inside <= to,
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        prop_assert!(holds);
    }
}
