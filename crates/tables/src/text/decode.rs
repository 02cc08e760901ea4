//! Bytes to characters: UTF-16 on the way in, UTF-8 or Windows-1252 row by row.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding as Charset, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How the bytes of a row become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowEncoding {
    /// UTF-8; a row that is not is taken for Windows-1252, in which every byte is a character.
    Utf8OrWindows1252,
    /// Windows-1252 throughout.
    Windows1252,
}

/// The characters of a part of a row.
pub(crate) fn text(bytes: &[u8], encoding: RowEncoding) -> Cow<'_, str> {
    if (bytes.is_ascii() || encoding == RowEncoding::Utf8OrWindows1252)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// Whether the bytes are UTF-8, a character cut off at the end aside.
pub(crate) fn is_utf8(sample: &[u8]) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// A reader that turns UTF-16 into UTF-8.
pub(crate) struct Utf16Reader {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    pending: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl Utf16Reader {
    pub(crate) fn new(inner: Box<dyn Read + Send>, high_byte_first: bool) -> Self {
        let charset: &'static Charset = if high_byte_first { UTF_16BE } else { UTF_16LE };
        Self {
            inner,
            decoder: charset.new_decoder_with_bom_removal(),
            pending: vec![0; 32 << 10],
            decoded: Vec::new(),
            given: 0,
            at_end: false,
        }
    }
}

impl Read for Utf16Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.at_end {
            let read = self.inner.read(&mut self.pending)?;
            self.at_end = read == 0;
            let room = self
                .decoder
                .max_utf8_buffer_length(read)
                .unwrap_or(128 << 10);
            self.decoded.resize(room, 0);
            let (_, _, written, _) =
                self.decoder
                    .decode_to_utf8(&self.pending[..read], &mut self.decoded, self.at_end);
            self.decoded.truncate(written);
            self.given = 0;
        }
        let count = buffer.len().min(self.decoded.len() - self.given);
        buffer[..count].copy_from_slice(&self.decoded[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_no_utf8_are_windows_1252() {
        assert_eq!(
            text("Müller €".as_bytes(), RowEncoding::Utf8OrWindows1252),
            "Müller €"
        );
        assert_eq!(
            text(b"M\xFCller \x80", RowEncoding::Utf8OrWindows1252),
            "Müller €"
        );
        assert_eq!(
            text("Müller".as_bytes(), RowEncoding::Windows1252),
            "MÃ¼ller"
        );
    }

    #[test]
    fn utf16_is_turned_into_utf8_across_reads() {
        let list = "FIN;von\r\nMüller 😀;1\r\n".repeat(5000);
        for high_byte_first in [false, true] {
            let mut bytes: Vec<u8> = if high_byte_first {
                vec![0xFE, 0xFF]
            } else {
                vec![0xFF, 0xFE]
            };
            for unit in list.encode_utf16() {
                bytes.extend(if high_byte_first {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            let mut read = String::new();
            Utf16Reader::new(Box::new(io::Cursor::new(bytes)), high_byte_first)
                .read_to_string(&mut read)
                .unwrap();
            assert_eq!(read, list);
        }
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_no_fault() {
        let text = "Müller";
        assert!(is_utf8(&text.as_bytes()[..2]));
        assert!(!is_utf8(b"M\xFCller"));
    }
}
