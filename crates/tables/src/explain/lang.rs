//! The two languages of the texts, and how each writes dates and numbers.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Timelike};
use finkit_core::{Period, ReportedTime, ZoneRule};

/// A language that texts for people come in.
///
/// ```
/// use finkit_tables::explain::Lang;
///
/// assert_eq!(Lang::from_locale("de_AT.UTF-8"), Lang::De);
/// assert_eq!(Lang::from_locale("C"), Lang::En);
/// assert_eq!("de".parse::<Lang>().unwrap(), Lang::De);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// German, as written in Austria.
    De,
    /// English.
    #[default]
    En,
}

/// The text is not the name of one of the two languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language, expected de or en")]
pub struct UnknownLang;

impl Lang {
    /// Both languages, for lists of choices.
    pub const ALL: [Lang; 2] = [Lang::De, Lang::En];

    /// The language of a locale name such as `de_AT.UTF-8`: German for every
    /// German locale, English for all others.
    #[must_use]
    pub fn from_locale(locale: &str) -> Lang {
        let tag = locale.split(['_', '-', '.', '@']).next().unwrap_or("");
        if tag.eq_ignore_ascii_case("de") {
            Lang::De
        } else {
            Lang::En
        }
    }

    /// The language tag, `de` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Lang::De => "de",
            Lang::En => "en",
        }
    }

    /// The German or the English of two texts.
    #[must_use]
    pub fn pick<T>(self, de: T, en: T) -> T {
        match self {
            Lang::De => de,
            Lang::En => en,
        }
    }

    /// A date as people write it: `01.06.2026` in German, `2026-06-01` in
    /// English (the order of day and month would otherwise be a guess).
    #[must_use]
    pub fn date(self, date: NaiveDate) -> String {
        let (y, m, d) = (date.year(), date.month(), date.day());
        match self {
            Lang::De => format!("{d:02}.{m:02}.{y:04}"),
            Lang::En => format!("{y:04}-{m:02}-{d:02}"),
        }
    }

    /// A number in groups of three from five digits on, set apart by a narrow
    /// no-break space as both languages read it.
    #[must_use]
    pub fn count(self, number: u64) -> String {
        let digits = number.to_string();
        if digits.len() <= 4 {
            return digits;
        }
        let mut out = String::with_capacity(digits.len() * 2);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push('\u{202f}');
            }
            out.push(digit);
        }
        out
    }

    /// The count with its noun: `1 Zeile`, `2 Zeilen`.
    #[must_use]
    pub fn rows(self, number: u64) -> String {
        let noun = match (self, number) {
            (Lang::De, 1) => "Zeile",
            (Lang::De, _) => "Zeilen",
            (Lang::En, 1) => "row",
            (Lang::En, _) => "rows",
        };
        format!("{} {noun}", self.count(number))
    }

    /// A date with the month as a word, for where numbers could be mistaken:
    /// `6. Jänner 2026`, `6 January 2026`.
    #[must_use]
    pub fn long_date(self, date: NaiveDate) -> String {
        let month = self.month_names()[date.month0() as usize];
        let dot = self.pick(".", "");
        format!("{}{dot} {month} {}", date.day(), date.year())
    }

    /// The days of a period: `01.01.2026–30.06.2026`, `2026-01-01 to 2026-06-30`; one
    /// day stands alone.
    #[must_use]
    pub fn span(self, period: &Period) -> String {
        let (start, end) = (self.date(period.start()), self.date(period.end()));
        if start == end {
            return start;
        }
        match self {
            Lang::De => format!("{start}–{end}"),
            Lang::En => format!("{start} to {end}"),
        }
    }

    /// A time as people write it, to the minute, in Austrian local time; a time of
    /// an unnamed zone as it stands, which is how FINcheck reports local times.
    #[must_use]
    pub fn moment(self, time: &ReportedTime) -> String {
        let local = match time {
            ReportedTime::Zoned(time) => ZoneRule::Vienna.local(*time),
            ReportedTime::Local(local) => *local,
        };
        format!(
            "{} {:02}:{:02}",
            self.date(local.date()),
            local.hour(),
            local.minute()
        )
    }

    /// The twelve months; January is `Jänner` in Austria.
    #[must_use]
    pub fn month_names(self) -> [&'static str; 12] {
        match self {
            Lang::De => [
                "Jänner",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
            Lang::En => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        }
    }

    /// The first three letters of the twelve months.
    #[must_use]
    pub fn months(self) -> [&'static str; 12] {
        match self {
            Lang::De => [
                "Jän", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez",
            ],
            Lang::En => [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ],
        }
    }

    /// A text in the quotation marks of the language.
    #[must_use]
    pub fn quote(self, text: &str) -> String {
        match self {
            Lang::De => format!("„{text}“"),
            Lang::En => format!("“{text}”"),
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            t if t.eq_ignore_ascii_case("de") => Ok(Lang::De),
            t if t.eq_ignore_ascii_case("en") => Ok(Lang::En),
            _ => Err(UnknownLang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_map_to_a_language() {
        for german in ["de", "de_DE", "de-AT", "DE_ch.UTF-8", "de.UTF-8", "de@euro"] {
            assert_eq!(Lang::from_locale(german), Lang::De, "{german}");
        }
        for other in ["", "C", "POSIX", "en_GB", "den", "fr_FR", "nds_DE"] {
            assert_eq!(Lang::from_locale(other), Lang::En, "{other}");
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(Lang::De.count(0), "0");
        assert_eq!(Lang::De.count(1_000), "1000");
        assert_eq!(Lang::De.count(50_000), "50\u{202f}000");
        assert_eq!(Lang::En.count(1_048_576), "1\u{202f}048\u{202f}576");
    }

    #[test]
    fn language_names_parse_back() {
        for lang in Lang::ALL {
            assert_eq!(lang.to_string().parse(), Ok(lang));
        }
        assert_eq!("german".parse::<Lang>(), Err(UnknownLang));
    }

    #[test]
    fn times_are_shown_as_austrian_clocks_show_them() {
        let time = |text| ReportedTime::parse(text).unwrap();
        assert_eq!(
            Lang::De.moment(&time("2026-01-05T10:20:00Z")),
            "05.01.2026 11:20"
        );
        assert_eq!(
            Lang::En.moment(&time("2026-07-05T10:20:59+00:00")),
            "2026-07-05 12:20"
        );
        assert_eq!(
            Lang::De.moment(&time("2026-07-05T10:20:00")),
            "05.07.2026 10:20"
        );
    }

    #[test]
    fn dates_follow_the_language() {
        let date = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        assert_eq!(Lang::De.date(date), "01.06.2026");
        assert_eq!(Lang::En.date(date), "2026-06-01");
        assert_eq!(Lang::De.long_date(date), "1. Juni 2026");
        assert_eq!(Lang::En.long_date(date), "1 June 2026");
    }
}
