//! From a source to rows: what kind of file it is, how it is read, which column is which.

use std::sync::Arc;

use crate::error::{ListError, ListErrorKind};
use crate::fault::ColumnRef;
use crate::field::Field;
use crate::form::RowForm;
use crate::header::{self, Head, Recognised};
use crate::list::Dialect;
use crate::ndjson;
use crate::options::{Format, Header, ListOptions, OpenSource, Source};
use crate::row::{Layout, RowParser};
use crate::text::blocks::Blocks;
use crate::text::sniff::{self, Text};
use crate::text::{SAMPLE, Syntax, fill};
use crate::workbook::Workbook;

/// A list whose columns are known.
pub(crate) struct OpenedText {
    pub(crate) blocks: Blocks,
    pub(crate) newline: u8,
    /// `None` where quotes mean nothing.
    pub(crate) delimiter: Option<u8>,
    pub(crate) form: RowForm,
    pub(crate) parser: Arc<RowParser>,
    pub(crate) dialect: Arc<Dialect>,
    /// Rows above the data: headings and what stands above them.
    pub(crate) skipped: u64,
    /// Bytes of the file, where known.
    pub(crate) size: Option<u64>,
}

/// A list whose columns are known, of any form.
pub(crate) enum Opened {
    Text(OpenedText),
    Sheet(Box<OpenedSheet>),
}

/// A sheet of a workbook.
pub(crate) struct OpenedSheet {
    pub(crate) workbook: Workbook,
    pub(crate) parser: Arc<RowParser>,
    pub(crate) dialect: Arc<Dialect>,
}

/// Opens a list.
pub(crate) fn open(source: Source, options: &ListOptions) -> Result<Opened, ListError> {
    let (mut reader, size) = source
        .open()
        .map_err(|error| ListError::with(ListErrorKind::Open, error))?;
    let mut first = Vec::new();
    let at_end = fill(&mut reader, &mut first, SAMPLE)?;
    if first.is_empty() {
        return Err(ListErrorKind::Empty.into());
    }
    let format = match (options.format, sniff::form(&first)) {
        // A text that begins with a bracket may still be a list with delimiters, if the caller says so.
        (Some(Format::Csv), Ok(Format::Ndjson) | Err(_)) if looks_like_text(&first) => Format::Csv,
        (Some(wanted), Ok(found)) if wanted != found => {
            return Err(ListErrorKind::NotOfFormat(wanted).into());
        }
        (_, found) => found?,
    };
    match format {
        Format::Xlsx => sheet(first, reader, options).map(|sheet| Opened::Sheet(Box::new(sheet))),
        Format::Csv => csv(
            sniff::text(first, at_end, reader.into_stream(), options)?,
            size,
            options,
        )
        .map(Opened::Text),
        Format::Ndjson => objects(
            sniff::text(first, at_end, reader.into_stream(), options)?,
            size,
            options,
        )
        .map(Opened::Text),
    }
}

fn sheet(
    first: Vec<u8>,
    reader: OpenSource,
    options: &ListOptions,
) -> Result<OpenedSheet, ListError> {
    let workbook = Workbook::open(first, reader, options)?;
    let Recognised { layout, header_row } = workbook.recognised.clone();
    let dialect = Dialect {
        format: Format::Xlsx,
        delimiter: None,
        encoding: None,
        byte_order_mark: false,
        crlf: false,
        sheet: Some(workbook.sheet.clone()),
        other_sheets: workbook.other_sheets.clone(),
        header_row,
        columns: layout.columns.clone(),
        mapping: mapping(&layout),
    };
    let parser = RowParser {
        layout,
        options: Arc::new(options.clone()),
    };
    Ok(OpenedSheet {
        workbook,
        parser: Arc::new(parser),
        dialect: Arc::new(dialect),
    })
}

fn mapping(layout: &Layout) -> Vec<(Field, ColumnRef)> {
    let column = |field| {
        Some((
            field,
            layout.columns.get(layout.place(field)? as usize)?.clone(),
        ))
    };
    Field::ALL.into_iter().filter_map(column).collect()
}

fn looks_like_text(first: &[u8]) -> bool {
    !first.iter().take(4096).any(|&byte| byte == 0)
}

fn csv(text: Text, size: Option<u64>, options: &ListOptions) -> Result<OpenedText, ListError> {
    let mut text = text;
    let delimiter = sniff::delimiter(&text, options);
    sniff::whole_first_row(&mut text, delimiter, options)?;
    let head = sniff::head(&text, delimiter, options);
    let recognised = match header::recognise(&head, options, true) {
        Ok(recognised) => recognised,
        Err(error) => {
            // What is no text has no headings.
            return Err(match sniff::nul(&text, delimiter) {
                Some(row) => ListErrorKind::NulByte { row }.into(),
                None => error,
            });
        }
    };
    Ok(opened(
        text,
        size,
        options,
        recognised,
        Syntax::Csv { delimiter },
    ))
}

fn objects(text: Text, size: Option<u64>, options: &ListOptions) -> Result<OpenedText, ListError> {
    let keys = ndjson::keys(&text);
    if keys.is_empty() {
        return Err(ListErrorKind::NotOfFormat(Format::Ndjson).into());
    }
    let head = Head {
        rows: vec![(0, keys.clone())],
    };
    let options_of_keys = ListOptions {
        header: Header::Row(0),
        ..options.clone()
    };
    let mut recognised = header::recognise(&head, &options_of_keys, false)?;
    recognised.header_row = None;
    Ok(opened(
        text,
        size,
        options,
        recognised,
        Syntax::Ndjson { keys },
    ))
}

fn opened(
    text: Text,
    size: Option<u64>,
    options: &ListOptions,
    recognised: Recognised,
    syntax: Syntax,
) -> OpenedText {
    let Recognised { layout, header_row } = recognised;
    let delimiter = match syntax {
        Syntax::Csv { delimiter } => Some(delimiter),
        Syntax::Ndjson { .. } => None,
    };
    let dialect = Dialect {
        format: if delimiter.is_some() {
            Format::Csv
        } else {
            Format::Ndjson
        },
        delimiter,
        encoding: Some(text.encoding),
        byte_order_mark: text.byte_order_mark,
        crlf: text.crlf,
        sheet: None,
        other_sheets: Vec::new(),
        header_row,
        columns: layout.columns.clone(),
        mapping: mapping(&layout),
    };
    let encoding = text.row_encoding;
    let newline = text.newline;
    OpenedText {
        blocks: Blocks::new(
            text.sample,
            text.complete,
            text.reader,
            delimiter,
            newline,
            &options.limits,
        ),
        newline,
        delimiter,
        form: RowForm::Text { syntax, encoding },
        parser: Arc::new(RowParser {
            layout,
            options: Arc::new(options.clone()),
        }),
        dialect: Arc::new(dialect),
        skipped: header_row.unwrap_or(0),
        size,
    }
}
