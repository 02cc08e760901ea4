//! Lists in workbooks of Excel 2007 and later, read row by row in the order of the file.
//!
//! [`scan`] reads what it knows in one quick pass; [`cells`] reads the rest with calamine. Both keep the same bounds,
//! so that no archive exhausts memory.

#[cfg(test)]
mod alike;
mod cells;
mod guard;
mod scan;
#[cfg(test)]
mod tests;

use std::io::{BufReader, Cursor, Read, Seek};
use std::ops::ControlFlow;

use zip::ZipArchive;

use crate::error::{Limit, ListError, ListErrorKind};
use crate::header::{self, HEADER_ROWS, Head, Recognised};
use crate::options::{Header, Limits, ListOptions, OpenSource};
use crate::row::Cell;

use guard::Bytes;
use scan::{Scanned, Trouble};

/// An opened workbook whose sheet and columns are known.
pub(crate) struct Workbook {
    book: Book,
    pub(crate) sheet: String,
    pub(crate) other_sheets: Vec<String>,
    pub(crate) recognised: Recognised,
    bounds: Bounds,
    limits: Limits,
}

/// Rows from the top that are looked at for headings, beside those of the header itself.
const LOOKED_AT: usize = HEADER_ROWS + 35;

/// Sheets that calamine looks at in search of headings: it tells of no row that is empty, so nothing else bounds how
/// much it reads for each.
const MOST_SHEETS_BY_CALAMINE: usize = 10;

/// A workbook and who reads it.
enum Book {
    Scanned(Box<Scanned>),
    Calamine(Box<cells::Book>),
    /// While one hands over to the other.
    Nobody,
}

impl Book {
    fn open(bytes: Box<dyn Bytes>, limits: &Limits) -> Result<Self, ListError> {
        let mut bytes = bytes;
        guard::directory(&mut *bytes, limits)?;
        bytes.rewind()?;
        let archive = match ZipArchive::new(bytes) {
            Ok(archive) => archive,
            Err(error) => return Err(ListError::with(ListErrorKind::Workbook, error)),
        };
        match Scanned::open(archive, limits) {
            Ok(scanned) => Ok(Self::Scanned(Box::new(scanned))),
            Err((_, Trouble::Failed(error))) => Err(error),
            Err((archive, Trouble::Unsure)) => Self::by_calamine(archive.into_inner(), limits),
        }
    }

    fn by_calamine(bytes: Box<dyn Bytes>, limits: &Limits) -> Result<Self, ListError> {
        cells::open(bytes, limits).map(|book| Self::Calamine(Box::new(book)))
    }

    fn sheets(&self) -> Vec<(String, bool)> {
        match self {
            Self::Scanned(book) => book.sheets(),
            Self::Calamine(book) => cells::sheets(book),
            Self::Nobody => Vec::new(),
        }
    }

    /// Goes through the rows of a sheet that hold anything.
    fn walk(
        &mut self,
        sheet: &str,
        (bounds, reach): (Bounds, Reach),
        limits: &Limits,
        mut take: impl FnMut(u64, &mut Vec<Cell<'_>>) -> Result<ControlFlow<()>, ListError>,
    ) -> Result<(), ListError> {
        let mut last = 0;
        if let Self::Scanned(book) = self {
            match scan::walk(book, sheet, (bounds, reach), &mut last, &mut take) {
                Ok(()) => return Ok(()),
                Err(Trouble::Failed(error)) => return Err(error),
                Err(Trouble::Unsure) => {}
            }
        }
        if matches!(self, Self::Scanned(_))
            && let Self::Scanned(book) = std::mem::replace(self, Self::Nobody)
        {
            *self = Self::by_calamine(book.into_bytes(), limits)?;
        }
        let Self::Calamine(book) = self else {
            return Err(ListErrorKind::Workbook.into());
        };
        // Rows that were handed over already are not handed over again.
        cells::walk(book, sheet, bounds, |number, cells| {
            if number <= last {
                Ok(ControlFlow::Continue(()))
            } else {
                take(number, cells)
            }
        })
    }
}

impl Workbook {
    /// Opens a workbook; `first` are the bytes that were read from the source already.
    pub(crate) fn open(
        first: Vec<u8>,
        source: OpenSource,
        options: &ListOptions,
    ) -> Result<Self, ListError> {
        let bytes: Box<dyn Bytes> = match source {
            OpenSource::File(file) => Box::new(BufReader::with_capacity(64 << 10, file)),
            OpenSource::Stream(rest) => Box::new(Cursor::new(whole(
                first,
                rest,
                options.limits.workbook_bytes,
            )?)),
        };
        let mut book = Book::open(bytes, &options.limits)?;
        let all = book.sheets();
        let (sheet, recognised) = choose(&mut book, &all, options)?;
        let other_sheets = all
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| *name != sheet)
            .collect();
        let bounds = Bounds::of(options);
        Ok(Self {
            book,
            sheet,
            other_sheets,
            recognised,
            bounds,
            limits: options.limits,
        })
    }

