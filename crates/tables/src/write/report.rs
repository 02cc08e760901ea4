//! Any format of report behind one type, to a file or to any other target.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use super::csv::{CsvStyle, CsvWriter};
use super::error::WriteError;
use super::file::{Existing, OutputFile};
use super::html::HtmlWriter;
use super::jsonl::JsonLinesWriter;
use super::row::{ReportHead, ResultRow, Summary};
use super::xlsx::XlsxWriter;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    /// CSV in the style of the list.
    Csv,
    /// A workbook with one sheet per outcome.
    Xlsx,
    /// JSON Lines, for programs.
    JsonLines,
    /// One self-contained page, for people.
    Html,
}

/// The word or the file ending names no form of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of csv, xlsx, jsonl, html")]
pub struct UnknownReportFormat;

impl ReportFormat {
    /// All formats.
    pub const ALL: [ReportFormat; 4] = [
        ReportFormat::Csv,
        ReportFormat::Xlsx,
        ReportFormat::JsonLines,
        ReportFormat::Html,
    ];

    /// The word for it, which is also the usual file ending.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ReportFormat::Csv => "csv",
            ReportFormat::Xlsx => "xlsx",
            ReportFormat::JsonLines => "jsonl",
            ReportFormat::Html => "html",
        }
    }

    /// The form that a file name asks for by its ending.
    ///
    /// # Errors
    /// [`UnknownReportFormat`] for any other ending, or none.
    ///
    /// ```
    /// use finkit_tables::write::ReportFormat;
    ///
    /// assert_eq!(ReportFormat::of("bericht.HTML".as_ref()), Ok(ReportFormat::Html));
    /// assert!(ReportFormat::of("bericht.pdf".as_ref()).is_err());
    /// ```
    pub fn of(path: &Path) -> Result<ReportFormat, UnknownReportFormat> {
        path.extension()
            .and_then(|e| e.to_str())
            .ok_or(UnknownReportFormat)?
            .parse()
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for ReportFormat {
    type Err = UnknownReportFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "csv" => Ok(ReportFormat::Csv),
            "xlsx" => Ok(ReportFormat::Xlsx),
            "jsonl" | "ndjson" | "json" => Ok(ReportFormat::JsonLines),
            "html" | "htm" => Ok(ReportFormat::Html),
            _ => Err(UnknownReportFormat),
        }
    }
}

/// A report under way, of any format.
#[derive(Debug)]
pub enum ReportWriter<W: Write + Send> {
    /// CSV.
    Csv(Box<CsvWriter<W>>),
    /// A workbook.
    Xlsx(Box<XlsxWriter<W>>),
    /// JSON Lines.
    JsonLines(Box<JsonLinesWriter<W>>),
    /// A page.
    Html(Box<HtmlWriter<W>>),
}

impl<W: Write + Send> ReportWriter<W> {
    /// Begins a report. `style` matters for CSV only.
    ///
    /// # Errors
    /// As the writer of the format.
    pub fn new(
        to: W,
        format: ReportFormat,
        head: ReportHead,
        style: CsvStyle,
    ) -> Result<ReportWriter<W>, WriteError> {
        Ok(match format {
            ReportFormat::Csv => ReportWriter::Csv(Box::new(CsvWriter::new(to, head, style)?)),
            ReportFormat::Xlsx => ReportWriter::Xlsx(Box::new(XlsxWriter::new(to, head)?)),
            ReportFormat::JsonLines => {
                ReportWriter::JsonLines(Box::new(JsonLinesWriter::new(to, head)?))
            }
            ReportFormat::Html => ReportWriter::Html(Box::new(HtmlWriter::new(to, head))),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As the writer of the format.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        match self {
            ReportWriter::Csv(writer) => writer.row(row),
            ReportWriter::Xlsx(writer) => writer.row(row),
            ReportWriter::JsonLines(writer) => writer.row(row),
            ReportWriter::Html(writer) => writer.row(row),
        }
    }

    /// Ends the report and gives the target back.
    ///
    /// # Errors
    /// As the writer of the format.
    pub fn finish(self) -> Result<(W, Summary), WriteError> {
        match self {
            ReportWriter::Csv(writer) => writer.finish(),
            ReportWriter::Xlsx(writer) => writer.finish(),
            ReportWriter::JsonLines(writer) => writer.finish(),
            ReportWriter::Html(writer) => writer.finish(),
        }
    }
}

/// A report in a file that appears under its name when it is complete.
///
/// ```
/// use finkit_tables::explain::Lang;
/// use finkit_tables::write::{
///     CsvStyle, Existing, Outcome, ReportFile, ReportFormat, ReportHead, ReportKind, ResultRow,
/// };
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("report.html");
/// let head = ReportHead {
///     lang: Lang::De,
///     kind: ReportKind::Check,
///     list_name: "fleet.xlsx".into(),
///     job: None,
///     created_at: "2026-11-21T10:00:00+01:00".parse()?,
///     show_fins: false,
///     notes: Vec::new(),
///     carried: Vec::new(),
/// };
/// let mut report = ReportFile::create(
///     &path,
///     ReportFormat::of(&path)?,
///     head,
///     CsvStyle::excel(Lang::De),
///     Existing::Refuse,
/// )?;
/// report.row(&ResultRow::new(2, Outcome::Sound))?;
/// let summary = report.finish()?;
/// assert_eq!(summary.tally.of(Outcome::Sound), 1);
/// assert!(std::fs::read_to_string(&path)?.contains("In Ordnung"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReportFile {
    writer: ReportWriter<OutputFile>,
}

impl ReportFile {
    /// Begins a report beside its later name.
    ///
    /// # Errors
    /// As [`OutputFile::create`] and the writer of the format.
    pub fn create(
        path: &Path,
        format: ReportFormat,
        head: ReportHead,
        style: CsvStyle,
        existing: Existing,
    ) -> Result<ReportFile, WriteError> {
        let file = OutputFile::create(path, existing)?;
        let folder = file.folder().to_path_buf();
        let writer = match ReportWriter::new(file, format, head, style)? {
            ReportWriter::Xlsx(writer) => ReportWriter::Xlsx(Box::new(writer.waiting_in(&folder)?)),
            other => other,
        };
        Ok(ReportFile { writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As the writer of the format.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        self.writer.row(row)
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// As the writer of the format and [`OutputFile::commit`]; an older file of
    /// that name is then as it was.
    pub fn finish(self) -> Result<Summary, WriteError> {
        let (file, summary) = self.writer.finish()?;
        file.commit()?;
        Ok(summary)
    }
}
