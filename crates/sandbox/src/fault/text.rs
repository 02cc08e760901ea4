//! The text form of faults, rules and plans: reading and writing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{ErrorBody, Fault, FaultPlan, FaultRule, Kind, Moment, RetryAfter, Schedule};

/// A fault, rule or plan that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// No such fault.
    #[error("there is no fault called {0:?}; known are {KINDS}")]
    UnknownKind(String),
    /// No such option for this fault.
    #[error("{kind} takes no {option:?}")]
    UnknownOption {
        /// The fault.
        kind: String,
        /// What was given.
        option: String,
    },
    /// A value is missing.
    #[error("{0} needs a value, as in {1}")]
    MissingValue(String, &'static str),
    /// A value cannot be read.
    #[error("{0}: expected {1}")]
    BadValue(String, &'static str),
    /// Two schedules.
    #[error("more than one schedule: give one of every, first, nth, from, always")]
    TwoSchedules,
}

const KINDS: &str = "close-accept, close-before, close-after, reset-before, reset-after, stall, cut-body, drip, delay, garbage, json, empty, html, not-http, redirect, status, gzip-bomb";

/// The keys that may stand behind the colon.
const SCOPE: [&str; 8] = [
    "every", "first", "nth", "from", "always", "path", "except", "method",
];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.moment == Moment::After;
        let half = if after { "after" } else { "before" };
        match &self.kind {
            Kind::CloseOnAccept => return f.write_str("close-accept"),
            Kind::Close => return write!(f, "close-{half}"),
            Kind::Reset => return write!(f, "reset-{half}"),
            Kind::CutBody(None) => return f.write_str("cut-body"),
            Kind::CutBody(Some(bytes)) => return write!(f, "cut-body={bytes}"),
            Kind::Drip(every) if *every == Duration::from_secs(1) => return f.write_str("drip"),
            Kind::Drip(every) => return write!(f, "drip={}", every.as_millis()),
            Kind::Delay(by) => return write!(f, "delay={}", by.as_millis()),
            Kind::Stall(None) => f.write_str("stall")?,
            Kind::Stall(Some(time)) => write!(f, "stall={}", time.as_secs())?,
            Kind::Garbage => f.write_str("garbage")?,
            Kind::Json => f.write_str("json")?,
            Kind::Empty => f.write_str("empty")?,
            Kind::Html => f.write_str("html")?,
            Kind::NotHttp => f.write_str("not-http")?,
            Kind::Redirect { status, location } => {
                write!(f, "redirect={location}")?;
                if *status != 307 {
                    write!(f, ",status={status}")?;
                }
            }
            Kind::Status {
                status,
                retry_after,
                body,
            } => {
                write!(f, "status={status}")?;
                if let Some(retry_after) = retry_after {
                    write!(f, ",retry-after={retry_after}")?;
                }
                if let Some(body) = body {
                    write!(f, ",body={body}")?;
                }
            }
            Kind::GzipBomb(Fault::BOMB) => f.write_str("gzip-bomb")?,
            Kind::GzipBomb(bytes) => write!(f, "gzip-bomb={bytes}")?,
        }
        if after {
            f.write_str(",after")?;
        }
        Ok(())
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                for character in text.chars() {
                    match character {
                        '%' | ',' | ';' | ':' => write!(f, "%{:02X}", u32::from(character))?,
                        other => write!(f, "{other}")?,
                    }
                }
                Ok(())
            }
            Self::ImfFixdate(seconds) => write!(f, "date{seconds:+}"),
            Self::Rfc850(seconds) => write!(f, "rfc850{seconds:+}"),
            Self::Asctime(seconds) => write!(f, "asctime{seconds:+}"),
        }
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Html => "html",
            Self::Json => "json",
        })
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scope = Vec::new();
        match self.schedule {
            Schedule::Always => {}
            Schedule::Every(k) => scope.push(format!("every={k}")),
            Schedule::First(n) => scope.push(format!("first={n}")),
            Schedule::Range(first, last) if first == last => scope.push(format!("nth={first}")),
            Schedule::Range(first, last) => scope.push(format!("nth={first}-{last}")),
            Schedule::From(first) => scope.push(format!("from={first}")),
        }
        scope.extend(self.paths.iter().map(|path| format!("path={path}")));
        scope.extend(self.except.iter().map(|path| format!("except={path}")));
        scope.extend(self.method.iter().map(|method| format!("method={method}")));
        write!(f, "{}", self.fault)?;
        if scope.is_empty() {
            return Ok(());
        }
        write!(f, ":{}", scope.join(","))
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.rules.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{rule}")?;
        }
        Ok(())
    }
}

