//! Writes a made-up table of 30 columns, to look at the time and the memory that a format takes:
//! `cargo run --release -p finkit-tables --example export -- articles.parquet 1000000`.

use std::borrow::Cow;
use std::error::Error;
use std::path::PathBuf;

use chrono::NaiveDate;
use finkit_tables::export::{Column, Format, Kind, Schema, Value, Writer};
use finkit_tables::write::Existing;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let path = PathBuf::from(args.next().ok_or("which file?")?);
    let rows: u32 = match args.next() {
        Some(rows) => rows.to_string_lossy().parse()?,
        None => 200_000,
    };
    let format = Format::of_path(&path).ok_or("the ending is csv, jsonl, xlsx or parquet")?;
    let decimal = Kind::Decimal {
        precision: 38,
        scale: 10,
    };
    let kind = |place| match place % 6 {
        0 | 3 | 4 => Kind::Text,
        1 => decimal,
        2 => Kind::Date,
        _ => Kind::Json,
    };
    let schema = Schema::new((0..30).map(|place| Column::new(format!("c{place}"), kind(place))))?;
    let mut writer = Writer::create(&path, format, &schema, Existing::Replace)?;
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).ok_or("no such day")?;
    for row in 0..rows {
        let values: Vec<Value<'_>> = (0..30)
            .map(|place| match place % 6 {
                0 => Value::text(format!("{:014}", u64::from(row) * 31 + place)),
                1 => Value::Decimal {
                    coefficient: i128::from(row) * 7 + i128::from(place) - 1000,
                    scale: 2,
                },
                2 => Value::Date(first + chrono::Days::new(u64::from(row) % 365)),
                3 if row % 3 == 0 => Value::Null,
                3 => Value::text("Träskruv 4,2 × 50"),
                4 => Value::text(["FÖRP", "ST", "PKT"][row as usize % 3]),
                _ => Value::Json(Cow::Owned(format!("{{\"n\":{row}}}"))),
            })
            .collect();
        writer.row(&values)?;
    }
    writer.finish()?;
    Ok(())
}
