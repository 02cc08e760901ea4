//! Results as a workbook: one sheet per outcome, an overview in front.

use std::borrow::Cow;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use chrono::{Datelike, NaiveDate, Timelike};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
};

use super::columns;
use super::error::WriteError;
use super::formula::is_risky;
use super::outcome::{Concern, Outcome};
use super::row::{ReportHead, Reported, ResultRow, Summary};
use crate::explain::{Lang, steers, visible_where};
use crate::remembering::Remembering;

/// Rows of a sheet (Microsoft, "Excel specifications and limits").
const MOST_ROWS: u32 = 1_048_576;
/// Columns of a sheet.
const MOST_COLUMNS: usize = 16_384;
/// UTF-16 units of a cell.
const MOST_UNITS: usize = 32_767;

/// Writes rows into a workbook; they wait in temporary files, so that a list of
/// any length takes little memory.
///
/// Every outcome has its sheet, with a filter, a frozen heading and FINs as text.
/// What does not fit on a sheet goes on on a second one. Foreign text is always
/// text: nothing in it becomes a formula or a link, not even when a person edits
/// the cell.
pub struct XlsxWriter<W: Write + Send> {
    to: W,
    head: ReportHead,
    headings: Vec<String>,
    workbook: Workbook,
    formats: Formats,
    /// The sheets made so far; the place in the list is the place in the workbook.
    sheets: Vec<Sheet>,
    /// The sheet that rows of an outcome go to.
    current: [Option<usize>; Outcome::ALL.len()],
    rows_per_sheet: u32,
    summary: Summary,
    /// Set once the library has given up in the middle of a row.
    broken: bool,
}

struct Sheet {
    outcome: Outcome,
    number: u32,
    /// Rows written, the heading included.
    rows: u32,
}

struct Formats {
    heading: Format,
    text: Format,
    /// Text that a spreadsheet would take for a formula if it were typed in.
    quoted: Format,
    date: Format,
    bold: Format,
    title: Format,
    wrapped: Format,
}

impl Formats {
    fn new(lang: Lang) -> Formats {
        let top = || Format::new().set_align(FormatAlign::Top);
        Formats {
            heading: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xE3E8EF))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::Top),
            text: top().set_num_format("@"),
            quoted: top().set_num_format("@").set_quote_prefix(),
            date: top().set_num_format(lang.pick("dd.mm.yyyy", "yyyy-mm-dd")),
            bold: top().set_bold(),
            title: Format::new().set_bold().set_font_size(16),
            wrapped: top().set_text_wrap(),
        }
    }
}

