//! What `check` says around the explanations of faults.

use finkit_tables::explain::{Lang, field_name, mask_fins, visible_value};
use finkit_tables::{CheckReport, ColumnRef, Dialect, Totals};

/// How the list was read, so that a wrong guess is seen.
pub(crate) fn read_as(lang: Lang, dialect: &Dialect) -> String {
    let mut form = dialect.format.code().to_uppercase();
    if let Some(sheet) = &dialect.sheet {
        form.push_str(lang.pick(", Blatt ", ", sheet "));
        form.push_str(&lang.quote(&visible_value(sheet)));
    }
    if let Some(delimiter) = dialect.delimiter {
        let shown = if delimiter == b'\t' {
            "Tab".to_owned()
        } else {
            format!("`{}`", char::from(delimiter))
        };
        form.push_str(lang.pick(", Trennzeichen ", ", delimiter "));
        form.push_str(&shown);
    }
    if let Some(encoding) = dialect.encoding {
        form.push_str(", ");
        form.push_str(encoding.code());
    }
    match dialect.header_row {
        Some(row) => form.push_str(&match lang {
            Lang::De => format!(", Überschriften in Zeile {row}"),
            Lang::En => format!(", headings in row {row}"),
        }),
        None => form.push_str(lang.pick(", ohne Überschriften", ", without headings")),
    }
    let columns = dialect
        .mapping
        .iter()
        .map(|(field, column)| {
            format!(
                "{} = {}",
                field_name(*field, lang),
                column_name(lang, column)
            )
        })
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "{}: {form}\n{}: {columns}",
        lang.pick("Gelesen als", "Read as"),
        lang.pick("Spalten", "Columns")
    )
}

fn column_name(lang: Lang, column: &ColumnRef) -> String {
    match &column.header {
        Some(header) => format!(
            "{} {}",
            column.letters(),
            lang.quote(&mask_fins(&visible_value(header)))
        ),
        None => column.letters(),
    }
}

/// The totals in one line.
pub(crate) fn totals(lang: Lang, totals: &Totals) -> String {
    let mut text = match lang {
        Lang::De => format!(
            "{}: {} in Ordnung, {} mit Fehlern",
            lang.rows(totals.rows),
            lang.count(totals.sound),
            lang.count(totals.faulty)
        ),
        Lang::En => format!(
            "{}: {} sound, {} with faults",
            lang.rows(totals.rows),
            lang.count(totals.sound),
            lang.count(totals.faulty)
        ),
    };
    if totals.in_conflict > 0 {
        text.push_str(&match lang {
            Lang::De => format!(
                "; von den {} in Ordnung stehen {} im Konflikt mit einer anderen Zeile",
                lang.count(totals.sound),
                lang.count(totals.in_conflict)
            ),
            Lang::En => format!(
                "; of the {} sound ones {} conflict with another row",
                lang.count(totals.sound),
                lang.count(totals.in_conflict)
            ),
        });
    }
    if totals.warned > 0 {
        text.push_str(&match lang {
            Lang::De => format!("; {} mit Warnung", lang.count(totals.warned)),
            Lang::En => format!("; {} with a warning", lang.count(totals.warned)),
        });
    }
    text
}

/// The closing line.
pub(crate) fn verdict(lang: Lang, report: &CheckReport) -> &'static str {
    if report.totals.rows == 0 {
        lang.pick(
            "Die Liste hat keine Datenzeilen.",
            "The list has no rows of data.",
        )
    } else if report.is_clean() {
        lang.pick(
            "Die Liste kann übergeben werden. Nichts wurde gesendet, nichts verrechnet.",
            "The list can be submitted. Nothing was sent, nothing billed.",
        )
    } else {
        lang.pick(
            "Erst berichtigen, dann übergeben. Nichts wurde gesendet, nichts verrechnet.",
            "Correct it first, then submit. Nothing was sent, nothing billed.",
        )
    }
}
