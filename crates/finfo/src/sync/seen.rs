//! The rows of one pass: which have come already, and the key of each.
//!
//! An article counts once for each agreement it occurs in, and the guides don't name the field of the agreement. Where a
//! row names none that the endpoint knows, the second and further rows of an article get `#2`, `#3`, … in the order in
//! which they come, so that none is lost by a key that is too narrow.

use std::borrow::Cow;
use std::collections::HashMap;

use super::marks::Marks;
use crate::catalogue::RowKey;
use crate::identity::{FoldBuilder, Identity, fingerprint, number_of};
use crate::pages::Seam;
use crate::wire::Record;

/// Marks the trail of a page, and the way in which it is written.
const TRAIL: u8 = 1;
/// Bytes of one row in a trail.
const MARK: usize = 12;

/// What becomes of a row that has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placed<'a> {
    /// It is stored under this key.
    Key(RowKey<'a>),
    /// The same row has come before.
    Repeated,
    /// It has no key.
    Aside,
}

/// What a pass remembers of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    number: u64,
    print: u32,
}

/// Whether a key of the catalogue was among the rows of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It was.
    Seen,
    /// Nothing of its article was, or it has an agreement that was not.
    Unseen,
    /// It is a further row of an article that was seen with fewer of them.
    Surplus,
}

/// The rows of a pass.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Fingerprints by article, for most of the rows: small, since a supplier may have a million.
    plain: Marks<u32>,
    /// Fingerprints by number of the identity.
    others: Marks<u64>,
    /// Fingerprints of further rows of the same identity.
    further: HashMap<u64, Vec<u32>, FoldBuilder>,
}

impl Seen {
    /// Takes note of a row and says where it belongs.
    pub(crate) fn place<'a>(
        &mut self,
        identity: Identity<'a>,
        record: &Record<'a>,
    ) -> (Placed<'a>, Mark) {
        let mark = Mark {
            number: identity.number(record),
            print: fingerprint(record.json()),
        };
        let nth = self.note(mark);
        let Some(article) = identity.article else {
            return (Placed::Aside, mark);
        };
        let agreement = identity.agreement.unwrap_or_default();
        let placed = match nth {
            Some(1) => Placed::Key(RowKey { article, agreement }),
            Some(nth) => Placed::Key(RowKey {
                article,
                agreement: further_agreement(&agreement, nth),
            }),
            None => Placed::Repeated,
        };
        (placed, mark)
    }

    /// Which row of its identity this is, counted from 1; `None` for one that has come before.
    fn note(&mut self, mark: Mark) -> Option<u32> {
        let first = match plain(mark.number) {
            Ok(number) => self.plain.note(number, mark.print),
            Err(number) => self.others.note(number, mark.print),
        };
        match first {
            None => return Some(1),
            Some(first) if first == mark.print => return None,
            Some(_) => {}
        }
        let further = self.further.entry(mark.number).or_default();
        if further.contains(&mark.print) {
            return None;
        }
        further.push(mark.print);
        Some(1 + further.len() as u32)
    }

    /// How many rows of an identity have come.
    fn count(&self, number: u64) -> u32 {
        let there = match plain(number) {
            Ok(number) => self.plain.contains(number),
            Err(number) => self.others.contains(number),
        };
        let further = self.further.get(&number).map_or(0, Vec::len);
        u32::from(there) + further as u32
    }

    /// Whether a key was among the rows.
    pub(crate) fn presence(&self, key: &RowKey<'_>) -> Presence {
        if self.count(number_of(&key.article, &key.agreement)) > 0 {
            return Presence::Seen;
        }
        let Some((agreement, nth)) = split_further(&key.agreement) else {
            return Presence::Unseen;
        };
        match self.count(number_of(&key.article, agreement)) {
            0 => Presence::Unseen,
            count if count < nth => Presence::Surplus,
            _ => Presence::Seen,
        }
    }

    /// How many rows are told from others of their article by their order alone.
    pub(crate) fn unnamed(&self) -> u64 {
        self.further
            .values()
            .map(|further| further.len() as u64)
            .sum()
    }
}

/// The number of an article, or else one of another identity. Neither is 0.
fn plain(number: u64) -> Result<u32, u64> {
    match u32::try_from(number) {
        Ok(0) => Err(1 << 63),
        Ok(number) => Ok(number),
        Err(_) => Err(number),
    }
}

fn further_agreement<'a>(agreement: &str, nth: u32) -> Cow<'a, str> {
    let separator = if agreement.is_empty() { "" } else { " " };
    Cow::Owned(format!("{agreement}{separator}#{nth}"))
}

fn split_further(agreement: &str) -> Option<(&str, u32)> {
    let (base, nth) = agreement.rsplit_once('#')?;
    let nth = nth.parse().ok().filter(|nth| *nth >= 2)?;
    if base.is_empty() {
        return Some((base, nth));
    }
    base.strip_suffix(' ').map(|base| (base, nth))
}

/// What a page leaves for another process to go on from.
pub(crate) fn write_trail(marks: &[Mark], seam: Option<Seam>) -> Vec<u8> {
    let mut trail = Vec::with_capacity(2 + marks.len() * MARK);
    trail.push(TRAIL);
    trail.push(u8::from(seam.is_none_or(|seam| seam.alone)));
    for mark in marks {
        trail.extend_from_slice(&mark.number.to_le_bytes());
        trail.extend_from_slice(&mark.print.to_le_bytes());
    }
    trail
}

