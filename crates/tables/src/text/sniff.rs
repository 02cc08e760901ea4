//! What kind of file this is, judged by its first bytes: form, encoding, line ends, delimiter.

use std::io::{Cursor, Read};

use crate::error::{Limit, ListError, ListErrorKind};
use crate::header::{self, Head};
use crate::options::{Encoding, Format, Header, ListOptions};
use crate::text::decode::{self, RowEncoding, Utf16Reader};
use crate::text::rows::{self, RowEnd};
use crate::text::{SAMPLE, fill};

/// How many rows from the top are looked at.
const ROWS: usize = 60;

/// Delimiters in a row of headings beyond the columns there may be: they stand in quotes or behind the last heading.
const LONGEST_HEADING: u64 = 10_000;

/// The delimiters that are recognised.
const DELIMITERS: [u8; 4] = *b";,\t|";

/// A text file, recognised.
pub(crate) struct Text {
    /// The rest of the file behind `sample`.
    pub(crate) reader: Box<dyn Read + Send>,
    /// The first part of the file in UTF-8 or Windows-1252, without byte order mark and `sep=` line.
    pub(crate) sample: Vec<u8>,
    /// Whether the sample is the whole file.
    pub(crate) complete: bool,
    pub(crate) encoding: Encoding,
    pub(crate) row_encoding: RowEncoding,
    pub(crate) byte_order_mark: bool,
    pub(crate) newline: u8,
    pub(crate) crlf: bool,
    /// A delimiter named by the file itself (`sep=;`).
    pub(crate) named_delimiter: Option<u8>,
}

/// The first bytes of a file and what they say about its form.
pub(crate) fn form(first: &[u8]) -> Result<Format, ListError> {
    let unsupported = |kind| Err(ListErrorKind::Unsupported(kind).into());
    if first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06") {
        return Ok(Format::Xlsx);
    }
    if first.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        // A workbook with a password is a container of the old kind.
        let protected: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let found = memchr::memmem::find(first, &protected).is_some();
        return unsupported(if found { "protected-workbook" } else { "xls" });
    }
    for (magic, kind) in [
        (&b"%PDF-"[..], "pdf"),
        (b"\x1F\x8B", "gzip"),
        (b"{\\rtf", "rtf"),
        (b"\x89PNG", "png"),
        (b"\xFF\xD8\xFF", "jpeg"),
        (b"SQLite format 3\0", "sqlite"),
        (b"PAR1", "parquet"),
        (b"7z\xBC\xAF\x27\x1C", "7z"),
        (b"Rar!\x1A\x07", "rar"),
    ] {
        if first.starts_with(magic) {
            return unsupported(kind);
        }
    }
    let text = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    let text = text.trim_ascii_start();
    if text.starts_with(b"{") {
        return Ok(Format::Ndjson);
    }
    if text.starts_with(b"[{")
        || text
            .strip_prefix(b"[")
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
    {
        return unsupported("json-array");
    }
    for tag in [&b"<html"[..], b"<!doctype", b"<table", b"<?xml"] {
        if text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag) {
            return unsupported(if tag == b"<?xml" { "xml" } else { "html" });
        }
    }
    Ok(Format::Csv)
}

