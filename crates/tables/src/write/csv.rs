//! Results as CSV in the form of the list, so that what opened the list opens the report.

use std::borrow::Cow;
use std::io::{BufWriter, Write};

use super::columns;
use super::encode::Transcoder;
use super::error::WriteError;
use super::formula::guard;
use super::row::{ReportHead, ResultRow, Summary};
use crate::explain::{Lang, steers, visible_where};
use crate::list::Dialect;
use crate::options::Encoding;

/// The form of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvStyle {
    /// The delimiter, an ASCII character.
    pub delimiter: u8,
    /// The encoding.
    pub encoding: Encoding,
    /// Whether the file begins with a byte order mark. Without it Excel takes UTF-8
    /// for Windows-1252 and spoils every umlaut.
    pub byte_order_mark: bool,
    /// Whether rows end in CR LF, as Excel writes them.
    pub crlf: bool,
}

impl CsvStyle {
    /// What Excel opens without questions in the language: semicolons in German,
    /// commas in English, UTF-8 with a byte order mark, CR LF.
    #[must_use]
    pub fn excel(lang: Lang) -> CsvStyle {
        CsvStyle {
            delimiter: lang.pick(b';', b','),
            encoding: Encoding::Utf8,
            byte_order_mark: true,
            crlf: true,
        }
    }

    /// The same delimiter, encoding and line ends as the list, where it was CSV;
    /// what [`excel`](CsvStyle::excel) says for other lists.
    ///
    /// UTF-8 always gets a byte order mark: a list without umlauts needs none, but
    /// the report has them in its headings.
    #[must_use]
    pub fn like(dialect: &Dialect, lang: Lang) -> CsvStyle {
        let (Some(delimiter), Some(encoding)) = (dialect.delimiter, dialect.encoding) else {
            return CsvStyle::excel(lang);
        };
        CsvStyle {
            delimiter,
            encoding,
            byte_order_mark: encoding != Encoding::Windows1252,
            crlf: dialect.crlf,
        }
    }

    /// For pipes and programs: no byte order mark, LF.
    #[must_use]
    pub fn plain(self) -> CsvStyle {
        CsvStyle {
            byte_order_mark: false,
            crlf: false,
            ..self
        }
    }
}

/// Writes rows as CSV, one by one and without keeping any.
///
/// Values that a spreadsheet could take for a formula get an apostrophe in front
/// (see [`formula`](super::formula)), and characters that steer a terminal are
/// made visible; line breaks inside a value stay, quoted.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    head: ReportHead,
    csv: csv::Writer<Transcoder<BufWriter<W>>>,
    summary: Summary,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the headings.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when `to` fails.
    pub fn new(to: W, head: ReportHead, style: CsvStyle) -> Result<CsvWriter<W>, WriteError> {
        let to = Transcoder::new(BufWriter::new(to), style.encoding, style.byte_order_mark)?;
        let mut csv = csv::WriterBuilder::new()
            .delimiter(style.delimiter)
            .terminator(match style.crlf {
                true => csv::Terminator::CRLF,
                false => csv::Terminator::Any(b'\n'),
            })
            .from_writer(to);
        for heading in columns::headings(&head) {
            csv.write_field(clean(&guard(&heading)).as_bytes())?;
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(CsvWriter {
            head,
            csv,
            summary: Summary::default(),
        })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`WriteErrorKind::Shape`](super::WriteErrorKind::Shape) for a row with
    /// another number of carried values than headings,
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when writing fails.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        row.fits(&self.head)?;
        for cell in columns::cells(&self.head, row) {
            self.csv.write_field(clean(&guard(&cell)).as_bytes())?;
        }
        self.csv.write_record(None::<&[u8]>)?;
        self.summary.tally.add(row.outcome);
        Ok(())
    }

    /// Writes what is buffered and gives the target back.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when writing fails.
    pub fn finish(self) -> Result<(W, Summary), WriteError> {
        let mut summary = self.summary;
        let transcoder = self
            .csv
            .into_inner()
            .map_err(|e| WriteError::from(e.into_error()))?;
        summary.replaced = transcoder.replaced();
        let buffer = transcoder.into_inner();
        let to = buffer
            .into_inner()
            .map_err(|e| WriteError::from(e.into_error()))?;
        Ok((to, summary))
    }
}

/// Control characters and changes of direction made visible; line breaks and tabs
/// stay, they are quoted.
fn clean(text: &str) -> Cow<'_, str> {
    visible_where(text, |c| steers(c) && !matches!(c, '\n' | '\r' | '\t'))
}
