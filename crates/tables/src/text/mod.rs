//! Lists in text form: what kind of file it is, how it is cut into rows and rows into cells.

pub(crate) mod blocks;
pub(crate) mod decode;
pub(crate) mod rows;
pub(crate) mod sniff;

use std::io::Read;

use crate::row::Cell;

/// How much of a text file is looked at to recognise it.
pub(crate) const SAMPLE: usize = 128 << 10;

/// How the bytes of a row become cells.
#[derive(Clone, Debug)]
pub(crate) enum Syntax {
    /// Cells between delimiters.
    Csv {
        /// The delimiter.
        delimiter: u8,
    },
    /// A JSON object; the cells are the values of these keys.
    Ndjson {
        /// The keys, in the order of the columns.
        keys: Vec<String>,
    },
}

/// A row that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

impl Syntax {
    /// The cells of a row without its line end, and whether text stands behind a closing quote.
    pub(crate) fn cells<'a>(
        &self,
        row: &'a [u8],
        encoding: decode::RowEncoding,
    ) -> Result<(Vec<Cell<'a>>, bool), NotJson> {
        match self {
            Self::Csv { delimiter } => Ok(rows::cells(row, *delimiter, encoding)),
            Self::Ndjson { keys } => crate::ndjson::cells(row, keys).map(|cells| (cells, false)),
        }
    }
}

/// Reads until the buffer holds `wanted` bytes or the source ends.
pub(crate) fn fill(
    reader: &mut dyn Read,
    buffer: &mut Vec<u8>,
    wanted: usize,
) -> std::io::Result<bool> {
    let mut filled = buffer.len();
    buffer.resize(wanted.max(filled), 0);
    let mut at_end = false;
    while filled < wanted {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => {
                at_end = true;
                break;
            }
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                buffer.truncate(filled);
                return Err(error);
            }
        }
    }
    buffer.truncate(filled);
    Ok(at_end)
}