/// Looks at the encoding and the line ends; `first` are the bytes already read, `at_end` whether they are all.
pub(crate) fn text(
    mut first: Vec<u8>,
    at_end: bool,
    rest: Box<dyn Read + Send>,
    options: &ListOptions,
) -> Result<Text, ListError> {
    let mut byte_order_mark = true;
    let encoding = if first.starts_with(&[0xEF, 0xBB, 0xBF]) {
        first.drain(..3);
        Encoding::Utf8
    } else if first.starts_with(&[0xFF, 0xFE]) {
        Encoding::Utf16Le
    } else if first.starts_with(&[0xFE, 0xFF]) {
        Encoding::Utf16Be
    } else {
        byte_order_mark = false;
        unmarked(&first, at_end)
    };
    let encoding = match (options.encoding, encoding) {
        // What a byte order mark says is certain.
        (Some(wanted), _) if !byte_order_mark => wanted,
        (_, found) => found,
    };
    let (mut sample, mut reader, mut complete) = (first, rest, at_end);
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        let whole: Box<dyn Read + Send> =
            Box::new(Cursor::new(std::mem::take(&mut sample)).chain(reader));
        reader = Box::new(Utf16Reader::new(whole, encoding == Encoding::Utf16Be));
        complete = fill(&mut *reader, &mut sample, SAMPLE)?;
    }
    let row_encoding = match encoding {
        Encoding::Windows1252 => RowEncoding::Windows1252,
        _ => RowEncoding::Utf8OrWindows1252,
    };
    let newline = if sample.contains(&b'\n') || !sample.contains(&b'\r') {
        b'\n'
    } else {
        b'\r'
    };
    let mut named_delimiter = None;
    let line = sample
        .iter()
        .position(|&byte| byte == newline)
        .unwrap_or(sample.len());
    if let Some(rest) = sample
        .get(..5)
        .filter(|start| start[..4].eq_ignore_ascii_case(b"sep="))
        && rows::without_return(&sample[..line]).len() == 5
    {
        named_delimiter = Some(rest[4]);
        sample.drain(..(line + 1).min(sample.len()));
    }
    let crlf = sample
        .iter()
        .position(|&byte| byte == b'\n')
        .is_some_and(|end| end > 0 && sample[end - 1] == b'\r');
    Ok(Text {
        reader,
        sample,
        complete,
        encoding,
        row_encoding,
        byte_order_mark,
        newline,
        crlf,
        named_delimiter,
    })
}

