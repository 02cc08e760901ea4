//! What the template shows, computed from the gathered rows.

use std::borrow::Cow;

use askama::Template;
use chrono::Timelike;

use super::assets::{CSS, JS, POLICY};
use super::calendar::{self, Calendar, Calendars, Lane};
use super::words::{self, Words};
use crate::explain::{Group, Lang, visible_line, visible_text};
use crate::write::outcome::{Concern, Outcome};
use crate::write::row::{ReportHead, Reported, ResultRow, Tally, Whose, masked};

/// Periods shorter than this are hard to see on a scale of a year.
const FEW_DAYS: u32 = 4;

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    lang: &'static str,
    policy: &'static str,
    css: &'static str,
    js: &'static str,
    version: &'static str,
    w: Words,
    title: String,
    kind: &'static str,
    list: Cow<'a, str>,
    made: String,
    job: Option<Cow<'a, str>>,
    rows_total: String,
    notes: Vec<Cow<'a, str>>,
    masked: bool,
    verdict: String,
    verdict_class: &'static str,
    tiles: Vec<Tile>,
    todo: Vec<Todo>,
    grids: Vec<Grid>,
    legend: Vec<Legend>,
    calendars: Vec<Picture>,
    calendars_further: Option<String>,
    groups: Vec<GroupView<'a>>,
    tables: Vec<Table<'a>>,
}

struct Tile {
    code: &'static str,
    class: &'static str,
    mark: &'static str,
    name: &'static str,
    count: String,
}

struct Todo {
    code: &'static str,
    class: &'static str,
    name: &'static str,
    rows: String,
    meaning: &'static str,
}

struct Grid {
    days: u32,
    lines: Vec<String>,
}

struct Legend {
    class: &'static str,
    name: &'static str,
}

struct Picture {
    fin: String,
    year: i32,
    days: u32,
    months: Vec<Month>,
    lanes: Vec<LaneView>,
    further: u64,
    further_text: String,
}

struct Month {
    x: String,
    long: &'static str,
    short: String,
}

struct LaneView {
    class: &'static str,
    who: String,
    when: String,
    extra: String,
    x: String,
    width: String,
    /// Too few days for a bar that can be seen; it gets a broad outline.
    thin: bool,
}

struct GroupView<'a> {
    severity: &'static str,
    severity_name: &'static str,
    title: &'a str,
    why: &'a str,
    count: String,
    /// Whether any item has a value, or a proposal, to show.
    values: bool,
    proposals: bool,
    items: Vec<Item<'a>>,
    further: Option<String>,
}

struct Item<'a> {
    row: u64,
    place: Cow<'a, str>,
    column: Option<&'a str>,
    value: &'a str,
    what: &'a str,
    proposal: &'a str,
}

struct Table<'a> {
    code: &'static str,
    class: &'static str,
    mark: &'static str,
    name: &'static str,
    meaning: &'static str,
    count: String,
    open: bool,
    headings: Vec<Heading<'a>>,
    /// Which of all columns have something in them.
    shown: Vec<bool>,
    rows: &'a [ResultRow],
    head: &'a ReportHead,
    further: Option<String>,
}

struct Heading<'a> {
    number: bool,
    text: Cow<'a, str>,
}

struct Cell<'a> {
    class: &'static str,
    /// What to sort by, where it is not the text.
    sort: Option<String>,
    text: Cow<'a, str>,
}

/// The class that colours follow; a mark says the same without colour.
fn class(concern: Concern) -> &'static str {
    match concern {
        Concern::Act => "act",
        Concern::Open => "open",
        Concern::Settled => "settled",
    }
}

fn mark(concern: Concern) -> &'static str {
    match concern {
        Concern::Act => "!",
        Concern::Open => "?",
        Concern::Settled => "✓",
    }
}

fn bar_class(whose: Whose) -> &'static str {
    match whose {
        Whose::SameList { .. } => "list",
        Whose::Own => "own",
        Whose::Foreign => "foreign",
        Whose::Unattributed => "someone",
    }
}