impl<W: Write + Send> std::fmt::Debug for XlsxWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XlsxWriter")
            .field("sheets", &self.sheets.len())
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> XlsxWriter<W> {
    /// Begins a workbook; nothing is written to `to` before [`finish`](Self::finish).
    ///
    /// # Errors
    /// [`WriteErrorKind::Workbook`](super::WriteErrorKind::Workbook) when the list
    /// has more columns than a sheet.
    pub fn new(to: W, head: ReportHead) -> Result<XlsxWriter<W>, WriteError> {
        let headings = columns::headings(&head);
        if headings.len() > MOST_COLUMNS {
            return Err(WriteError::too_many_columns());
        }
        let mut workbook = Workbook::new();
        let mut properties = DocProperties::new()
            .set_title(title(&head))
            .set_author("finkit")
            .set_company("");
        if let Ok(created) = excel_time(&head) {
            properties = properties.set_creation_datetime(&created);
        }
        workbook.set_properties(&properties);
        Ok(XlsxWriter {
            to,
            formats: Formats::new(head.lang),
            head,
            headings,
            workbook,
            sheets: Vec::new(),
            current: [None; Outcome::ALL.len()],
            rows_per_sheet: MOST_ROWS,
            summary: Summary::default(),
            broken: false,
        })
    }

    /// Keeps the waiting rows in files of this folder, which have no name there, and
    /// not in the folder for temporary files, which is often small or in memory.
    ///
    /// # Errors
    /// [`WriteErrorKind::Workbook`](super::WriteErrorKind::Workbook) when no file
    /// can be made there.
    pub fn waiting_in(mut self, folder: &Path) -> Result<XlsxWriter<W>, WriteError> {
        self.workbook.set_tempdir(folder)?;
        Ok(self)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`WriteErrorKind::Shape`](super::WriteErrorKind::Shape) for a row with
    /// another number of carried values than headings,
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) and
    /// [`WriteErrorKind::Workbook`](super::WriteErrorKind::Workbook) when a
    /// temporary file cannot be written.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        row.fits(&self.head)?;
        if self.broken {
            return Err(WriteError::gave_up());
        }
        let written = or_error(|| self.write_row(row));
        self.broken = written.is_err();
        written
    }

    fn write_row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        let index = self.sheet_for(row.outcome)?;
        let at = self.sheets[index].rows;
        let sheet = self.workbook.worksheet_from_index(index)?;
        for (column, cell) in (0..).zip(columns::cells(&self.head, row)) {
            match (usize::from(column), &row.start, &row.end) {
                (columns::ROW, _, _) => {
                    // Row numbers are far below 2^53, up to which a cell is exact.
                    #[expect(clippy::cast_precision_loss)]
                    sheet.write_number(at, column, row.row as f64)?;
                }
                (columns::START, Reported::Known(date), _)
                | (columns::END, _, Reported::Known(date)) => {
                    sheet.write_datetime_with_format(
                        at,
                        column,
                        excel_date(*date)?,
                        &self.formats.date,
                    )?;
                }
                (place, _, _) => {
                    let (text, shortened) = fitting(&cell, self.head.lang);
                    self.summary.shortened += u64::from(shortened);
                    let format = match is_risky(&text) {
                        true => &self.formats.quoted,
                        // An empty cell needs no format, except where a FIN may be typed in.
                        false if text.is_empty() && place != columns::FIN => continue,
                        false => &self.formats.text,
                    };
                    sheet.write_string_with_format(at, column, text, format)?;
                }
            }
        }
        self.sheets[index].rows += 1;
        self.summary.tally.add(row.outcome);
        Ok(())
    }

    /// Writes the workbook and gives the target back.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) and
    /// [`WriteErrorKind::Workbook`](super::WriteErrorKind::Workbook) when writing fails.
    pub fn finish(self) -> Result<(W, Summary), WriteError> {
        if self.broken {
            return Err(WriteError::gave_up());
        }
        or_error(|| self.assemble())
    }

    fn assemble(mut self) -> Result<(W, Summary), WriteError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked against MOST_COLUMNS"
        )]
        let last_column = (self.headings.len() - 1) as u16;
        for (index, sheet) in self.sheets.iter().enumerate() {
            let worksheet = self.workbook.worksheet_from_index(index)?;
            worksheet.autofilter(0, 0, sheet.rows - 1, last_column)?;
        }
        self.overview()?;
        // The overview was made last, when the counts were known, and stands first.
        let order: Vec<(usize, u32)> = self
            .sheets
            .iter()
            .map(|s| (s.outcome.rank() + 1, s.number))
            .collect();
        let worksheets = self.workbook.worksheets_mut();
        let mut keyed: Vec<((usize, u32), Worksheet)> = order
            .into_iter()
            .chain([(0, 0)])
            .zip(worksheets.drain(..))
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        worksheets.extend(keyed.into_iter().map(|(_, worksheet)| worksheet));
        if let Some(first) = worksheets.first_mut() {
            first.set_active(true);
        }
        let XlsxWriter {
            to,
            mut workbook,
            summary,
            ..
        } = self;
        let mut to = Remembering { to, error: None };
        workbook.save_to_writer(&mut to)?;
        let Remembering { mut to, error } = to;
        if let Some(error) = error {
            return Err(error.into());
        }
        to.flush()?;
        Ok((to, summary))
    }

    /// The sheet with room for a row of this outcome, made if need be.
    fn sheet_for(&mut self, outcome: Outcome) -> Result<usize, WriteError> {
        let number = match self.current[outcome as usize] {
            Some(index) if self.sheets[index].rows < self.rows_per_sheet => return Ok(index),
            Some(full) => self.sheets[full].number + 1,
            None => 1,
        };
        let name = outcome.name(self.head.lang);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        match number {
            1 => sheet.set_name(name)?,
            n => sheet.set_name(format!("{name} ({n})"))?,
        };
        sheet.set_freeze_panes(1, 2)?;
        sheet.set_landscape();
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_tab_color(match outcome.concern() {
            Concern::Act => Color::RGB(0xB42318),
            Concern::Open => Color::RGB(0xB58000),
            Concern::Settled => Color::RGB(0x2E7D32),
        });
        for (column, heading) in (0..).zip(&self.headings) {
            let (text, _) = fitting(heading, self.head.lang);
            sheet.write_string_with_format(0, column, text, &self.formats.heading)?;
            sheet.set_column_width(column, width(usize::from(column)))?;
        }
        let index = self.sheets.len();
        self.sheets.push(Sheet {
            outcome,
            number,
            rows: 1,
        });
        self.current[outcome as usize] = Some(index);
        Ok(index)
    }

    fn overview(&mut self) -> Result<(), WriteError> {
        let lang = self.head.lang;
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(lang.pick("Übersicht", "Overview"))?;
        sheet.set_column_width(0, 30)?;
        sheet.set_column_width(1, 12)?;
        sheet.set_column_width(2, 90)?;
        let mut line = 0;
        let (list, _) = fitting(&self.head.list_name, lang);
        sheet.write_string_with_format(line, 0, title(&self.head), &self.formats.title)?;
        line += 1;
        for (name, value) in [
            (lang.pick("Liste", "List"), Some(list)),
            (
                lang.pick("Auftrag", "Job"),
                self.head.job.as_deref().map(|j| fitting(j, lang).0),
            ),
            (lang.pick("Erstellt", "Made"), Some(made(&self.head).into())),
            (
                "FIN",
                Some(Cow::Borrowed(match self.head.show_fins {
                    true => lang.pick("ausgeschrieben", "shown whole"),
                    false => lang.pick("gekürzt (WVW…0001)", "masked (WVW…0001)"),
                })),
            ),
        ] {
            let Some(value) = value else { continue };
            sheet.write_string_with_format(line, 0, name, &self.formats.bold)?;
            sheet.write_string_with_format(line, 1, value, &self.formats.text)?;
            line += 1;
        }
        for note in &self.head.notes {
            let (note, _) = fitting(note, lang);
            sheet.write_string_with_format(line, 1, note, &self.formats.text)?;
            line += 1;
        }
        line += 1;
        let headings = lang.pick(
            ["Ergebnis", "Zeilen", "Bedeutung"],
            ["Outcome", "Rows", "Meaning"],
        );
        for (column, heading) in (0..).zip(headings) {
            sheet.write_string_with_format(line, column, heading, &self.formats.heading)?;
        }
        for (outcome, count) in self.summary.tally.present() {
            line += 1;
            sheet.write_string_with_format(line, 0, outcome.name(lang), &self.formats.bold)?;
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            sheet.write_number(line, 1, count as f64)?;
            sheet.write_string_with_format(
                line,
                2,
                outcome.meaning(lang),
                &self.formats.wrapped,
            )?;
        }
        Ok(())
    }

    #[cfg(test)]
    fn with_rows_per_sheet(mut self, rows: u32) -> Self {
        self.rows_per_sheet = rows;
        self
    }
}

