//! One writer for all formats, and the file that it writes.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

use super::csv::{CsvForm, CsvTable};
use super::error::{ExportError, ExportErrorKind};
use super::jsonl::JsonLines;
use super::parquet::ParquetTable;
use super::schema::{Schema, Value};
use super::xlsx::{MOST_ROWS, Sheet};
use crate::write::{Existing, OutputFile};

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// JSON Lines: an object per row.
    JsonLines,
    /// A workbook of Excel.
    Xlsx,
    /// Parquet.
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::JsonLines, Self::Xlsx, Self::Parquet];

    /// The name, which is also the ending of a file: `csv`, `jsonl`, `xlsx` or `parquet`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The format that the ending of a file's name stands for.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }

    /// How many rows a table may have, where the format sets a limit.
    #[must_use]
    pub fn most_rows(self) -> Option<u64> {
        (self == Self::Xlsx).then_some(MOST_ROWS)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if is("ndjson") {
            return Ok(Self::JsonLines);
        }
        Self::ALL
            .into_iter()
            .find(|format| is(format.as_str()))
            .ok_or(UnknownFormat(()))
    }
}

/// A text that names no format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a format of tables: csv, jsonl, xlsx or parquet")]
pub struct UnknownFormat(());

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether a file of the name may be replaced.
    pub existing: Existing,
    /// The form of CSV.
    pub csv: CsvForm,
}

impl From<Existing> for Options {
    fn from(existing: Existing) -> Self {
        Self {
            existing,
            ..Self::default()
        }
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Rows, the heading not counted.
    pub rows: u64,
    /// Cells of a workbook that could not hold their whole text.
    pub shortened: u64,
    /// Columns of decimals that became text, since a number has more digits than the column.
    pub as_text: Vec<String>,
}

/// Writes the rows of a table.
///
/// Dropped without [`finish`](Self::finish), it leaves no file behind.
pub struct Writer {
    schema: Schema,
    body: Body,
    rows: u64,
}

type Sink = BufWriter<Target>;

enum Body {
    Csv(Box<CsvTable<Sink>>),
    JsonLines(JsonLines<Sink>),
    Xlsx(Box<Sheet<Sink>>),
    Parquet(Box<ParquetTable<Sink>>),
}

/// Where bytes go.
enum Target {
    File(OutputFile),
    Stream(Box<dyn Write + Send>),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

impl Writer {
    /// Begins a file; it is written beside `path` and gets its name when it is complete.
    ///
    /// # Errors
    /// [`ExportErrorKind::Exists`] when the file exists and may not be replaced, [`ExportErrorKind::Create`] when the
    /// folder cannot be written to, [`ExportErrorKind::TooLarge`] when a sheet has too few columns,
    /// [`ExportErrorKind::Io`] and [`ExportErrorKind::Library`] when writing the heading fails.
    pub fn create(
        path: &Path,
        format: Format,
        schema: &Schema,
        options: impl Into<Options>,
    ) -> Result<Self, ExportError> {
        let options = options.into();
        let file = OutputFile::create(path, options.existing)?;
        let folder = file.folder().to_owned();
        Self::begin(
            Target::File(file),
            Some(&folder),
            format,
            schema,
            options.csv,
        )
    }

    /// Begins a table on standard output or another stream. A stream that ends early stays as it is: only files are
    /// whole or not there.
    ///
    /// # Errors
    /// As [`create`](Self::create), without those of files.
    pub fn stream(
        to: Box<dyn Write + Send>,
        format: Format,
        schema: &Schema,
        csv: CsvForm,
    ) -> Result<Self, ExportError> {
        Self::begin(Target::Stream(to), None, format, schema, csv)
    }

    fn begin(
        target: Target,
        folder: Option<&Path>,
        format: Format,
        schema: &Schema,
        csv: CsvForm,
    ) -> Result<Self, ExportError> {
        let sink = BufWriter::with_capacity(64 << 10, target);
        let body = match format {
            Format::Csv => Body::Csv(Box::new(CsvTable::new(sink, schema, csv)?)),
            Format::JsonLines => Body::JsonLines(JsonLines::new(sink, schema)),
            Format::Xlsx => Body::Xlsx(Box::new(Sheet::new(sink, schema, folder)?)),
            Format::Parquet => Body::Parquet(Box::new(ParquetTable::new(sink, schema)?)),
        };
        Ok(Self {
            schema: schema.clone(),
            body,
            rows: 0,
        })
    }

