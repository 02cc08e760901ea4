//! The exact reading of one row: cells in, values and everything there is to say about them out.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use finkit_core::{
    CheckDigitStrength, LocalTime, Period, PeriodFault, RegisteredAt, RegisteredAtError,
    RegisteredAtFault, Vin, VinNotice,
};

use crate::dates::{self, Form, Moment, Problem};
use crate::fault::{ColumnRef, Fault, FaultKind, Severity};
use crate::field::Field;
use crate::list::Row;
use crate::options::ListOptions;

/// One cell as the file holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(f64),
    /// A number that the workbook shows as a date, a time or both.
    Date(NaiveDateTime),
    Bool(bool),
    /// An error value such as `#REF!`.
    Error(Cow<'a, str>),
}

impl Cell<'_> {
    /// Whether there is nothing to be seen in it.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => dates::trim(text).is_empty(),
            _ => false,
        }
    }

    /// As text: what reports carry and faults show.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Error(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number_text(*number)),
            Self::Date(moment) if moment.time() == NaiveTime::MIN => {
                Cow::Owned(dates::iso(moment.date()))
            }
            Self::Date(moment) => Cow::Owned(moment.format("%Y-%m-%d %H:%M:%S").to_string()),
            Self::Bool(true) => Cow::Borrowed("TRUE"),
            Self::Bool(false) => Cow::Borrowed("FALSE"),
        }
    }
}

/// Whole numbers in full as long as a spreadsheet holds them exactly, the others as spreadsheets show them.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else if number.abs() >= 1e15 {
        // The digits behind the fifteenth are lost already; the form says so.
        let text = format!("{number:.5E}");
        text.replace('E', "E+")
    } else {
        format!("{number}")
    }
}

/// Which column holds which value, and how many columns there are.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// In the order of [`Field::ALL`].
    pub(crate) places: [Option<u32>; 4],
    pub(crate) columns: Vec<ColumnRef>,
    /// Whether a row with another number of cells is at fault: only where each row has its delimiters.
    pub(crate) strict_width: bool,
}

impl Layout {
    pub(crate) fn place(&self, field: Field) -> Option<u32> {
        self.places[field as usize]
    }

    fn column(&self, field: Field) -> Option<ColumnRef> {
        self.columns.get(self.place(field)? as usize).cloned()
    }
}

/// Reads rows exactly; see [`RowParser::parse`].
#[derive(Clone, Debug)]
pub(crate) struct RowParser {
    pub(crate) layout: Layout,
    pub(crate) options: Arc<ListOptions>,
}

/// What became of a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) fin: Option<Vin>,
    pub(crate) period: Option<Period>,
    pub(crate) registered_at: Option<RegisteredAt>,
    pub(crate) faults: Vec<Fault>,
    /// Whether all cells are blank.
    pub(crate) blank: bool,
}

impl Parsed {
    pub(crate) fn is_sound(&self) -> bool {
        self.faults
            .iter()
            .all(|fault| fault.severity != Severity::Fault)
    }
}

impl RowParser {
    /// Reads one row. `stray_quote`: text stands behind the closing quote of a cell.
    pub(crate) fn parse(&self, number: u64, cells: &[Cell<'_>], stray_quote: bool) -> Parsed {
        let mut parsed = Parsed::default();
        if cells.iter().all(Cell::is_blank) {
            parsed.blank = true;
            return parsed;
        }
        let expected = self.layout.columns.len();
        if self.layout.strict_width {
            let used = cells
                .iter()
                .rposition(|cell| !cell.is_blank())
                .map_or(0, |last| last + 1);
            if cells.len() < expected || used > expected {
                let kind = FaultKind::RaggedRow {
                    expected: expected as u32,
                    found: cells.len() as u32,
                };
                parsed.faults.push(row_fault(number, kind));
                return parsed;
            }
        }
        if stray_quote {
            parsed.faults.push(row_fault(number, FaultKind::StrayQuote));
        }
        let mut reader = RowReader {
            parser: self,
            number,
            cells,
            faults: parsed.faults,
        };
        parsed.fin = reader.fin();
        parsed.period = reader.period();
        parsed.registered_at = reader.registered_at();
        parsed.faults = reader.faults;
        parsed
    }

    /// The row for callers, with all of its cells as text.
    pub(crate) fn row(&self, number: u64, cells: &[Cell<'_>], parsed: Parsed) -> Row {
        let width = self.layout.columns.len().max(cells.len());
        let mut texts: Vec<String> = cells.iter().map(|cell| cell.text().into_owned()).collect();
        texts.resize(width, String::new());
        Row {
            cells: texts,
            ..Row::bare(number, parsed)
        }
    }
}

fn row_fault(row: u64, kind: FaultKind) -> Fault {
    Fault {
        row,
        column: None,
        value: String::new(),
        kind,
        proposal: None,
        severity: Severity::Fault,
    }
}

struct RowReader<'a> {
    parser: &'a RowParser,
    number: u64,
    cells: &'a [Cell<'a>],
    faults: Vec<Fault>,
}

