//! A gzip body of about one thousandth of what it unpacks to, made without ever holding either.
//!
//! The deflate stream (RFC 1951) is one block with its own Huffman codes: the literal blank once, then the longest match
//! (258 bytes from one byte back) over and over. That match gets the one-bit code 0 and its distance the one-bit code 0, so that
//! the middle of the stream is nothing but zero bytes, each of which stands for 4 × 258 blanks.

/// The parts of the stream: some bytes, a run of zero bytes, some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GzipBomb {
    /// What comes before the zeros.
    pub(crate) prefix: Vec<u8>,
    /// How many zero bytes.
    pub(crate) zeros: u64,
    /// What comes after the zeros.
    pub(crate) suffix: Vec<u8>,
    /// What the stream unpacks to: at least what was asked for, at most 257 bytes more.
    pub(crate) unpacked: u64,
}

const MATCH: u64 = 258;
const BLANK: u8 = b' ';

impl GzipBomb {
    /// A stream that unpacks to at least `unpacked` blanks.
    pub(crate) fn new(unpacked: u64) -> Self {
        let matches = unpacked.saturating_sub(1).div_ceil(MATCH);
        let unpacked = 1 + matches * MATCH;
        let mut bits = Bits::new(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
        block_head(&mut bits);
        bits.huffman(0b10, 2); // the literal
        // Two zero bits for each match: up to the end of this byte, whole bytes, and the rest.
        let mut left = matches * 2;
        while left > 0 && bits.filled > 0 {
            bits.push(0, 1);
            left -= 1;
        }
        let prefix = std::mem::take(&mut bits.bytes);
        let zeros = left / 8;
        for _ in 0..left % 8 {
            bits.push(0, 1);
        }
        bits.huffman(0b11, 2); // end of block
        bits.finish_byte();
        let mut suffix = bits.bytes;
        suffix.extend(crc_of_run(BLANK, unpacked).to_le_bytes());
        suffix.extend(((unpacked & 0xffff_ffff) as u32).to_le_bytes());
        Self {
            prefix,
            zeros,
            suffix,
            unpacked,
        }
    }

    /// The length of the whole stream.
    pub(crate) fn len(&self) -> u64 {
        self.prefix.len() as u64 + self.zeros + self.suffix.len() as u64
    }
}

/// The head of the only block: codes for the literal (10), the end of the block (11), the match (0) and its distance (0).
fn block_head(bits: &mut Bits) {
    bits.push(1, 1); // last block
    bits.push(2, 2); // own codes
    bits.push(29, 5); // 286 literal and length codes
    bits.push(0, 5); // 1 distance code
    bits.push(14, 4); // 18 lengths of the code-length code, in its own order:
    for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] {
        bits.push(length, 3);
    }
    let zeros = |bits: &mut Bits, count: u32| {
        bits.huffman(0b0, 1);
        bits.push(count - 11, 7);
    };
    let two = |bits: &mut Bits| bits.huffman(0b11, 2);
    let one = |bits: &mut Bits| bits.huffman(0b10, 2);
    zeros(bits, u32::from(BLANK));
    two(bits); // the literal
    zeros(bits, 138);
    zeros(bits, 256 - u32::from(BLANK) - 1 - 138);
    two(bits); // end of block
    zeros(bits, 285 - 257);
    one(bits); // the match
    one(bits); // its distance
}

/// Bits packed from the low end of each byte.
struct Bits {
    bytes: Vec<u8>,
    current: u8,
    filled: u32,
}

impl Bits {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            current: 0,
            filled: 0,
        }
    }

    /// A number, its low bit first.
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            self.current |= (((value >> bit) & 1) as u8) << self.filled;
            self.filled += 1;
            if self.filled == 8 {
                self.finish_byte();
            }
        }
    }

    /// A Huffman code, its high bit first.
    fn huffman(&mut self, code: u32, count: u32) {
        for bit in (0..count).rev() {
            self.push((code >> bit) & 1, 1);
        }
    }

    fn finish_byte(&mut self) {
        if self.filled > 0 {
            self.bytes.push(std::mem::take(&mut self.current));
            self.filled = 0;
        }
    }
}

/// The CRC-32 of `count` equal bytes, in a number of steps that grows with the logarithm of `count`.
///
/// Feeding one byte is an affine map of the 32-bit state over GF(2); feeding a run is its power.
fn crc_of_run(byte: u8, count: u64) -> u32 {
    let mut step = Affine::feed(byte);
    let mut state = u32::MAX;
    let mut left = count;
    while left > 0 {
        if left & 1 == 1 {
            state = step.apply(state);
        }
        step = step.then(&step);
        left >>= 1;
    }
    !state
}

struct Affine {
    columns: [u32; 32],
    constant: u32,
}

impl Affine {
    fn feed(byte: u8) -> Self {
        let update = |state: u32, byte: u8| {
            (0..8).fold(state ^ u32::from(byte), |state, _| {
                (state >> 1) ^ (0xedb8_8320 & (state & 1).wrapping_neg())
            })
        };
        Self {
            columns: std::array::from_fn(|bit| update(1 << bit, 0)),
            constant: update(0, byte),
        }
    }

    fn linear(&self, state: u32) -> u32 {
        self.columns
            .iter()
            .enumerate()
            .filter(|(bit, _)| (state >> bit) & 1 == 1)
            .fold(0, |sum, (_, column)| sum ^ column)
    }

    fn apply(&self, state: u32) -> u32 {
        self.linear(state) ^ self.constant
    }

    fn then(&self, next: &Self) -> Self {
        Self {
            columns: self.columns.map(|column| next.linear(column)),
            constant: next.apply(self.constant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn stream(bomb: &GzipBomb) -> Vec<u8> {
        let mut bytes = bomb.prefix.clone();
        bytes.resize(bytes.len() + usize::try_from(bomb.zeros).unwrap(), 0);
        bytes.extend(&bomb.suffix);
        assert_eq!(bytes.len() as u64, bomb.len());
        bytes
    }

    #[test]
    fn unpacks_to_the_promised_blanks_with_a_right_checksum() {
        for wanted in [0, 1, 2, 258, 259, 260, 1032, 4000, 99_999, 1 << 20] {
            let bomb = GzipBomb::new(wanted);
            let packed = stream(&bomb);
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&packed[..])
                .read_to_end(&mut unpacked)
                .unwrap_or_else(|e| panic!("{wanted}: {e}"));
            assert_eq!(unpacked.len() as u64, bomb.unpacked, "{wanted}");
            assert!(bomb.unpacked >= wanted && bomb.unpacked <= wanted.max(1) + 257);
            assert!(unpacked.iter().all(|byte| *byte == BLANK));
        }
    }

    #[test]
    fn a_gibibyte_packs_into_about_a_mebibyte() {
        let bomb = GzipBomb::new(1 << 30);
        assert!(bomb.unpacked >= 1 << 30);
        assert!(
            (1_000_000..1_100_000).contains(&bomb.len()),
            "{}",
            bomb.len()
        );
    }
}
