//! What a workbook is made of: its sheets in their order, where their parts are, and which formats show dates.

use std::collections::HashMap;

use super::tokens::{Attributes, Token, Tokens};
use super::{Archive, Trouble};
use crate::error::Limit;

/// Most bytes of a part that only describes others.
const SMALL_PART: (Limit, u64) = (Limit::InflatedBytes, 32 << 20);

/// Most formats; Excel itself allows 65,490.
const MOST_FORMATS: usize = 100_000;

/// Most sheets.
const MOST_SHEETS: usize = 1_000;

/// A sheet.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) visible: bool,
    /// The name of its part in the archive.
    pub(super) part: String,
}

/// What a format shows numbers as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Number,
    Date,
    /// Hours beyond a day: `[h]:mm`.
    Duration,
}

/// The description of a workbook.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) sheets: Vec<Sheet>,
    pub(super) strings: Option<String>,
    pub(super) formats: Vec<Shown>,
    /// Whether days are counted from 1904.
    pub(super) from_1904: bool,
}

/// A reference from one part to another.
#[derive(Debug)]
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Parts {
    pub(super) fn read(archive: &mut Archive) -> Result<Self, Trouble> {
        let package = relations(archive, "_rels/.rels", "")?;
        let book = package
            .iter()
            .find(|relation| relation.kind == "officeDocument")
            .ok_or(Trouble::Unsure)?;
        let book = book.target.clone();
        let (folder, name) = book.rsplit_once('/').unwrap_or(("", &book));
        let folder = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let related = relations(archive, &format!("{folder}_rels/{name}.rels"), &folder)?;
        let target = |kind: &str| {
            related
                .iter()
                .find(|relation| relation.kind == kind)
                .map(|found| found.target.clone())
        };
        let (sheets, from_1904) = sheets(archive, &book, &related)?;
        let formats = match target("styles") {
            Some(part) => formats(archive, &part)?,
            None => Vec::new(),
        };
        Ok(Self {
            sheets,
            strings: target("sharedStrings"),
            formats,
            from_1904,
        })
    }
}

fn relations(archive: &mut Archive, part: &str, folder: &str) -> Result<Vec<Relation>, Trouble> {
    let mut tokens = Tokens::new(super::part(archive, part)?, SMALL_PART);
    let mut found = Vec::new();
    loop {
        match tokens.next()? {
            Token::Open {
                name: b"Relationship",
                attributes,
                ..
            } => {
                let text = |name| -> Result<String, Trouble> {
                    Ok(attributes.text(name)?.unwrap_or_default())
                };
                let kind = text(b"Type")?;
                let target = text(b"Target")?;
                let target = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{folder}{target}"),
                };
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                found.push(Relation {
                    id: text(b"Id")?,
                    kind,
                    target,
                });
                if found.len() > MOST_SHEETS * 4 {
                    return Err(Trouble::Unsure);
                }
            }
            Token::End => return Ok(found),
            _ => {}
        }
    }
}

fn sheets(
    archive: &mut Archive,
    part: &str,
    related: &[Relation],
) -> Result<(Vec<Sheet>, bool), Trouble> {
    let mut tokens = Tokens::new(super::part(archive, part)?, SMALL_PART);
    let mut sheets = Vec::new();
    let mut from_1904 = false;
    loop {
        match tokens.next()? {
            Token::Open {
                name: b"workbookPr",
                attributes,
                ..
            } => {
                from_1904 = matches!(attributes.get(b"date1904"), Some(b"1" | b"true"));
            }
            Token::Open {
                name: b"sheet",
                attributes,
                ..
            } => sheets.extend(sheet(attributes, related)?),
            Token::End => return Ok((sheets, from_1904)),
            _ => {}
        }
        if sheets.len() > MOST_SHEETS {
            return Err(Trouble::Unsure);
        }
    }
}

/// `None` for what is no table, such as a chart.
fn sheet(attributes: Attributes<'_>, related: &[Relation]) -> Result<Option<Sheet>, Trouble> {
    let name = attributes.text(b"name")?.ok_or(Trouble::Unsure)?;
    let id = attributes.text(b"id")?.ok_or(Trouble::Unsure)?;
    let relation = related
        .iter()
        .find(|relation| relation.id == id)
        .ok_or(Trouble::Unsure)?;
    if relation.kind != "worksheet" {
        return Ok(None);
    }
    let visible = !matches!(attributes.get(b"state"), Some(b"hidden" | b"veryHidden"));
    Ok(Some(Sheet {
        name,
        visible,
        part: relation.target.clone(),
    }))
}

