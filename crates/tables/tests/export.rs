//! Tables out: the same rows in every format, read back by other code than wrote them.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use chrono::NaiveDate;
use finkit_tables::export::{
    Column, CsvForm, ExportError, ExportErrorKind, Format, Kind, Options, Schema, Summary, Value,
    Writer, write_table,
};
use finkit_tables::write::Existing;
use finkit_tables::write::formula::unguard;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use proptest::prelude::*;

fn schema() -> Schema {
    Schema::new([
        Column::new("gtin", Kind::Text),
        Column::new("count", Kind::Integer),
        Column::new(
            "price",
            Kind::Decimal {
                precision: 38,
                scale: 6,
            },
        ),
        Column::new(
            "weight",
            Kind::Decimal {
                precision: 9,
                scale: 3,
            },
        ),
        Column::new("from", Kind::Date),
        Column::new("seen", Kind::Moment),
        Column::new("stock", Kind::Boolean),
        Column::new("rest", Kind::Json),
    ])
    .unwrap()
}

fn decimal(coefficient: i128, scale: u8) -> Value<'static> {
    Value::Decimal { coefficient, scale }
}

fn rows() -> Vec<Vec<Value<'static>>> {
    vec![
        vec![
            Value::text("07312340001233"),
            Value::Integer(-4),
            decimal(1050, 2),
            decimal(-25, 1),
            Value::Date(NaiveDate::from_ymd_opt(2026, 1, 31).unwrap()),
            Value::Moment("2026-01-31T09:51:07.25Z".parse().unwrap()),
            Value::Boolean(true),
            Value::Json(Cow::Borrowed("{\n \"å\": [1, \"=2\"]}")),
        ],
        vec![Value::Null; 8],
        vec![
            Value::text("=cmd|' /C calc'!A0"),
            Value::Integer(i64::MAX),
            decimal(99_999_999_999_999_999_999_999_999_999_999, 0),
            decimal(0, 3),
            Value::Date(NaiveDate::from_ymd_opt(1899, 12, 31).unwrap()),
            Value::Moment("1969-12-31T23:59:59Z".parse().unwrap()),
            Value::Boolean(false),
            Value::Json(Cow::Borrowed("null")),
        ],
    ]
}

fn written(folder: &Path, format: Format) -> (std::path::PathBuf, Summary) {
    let path = folder.join(format!("table.{format}"));
    let mut writer = Writer::create(&path, format, &schema(), Existing::Refuse).unwrap();
    for row in rows() {
        writer.row(&row).unwrap();
    }
    assert!(!path.exists(), "nothing has the name before the end");
    let summary = writer.finish().unwrap();
    assert_eq!(summary.rows, 3);
    (path, summary)
}

#[test]
fn csv_has_every_digit_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(folder.path(), Format::Csv);
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        "gtin,count,price,weight,from,seen,stock,rest\n\
         07312340001233,-4,10.50,-2.5,2026-01-31,2026-01-31T09:51:07.250Z,true,\
         \"{  \"\"å\"\": [1, \"\"\\u003d2\"\"]}\"\n\
         ,,,,,,,\n\
         '=cmd|' /C calc'!A0,9223372036854775807,99999999999999999999999999999999,0.000,1899-12-31,\
         1969-12-31T23:59:59Z,false,null\n"
    );
}

#[test]
fn csv_for_spreadsheets_has_their_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let schema = Schema::new([
        Column::new("=namn", Kind::Text),
        Column::new("b", Kind::Text),
    ])
    .unwrap();
    let options = Options {
        csv: CsvForm::spreadsheet(),
        ..Options::default()
    };
    let mut writer = Writer::create(&path, Format::Csv, &schema, options).unwrap();
    writer
        .row(&[Value::text("Träskruv; 4,2\u{202e}"), decimal(-42, 1)])
        .unwrap();
    writer.finish().unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert!(text.starts_with("\u{feff}'=namn;b\r\n"), "{text:?}");
    assert!(text.contains("\"Träskruv; 4,2") && text.ends_with(";-4.2\r\n"));
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn json_lines_hold_values_of_their_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(folder.path(), Format::JsonLines);
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0],
        serde_json::json!({
            "gtin": "07312340001233", "count": -4, "price": "10.50", "weight": "-2.5", "from": "2026-01-31",
            "seen": "2026-01-31T09:51:07.250Z", "stock": true, "rest": {"å": [1, "=2"]},
        })
    );
    assert!(
        lines[1]
            .as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_null)
    );
    assert_eq!(lines[1].as_object().unwrap().len(), 8);
    assert_eq!(lines[2]["price"], "99999999999999999999999999999999");
}

