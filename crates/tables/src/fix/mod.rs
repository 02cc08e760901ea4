//! A corrected copy of a list: what was read beyond doubt but written differently from how it is sent is rewritten,
//! everything else stays as it is, byte for byte.
//!
//! A correction never changes what a row means: the copy yields the same records as the list. So nothing is made
//! sound that was at fault, no proposal is taken up, and what defaults fill in is not written down.

mod json;
mod log;
mod rules;
mod text;
mod workbook;

use std::fmt;
use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub use log::{Correction, CorrectionKind, Corrections};

use crate::error::{ListError, ListErrorKind};
use crate::list::Dialect;
use crate::open::{self, Opened};
use crate::options::{Format, ListOptions, Source};
use crate::row::Parsed;
use crate::text::fill;
use log::Log;

/// Bytes from the start of a list that tell what kind of copy it gets.
const FIRST: usize = 32;

/// What was corrected.
pub struct FixReport {
    /// How the list was recognised; a text list's copy is the same in all of it.
    pub dialect: Arc<Dialect>,
    /// The form of the copy: that of the list, but CSV for a workbook.
    pub format: Format,
    /// Rows with data: neither blank nor headings.
    pub rows: u64,
    /// Rows with at least one correction.
    pub corrected: u64,
    /// Rows that still have a fault, which only a person can put right.
    pub faulty: u64,
    /// Corrections by kind, in the order of the kinds; kinds that did not occur are left out.
    pub kinds: Vec<(CorrectionKind, u64)>,
    log: Log,
}

impl FixReport {
    fn new(dialect: Arc<Dialect>, format: Format, tally: Tally) -> Self {
        Self {
            dialect,
            format,
            rows: tally.rows,
            corrected: tally.corrected,
            faulty: tally.faulty,
            kinds: tally.log.kinds(),
            log: tally.log,
        }
    }

    /// How many cells were corrected.
    #[must_use]
    pub fn cells(&self) -> u64 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }

    /// All corrections in the order of the list. They are kept in a temporary file where there are many, so that
    /// a list of millions of corrected rows needs no memory for them.
    ///
    /// # Errors
    ///
    /// An item is an error when the temporary file could not be read back.
    pub fn corrections(&mut self) -> Corrections<'_> {
        self.log.corrections(&self.dialect)
    }
}

impl fmt::Debug for FixReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixReport")
            .field("format", &self.format)
            .field("rows", &self.rows)
            .field("corrected", &self.corrected)
            .field("faulty", &self.faulty)
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

/// What has been done so far.
struct Tally {
    rows: u64,
    corrected: u64,
    faulty: u64,
    log: Log,
}

impl Tally {
    fn new() -> Self {
        Self {
            rows: 0,
            corrected: 0,
            faulty: 0,
            log: Log::new(),
        }
    }

    fn count(&mut self, parsed: &Parsed) {
        if !parsed.blank {
            self.rows += 1;
            self.faulty += u64::from(!parsed.is_sound());
        }
    }
}

/// Writes a corrected copy of a list.
///
/// Corrected are, cell by cell: FINs with blanks and separators or in small letters, days to `2026-06-01`, registration
/// times to RFC 3339 with their offset. Cells with a fault stay as they are, and so do rows whose cells cannot be told
/// apart with certainty, times that the clock showed twice, and two-digit years that could be days. A list in text
/// form keeps delimiter, encoding, line ends and all other bytes; an NDJSON list keeps everything but the corrected
/// strings. A workbook is copied to CSV: see [`FixReport::format`].
///
/// ```
/// use finkit_tables::{ListOptions, Source, fix};
///
/// let csv = "FIN;von;bis;Vertragsdatum;Kunde\r\n\
///            wvw-zzze1zmp-000001;01.01.2026;31.12.2026;15.01.2026 10:22;\"4711\"\r\n\
///            WVWZZZE1ZMPO00002;01.06.2026;31.06.2026;1768468953;4712\r\n";
/// let mut copy = Vec::new();
/// let mut report = fix(Source::bytes(csv), &ListOptions::default(), &mut copy)?;
/// assert_eq!(
///     String::from_utf8(copy).unwrap(),
///     "FIN;von;bis;Vertragsdatum;Kunde\r\n\
///      WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T10:22:00+01:00;\"4711\"\r\n\
///      WVWZZZE1ZMPO00002;2026-06-01;31.06.2026;2026-01-15T09:22:33+00:00;4712\r\n",
/// );
/// assert_eq!((report.rows, report.corrected, report.faulty), (2, 2, 1));
/// let first = report.corrections().next().expect("six corrections")?;
/// assert_eq!((first.cell().as_str(), first.kind.code()), ("A2", "fin-separators"));
/// # Ok::<(), finkit_tables::ListError>(())
/// ```
///
/// # Errors
///
/// [`ListError`] when the list cannot be read to its end, [`ListErrorKind::Write`] when the copy cannot be written.
/// What was written until then is no usable copy.
pub fn fix(source: Source, options: &ListOptions, out: impl Write) -> Result<FixReport, ListError> {
    let path = match &source {
        Source::Path(path) => Some(path.clone()),
        Source::Stream(_) => None,
    };
    let (mut reader, size) = source
        .open()
        .map_err(|error| ListError::with(ListErrorKind::Open, error))?;
    let mut first = Vec::new();
    fill(&mut reader, &mut first, FIRST)?;
    let end = Arc::new(AtomicU32::new(0));
    let source = match (path, size) {
        // A workbook in a file is read there, not from front to back.
        (Some(path), Some(_)) if first.starts_with(b"PK") => Source::Path(path),
        _ => Source::Stream(Box::new(Ended {
            inner: Cursor::new(first.clone()).chain(reader),
            end: Arc::clone(&end),
        })),
    };
    let out = Out(io::BufWriter::with_capacity(64 << 10, out));
    match open::open(source, options)? {
        Opened::Text(opened) => text::copy(opened, &first, &end, options, out),
        Opened::Sheet(opened) => workbook::copy(*opened, options, out),
    }
}

/// The copy; its errors are those of writing.
struct Out<W: Write>(io::BufWriter<W>);

impl<W: Write> Out<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ListError> {
        self.0.write_all(bytes).map_err(unwritten)
    }

    fn finish(mut self) -> Result<(), ListError> {
        self.0.flush().map_err(unwritten)
    }
}

fn unwritten(error: io::Error) -> ListError {
    ListError::with(ListErrorKind::Write, error)
}

/// Remembers the last two bytes that were read, for what reads on does not tell whether the last row had a line end.
struct Ended<R> {
    inner: R,
    end: Arc<AtomicU32>,
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut end = self.end.load(Ordering::Relaxed);
        for &byte in &buffer[read.saturating_sub(2)..read] {
            end = end << 8 | u32::from(byte);
        }
        self.end.store(end, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
