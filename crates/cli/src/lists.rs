//! From the options of the command line to those of the list reader.

use std::path::Path;

use finkit_core::{RegisteredAt, ZoneRule};
use finkit_tables::explain::Lang;
use finkit_tables::{
    ColumnSpec, DateOrder, Encoding, Field, Format, Header, ListError, ListOptions, Purpose, Source,
};

use crate::args::list::{DateOrderArg, ListArgs, ListFormatArg};
use crate::failure::{Failure, Outcome};
use crate::texts;

/// The list that was named; `-` is standard input.
pub(crate) fn source(path: &Path) -> Source {
    if path == Path::new("-") {
        Source::stdin()
    } else {
        Source::path(path)
    }
}

/// A path in a message. A FIN that was typed where a list belongs is masked.
pub(crate) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".to_owned();
    }
    let text = path.display().to_string();
    finkit_tables::explain::mask_fins(&text).into_owned()
}

/// A list that can't be read at all.
pub(crate) fn unreadable(lang: Lang, path: &Path, error: ListError) -> Failure {
    let name = shown(path);
    let explained = texts::list_error::explain(lang, &error);
    let failure = Failure::usage(format!("{name}: {}", explained.what)).hint(explained.remedy);
    // What lies below is worth a line; the error itself has just been told in the person's language.
    match std::error::Error::source(&error) {
        Some(cause) => failure.caused_by(cause.to_string()),
        None => failure,
    }
}

/// The calendar year that was given.
pub(crate) fn year(args: &ListArgs) -> Outcome<Option<i32>> {
    match args.year {
        Some(year) if !(2000..=2100).contains(&year) => {
            Err(Failure::usage(format!("--year {year} is out of range"))
                .hint("give a calendar year from 2000 to 2100"))
        }
        year => Ok(year),
    }
}

/// How the list is read.
pub(crate) fn options(args: &ListArgs, zone: ZoneRule, purpose: Purpose) -> Outcome<ListOptions> {
    let mut options = ListOptions::default();
    options.purpose = purpose;
    options.zone = match &args.zone {
        None => zone,
        Some(text) => text.parse().map_err(|_| {
            Failure::usage(format!("--zone {text} is not a zone"))
                .hint("give Europe/Vienna or a fixed offset such as +02:00")
        })?,
    };
    options.format = args.list_format.map(|format| match format {
        ListFormatArg::Csv => Format::Csv,
        ListFormatArg::Xlsx => Format::Xlsx,
        ListFormatArg::Ndjson => Format::Ndjson,
    });
    options.delimiter = args.delimiter.as_deref().map(delimiter).transpose()?;
    options.encoding = args.encoding.as_deref().map(encoding).transpose()?;
    options.sheet.clone_from(&args.sheet);
    options.header = match (args.no_header, args.header_row) {
        (true, _) => Header::None,
        (false, Some(0)) => {
            return Err(Failure::usage("--header-row 0 is no row").hint("rows are counted from 1"));
        }
        (false, Some(row)) => Header::Row(row),
        (false, None) => Header::Auto,
    };
    options.map = args
        .map
        .iter()
        .map(|pair| mapping(pair))
        .collect::<Outcome<_>>()?;
    options.year = year(args)?;
    options.registered_at = match &args.registered_at {
        None => None,
        Some(text) => Some(RegisteredAt::parse(text, options.zone).map_err(|error| {
            Failure::usage("--registered-at is not a registration time")
                .caused_by(error)
                .hint("give it like 2026-03-15T10:22:33+01:00")
        })?),
    };
    options.date_order = args.date_order.map(|order| match order {
        DateOrderArg::Dmy => DateOrder::DayFirst,
        DateOrderArg::Mdy => DateOrder::MonthFirst,
    });
    Ok(options)
}

fn delimiter(text: &str) -> Outcome<u8> {
    match text {
        "tab" | "\t" | "\\t" => Ok(b'\t'),
        "," | ";" | "|" => Ok(text.as_bytes()[0]),
        _ => Err(Failure::usage("--delimiter is not one that lists use").hint("give , ; | or tab")),
    }
}

fn encoding(text: &str) -> Outcome<Encoding> {
    match text.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(Encoding::Utf8),
        "windows-1252" | "cp1252" | "latin1" | "iso-8859-1" => Ok(Encoding::Windows1252),
        "utf-16le" | "utf-16" => Ok(Encoding::Utf16Le),
        "utf-16be" => Ok(Encoding::Utf16Be),
        _ => Err(Failure::usage(format!("--encoding {text} is not read"))
            .hint("give utf-8, windows-1252, utf-16le or utf-16be")),
    }
}

fn mapping(pair: &str) -> Outcome<(Field, ColumnSpec)> {
    let wrong = || {
        Failure::usage(format!("--map {pair} doesn't say which column holds what")).hint(
            "write FIELD=COLUMN: fin, start, end or registered-at, then a heading, a letter or a number, \
             such as --map fin=Fahrgestellnummer --map start=C",
        )
    };
    let (field, column) = pair.split_once('=').ok_or_else(wrong)?;
    let field = match field.trim() {
        // The short word that people type.
        "registered" => Field::RegisteredAt,
        other => other.parse().map_err(|_| wrong())?,
    };
    let Ok(column) = column.parse::<ColumnSpec>();
    Ok((field, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_name_a_field_and_a_column() {
        assert_eq!(
            mapping("fin=3").expect("a mapping"),
            (Field::Fin, ColumnSpec::Index(2))
        );
        assert_eq!(
            mapping("registered=Vertragsdatum").expect("a mapping"),
            (
                Field::RegisteredAt,
                ColumnSpec::Header("Vertragsdatum".into())
            )
        );
        for wrong in ["fin", "vin=2", "=2"] {
            let failure = mapping(wrong).expect_err(wrong);
            assert!(
                failure
                    .hint_text()
                    .is_some_and(|hint| hint.contains("--map fin=")),
                "{wrong}"
            );
        }
    }
}
