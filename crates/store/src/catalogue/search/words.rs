//! Words of texts, and the terms under which an article is found.

use std::borrow::Cow;

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::NumberRole;
use finkit_finfo::wire::{Article, ArticleField, Field, Record};

use super::super::known::{KnownFields, plain_text};

/// Bytes of a word that count in the index. What is longer is found by its beginning and compared with the row itself.
pub(super) const TERM: usize = 16;

/// A word or a number, as it is sorted: its first bytes, filled up with zeros.
pub(super) type Term = u128;

/// Fields in which words are looked for, as bits.
const SEARCHED: u128 = {
    let mut bits = 0;
    let mut place = 0;
    while place < ArticleField::SEARCHED.len() {
        bits |= 1 << ArticleField::SEARCHED[place].index();
        place += 1;
    }
    bits
};

/// The terms of one article, sorted, each once.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Terms(pub(super) Vec<Term>);

impl Terms {
    pub(in super::super) fn of(fields: &KnownFields<'_>, version: ApiVersion) -> Self {
        let mut terms = Vec::with_capacity(32);
        let mut bits = SEARCHED;
        while bits != 0 {
            let place = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if let Some(field) = ArticleField::from_index(place)
                && let Some(raw) = fields.raw(field)
            {
                add_words(&characters(field, raw), &mut terms);
            }
        }
        for role in ROLES {
            let first = of_role(role).iter().find_map(|field| {
                let raw = fields.raw(*field)?;
                Some(number_text(*field, raw, version))
            });
            if let Some(Some(number)) = first {
                terms.push(role_term(role, &number));
            }
        }
        terms.sort_unstable();
        terms.dedup();
        Self(terms)
    }
}

/// The roles of numbers.
const ROLES: [NumberRole; 3] = [
    NumberRole::Own,
    NumberRole::Previous,
    NumberRole::Replacement,
];

/// Fields that hold the number of a role; the first that is there counts.
fn of_role(role: NumberRole) -> &'static [ArticleField] {
    match role {
        NumberRole::Own => &[
            ArticleField::SupplierArticleNumber,
            ArticleField::SupplierArticleId,
        ],
        NumberRole::Previous => &[ArticleField::SupplierPreviousArticleNumber],
        NumberRole::Replacement => &[ArticleField::SupplierReplacementArticleNumber],
    }
}

/// The number of an article in a role.
pub(super) fn number_of<'a>(article: &Article<'a>, role: NumberRole) -> Option<Cow<'a, str>> {
    match role {
        NumberRole::Own => article.supplier_article_number(),
        NumberRole::Previous => article.previous_article_number(),
        NumberRole::Replacement => article.replacement_article_number(),
    }
    .value()
}

/// The term of a number: no word begins with these bytes.
pub(super) fn role_term(role: NumberRole, number: &str) -> Term {
    let mut bytes = [0; TERM];
    bytes[0] = match role {
        NumberRole::Own => 1,
        NumberRole::Previous => 2,
        NumberRole::Replacement => 3,
    };
    let end = number.len().min(TERM - 1);
    bytes[1..=end].copy_from_slice(&number.as_bytes()[..end]);
    Term::from_be_bytes(bytes)
}

fn number_text(field: ArticleField, raw: &str, version: ApiVersion) -> Option<Cow<'_, str>> {
    if let Some(text) = plain_text(raw) {
        return Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
    }
    match finkit_finfo::wire::typed(field, Some(raw), version) {
        Field::Value(finkit_finfo::wire::FieldValue::Text(text)) => Some(text),
        _ => None,
    }
}

/// What is looked for in a field: the characters of a text, the digits of a number, and otherwise the JSON.
fn characters(field: ArticleField, raw: &str) -> Cow<'_, str> {
    let text = match plain_text(raw) {
        Some(text) => Cow::Borrowed(text),
        None if raw.starts_with('"') => {
            serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned)
        }
        None if raw == "null" => Cow::Borrowed(""),
        None => Cow::Borrowed(raw),
    };
    let zeros = |text: &str| text.trim().bytes().all(|byte| byte == b'0');
    match field {
        // Leading zeros are no part of Finfo's numbers.
        ArticleField::FinfoArticleId => match text.trim().trim_start_matches('0') {
            digits if digits.len() < text.len() => Cow::Owned(digits.to_owned()),
            _ => text,
        },
        ArticleField::Gtin
        | ArticleField::PrimaryPackageGtin
        | ArticleField::SecondaryPackageGtin
        | ArticleField::TertiaryPackageGtin
            if zeros(&text) =>
        {
            Cow::Borrowed("")
        }
        _ => text,
    }
}