/// The encoding of a text without byte order mark: UTF-16 by its many NUL bytes, else UTF-8, else Windows-1252.
fn unmarked(first: &[u8], at_end: bool) -> Encoding {
    let look = &first[..first.len().min(4096)];
    let nuls = |odd: usize| {
        look.iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    let half = look.len() / 2;
    if look.len() >= 8 && odd * 2 > half && even * 8 < half.max(8) {
        Encoding::Utf16Le
    } else if look.len() >= 8 && even * 2 > half && odd * 8 < half.max(8) {
        Encoding::Utf16Be
    } else if decode::is_utf8(first) && !(at_end && std::str::from_utf8(first).is_err()) {
        Encoding::Utf8
    } else {
        Encoding::Windows1252
    }
}

/// Reads on until the first row with anything in it is whole, so that headings are never cut; an error where it does
/// not end within the limits, or never.
pub(crate) fn whole_first_row(
    text: &mut Text,
    delimiter: u8,
    options: &ListOptions,
) -> Result<(), ListError> {
    let limits = options.limits;
    let mut start = 0;
    let mut number = 1;
    loop {
        let end = rows::row_end(&text.sample, start, delimiter, text.newline);
        if let RowEnd::At(end) = end {
            let row = &text.sample[start..end];
            if !row.iter().all(u8::is_ascii_whitespace) {
                return Ok(());
            }
            start = end + 1;
            number += 1;
            continue;
        }
        let row = &text.sample[start..];
        let unclosed = end == RowEnd::InQuotes;
        if text.complete {
            return match unclosed {
                true => Err(ListErrorKind::UnclosedQuote { row: number }.into()),
                false => Ok(()),
            };
        }
        if row.contains(&0) {
            return Err(ListErrorKind::NulByte { row: number }.into());
        }
        let cells = memchr::memchr_iter(delimiter, row).count() as u64;
        if !unclosed && cells > u64::from(limits.columns) + LONGEST_HEADING {
            let most = u64::from(limits.columns);
            return Err(ListError::limit(Limit::Columns, most, Some(number)));
        }
        if row.len() > limits.row_bytes {
            return Err(match unclosed {
                true => ListErrorKind::UnclosedQuote { row: number }.into(),
                false => ListError::limit(Limit::RowBytes, limits.row_bytes as u64, Some(number)),
            });
        }
        let wanted = text.sample.len() + SAMPLE;
        text.complete = fill(&mut *text.reader, &mut text.sample, wanted)?;
    }
}

/// The row that holds the first NUL byte of the sample.
pub(crate) fn nul(text: &Text, delimiter: u8) -> Option<u64> {
    let nul = memchr::memchr(0, &text.sample)?;
    let mut row = 1;
    let mut at = 0;
    while let RowEnd::At(end) = rows::row_end(&text.sample, at, delimiter, text.newline)
        && end < nul
    {
        at = end + 1;
        row += 1;
    }
    Some(row)
}

/// The first rows of the sample as texts, as many as are whole.
pub(crate) fn head(text: &Text, delimiter: u8, options: &ListOptions) -> Head {
    let wanted = match options.header {
        Header::Row(row) => ROWS.max(usize::try_from(row).unwrap_or(ROWS) + 8),
        _ => ROWS,
    };
    let mut head = Head::default();
    let mut at = 0;
    let mut number = 0;
    while at < text.sample.len() && head.rows.len() < wanted {
        let (row, next) = match rows::row_end(&text.sample, at, delimiter, text.newline) {
            RowEnd::At(end) => (&text.sample[at..end], end + 1),
            _ if text.complete || head.rows.is_empty() => (&text.sample[at..], text.sample.len()),
            _ => break,
        };
        number += 1;
        let (cells, _) = rows::cells(rows::without_return(row), delimiter, text.row_encoding);
        if cells.iter().any(|cell| !cell.is_blank()) {
            let limit = options.limits.columns as usize + 1;
            head.rows
                .push((number, header::texts(&cells[..cells.len().min(limit)])));
        }
        at = next;
    }
    head
}

/// The delimiter: the one that yields headings and FINs, else the one that splits the first rows evenly.
pub(crate) fn delimiter(text: &Text, options: &ListOptions) -> u8 {
    if let Some(delimiter) = options.delimiter.or(text.named_delimiter) {
        return delimiter;
    }
    let mut best = (DELIMITERS[0], (0, 0, 0));
    for delimiter in DELIMITERS {
        let head = head(text, delimiter, options);
        let known = header::known(&head);
        let mut widths: Vec<usize> = head
            .rows
            .iter()
            .map(|(_, cells)| cells.len())
            .filter(|&width| width > 1)
            .collect();
        widths.sort_unstable();
        let even = widths
            .chunk_by(|one, two| one == two)
            .map(|same| (same.len(), same[0]))
            .max()
            .unwrap_or((0, 0));
        let score = (known, even.0, even.1);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(bytes: &[u8]) -> Text {
        text(
            bytes.to_vec(),
            true,
            Box::new(std::io::empty()),
            &ListOptions::default(),
        )
        .unwrap()
    }

    fn found(bytes: &[u8]) -> (Encoding, u8, u8, bool) {
        let text = recognised(bytes);
        let delimiter = delimiter(&text, &ListOptions::default());
        (text.encoding, delimiter, text.newline, text.crlf)
    }

    #[test]
    fn delimiters_are_told_by_headings_and_even_rows() {
        for delimiter in DELIMITERS {
            let list = "FIN,von,bis,Name\nx,1.1.2026,31.12.2026,\"Huber; Söhne, | \t\"\n".replacen(
                ',',
                &char::from(delimiter).to_string(),
                6,
            );
            assert_eq!(found(list.as_bytes()).1, delimiter, "{list}");
        }
        assert_eq!(found(b"sep=|\r\na;b|c\r\n").1, b'|');
        assert_eq!(found(b"Kunde;Betrag\nA;1,5\nB;2,5\n").1, b';');
    }

    #[test]
    fn encodings_and_line_ends_are_told_apart() {
        assert_eq!(
            found("FIN;Name\r\nx;Müller\r\n".as_bytes()),
            (Encoding::Utf8, b';', b'\n', true)
        );
        assert_eq!(
            found(b"FIN;Name\nx;M\xFCller\n"),
            (Encoding::Windows1252, b';', b'\n', false)
        );
        assert_eq!(
            found(b"FIN,Name\rx,y\r"),
            (Encoding::Utf8, b',', b'\r', false)
        );
        let utf16: Vec<u8> = "FIN\tName\r\nx\tMüller\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(found(&utf16), (Encoding::Utf16Le, b'\t', b'\n', true));
        let utf16: Vec<u8> = "FIN\tName\r\nx\tMüller\r\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(found(&utf16), (Encoding::Utf16Be, b'\t', b'\n', true));
    }

    #[test]
    fn other_kinds_of_files_are_named() {
        for (bytes, kind) in [
            (&b"%PDF-1.7"[..], "unsupported-format"),
            (
                &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
                "unsupported-format",
            ),
            (b"[{\"fin\":1}]", "unsupported-format"),
            (b"<html>", "unsupported-format"),
        ] {
            assert_eq!(form(bytes).unwrap_err().kind().code(), kind);
        }
        assert_eq!(form(b"PK\x03\x04").unwrap(), Format::Xlsx);
        assert_eq!(form(b" {\"fin\":1}").unwrap(), Format::Ndjson);
        assert_eq!(form(b"fin,start").unwrap(), Format::Csv);
    }
}