/// The library panics where it cannot write its temporary files, as on a full disk;
/// to a caller that is an error like any other.
fn or_error<T>(write: impl FnOnce() -> Result<T, WriteError>) -> Result<T, WriteError> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| Err(WriteError::gave_up()))
}

/// The title of the workbook, without foreign text.
fn title(head: &ReportHead) -> String {
    format!("finkit: {}", head.kind.name(head.lang))
}

fn made(head: &ReportHead) -> String {
    let time = head.created_at.naive_local();
    format!(
        "{} {:02}:{:02}",
        head.lang.date(time.date()),
        time.hour(),
        time.minute()
    )
}

fn excel_time(head: &ReportHead) -> Result<ExcelDateTime, WriteError> {
    let time = head.created_at.naive_utc();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "hours and minutes are below 60"
    )]
    let (hour, minute) = (time.hour() as u16, time.minute() as u8);
    Ok(excel_date(time.date())?.and_hms(hour, minute, time.second())?)
}

fn excel_date(date: NaiveDate) -> Result<ExcelDateTime, WriteError> {
    let year = u16::try_from(date.year()).unwrap_or(0);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "months and days are below 32"
    )]
    let (month, day) = (date.month() as u8, date.day() as u8);
    Ok(ExcelDateTime::from_ymd(year, month, day)?)
}