    /// Adds a row: a value for each column, in their order.
    ///
    /// # Errors
    /// [`ExportErrorKind::Shape`] for a row that doesn't fit the columns, [`ExportErrorKind::TooLarge`] when a sheet
    /// is full, [`ExportErrorKind::Digits`] when a number has more digits than its column in Parquet,
    /// [`ExportErrorKind::Io`] and [`ExportErrorKind::Library`] when writing fails. After any of them the table cannot
    /// be finished in a useful way.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        let columns = self.schema.columns();
        let row = self.rows + 1;
        if values.len() != columns.len() {
            return Err(ExportError::length(row, columns.len(), values.len()));
        }
        for (value, column) in values.iter().zip(columns) {
            if !value.suits(column.kind()) {
                return Err(ExportError::value(row, column.name()));
            }
        }
        match &mut self.body {
            Body::Csv(table) => table.row(values)?,
            Body::JsonLines(table) => table.row(values)?,
            Body::Xlsx(table) => table.row(values)?,
            Body::Parquet(table) => table.row(row, values)?,
        }
        self.rows = row;
        Ok(())
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// [`ExportErrorKind::Io`] and [`ExportErrorKind::Library`] when writing fails, [`ExportErrorKind::Exists`] when a
    /// file of that name has come into being meanwhile and may not be replaced.
    pub fn finish(self) -> Result<Summary, ExportError> {
        let mut summary = Summary {
            rows: self.rows,
            ..Summary::default()
        };
        let sink = match self.body {
            Body::Csv(table) => table.finish()?,
            Body::JsonLines(table) => table.finish(),
            Body::Xlsx(table) => {
                let (sink, shortened) = table.finish()?;
                summary.shortened = shortened;
                sink
            }
            Body::Parquet(table) => table.finish()?,
        };
        match sink.into_inner().map_err(io::IntoInnerError::into_error)? {
            Target::File(file) => file.commit()?,
            Target::Stream(mut stream) => stream.flush()?,
        }
        Ok(summary)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("columns", &self.schema.columns().len())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// Writes a whole file, with the rows that `produce` gives to the writer.
///
/// A number that has more digits than its column in a Parquet file loses none: everything is written once more, with
/// that column as text, and [`Summary::as_text`] names it. So `produce` may be called several times and has to give
/// the same rows each time.
///
/// # Errors
/// Those of [`Writer`], but never [`ExportErrorKind::Digits`], and those of `produce`.
pub fn write_table<E: From<ExportError>>(
    path: &Path,
    format: Format,
    schema: &Schema,
    options: impl Into<Options>,
    mut produce: impl FnMut(&mut dyn FnMut(&[Value<'_>]) -> Result<(), ExportError>) -> Result<(), E>,
) -> Result<Summary, E> {
    let options = options.into();
    let mut schema = schema.clone();
    let mut as_text = Vec::new();
    loop {
        let mut writer = Writer::create(path, format, &schema, options)?;
        let mut too_long = None;
        let produced = produce(&mut |values| {
            let written = writer.row(values);
            if let Err(error) = &written
                && error.kind() == ExportErrorKind::Digits
            {
                too_long = error.digits_at();
            }
            written
        });
        match too_long {
            Some(place) => {
                as_text.push(schema.columns()[place].name().to_owned());
                schema = schema.with_text_at(place);
            }
            None => {
                produced?;
                let summary = writer.finish()?;
                return Ok(Summary { as_text, ..summary });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name_and_ending() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            let path = format!("a.b/articles.{}", format.as_str().to_uppercase());
            assert_eq!(Format::of_path(Path::new(&path)), Some(format));
        }
        assert_eq!("ndjson".parse(), Ok(Format::JsonLines));
        assert_eq!(Format::of_path(Path::new("articles")), None);
        assert_eq!(Format::Xlsx.most_rows(), Some(1_048_575));
        assert_eq!(Format::Parquet.most_rows(), None);
    }
}