    /// Goes through the rows behind the headings. A row is counted from 1 and never empty.
    pub(crate) fn rows(
        &mut self,
        mut take: impl FnMut(u64, &[Cell<'_>]) -> Result<ControlFlow<()>, ListError>,
    ) -> Result<(), ListError> {
        let skipped = self.recognised.header_row.unwrap_or(0);
        let width = self.recognised.layout.columns.len();
        self.book.walk(
            &self.sheet,
            (self.bounds, Reach::Whole),
            &self.limits,
            |number, cells| {
                if number <= skipped {
                    return Ok(ControlFlow::Continue(()));
                }
                if cells.len() < width {
                    cells.resize(width, Cell::Empty);
                }
                take(number, cells)
            },
        )
    }
}

/// Bounds kept while cells are read.
#[derive(Clone, Copy)]
struct Bounds {
    columns: u32,
    cells: u64,
}

impl Bounds {
    fn of(options: &ListOptions) -> Self {
        Self {
            columns: options.limits.columns,
            cells: options.limits.cells,
        }
    }
}

/// How much of a sheet is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Whole,
    /// Its first rows, to find the headings.
    Top,
}

/// All bytes of a workbook that cannot be read from a file.
fn whole(mut first: Vec<u8>, rest: Box<dyn Read + Send>, most: u64) -> Result<Vec<u8>, ListError> {
    let room = (most + 1).saturating_sub(first.len() as u64);
    rest.take(room).read_to_end(&mut first)?;
    if first.len() as u64 > most {
        return Err(ListError::limit(Limit::WorkbookBytes, most, None));
    }
    Ok(first)
}

/// The sheet that was asked for, else the first visible one with recognisable columns.
fn choose(
    book: &mut Book,
    all: &[(String, bool)],
    options: &ListOptions,
) -> Result<(String, Recognised), ListError> {
    let names = || all.iter().map(|(name, _)| name.clone()).collect();
    if let Some(wanted) = &options.sheet {
        let exact = all.iter().find(|(name, _)| name == wanted);
        let alike = || {
            all.iter()
                .find(|(name, _)| name.to_lowercase() == wanted.to_lowercase())
        };
        let Some((name, _)) = exact.or_else(alike) else {
            return Err(ListErrorKind::SheetNotFound {
                name: wanted.clone(),
                sheets: names(),
            }
            .into());
        };
        let head = head(book, name, options)?;
        return Ok((name.clone(), header::recognise(&head, options, false)?));
    }
    let mut failure = None;
    for (looked, (name, _)) in all.iter().filter(|(_, visible)| *visible).enumerate() {
        if looked >= MOST_SHEETS_BY_CALAMINE && matches!(book, Book::Calamine(_)) {
            break;
        }
        match head(book, name, options).and_then(|head| header::recognise(&head, options, false)) {
            Ok(recognised) => return Ok((name.clone(), recognised)),
            // Many sheets may be one part, over and over.
            Err(error) if is_too_large(&error) => return Err(error),
            Err(error) => {
                // What is wrong with the first sheet that holds anything says most.
                let empty = *error.kind() == ListErrorKind::Empty;
                if failure
                    .as_ref()
                    .is_none_or(|(was_empty, _)| *was_empty && !empty)
                {
                    failure = Some((empty, error));
                }
            }
        }
    }
    Err(failure.map_or_else(|| ListErrorKind::Empty.into(), |(_, error)| error))
}

fn is_too_large(error: &ListError) -> bool {
    let limit = Limit::InflatedBytes;
    matches!(error.kind(), ListErrorKind::Limit { limit: reached, .. } if *reached == limit)
}

/// The first rows of a sheet.
fn head(book: &mut Book, sheet: &str, options: &ListOptions) -> Result<Head, ListError> {
    let last = match options.header {
        Header::Row(row) => row + 8,
        Header::Auto | Header::None => 0,
    };
    let mut head = Head::default();
    book.walk(
        sheet,
        (Bounds::of(options), Reach::Top),
        &options.limits,
        |number, cells| {
            head.rows.push((number, header::texts(cells)));
            let enough = head.rows.len() >= LOOKED_AT && number >= last;
            Ok(if enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        },
    )?;
    Ok(head)
}
