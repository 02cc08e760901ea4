//! The known name that a mistyped one is nearest to.

/// Names are compared up to here; a longer one is no mistyped name.
const LONGEST: usize = 80;

/// The name of fewest changes, if they are few enough to be a slip.
pub(super) fn nearest<'n>(
    given: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let given = plain(given);
    known
        .into_iter()
        .map(|name| (distance(&given, &plain(name)), name))
        .min_by_key(|(changes, _)| *changes)
        .filter(|(changes, _)| *changes <= (given.len() / 3).max(1))
        .map(|(_, name)| name)
}

/// Without case and signs, so that `changedFromDate` is `changed-from-date`.
fn plain(name: &str) -> Vec<char> {
    name.chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(LONGEST)
        .collect()
}

/// How many characters are to be put in, taken out or replaced (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, char) in one.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], place + 1);
        for (column, known) in other.iter().enumerate() {
            let replaced = before + usize::from(char != known);
            before = row[column + 1];
            row[column + 1] = replaced.min(before + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["finfoSupplierId", "offset", "changed-from-date", "limit"];
        let found = |given| nearest(given, known);
        assert_eq!(found("finfosuplierid"), Some("finfoSupplierId"));
        assert_eq!(found("ofset"), Some("offset"));
        assert_eq!(found("changedFromDate"), Some("changed-from-date"));
        assert_eq!(found("colour"), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn distances_count_changes() {
        let of = |one: &str, other: &str| distance(&plain(one), &plain(other));
        assert_eq!((of("", "abc"), of("abc", ""), of("abc", "abc")), (3, 3, 0));
        assert_eq!((of("kitten", "sitting"), of("abc", "acb")), (3, 2));
    }
}
