//! The catalogue: for every kind of fault its title, the sentence for one
//! occurrence, the rule with its reason and what to do about it, in German and
//! English side by side.
//!
//! A kind without texts does not compile; for the kinds that `finkit-core` owns,
//! and that could grow there, clippy refuses the missing arm.

mod cells;
mod fin;
mod rows;
mod time;

use crate::explain::Lang;
use crate::fault::{Fault, FaultKind};
use crate::field::Field;

/// The texts of one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts {
    /// Names the kind; the same for every fault of one code.
    pub(super) title: &'static str,
    /// What is the matter here.
    pub(super) what: String,
    /// The rule and its reason.
    pub(super) why: &'static str,
    /// What was probably meant, or what to do.
    pub(super) advice: Option<String>,
}

/// What the texts of a fault are made from besides its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) lang: Lang,
    pub(super) fault: &'a Fault,
    /// Whether single characters of a FIN may be named.
    pub(super) characters: bool,
    /// Whether the corrected FIN may be spelled out.
    pub(super) show_fins: bool,
}

impl Frame<'_> {
    /// The German or the English text.
    fn say(&self, de: &str, en: &str) -> String {
        self.lang.pick(de, en).to_owned()
    }

    /// The proposed value as advice, for values that are no FIN.
    fn proposed(&self) -> Option<String> {
        let proposal = self.fault.proposal.as_deref()?;
        let quoted = self.lang.quote(&super::visible_value(proposal));
        Some(match self.lang {
            Lang::De => format!("Gemeint ist wahrscheinlich {quoted}."),
            Lang::En => format!("Probably {quoted} was meant."),
        })
    }
}

/// The texts of a fault.
pub(super) fn texts(frame: Frame<'_>) -> Texts {
    match &frame.fault.kind {
        FaultKind::Vin(fault) => fin::fault(frame, fault),
        FaultKind::VinNotice(notice) => fin::notice(frame, notice),
        FaultKind::CheckDigit(note) => fin::check_digit(frame, note),
        FaultKind::MissingCell { field } => cells::missing(frame, *field),
        FaultKind::CellError { field } => cells::error(frame, *field),
        FaultKind::RaggedRow { expected, found } => cells::ragged(frame, *expected, *found),
        FaultKind::JsonUnreadable => cells::json(frame),
        FaultKind::StrayQuote => cells::stray_quote(frame),
        FaultKind::DateUnreadable { field } => time::date_unreadable(frame, *field),
        FaultKind::DateNotInCalendar { field } => time::date_not_in_calendar(frame, *field),
        FaultKind::DateAmbiguous {
            field,
            day_first,
            month_first,
        } => time::date_ambiguous(frame, *field, *day_first, *month_first),
        FaultKind::CompactDate { field, date } => time::compact_date(frame, *field, *date),
        FaultKind::DateFromNumber { field, date } => time::date_from_number(frame, *field, *date),
        FaultKind::YearOutOfRange { field, year } => time::year_out_of_range(frame, *field, *year),
        FaultKind::DateWithTime { field } => time::date_with_time(frame, *field),
        FaultKind::EndBeforeStart { start, end } => time::end_before_start(frame, *start, *end),
        FaultKind::PeriodAcrossYears { start, end } => time::across_years(frame, *start, *end),
        FaultKind::RegisteredAtUnreadable => time::registration_unreadable(frame),
        FaultKind::RegisteredAtNotInCalendar => time::registration_not_in_calendar(frame),
        FaultKind::RegisteredAtWithoutTime { date } => {
            time::registration_without_time(frame, *date)
        }
        FaultKind::RegisteredAtDigitsOnly => time::registration_digits_only(frame),
        FaultKind::DamagedUnixStamp => time::damaged_stamp(frame),
        FaultKind::RegisteredAtSkipped => time::registration_skipped(frame),
        FaultKind::RegisteredAtTwice => time::registration_twice(frame),
        FaultKind::Duplicate { other_row, period } => rows::duplicate(frame, *other_row, period),
        FaultKind::Overlap {
            other_row,
            period,
            other_period,
        } => rows::overlap(frame, *other_row, period, other_period),
        FaultKind::Disjoint {
            other_row,
            period,
            other_period,
        } => rows::disjoint(frame, *other_row, period, other_period),
    }
}

/// The name of a value as people say it.
#[must_use]
pub fn field_name(field: Field, lang: Lang) -> &'static str {
    match field {
        Field::Fin => "FIN",
        Field::Start => lang.pick("Startdatum", "start date"),
        Field::End => lang.pick("Enddatum", "end date"),
        Field::RegisteredAt => lang.pick("Registrierungszeitpunkt", "registration time"),
    }
}

/// The name of a value with its article, to begin a sentence with.
fn the_field(field: Field, lang: Lang) -> &'static str {
    match field {
        Field::Fin => lang.pick("Die FIN", "The FIN"),
        Field::Start => lang.pick("Das Startdatum", "The start date"),
        Field::End => lang.pick("Das Enddatum", "The end date"),
        Field::RegisteredAt => lang.pick("Der Registrierungszeitpunkt", "The registration time"),
    }
}
