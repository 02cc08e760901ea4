//! Whether two pieces of JSON say the same, spelling aside.

use std::collections::BTreeMap;

use super::scan::elements;
use super::{Decimal, Record, field};

/// How deep lists and objects are compared; below, spelling counts.
const DEPTH: u32 = 64;

/// Whether two pieces of valid JSON say the same: numbers by value and exactly, texts by their characters, objects
/// whatever their order.
#[must_use]
pub fn same_json(one: &str, other: &str) -> bool {
    same(one.trim_ascii(), other.trim_ascii(), DEPTH)
}

fn same(one: &str, other: &str, depth: u32) -> bool {
    if one == other {
        return true;
    }
    if depth == 0 {
        return false;
    }
    match (one.as_bytes().first(), other.as_bytes().first()) {
        (Some(b'"'), Some(b'"')) => match (field::text(one), field::text(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
        (Some(b'{'), Some(b'{')) => match (Record::parse(one), Record::parse(other)) {
            (Ok(one), Ok(other)) => {
                let (one, other): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    (one.fields().collect(), other.fields().collect());
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(&other)
                        .all(|((name, value), (other_name, other))| {
                            name == other_name && same(value, other, depth - 1)
                        })
            }
            _ => false,
        },
        (Some(b'['), Some(b'[')) => match (elements(one), elements(other)) {
            (Some(one), Some(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(&other)
                        .all(|(one, other)| same(one, other, depth - 1))
            }
            _ => false,
        },
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            match (one.parse::<Decimal>(), other.parse::<Decimal>()) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaning_counts_and_not_spelling() {
        for (one, other) in [
            ("1", "1.00"),
            ("1e2", "100"),
            ("\"\\u0041\"", "\"A\""),
            ("[1, 2]", "[1,2.0]"),
            ("{\"a\":1,\"b\":[]}", "{ \"b\" : [ ], \"a\" : 1 }"),
            (" null ", "null"),
        ] {
            assert!(same_json(one, other), "{one} {other}");
            assert!(same_json(other, one), "{other} {one}");
        }
        for (one, other) in [
            ("1", "\"1\""),
            ("null", "0"),
            ("[1,2]", "[2,1]"),
            ("[1]", "[1,1]"),
            ("{\"a\":1}", "{\"a\":1,\"b\":null}"),
            ("{\"a\":1}", "{\"b\":1}"),
            ("true", "false"),
            ("\"a\"", "\"A\""),
        ] {
            assert!(!same_json(one, other), "{one} {other}");
        }
    }

    #[test]
    fn depth_ends_somewhere() {
        let nested =
            |blank: &str| format!("{}{}", "[".repeat(2_000), format!("{blank}]").repeat(2_000));
        assert!(!same_json(&nested(""), &nested(" ")));
        assert!(same_json(&nested(""), &nested("")));
    }
}