impl<'a> Page<'a> {
    pub(super) fn new(
        head: &'a ReportHead,
        tally: &Tally,
        rows: &'a [Vec<ResultRow>; Outcome::ALL.len()],
        groups: &'a [Group],
        calendars: &Calendars,
        vehicles: usize,
    ) -> Page<'a> {
        let lang = head.lang;
        let w = words::words(lang);
        let of = |concern| -> u64 {
            tally
                .present()
                .filter(|(o, _)| o.concern() == concern)
                .map(|(_, n)| n)
                .sum()
        };
        let (act, open, settled) = (of(Concern::Act), of(Concern::Open), of(Concern::Settled));
        let list = visible_line(&head.list_name);
        let pictures: Vec<&Calendar> = calendars.pictures().collect();
        let drawn = pictures.len() as u64;
        let without = (vehicles as u64).saturating_sub(calendars.gathered() as u64);
        let time = head.created_at.naive_local();
        Page {
            lang: lang.tag(),
            policy: POLICY,
            css: CSS,
            js: JS,
            version: env!("CARGO_PKG_VERSION"),
            w,
            title: format!("{}: {list}", head.kind.name(lang)),
            kind: head.kind.name(lang),
            made: format!(
                "{} {:02}:{:02}",
                lang.date(time.date()),
                time.hour(),
                time.minute()
            ),
            job: head.job.as_deref().map(visible_line),
            rows_total: lang.rows(tally.total()),
            notes: head.notes.iter().map(|note| visible_line(note)).collect(),
            masked: !head.show_fins,
            verdict: words::verdict(lang, act, open, settled),
            verdict_class: match (act, open) {
                (0, 0) => "settled",
                (0, _) => "open",
                _ => "act",
            },
            tiles: tally
                .present()
                .map(|(outcome, count)| tile(outcome, count, lang))
                .collect(),
            todo: tally
                .present()
                .filter(|(outcome, _)| outcome.concern() != Concern::Settled)
                .map(|(outcome, count)| todo(outcome, count, lang))
                .collect(),
            grids: grids(&pictures),
            legend: legend(&pictures, lang, w),
            calendars: pictures.iter().map(|c| picture(c, head, w)).collect(),
            calendars_further: (without > 0 && drawn > 0).then(|| words::further(lang, without)),
            groups: groups.iter().map(|g| group(g, lang, w)).collect(),
            tables: tally
                .present()
                .map(|(outcome, count)| table(outcome, count, &rows[outcome as usize], head, w))
                .collect(),
            list,
        }
    }
}

fn tile(outcome: Outcome, count: u64, lang: Lang) -> Tile {
    Tile {
        code: outcome.code(),
        class: class(outcome.concern()),
        mark: mark(outcome.concern()),
        name: outcome.name(lang),
        count: lang.count(count),
    }
}

fn todo(outcome: Outcome, count: u64, lang: Lang) -> Todo {
    Todo {
        code: outcome.code(),
        class: class(outcome.concern()),
        name: outcome.name(lang),
        rows: lang.rows(count),
        meaning: outcome.meaning(lang),
    }
}

/// The month lines of the years that occur, common and leap.
fn grids(pictures: &[&Calendar]) -> Vec<Grid> {
    [365, 366]
        .into_iter()
        .filter(|days| pictures.iter().any(|c| calendar::days_in(c.year) == *days))
        .map(|days| Grid {
            days,
            lines: calendar::month_edges(days),
        })
        .collect()
}