impl FromStr for FaultPlan {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let rules = text
            .split(';')
            .map(str::trim)
            .filter(|rule| !rule.is_empty())
            .map(FaultRule::from_str)
            .collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }
}

impl FromStr for FaultRule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (head, scope) = split_scope(text.trim());
        let mut options = head.split(',').map(str::trim).map(split_option);
        let (name, value) = options.next().unwrap_or(("", None));
        let mut rule = Self::new(read_kind(name, value)?, Schedule::Always);
        let mut scheduled = false;
        for (key, value) in options.chain(scope.map(split_option)) {
            if SCOPE.contains(&key) {
                read_scope(&mut rule, key, value, &mut scheduled)?;
            } else {
                read_option(&mut rule.fault, name, key, value)?;
            }
        }
        Ok(rule)
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut options = text.trim().split(',').map(str::trim).map(split_option);
        let (name, value) = options.next().unwrap_or(("", None));
        let mut fault = read_kind(name, value)?;
        for (key, value) in options {
            read_option(&mut fault, name, key, value)?;
        }
        Ok(fault)
    }
}

/// The part before the last colon and the options behind it; a colon inside an address or a date is no such colon.
fn split_scope(text: &str) -> (&str, impl Iterator<Item = &str>) {
    let (head, scope) = match text.rsplit_once(':') {
        Some((head, scope))
            if SCOPE.contains(&split_option(scope.split(',').next().unwrap_or("")).0) =>
        {
            (head, scope)
        }
        _ => (text, ""),
    };
    (
        head,
        scope
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty()),
    )
}

fn split_option(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (text.trim(), None),
    }
}

fn read_kind(name: &str, value: Option<&str>) -> Result<Fault, FaultError> {
    let (base, after) = match (name.strip_suffix("-before"), name.strip_suffix("-after")) {
        (Some(base), _) => (base, false),
        (_, Some(base)) => (base, true),
        _ => (name, false),
    };
    let fault = match base {
        "close-accept" => Fault::close_on_accept(),
        "close" => Fault::close_before(),
        "reset" => Fault::reset(),
        "stall" => Fault {
            kind: Kind::Stall(match value {
                Some(value) => Some(Duration::from_secs(number(name, value)?)),
                None => None,
            }),
            moment: Moment::Before,
        },
        "cut-body" => Fault {
            kind: Kind::CutBody(match value {
                Some(value) => Some(number::<usize>(name, value)?),
                None => None,
            }),
            moment: Moment::After,
        },
        "drip" => Fault {
            kind: Kind::Drip(match value {
                Some(value) => Duration::from_millis(number(name, value)?),
                None => Duration::from_secs(1),
            }),
            moment: Moment::After,
        },
        "delay" => Fault::delay(Duration::from_millis(number(
            name,
            required(name, value, "delay=250")?,
        )?)),
        "garbage" => Fault::garbage(),
        "json" => Fault::json(),
        "empty" => Fault::empty(),
        "html" => Fault::html(),
        "not-http" => Fault::not_http(),
        "redirect" => Fault::redirect(required(name, value, "redirect=https://other.example/")?),
        "status" => Fault::status(status(name, required(name, value, "status=503")?)?),
        "gzip-bomb" => Fault::gzip_bomb(match value {
            Some(value) => number(name, value)?,
            None => Fault::BOMB,
        }),
        _ => return Err(FaultError::UnknownKind(name.to_owned())),
    };
    let takes_value = matches!(
        base,
        "stall" | "cut-body" | "drip" | "delay" | "redirect" | "status" | "gzip-bomb"
    );
    if value.is_some() && !takes_value {
        return Err(FaultError::UnknownOption {
            kind: name.to_owned(),
            option: format!("={}", value.unwrap_or_default()),
        });
    }
    if after {
        return read_after(fault, name, "-after");
    }
    if name != base && (fault.needs_answer() || fault.strikes_connections()) {
        return Err(FaultError::UnknownKind(name.to_owned()));
    }
    Ok(fault)
}

