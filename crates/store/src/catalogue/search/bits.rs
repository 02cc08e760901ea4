//! Sets of a segment's articles.

use super::super::fault::Fault;

/// One bit for each article of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(articles: usize) -> Self {
        Self(vec![0; articles.div_ceil(64)])
    }

    pub(super) fn set(&mut self, place: usize) -> Result<(), Fault> {
        let word = self
            .0
            .get_mut(place / 64)
            .ok_or_else(|| Fault::damaged("a piece of what is searched in"))?;
        *word |= 1 << (place % 64);
        Ok(())
    }

    /// Adds a place of one of its articles; another is none.
    pub(super) fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|word| *word != 0)
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    /// Keeps those that the other has as well; says whether any are left.
    pub(super) fn and(&mut self, other: &Self) -> bool {
        let mut any = 0;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
            any |= *word;
        }
        any != 0
    }

    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) writes of so many articles.
    pub(super) fn from_bytes(bytes: &[u8], articles: usize) -> Result<Self, Fault> {
        let (words, rest) = bytes.as_chunks::<8>();
        if words.len() != articles.div_ceil(64) || !rest.is_empty() {
            return Err(Fault::damaged("a piece of what is searched in"));
        }
        Ok(Self(
            words.iter().map(|word| u64::from_le_bytes(*word)).collect(),
        ))
    }

    /// In how many places two differ.
    pub(super) fn distance(&self, other: &Self) -> u64 {
        let words = self.0.iter().zip(&other.0);
        words
            .map(|(one, other)| u64::from((one ^ other).count_ones()))
            .sum()
    }
}