/// The kinds of bars that occur.
fn legend(pictures: &[&Calendar], lang: Lang, w: Words) -> Vec<Legend> {
    let kinds = [
        ("list", lang.pick("Zeile dieser Liste", "Row of this list")),
        (
            "own",
            lang.pick("Eigener früherer Eintrag", "Own earlier entry"),
        ),
        (
            "foreign",
            lang.pick("Fremder Eintrag", "Entry of another company"),
        ),
        (
            "someone",
            lang.pick("Eintrag in FINcheck", "Entry in FINcheck"),
        ),
        ("both", w.both),
    ];
    let occurs = |class: &str| {
        pictures.iter().any(|calendar| {
            class == "both" && !calendar.shared().is_empty()
                || calendar
                    .lanes()
                    .iter()
                    .any(|lane| bar_class(lane.entry.whose) == class)
        })
    };
    kinds
        .into_iter()
        .filter(|(class, _)| occurs(class))
        .map(|(class, name)| Legend { class, name })
        .collect()
}

fn picture(calendar: &Calendar, head: &ReportHead, w: Words) -> Picture {
    let lang = head.lang;
    let days = calendar::days_in(calendar.year);
    let middles = calendar::month_middles(days);
    let mut lanes: Vec<LaneView> = calendar.lanes().iter().map(|l| lane(l, lang, w)).collect();
    for period in calendar.shared() {
        let (x, width) = calendar::place(&period);
        lanes.push(LaneView {
            class: "both",
            who: w.both.to_owned(),
            when: lang.span(&period),
            extra: words::days(lang, period.days()),
            x,
            width,
            thin: period.days() < FEW_DAYS,
        });
    }
    Picture {
        fin: match head.show_fins {
            true => calendar.fin.as_str().to_owned(),
            false => calendar.fin.masked().to_string(),
        },
        year: calendar.year,
        days,
        months: middles
            .into_iter()
            .zip(lang.months())
            .map(|(x, long)| Month {
                x,
                long,
                short: long.chars().take(1).collect(),
            })
            .collect(),
        lanes,
        further: calendar.further,
        further_text: words::further_lanes(lang, calendar.further),
    }
}

fn lane(lane: &Lane, lang: Lang, w: Words) -> LaneView {
    let (x, width) = calendar::place(&lane.entry.period);
    let registered = lane.entry.registered_at.map(|time| {
        format!(
            "{} {}",
            lang.pick("registriert", "registered"),
            lang.moment(&time)
        )
    });
    let of_list = matches!(lane.entry.whose, Whose::SameList { .. });
    LaneView {
        class: bar_class(lane.entry.whose),
        who: words::who(lang, lane.entry.whose),
        when: lang.span(&lane.entry.period),
        extra: match (registered, lane.outcome) {
            (Some(registered), _) => registered,
            (None, Some(outcome)) if lane.note.is_empty() => outcome.name(lang).to_owned(),
            (None, Some(outcome)) => format!("{} · {}", outcome.name(lang), lane.note),
            (None, None) if of_list => w.in_list.to_owned(),
            (None, None) => String::new(),
        },
        x,
        width,
        thin: lane.entry.period.days() < FEW_DAYS,
    }
}

fn group<'a>(group: &'a Group, lang: Lang, w: Words) -> GroupView<'a> {
    GroupView {
        severity: group.severity.code(),
        severity_name: words::severity(group.severity, lang),
        title: group.title,
        why: group.why,
        count: lang.count(group.count),
        values: group.first.iter().any(|e| e.value.is_some()),
        proposals: group.first.iter().any(|e| e.proposal.is_some()),
        items: group
            .first
            .iter()
            .map(|e| Item {
                row: e.row,
                place: match &e.cell {
                    Some(cell) => Cow::Borrowed(cell),
                    None => Cow::Owned(format!("{} {}", w.row, e.row)),
                },
                column: e.column.as_deref(),
                value: e.value.as_deref().unwrap_or(""),
                what: &e.what,
                proposal: e.proposal.as_deref().unwrap_or(""),
            })
            .collect(),
        further: (group.further() > 0).then(|| words::further(lang, group.further())),
    }
}

