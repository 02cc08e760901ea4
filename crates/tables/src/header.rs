//! Which column holds which value: by headings in German and English, by what a caller says, by content where there
//! are no headings. What is not certain is an error that names the candidates.

use std::sync::Arc;

use finkit_core::Vin;

use crate::dates;
use crate::error::{Limit, ListError, ListErrorKind};
use crate::fault::ColumnRef;
use crate::field::{ColumnSpec, Field};
use crate::options::{Header, ListOptions};
use crate::row::{Cell, Layout};

/// How many rows from the top are searched for headings.
pub(crate) const HEADER_ROWS: usize = 25;

/// Headings of each value, in the form that [`folded`] gives, the wire names among them.
const ALIASES: [(Field, &[&str]); 4] = [
    (
        Field::Fin,
        &[
            "fin",
            "finnr",
            "finnummer",
            "fins",
            "vin",
            "vinnr",
            "vinnummer",
            "vinnumber",
            "vins",
            "vincode",
            "fahrgestellnummer",
            "fahrgestellnr",
            "fahrgestell",
            "fgstnr",
            "fgnr",
            "fahrzeugidentifikationsnummer",
            "fahrzeugidentifizierungsnummer",
            "fahrzeugidentnummer",
            "fahrzeugidentnr",
            "fahrzeugident",
            "fzidentnr",
            "identnr",
            "identnummer",
            "identifikationsnummer",
            "identifizierungsnummer",
            "vehicleidentificationnumber",
            "vehicleidentificationno",
            "vehicleid",
            "chassisnumber",
            "chassisnr",
            "chassisno",
            "chassis",
            "fahrzeugfin",
            "fahrzeugvin",
            "vehiclevin",
            "finfahrgestellnummer",
            "finvin",
            "vinfin",
        ],
    ),
    (
        Field::Start,
        &[
            "start",
            "startdate",
            "startdatum",
            "startdat",
            "starttag",
            "von",
            "vondatum",
            "datumvon",
            "ab",
            "abdatum",
            "beginn",
            "beginndatum",
            "datumbeginn",
            "anfang",
            "anfangsdatum",
            "anfangdatum",
            "begin",
            "begindate",
            "from",
            "fromdate",
            "datefrom",
            "validfrom",
            "gueltigab",
            "gueltigvon",
            "periodstart",
            "startofperiod",
            "periodfrom",
            "zeitraumvon",
            "zeitraumstart",
            "zeitraumbeginn",
            "beginnzeitraum",
            "startzeitraum",
            "antragszeitraumvon",
            "antragszeitraumbeginn",
            "anrechnungvon",
            "ersteladung",
            "firstcharging",
        ],
    ),
    (
        Field::End,
        &[
            "end",
            "enddate",
            "enddatum",
            "enddat",
            "endtag",
            "ende",
            "endedatum",
            "datumende",
            "bis",
            "bisdatum",
            "datumbis",
            "to",
            "todate",
            "dateto",
            "until",
            "validto",
            "validuntil",
            "gueltigbis",
            "periodend",
            "endofperiod",
            "periodto",
            "zeitraumbis",
            "zeitraumende",
            "endezeitraum",
            "antragszeitraumbis",
            "antragszeitraumende",
            "anrechnungbis",
            "letzteladung",
            "lastcharging",
        ],
    ),
    (
        Field::RegisteredAt,
        &[
            "registrationdate",
            "registrationts",
            "registrationtime",
            "registrationtimestamp",
            "registrationdatetime",
            "registeredat",
            "registeredon",
            "registered",
            "registrierungszeitpunkt",
            "registrierungszeit",
            "registrierungsdatum",
            "registrierung",
            "registriertam",
            "registriertum",
            "zeitpunktderregistrierung",
            "vertragsdatum",
            "vertragsabschluss",
            "vertragsabschlussdatum",
            "vertragszeitpunkt",
            "vertragsschluss",
            "vertragam",
            "vertragvom",
            "datumvertrag",
            "datumvertragsabschluss",
            "abschlussdatum",
            "abschlusszeitpunkt",
            "abgeschlossenam",
            "vereinbarungsdatum",
            "datumvereinbarung",
            "unterschriftsdatum",
            "unterschriebenam",
            "contractdate",
            "contracttime",
            "contractsigned",
            "contractsignedat",
            "agreementdate",
            "agreementtime",
            "agreedat",
            "signedat",
            "signeddate",
            "signaturedate",
            "dateofcontract",
            "dateofagreement",
            "anmeldezeitpunkt",
        ],
    ),
];

