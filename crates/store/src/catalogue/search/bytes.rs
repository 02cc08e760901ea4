//! Numbers of variable length in blobs: seven bits in each byte, the lowest first.

use super::super::fault::Fault;

pub(super) fn write_unsigned(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn write_signed(number: i64, bytes: &mut Vec<u8>) {
    write_unsigned(((number << 1) ^ (number >> 63)) as u64, bytes);
}

/// Reads a blob from its beginning; every fault is damage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.0.split_first().ok_or_else(cut)?;
        self.0 = rest;
        Ok(*first)
    }

    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Result<&'b [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(cut)?;
        self.0 = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Fault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(cut())
    }

    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64, Fault> {
        let number = self.unsigned()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

fn cut() -> Fault {
    Fault::damaged("a piece of what is searched in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        let numbers = [0, 1, -1, 63, 64, -64, -65, 1 << 30, i64::MAX, i64::MIN];
        let mut bytes = Vec::new();
        for number in numbers {
            write_signed(number, &mut bytes);
            write_unsigned(number as u64, &mut bytes);
        }
        let mut reader = Reader::new(&bytes);
        for number in numbers {
            assert_eq!(reader.signed().expect("there"), number);
            assert_eq!(reader.unsigned().expect("there"), number as u64);
        }
        assert!(reader.is_empty());
        assert!(reader.byte().is_err() && reader.take(1).is_err());
        assert!(Reader::new(&[0x80; 11]).unsigned().is_err());
        assert!(Reader::new(&[0x80]).signed().is_err());
    }
}