fn read_after(fault: Fault, name: &str, option: &str) -> Result<Fault, FaultError> {
    if fault.strikes_connections() {
        return Err(FaultError::UnknownOption {
            kind: name.to_owned(),
            option: option.to_owned(),
        });
    }
    Ok(fault.after_executing())
}

fn read_option(
    fault: &mut Fault,
    name: &str,
    key: &str,
    value: Option<&str>,
) -> Result<(), FaultError> {
    match (&mut fault.kind, key, value) {
        (_, "after", None) => *fault = read_after(fault.clone(), name, key)?,
        (Kind::Redirect { status: code, .. }, "status", Some(value)) => {
            *code = status(key, value)?;
            if !matches!(*code, 301 | 302 | 303 | 307 | 308) {
                return Err(FaultError::BadValue(
                    key.to_owned(),
                    "301, 302, 303, 307 or 308",
                ));
            }
        }
        (Kind::Status { retry_after, .. }, "retry-after", Some(value)) => {
            *retry_after = Some(read_retry_after(value)?);
        }
        (Kind::Status { body, .. }, "body", Some(value)) => {
            *body = Some(match value {
                "plain" => ErrorBody::Plain,
                "html" => ErrorBody::Html,
                "json" => ErrorBody::Json,
                _ => {
                    return Err(FaultError::BadValue(key.to_owned(), "plain, html or json"));
                }
            });
        }
        _ => {
            return Err(FaultError::UnknownOption {
                kind: name.to_owned(),
                option: key.to_owned(),
            });
        }
    }
    Ok(())
}

fn read_scope(
    rule: &mut FaultRule,
    key: &str,
    value: Option<&str>,
    scheduled: &mut bool,
) -> Result<(), FaultError> {
    if matches!(key, "path" | "except" | "method") {
        let value = required(key, value, "path=/create")?.to_owned();
        match key {
            "path" => rule.paths.push(value),
            "except" => rule.except.push(value),
            _ => rule.method = Some(value),
        }
        return Ok(());
    }
    if std::mem::replace(scheduled, true) {
        return Err(FaultError::TwoSchedules);
    }
    if key == "always" {
        rule.schedule = Schedule::Always;
        return Ok(());
    }
    let value = required(key, value, "every=7")?;
    let positive = |text: &str| match number::<u64>(key, text)? {
        0 => Err(FaultError::BadValue(
            key.to_owned(),
            "a number from 1 upwards",
        )),
        number => Ok(number),
    };
    rule.schedule = match key {
        "every" => Schedule::Every(positive(value)?),
        "first" => Schedule::First(positive(value)?),
        "from" => Schedule::From(positive(value)?),
        _ => {
            let (first, last) = value.split_once('-').unwrap_or((value, value));
            let (first, last) = (positive(first)?, positive(last)?);
            if last < first {
                return Err(FaultError::BadValue(
                    key.to_owned(),
                    "a first number that is not above the last",
                ));
            }
            Schedule::Range(first, last)
        }
    };
    Ok(())
}

fn read_retry_after(value: &str) -> Result<RetryAfter, FaultError> {
    for (prefix, form) in [
        ("date", RetryAfter::ImfFixdate as fn(i64) -> RetryAfter),
        ("rfc850", RetryAfter::Rfc850),
        ("asctime", RetryAfter::Asctime),
    ] {
        if let Some(seconds) = value.strip_prefix(prefix)
            && seconds.starts_with(['+', '-'])
        {
            return Ok(form(number("retry-after", seconds)?));
        }
    }
    let mut text = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let code = tail
                .get(..2)
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            let Some(code) = code else {
                return Err(FaultError::BadValue(
                    "retry-after".to_owned(),
                    "two hexadecimal digits after %",
                ));
            };
            text.push(code);
            rest = &tail[2..];
        } else {
            text.push(*first);
        }
    }
    match String::from_utf8(text) {
        Ok(text) if !text.contains(['\r', '\n']) => Ok(RetryAfter::Text(text)),
        _ => Err(FaultError::BadValue(
            "retry-after".to_owned(),
            "text of one line",
        )),
    }
}