/// A heading without case, blanks, punctuation and umlauts: `Fahrzeug-Ident-Nr.` is `fahrzeugidentnr`.
pub(crate) fn folded(heading: &str) -> String {
    let mut folded = String::with_capacity(heading.len());
    for character in heading.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            // Umlauts in two characters, as some systems of Apple write them.
            '\u{308}' => folded.push('e'),
            character if character.is_alphanumeric() => folded.push(character),
            _ => {}
        }
    }
    folded
}

/// Which value a heading names; the whole heading, else what stands before a bracket, else the parts at `/`.
///
/// Parts of words never count: `Erstzulassung ab` names no start.
fn field_of(heading: &str) -> Option<Field> {
    let exact = |text: &str| {
        let folded = folded(text);
        ALIASES
            .iter()
            .find(|(_, aliases)| aliases.contains(&folded.as_str()))
            .map(|(field, _)| *field)
    };
    let heading = dates::trim(heading);
    if heading.len() > 120 {
        return None;
    }
    if let Some(field) = exact(heading) {
        return Some(field);
    }
    let outside: &str = heading
        .split(['(', '[', '{', '\n', '\r', ':'])
        .next()
        .unwrap_or(heading);
    if let Some(field) = exact(outside) {
        return Some(field);
    }
    let mut parts = outside
        .split(['/', '|', ','])
        .filter(|part| !folded(part).is_empty())
        .map(exact);
    let first = parts.next()??;
    parts.all(|part| part == Some(first)).then_some(first)
}

/// The first rows of a list, as the search for headings needs them.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Row number and cells as text; blank rows may be left out.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
}

/// What was recognised: where the data begins and which column is which.
#[derive(Clone, Debug)]
pub(crate) struct Recognised {
    pub(crate) layout: Layout,
    /// The row with the headings.
    pub(crate) header_row: Option<u64>,
}

/// Finds the headings and the columns.
pub(crate) fn recognise(
    head: &Head,
    options: &ListOptions,
    strict_width: bool,
) -> Result<Recognised, ListError> {
    if head
        .rows
        .iter()
        .all(|(_, cells)| cells.iter().all(|cell| dates::trim(cell).is_empty()))
    {
        return Err(ListErrorKind::Empty.into());
    }
    let header = match options.header {
        Header::None => None,
        Header::Row(number) => match head.rows.iter().find(|(row, _)| *row == number) {
            Some(found) => Some(found),
            None => {
                return Err(ListErrorKind::ColumnsMissing {
                    fields: needed(options),
                    header_row: Some(number),
                    columns: Vec::new(),
                }
                .into());
            }
        },
        Header::Auto => find_header(head, options)?,
    };
    match header {
        Some((row, headings)) => by_headings(*row, headings, options, strict_width),
        None => by_content(head, options, strict_width),
    }
}

/// The row with the most recognised headings among the first ones; `None` where the first row with data holds a FIN.
fn find_header<'a>(
    head: &'a Head,
    options: &ListOptions,
) -> Result<Option<&'a (u64, Vec<String>)>, ListError> {
    let named: Vec<String> = options
        .map
        .iter()
        .filter_map(|(_, spec)| match spec {
            ColumnSpec::Header(heading) => Some(folded(heading)),
            ColumnSpec::Index(_) => None,
        })
        .filter(|heading| !heading.is_empty())
        .collect();
    let score = |cells: &[String]| {
        let mut fields: Vec<Field> = cells.iter().filter_map(|cell| field_of(cell)).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.len()
            + cells
                .iter()
                .filter(|cell| named.contains(&folded(cell)))
                .count()
    };
    let mut best: Option<(usize, &(u64, Vec<String>))> = None;
    for row in head.rows.iter().take(HEADER_ROWS) {
        let score = score(&row.1);
        if score > best.map_or(0, |(best, _)| best) {
            best = Some((score, row));
        }
        if row.1.iter().any(|cell| is_fin(cell)) {
            break;
        }
    }
    if let Some((_, row)) = best {
        return Ok(Some(row));
    }
    let first_fin = head
        .rows
        .iter()
        .position(|(_, cells)| cells.iter().any(|cell| is_fin(cell)));
    let first_data = head
        .rows
        .iter()
        .position(|(_, cells)| cells.iter().any(|cell| !dates::trim(cell).is_empty()));
    match (first_fin, first_data) {
        // Data from the first row on: a list without headings.
        (Some(fin), Some(data)) if fin == data => Ok(None),
        // Something stands above the FINs, but its words say nothing: it may be read by the places given.
        (_, Some(data)) if !options.map.is_empty() => Ok(head.rows.get(data)),
        (_, data) => {
            let (row, cells) = &head.rows[data.unwrap_or(0)];
            Err(ListErrorKind::ColumnsMissing {
                fields: needed(options),
                header_row: Some(*row),
                columns: columns_of(cells),
            }
            .into())
        }
    }
}

