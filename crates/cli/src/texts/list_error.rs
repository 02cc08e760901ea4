//! Why a list can't be read at all, and what to do about it.

use finkit_tables::explain::{Lang, field_name, mask_fins, visible_value};
use finkit_tables::{ColumnRef, Field, Limit, ListError, ListErrorKind};

/// What is the matter, and what helps.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

/// Explains in the person's language.
pub(crate) fn explain(lang: Lang, error: &ListError) -> Explained {
    match lang {
        Lang::De => german(error),
        Lang::En => english(error),
    }
}

fn explained(what: impl Into<String>, remedy: impl Into<String>) -> Explained {
    Explained {
        what: what.into(),
        remedy: remedy.into(),
    }
}

fn english(error: &ListError) -> Explained {
    let lang = Lang::En;
    match error.kind() {
        ListErrorKind::Open => explained(
            "the list can't be opened",
            "look at the name of the file and its access rights",
        ),
        ListErrorKind::Read => explained(
            "the list can't be read to its end",
            "look at the disk or the network drive it lies on, then try again",
        ),
        ListErrorKind::Write => explained(
            "the corrected list can't be written",
            "look at the space and the access rights of the folder",
        ),
        ListErrorKind::Empty => explained(
            "the list has no rows",
            "check that it is the right file, or choose the sheet with --sheet",
        ),
        ListErrorKind::Unsupported(kind) => explained(
            format!("files of kind {kind} are not read"),
            "save the list as XLSX or CSV",
        ),
        ListErrorKind::NotOfFormat(format) => explained(
            format!("the file is not in the form {}", format.code()),
            "leave --list-format out, so that the form is recognised",
        ),
        ListErrorKind::Workbook => explained(
            "the workbook is damaged or protected by a password",
            "open it in Excel, remove the password, and save it as XLSX",
        ),
        ListErrorKind::SheetNotFound { name, sheets } => explained(
            format!(
                "the workbook has no sheet {}",
                lang.quote(&visible_value(name))
            ),
            format!(
                "choose one of its sheets with --sheet: {}",
                quoted(lang, sheets)
            ),
        ),
        ListErrorKind::Limit { limit, value, row } => {
            let place = row.map(|row| format!(" in row {row}")).unwrap_or_default();
            explained(
                format!(
                    "the list goes beyond the limit of {} for {}{place}",
                    lang.count(*value),
                    limit_name(lang, *limit)
                ),
                "a list of vehicles is never that large: check the file, or split it",
            )
        }
        ListErrorKind::UnclosedQuote { row } => explained(
            format!("the quoted cell that begins in row {row} never ends"),
            "close the quotation mark in that row, or double it if it belongs to the text",
        ),
        ListErrorKind::NulByte { row } => explained(
            format!("row {row} holds a NUL byte; this is no list in text form"),
            "save the list as CSV (UTF-8) or XLSX",
        ),
        ListErrorKind::Encoding { encoding } => explained(
            format!("the list is no text in {encoding}"),
            "leave --encoding out, or save the list as CSV (UTF-8)",
        ),
        ListErrorKind::ColumnsMissing {
            fields,
            header_row,
            columns,
        } => {
            let place = header_row.map_or_else(
                || ", and it has no headings".to_owned(),
                |row| format!(" in the headings of row {row}"),
            );
            explained(
                format!(
                    "no column for {}{place}; columns: {}",
                    fields_text(lang, fields),
                    columns_text(lang, columns)
                ),
                format!(
                    "say which column it is, such as {}; --year fills start and end, --registered-at the registration time",
                    map_examples(fields, columns)
                ),
            )
        }
        ListErrorKind::ColumnAmbiguous { field, candidates } => explained(
            format!(
                "several columns could be {}: {}",
                field_name(*field, lang),
                columns_text(lang, candidates)
            ),
            format!("say which one it is: {}", map_choices(*field, candidates)),
        ),
        ListErrorKind::MappedColumnNotFound {
            field,
            spec,
            columns,
        } => explained(
            format!(
                "there is no column {} for {}",
                visible_value(&spec.to_string()),
                field_name(*field, lang)
            ),
            format!("the columns are {}", columns_text(lang, columns)),
        ),
        ListErrorKind::ColumnMappedTwice { column, fields } => explained(
            format!(
                "column {} is mapped to both {} and {}",
                column.letters(),
                field_name(fields[0], lang),
                field_name(fields[1], lang)
            ),
            "give each value a column of its own",
        ),
        _ => explained(error.to_string(), "check the file"),
    }
}

