//! Dates and times as people, spreadsheets and databases write them, read without a guess: what could be meant in
//! two ways is a problem, never a choice.

use chrono::{Datelike, Duration, FixedOffset, NaiveDate, NaiveTime};

use crate::options::DateOrder;

/// First and last serial number taken for a date: 2000-01-01 and 2099-12-31.
const SERIALS: std::ops::RangeInclusive<i64> = 36_526..=73_050;

/// A date and what stood beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) date: NaiveDate,
    pub(crate) time: Option<NaiveTime>,
    pub(crate) offset: Option<FixedOffset>,
    pub(crate) form: Form,
}

/// How a date was written, where that deserves a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// With separators or in words.
    Plain,
    /// Eight digits.
    Compact,
    /// The serial number of a spreadsheet.
    Serial,
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Problem {
    /// Its form is not known.
    Unreadable,
    /// There is no such day or time; the date that was probably meant, if one is near.
    NotInCalendar(Option<NaiveDate>),
    /// Day and month could be either way round.
    Ambiguous {
        day_first: NaiveDate,
        month_first: NaiveDate,
    },
}

/// Without blanks and characters of no width, as spreadsheets and web pages leave them around values.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        // The usual case: nothing to trim.
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(|character: char| {
            character.is_whitespace()
                || matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
        }),
    }
}

/// Reads a date with or without a time, in any known form.
pub(crate) fn moment(text: &str, order: Option<DateOrder>) -> Result<Moment, Problem> {
    let text = trim(text);
    if let Some(date) = iso_date(text.as_bytes()) {
        return date;
    }
    if let Some(moment) = digits_only(text)? {
        return Ok(moment);
    }
    let mut scan = Scan { rest: text };
    let day = scan.day().ok_or(Problem::Unreadable)?;
    let clock = scan.clock().ok_or(Problem::Unreadable)?;
    let date = day.resolve(order)?;
    let (time, offset) = match clock {
        None => (None, None),
        Some(clock) => {
            let time = clock.time.ok_or(Problem::NotInCalendar(None))?;
            (Some(time), clock.offset)
        }
    };
    Ok(Moment {
        date,
        time,
        offset,
        form: Form::Plain,
    })
}

/// Whether this is a number in the form to which spreadsheets cut long ones: `1,7E+09`.
pub(crate) fn is_damaged_number(text: &str) -> bool {
    if memchr::memchr2(b'E', b'e', text.as_bytes()).is_none() {
        return false;
    }
    let text = trim(text);
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once([',', '.']).unwrap_or((mantissa, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(whole, 2) && digits(fraction, 15) && digits(exponent, 3)
}

/// The moment of a spreadsheet's serial number, counted from 1899-12-30.
pub(crate) fn serial(number: f64) -> Option<Moment> {
    if !number.is_finite()
        || number < *SERIALS.start() as f64
        || number >= (*SERIALS.end() + 1) as f64
    {
        return None;
    }
    let milliseconds = (number.fract() * 86_400_000.0).round() as i64;
    // Half a second either way: serial numbers hold times to about a microsecond.
    let seconds = (milliseconds + 500) / 1000;
    let day =
        NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(Duration::days(number as i64))?;
    let moment = day
        .and_time(NaiveTime::MIN)
        .checked_add_signed(Duration::seconds(seconds))?;
    let time = (seconds > 0).then(|| moment.time());
    Some(Moment {
        date: moment.date(),
        time,
        offset: None,
        form: Form::Serial,
    })
}

/// `2026-06-01`, the usual case; `None` for every other form.
fn iso_date(text: &[u8]) -> Option<Result<Moment, Problem>> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let mut digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    for digit in &mut digits {
        *digit = digit.wrapping_sub(b'0');
        if *digit > 9 {
            return None;
        }
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |number, &digit| number * 10 + u32::from(digit))
    };
    let (year, month, day) = (
        number(&digits[..4]) as i32,
        number(&digits[4..6]),
        number(&digits[6..]),
    );
    Some(match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => Ok(Moment {
            date,
            time: None,
            offset: None,
            form: Form::Plain,
        }),
        None => Err(Problem::NotInCalendar(nearest(year, month, day))),
    })
}

