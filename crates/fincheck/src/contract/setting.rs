//! How one setting of a contract file is read from its text and written back, and the small settings themselves.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, NaiveDate};
use http::Method;

use super::place::ABSENT;
use super::{FieldPath, Place, PlaceError, RecordPlace};

/// How the moment of registration is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeFormat {
    /// RFC 3339 with seconds and a numeric offset: `2026-03-01T09:30:00+01:00`. Unambiguous for every generation of the service's framework.
    Rfc3339,
    /// Whole seconds since 1970 (UTC), as a number.
    Unix,
}

/// How start and end of a period are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateFormat {
    /// `2026-03-01`.
    Date,
    /// `2026-03-01T00:00:00`: midnight, without an offset.
    DateTime,
}

/// The local time that a database means when it reports a time without an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseZone {
    /// `Europe/Vienna`: +01:00 in winter, +02:00 in summer.
    Vienna,
    /// The same offset all year, as the operator's guide says ("UTC+2", <https://www.fincheck.at/api>).
    Fixed(FixedOffset),
}

/// How the entries of one FIN are laid out in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryLayout {
    /// A list of objects, one per entry.
    Rows,
    /// One list per field, all of the same length: `{"start_dates": [...], "end_dates": [...], ...}`.
    Columns,
}

/// A fixed value of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
}

impl Constant {
    /// The value in a JSON body.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(truth) => (*truth).into(),
        }
    }
}

/// The value in a query, a form, a header or a path.
impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
        }
    }
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rfc3339 => "rfc3339",
            Self::Unix => "unix",
        })
    }
}

impl FromStr for TimeFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rfc3339" => Ok(Self::Rfc3339),
            "unix" => Ok(Self::Unix),
            _ => Err("expected \"rfc3339\" or \"unix\"".into()),
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
        })
    }
}

impl FromStr for DateFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "date" => Ok(Self::Date),
            "date-time" => Ok(Self::DateTime),
            _ => Err("expected \"date\" or \"date-time\"".into()),
        }
    }
}

impl fmt::Display for EntryLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rows => "rows",
            Self::Columns => "columns",
        })
    }
}

impl FromStr for EntryLayout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rows" => Ok(Self::Rows),
            "columns" => Ok(Self::Columns),
            _ => Err("expected \"rows\" or \"columns\"".into()),
        }
    }
}

impl fmt::Display for DatabaseZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vienna => f.write_str("Europe/Vienna"),
            Self::Fixed(offset) => offset.fmt(f),
        }
    }
}

impl FromStr for DatabaseZone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "Europe/Vienna" {
            return Ok(Self::Vienna);
        }
        text.parse()
            .map(Self::Fixed)
            .map_err(|_| "expected \"Europe/Vienna\" or an offset such as \"+02:00\"".into())
    }
}

/// A setting whose TOML value is a string.
pub(super) trait Setting {
    /// Takes the value over, or says what was expected.
    fn read(&mut self, text: &str) -> Result<(), String>;
    /// The text that [`Setting::read`] takes back.
    fn write(&self) -> String;
}

macro_rules! setting_by_text {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            fn read(&mut self, text: &str) -> Result<(), String> {
                *self = text.parse().map_err(|fault| format!("{fault}"))?;
                Ok(())
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

setting_by_text!(
    TimeFormat,
    DateFormat,
    DatabaseZone,
    EntryLayout,
    Place,
    RecordPlace,
    String
);

impl Setting for FieldPath {
    fn read(&mut self, text: &str) -> Result<(), String> {
        if text == ABSENT {
            return Err("this cannot be absent".into());
        }
        *self = text
            .parse()
            .map_err(|fault: PlaceError| fault.to_string())?;
        Ok(())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Setting for Method {
    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = match text {
            "GET" => Self::GET,
            "POST" => Self::POST,
            "PUT" => Self::PUT,
            "PATCH" => Self::PATCH,
            "DELETE" => Self::DELETE,
            _ => return Err("expected \"GET\", \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"".into()),
        };
        Ok(())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Setting for Option<String> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = (text != ABSENT).then(|| text.to_owned());
        Ok(())
    }

    fn write(&self) -> String {
        self.clone().unwrap_or_else(|| ABSENT.to_owned())
    }
}

impl Setting for Option<NaiveDate> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        *self =
            match text {
                ABSENT => None,
                day => Some(day.parse().map_err(|_| {
                    format!("expected a day such as \"2026-11-30\" or \"{ABSENT}\"")
                })?),
            };
        Ok(())
    }

    fn write(&self) -> String {
        self.map_or_else(|| ABSENT.to_owned(), |day| day.to_string())
    }
}

impl Setting for Option<FieldPath> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = match text {
            ABSENT => None,
            path => Some(
                path.parse()
                    .map_err(|fault: PlaceError| fault.to_string())?,
            ),
        };
        Ok(())
    }

    fn write(&self) -> String {
        self.as_ref()
            .map_or_else(|| ABSENT.to_owned(), FieldPath::to_string)
    }
}

impl Setting for Option<Place> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = match text {
            ABSENT => None,
            place => Some(
                place
                    .parse()
                    .map_err(|fault: PlaceError| format!("{fault} or \"{ABSENT}\""))?,
            ),
        };
        Ok(())
    }

    fn write(&self) -> String {
        self.as_ref()
            .map_or_else(|| ABSENT.to_owned(), Place::to_string)
    }
}

/// A field path that is written as a place of the JSON body.
pub(super) struct InBody<'c>(pub(super) &'c mut FieldPath);

impl Setting for InBody<'_> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        match text.parse() {
            Ok(Place::Body(path)) => *self.0 = path,
            _ => return Err(PlaceError::NotInTheBody.to_string()),
        }
        Ok(())
    }

    fn write(&self) -> String {
        Place::Body(self.0.clone()).to_string()
    }
}