fn width(column: usize) -> f64 {
    match column {
        columns::ROW => 8.0,
        columns::FIN => 21.0,
        columns::START | columns::END => 12.0,
        4 => 26.0,
        5..=7 => 22.0,
        8..=10 => 50.0,
        _ => 18.0,
    }
}

/// The text as a cell can hold it, and whether it had to be shortened.
fn fitting(text: &str, lang: Lang) -> (Cow<'_, str>, bool) {
    let text = visible_where(text, |c| steers(c) && !matches!(c, '\n' | '\r' | '\t'));
    // A UTF-16 unit stands for at least one byte and at most three.
    if text.len() <= MOST_UNITS || text.encode_utf16().count() <= MOST_UNITS {
        return (text, false);
    }
    let mark = match lang {
        Lang::De => format!(" … [gekürzt, {} Zeichen]", text.chars().count()),
        Lang::En => format!(" … [shortened, {} characters]", text.chars().count()),
    };
    let mut room = MOST_UNITS - mark.len();
    let mut end = 0;
    for c in text.chars() {
        if c.len_utf16() > room {
            break;
        }
        room -= c.len_utf16();
        end += c.len_utf8();
    }
    (format!("{}{mark}", &text[..end]).into(), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::ReportKind;
    use calamine::{Data, Reader as _, Xlsx};
    use std::io::Cursor;

    #[test]
    fn full_sheet_is_followed_by_another_and_no_row_is_lost() {
        let head = ReportHead {
            lang: Lang::De,
            kind: ReportKind::Submission,
            list_name: "Flotte.csv".to_owned(),
            job: None,
            created_at: "2026-11-21T10:00:00+01:00".parse().unwrap(),
            show_fins: true,
            notes: Vec::new(),
            carried: Vec::new(),
        };
        let mut report = XlsxWriter::new(Vec::new(), head)
            .unwrap()
            .with_rows_per_sheet(101);
        for row in 1..=250 {
            report.row(&ResultRow::new(row, Outcome::Created)).unwrap();
            if row == 3 {
                report.row(&ResultRow::new(999, Outcome::Unknown)).unwrap();
            }
        }
        let (bytes, summary) = report.finish().unwrap();
        assert_eq!(summary.tally.total(), 251);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        assert_eq!(
            book.sheet_names(),
            [
                "Übersicht",
                "Ungeklärt",
                "Eingetragen",
                "Eingetragen (2)",
                "Eingetragen (3)"
            ]
        );
        let mut numbers = Vec::new();
        for (name, rows) in [
            ("Eingetragen", 101),
            ("Eingetragen (2)", 101),
            ("Eingetragen (3)", 51),
        ] {
            let range = book.worksheet_range(name).unwrap();
            assert_eq!(range.height(), rows);
            assert_eq!(range.get((0, 0)), Some(&Data::String("Zeile".into())));
            numbers.extend((1..rows).map(|r| range.get((r, 0)).unwrap().to_string()));
        }
        assert_eq!(
            numbers,
            (1..=250).map(|n: u32| n.to_string()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn library_that_gives_up_is_an_error() {
        let error = or_error::<()>(|| panic!("made for this test")).unwrap_err();
        assert_eq!(error.kind(), crate::write::WriteErrorKind::Workbook);
        assert!(or_error(|| Ok(1)).is_ok());
    }

    #[test]
    fn sheets_have_filter_and_frozen_heading() {
        let head = ReportHead {
            lang: Lang::En,
            kind: ReportKind::Check,
            list_name: "fleet.csv".to_owned(),
            job: None,
            created_at: "2026-11-21T10:00:00+01:00".parse().unwrap(),
            show_fins: false,
            notes: Vec::new(),
            carried: vec!["Name".to_owned()],
        };
        let mut report = XlsxWriter::new(Vec::new(), head).unwrap();
        report
            .row(&ResultRow {
                carried: vec!["x".into()],
                ..ResultRow::new(2, Outcome::Sound)
            })
            .unwrap();
        let (bytes, _) = report.finish().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut sheets = Vec::new();
        for name in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
            sheets.push(text);
        }
        assert!(
            sheets[1].contains("<autoFilter ref=\"A1:L2\""),
            "{}",
            sheets[1]
        );
        assert!(sheets[1].contains("state=\"frozen\""));
        assert!(
            sheets
                .iter()
                .all(|sheet| !sheet.contains("<f>") && !sheet.contains("hyperlink"))
        );
    }
}
