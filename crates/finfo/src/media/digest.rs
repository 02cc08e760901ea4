//! What a file's content is known by: the checksum that the service gives, and a name of our own.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use ring::digest::{Context, SHA256};

/// The checksum that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// In lower case.
    Md5(String),
    /// In lower case.
    Sha256(String),
    /// None, or none that is known: there is nothing to compare with.
    Nothing,
}

impl Expected {
    /// Reads a checksum by its length. The sample of the service has 32 hexadecimal digits and doesn't say of what; MD5 is
    /// what else has so many (source: the page of media v2.2, <https://docs.finfo.se>).
    pub(crate) fn of(checksum: Option<&str>) -> Self {
        let text = checksum.unwrap_or_default().trim().to_ascii_lowercase();
        let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match text.len() {
            32 if hexadecimal => Self::Md5(text),
            64 if hexadecimal => Self::Sha256(text),
            _ => Self::Nothing,
        }
    }
}

/// Both digests of a content that comes in pieces.
#[derive(Clone)]
pub(crate) struct Digests {
    md5: Md5,
    sha256: Context,
    bytes: u64,
}

/// What a content is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentId {
    pub(crate) md5: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

impl Digests {
    pub(crate) fn new() -> Self {
        Self {
            md5: Md5::new(),
            sha256: Context::new(&SHA256),
            bytes: 0,
        }
    }

    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.md5.update(piece);
        self.sha256.update(piece);
        self.bytes += piece.len() as u64;
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn finish(self) -> ContentId {
        ContentId {
            md5: hexadecimal(&self.md5.finalize()),
            sha256: hexadecimal(self.sha256.finish().as_ref()),
            bytes: self.bytes,
        }
    }
}

impl ContentId {
    /// Whether the content is the expected one; `None` where nothing is expected.
    pub(crate) fn is(&self, expected: &Expected) -> Option<bool> {
        match expected {
            Expected::Md5(sum) => Some(*sum == self.md5),
            Expected::Sha256(sum) => Some(*sum == self.sha256),
            Expected::Nothing => None,
        }
    }
}

/// The SHA-256 of a text.
pub(crate) fn sha256_of(text: &str) -> String {
    hexadecimal(ring::digest::digest(&SHA256, text.as_bytes()).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a text can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_that_everybody_knows_and_pieces_make_no_difference() {
        let mut whole = Digests::new();
        whole.add(b"abc");
        let mut pieces = Digests::new();
        for piece in [&b"a"[..], b"", b"bc"] {
            pieces.add(piece);
        }
        let id = whole.finish();
        assert_eq!(id, pieces.finish());
        assert_eq!(id.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            id.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(id.bytes, 3);
        assert_eq!(sha256_of("abc"), id.sha256);
    }

    #[test]
    fn a_checksum_is_known_by_its_length() {
        let md5 = Expected::of(Some(" 900150983CD24FB0D6963F7D28E17F72 "));
        let mut digests = Digests::new();
        digests.add(b"abc");
        let id = digests.finish();
        assert_eq!(id.is(&md5), Some(true));
        assert_eq!(id.is(&Expected::of(Some(&id.sha256))), Some(true));
        assert_eq!(
            id.is(&Expected::of(Some("46ec1a1f9700622b2288a5d48fbc776a"))),
            Some(false)
        );
        for other in [
            None,
            Some(""),
            Some("abc"),
            Some("zz0150983cd24fb0d6963f7d28e17f72"),
            Some("kAFQmDzST7DWlj99KOF/cg=="),
        ] {
            assert_eq!(id.is(&Expected::of(other)), None, "{other:?}");
        }
    }
}