/// The last day of the month, or the day with month and day exchanged, for a day that does not exist.
fn nearest(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    if (1..=12).contains(&month) && (29..=31).contains(&day) {
        let next = if month == 12 {
            (year + 1, 1)
        } else {
            (year, month + 1)
        };
        return NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt();
    }
    NaiveDate::from_ymd_opt(year, day, month)
}

/// Eight digits as a compact date, five (and a fraction) as a serial number.
fn digits_only(text: &str) -> Result<Option<Moment>, Problem> {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) || bytes.len() > 24 {
        return Ok(None);
    }
    let whole = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if whole == 8 && bytes.len() == 8 {
        let number = number(text).ok_or(Problem::Unreadable)?;
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        if !(1900..=2999).contains(&year) {
            return Err(Problem::Unreadable);
        }
        let year = year as i32;
        return match NaiveDate::from_ymd_opt(year, month, day) {
            Some(date) => Ok(Some(Moment {
                date,
                time: None,
                offset: None,
                form: Form::Compact,
            })),
            None => Err(Problem::NotInCalendar(nearest(year, month, day))),
        };
    }
    if whole != 5 {
        return Ok(None);
    }
    let fraction = match &bytes[5..] {
        [] => true,
        [b'.' | b',', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !fraction {
        return Ok(None);
    }
    let number: f64 = text
        .replace(',', ".")
        .parse()
        .map_err(|_| Problem::Unreadable)?;
    serial(number).map(Some).ok_or(Problem::Unreadable)
}

fn number(digits: &str) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// A day as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Day {
    Fixed { year: i32, month: u32, day: u32 },
    Either { first: u32, second: u32, year: i32 },
}

impl Day {
    fn resolve(self, order: Option<DateOrder>) -> Result<NaiveDate, Problem> {
        let (first, second, year) = match self {
            Self::Fixed { year, month, day } => {
                return NaiveDate::from_ymd_opt(year, month, day)
                    .ok_or_else(|| Problem::NotInCalendar(nearest(year, month, day)));
            }
            Self::Either {
                first,
                second,
                year,
            } => (first, second, year),
        };
        let day_first = NaiveDate::from_ymd_opt(year, second, first);
        let month_first = NaiveDate::from_ymd_opt(year, first, second);
        match (order, day_first, month_first) {
            (Some(DateOrder::DayFirst), Some(date), _)
            | (Some(DateOrder::MonthFirst), _, Some(date)) => Ok(date),
            (Some(DateOrder::DayFirst), None, other) => Err(Problem::NotInCalendar(
                other.or_else(|| nearest(year, second, first)),
            )),
            (Some(DateOrder::MonthFirst), other, None) => Err(Problem::NotInCalendar(
                other.or_else(|| nearest(year, first, second)),
            )),
            (None, Some(day_first), Some(month_first)) if day_first != month_first => {
                Err(Problem::Ambiguous {
                    day_first,
                    month_first,
                })
            }
            (None, Some(date), _) | (None, _, Some(date)) => Ok(date),
            (None, None, None) => Err(Problem::NotInCalendar(nearest(year, second, first))),
        }
    }
}

/// A time of day; `time` is `None` where the clock never shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Clock {
    time: Option<NaiveTime>,
    offset: Option<FixedOffset>,
}

struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn digits(&mut self, most: usize) -> Option<&'a str> {
        let length = self
            .rest
            .bytes()
            .take(most + 1)
            .take_while(u8::is_ascii_digit)
            .count();
        if length == 0 || length > most {
            return None;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(digits)
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches([' ', '\u{A0}', '\u{202F}']);
        self.rest.len() < before
    }

    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|character: char| !character.is_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn day(&mut self) -> Option<Day> {
        let first = self.digits(4)?;
        match first.len() {
            4 => {
                let separator = self.separator()?;
                let month = self.digits(2)?;
                if !self.take(separator) {
                    return None;
                }
                let day = self.digits(2)?;
                Some(Day::Fixed {
                    year: number(first)? as i32,
                    month: number(month)?,
                    day: number(day)?,
                })
            }
            1 | 2 => {
                let first = number(first)?;
                if let Some(month) = self.month_name() {
                    let year = self.year()?;
                    return Some(Day::Fixed {
                        year,
                        month,
                        day: first,
                    });
                }
                let separator = self.separator()?;
                if separator == '.' {
                    self.blanks();
                }
                let second = number(self.digits(2)?)?;
                if !self.take(separator) {
                    return None;
                }
                if separator == '.' {
                    self.blanks();
                }
                let year = self.year()?;
                Some(match separator {
                    '.' => Day::Fixed {
                        year,
                        month: second,
                        day: first,
                    },
                    _ => Day::Either {
                        first,
                        second,
                        year,
                    },
                })
            }
            _ => None,
        }
    }

    /// Two digits are a year of this century.
    fn year(&mut self) -> Option<i32> {
        let digits = self.digits(4)?;
        let year = number(digits)? as i32;
        match digits.len() {
            2 => Some(2000 + year),
            4 => Some(year),
            _ => None,
        }
    }

    fn separator(&mut self) -> Option<char> {
        ['.', '/', '-']
            .into_iter()
            .find(|&separator| self.take(separator))
    }

    /// `. Juni `, `-Jun-`, ` June `: with what stands around it, or nothing at all.
    fn month_name(&mut self) -> Option<u32> {
        let before = self.rest;
        let separated = self.take('.') | self.blanks() | self.take('-');
        let word = self.word();
        let month = if separated { month(word) } else { None };
        if month.is_some() && (self.take('.') | self.take(',') | self.blanks() | self.take('-')) {
            self.blanks();
            return month;
        }
        self.rest = before;
        None
    }

    /// The time behind the day; the outer `None` is a text that is no time.
    fn clock(&mut self) -> Option<Option<Clock>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let separated =
            self.take('T') || self.take('t') || self.take('_') || (self.take(',') | self.blanks());
        if !separated {
            return None;
        }
        self.blanks();
        let mut hour = number(self.digits(2)?)?;
        if !self.take(':') {
            return None;
        }
        let minute = self.two_digits()?;
        let mut second = 0;
        if self.take(':') {
            second = self.two_digits()?;
            if self.rest.starts_with(['.', ',']) {
                self.rest = &self.rest[1..];
                self.digits(9)?;
            }
        }
        let blank = self.blanks();
        if let Some(afternoon) = self.half_of_day() {
            if !(1..=12).contains(&hour) {
                return Some(Some(Clock {
                    time: None,
                    offset: None,
                }));
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            self.blanks();
        } else if blank
            && self.rest.len() >= 3
            && self.rest.as_bytes()[..3].eq_ignore_ascii_case(b"uhr")
        {
            self.rest = &self.rest[3..];
            self.blanks();
        }
        let offset = if self.rest.is_empty() {
            None
        } else {
            Some(self.offset()?)
        };
        let time = NaiveTime::from_hms_opt(hour, minute, second);
        match offset {
            Some(None) => Some(Some(Clock {
                time: None,
                offset: None,
            })),
            offset => Some(Some(Clock {
                time,
                offset: offset.flatten(),
            })),
        }
    }

    fn two_digits(&mut self) -> Option<u32> {
        let digits = self.digits(2)?;
        if digits.len() == 2 {
            number(digits)
        } else {
            None
        }
    }

    fn half_of_day(&mut self) -> Option<bool> {
        let half = self.rest.as_bytes().get(..2)?;
        let afternoon = half.eq_ignore_ascii_case(b"pm");
        if !afternoon && !half.eq_ignore_ascii_case(b"am") {
            return None;
        }
        self.rest = &self.rest[2..];
        Some(afternoon)
    }

    /// All of the rest as an offset; the outer `None` is a text that is no offset, the inner one that does not exist.
    fn offset(&mut self) -> Option<Option<FixedOffset>> {
        let rest = std::mem::take(&mut self.rest);
        let hours = match rest {
            "Z" | "z" | "UTC" | "GMT" => Some(0),
            "CET" | "MEZ" => Some(1),
            "CEST" | "MESZ" => Some(2),
            _ => None,
        };
        if let Some(hours) = hours {
            return Some(FixedOffset::east_opt(hours * 3600));
        }
        let (sign, digits) = match rest.as_bytes() {
            [b'+', ..] => (1, &rest[1..]),
            [b'-', ..] => (-1, &rest[1..]),
            _ => return None,
        };
        let (hours, minutes) = match digits.len() {
            2 => (digits, "00"),
            4 | 5 if digits.is_char_boundary(2) => {
                let (hours, minutes) = digits.split_at(2);
                let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
                if minutes.len() != 2 {
                    return None;
                }
                (hours, minutes)
            }
            _ => return None,
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        if hours > 23 || minutes > 59 {
            return Some(None);
        }
        Some(FixedOffset::east_opt(
            sign * (hours * 3600 + minutes * 60) as i32,
        ))
    }
}