#[test]
fn workbook_keeps_zeros_and_digits_as_text_and_days_as_days() {
    let folder = tempfile::tempdir().unwrap();
    let (path, summary) = written(folder.path(), Format::Xlsx);
    assert_eq!(summary.shortened, 0);
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let text = |row, column| match range.get((row, column)) {
        Some(Data::String(text)) => text.clone(),
        other => panic!("no text: {other:?}"),
    };
    assert_eq!(text(0, 0), "gtin");
    assert_eq!(text(1, 0), "07312340001233");
    assert_eq!(range.get((1, 1)), Some(&Data::Float(-4.0)));
    assert_eq!(text(1, 2), "10.50");
    assert!(matches!(range.get((1, 4)), Some(Data::DateTime(_))));
    assert_eq!(range.get((1, 6)), Some(&Data::Bool(true)));
    assert_eq!(text(3, 0), "=cmd|' /C calc'!A0");
    assert_eq!(text(3, 1), "9223372036854775807");
    assert_eq!(text(3, 4), "1899-12-31");
    let formulas = book.worksheet_formula("Sheet1").unwrap();
    assert!(
        formulas
            .used_cells()
            .all(|(_, _, formula)| formula.is_empty())
    );
}

fn parquet_rows(path: &Path) -> Vec<Vec<(String, Field)>> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            row.unwrap()
                .get_column_iter()
                .map(|(name, field)| (name.clone(), field.clone()))
                .collect()
        })
        .collect()
}

fn unscaled(field: &Field) -> i128 {
    let Field::Decimal(decimal) = field else {
        panic!("no decimal: {field:?}");
    };
    let bytes = decimal.data();
    let fill = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
    let mut wide = [fill; 16];
    wide[16 - bytes.len()..].copy_from_slice(bytes);
    i128::from_be_bytes(wide)
}

#[test]
fn parquet_holds_typed_values_and_exact_decimals() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(folder.path(), Format::Parquet);
    let rows = parquet_rows(&path);
    assert_eq!(rows.len(), 3);
    let value = |row: usize, column: usize| rows[row][column].1.clone();
    assert_eq!(value(0, 0), Field::Str("07312340001233".into()));
    assert_eq!(value(0, 1), Field::Long(-4));
    assert_eq!(unscaled(&value(0, 2)), 10_500_000);
    assert_eq!(unscaled(&value(0, 3)), -2500);
    assert_eq!(value(0, 4), Field::Date(20_484));
    assert_eq!(value(0, 5), Field::TimestampMicros(1_769_853_067_250_000));
    assert_eq!(value(0, 6), Field::Bool(true));
    assert!((0..8).all(|column| value(1, column) == Field::Null));
    assert_eq!(value(2, 0), Field::Str("=cmd|' /C calc'!A0".into()));
    assert_eq!(
        unscaled(&value(2, 2)),
        99_999_999_999_999_999_999_999_999_999_999_000_000
    );
    assert_eq!(value(2, 4), Field::Date(-25_568));
}

#[test]
fn parquet_of_many_row_groups_loses_and_mixes_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.parquet");
    let schema = Schema::new([
        Column::new("n", Kind::Integer),
        Column::new("text", Kind::Text),
    ])
    .unwrap();
    let mut writer = Writer::create(&path, Format::Parquet, &schema, Existing::Refuse).unwrap();
    let text = |n: i64| format!("{n}-{}", "x".repeat(400));
    for n in 0..100_000 {
        let text = match n % 3 {
            0 => Value::Null,
            _ => Value::text(text(n)),
        };
        writer.row(&[Value::Integer(n), text]).unwrap();
    }
    writer.finish().unwrap();
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    assert!(reader.metadata().num_row_groups() > 1);
    let mut n = 0;
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let fields: Vec<Field> = row
            .get_column_iter()
            .map(|(_, field)| field.clone())
            .collect();
        let wanted = match n % 3 {
            0 => Field::Null,
            _ => Field::Str(text(n)),
        };
        assert_eq!(fields, [Field::Long(n), wanted]);
        n += 1;
    }
    assert_eq!(n, 100_000);
}