fn german(error: &ListError) -> Explained {
    let lang = Lang::De;
    match error.kind() {
        ListErrorKind::Open => explained(
            "Die Liste lässt sich nicht öffnen",
            "Dateinamen und Zugriffsrechte prüfen",
        ),
        ListErrorKind::Read => explained(
            "Die Liste lässt sich nicht zu Ende lesen",
            "Platte oder Netzlaufwerk prüfen, dann noch einmal versuchen",
        ),
        ListErrorKind::Write => explained(
            "Die berichtigte Liste lässt sich nicht schreiben",
            "Platz und Zugriffsrechte des Ordners prüfen",
        ),
        ListErrorKind::Empty => explained(
            "Die Liste hat keine Zeilen",
            "prüfen, ob es die richtige Datei ist, oder das Blatt mit --sheet wählen",
        ),
        ListErrorKind::Unsupported(kind) => explained(
            format!("Dateien der Art {kind} werden nicht gelesen"),
            "die Liste als XLSX oder CSV speichern",
        ),
        ListErrorKind::NotOfFormat(format) => explained(
            format!("Die Datei hat nicht die Form {}", format.code()),
            "--list-format weglassen, dann wird die Form erkannt",
        ),
        ListErrorKind::Workbook => explained(
            "Die Arbeitsmappe ist beschädigt oder mit einem Kennwort geschützt",
            "in Excel öffnen, das Kennwort entfernen und als XLSX speichern",
        ),
        ListErrorKind::SheetNotFound { name, sheets } => explained(
            format!(
                "Die Arbeitsmappe hat kein Blatt {}",
                lang.quote(&visible_value(name))
            ),
            format!(
                "eines ihrer Blätter mit --sheet wählen: {}",
                quoted(lang, sheets)
            ),
        ),
        ListErrorKind::Limit { limit, value, row } => {
            let place = row
                .map(|row| format!(" in Zeile {row}"))
                .unwrap_or_default();
            explained(
                format!(
                    "Die Liste überschreitet{place} die Grenze von {} für {}",
                    lang.count(*value),
                    limit_name(lang, *limit)
                ),
                "so groß ist keine Fahrzeugliste: die Datei prüfen oder teilen",
            )
        }
        ListErrorKind::UnclosedQuote { row } => explained(
            format!("Die Zelle in Anführungszeichen, die in Zeile {row} beginnt, endet nirgends"),
            "das Anführungszeichen in dieser Zeile schließen oder verdoppeln, wenn es zum Text gehört",
        ),
        ListErrorKind::NulByte { row } => explained(
            format!("Zeile {row} enthält ein NUL-Byte; das ist keine Liste in Textform"),
            "die Liste als CSV (UTF-8) oder XLSX speichern",
        ),
        ListErrorKind::Encoding { encoding } => explained(
            format!("Die Liste ist kein Text in {encoding}"),
            "--encoding weglassen oder die Liste als CSV (UTF-8) speichern",
        ),
        ListErrorKind::ColumnsMissing {
            fields,
            header_row,
            columns,
        } => {
            let place = header_row.map_or_else(
                || ", und es gibt keine Überschriften".to_owned(),
                |row| format!(" in den Überschriften von Zeile {row}"),
            );
            explained(
                format!(
                    "Keine Spalte für {}{place}; Spalten: {}",
                    fields_text(lang, fields),
                    columns_text(lang, columns)
                ),
                format!(
                    "die Spalte nennen, etwa {}; --year füllt Start und Ende, --registered-at den Registrierungszeitpunkt",
                    map_examples(fields, columns)
                ),
            )
        }
        ListErrorKind::ColumnAmbiguous { field, candidates } => explained(
            format!(
                "Mehrere Spalten könnten {} sein: {}",
                field_name(*field, lang),
                columns_text(lang, candidates)
            ),
            format!("die richtige nennen: {}", map_choices(*field, candidates)),
        ),
        ListErrorKind::MappedColumnNotFound {
            field,
            spec,
            columns,
        } => explained(
            format!(
                "Es gibt keine Spalte {} für {}",
                visible_value(&spec.to_string()),
                field_name(*field, lang)
            ),
            format!("die Spalten sind {}", columns_text(lang, columns)),
        ),
        ListErrorKind::ColumnMappedTwice { column, fields } => explained(
            format!(
                "Spalte {} ist sowohl {} als auch {} zugeordnet",
                column.letters(),
                field_name(fields[0], lang),
                field_name(fields[1], lang)
            ),
            "jedem Wert eine eigene Spalte geben",
        ),
        _ => explained(error.to_string(), "die Datei prüfen"),
    }
}

fn limit_name(lang: Lang, limit: Limit) -> &'static str {
    match limit {
        Limit::RowBytes => lang.pick("Bytes je Zeile", "bytes in a row"),
        Limit::Columns => lang.pick("Spalten", "columns"),
        Limit::WorkbookBytes => lang.pick("Bytes der Arbeitsmappe", "bytes of the workbook"),
        Limit::InflatedBytes => lang.pick(
            "entpackte Bytes der Arbeitsmappe",
            "unpacked bytes of the workbook",
        ),
        Limit::SharedStringsBytes => {
            lang.pick("Bytes der gemeinsamen Texte", "bytes of shared strings")
        }
        Limit::TextBytes => lang.pick("Bytes einer Zelle", "bytes in a cell"),
        Limit::Tags => lang.pick("XML-Marken der Arbeitsmappe", "XML tags of the workbook"),
        Limit::WorkbookEntries => lang.pick("Einträge der Arbeitsmappe", "entries of the workbook"),
        Limit::Cells => lang.pick("Zellen", "cells"),
        Limit::Rows => lang.pick("Zeilen", "rows"),
        _ => lang.pick("die Größe", "the size"),
    }
}

fn fields_text(lang: Lang, fields: &[Field]) -> String {
    fields
        .iter()
        .map(|field| field_name(*field, lang))
        .collect::<Vec<_>>()
        .join(", ")
}

fn columns_text(lang: Lang, columns: &[ColumnRef]) -> String {
    columns
        .iter()
        .map(|column| match &column.header {
            Some(header) => format!(
                "{} {}",
                column.letters(),
                lang.quote(&mask_fins(&visible_value(header)))
            ),
            None => column.letters(),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn quoted(lang: Lang, names: &[String]) -> String {
    names
        .iter()
        .map(|name| lang.quote(&visible_value(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn map_examples(fields: &[Field], columns: &[ColumnRef]) -> String {
    let letter = columns
        .first()
        .map_or_else(|| "A".to_owned(), ColumnRef::letters);
    fields
        .iter()
        .map(|field| format!("--map {field}={letter}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn map_choices(field: Field, candidates: &[ColumnRef]) -> String {
    candidates
        .iter()
        .map(|column| format!("--map {field}={}", column.letters()))
        .collect::<Vec<_>>()
        .join(" / ")
}