fn formats(archive: &mut Archive, part: &str) -> Result<Vec<Shown>, Trouble> {
    let mut tokens = Tokens::new(super::part(archive, part)?, SMALL_PART);
    let mut own: HashMap<u32, Shown> = HashMap::new();
    let mut formats = Vec::new();
    let mut within = false;
    loop {
        match tokens.next()? {
            Token::Open {
                name: b"numFmt",
                attributes,
                ..
            } => {
                let id = number(attributes.get(b"numFmtId")).ok_or(Trouble::Unsure)?;
                let code = attributes.text(b"formatCode")?.unwrap_or_default();
                own.insert(id, shown(&code));
            }
            Token::Open {
                name: b"cellXfs",
                empty,
                ..
            } => within = !empty,
            Token::Close(b"cellXfs") => within = false,
            Token::Open {
                name: b"xf",
                attributes,
                ..
            } if within => {
                let id = number(attributes.get(b"numFmtId")).unwrap_or(0);
                formats.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
            }
            Token::End => return Ok(formats),
            _ => {}
        }
        if formats.len() > MOST_FORMATS || own.len() > MOST_FORMATS {
            return Err(Trouble::Unsure);
        }
    }
}

fn number(text: Option<&[u8]>) -> Option<u32> {
    std::str::from_utf8(text?).ok()?.parse().ok()
}

/// Formats that every workbook has (ECMA-376, 18.8.30; those from 27 on differ by language and are all dates).
fn built_in(id: u32) -> Shown {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Shown::Date,
        46 => Shown::Duration,
        _ => Shown::Number,
    }
}

/// What a format of the workbook's own shows: the first of its sections decides, texts and colours aside.
fn shown(code: &str) -> Shown {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' | '_' | '*' => {
                characters.next();
            }
            '"' => {
                characters.by_ref().find(|&character| character == '"');
            }
            '[' => {
                let inside: String = characters
                    .by_ref()
                    .take_while(|&character| character != ']')
                    .collect();
                let same = |unit: char| {
                    inside
                        .chars()
                        .all(|character| character.eq_ignore_ascii_case(&unit))
                };
                if !inside.is_empty() && ['h', 'm', 's'].into_iter().any(same) {
                    return Shown::Duration;
                }
            }
            ';' => return Shown::Number,
            'd' | 'm' | 'h' | 'y' | 's' | 'D' | 'M' | 'H' | 'Y' | 'S' => return Shown::Date,
            'a' | 'A' => {
                let rest = characters.as_str();
                if ["/P", "/p", "M/P", "m/p"]
                    .iter()
                    .any(|half| rest.starts_with(half))
                {
                    return Shown::Date;
                }
            }
            _ => {}
        }
    }
    Shown::Number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_dates_from_numbers_and_durations() {
        for date in [
            "dd.mm.yyyy",
            "DD/MM/YY",
            "H:MM:SS;@",
            "m\"M\"d\"D\";@",
            "[$-404]e\"\\xfc\"m\"\\xfc\"d\"\\xfc\"",
            "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
            "yyyy-mm-dd\\Thh:mm",
            "h:mm AM/PM",
            "[Red]dd.mm.yy",
        ] {
            assert_eq!(shown(date), Shown::Date, "{date}");
        }
        for number in [
            "General",
            "0.00",
            "#,##0\\ [$\\u20bd-46D]",
            "\"Y: \"0.00\"m\"",
            "0_ ;[Red]\\-0\\ ",
            "\\Y000000",
            "#,##0.0####\" YMD\"",
            "[>=100][Magenta].00",
            "@",
            "_-* #,##0 _€_-",
            "0;dd",
        ] {
            assert_eq!(shown(number), Shown::Number, "{number}");
        }
        for duration in [
            "[h]:mm:ss",
            "[ss]",
            "[mm]",
            "[Blue]\\+[h]:mm",
            "[>=100][Magenta][s].00",
        ] {
            assert_eq!(shown(duration), Shown::Duration, "{duration}");
        }
    }
}
