//! One fault, explained to a person.

use std::borrow::Cow;

use finkit_core::{Vin, mask};

use super::catalogue::{self, Frame, Texts};
use super::{Lang, visible_value};
use crate::fault::{Fault, FaultKind, Severity};

/// How many characters of a foreign value are shown.
const SHOWN_CHARACTERS: usize = 60;

/// How many single characters of one FIN are named while FINs are masked; as
/// many as the error of `finkit-core` names, so that they never add up to the FIN.
const NAMED_CHARACTERS: u32 = 3;

/// Turns faults into [`Explanation`]s in one language.
///
/// It sees faults in the order of their rows, so that the hints to one masked FIN
/// do not spell it out between them.
///
/// ```
/// use finkit_tables::explain::{Explainer, Lang};
/// use finkit_tables::{Fault, FaultKind, Field, Severity};
///
/// let fault = Fault {
///     row: 17,
///     column: None,
///     value: String::new(),
///     kind: FaultKind::MissingCell { field: Field::Start },
///     proposal: None,
///     severity: Severity::Fault,
/// };
/// let explanation = Explainer::new(Lang::De, false).explain(&fault);
/// assert_eq!(explanation.title, "Wert fehlt");
/// assert_eq!(explanation.what, "Das Startdatum fehlt.");
/// ```
#[derive(Debug, Clone)]
pub struct Explainer {
    lang: Lang,
    show_fins: bool,
    /// The row whose hints are counted, and how many it had.
    hints: (u64, u32),
}

/// One fault, in words.
///
/// Nothing in it needs further care on a terminal: foreign parts have their
/// steering characters made visible, and FINs are masked unless the
/// [`Explainer`] was told to show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The kind as a stable word for machines.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The row as spreadsheets count it.
    pub row: u64,
    /// The cell as spreadsheets name it, such as `C17`; `None` for the whole row.
    pub cell: Option<String>,
    /// The heading of the column, where there is one.
    pub column: Option<String>,
    /// The value as it was read, masked where it is a FIN, shortened when long.
    pub value: Option<String>,
    /// Names the kind of fault.
    pub title: &'static str,
    /// What is the matter here.
    pub what: String,
    /// The rule and its reason.
    pub why: &'static str,
    /// What was probably meant, or what to do.
    pub proposal: Option<String>,
}

impl Explainer {
    /// Explains in `lang`; FINs are shown whole only with `show_fins`.
    #[must_use]
    pub fn new(lang: Lang, show_fins: bool) -> Explainer {
        Explainer {
            lang,
            show_fins,
            hints: (0, 0),
        }
    }

    /// The language of the explanations.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether FINs are shown whole.
    #[must_use]
    pub fn shows_fins(&self) -> bool {
        self.show_fins
    }

    /// Explains one fault.
    pub fn explain(&mut self, fault: &Fault) -> Explanation {
        let frame = Frame {
            lang: self.lang,
            fault,
            characters: self.may_name_character(fault),
            show_fins: self.show_fins,
        };
        let Texts {
            title,
            what,
            why,
            advice,
        } = catalogue::texts(frame);
        let (what, proposal) = match self.show_fins {
            true => (what, advice),
            // A value of another column can hold a FIN, and a text can quote that value.
            false => (
                mask_fins(&what).into_owned(),
                advice.map(|advice| mask_fins(&advice).into_owned()),
            ),
        };
        Explanation {
            code: fault.kind.code(),
            severity: fault.severity,
            row: fault.row,
            cell: fault.cell(),
            column: fault
                .column
                .as_ref()
                .and_then(|column| column.header.as_deref())
                .map(|header| visible_value(header).into_owned()),
            value: self.value(fault),
            title,
            what,
            why,
            proposal,
        }
    }

    fn value(&self, fault: &Fault) -> Option<String> {
        let value = fault.value.as_str();
        if value.trim().is_empty() {
            return None;
        }
        let shown = match self.show_fins {
            true => Cow::Borrowed(value),
            false if fault.is_fin() => Cow::Owned(mask(value)),
            false => mask_fins(value),
        };
        Some(clip(&visible_value(&shown)))
    }

    fn may_name_character(&mut self, fault: &Fault) -> bool {
        let about_fin = matches!(
            fault.kind,
            FaultKind::Vin(_) | FaultKind::VinNotice(_) | FaultKind::CheckDigit(_)
        );
        if self.show_fins || !about_fin {
            return true;
        }
        if self.hints.0 != fault.row {
            self.hints = (fault.row, 0);
        }
        self.hints.1 += 1;
        self.hints.1 <= NAMED_CHARACTERS
    }
}

