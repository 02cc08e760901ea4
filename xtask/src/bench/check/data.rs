//! The made-up list of the check bench: four columns, 2 % faulty rows of seven kinds, 3 % rows that are in the way
//! of an earlier one, a few legitimate second periods. The same rows for the same count, on every machine.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Chosen once, for ever.
const SEED: u64 = 20_260_721;

/// Letters and digits of a FIN.
const ALPHABET: &[u8; 33] = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

/// Maker codes, the last four from regions where position 9 is a check digit.
const MAKERS: [&[u8; 3]; 16] = [
    b"WVW", b"TMB", b"WBY", b"VF1", b"KNA", b"W1N", b"YSM", b"ZFA", b"WAU", b"VR3", b"VSS", b"UU1",
    b"LSJ", b"LRW", b"5YJ", b"7SA",
];

/// Writes the list and gives the number of bytes.
pub(super) fn write(path: &Path, rows: u64) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    out.write_all(b"fin,start,end,registration_ts\n")?;
    let mut line = Vec::with_capacity(64);
    for row in 0..rows {
        line.clear();
        push_row(row, &mut line);
        out.write_all(&line)?;
    }
    out.into_inner()?.sync_all()?;
    Ok(path.metadata()?.len())
}

/// Numbers that depend on the row and nothing else.
struct Dice(u64);

impl Dice {
    fn of(row: u64, purpose: u64) -> Self {
        Self(
            SEED ^ row.wrapping_mul(0x9E37_79B9_7F4A_7C15)
                ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03),
        )
    }

    /// A number below `sides` (splitmix64).
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % sides
    }
}

/// What a row is made to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sound,
    Faulty(u64),
    /// In the way of this earlier row.
    Again(u64),
    /// A second period of this earlier row that does not touch the first.
    Second(u64),
}

fn kind(row: u64) -> Kind {
    let mut dice = Dice::of(row, 1);
    let lot = dice.roll(1000);
    if lot < 20 {
        return Kind::Faulty(dice.roll(7));
    }
    if lot >= 55 || row < 100 {
        return Kind::Sound;
    }
    loop {
        let earlier = dice.roll(row);
        if own_kind(earlier) {
            return if lot < 50 {
                Kind::Again(earlier)
            } else {
                Kind::Second(earlier)
            };
        }
    }
}

/// Whether the row has a FIN of its own and is sound.
fn own_kind(row: u64) -> bool {
    let lot = Dice::of(row, 1).roll(1000);
    lot >= 55 || (lot >= 20 && row < 100)
}

fn fin(row: u64) -> [u8; 17] {
    let mut dice = Dice::of(row, 2);
    let mut fin = [0; 17];
    fin[..3].copy_from_slice(MAKERS[dice.roll(16) as usize]);
    for place in &mut fin[3..9] {
        *place = ALPHABET[dice.roll(33) as usize];
    }
    // The last eight places are different for every row.
    let mut rest = row / 1_000_000;
    for place in [10, 9] {
        fin[place] = ALPHABET[(rest % 33) as usize];
        rest /= 33;
    }
    let mut serial = row % 1_000_000;
    for place in (11..17).rev() {
        fin[place] = b'0' + (serial % 10) as u8;
        serial /= 10;
    }
    if matches!(fin[0], b'L' | b'5' | b'7') {
        fin[8] = check_digit(&fin);
    }
    fin
}

/// The check digit of North America and China (49 CFR 565.15).
fn check_digit(fin: &[u8; 17]) -> u8 {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'R' => u32::from(byte - b'J') + 1,
        _ => u32::from(byte - b'S') + 2,
    };
    let sum: u32 = fin
        .iter()
        .zip(WEIGHTS)
        .map(|(&byte, weight)| value(byte) * weight)
        .sum();
    b"0123456789X"[(sum % 11) as usize]
}

/// Day of the year as month and day; no leap years are used.
fn month_and_day(mut day: u64) -> (u64, u64) {
    for (length, month) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        .into_iter()
        .zip(1..)
    {
        if day < length {
            return (month, day + 1);
        }
        day -= length;
    }
    (12, 31)
}

/// First and last day of a sound row: most in the first half of the year or all of it.
fn days(row: u64) -> (u64, u64) {
    let mut dice = Dice::of(row, 3);
    let first = dice.roll(120);
    (first, first + 30 + dice.roll(150))
}

fn push_row(row: u64, line: &mut Vec<u8>) {
    let mut dice = Dice::of(row, 4);
    let kind = kind(row);
    let year = |row: u64| 2024 + Dice::of(row, 5).roll(2) * 2 - Dice::of(row, 6).roll(2);
    let (own, year, (first, last)) = match kind {
        Kind::Sound | Kind::Faulty(_) => (row, year(row), days(row)),
        Kind::Again(earlier) => {
            let (first, last) = days(earlier);
            let days = match dice.roll(6) {
                0 => (first, last),
                1..=3 => (first + dice.roll(last - first + 1), 330 + dice.roll(35)),
                _ => (first, first + dice.roll(last - first + 1)),
            };
            (earlier, year(earlier), days)
        }
        Kind::Second(earlier) => (
            earlier,
            year(earlier),
            (310 + dice.roll(20), 340 + dice.roll(25)),
        ),
    };
    let mut fin = fin(own).to_vec();
    let date = |year: u64, day: u64| {
        let (month, day) = month_and_day(day);
        format!("{year}-{month:02}-{day:02}")
    };
    let (mut start, mut end) = (date(year, first), date(year, last));
    let (month, day) = month_and_day(dice.roll(365));
    let (hour, minute, second) = (dice.roll(24), dice.roll(60), dice.roll(60));
    let mut registered = format!(
        "{}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
        year - 1
    );
    if let Kind::Faulty(fault) = kind {
        match fault {
            0 => fin[5] = b"IOQ"[dice.roll(3) as usize],
            1 => {
                fin.pop();
            }
            2 => std::mem::swap(&mut start, &mut end),
            3 => end = date(year + 1, last),
            4 => start = format!("{year}-02-30"),
            5 => registered.replace_range(11..13, "25"),
            _ => end.clear(),
        }
    }
    line.extend_from_slice(&fin);
    for cell in [&start, &end, &registered] {
        line.push(b',');
        line.extend_from_slice(cell.as_bytes());
    }
    line.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_depend_on_their_number_alone() {
        let mut line = Vec::new();
        push_row(12_345, &mut line);
        let first = line.clone();
        line.clear();
        push_row(12_345, &mut line);
        assert_eq!(line, first);
        let sound = (0..1000).filter(|&row| kind(row) == Kind::Sound).count();
        assert!((900..990).contains(&sound), "{sound}");
    }

    #[test]
    fn check_digit_is_that_of_the_textbook() {
        assert_eq!(check_digit(b"LRW3E7FA6MC000013"), b'6');
        assert_eq!(check_digit(b"5YJ3E7EB1KF000014"), b'1');
    }
}
