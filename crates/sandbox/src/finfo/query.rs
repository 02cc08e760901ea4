//! Parameters of a request, and the rules that the guides state for them.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Most articles in one answer (source: the page of article v2.2, <https://docs.finfo.se>).
pub(super) const MOST: u64 = 1000;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) supplier: Option<String>,
    pub(super) supplier_article: Option<String>,
    pub(super) article: Option<String>,
    pub(super) gtin: Option<String>,
    pub(super) content_type: Option<String>,
    from: Option<String>,
    to: Option<String>,
    offset: Option<String>,
    limit: Option<String>,
}

/// A period of changes: from its first moment up to the moment before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Window {
    pub(super) fn holds(self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// A part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) offset: u64,
    /// 0 where none is given.
    pub(super) limit: u64,
}

/// What the guides say about an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// Version 1 of articles: the period has both ends, in days, and its end does not belong to it.
    pub(super) exclusive_days: bool,
    /// A period needs a supplier.
    pub(super) period_needs_supplier: bool,
    /// A supplier's number of an article needs the supplier.
    pub(super) number_needs_supplier: bool,
    /// Some requests need `offset` and `limit`.
    pub(super) paged: bool,
    /// Single articles only.
    pub(super) single: bool,
    /// Requests without a period may bring articles of suppliers that are not ordered (climate).
    pub(super) beyond: bool,
    /// Parameters that must be there.
    pub(super) required: &'static [&'static str],
}

/// What files can be asked for.
pub(super) const CONTENT_TYPES: [&str; 3] =
    ["productImageSingle", "environmentImage", "safetyDataSheet"];

enum Limit {
    Day(NaiveDate),
    Moment(DateTime<Utc>),
}

impl Query {
    pub(super) fn of(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let slot = match &*name {
                "finfoSupplierId" => &mut query.supplier,
                "supplierArticleId" => &mut query.supplier_article,
                "finfoArticleId" => &mut query.article,
                "gtin" => &mut query.gtin,
                "contentType" => &mut query.content_type,
                "changed-from-date" => &mut query.from,
                "changed-to-date" => &mut query.to,
                "offset" => &mut query.offset,
                "limit" => &mut query.limit,
                _ => continue,
            };
            *slot = Some(value.into_owned());
        }
        query
    }

    /// Whether single articles are asked for.
    pub(super) fn is_single(&self) -> bool {
        self.supplier_article.is_some() || self.article.is_some() || self.gtin.is_some()
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "finfoSupplierId" => self.supplier.is_some(),
            "changed-from-date" => self.from.is_some(),
            "changed-to-date" => self.to.is_some(),
            _ => false,
        }
    }

    /// The period and the part that are asked for, or the rule that is broken.
    pub(super) fn check(
        &self,
        rules: Rules,
        now: DateTime<Utc>,
    ) -> Result<(Option<Window>, Part), String> {
        if let Some(missing) = rules.required.iter().find(|name| !self.has(name)) {
            return Err(format!("{missing} is missing"));
        }
        if rules.single && !self.is_single() {
            return Err("finfoArticleId, supplierArticleId or gtin is missing".to_owned());
        }
        if let Some(kind) = &self.content_type
            && !CONTENT_TYPES.contains(&kind.as_str())
        {
            let known = CONTENT_TYPES.join(", ");
            return Err(format!("contentType must be one of {known}"));
        }
        if self.supplier.is_none() {
            if rules.number_needs_supplier && self.supplier_article.is_some() {
                return Err("supplierArticleId requires finfoSupplierId".to_owned());
            }
            if rules.period_needs_supplier && self.from.is_some() {
                return Err("changed-from-date requires finfoSupplierId".to_owned());
            }
        }
        if self.supplier.is_none() && !self.is_single() && self.from.is_none() {
            return Err("no search parameter".to_owned());
        }
        let window = self.window(rules, now)?;
        let number = |name: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => text
                .parse::<u64>()
                .map(Some)
                .map_err(|_| format!("{name} is not a number")),
        };
        let (offset, limit) = (
            number("offset", &self.offset)?,
            number("limit", &self.limit)?,
        );
        let alone = self.supplier.is_some() && !self.is_single();
        if rules.paged && (alone || window.is_some()) && (offset.is_none() || limit.is_none()) {
            return Err("offset and limit are required".to_owned());
        }
        if rules.exclusive_days {
            return Ok((
                window,
                Part {
                    offset: 0,
                    limit: 0,
                },
            ));
        }
        if limit == Some(0) || limit.is_some_and(|limit| limit > MOST) {
            return Err(format!("limit must be between 1 and {MOST}"));
        }
        let part = Part {
            offset: offset.unwrap_or(0),
            limit: limit.unwrap_or(0),
        };
        Ok((window, part))
    }

    fn window(&self, rules: Rules, now: DateTime<Utc>) -> Result<Option<Window>, String> {
        let (Some(from), to) = (&self.from, &self.to) else {
            return match self.to {
                Some(_) => Err("changed-to-date requires changed-from-date".to_owned()),
                None => Ok(None),
            };
        };
        let start = match limit(from).ok_or("changed-from-date is not a date")? {
            Limit::Moment(_) if rules.exclusive_days => {
                return Err("changed-from-date is not a date".to_owned());
            }
            Limit::Day(day) => midnight(day),
            Limit::Moment(moment) => moment,
        };
        let end = match to.as_deref().map(limit) {
            None if rules.exclusive_days => return Err("changed-to-date is missing".to_owned()),
            None => after(now),
            Some(None) => return Err("changed-to-date is not a date".to_owned()),
            Some(Some(Limit::Day(day))) if rules.exclusive_days => midnight(day),
            Some(Some(Limit::Day(day))) => {
                midnight(day.checked_add_days(Days::new(1)).unwrap_or(day))
            }
            Some(Some(Limit::Moment(_))) if rules.exclusive_days => {
                return Err("changed-to-date is not a date".to_owned());
            }
            Some(Some(Limit::Moment(moment))) => after(moment),
        };
        Ok(Some(Window { start, end }))
    }
}