/// What the trails of a pass say: its rows, how many, and the seam after the last. `None` when they can't be read.
pub(crate) fn read_trail(trails: &[Vec<u8>]) -> Option<(Seen, u64, Option<Seam>)> {
    let mut seen = Seen::default();
    let mut rows = 0;
    let mut seam = None;
    for trail in trails {
        let [TRAIL, alone, marks @ ..] = trail.as_slice() else {
            return None;
        };
        let (marks, rest) = marks.as_chunks::<MARK>();
        if !rest.is_empty() {
            return None;
        }
        for mark in marks {
            let (number, print) = mark.split_at(8);
            let mark = Mark {
                number: u64::from_le_bytes(number.try_into().ok()?),
                print: u32::from_le_bytes(print.try_into().ok()?),
            };
            seen.note(mark);
            seam = Some(Seam {
                identity: mark.number,
                print: mark.print,
                alone: *alone != 0,
            });
            rows += 1;
        }
    }
    Some((seen, rows, seam))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoint;
    use crate::identity::IdentityRule;

    fn place(seen: &mut Seen, json: &str) -> (Option<String>, Mark) {
        let record = Record::parse(json).expect("an object");
        let rule = IdentityRule::new(&Endpoint::article_v2_2());
        let identity = rule.of(&record, "1".parse().expect("a supplier"));
        let (placed, mark) = seen.place(identity, &record);
        let key = match placed {
            Placed::Key(key) => Some(key.to_string()),
            Placed::Repeated => None,
            Placed::Aside => Some("aside".to_owned()),
        };
        (key, mark)
    }

    const ROWS: [(&str, Option<&str>); 10] = [
        (r#"{"finfoArticleId":7,"p":1}"#, Some("7")),
        (r#"{"finfoArticleId":7,"p":2}"#, Some("7 (#2)")),
        (r#"{"finfoArticleId":8,"p":1}"#, Some("8")),
        (r#"{"finfoArticleId":7,"p":1}"#, None),
        (r#"{"finfoArticleId":7,"p":2}"#, None),
        (r#"{"finfoArticleId":7,"p":3}"#, Some("7 (#3)")),
        (
            r#"{"finfoArticleId":7,"agreementId":"A","p":1}"#,
            Some("7 (A)"),
        ),
        (
            r#"{"finfoArticleId":7,"agreementId":"A","p":2}"#,
            Some("7 (A #2)"),
        ),
        (r#"{"supplierArticleNumber":"X","p":1}"#, Some("1/X")),
        (r#"{"p":1}"#, Some("aside")),
    ];

    #[test]
    fn no_row_is_lost_and_none_comes_twice() {
        let mut seen = Seen::default();
        for (json, key) in ROWS {
            assert_eq!(place(&mut seen, json).0.as_deref(), key, "{json}");
        }
        assert_eq!(seen.unnamed(), 3);
    }

    #[test]
    fn a_trail_brings_back_what_was_seen() {
        let mut seen = Seen::default();
        let marks: Vec<Mark> = ROWS
            .iter()
            .map(|(json, _)| place(&mut seen, json).1)
            .collect();
        let seam = Seam {
            identity: marks[9].number,
            print: marks[9].print,
            alone: false,
        };
        let trails = [
            write_trail(&marks[..4], None),
            write_trail(&marks[4..], Some(seam)),
        ];
        let (mut again, rows, last) = read_trail(&trails).expect("readable");
        assert_eq!((rows, last), (10, Some(seam)));
        assert_eq!(again.further, seen.further);
        for mark in &marks {
            // Noted once more, it is one that has come.
            assert_eq!(again.note(*mark), None);
        }
        for other in [vec![], vec![9, 1], vec![TRAIL], vec![TRAIL, 1, 0]] {
            assert!(read_trail(&[other]).is_none());
        }
        assert!(read_trail(&[]).is_some_and(|(_, rows, seam)| rows == 0 && seam.is_none()));
    }

    #[test]
    fn keys_of_the_catalogue_are_seen_unseen_or_too_many() {
        let mut seen = Seen::default();
        for (json, _) in ROWS {
            place(&mut seen, json);
        }
        let presence = |article: &str, agreement: &str| {
            let key = RowKey {
                article: article.parse().expect("an article"),
                agreement: agreement.into(),
            };
            seen.presence(&key)
        };
        for (article, agreement) in [
            ("7", ""),
            ("7", "#2"),
            ("7", "#3"),
            ("7", "A"),
            ("7", "A #2"),
            ("8", ""),
            ("1/X", ""),
        ] {
            assert_eq!(
                presence(article, agreement),
                Presence::Seen,
                "{article} {agreement}"
            );
        }
        for (article, agreement) in [("7", "#4"), ("7", "A #3"), ("8", "#2"), ("1/X", "#2")] {
            assert_eq!(
                presence(article, agreement),
                Presence::Surplus,
                "{article} {agreement}"
            );
        }
        for (article, agreement) in [
            ("9", ""),
            ("9", "#2"),
            ("7", "B"),
            ("7", "B #2"),
            ("8", "A"),
            ("2/X", ""),
            ("7", "A#2"),
            ("7", "#1"),
        ] {
            assert_eq!(
                presence(article, agreement),
                Presence::Unseen,
                "{article} {agreement}"
            );
        }
    }
}
