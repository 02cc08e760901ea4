//! `finkit finfo export`: the catalogue as a table, for Excel, a data warehouse or an ERP.

use std::io::Write as _;
use std::path::Path;

use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{Catalogue, CatalogueError, RowFilter, RowKey, StoredRow};
use finkit_finfo::export::{ExportColumn, ExportKind, ExportValue, export};
use finkit_finfo::wire::WireError;
use finkit_store::SqliteCatalogue;
use finkit_tables::explain::{Lang, visible_line};
use finkit_tables::export::{
    Column, CsvForm, ExportError, ExportErrorKind, Format as Table, Kind, Schema, Summary, Value,
    Writer, write_table,
};
use finkit_tables::write::Existing;
use serde::Serialize;

use crate::args::finfo::Export;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue::existing;
use crate::finfo::failure::from_catalogue;

/// Rows that are read at a time.
const BATCH: usize = 1000;
/// Digits of a number in Parquet, and how many of them stand behind the point.
const DECIMAL: Kind = Kind::Decimal {
    precision: 18,
    scale: 4,
};

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Export) -> Outcome {
    let format = format(args)?;
    let columns = Columns::of(args);
    let schema = columns
        .schema()
        .map_err(|error| unwritten(error, &args.file))?;
    let mut catalogue = existing(context)?;
    let filters = filters(args);
    if args.file == Path::new("-") {
        return to_stream(&mut catalogue, &filters, &columns, &schema, format);
    }
    let existing = if args.overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let summary = write_table(&args.file, format, &schema, existing, |put| {
        each(&mut catalogue, &filters, |row| columns.put(row, put))
    });
    let summary = summary.map_err(|stop| stop.failure(&args.file))?;
    tell(context, args, format, &summary)?;
    Ok(Exit::Done)
}

/// The format: as given, else as the file's name ends.
fn format(args: &Export) -> Outcome<Table> {
    if let Some(format) = args.to {
        return Ok(format);
    }
    Table::of_path(&args.file).ok_or_else(|| {
        Failure::usage(format!(
            "the name {} doesn't say which format to write",
            visible_line(&args.file.display().to_string())
        ))
        .hint("let it end in .csv, .jsonl, .xlsx or .parquet, or give --to")
    })
}

fn filters(args: &Export) -> Vec<RowFilter> {
    let mut filter = RowFilter::new(args.dataset);
    if let Some(since) = args.since {
        filter = filter.changed_since(since);
    }
    let mut suppliers: Vec<FinfoSupplierId> = args.supplier.clone();
    suppliers.sort();
    suppliers.dedup();
    if suppliers.is_empty() {
        return vec![filter];
    }
    suppliers
        .into_iter()
        .map(|supplier| filter.of_supplier(supplier))
        .collect()
}

/// Why an export ended early.
enum Stop {
    Catalogue(CatalogueError),
    Table(ExportError),
    Row(WireError),
}

impl From<ExportError> for Stop {
    fn from(error: ExportError) -> Self {
        Self::Table(error)
    }
}

impl Stop {
    fn failure(self, file: &Path) -> Failure {
        match self {
            Self::Catalogue(error) => from_catalogue(error),
            Self::Table(error) => unwritten(error, file),
            Self::Row(error) => {
                Failure::local("the catalogue is damaged: a stored row can't be read")
                    .caused_by(error)
                    .hint("restore a copy, or move the catalogue away and run `finkit finfo sync`")
            }
        }
    }
}

/// Hands out the rows of all filters, a batch at a time.
fn each(
    catalogue: &mut SqliteCatalogue,
    filters: &[RowFilter],
    mut put: impl FnMut(&StoredRow) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for filter in filters {
        let mut after: Option<RowKey<'static>> = None;
        loop {
            let rows = catalogue
                .rows(filter, after.as_ref(), BATCH)
                .map_err(Stop::Catalogue)?;
            let Some(last) = rows.last() else {
                break;
            };
            after = Some(last.key.clone());
            for row in &rows {
                put(row)?;
            }
        }
    }
    Ok(())
}