/// Months in German (Austria included) and English, whole and shortened to three or four letters.
fn month(word: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["januar", "jänner", "january", "jan", "jän"],
        &["februar", "feber", "february", "feb"],
        &["märz", "maerz", "march", "mär", "mrz", "mar"],
        &["april", "apr"],
        &["mai", "may"],
        &["juni", "june", "jun"],
        &["juli", "july", "jul"],
        &["august", "aug"],
        &["september", "sept", "sep"],
        &["oktober", "october", "okt", "oct"],
        &["november", "nov"],
        &["dezember", "december", "dez", "dec"],
    ];
    if word.is_empty() || word.len() > 12 {
        return None;
    }
    let word = word.to_lowercase();
    NAMES
        .iter()
        .position(|names| names.contains(&word.as_str()))
        .map(|index| index as u32 + 1)
}

impl Moment {
    pub(crate) fn has_time_of_day(&self) -> bool {
        self.time.is_some_and(|time| time != NaiveTime::MIN)
    }
}

/// `YYYY-MM-DD`.
pub(crate) fn iso(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn local(moment: &Moment) -> String {
        moment
            .date
            .and_time(moment.time.unwrap_or(NaiveTime::MIN))
            .to_string()
    }

    fn plain(text: &str) -> NaiveDate {
        let moment = moment(text, None).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
        assert_eq!(moment.time, None, "{text}");
        moment.date
    }

    #[test]
    fn dates_without_doubt_are_read_in_every_form() {
        for text in [
            "2026-06-01",
            "2026-6-1",
            "2026/06/01",
            "2026.06.01",
            "01.06.2026",
            "1.6.2026",
            "1.6.26",
            "01.06.26",
            "1. 6. 2026",
            "1. Juni 2026",
            "1 June 2026",
            "01-Jun-2026",
            "1-jun-26",
            "1 Jun. 2026",
            " 2026-06-01\u{a0}",
            "20260601",
            "46174",
        ] {
            assert_eq!(plain(text), day(2026, 6, 1), "{text}");
        }
        assert_eq!(plain("3. Jänner 2026"), day(2026, 1, 3));
        assert_eq!(plain("3. März 2026"), day(2026, 3, 3));
    }

    #[test]
    fn slashes_need_an_order_unless_only_one_fits() {
        let both = Problem::Ambiguous {
            day_first: day(2026, 6, 1),
            month_first: day(2026, 1, 6),
        };
        assert_eq!(moment("01/06/2026", None), Err(both));
        assert_eq!(moment("1-6-26", None), Err(both));
        assert_eq!(
            moment("01/06/2026", Some(DateOrder::DayFirst))
                .unwrap()
                .date,
            day(2026, 6, 1)
        );
        assert_eq!(
            moment("01/06/2026", Some(DateOrder::MonthFirst))
                .unwrap()
                .date,
            day(2026, 1, 6)
        );
        assert_eq!(plain("31/12/2026"), day(2026, 12, 31));
        assert_eq!(plain("12/31/2026"), day(2026, 12, 31));
        assert_eq!(plain("05/05/2026"), day(2026, 5, 5));
        assert_eq!(
            moment("12/31/2026", Some(DateOrder::DayFirst)),
            Err(Problem::NotInCalendar(Some(day(2026, 12, 31))))
        );
    }

    #[test]
    fn days_that_do_not_exist_come_with_the_nearest_one() {
        assert_eq!(
            moment("2026-06-31", None),
            Err(Problem::NotInCalendar(Some(day(2026, 6, 30))))
        );
        assert_eq!(
            moment("29.02.2026", None),
            Err(Problem::NotInCalendar(Some(day(2026, 2, 28))))
        );
        assert_eq!(
            moment("12.31.2026", None),
            Err(Problem::NotInCalendar(Some(day(2026, 12, 31))))
        );
        assert_eq!(
            moment("2026-00-10", None),
            Err(Problem::NotInCalendar(None))
        );
        assert_eq!(
            moment("20261301", None),
            Err(Problem::NotInCalendar(Some(day(2026, 1, 13))))
        );
    }

    #[test]
    fn what_is_no_date_is_unreadable() {
        for text in [
            "",
            "-",
            "n/a",
            "2026",
            "2026-06",
            "06/2026",
            "1.6.",
            "1.6.226",
            "2026-06-01x",
            "2026-06/01",
            "1..6.2026",
            "99999",
            "12345678",
            "123456",
            "1,7E+09",
            "Juni 2026",
            "2026-06-01T",
            "2026-06-01 10",
            "2026-06-01 10:2",
            "١.٦.٢٠٢٦",
            "1.6.２０２６",
        ] {
            assert_eq!(moment(text, None), Err(Problem::Unreadable), "{text}");
        }
    }

    #[test]
    fn times_come_with_and_without_zone() {
        let read = |text: &str| {
            let moment = moment(text, None).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            (
                local(&moment),
                moment.offset.map(|offset| offset.local_minus_utc()),
            )
        };
        for (text, offset) in [
            ("2025-11-03T10:22:33Z", Some(0)),
            ("2025-11-03T10:22:33.123456+01:00", Some(3600)),
            ("2025-11-03 10:22:33+0100", Some(3600)),
            ("2025-11-03 10:22:33 +01", Some(3600)),
            ("2025-11-03_10:22:33", None),
            ("03.11.2025 10:22:33", None),
            ("3.11.2025, 10:22:33 Uhr", None),
            ("3.11.2025 10:22:33 MEZ", Some(3600)),
            ("11/30/2025 10:22:33 AM UTC", Some(0)),
        ] {
            let expected = if text.starts_with("11/") {
                "2025-11-30 10:22:33"
            } else {
                "2025-11-03 10:22:33"
            };
            assert_eq!(read(text), (expected.to_owned(), offset), "{text}");
        }
        assert_eq!(read("03.11.2025 9:05").0, "2025-11-03 09:05:00");
        assert_eq!(read("13/11/2025 12:05 am").0, "2025-11-13 00:05:00");
        assert_eq!(read("13/11/2025 12:05 PM").0, "2025-11-13 12:05:00");
        for text in [
            "2025-11-03T25:00:00",
            "2025-11-03T10:60",
            "2025-11-03T10:22:60",
            "2025-11-03T10:22+24:00",
        ] {
            assert_eq!(
                moment(text, None),
                Err(Problem::NotInCalendar(None)),
                "{text}"
            );
        }
    }

    #[test]
    fn serial_numbers_carry_the_time_as_fraction() {
        let moment = moment("45964,4323263889", None).unwrap();
        assert_eq!(local(&moment), "2025-11-03 10:22:33");
        assert_eq!(moment.form, Form::Serial);
        assert_eq!(serial(73_051.0), None);
        assert_eq!(serial(f64::NAN), None);
    }

    #[test]
    fn numbers_cut_by_a_spreadsheet_are_recognised() {
        for text in ["1,7E+09", "1.7e9", "1,76E+12", " 2E+09 "] {
            assert!(is_damaged_number(text), "{text}");
        }
        for text in [
            "1700000000",
            "E+09",
            "1,7E",
            "1,7E+",
            "WVWZZZE1ZMP000001",
            "17.6.2026",
        ] {
            assert!(!is_damaged_number(text), "{text}");
        }
    }
}