/// How much of the first rows makes sense: the headings recognised in one row, or one for a FIN.
pub(crate) fn known(head: &Head) -> usize {
    let headings = |cells: &[String]| cells.iter().filter(|cell| field_of(cell).is_some()).count();
    let fins = |cells: &[String]| usize::from(cells.iter().any(|cell| is_fin(cell)));
    let best = |count: &dyn Fn(&[String]) -> usize| {
        head.rows
            .iter()
            .map(|(_, cells)| count(cells))
            .max()
            .unwrap_or(0)
    };
    best(&headings) + best(&fins)
}

fn is_fin(cell: &str) -> bool {
    cell.len() >= Vin::LEN && cell.len() <= 64 && Vin::parse(cell).is_ok()
}

/// The values that need a column: no default fills them.
fn needed(options: &ListOptions) -> Vec<Field> {
    Field::ALL
        .into_iter()
        .filter(|field| options.purpose.needs(*field))
        .filter(|field| match field {
            Field::Fin => true,
            Field::Start | Field::End => options.year.is_none(),
            Field::RegisteredAt => options.registered_at.is_none(),
        })
        .collect()
}

fn columns_of(headings: &[String]) -> Vec<ColumnRef> {
    let used = headings
        .iter()
        .rposition(|heading| !dates::trim(heading).is_empty())
        .map_or(0, |last| last + 1);
    headings[..used]
        .iter()
        .zip(0..)
        .map(|(heading, index)| {
            let heading = dates::trim(heading);
            ColumnRef {
                index,
                header: (!heading.is_empty()).then(|| Arc::from(heading)),
            }
        })
        .collect()
}

fn check_width(columns: usize, options: &ListOptions, row: u64) -> Result<(), ListError> {
    if columns > options.limits.columns as usize {
        return Err(ListError::limit(
            Limit::Columns,
            u64::from(options.limits.columns),
            Some(row),
        ));
    }
    Ok(())
}

fn by_headings(
    row: u64,
    headings: &[String],
    options: &ListOptions,
    strict_width: bool,
) -> Result<Recognised, ListError> {
    let columns = columns_of(headings);
    check_width(columns.len(), options, row)?;
    let mut places = mapped(&columns, options)?;
    for field in Field::ALL {
        if places[field as usize].is_some() {
            continue;
        }
        let candidates: Vec<ColumnRef> = columns
            .iter()
            .filter(|column| !places.contains(&Some(column.index)))
            .filter(|column| column.header.as_deref().and_then(field_of) == Some(field))
            .cloned()
            .collect();
        match candidates.as_slice() {
            [] => {}
            [column] => places[field as usize] = Some(column.index),
            _ => return Err(ListErrorKind::ColumnAmbiguous { field, candidates }.into()),
        }
    }
    finish(places, columns, Some(row), options, strict_width)
}

/// The columns that the caller names.
fn mapped(columns: &[ColumnRef], options: &ListOptions) -> Result<[Option<u32>; 4], ListError> {
    let mut places = [None; 4];
    for (field, spec) in &options.map {
        let found: Vec<&ColumnRef> = match spec {
            ColumnSpec::Index(index) => columns
                .iter()
                .filter(|column| column.index == *index)
                .collect(),
            ColumnSpec::Header(heading) => named(columns, heading),
        };
        match found.as_slice() {
            [] => {
                return Err(ListErrorKind::MappedColumnNotFound {
                    field: *field,
                    spec: spec.clone(),
                    columns: columns.to_vec(),
                }
                .into());
            }
            [column] => {
                if let Some(other) = Field::ALL
                    .into_iter()
                    .find(|other| other != field && places[*other as usize] == Some(column.index))
                {
                    return Err(ListErrorKind::ColumnMappedTwice {
                        column: (*column).clone(),
                        fields: [other, *field],
                    }
                    .into());
                }
                places[*field as usize] = Some(column.index);
            }
            several => {
                return Err(ListErrorKind::ColumnAmbiguous {
                    field: *field,
                    candidates: several.iter().map(|column| (*column).clone()).collect(),
                }
                .into());
            }
        }
    }
    Ok(places)
}

/// The columns with this heading; failing that, the one with these letters.
fn named<'a>(columns: &'a [ColumnRef], wanted: &str) -> Vec<&'a ColumnRef> {
    let header = |column: &&ColumnRef, same: &dyn Fn(&str) -> bool| {
        column.header.as_deref().is_some_and(same)
    };
    let exact: Vec<_> = columns
        .iter()
        .filter(|column| header(column, &|header| header == wanted))
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    let plain = folded(wanted);
    let alike: Vec<_> = columns
        .iter()
        .filter(|column| {
            header(column, &|header| {
                !plain.is_empty() && folded(header) == plain
            })
        })
        .collect();
    if !alike.is_empty() {
        return alike;
    }
    columns
        .iter()
        .filter(|column| column.letters().eq_ignore_ascii_case(wanted))
        .collect()
}