fn to_stream(
    catalogue: &mut SqliteCatalogue,
    filters: &[RowFilter],
    columns: &Columns,
    schema: &Schema,
    format: Table,
) -> Outcome {
    let name = Path::new("-");
    let out = Box::new(std::io::stdout());
    let mut writer = Writer::stream(out, format, schema, CsvForm::default())
        .map_err(|error| unwritten(error, name))?;
    let mut put = |values: &[Value<'_>]| writer.row(values);
    each(catalogue, filters, |row| columns.put(row, &mut put))
        .map_err(|stop| stop.failure(name))?;
    writer.finish().map_err(|error| unwritten(error, name))?;
    std::io::stdout()
        .flush()
        .map_err(crate::output::Output::gone)?;
    Ok(Exit::Done)
}

fn unwritten(error: ExportError, file: &Path) -> Failure {
    if error.io_kind() == Some(std::io::ErrorKind::BrokenPipe) {
        return Failure::broken_pipe();
    }
    let what = format!(
        "{} can't be written",
        visible_line(&file.display().to_string())
    );
    let (exit, hint) = match error.kind() {
        ExportErrorKind::Exists => (
            Exit::Usage,
            "the file is there already and stays; choose another name, or give --overwrite",
        ),
        ExportErrorKind::Create => (
            Exit::Usage,
            "look at the folder and whether you may write to it",
        ),
        ExportErrorKind::TooLarge => (
            Exit::Usage,
            "write .csv, .jsonl or .parquet, or fewer rows with --supplier or --since",
        ),
        ExportErrorKind::Io => (Exit::LocalState, "look at the space of the disk"),
        _ => (Exit::LocalState, "choose another format with --to"),
    };
    Failure::new(exit, what).caused_by(error).hint(hint)
}

/// What a table has of each row.
struct Columns(Vec<ExportColumn>);

impl Columns {
    fn of(args: &Export) -> Self {
        let mut columns = if args.columns.is_empty() {
            ExportColumn::all(args.dataset)
        } else {
            args.columns.clone()
        };
        if args.json {
            columns.push(ExportColumn::Json);
        }
        Self(columns)
    }

    fn schema(&self) -> Result<Schema, ExportError> {
        Schema::new(self.0.iter().map(|column| {
            let kind = match column.kind() {
                ExportKind::Decimal => DECIMAL,
                ExportKind::Day => Kind::Date,
                ExportKind::Moment => Kind::Moment,
                ExportKind::Flag => Kind::Boolean,
                ExportKind::Json => Kind::Json,
                _ => Kind::Text,
            };
            Column::new(column.name(), kind)
        }))
    }

    /// Gives the values of a row to `put`.
    fn put(
        &self,
        row: &StoredRow,
        put: &mut dyn FnMut(&[Value<'_>]) -> Result<(), ExportError>,
    ) -> Result<(), Stop> {
        let mut values = Vec::with_capacity(self.0.len());
        export(row, &self.0, &mut values).map_err(Stop::Row)?;
        let values: Vec<Value<'_>> = values.into_iter().map(value).collect();
        Ok(put(&values)?)
    }
}

fn value(value: ExportValue<'_>) -> Value<'_> {
    match value {
        ExportValue::Text(text) => Value::Text(text),
        ExportValue::Decimal(number) => Value::Decimal {
            coefficient: number.coefficient(),
            scale: number.scale(),
        },
        ExportValue::Day(day) => Value::Date(day),
        ExportValue::Moment(moment) => Value::Moment(moment),
        ExportValue::Flag(flag) => Value::Boolean(flag),
        ExportValue::Json(json) => Value::Json(json),
        _ => Value::Null,
    }
}

#[derive(Serialize)]
struct ExportLine<'a> {
    file: String,
    format: &'static str,
    dataset: &'static str,
    rows: u64,
    shortened: u64,
    as_text: &'a [String],
}

fn tell(context: &Context, args: &Export, format: Table, summary: &Summary) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    let file = args.file.display().to_string();
    let rows = lang.rows(summary.rows);
    output.human(&format!("{rows} → {}", visible_line(&file)))?;
    if summary.shortened > 0 {
        let cells = lang.count(summary.shortened);
        output.human(&match lang {
            Lang::De => format!("{cells} Zellen fassen ihren Text nicht ganz; andere Formate haben keine solche Grenze."),
            Lang::En => format!("{cells} cells can't hold their whole text; other formats have no such limit."),
        })?;
    }
    if !summary.as_text.is_empty() {
        let columns = summary.as_text.join(", ");
        output.human(&match lang {
            Lang::De => {
                format!("Als Text, weil eine Zahl mehr Ziffern hat als die Spalte: {columns}")
            }
            Lang::En => {
                format!("As text, since a number has more digits than the column: {columns}")
            }
        })?;
    }
    output.json(
        "finfo-export",
        &ExportLine {
            file,
            format: format.as_str(),
            dataset: args.dataset.as_str(),
            rows: summary.rows,
            shortened: summary.shortened,
            as_text: &summary.as_text,
        },
    )
}
