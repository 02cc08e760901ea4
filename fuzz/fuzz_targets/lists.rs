//! What must hold of every list, whatever it is made of.

use finkit_core::ConflictKind;
use finkit_tables::{
    ColumnSpec, Dialect, Field, Header, List, ListOptions, Source, check, fix, read,
};

/// Reads and checks a list, and fixes every second one; tells whether it could be read.
pub fn agree(bytes: &[u8], options: &ListOptions) -> bool {
    let list = read(Source::bytes(bytes), options);
    let report = check(Source::bytes(bytes), options);
    let (list, report) = match (list, report) {
        (Ok(list), Ok(report)) => (list, report),
        (Err(read), Err(checked)) => {
            let text = read.to_string();
            assert!(!text.contains('\n'), "{text}");
            assert_eq!(read.kind().code(), checked.kind().code(), "{text}");
            return false;
        }
        (list, report) => panic!("read {:?}, checked {:?}", list.err(), report.err()),
    };
    assert_eq!(list.dialect, report.dialect);
    let totals = report.totals;
    let sound = list.rows.iter().filter(|row| row.is_sound()).count();
    assert_eq!(totals.rows, list.rows.len() as u64);
    assert_eq!(totals.sound, sound as u64);
    assert_eq!(totals.faulty, totals.rows - totals.sound);
    let mut faults = report.faults();
    for fault in list.faults() {
        let found = faults.next().expect("as many faults").expect("read back");
        assert!(found == *fault, "{found:?} {fault:?}");
    }
    assert!(faults.next().is_none());
    drop(faults);
    conflicts(&list, &report);
    if bytes.len() % 2 == 0 {
        let mut copy = Vec::new();
        let fixed = fix(Source::bytes(bytes), options, &mut copy).expect("read a moment ago");
        assert_eq!((fixed.rows, fixed.faulty), (totals.rows, totals.faulty));
        same_meaning(&list, &copy, &settled(&list.dialect, options));
    }
    true
}

fn conflicts(list: &List, report: &finkit_tables::CheckReport) {
    let records: Vec<_> = list.records().collect();
    let whole = records.len() == list.rows.iter().filter(|row| row.is_sound()).count();
    // Rows without a registration time have no record; a list of many equal FINs has too many pairs.
    if !whole || records.len() > 60 {
        return;
    }
    let plain = finkit_core::conflicts(&records);
    let mut expected: Vec<_> = plain
        .conflicts
        .iter()
        .map(|conflict| {
            (
                conflict.second_row,
                conflict.first_row,
                conflict.kind == ConflictKind::Overlap,
            )
        })
        .collect();
    let found: Vec<_> = report
        .conflicts
        .iter()
        .map(|conflict| {
            (
                conflict.second.row,
                conflict.first.row,
                conflict.kind == ConflictKind::Overlap,
            )
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The options under which a copy is read like the list was.
fn settled(dialect: &Dialect, options: &ListOptions) -> ListOptions {
    let mut settled = options.clone();
    if dialect.sheet.is_some() {
        // The copy is CSV: headings in the first row, columns in their places.
        settled.format = None;
        settled.sheet = None;
        settled.delimiter = Some(b';');
        settled.header = dialect.header_row.map_or(Header::None, |_| Header::Row(1));
    } else {
        settled.format = Some(dialect.format);
        settled.delimiter = dialect.delimiter;
        settled.encoding = dialect.encoding;
        settled.header = dialect.header_row.map_or(Header::None, Header::Row);
    }
    settled.map = dialect
        .mapping
        .iter()
        .map(|(field, column)| (*field, ColumnSpec::Index(column.index)))
        .collect();
    settled
}

fn same_meaning(list: &List, copy: &[u8], options: &ListOptions) {
    if list.rows.is_empty() {
        return;
    }
    let again = match read(Source::bytes(copy), options) {
        Ok(again) => again,
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(copy)),
    };
    let meaning = |list: &List| -> Vec<_> {
        list.rows
            .iter()
            .map(|row| (row.fin, row.period, row.registered_at, row.is_sound()))
            .collect()
    };
    assert_eq!(meaning(list), meaning(&again));
    let mut second = Vec::new();
    let report = fix(Source::bytes(copy), options, &mut second).expect("read a moment ago");
    assert_eq!(report.cells(), 0);
    assert!(second == copy);
}

/// The first four columns are the values, and there are no headings.
pub fn by_places(mut options: ListOptions) -> ListOptions {
    options.header = Header::None;
    options.map = Field::ALL
        .into_iter()
        .zip(0..)
        .map(|(field, index)| (field, ColumnSpec::Index(index)))
        .collect();
    options
}
