//! Keeps spreadsheets from reading a foreign value as a formula, and takes the
//! protection off again.
//!
//! A value that begins with `=`, `+`, `-`, `@`, a tab or a line break can run as
//! a formula when a CSV file is opened in a spreadsheet (OWASP, "CSV Injection",
//! <https://owasp.org/www-community/attacks/CSV_Injection>; full-width forms count
//! too). Quoting does not help, so an apostrophe goes in front. A program that
//! splits at another delimiter than the file's sees further beginnings inside a
//! quoted field; those are protected the same way.
//!
//! Plain numbers (`-12,50`, `+4312345`) and a lone dash (`100,-`) cannot be
//! formulas and stay as they are.

use std::borrow::Cow;

use crate::explain::hides;

/// Puts an apostrophe in front of every place of `text` that a spreadsheet could
/// take for the beginning of a formula.
///
/// ```
/// use finkit_tables::write::formula::{guard, unguard};
///
/// assert_eq!(guard("=1+1"), "'=1+1");
/// assert_eq!(guard("Huber; =cmd|' /C calc'!A0"), "Huber;' =cmd|' /C calc'!A0");
/// assert_eq!(guard("-12,50"), "-12,50");
/// assert_eq!(unguard(&guard("'=1+1")), "'=1+1");
/// ```
#[must_use]
pub fn guard(text: &str) -> Cow<'_, str> {
    if !may_matter(text) {
        return Cow::Borrowed(text);
    }
    rewrite(text, |cell, out| {
        out.push('\'');
        out.push_str(cell);
    })
}

/// Takes off what [`guard`] put on; `unguard(&guard(text)) == text` for every text.
#[must_use]
pub fn unguard(text: &str) -> Cow<'_, str> {
    if !text.contains('\'') {
        return Cow::Borrowed(text);
    }
    rewrite(text, |cell, out| {
        out.push_str(cell.strip_prefix('\'').unwrap_or(cell));
    })
}

/// Whether [`guard`] would change the text.
#[must_use]
pub fn is_risky(text: &str) -> bool {
    may_matter(text)
        && cells(text)
            .enumerate()
            .any(|(i, cell)| is_dangerous(cell, i == 0))
}

/// Copies the text with its dangerous cells replaced.
fn rewrite(text: &str, replace: impl Fn(&str, &mut String)) -> Cow<'_, str> {
    if !is_risky(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 4);
    for (i, cell) in cells(text).enumerate() {
        if is_dangerous(cell, i == 0) {
            replace(cell, &mut out);
        } else {
            out.push_str(cell);
        }
    }
    Cow::Owned(out)
}

/// A quick look that lets nearly every value through without taking it apart.
fn may_matter(text: &str) -> bool {
    text.chars().any(|c| is_starter(c) || is_break(c))
}

/// The pieces that any program might take for cells, each with its delimiter at its end.
fn cells(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(is_delimiter)
}

fn is_dangerous(cell: &str, first: bool) -> bool {
    let body = cell
        .trim_start_matches('\'')
        .trim_start_matches(|c| is_blank(c) || c == '"');
    match body.chars().next() {
        // Only the delimiter is left: harmless, unless the whole value begins with a break.
        Some(c) if is_break(c) => first,
        Some(c) => is_starter(c) && !is_plain(body),
        None => false,
    }
}

/// A number with its sign, or a lone dash; nothing of that can be a formula.
fn is_plain(body: &str) -> bool {
    let body = body
        .trim_end_matches(is_delimiter)
        .trim_end_matches(is_blank);
    match body.strip_prefix(['+', '-']) {
        Some("") => body == "-",
        Some(digits) => {
            digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        }
        None => false,
    }
}

fn is_starter(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\r' | '\n')
}

fn is_delimiter(c: char) -> bool {
    matches!(c, ',' | ';' | '|') || is_break(c)
}

/// Blanks and characters without width, which a program may skip.
fn is_blank(c: char) -> bool {
    c == ' ' || hides(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_get_an_apostrophe() {
        for formula in [
            "=1+1",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            "=cmd|' /C calc'!A0",
            "  =1+1",
            "\u{a0}=1+1",
            "\u{feff}=1+1",
            "\"=1+1",
            "=",
            "+",
            "-1.5e3",
            "+43 1 234",
        ] {
            assert_eq!(
                guard(formula),
                format!("'{formula}")
                    .replace("\t=", "\t'=")
                    .replace("\r=", "\r'=")
                    .replace("\n=", "\n'="),
                "{formula:?}"
            );
        }
    }

    #[test]
    fn formulas_behind_another_delimiter_get_an_apostrophe() {
        assert_eq!(guard("a;=1+1"), "a;'=1+1");
        assert_eq!(guard("a,b,=1+1,c"), "a,b,'=1+1,c");
        assert_eq!(guard("a|@x"), "a|'@x");
        assert_eq!(guard("Street\n=1+1"), "Street\n'=1+1");
    }

    #[test]
    fn harmless_values_stay_as_they_are() {
        for value in [
            "",
            "Huber",
            "2026-06-01",
            "a=b",
            "-5",
            "-12,50",
            "+4312345",
            "100,-",
            "1;-2",
            "'quoted'",
            "O'Neil",
            "Line one\n\nline three",
            "a@example.test",
            "-",
        ] {
            assert!(matches!(guard(value), Cow::Borrowed(_)), "{value:?}");
            assert_eq!(unguard(value), value);
        }
    }

    #[test]
    fn apostrophes_of_the_value_survive() {
        assert_eq!(guard("'=1"), "''=1");
        assert_eq!(unguard("''=1"), "'=1");
    }

    proptest! {
        #[test]
        fn guard_is_reversible_and_leaves_nothing_risky_bare(
            text in "['\" \t\r\n=+@;,|a1.＝\u{a0}-]{0,12}"
        ) {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), text.as_str());
            for (i, cell) in cells(&guarded).enumerate() {
                prop_assert!(!is_dangerous(cell, i == 0) || cell.starts_with('\''));
            }
        }
    }
}
