//! The three kinds of participants in FINcheck and what each may do.

use std::fmt;
use std::str::FromStr;

/// A kind of participant.
///
/// Source: the operator's guide, <https://www.fincheck.at/api>.
///
/// ```
/// use finkit_core::Participant;
///
/// let participant: Participant = "incognito".parse()?;
/// assert!(participant.can_enter());
/// assert!(!participant.counts_per_account(), "counted for all such participants together");
/// # Ok::<(), finkit_core::UnknownParticipant>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Participant {
    /// Enters and searches; billed by reads and writes of the account.
    Standard,
    /// Enters and searches without a trace to the account; a flat fee, counted
    /// for all such participants together.
    Incognito,
    /// Searches only; billed by reads of the account.
    Reader,
}

impl Participant {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Incognito, Self::Reader];

    /// Whether this kind may make and delete entries.
    #[must_use]
    pub fn can_enter(self) -> bool {
        !matches!(self, Self::Reader)
    }

    /// Whether reads and writes are counted for the account, so that its own usage is known.
    #[must_use]
    pub fn counts_per_account(self) -> bool {
        !matches!(self, Self::Incognito)
    }

    /// The name: `standard`, `incognito` or `reader`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Incognito => "incognito",
            Self::Reader => "reader",
        }
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Participant {
    type Err = UnknownParticipant;

    fn from_str(text: &str) -> Result<Self, UnknownParticipant> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownParticipant(()))
    }
}

/// A text that names no kind of participant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of participant: standard, incognito or reader")]
pub struct UnknownParticipant(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reader_cannot_enter_and_only_incognito_is_not_counted() {
        let table = Participant::ALL.map(|kind| {
            (
                kind.to_string(),
                kind.can_enter(),
                kind.counts_per_account(),
            )
        });
        assert_eq!(
            table,
            [
                ("standard".to_owned(), true, true),
                ("incognito".to_owned(), true, false),
                ("reader".to_owned(), false, true),
            ]
        );
    }

    #[test]
    fn names_are_lower_case_and_read_back() {
        for kind in Participant::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert!(kind.as_str().to_uppercase().parse::<Participant>().is_err());
        }
    }
}
