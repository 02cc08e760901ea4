//! Tests of the recognition of headings.

use super::*;
use crate::options::Purpose;

const FIN: &str = "WVWZZZE1ZMP000001";

fn head(rows: &[&[&str]]) -> Head {
    Head {
        rows: rows
            .iter()
            .zip(1..)
            .map(|(cells, number)| (number, cells.iter().map(|&cell| cell.to_owned()).collect()))
            .collect(),
    }
}

fn places(
    rows: &[&[&str]],
    options: &ListOptions,
) -> Result<([Option<u32>; 4], Option<u64>), ListError> {
    recognise(&head(rows), options, true).map(|found| (found.layout.places, found.header_row))
}

fn all(places: [u32; 4]) -> [Option<u32>; 4] {
    places.map(Some)
}

#[test]
fn headings_of_both_languages_and_of_exports_are_known() {
    let options = ListOptions::default();
    for headings in [
        ["fin", "start_date", "end_date", "registration_date"],
        ["FIN", "Startdatum", "Enddatum", "Registrierungszeitpunkt"],
        ["Fahrgestellnummer", "von", "bis", "Vertragsdatum"],
        ["Fahrzeug-Ident-Nr.", "Beginn", "Ende", "Vertragsabschluss"],
        ["VIN", "From", "To", "Contract date"],
        ["FIN / VIN", "Gültig ab", "Gültig bis", "Registriert am"],
        [
            "FIN (17-stellig)",
            "START DATE",
            "END DATE",
            "registration_ts",
        ],
        [
            "Fahrgestell-Nr.",
            "Zeitraum von",
            "Zeitraum bis",
            "Registrierungszeitpunkt (MEZ)",
        ],
        [
            "Vehicle Identification Number",
            "Valid from",
            "Valid until",
            "Signed at",
        ],
    ] {
        let found =
            places(&[&headings], &options).unwrap_or_else(|error| panic!("{headings:?}: {error}"));
        assert_eq!(found, (all([0, 1, 2, 3]), Some(1)), "{headings:?}");
    }
}

#[test]
fn no_two_values_share_a_heading() {
    let mut seen = Vec::new();
    for (field, aliases) in ALIASES {
        for alias in aliases {
            assert_eq!(folded(alias), *alias, "kept in folded form");
            assert!(!seen.contains(alias), "{alias} of {field} is there twice");
            seen.push(alias);
        }
    }
}

#[test]
fn words_that_only_contain_a_heading_do_not_count() {
    for heading in [
        "Erstzulassung ab",
        "Zulassungsdatum",
        "Finanzierung",
        "Vertragsende am",
        "Vorname",
        "Region",
    ] {
        assert_eq!(field_of(heading), None, "{heading}");
    }
}

#[test]
fn titles_above_the_headings_are_skipped() {
    let rows: &[&[&str]] = &[
        &["Fuhrpark 2026", "", "", ""],
        &["Stand:", "01.02.2026", "", ""],
        &["Kunde", "FIN", "von", "bis", "Vertragsdatum"],
        &["4711", FIN, "01.01.2026", "31.12.2026", "01.02.2026 10:00"],
    ];
    assert_eq!(
        places(rows, &ListOptions::default()).unwrap(),
        (all([1, 2, 3, 4]), Some(3))
    );
}

#[test]
fn two_columns_for_one_value_are_an_error_until_one_is_named() {
    let rows: &[&[&str]] = &[&["FIN", "VIN", "von", "bis", "Vertragsdatum"]];
    let error = places(rows, &ListOptions::default()).unwrap_err();
    assert!(matches!(
        error.kind(),
        ListErrorKind::ColumnAmbiguous { field: Field::Fin, candidates } if candidates.len() == 2
    ));
    let mut options = ListOptions {
        map: vec![(Field::Fin, "vin".parse().unwrap())],
        ..ListOptions::default()
    };
    assert_eq!(places(rows, &options).unwrap().0, all([1, 2, 3, 4]));
    options.map = vec![(Field::Fin, "1".parse().unwrap())];
    assert_eq!(places(rows, &options).unwrap().0, all([0, 2, 3, 4]));
    options.map = vec![(Field::Fin, "B".parse().unwrap())];
    assert_eq!(places(rows, &options).unwrap().0, all([1, 2, 3, 4]));
}

