//! From a source to rows: what kind of file it is, how it is read, which column is which.

use std::sync::Arc;

use crate::error::{ListError, ListErrorKind};
use crate::field::Field;
use crate::form::RowForm;
use crate::header::{self, Head, Recognised};
use crate::list::Dialect;
use crate::ndjson;
use crate::options::{Format, Header, ListOptions, Source};
use crate::row::RowParser;
use crate::text::blocks::Blocks;
use crate::text::sniff::{self, Text};
use crate::text::{SAMPLE, Syntax, fill};

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

/// Opens a list.
pub(crate) fn open(source: Source, options: &ListOptions) -> Result<OpenedText, ListError> {
    let (mut reader, size) = source
        .open()
        .map_err(|error| ListError::with(ListErrorKind::Open, error))?;
    let mut first = Vec::new();
    let at_end = fill(&mut *reader, &mut first, SAMPLE)?;
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
        Format::Xlsx => Err(ListErrorKind::Unsupported("xlsx").into()),
        Format::Csv => csv(sniff::text(first, at_end, reader, options)?, size, options),
        Format::Ndjson => objects(sniff::text(first, at_end, reader, options)?, size, options),
    }
}

fn looks_like_text(first: &[u8]) -> bool {
    !first.iter().take(4096).any(|&byte| byte == 0)
}

fn csv(text: Text, size: Option<u64>, options: &ListOptions) -> Result<OpenedText, ListError> {
    let delimiter = sniff::delimiter(&text, options);
    let head = sniff::head(&text, delimiter, options);
    let recognised = header::recognise(&head, options, true)?;
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
    let mapping = Field::ALL
        .into_iter()
        .filter_map(|field| {
            Some((
                field,
                layout.columns.get(layout.place(field)? as usize)?.clone(),
            ))
        })
        .collect();
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
        mapping,
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