#[test]
fn number_with_too_many_digits_makes_its_column_text_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let kind = Kind::Decimal {
        precision: 6,
        scale: 2,
    };
    let schema = Schema::new([Column::new("a", kind), Column::new("b", kind)]).unwrap();
    let mut passes = 0;
    let summary =
        write_table::<ExportError>(&path, Format::Parquet, &schema, Existing::Refuse, |row| {
            passes += 1;
            row(&[decimal(1050, 2), decimal(7, 0)])?;
            row(&[decimal(10_505, 3), Value::Null])
        })
        .unwrap();
    assert_eq!((passes, summary.rows), (2, 2));
    assert_eq!(summary.as_text, ["a"]);
    let rows = parquet_rows(&path);
    assert_eq!(rows[0][0].1, Field::Str("10.50".into()));
    assert_eq!(rows[1][0].1, Field::Str("10.505".into()));
    assert_eq!(unscaled(&rows[0][1].1), 700);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn unfinished_and_failed_tables_leave_the_old_file_alone() {
    for format in Format::ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        fs::write(&path, "old").unwrap();
        let error = Writer::create(&path, format, &schema(), Existing::Refuse).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Exists);

        let mut writer = Writer::create(&path, format, &schema(), Existing::Replace).unwrap();
        writer.row(&rows()[0]).unwrap();
        drop(writer);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let mut writer = Writer::create(&path, format, &schema(), Existing::Replace).unwrap();
        let short = writer.row(&[Value::Null]).unwrap_err();
        assert_eq!(short.kind(), ExportErrorKind::Shape);
        let mut other = rows().remove(0);
        other[1] = Value::text("4");
        let other = writer.row(&other).unwrap_err();
        assert_eq!(other.kind(), ExportErrorKind::Shape);
        assert!(other.to_string().contains("`count`"));
        drop(writer);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        Writer::create(&path, format, &schema(), Existing::Replace)
            .unwrap()
            .finish()
            .unwrap();
        assert_ne!(fs::read(&path).unwrap(), b"old");
    }
}

#[derive(Clone)]
struct Full {
    room: Arc<Mutex<usize>>,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = self.room.lock().unwrap();
        if bytes.len() > *room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        *room -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn full_disk_is_an_error_of_every_format_that_names_it() {
    for format in Format::ALL {
        let to = Full {
            room: Arc::new(Mutex::new(20)),
        };
        let result = Writer::stream(Box::new(to), format, &schema(), CsvForm::default()).and_then(
            |mut writer| {
                for row in rows() {
                    writer.row(&row)?;
                }
                writer.finish()
            },
        );
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Io, "{format}: {error:?}");
        assert_eq!(
            error.io_kind(),
            Some(io::ErrorKind::StorageFull),
            "{format}"
        );
    }
}

#[test]
fn streams_get_the_same_bytes_as_files() {
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);
    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let (path, _) = written(folder.path(), format);
        let shared = Shared::default();
        let mut writer = Writer::stream(
            Box::new(shared.clone()),
            format,
            &schema(),
            CsvForm::default(),
        )
        .unwrap();
        for row in rows() {
            writer.row(&row).unwrap();
        }
        writer.finish().unwrap();
        assert!(
            *shared.0.lock().unwrap() == fs::read(&path).unwrap(),
            "{format}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_comes_back_and_none_is_a_formula(texts in proptest::collection::vec("[ -~åäö\n\t=+@-]{0,12}", 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::new([Column::new("x", Kind::Text), Column::new("y", Kind::Text)]).unwrap();
        for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
            let path = folder.path().join(format.as_str());
            let mut writer = Writer::create(&path, format, &schema, Existing::Replace).unwrap();
            for text in &texts {
                writer.row(&[Value::text(text.as_str()), Value::text("y")]).unwrap();
            }
            writer.finish().unwrap();
            let back: Vec<String> = match format {
                Format::Csv => csv::Reader::from_path(&path)
                    .unwrap()
                    .records()
                    .map(|record| {
                        let cell = record.unwrap()[0].to_owned();
                        assert!(!cell.starts_with(['=', '@']));
                        unguard(&cell).into_owned()
                    })
                    .collect(),
                Format::JsonLines => fs::read_to_string(&path)
                    .unwrap()
                    .lines()
                    .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["x"].as_str().unwrap().to_owned())
                    .collect(),
                _ => parquet_rows(&path)
                    .into_iter()
                    .map(|row| match &row[0].1 {
                        Field::Str(text) => text.clone(),
                        other => panic!("no text: {other:?}"),
                    })
                    .collect(),
            };
            prop_assert_eq!(&back, &texts, "{}", format);
        }
    }
}
