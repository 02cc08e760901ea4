//! Seams: pages overlap by one row, by which a shift between two requests is noticed.
//!
//! The order of rows is not documented, and while a list is read its rows may change, come and go. Each page is asked for
//! from the last row of the one before. If another row is there, rows have moved across the seam, and one may have been
//! missed; a count of all rows would not tell when as many came as went.

use std::hash::BuildHasher as _;

use finkit_core::FinfoSupplierId;

use crate::identity::{FoldBuilder, IdentityRule, fingerprint};
use crate::wire::{Page, Record};

/// The last row of a page, to be found again at the beginning of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seam {
    /// Number of its identity.
    pub(crate) identity: u64,
    /// Fingerprint of its JSON.
    pub(crate) print: u32,
    /// Whether the row before has another identity.
    pub(crate) alone: bool,
}

/// How rows of a list are known.
#[derive(Clone, Debug)]
pub(crate) enum Recogniser {
    /// By what the endpoint says.
    Rule(IdentityRule, FinfoSupplierId),
    /// By the whole row: nothing is known about the list.
    Whole,
}

impl Recogniser {
    pub(crate) fn identity(&self, record: &Record<'_>) -> u64 {
        match self {
            Self::Rule(rule, supplier) => rule.of(record, *supplier).number(record),
            Self::Whole => FoldBuilder::default().hash_one(record.json()),
        }
    }

    /// The seam after the last row of a page.
    pub(crate) fn last(&self, page: &Page) -> Option<Seam> {
        let last = page.record(page.len().checked_sub(1)?)?;
        let identity = self.identity(&last);
        let before = page
            .len()
            .checked_sub(2)
            .and_then(|place| page.record(place));
        Some(Seam {
            identity,
            print: fingerprint(last.json()),
            alone: before.is_none_or(|before| self.identity(&before) != identity),
        })
    }

    /// Whether a page begins with the row of the seam.
    ///
    /// A row that changed its content in between still counts as the same, unless its neighbours have the same identity:
    /// then it may be one of them.
    pub(crate) fn fits(&self, seam: &Seam, page: &Page) -> bool {
        let Some(first) = page.record(0) else {
            return false;
        };
        if self.identity(&first) != seam.identity {
            return false;
        }
        let alone = |next: Record<'_>| self.identity(&next) != seam.identity;
        fingerprint(first.json()) == seam.print || (seam.alone && page.record(1).is_none_or(alone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoint;

    fn page(rows: &[(u32, &str)]) -> Page {
        let rows: Vec<String> = rows
            .iter()
            .map(|(id, text)| format!("{{\"finfoArticleId\":{id},\"text\":\"{text}\"}}"))
            .collect();
        Page::parse(format!("[{}]", rows.join(",")).into(), "articleList").expect("a page")
    }

    fn fits(before: &[(u32, &str)], after: &[(u32, &str)]) -> bool {
        let rule = IdentityRule::new(&Endpoint::article_v2_2());
        let recogniser = Recogniser::Rule(rule, "1".parse().expect("a supplier"));
        let seam = recogniser.last(&page(before)).expect("rows");
        recogniser.fits(&seam, &page(after))
    }

    #[test]
    fn the_same_row_fits_and_another_does_not() {
        assert!(fits(&[(1, "a"), (2, "b")], &[(2, "b"), (3, "c")]));
        assert!(
            !fits(&[(1, "a"), (2, "b")], &[(3, "c")]),
            "one row has gone"
        );
        assert!(
            !fits(&[(1, "a"), (2, "b")], &[(1, "a"), (2, "b")]),
            "one row has come"
        );
        assert!(!fits(&[(2, "b")], &[]));
    }

    #[test]
    fn a_row_that_was_edited_in_between_fits_unless_it_may_be_its_neighbour() {
        assert!(fits(&[(1, "a"), (2, "b")], &[(2, "edited"), (3, "c")]));
        assert!(fits(&[(2, "b")], &[(2, "edited")]));
        assert!(
            !fits(&[(2, "a"), (2, "b")], &[(2, "a"), (2, "b")]),
            "several agreements"
        );
        assert!(
            !fits(&[(1, "a"), (2, "b")], &[(2, "c"), (2, "d")]),
            "several agreements"
        );
        assert!(fits(&[(2, "a"), (2, "b")], &[(2, "b"), (2, "c")]));
    }
}