#[test]
fn missing_columns_are_named_unless_a_default_fills_them() {
    let rows: &[&[&str]] = &[&["FIN", "Kunde"]];
    let error = places(rows, &ListOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column found for start, end, registered-at in the headings of row 1; columns: A \"FIN\", B \"Kunde\""
    );
    let mut options = ListOptions {
        year: Some(2026),
        ..ListOptions::default()
    };
    options.registered_at = Some("2026-01-15T10:22:33+01:00".parse().unwrap());
    assert_eq!(
        places(rows, &options).unwrap().0,
        [Some(0), None, None, None]
    );
    let options = ListOptions {
        purpose: Purpose::Search,
        ..ListOptions::default()
    };
    assert_eq!(
        places(rows, &options).unwrap().0,
        [Some(0), None, None, None]
    );
}

#[test]
fn a_named_column_that_is_not_there_or_named_twice_is_an_error() {
    let rows: &[&[&str]] = &[&["FIN", "von", "bis", "Vertragsdatum"]];
    let mut options = ListOptions {
        map: vec![(Field::Fin, "Spalte9".parse().unwrap())],
        ..ListOptions::default()
    };
    assert_eq!(
        places(rows, &options).unwrap_err().kind().code(),
        "mapped-column-not-found"
    );
    options.map = vec![(Field::Fin, "9".parse().unwrap())];
    assert_eq!(
        places(rows, &options).unwrap_err().kind().code(),
        "mapped-column-not-found"
    );
    options.map = vec![
        (Field::Start, "von".parse().unwrap()),
        (Field::End, "2".parse().unwrap()),
    ];
    assert_eq!(
        places(rows, &options).unwrap_err().kind().code(),
        "column-mapped-twice"
    );
}

#[test]
fn lists_without_headings_are_read_by_content_or_by_place() {
    let rows: &[&[&str]] = &[
        &[
            "4711",
            "2026-01-01",
            "2026-12-31",
            "2025-11-03T10:22:33Z",
            FIN,
        ],
        &["4712", "2026-01-01", "2026-12-31", "1762165353", FIN],
    ];
    assert_eq!(
        places(rows, &ListOptions::default()).unwrap(),
        (all([4, 1, 2, 3]), None)
    );
    let three_dates: &[&[&str]] = &[&[
        FIN,
        "2026-01-01",
        "2026-12-31",
        "2020-05-05",
        "2025-11-03T10:22:33Z",
    ]];
    let error = places(three_dates, &ListOptions::default()).unwrap_err();
    assert_eq!(error.kind().code(), "column-ambiguous");
    let mut options = ListOptions {
        header: Header::None,
        ..ListOptions::default()
    };
    options.map = vec![
        (Field::Start, ColumnSpec::Index(1)),
        (Field::End, ColumnSpec::Index(2)),
    ];
    assert_eq!(
        places(three_dates, &options).unwrap(),
        (all([0, 1, 2, 4]), None)
    );
}

#[test]
fn empty_lists_and_wide_ones_are_errors() {
    assert_eq!(
        places(&[], &ListOptions::default())
            .unwrap_err()
            .kind()
            .code(),
        "empty"
    );
    assert_eq!(
        places(&[&["", " "]], &ListOptions::default())
            .unwrap_err()
            .kind()
            .code(),
        "empty"
    );
    let wide: Vec<&str> = vec!["fin"; 300];
    assert_eq!(
        places(&[&wide], &ListOptions::default())
            .unwrap_err()
            .kind()
            .code(),
        "limit"
    );
}
