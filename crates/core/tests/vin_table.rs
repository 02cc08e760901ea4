//! Tables of FINs, all made up: what is accepted, what is refused, and by which faults.

use finkit_core::{CheckDigitStrength, Vin, VinFault, german_check_digit};

/// Accepted although position 9 is no check digit: European and Asian shapes, fillers, textbook examples.
const WITHOUT_CHECK_DIGIT: [&str; 16] = [
    "WVWZZZE1ZMP000001",
    "TMBJB9NY5MF000002",
    "WBY21CF090CU00003", // 0 as model year, as European makers use it
    "VF1AG000164000004",
    "KNACC81GFM5000005",
    "W1N2938901F000006",
    "YSMVSEDE5ML000007",
    "LSJW74095MZ000008",
    "ZFAEFAC42MX000009",
    "WAUZZZGE1MB000010",
    "VR3UHZKXZMT000011",
    "A1BS31Z0430336179", // textbook example of the German check digit
    "TM912345678901234", // maker code ending in 9: a small maker
    "JSA12345678901234",
    "12345678901234567", // filler
    "AAAAAAAAAAAAAAAAA", // filler
];

/// Accepted, and position 9 is the check digit.
const WITH_CHECK_DIGIT: [&str; 6] = [
    "XP7YGCEE7PB000012",
    "LRW3E7FA6MC000013",
    "5YJ3E7EB1KF000014",
    "7SAYGDEE3NF000015",
    "11111111111111111",
    "00000000000000000",
];

#[test]
fn european_fins_are_accepted_without_a_check_digit() {
    for text in WITHOUT_CHECK_DIGIT {
        let parsed = Vin::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let note = parsed.vin.check_digit_note().expect(text);
        let strong = text.starts_with(['1', '2', '3', '4', '5', '7', 'L']);
        assert_eq!(
            note.strength == CheckDigitStrength::Strong,
            strong,
            "{text}"
        );
    }
}

#[test]
fn right_check_digit_leaves_no_note() {
    for text in WITH_CHECK_DIGIT {
        assert_eq!(
            Vin::parse(text).expect(text).vin.check_digit_note(),
            None,
            "{text}"
        );
    }
}

#[test]
fn fins_with_a_numeric_serial_leave_no_notice_but_fillers_do() {
    for text in WITHOUT_CHECK_DIGIT.into_iter().chain(WITH_CHECK_DIGIT) {
        let parsed = Vin::parse(text).expect(text);
        assert_eq!(
            parsed.notices.is_empty(),
            parsed.vin.placeholder().is_none(),
            "{text}"
        );
    }
}

#[test]
fn lower_case_is_the_same_fin() {
    for text in WITHOUT_CHECK_DIGIT.into_iter().chain(WITH_CHECK_DIGIT) {
        assert_eq!(Vin::parse(&text.to_lowercase()), Vin::parse(text), "{text}");
    }
}

#[test]
fn german_check_digit_behind_any_of_them_is_recognised() {
    for text in WITHOUT_CHECK_DIGIT.into_iter().chain(WITH_CHECK_DIGIT) {
        let vin: Vin = text.parse().expect(text);
        let error =
            Vin::parse(&format!("{text}{}", german_check_digit(&vin))).expect_err("18 characters");
        assert_eq!(error.proposal(), Some(text));
    }
}

#[test]
fn invalid_inputs_are_refused_with_all_their_faults() {
    let cases: [(&str, &[&str], Option<&str>); 20] = [
        ("", &["empty"], None),
        ("n/a", &["other-character", "too-short"], None),
        ("W0", &["too-short"], None),
        ("12345", &["too-short"], None),
        (
            "tooshort",
            &[
                "forbidden-letter",
                "forbidden-letter",
                "forbidden-letter",
                "too-short",
            ],
            None,
        ),
        (
            "AAAAAAAAAAAAAAAAO",
            &["forbidden-letter"],
            Some("AAAAAAAAAAAAAAAA0"),
        ),
        (
            "AAAAAAAIAAAAAAAAA",
            &["forbidden-letter"],
            Some("AAAAAAA1AAAAAAAAA"),
        ),
        ("AAAAAAA:AAAAAAAAA", &["other-character"], None),
        (
            "ABCDEFGHIJKLMNOPQ",
            &["forbidden-letter"; 3],
            Some("ABCDEFGH1JKLMN0P0"),
        ),
        (
            "ABCDEFGH#JKLMNOPQ",
            &["other-character", "forbidden-letter", "forbidden-letter"],
            None,
        ),
        ("1\n1\n1\n1\n1\n1\n1\n1\n1", &["other-character"; 8], None),
        ("WVWZZZE1ZMP00001", &["too-short"], None),
        ("WVW 12345678901234567", &["too-long"], None),
        (
            "WVWZZZE1ZMP0000O1",
            &["forbidden-letter"],
            Some("WVWZZZE1ZMP000001"),
        ),
        (
            "WVWZZZQ1ZMP000001",
            &["forbidden-letter"],
            Some("WVWZZZ01ZMP000001"),
        ),
        (
            "5YJ3E7EB1KF00I014",
            &["forbidden-letter"],
            Some("5YJ3E7EB1KF001014"),
        ),
        (
            "A1BS31Z04303361794",
            &["check-digit-appended"],
            Some("A1BS31Z0430336179"),
        ),
        ("A1BS31Z04303361795", &["too-long"], None),
        (
            "WVWZZZЕ1ZМР000001",
            &["look-alike"; 3],
            Some("WVWZZZE1ZMP000001"),
        ),
        ("W-12345 A", &["too-short"], None),
    ];
    for (input, codes, proposal) in cases {
        let error = Vin::parse(input).expect_err(input);
        let found: Vec<_> = error.faults().iter().map(VinFault::code).collect();
        assert_eq!(found, codes, "{input}");
        assert_eq!(error.proposal(), proposal, "{input}");
    }
}
