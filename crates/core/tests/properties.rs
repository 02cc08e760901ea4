//! Properties that hold for every input: the rules agree with simple models,
//! what is accepted reads back from its own text, and nothing panics.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate};
use finkit_core::{
    Conflict, ConflictKind, FinRecord, FoundEntry, FoundFin, PackedVin, Period, PortfolioIndex,
    RecordEvent, RecordState, RegisteredAt, ReportedTime, Verdict, Vin, ZoneRule, conflicts,
    conflicts_up_to, german_check_digit, mask, north_american_check_digit, transition,
};
use proptest::prelude::*;

const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

fn vin_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(ALPHABET), 17)
        .prop_map(|bytes| bytes.into_iter().map(char::from).collect())
}

fn vin() -> impl Strategy<Value = Vin> {
    vin_text().prop_map(|text| text.parse().expect("17 allowed characters"))
}

/// Strings that come close to FINs: allowed characters among look-alikes, separators and blanks.
fn nearly_vin() -> impl Strategy<Value = String> {
    let characters: Vec<char> =
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZwvz IOQioq-.–\u{a0}\u{200b}\u{feff}\t\nАВЕЗІОΖΙΟＡ０Ｏø*:ÄßıK"
            .chars()
            .collect();
    proptest::collection::vec(proptest::sample::select(characters), 0..24)
        .prop_map(|characters| characters.into_iter().collect())
}

/// Strings that come close to dates, times, time stamps and zones.
fn nearly_time() -> impl Strategy<Value = String> {
    let pieces = vec![
        "2026",
        "2024",
        "0000",
        "9999",
        "-",
        "-02-29",
        "-06-01",
        "06",
        "01",
        "T",
        "t",
        " ",
        "10:22",
        ":33",
        ":60",
        "24:00",
        ".5",
        ",999",
        "Z",
        "z",
        "+02:00",
        "-0530",
        "+02",
        "+24:00",
        "1717243200",
        "20000000001",
        "E+09",
        "Europe/Vienna",
        "/",
        "ü",
        "\u{a0}",
        "20240601",
        "99999999999999999999",
    ];
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(pieces), 0..8)
            .prop_map(|pieces| pieces.concat()),
        any::<String>(),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
    ]
}

fn day(year: i32) -> impl Strategy<Value = NaiveDate> {
    (0..365u64).prop_map(move |days| {
        NaiveDate::from_ymd_opt(year, 1, 1).expect("a date") + Days::new(days)
    })
}

fn period_in(year: i32) -> impl Strategy<Value = Period> {
    (day(year), day(year))
        .prop_map(|(one, two)| Period::new(one.min(two), one.max(two)).expect("ordered"))
}

fn period() -> impl Strategy<Value = Period> {
    (2024..2027i32).prop_flat_map(period_in)
}

/// Few days, so that limits meet often.
fn tight_period() -> impl Strategy<Value = Period> {
    (2025..2027i32, 1..9u32, 0..5u32).prop_map(|(year, start, length)| {
        let day = |day| NaiveDate::from_ymd_opt(year, 6, day).expect("a date");
        Period::new(day(start), day(start + length)).expect("ordered")
    })
}

/// Few FINs, periods and times, so that records meet often.
fn records() -> impl Strategy<Value = Vec<(u64, FinRecord)>> {
    let fins = [
        "WVWZZZE1ZMP000001",
        "TMBJB9NY5MF000002",
        "WBY21CF090CU00003",
    ]
    .map(|text| text.parse::<Vin>().expect("a FIN"));
    let record = (
        proptest::sample::select(fins.to_vec()),
        tight_period(),
        0..2i64,
    )
        .prop_map(|(fin, period, seconds)| FinRecord {
            fin,
            period,
            registered_at: registered(seconds),
        });
    proptest::collection::vec(record, 0..24).prop_flat_map(|records| {
        let rows: Vec<u64> = (2..2 + records.len() as u64).collect();
        Just(rows)
            .prop_shuffle()
            .prop_map(move |rows| rows.into_iter().zip(records.clone()).collect())
    })
}

