#![no_main]
//! Any text as a registration time, as a time the service reports, as a period and as a
//! zone: no panic, and what is accepted is read back from what it prints.

use finkit_core::{Period, RegisteredAt, ReportedTime, ZoneRule};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for zone in [ZoneRule::Vienna, "+02:00".parse().expect("an offset")] {
        if let Ok(moment) = RegisteredAt::parse(text, zone) {
            let again: RegisteredAt = moment.to_wire().parse().expect("its own wire form");
            assert_eq!(again, moment);
            let reported = ReportedTime::parse(&moment.to_wire()).expect("its own wire form");
            assert!(moment.matches(&reported));
        }
    }
    let _ = ReportedTime::parse(text);
    if let Ok(period) = text.parse::<Period>() {
        assert_eq!(
            period.to_string().parse::<Period>().expect("its own form"),
            period
        );
        assert!(period.start() <= period.end());
    }
    if let Ok(zone) = text.parse::<ZoneRule>() {
        assert_eq!(
            zone.to_string().parse::<ZoneRule>().expect("its own form"),
            zone
        );
    }
});
