//! The whole record of a sound row, registration time included, for those who want more than the period.

use chrono::{FixedOffset, NaiveDate, TimeZone as _};
use finkit_core::{FinRecord, RegisteredAt, Vin};

use super::cells::cell;
use super::{Cell, Quick, portable};

impl Quick {
    /// The record of the row that begins at `at`, and where the next one begins. `None` where the row is not sound for
    /// certain, or its registration time is written in another form than `2026-01-15T10:22:33` with `Z` or an offset.
    pub(crate) fn record(&self, bytes: &[u8], at: usize) -> Option<(FinRecord, usize)> {
        let places = self.places(bytes, at)?;
        let (row, length) = portable::row_in(self, bytes, at, &places)?;
        let fin = cell(bytes, at, places.fin)?.first_chunk()?;
        let registered_at = match self.registered_at {
            Some(every) => every,
            None => moment(cell(bytes, at, places.registered_at)?)?,
        };
        let record = FinRecord {
            fin: Vin::from_bytes(*fin)?,
            period: row.period.unpack(),
            registered_at,
        };
        Some((record, at + length))
    }
}

/// The moment of a cell that was found to be sound already.
fn moment(cell: &Cell) -> Option<RegisteredAt> {
    let digit = |at: usize| u32::from(cell[at] - b'0');
    let two = |at: usize| digit(at) * 10 + digit(at + 1);
    let sign = match cell[19] {
        b'Z' => 0,
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if cell[4] != b'-' || cell[16] != b':' {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(i32::try_from(two(0) * 100 + two(2)).ok()?, two(5), two(8))?;
    let minutes = match sign {
        0 => 0,
        _ => i32::try_from(two(20) * 60 + two(23)).ok()?,
    };
    let offset = FixedOffset::east_opt(sign * minutes * 60)?;
    let local = day.and_hms_opt(two(11), two(14), two(17))?;
    RegisteredAt::from_datetime(offset.from_local_datetime(&local).single()?).ok()
}
