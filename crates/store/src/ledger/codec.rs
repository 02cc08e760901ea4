//! Rows as bytes: 25 for a record, 29 for a slot of a block, 33 for an entry of the FIN index.
//!
//! | bytes | what |
//! |---|---|
//! | 0–10 | FIN, packed in the order of the FINs |
//! | 11–14 | year − 2000, day of the year of start and end, in 14, 9 and 9 bits |
//! | 15–22 | registration time in Unix seconds; `i64::MIN` where there is none |
//! | 23–24 | its offset in minutes |
//! | slot 25–28 | number in the list |
//! | entry 25–28, 29–32 | place in the job, number in the list |
//!
//! All numbers are big-endian, so that entries sort by FIN as bytes.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use finkit_core::{PackedVin, Period, RegisteredAt};
use finkit_fincheck::submission::Entry;

pub(super) const RECORD: usize = 25;
pub(super) const SLOT: usize = RECORD + 4;
pub(super) const INDEXED: usize = RECORD + 8;
pub(super) const FIN: usize = 11;

const NO_TIME: i64 = i64::MIN;

pub(super) fn put_record(entry: &Entry, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(PackedVin::pack(&entry.fin).as_bytes());
    let (start, end) = (entry.period.start(), entry.period.end());
    let year = (start.year() - 2_000) as u32;
    let days = year << 18 | start.ordinal() << 9 | end.ordinal();
    bytes.extend_from_slice(&days.to_be_bytes());
    let (seconds, offset) = match entry.registered_at {
        Some(at) => {
            let moment = at.datetime();
            (
                moment.timestamp(),
                (moment.offset().local_minus_utc() / 60) as i16,
            )
        }
        None => (NO_TIME, 0),
    };
    bytes.extend_from_slice(&seconds.to_be_bytes());
    bytes.extend_from_slice(&offset.to_be_bytes());
}

/// Reads what [`put_record`] wrote; `None` when the bytes are damaged.
pub(super) fn record(bytes: &[u8]) -> Option<Entry> {
    let fin = PackedVin::from_bytes(part(bytes, 0)?)?.unpack();
    let days = u32::from_be_bytes(part(bytes, FIN)?);
    let year = 2_000 + i32::try_from(days >> 18).ok()?;
    let day = |ordinal: u32| NaiveDate::from_yo_opt(year, ordinal & 0x1ff);
    let period = Period::new(day(days >> 9)?, day(days)?).ok()?;
    let seconds = i64::from_be_bytes(part(bytes, 15)?);
    let registered_at = match seconds {
        NO_TIME => None,
        _ => {
            let offset =
                FixedOffset::east_opt(i32::from(i16::from_be_bytes(part(bytes, 23)?)) * 60)?;
            let moment = DateTime::from_timestamp(seconds, 0)?.with_timezone(&offset);
            Some(RegisteredAt::from_datetime(moment).ok()?)
        }
    };
    Some(Entry {
        fin,
        period,
        registered_at,
    })
}

/// A big-endian number of four bytes at `at`.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(u32::from_be_bytes)
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use finkit_core::{FinRecord, PackedVin, RegisteredAt, Vin};
    use finkit_fincheck::submission::Entry;
    use proptest::prelude::*;

    use super::{RECORD, put_record, record};

    fn entries() -> impl Strategy<Value = Entry> {
        let moment = (946_771_200_i64..4_102_358_400, -14_i32 * 60..=14 * 60);
        (
            0_u32..1_000_000,
            2_000_i32..=2_099,
            1_u32..=365,
            1_u32..=365,
            prop::option::of(moment),
        )
            .prop_map(|(serial, year, one, two, moment)| {
                let fin: Vin = format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN");
                let day = |ordinal| chrono::NaiveDate::from_yo_opt(year, ordinal).expect("a day");
                let period = finkit_core::Period::new(day(one.min(two)), day(one.max(two)))
                    .expect("a period");
                let registered_at = moment.map(|(seconds, minutes)| {
                    let offset = chrono::FixedOffset::east_opt(minutes * 60).expect("an offset");
                    let moment = chrono::DateTime::from_timestamp(seconds, 0).expect("a moment");
                    RegisteredAt::from_datetime(moment.with_timezone(&offset)).expect("a sane year")
                });
                Entry {
                    fin,
                    period,
                    registered_at,
                }
            })
    }

    proptest! {
        #[test]
        fn a_record_survives_its_bytes_offset_included(entry in entries()) {
            let mut bytes = Vec::new();
            put_record(&entry, &mut bytes);
            prop_assert_eq!(bytes.len(), RECORD);
            let read = record(&bytes).expect("readable");
            prop_assert_eq!(read, entry);
            let wire = |entry: Entry| entry.record().map(|FinRecord { registered_at, .. }| registered_at.to_wire());
            prop_assert_eq!(wire(read), wire(entry));
        }

        #[test]
        fn bytes_sort_by_fin(one in entries(), two in entries()) {
            let packed = |entry: &Entry| { let mut bytes = Vec::new(); put_record(entry, &mut bytes); bytes };
            if one.fin != two.fin {
                prop_assert_eq!(packed(&one) < packed(&two), PackedVin::pack(&one.fin) < PackedVin::pack(&two.fin));
            }
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = record(&bytes);
        }
    }
}