fn table<'a>(
    outcome: Outcome,
    count: u64,
    rows: &'a [ResultRow],
    head: &'a ReportHead,
    w: Words,
) -> Table<'a> {
    let lang = head.lang;
    let own = [w.row, "FIN", w.period, w.registered, w.reason, w.others];
    let all: Vec<Cow<'a, str>> = own
        .into_iter()
        .map(Cow::Borrowed)
        .chain(head.carried.iter().map(|h| visible_line(h)))
        .collect();
    let mut shown = vec![false; all.len()];
    shown[0] = true;
    for row in rows {
        if shown.iter().all(|s| *s) {
            break;
        }
        for (shown, cell) in shown.iter_mut().zip(cells(head, row)) {
            *shown |= !cell.text.is_empty();
        }
    }
    let headings = all
        .into_iter()
        .zip(&shown)
        .enumerate()
        .filter(|(_, (_, shown))| **shown)
        .map(|(i, (text, _))| Heading {
            number: i == 0,
            text,
        })
        .collect();
    let further = count - rows.len() as u64;
    Table {
        code: outcome.code(),
        class: class(outcome.concern()),
        mark: mark(outcome.concern()),
        name: outcome.name(lang),
        meaning: outcome.meaning(lang),
        count: lang.count(count),
        open: outcome.concern() != Concern::Settled,
        headings,
        shown,
        rows,
        head,
        further: (further > 0).then(|| words::further(lang, further)),
    }
}

impl<'a> Table<'a> {
    /// The rows with the cells of the shown columns, made one by one.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'a>>> + '_ {
        self.rows.iter().map(|row| {
            cells(self.head, row)
                .zip(&self.shown)
                .filter_map(|(cell, shown)| shown.then_some(cell))
                .collect()
        })
    }
}

/// All cells of a row; foreign text is made visible, FINs are masked if need be.
fn cells<'a>(head: &'a ReportHead, row: &'a ResultRow) -> impl Iterator<Item = Cell<'a>> {
    let lang = head.lang;
    let show = head.show_fins;
    let text = |class, text: Cow<'a, str>| Cell {
        class,
        sort: None,
        text: visible(text),
    };
    let own = [
        Cell {
            class: "n",
            sort: None,
            text: row.row.to_string().into(),
        },
        text("fin", row.fin_text(show)),
        period_cell(row, lang, show),
        match &row.registered_at {
            Reported::Known(time) => Cell {
                class: "nowrap",
                sort: Some(time.datetime().timestamp().to_string()),
                text: lang
                    .moment(&finkit_core::ReportedTime::Zoned(time.datetime()))
                    .into(),
            },
            Reported::AsTyped(typed) => text("", masked(typed, show)),
            Reported::Missing => text("", Cow::Borrowed("")),
        },
        text("long", row.reason_text(show)),
        text("long", row.others_text(lang).into()),
    ];
    let carried = (0..head.carried.len()).map(move |i| Cell {
        class: "",
        sort: None,
        text: visible(row.carried_text(i, show)),
    });
    own.into_iter().chain(carried)
}

fn period_cell<'a>(row: &'a ResultRow, lang: Lang, show: bool) -> Cell<'a> {
    if let Some(period) = row.period() {
        return Cell {
            class: "nowrap",
            sort: Some(period.to_string()),
            text: lang.span(&period).into(),
        };
    }
    let day = |day: &'a Reported<chrono::NaiveDate>| match day {
        Reported::Known(day) => Cow::Owned(lang.date(*day)),
        Reported::AsTyped(typed) => visible(masked(typed, show)),
        Reported::Missing => Cow::Borrowed(words::words(lang).missing),
    };
    let text = match (&row.start, &row.end) {
        (Reported::Missing, Reported::Missing) => String::new(),
        (start, end) => format!("{} – {}", day(start), day(end)),
    };
    Cell {
        class: "",
        sort: None,
        text: text.into(),
    }
}

fn visible(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => visible_text(text),
        Cow::Owned(text) => Cow::Owned(visible_text(&text).into_owned()),
    }
}