fn finish(
    places: [Option<u32>; 4],
    columns: Vec<ColumnRef>,
    header_row: Option<u64>,
    options: &ListOptions,
    strict_width: bool,
) -> Result<Recognised, ListError> {
    let fields: Vec<Field> = needed(options)
        .into_iter()
        .filter(|field| places[*field as usize].is_none())
        .collect();
    if !fields.is_empty() {
        return Err(ListErrorKind::ColumnsMissing {
            fields,
            header_row,
            columns,
        }
        .into());
    }
    Ok(Recognised {
        layout: Layout {
            places,
            columns,
            strict_width,
        },
        header_row,
    })
}

/// What the cells of one column look like.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    filled: usize,
    fins: usize,
    dates: usize,
    times: usize,
}

/// The columns of a list without headings, by what stands in its first rows.
fn by_content(
    head: &Head,
    options: &ListOptions,
    strict_width: bool,
) -> Result<Recognised, ListError> {
    let width = head
        .rows
        .iter()
        .map(|(_, cells)| cells.len())
        .max()
        .unwrap_or(0);
    let first_row = head.rows.first().map_or(1, |(row, _)| *row);
    check_width(width, options, first_row)?;
    let columns: Vec<ColumnRef> = (0..width as u32)
        .map(|index| ColumnRef {
            index,
            header: None,
        })
        .collect();
    let mut places = mapped(&columns, options)?;
    let looks: Vec<Look> = (0..width).map(|index| look(head, index, options)).collect();
    let majority = |look: &Look, count: usize| count > 0 && count * 2 > look.filled;
    let free = |places: &[Option<u32>; 4], wanted: &dyn Fn(&Look) -> bool| -> Vec<ColumnRef> {
        columns
            .iter()
            .filter(|column| !places.contains(&Some(column.index)))
            .filter(|column| wanted(&looks[column.index as usize]))
            .cloned()
            .collect()
    };
    if places[Field::Fin as usize].is_none() {
        let found = free(&places, &|look| majority(look, look.fins));
        match found.as_slice() {
            [] => {}
            [column] => places[Field::Fin as usize] = Some(column.index),
            _ => {
                return Err(ListErrorKind::ColumnAmbiguous {
                    field: Field::Fin,
                    candidates: found,
                }
                .into());
            }
        }
    }
    if places[Field::RegisteredAt as usize].is_none() {
        let found = free(&places, &|look| majority(look, look.times));
        match found.as_slice() {
            [] => {}
            [column] => places[Field::RegisteredAt as usize] = Some(column.index),
            _ => {
                let field = Field::RegisteredAt;
                return Err(ListErrorKind::ColumnAmbiguous {
                    field,
                    candidates: found,
                }
                .into());
            }
        }
    }
    if places[Field::Start as usize].is_none() && places[Field::End as usize].is_none() {
        let found = free(&places, &|look| majority(look, look.dates));
        match found.as_slice() {
            [] => {}
            // The one to the left is the start: the order of every list that names both.
            [start, end] => {
                places[Field::Start as usize] = Some(start.index);
                places[Field::End as usize] = Some(end.index);
            }
            _ => {
                return Err(ListErrorKind::ColumnAmbiguous {
                    field: Field::Start,
                    candidates: found,
                }
                .into());
            }
        }
    }
    finish(places, columns, None, options, strict_width)
}

fn look(head: &Head, index: usize, options: &ListOptions) -> Look {
    let mut look = Look::default();
    for (_, cells) in &head.rows {
        let Some(cell) = cells
            .get(index)
            .map(|cell| dates::trim(cell))
            .filter(|cell| !cell.is_empty())
        else {
            continue;
        };
        look.filled += 1;
        if is_fin(cell) {
            look.fins += 1;
        } else if dates::is_damaged_number(cell)
            || (matches!(cell.len(), 10 | 13) && cell.bytes().all(|byte| byte.is_ascii_digit()))
        {
            look.times += 1;
        } else {
            match dates::moment(cell, options.date_order) {
                Ok(moment) if moment.time.is_some() => look.times += 1,
                Ok(_)
                | Err(dates::Problem::Ambiguous { .. } | dates::Problem::NotInCalendar(_)) => {
                    look.dates += 1;
                }
                Err(dates::Problem::Unreadable) => {}
            }
        }
    }
    look
}

/// The cells of a row as the search for headings needs them.
pub(crate) fn texts(cells: &[Cell<'_>]) -> Vec<String> {
    cells.iter().map(|cell| cell.text().into_owned()).collect()
}

#[cfg(test)]
mod tests;