fn required<'v>(
    key: &str,
    value: Option<&'v str>,
    example: &'static str,
) -> Result<&'v str, FaultError> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| FaultError::MissingValue(key.to_owned(), example))
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T, FaultError> {
    value
        .parse()
        .map_err(|_| FaultError::BadValue(key.to_owned(), "a whole number"))
}

fn status(key: &str, value: &str) -> Result<u16, FaultError> {
    match number::<u16>(key, value)? {
        code @ 200..=599 => Ok(code),
        _ => Err(FaultError::BadValue(
            key.to_owned(),
            "a status from 200 to 599",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_survives_writing_and_reading() {
        for text in [
            "close-accept:nth=2",
            "close-before",
            "close-after:every=7",
            "reset-before",
            "reset-after:first=3,method=POST",
            "stall",
            "stall=30,after",
            "cut-body",
            "cut-body=10:nth=4",
            "drip",
            "drip=50",
            "delay=250:from=9",
            "garbage,after:every=3,path=/create,path=/bulk_create",
            "json",
            "empty",
            "html:nth=2-5",
            "not-http",
            "redirect=https://other.example/:nth=1",
            "redirect=http://127.0.0.1:8080/create,status=308",
            "redirect=http://[::1]:80/x,after",
            "status=503,retry-after=3:first=2",
            "status=429,retry-after=date+30",
            "status=429,retry-after=rfc850-30",
            "status=429,retry-after=asctime+0",
            "status=429,retry-after=-5",
            "status=429,retry-after=Wed%2C 21 Oct 2015 07%3A28%3A00 GMT",
            "status=500,body=json,after:every=5,except=/token",
            "gzip-bomb",
            "gzip-bomb=1000",
            "stall:first=1; status=401:nth=2",
        ] {
            let plan: FaultPlan = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(plan.to_string(), text);
        }
    }

    #[test]
    fn shorter_spellings_mean_the_same() {
        for (short, long) in [
            ("close", "close-before"),
            ("reset,after:every=2", "reset-after:every=2"),
            ("stall-after", "stall,after"),
            ("cut-body,after", "cut-body"),
            ("html-before", "html"),
            (
                "redirect=https://x.example/,status=307",
                "redirect=https://x.example/",
            ),
            ("drip=1000:always", "drip"),
            (
                " reset : nth=3 , path=/create ",
                "reset-before:nth=3,path=/create",
            ),
            ("status=503,first=2", "status=503:first=2"),
        ] {
            let plan: FaultPlan = short.parse().unwrap_or_else(|e| panic!("{short}: {e}"));
            assert_eq!(plan.to_string(), long);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        for (text, message) in [
            ("boom", "there is no fault called \"boom\""),
            ("delay", "delay needs a value, as in delay=250"),
            ("redirect", "redirect needs a value"),
            (
                "redirect=https://x/,status=200",
                "status: expected 301, 302, 303, 307 or 308",
            ),
            ("status=99", "status: expected a status from 200 to 599"),
            ("status=abc", "status: expected a whole number"),
            ("html=3", "html takes no \"=3\""),
            ("html,retry-after=3", "html takes no \"retry-after\""),
            ("close-accept,after", "close-accept takes no \"after\""),
            ("cut-body-before", "there is no fault called"),
            ("reset:every=0", "every: expected a number from 1 upwards"),
            ("reset:nth=5-2", "nth: expected a first number"),
            ("reset:every=2,first=3", "more than one schedule"),
            (
                "status=429,retry-after=%2",
                "retry-after: expected two hexadecimal digits",
            ),
            (
                "status=429,retry-after=%0A",
                "retry-after: expected text of one line",
            ),
            ("reset:path", "path needs a value"),
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
