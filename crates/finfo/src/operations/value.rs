//! Whether a text is a value of a schema: type, format, choice, bounds and pattern.

use chrono::{DateTime, NaiveDate};
use finkit_openapi::{Bound, Kind, Schema};
use regex::RegexBuilder;

use super::fault::Problem;

/// How much memory a pattern of a document may take; a larger one is not checked.
const PATTERN: usize = 1 << 20;

/// What is wrong with a text, if anything is.
pub(super) fn problem(schema: &Schema, text: &str) -> Option<Problem> {
    if !schema.values.is_empty() {
        let fits = schema.values.iter().any(|value| value.to_string() == text);
        return (!fits).then(|| Problem::NotAllowed {
            given: text.to_owned(),
            allowed: schema.values.iter().map(ToString::to_string).collect(),
        });
    }
    let not_a = |expected: &str| {
        Some(Problem::NotA {
            given: text.to_owned(),
            expected: expected.to_owned(),
        })
    };
    let format = schema.format.as_deref();
    match &schema.kind {
        Kind::Integer => match whole(text) {
            None => not_a("whole number"),
            Some(number) => match format {
                Some("int32") if i32::try_from(number).is_err() => not_a("whole number of 32 bits"),
                Some("int64") if i64::try_from(number).is_err() => not_a("whole number of 64 bits"),
                _ => out_of_range(schema, text),
            },
        },
        Kind::Number if decimal(text).is_none() => not_a("number"),
        Kind::Number => out_of_range(schema, text),
        Kind::Boolean if !matches!(text, "true" | "false") => not_a("true or false"),
        Kind::Text => match format {
            Some("date") if !is_day(text) => not_a("day such as 2026-01-31"),
            Some("date-time") if DateTime::parse_from_rfc3339(text).is_err() => {
                not_a("moment such as 2026-01-31T09:30:00Z")
            }
            Some("uuid") if !is_uuid(text) => not_a("UUID"),
            _ => length(schema, text).or_else(|| pattern(schema, text)),
        },
        Kind::OneOf(some) => {
            let problems: Option<Vec<Problem>> =
                some.iter().map(|one| problem(one, text)).collect();
            let problems = problems?;
            let mut expected: Vec<String> = Vec::new();
            for problem in problems {
                let one = match problem {
                    Problem::NotA { expected, .. } => expected,
                    Problem::NotAllowed { allowed, .. } => allowed.join(" or "),
                    Problem::OutOfRange { bound, .. } => format!("number {bound}"),
                    Problem::Length { bound, .. } => format!("text of {bound}"),
                    Problem::Pattern { pattern, .. } => format!("text like {pattern}"),
                    _ => continue,
                };
                if !expected.contains(&one) {
                    expected.push(one);
                }
            }
            not_a(&expected.join(" or "))
        }
        _ => None,
    }
}

/// A whole number as JSON writes it.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Numbers beyond any bound are whole numbers too, of which only the order counts.
    plain.then(|| {
        text.parse().unwrap_or(if text.starts_with('-') {
            i128::MIN
        } else {
            i128::MAX
        })
    })
}

/// A number as JSON writes it, roughly: no `inf`, no `NaN`.
fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'));
    text.parse::<f64>()
        .ok()
        .filter(|number| plain && number.is_finite())
}

fn is_day(text: &str) -> bool {
    // chrono also takes days and months of one digit.
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn out_of_range(schema: &Schema, text: &str) -> Option<Problem> {
    let fault = |bound: String| Problem::OutOfRange {
        given: text.to_owned(),
        bound,
    };
    if let Some(bound) = &schema.bounds.least
        && beyond(text, bound, std::cmp::Ordering::Less)
    {
        let words = if bound.exclusive {
            "more than"
        } else {
            "at least"
        };
        return Some(fault(format!("{words} {}", bound.number)));
    }
    if let Some(bound) = &schema.bounds.most
        && beyond(text, bound, std::cmp::Ordering::Greater)
    {
        let words = if bound.exclusive {
            "less than"
        } else {
            "at most"
        };
        return Some(fault(format!("{words} {}", bound.number)));
    }
    None
}

/// Whether a number lies on this side of a bound; whole numbers digit by digit, others as floats.
fn beyond(text: &str, bound: &Bound, side: std::cmp::Ordering) -> bool {
    let order = match (whole(text), whole(&bound.number)) {
        (Some(number), Some(bound)) => Some(number.cmp(&bound)),
        _ => decimal(text)
            .zip(decimal(&bound.number))
            .and_then(|(number, bound)| number.partial_cmp(&bound)),
    };
    order.is_some_and(|order| order == side || (bound.exclusive && order.is_eq()))
}

fn length(schema: &Schema, text: &str) -> Option<Problem> {
    let given = text.chars().count() as u64;
    let bound = match (schema.bounds.shortest, schema.bounds.longest) {
        (Some(least), _) if given < least => format!("at least {least}"),
        (_, Some(most)) if given > most => format!("at most {most}"),
        _ => return None,
    };
    Some(Problem::Length { given, bound })
}

/// Patterns of ECMA 262 that this program's expressions don't have (looking ahead, references back) are not checked.
fn pattern(schema: &Schema, text: &str) -> Option<Problem> {
    let pattern = schema.pattern.as_ref()?;
    let expression = RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(PATTERN)
        .dfa_size_limit(PATTERN)
        .build()
        .or_else(|_| {
            RegexBuilder::new(pattern)
                .size_limit(PATTERN)
                .dfa_size_limit(PATTERN)
                .build()
        })
        .ok()?;
    (!expression.is_match(text)).then(|| Problem::Pattern {
        given: text.to_owned(),
        pattern: pattern.clone(),
    })
}