/// Masks every FIN inside a text: each run of exactly 17 letters and digits that
/// is one and has at least one letter and one digit, as every FIN does; the German
/// word for it, `Fahrgestellnummer`, has 17 letters and would pass for one.
///
/// For values that are no FIN by their place but may hold one, such as a note or
/// a swapped column.
///
/// ```
/// use finkit_tables::explain::mask_fins;
///
/// assert_eq!(mask_fins("sold (WVWZZZE1ZMP000001)"), "sold (WVW…0001)");
/// assert_eq!(mask_fins("order 2026-000123"), "order 2026-000123");
/// ```
#[must_use]
pub fn mask_fins(text: &str) -> Cow<'_, str> {
    if text.len() < Vin::LEN {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        let start = at + text[at..].find(run).unwrap_or(0);
        at = start + run.len();
        if run.len() == Vin::LEN
            && run.bytes().any(|b| b.is_ascii_alphabetic())
            && run.bytes().any(|b| b.is_ascii_digit())
            && let Ok(vin) = run.parse::<Vin>()
        {
            out.push_str(&text[copied..start]);
            out.push_str(&vin.masked().to_string());
            copied = at;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The start of a long text.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::ColumnRef;
    use crate::field::Field;

    const FIN: &str = "WVWZZZE1ZMP000001";

    fn fault(kind: FaultKind, value: &str) -> Fault {
        Fault {
            row: 17,
            column: Some(ColumnRef {
                index: 2,
                header: Some("Beginn\u{1b}[1m".into()),
            }),
            value: value.to_owned(),
            kind,
            proposal: None,
            severity: Severity::Fault,
        }
    }

    #[test]
    fn cell_and_heading_are_named_without_escapes() {
        let fault = fault(
            FaultKind::DateUnreadable {
                field: Field::Start,
            },
            "bald\u{7}",
        );
        let explanation = Explainer::new(Lang::De, false).explain(&fault);
        assert_eq!(explanation.cell.as_deref(), Some("C17"));
        assert_eq!(explanation.column.as_deref(), Some("Beginn<U+001B>[1m"));
        assert_eq!(explanation.value.as_deref(), Some("bald<U+0007>"));
    }

    #[test]
    fn fin_in_a_date_column_is_masked() {
        let kind = FaultKind::DateUnreadable {
            field: Field::Start,
        };
        let masked = Explainer::new(Lang::En, false).explain(&fault(kind.clone(), FIN));
        assert_eq!(masked.value.as_deref(), Some("WVW…0001"));
        let whole = Explainer::new(Lang::En, true).explain(&fault(kind, FIN));
        assert_eq!(whole.value.as_deref(), Some(FIN));
    }

    #[test]
    fn quoted_error_value_never_shows_a_fin() {
        let kind = FaultKind::CellError {
            field: Field::Start,
        };
        let text = format!(
            "{:?}",
            Explainer::new(Lang::En, false).explain(&fault(kind, FIN))
        );
        assert!(!text.contains(FIN), "{text}");
    }

    #[test]
    fn hints_to_one_masked_fin_do_not_spell_it_out() {
        let typed: String = FIN
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect();
        let error = Vin::parse(&typed).unwrap_err();
        assert_eq!(error.faults().len(), 17);
        let mut explainer = Explainer::new(Lang::De, false);
        let named = error
            .faults()
            .iter()
            .map(|f| {
                let mut fault = fault(FaultKind::Vin(*f), &typed);
                fault.proposal = error.proposal().map(str::to_owned);
                explainer.explain(&fault)
            })
            .filter(|e| {
                e.what.contains('„')
                    || e.proposal
                        .as_deref()
                        .is_some_and(|p| p.contains("scheinlich"))
            })
            .count();
        assert_eq!(named, 3);
    }

    #[test]
    fn fins_inside_texts_are_masked() {
        assert_eq!(mask_fins(FIN), "WVW…0001");
        assert_eq!(
            mask_fins("wvwzzze1zmp000001;TMBJB9NY5MF000002"),
            "WVW…0001;TMB…0002"
        );
        for text in [
            "",
            "x",
            "12345678901234567",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "Fahrgestellnummer",
            "2026-06-01T10:22:33+02:00",
            "ÄWVWZZZE1ZMP000001",
        ] {
            assert_eq!(mask_fins(text), text);
        }
    }

    #[test]
    fn long_values_are_shortened() {
        let long = "x".repeat(5000);
        let fault = fault(FaultKind::RegisteredAtUnreadable, &long);
        let value = Explainer::new(Lang::De, true)
            .explain(&fault)
            .value
            .unwrap();
        assert_eq!(value.chars().count(), 61);
    }
}