fn registered(seconds: i64) -> RegisteredAt {
    let moment = DateTime::from_timestamp(1_780_302_153 + seconds, 0).expect("a moment");
    RegisteredAt::from_datetime(moment.fixed_offset()).expect("in 2026")
}

fn registered_at() -> impl Strategy<Value = RegisteredAt> {
    // From 2000-01-02 to 2099-12-30, so that no offset leaves the years allowed.
    (946_771_200..4_102_272_000i64, -1439..1440i32).prop_map(|(seconds, minutes)| {
        let offset = FixedOffset::east_opt(minutes * 60).expect("below a day");
        let moment = DateTime::from_timestamp(seconds, 0)
            .expect("a moment")
            .with_timezone(&offset);
        RegisteredAt::from_datetime(moment).expect("a year allowed")
    })
}

/// Whether two periods share a day, asked of every day.
fn overlap_day_by_day(one: &Period, two: &Period) -> bool {
    one.start()
        .iter_days()
        .take_while(|day| *day <= one.end())
        .any(|day| two.contains(day))
}

/// All conflicts, by comparing every record with every other.
fn all_pairs(records: &[(u64, FinRecord)]) -> Vec<(u64, u64, ConflictKind)> {
    let mut pairs = Vec::new();
    for (row, record) in records {
        for (other_row, other) in records {
            if row < other_row
                && record.fin == other.fin
                && overlap_day_by_day(&record.period, &other.period)
            {
                let kind = if record.period == other.period {
                    ConflictKind::Duplicate
                } else {
                    ConflictKind::Overlap
                };
                pairs.push((*row, *other_row, kind));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Into how many stretches without a common day the rows of one FIN divide a year: the
/// claimed days whose following day no single row claims together with them.
fn stretches(records: &[(u64, FinRecord)], fin: Vin, year: i32) -> usize {
    let periods: Vec<Period> = records
        .iter()
        .filter(|(_, record)| record.fin == fin && record.period.year() == year)
        .map(|(_, record)| record.period)
        .collect();
    let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
    first
        .iter_days()
        .take_while(|day| day.year() == year)
        .filter(|day| {
            let joined =
                |period: &Period| period.contains(*day) && period.contains(*day + Days::new(1));
            periods.iter().any(|period| period.contains(*day)) && !periods.iter().any(joined)
        })
        .count()
}

fn pair(conflict: &Conflict) -> (u64, u64, ConflictKind) {
    (conflict.first_row, conflict.second_row, conflict.kind)
}

proptest! {
    #[test]
    fn every_fin_reads_back_from_its_display_without_an_unasked_change(text in vin_text()) {
        let parsed = Vin::parse(&text).expect("a FIN");
        prop_assert_eq!(parsed.vin.as_str(), text.as_str());
        prop_assert_eq!(parsed.vin.to_string().parse::<Vin>(), Ok(parsed.vin));
        let lower: Vin = format!("\u{feff} {}\t", text.to_lowercase()).parse().expect("a FIN");
        prop_assert_eq!(lower, parsed.vin);
        let bytes: [u8; 17] = text.as_bytes().try_into().expect("17 bytes");
        prop_assert_eq!(Vin::from_bytes(bytes), Some(parsed.vin));
    }

    #[test]
    fn masked_forms_never_contain_the_fin(vin in vin(), before in "[ -~]{0,4}", after in "[ -~]{0,4}") {
        let full = vin.to_string();
        let tail = &full[3..];
        for shown in [vin.masked().to_string(), format!("{vin:?}"), format!("{:?}", PackedVin::pack(&vin))] {
            prop_assert!(!shown.contains(&full) && !shown.contains(tail), "{}", shown);
        }
        let raw = format!("{before}{full}{after}");
        prop_assert!(!mask(&raw).contains(&full));
        prop_assert!(mask(&raw).chars().count() <= 8);
        if let Err(error) = Vin::parse(&raw) {
            for shown in [error.to_string(), format!("{error:?}")] {
                prop_assert!(!shown.contains(&full), "{}", shown);
            }
        }
    }

    #[test]
    fn no_input_makes_the_fin_parser_panic_and_proposals_are_fins(
        text in prop_oneof![any::<String>(), nearly_vin()]
    ) {
        match Vin::parse(&text) {
            Ok(parsed) => prop_assert_eq!(parsed.vin.to_string().parse::<Vin>(), Ok(parsed.vin)),
            Err(error) => {
                prop_assert!(!error.faults().is_empty());
                prop_assert!(!error.to_string().contains('\n'));
                prop_assert_eq!(error.proposal().map(str::to_owned), error.proposed_vin().map(|vin| vin.to_string()));
                let positions: Vec<_> = error.faults().iter().filter_map(finkit_core::VinFault::position).collect();
                prop_assert!(positions.iter().all(|position| *position >= 1));
                for fault in error.faults() {
                    prop_assert!(!fault.code().is_empty());
                }
            }
        }
        let _ = mask(&text);
    }

    #[test]
    fn one_forbidden_letter_is_found_at_its_place_and_mended_by_the_proposal(
        vin in vin(), index in 0..17usize, letter in proptest::sample::select(vec!['I', 'O', 'Q', 'А', 'Ζ', '５'])
    ) {
        let mut characters: Vec<char> = vin.to_string().chars().collect();
        characters[index] = letter;
        let text: String = characters.iter().collect();
        let error = Vin::parse(&text).expect_err("a character no FIN contains");
        prop_assert_eq!(error.faults().len(), 1);
        prop_assert_eq!(error.faults()[0].position(), Some(index + 1));
        let meant = match letter { 'I' => '1', 'А' => 'A', 'Ζ' => 'Z', '５' => '5', _ => '0' };
        characters[index] = meant;
        let mended: String = characters.iter().collect();
        prop_assert_eq!(error.proposal(), Some(mended.as_str()));
    }

    #[test]
    fn appended_german_check_digit_always_proposes_the_fin(vin in vin()) {
        let error = Vin::parse(&format!("{vin}{}", german_check_digit(&vin))).expect_err("18 characters");
        prop_assert_eq!(error.proposed_vin(), Some(vin));
        prop_assert_eq!(error.faults()[0].code(), "check-digit-appended");
    }

    #[test]
    fn right_check_digit_leaves_no_note_and_any_other_leaves_one(vin in vin()) {
        let mut bytes = *vin.as_bytes();
        let expected = north_american_check_digit(&vin);
        bytes[8] = expected as u8;
        prop_assert_eq!(Vin::from_bytes(bytes).expect("a FIN").check_digit_note(), None);
        for &other in ALPHABET.iter().filter(|&&other| char::from(other) != expected) {
            bytes[8] = other;
            let note = Vin::from_bytes(bytes).expect("a FIN").check_digit_note().expect("a mismatch");
            prop_assert_eq!((note.expected, note.found), (expected, char::from(other)));
        }
    }

    #[test]
    fn packing_keeps_the_fin_and_the_order(one in vin(), two in vin()) {
        let (packed_one, packed_two) = (PackedVin::pack(&one), PackedVin::pack(&two));
        prop_assert_eq!(packed_one.unpack(), one);
        prop_assert_eq!(packed_one.cmp(&packed_two), one.cmp(&two));
        prop_assert_eq!(packed_one.to_u128().cmp(&packed_two.to_u128()), one.cmp(&two));
        prop_assert_eq!(PackedVin::from_bytes(*packed_one.as_bytes()), Some(packed_one));
        prop_assert_eq!(PackedVin::from_ascii(one.as_bytes()), Some(packed_one));
    }

    #[test]
    fn packing_raw_bytes_accepts_what_the_fin_accepts(bytes in any::<[u8; 17]>(), near in "[0-9A-Za-z]{17}") {
        let near: [u8; 17] = near.as_bytes().try_into().expect("17 bytes");
        for bytes in [bytes, near] {
            prop_assert_eq!(PackedVin::from_ascii(&bytes).map(PackedVin::unpack), Vin::from_ascii(bytes));
        }
    }

    #[test]
    fn any_eleven_bytes_are_refused_or_stand_for_one_fin(bytes in any::<[u8; 11]>()) {
        if let Some(packed) = PackedVin::from_bytes(bytes) {
            prop_assert_eq!(PackedVin::pack(&packed.unpack()), packed);
        }
    }

    #[test]
    fn overlap_is_symmetric_reflexive_and_agrees_with_the_days(
        (one, two) in prop_oneof![(period(), period()), (tight_period(), tight_period())]
    ) {
        prop_assert!(one.overlaps(&one));
        prop_assert_eq!(one.overlaps(&two), two.overlaps(&one));
        prop_assert_eq!(one.overlaps(&two), overlap_day_by_day(&one, &two));
        let shared = one.intersection(&two);
        prop_assert_eq!(shared.is_some(), one.overlaps(&two));
        if let Some(shared) = shared {
            let days = one.start().iter_days().take_while(|day| *day <= one.end()).filter(|day| two.contains(*day));
            prop_assert_eq!(days.count(), shared.days() as usize);
        }
    }

    #[test]
    fn every_period_reads_back_from_its_display(period in period()) {
        prop_assert_eq!(period.to_string().parse(), Ok(period));
    }

    #[test]
    fn period_is_accepted_exactly_when_no_rule_is_broken(
        start in (1998..2102i32).prop_flat_map(day), end in (1998..2102i32).prop_flat_map(day), same_year in any::<bool>()
    ) {
        let end = if same_year { end.with_year(start.year()).unwrap_or(end) } else { end };
        let sound = start <= end && start.year() == end.year() && (2000..=2099).contains(&start.year());
        match Period::new(start, end) {
            Ok(period) => {
                prop_assert!(sound);
                prop_assert_eq!((period.start(), period.end()), (start, end));
            }
            Err(error) => {
                prop_assert!(!sound);
                prop_assert!(!error.faults().is_empty());
            }
        }
    }

    #[test]
    fn no_input_makes_the_time_and_period_parsers_panic(text in nearly_time(), other in nearly_time()) {
        if let Ok(period) = format!("{text}/{other}").parse::<Period>() {
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }
        let _ = text.parse::<Period>();
        let zone: ZoneRule = match other.parse() {
            Ok(zone) => zone,
            Err(_) => ZoneRule::Vienna,
        };
        prop_assert_eq!(zone.to_string().parse(), Ok(zone));
        match RegisteredAt::parse(&text, zone) {
            Ok(registered) => prop_assert_eq!(registered.to_string().parse(), Ok(registered)),
            Err(error) => prop_assert!(!error.faults().is_empty() && !error.to_string().contains('\n')),
        }
        if let Ok(reported) = ReportedTime::parse(&text) {
            prop_assert_eq!(reported.to_string().parse(), Ok(reported));
        }
    }

    #[test]
    fn every_registration_time_reads_back_and_keeps_its_offset(registered in registered_at()) {
        let back: RegisteredAt = registered.to_wire().parse().expect("its own text");
        prop_assert_eq!(back, registered);
        prop_assert_eq!(back.to_wire(), registered.to_wire());
        let reported: ReportedTime = registered.into();
        prop_assert_eq!(reported.to_string().parse(), Ok(reported));
    }

    #[test]
    fn registration_time_matches_every_form_the_database_may_report(registered in registered_at()) {
        let moment = registered.datetime();
        let local = |zone: ZoneRule| ReportedTime::Local(zone.local(moment));
        let plus_two: ZoneRule = "+02:00".parse().expect("a zone");
        prop_assert!(registered.matches(&registered.into()));
        prop_assert!(registered.matches(&ReportedTime::Zoned(moment.with_timezone(&chrono::Utc).fixed_offset())));
        prop_assert!(registered.matches(&local(ZoneRule::Vienna)));
        prop_assert!(registered.matches(&local(plus_two)));
        let second = chrono::TimeDelta::seconds(1);
        prop_assert!(!registered.matches(&ReportedTime::Zoned(moment + second)));
        prop_assert!(!registered.matches(&ReportedTime::Local(ZoneRule::Vienna.local(moment) + second)));
        let utc: ZoneRule = "Z".parse().expect("a zone");
        prop_assert!(!registered.matches(&local(utc)), "a naive UTC time is an hour off in either reading");
    }

    #[test]
    fn local_time_in_vienna_comes_back_when_it_is_shown_once(registered in registered_at()) {
        let local = ZoneRule::Vienna.local(registered.datetime());
        match ZoneRule::Vienna.resolve(local) {
            finkit_core::LocalTime::Unique(moment) => prop_assert_eq!(moment, registered.datetime()),
            finkit_core::LocalTime::Ambiguous { summer, winter } => {
                prop_assert!(summer < winter);
                prop_assert!([summer, winter].contains(&registered.datetime()));
            }
            finkit_core::LocalTime::Skipped => prop_assert!(false, "a clock showed it"),
        }
    }

    #[test]
    fn conflicts_agree_with_all_pairs(records in records(), limit in 0..30usize) {
        let portfolio = conflicts(&records);
        let found: Vec<_> = portfolio.conflicts.iter().map(pair).collect();
        let expected = all_pairs(&records);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(portfolio.conflict_count, expected.len() as u64);
        for conflict in &portfolio.conflicts {
            prop_assert!(conflict.first_period.overlaps(&conflict.second_period));
            prop_assert!(conflict.first_period.overlaps(&conflict.shared()));
        }

        let cut = conflicts_up_to(&records, limit);
        prop_assert_eq!(cut.conflicts.len(), expected.len().min(limit));
        prop_assert_eq!(cut.conflict_count, expected.len() as u64);
        prop_assert!(cut.conflicts.iter().all(|conflict| expected.contains(&pair(conflict))));
        prop_assert_eq!(cut.disjoint, portfolio.disjoint);
    }

    #[test]
    fn disjoint_parts_hold_each_row_once_and_share_no_day(records in records()) {
        for split in PortfolioIndex::new(&records).disjoint() {
            prop_assert!(split.parts.len() >= 2);
            for pair in split.parts.windows(2) {
                prop_assert!(pair[0].period.end() < pair[1].period.start());
            }
            let mut rows: Vec<u64> = split.parts.iter().flat_map(|part| part.rows.clone()).collect();
            rows.sort_unstable();
            let mut expected: Vec<u64> = records
                .iter()
                .filter(|(_, record)| record.fin == split.fin && record.period.year() == split.year)
                .map(|(row, _)| *row)
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(rows, expected);
        }
    }

    #[test]
    fn year_is_split_exactly_when_its_rows_fall_into_separate_groups(records in records()) {
        let listed: Vec<_> = PortfolioIndex::new(&records)
            .disjoint()
            .map(|split| (split.fin, split.year, split.parts.len()))
            .collect();
        let mut years: Vec<_> = records.iter().map(|(_, record)| (record.fin, record.period.year())).collect();
        years.sort_unstable();
        years.dedup();
        let expected: Vec<_> = years
            .into_iter()
            .map(|(fin, year)| (fin, year, stretches(&records, fin, year)))
            .filter(|(_, _, stretches)| *stretches > 1)
            .collect();
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn verdict_is_free_only_when_every_counted_entry_is_listed_and_none_overlaps(
        period in tight_period(), entries in proptest::collection::vec(tight_period(), 0..6), count in 0..8u64
    ) {
        let taken = entries.iter().any(|entry| overlap_day_by_day(entry, &period));
        let complete = entries.len() as u64 == count;
        let entries = entries
            .into_iter()
            .map(|period| FoundEntry { period, registered_at: registered(0).into() })
            .collect();
        let found = FoundFin { fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"), count, entries };
        let expected = if taken { Verdict::Taken } else if complete { Verdict::Free } else { Verdict::Unknown };
        prop_assert_eq!(Verdict::for_period(&period, Some(&found)), expected);
    }

    #[test]
    fn no_walk_through_the_states_sends_twice_on_a_guess(
        events in proptest::collection::vec(proptest::sample::select(RecordEvent::ALL.to_vec()), 0..200)
    ) {
        let mut state = RecordState::Planned;
        let mut may_send = true;
        for event in events {
            let Ok(next) = transition(state, event) else { continue };
            if event == RecordEvent::Send {
                prop_assert!(may_send);
                may_send = false;
            }
            may_send |= matches!(event, RecordEvent::NotSent | RecordEvent::NotFound);
            state = next;
        }
    }
}