/// The first moment that is sent as a later one: times go out with milliseconds.
fn after(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment + TimeDelta::milliseconds(1)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// A day, or a moment in UTC.
fn limit(text: &str) -> Option<Limit> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Limit::Day(day));
    }
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    text.ends_with('Z').then(|| Limit::Moment(moment.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Rules = Rules {
        exclusive_days: false,
        period_needs_supplier: true,
        number_needs_supplier: true,
        paged: true,
        single: false,
        beyond: false,
        required: &[],
    };
    const ONE: Rules = Rules {
        exclusive_days: true,
        paged: false,
        ..TWO
    };

    fn now() -> DateTime<Utc> {
        "2026-01-15T12:00:00Z".parse().expect("a moment")
    }

    fn window(text: &str, rules: Rules) -> Result<Option<(String, String)>, String> {
        let (window, _) = Query::of(text).check(rules, now())?;
        Ok(window.map(|window| (window.start.to_rfc3339(), window.end.to_rfc3339())))
    }

    #[test]
    fn the_end_belongs_to_a_period_from_version_2_on() {
        let days = "finfoSupplierId=1&changed-from-date=2000-01-01&changed-to-date=2000-01-02&offset=0&limit=9";
        let text =
            |from: &str, to: &str| Ok(Some((format!("{from}+00:00"), format!("{to}+00:00"))));
        assert_eq!(
            window(days, ONE),
            text("2000-01-01T00:00:00", "2000-01-02T00:00:00")
        );
        assert_eq!(
            window(days, TWO),
            text("2000-01-01T00:00:00", "2000-01-03T00:00:00")
        );
        let open = "finfoSupplierId=1&changed-from-date=2026-01-15T11:00:00.5Z&offset=0&limit=9";
        assert_eq!(
            window(open, TWO),
            text("2026-01-15T11:00:00.500", "2026-01-15T12:00:00.001")
        );
        assert!(window(open, ONE).is_err(), "days only");
    }

    #[test]
    fn broken_rules_are_told() {
        for (text, rules, told) in [
            ("finfoSupplierId=1", TWO, "offset and limit"),
            ("finfoSupplierId=1&offset=0", TWO, "offset and limit"),
            (
                "finfoSupplierId=1&offset=0&limit=1001",
                TWO,
                "limit must be",
            ),
            ("finfoSupplierId=1&offset=0&limit=0", TWO, "limit must be"),
            ("finfoSupplierId=1&offset=-1&limit=5", TWO, "offset is not"),
            (
                "changed-from-date=2026-01-01&offset=0&limit=5",
                TWO,
                "requires finfoSupplierId",
            ),
            ("supplierArticleId=A", TWO, "requires finfoSupplierId"),
            (
                "finfoSupplierId=1&changed-to-date=2026-01-01&offset=0&limit=5",
                TWO,
                "requires changed-from",
            ),
            (
                "finfoSupplierId=1&changed-from-date=2026-01-01T10:00:00%2B01:00&offset=0&limit=5",
                TWO,
                "not a date",
            ),
            (
                "finfoSupplierId=1&changed-from-date=2026-01-01",
                ONE,
                "missing",
            ),
            ("", TWO, "no search parameter"),
        ] {
            let error = Query::of(text).check(rules, now()).expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
        for text in [
            "finfoSupplierId=1&offset=5&limit=1000",
            "finfoArticleId=7",
            "finfoSupplierId=1&supplierArticleId=A",
        ] {
            assert!(Query::of(text).check(TWO, now()).is_ok(), "{text}");
        }
        assert!(Query::of("finfoSupplierId=1").check(ONE, now()).is_ok());
        let item = Rules {
            single: true,
            required: &["finfoSupplierId"],
            ..ONE
        };
        for (text, told) in [
            ("finfoArticleId=7", "finfoSupplierId is missing"),
            ("finfoSupplierId=1", "gtin is missing"),
        ] {
            assert!(
                Query::of(text)
                    .check(item, now())
                    .is_err_and(|error| error.contains(told)),
                "{text}"
            );
        }
        let kind = Query::of("finfoArticleId=7&contentType=film");
        assert!(
            kind.check(TWO, now())
                .is_err_and(|error| error.contains("safetyDataSheet"))
        );
    }
}