/// How an ASCII byte stands in a word: lower case, or 0 where it ends one.
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        if character.is_ascii_alphanumeric() {
            table[byte] = character.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Adds a term for each word: letters and digits in a row, lower case.
fn add_words(text: &str, terms: &mut Vec<Term>) {
    let mut word = [0; TERM];
    let mut length = 0;
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if let Some(lower) = ASCII.get(usize::from(*first)) {
            rest = after;
            if *lower != 0 {
                if length < TERM {
                    word[length] = *lower;
                }
                length += 1;
                continue;
            }
        } else {
            // Only whole characters were taken before, so that this begins one.
            let place = text.len() - rest.len();
            let Some(character) = text[place..].chars().next() else {
                break;
            };
            rest = &rest[character.len_utf8()..];
            if character.is_alphanumeric() {
                for lower in character.to_lowercase() {
                    let mut bytes = [0; 4];
                    for byte in lower.encode_utf8(&mut bytes).bytes() {
                        if length < TERM {
                            word[length] = byte;
                        }
                        length += 1;
                    }
                }
                continue;
            }
        }
        if length > 0 {
            terms.push(Term::from_be_bytes(word));
            word = [0; TERM];
            length = 0;
        }
    }
    if length > 0 {
        terms.push(Term::from_be_bytes(word));
    }
}

/// The words of a text at full length.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).collect())
}

/// What is looked for: words, each of which must occur or be the beginning of one that does.
#[derive(Debug)]
pub(super) struct Wanted {
    words: Vec<String>,
}

impl Wanted {
    pub(super) fn of(text: &str) -> Self {
        let mut words: Vec<String> = words(text).collect();
        words.sort_unstable();
        words.dedup();
        // A beginning of another word asks for nothing more.
        let longer: Vec<String> = words.iter().skip(1).cloned().collect();
        let mut next = longer.into_iter();
        words.retain(|word| !next.next().is_some_and(|next| next.starts_with(word)));
        Self { words }
    }

    /// The ranges of terms, both ends included.
    pub(super) fn ranges(&self) -> Vec<(Term, Term)> {
        self.words.iter().map(|word| range(word)).collect()
    }

    /// Whether the index alone says too much.
    pub(super) fn has_long_words(&self) -> bool {
        self.words.iter().any(|word| word.len() > TERM)
    }

    /// Whether a row has all words.
    pub(super) fn are_in(&self, record: &Record<'_>) -> bool {
        let fields = KnownFields::of(record);
        let there: Vec<String> = ArticleField::SEARCHED
            .iter()
            .filter_map(|field| Some((*field, fields.raw(*field)?)))
            .flat_map(|(field, raw)| words(&characters(field, raw)).collect::<Vec<_>>())
            .collect();
        let found = |word: &String| there.iter().any(|there| there.starts_with(word.as_str()));
        self.words.iter().all(found)
    }
}

fn range(word: &str) -> (Term, Term) {
    let bytes = word.as_bytes();
    let end = bytes.len().min(TERM);
    let (mut low, mut high) = ([0; TERM], [0xff; TERM]);
    low[..end].copy_from_slice(&bytes[..end]);
    high[..end].copy_from_slice(&bytes[..end]);
    (Term::from_be_bytes(low), Term::from_be_bytes(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        add_words(text, &mut terms);
        let text = |term: Term| {
            let bytes = term.to_be_bytes();
            let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(TERM);
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        };
        terms.into_iter().map(text).collect()
    }

    #[test]
    fn words_are_cut_and_lowered_alike_in_both_ways() {
        for text in [
            "Träskruv 4,2x55 försänkt",
            "  ÅÄÖ-åäö  ",
            "TS-4255/é",
            "",
            "-",
            "a\u{30a}b",
            "Straße ΑΣ ١٢٣",
            "x\u{fffd}y €5",
        ] {
            let long: Vec<String> = words(text).collect();
            assert_eq!(terms(text), long, "{text}");
        }
        assert_eq!(terms("Brandskyddsklassad"), ["brandskyddsklass"]);
    }

    #[test]
    fn a_beginning_of_another_wanted_word_is_not_looked_for_again() {
        let words = |text: &str| Wanted::of(text).words;
        assert_eq!(words("skruv Skruvar 4 42"), ["42", "skruvar"]);
        assert_eq!(words("a b a"), ["a", "b"]);
        assert_eq!(words(" , "), [""; 0]);
    }

    #[test]
    fn a_word_ranges_over_all_that_begin_with_it() {
        let within = |word: &str, text: &str| {
            let (low, high) = range(word);
            let mut terms = Vec::new();
            add_words(text, &mut terms);
            terms.iter().all(|term| (low..=high).contains(term))
        };
        assert!(within("skru", "skru skruv skruvdragarbitshållare"));
        assert!(!within("skruv", "skru") && !within("skruv", "skrv"));
        assert!(within("å", "åtta å"));
        assert!(!within("a", "å"));
    }

    #[test]
    fn numbers_never_look_like_words() {
        let number = role_term(NumberRole::Own, "A1");
        assert!(number < range("0").0);
        assert_ne!(number, role_term(NumberRole::Previous, "A1"));
    }
}