impl RowReader<'_> {
    fn say(&mut self, field: Field, kind: FaultKind, proposal: Option<String>, severity: Severity) {
        let value = self
            .cell(field)
            .map(|cell| cell.text().into_owned())
            .unwrap_or_default();
        let column = self.parser.layout.column(field);
        self.faults.push(Fault {
            row: self.number,
            column,
            value,
            kind,
            proposal,
            severity,
        });
    }

    /// The cell of a value, `None` where there is no such column or the cell is blank.
    fn cell(&self, field: Field) -> Option<&Cell<'_>> {
        let cell = self.cells.get(self.parser.layout.place(field)? as usize)?;
        (!cell.is_blank()).then_some(cell)
    }

    fn missing(&mut self, field: Field) {
        if self.parser.options.purpose.needs(field) {
            self.say(
                field,
                FaultKind::MissingCell { field },
                None,
                Severity::Fault,
            );
        }
    }

    fn fin(&mut self) -> Option<Vin> {
        let Some(cell) = self.cell(Field::Fin) else {
            self.missing(Field::Fin);
            return None;
        };
        if let Cell::Error(_) = cell {
            self.say(
                Field::Fin,
                FaultKind::CellError { field: Field::Fin },
                None,
                Severity::Fault,
            );
            return None;
        }
        match Vin::parse(&cell.text()) {
            Ok(read) => {
                for notice in read.notices {
                    let severity = match notice {
                        VinNotice::SeparatorsRemoved { .. } => Severity::Notice,
                        _ => Severity::Warning,
                    };
                    let proposal = (severity == Severity::Notice).then(|| read.vin.to_string());
                    self.say(Field::Fin, FaultKind::VinNotice(notice), proposal, severity);
                }
                // A weak mismatch is the ordinary case of European makers.
                if let Some(note) = read.vin.check_digit_note()
                    && note.strength == CheckDigitStrength::Strong
                {
                    self.say(
                        Field::Fin,
                        FaultKind::CheckDigit(note),
                        None,
                        Severity::Warning,
                    );
                }
                Some(read.vin)
            }
            Err(error) => {
                for &fault in error.faults() {
                    let proposal = error.proposal().map(str::to_owned);
                    self.say(Field::Fin, FaultKind::Vin(fault), proposal, Severity::Fault);
                }
                None
            }
        }
    }

    fn period(&mut self) -> Option<Period> {
        let start = self.date(Field::Start);
        let end = self.date(Field::End);
        let (start, end) = (start?, end?);
        match Period::new(start, end) {
            Ok(period) => Some(period),
            Err(error) => {
                for fault in error.faults() {
                    match *fault {
                        PeriodFault::StartAfterEnd { start, end } => {
                            self.say(
                                Field::End,
                                FaultKind::EndBeforeStart { start, end },
                                None,
                                Severity::Fault,
                            );
                        }
                        // An end in an earlier year lies before the start, and that is said already.
                        PeriodFault::TwoYears { .. } if start > end => {}
                        PeriodFault::TwoYears { .. } => {
                            let last_day =
                                NaiveDate::from_ymd_opt(start.year(), 12, 31).map(dates::iso);
                            let kind = FaultKind::PeriodAcrossYears { start, end };
                            self.say(Field::End, kind, last_day, Severity::Fault);
                        }
                        PeriodFault::YearOutOfRange { end: side, year } => {
                            let field = match side {
                                finkit_core::PeriodEnd::Start => Field::Start,
                                finkit_core::PeriodEnd::End => Field::End,
                            };
                            let kind = FaultKind::YearOutOfRange {
                                field,
                                year: Some(year),
                            };
                            self.say(field, kind, None, Severity::Fault);
                        }
                        _ => self.say(
                            Field::Start,
                            FaultKind::DateUnreadable {
                                field: Field::Start,
                            },
                            None,
                            Severity::Fault,
                        ),
                    }
                }
                None
            }
        }
    }

    fn date(&mut self, field: Field) -> Option<NaiveDate> {
        let Some(cell) = self.cell(field) else {
            let default = self.parser.options.default_period();
            match (field, default) {
                (Field::Start, Some((start, _))) => return Some(start),
                (_, Some((_, end))) => return Some(end),
                _ => self.missing(field),
            }
            return None;
        };
        let read = match cell {
            Cell::Date(moment) => Ok(Moment {
                date: moment.date(),
                time: Some(moment.time()),
                offset: None,
                form: Form::Plain,
            }),
            Cell::Number(number) => number_moment(*number),
            Cell::Error(_) => {
                self.say(field, FaultKind::CellError { field }, None, Severity::Fault);
                return None;
            }
            cell => dates::moment(&cell.text(), self.parser.options.date_order),
        };
        let moment = match read {
            Ok(moment) => moment,
            Err(problem) => {
                let (kind, proposal) = match problem {
                    Problem::Unreadable => (FaultKind::DateUnreadable { field }, None),
                    Problem::NotInCalendar(near) => {
                        (FaultKind::DateNotInCalendar { field }, near.map(dates::iso))
                    }
                    Problem::Ambiguous {
                        day_first,
                        month_first,
                    } => (
                        FaultKind::DateAmbiguous {
                            field,
                            day_first,
                            month_first,
                        },
                        None,
                    ),
                };
                self.say(field, kind, proposal, Severity::Fault);
                return None;
            }
        };
        let date = moment.date;
        if moment.has_time_of_day() {
            self.say(
                field,
                FaultKind::DateWithTime { field },
                Some(dates::iso(date)),
                Severity::Fault,
            );
            return None;
        }
        match moment.form {
            Form::Plain => {}
            Form::Compact => {
                self.say(
                    field,
                    FaultKind::CompactDate { field, date },
                    Some(dates::iso(date)),
                    Severity::Notice,
                );
            }
            Form::Serial => {
                self.say(
                    field,
                    FaultKind::DateFromNumber { field, date },
                    Some(dates::iso(date)),
                    Severity::Notice,
                );
            }
        }
        Some(date)
    }

    fn registered_at(&mut self) -> Option<RegisteredAt> {
        const FIELD: Field = Field::RegisteredAt;
        let zone = self.parser.options.zone;
        let Some(cell) = self.cell(FIELD) else {
            if self.parser.options.registered_at.is_none() {
                self.missing(FIELD);
            }
            return self.parser.options.registered_at;
        };
        let read = match cell {
            Cell::Date(moment) => {
                let time = Some(moment.time()).filter(|time| *time != NaiveTime::MIN);
                Ok(Moment {
                    date: moment.date(),
                    time,
                    offset: None,
                    form: Form::Plain,
                })
            }
            Cell::Number(number) => match number_moment(*number) {
                Ok(moment) => Ok(moment),
                Err(_) => return self.unix_stamp(&number_text(*number)),
            },
            Cell::Error(_) => {
                self.say(
                    FIELD,
                    FaultKind::CellError { field: FIELD },
                    None,
                    Severity::Fault,
                );
                return None;
            }
            cell => {
                let text = cell.text();
                let text = dates::trim(&text);
                if dates::is_damaged_number(text) {
                    self.say(FIELD, FaultKind::DamagedUnixStamp, None, Severity::Fault);
                    return None;
                }
                let digits = text.trim_start_matches(['-', '+']);
                let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
                if whole > 8 || (whole == digits.len() && whole != 8 && whole != 5) {
                    let text = text.replace(',', ".");
                    return self.unix_stamp(&text);
                }
                dates::moment(text, self.parser.options.date_order)
            }
        };
        let moment = match read {
            Ok(moment) => moment,
            Err(problem) => {
                let (kind, proposal) = match problem {
                    Problem::Unreadable => (FaultKind::RegisteredAtUnreadable, None),
                    Problem::NotInCalendar(_) => (FaultKind::RegisteredAtNotInCalendar, None),
                    Problem::Ambiguous {
                        day_first,
                        month_first,
                    } => (
                        FaultKind::DateAmbiguous {
                            field: FIELD,
                            day_first,
                            month_first,
                        },
                        None,
                    ),
                };
                self.say(FIELD, kind, proposal, Severity::Fault);
                return None;
            }
        };
        let date = moment.date;
        if moment.form == Form::Compact {
            self.say(
                FIELD,
                FaultKind::RegisteredAtDigitsOnly,
                None,
                Severity::Fault,
            );
            return None;
        }
        let Some(time) = moment.time.or(self.parser.options.registered_time) else {
            self.say(
                FIELD,
                FaultKind::RegisteredAtWithoutTime { date },
                None,
                Severity::Fault,
            );
            return None;
        };
        let local = date.and_time(time);
        if moment.form == Form::Serial {
            let proposal = local.format("%Y-%m-%dT%H:%M:%S").to_string();
            self.say(
                FIELD,
                FaultKind::DateFromNumber { field: FIELD, date },
                Some(proposal),
                Severity::Notice,
            );
        }
        let read = match moment.offset {
            Some(offset) => match local.and_local_timezone(offset).single() {
                Some(moment) => RegisteredAt::from_datetime(moment),
                None => Err(RegisteredAtFault::YearOutOfRange { year: None }.into()),
            },
            None => {
                if let LocalTime::Ambiguous { summer, .. } = zone.resolve(local) {
                    let proposal = RegisteredAt::from_datetime(summer)
                        .ok()
                        .map(|read| read.to_wire());
                    self.say(
                        FIELD,
                        FaultKind::RegisteredAtTwice,
                        proposal,
                        Severity::Notice,
                    );
                }
                RegisteredAt::from_local(local, zone)
            }
        };
        self.settle(read)
    }

    /// Whole and decimal Unix stamps, in seconds and milliseconds.
    fn unix_stamp(&mut self, text: &str) -> Option<RegisteredAt> {
        let read = RegisteredAt::parse(text, self.parser.options.zone);
        self.settle(read)
    }

    fn settle(&mut self, read: Result<RegisteredAt, RegisteredAtError>) -> Option<RegisteredAt> {
        let error = match read {
            Ok(registered_at) => return Some(registered_at),
            Err(error) => error,
        };
        for fault in error.faults() {
            let kind = match *fault {
                RegisteredAtFault::DateOnly { date } => FaultKind::RegisteredAtWithoutTime { date },
                RegisteredAtFault::CompactDate { .. } => FaultKind::RegisteredAtDigitsOnly,
                RegisteredAtFault::SpreadsheetNumber => FaultKind::DamagedUnixStamp,
                RegisteredAtFault::NoSuchDate
                | RegisteredAtFault::NoSuchTime
                | RegisteredAtFault::NoSuchOffset => FaultKind::RegisteredAtNotInCalendar,
                RegisteredAtFault::YearOutOfRange { year } => FaultKind::YearOutOfRange {
                    field: Field::RegisteredAt,
                    year,
                },
                RegisteredAtFault::Skipped { .. } => FaultKind::RegisteredAtSkipped,
                _ => FaultKind::RegisteredAtUnreadable,
            };
            self.say(Field::RegisteredAt, kind, None, Severity::Fault);
        }
        None
    }
}

/// A bare number of a workbook: a serial number, or eight digits that are a date.
fn number_moment(number: f64) -> Result<Moment, Problem> {
    match dates::serial(number) {
        Some(moment) => Ok(moment),
        None if number.fract() == 0.0 && (1e7..1e8).contains(&number) => {
            dates::moment(&number_text(number), None)
        }
        None => Err(Problem::Unreadable),
    }
}
