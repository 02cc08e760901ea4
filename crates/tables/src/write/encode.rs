//! Text into the encoding of the list, so that the report opens like the list did.

use std::io::{self, Write};

use encoding_rs::{EncoderResult, WINDOWS_1252};

use crate::options::Encoding;

/// Takes UTF-8 and writes it in another encoding.
///
/// Characters that Windows-1252 lacks are written as `<U+0410>` and counted.
#[derive(Debug)]
pub(super) struct Transcoder<W> {
    to: W,
    encoding: Encoding,
    /// Bytes of a character that is not complete yet.
    pending: Vec<u8>,
    buffer: Vec<u8>,
    replaced: u64,
}

impl<W: Write> Transcoder<W> {
    /// Writes a byte order mark first if wanted; Windows-1252 has none.
    pub(super) fn new(mut to: W, encoding: Encoding, mark: bool) -> io::Result<Transcoder<W>> {
        if mark {
            to.write_all(match encoding {
                Encoding::Utf8 => b"\xef\xbb\xbf",
                Encoding::Utf16Le => b"\xff\xfe",
                Encoding::Utf16Be => b"\xfe\xff",
                Encoding::Windows1252 => b"",
            })?;
        }
        Ok(Transcoder {
            to,
            encoding,
            pending: Vec::new(),
            buffer: Vec::new(),
            replaced: 0,
        })
    }

    /// How many characters had no place in the encoding.
    pub(super) fn replaced(&self) -> u64 {
        self.replaced
    }

    pub(super) fn into_inner(self) -> W {
        self.to
    }

    fn encode(&mut self, text: &str) {
        self.buffer.clear();
        match self.encoding {
            Encoding::Utf8 => self.buffer.extend_from_slice(text.as_bytes()),
            Encoding::Utf16Le => {
                self.buffer
                    .extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            }
            Encoding::Utf16Be => {
                self.buffer
                    .extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
            Encoding::Windows1252 => self.encode_windows_1252(text),
        }
    }

    fn encode_windows_1252(&mut self, mut text: &str) {
        let mut encoder = WINDOWS_1252.new_encoder();
        self.buffer.reserve(text.len());
        loop {
            let (result, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(text, &mut self.buffer, true);
            text = &text[read..];
            match result {
                EncoderResult::InputEmpty => return,
                EncoderResult::OutputFull => self.buffer.reserve(text.len() + 16),
                EncoderResult::Unmappable(c) => {
                    self.replaced += 1;
                    let name = format!("<U+{:04X}>", u32::from(c));
                    self.buffer.extend_from_slice(name.as_bytes());
                }
            }
        }
    }
}

impl<W: Write> Write for Transcoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 {
            return self.to.write(bytes);
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&pending) {
            Ok(text) => text.len(),
            // A character that is cut off at the end waits for its other bytes.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        };
        let text = std::str::from_utf8(&pending[..whole]).unwrap_or_default();
        self.encode(text);
        pending.drain(..whole);
        self.pending = pending;
        self.to.write_all(&self.buffer)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encoding: Encoding, mark: bool, pieces: &[&[u8]]) -> (Vec<u8>, u64) {
        let mut out = Transcoder::new(Vec::new(), encoding, mark).unwrap();
        for piece in pieces {
            out.write_all(piece).unwrap();
        }
        (out.to.clone(), out.replaced())
    }

    #[test]
    fn umlauts_arrive_in_every_encoding() {
        let text = "Größe €";
        assert_eq!(
            encoded(Encoding::Utf8, true, &[text.as_bytes()]).0,
            b"\xef\xbb\xbfGr\xc3\xb6\xc3\x9fe \xe2\x82\xac"
        );
        assert_eq!(
            encoded(Encoding::Windows1252, false, &[text.as_bytes()]).0,
            b"Gr\xf6\xdfe \x80"
        );
        let (little, _) = encoded(Encoding::Utf16Le, true, &[text.as_bytes()]);
        let units: Vec<u16> = little
            .chunks(2)
            .map(|c| u16::from_le_bytes([c[0], c[1]]))
            .collect();
        assert_eq!(String::from_utf16(&units).unwrap(), "\u{feff}Größe €");
        let (big, _) = encoded(Encoding::Utf16Be, true, &[text.as_bytes()]);
        assert_eq!(big[..4], [0xfe, 0xff, 0, b'G']);
    }

    #[test]
    fn characters_cut_between_writes_are_put_together() {
        let bytes = "aß€😀z".as_bytes();
        for cut in 0..=bytes.len() {
            let (whole, _) = encoded(Encoding::Utf16Le, false, &[bytes]);
            let (pieces, _) = encoded(Encoding::Utf16Le, false, &[&bytes[..cut], &bytes[cut..]]);
            assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn characters_without_a_place_are_named_and_counted() {
        let (bytes, replaced) = encoded(Encoding::Windows1252, false, &["АÄ→".as_bytes()]);
        assert_eq!(bytes, b"<U+0410>\xc4<U+2192>");
        assert_eq!(replaced, 2);
    }
}
