//! Tests of contract files.

use proptest::prelude::*;

use super::samples::{RENAMED, any_contract, renamed};
use super::{ASSUMED, Constant, Contract, FieldPath, Place, RecordPlace};

fn faults(text: &str) -> String {
    Contract::from_toml(text).expect_err("a fault").to_string()
}

#[test]
fn the_assumed_file_and_an_empty_one_are_the_same_contract() {
    assert_eq!(
        Contract::from_toml(ASSUMED).expect("sound"),
        Contract::assumed()
    );
    assert_eq!(Contract::from_toml("").expect("sound"), Contract::assumed());
}

#[test]
fn a_contract_reads_back_from_its_own_text() {
    for contract in [Contract::assumed(), renamed()] {
        assert_eq!(
            Contract::from_toml(&contract.to_toml()).expect("sound"),
            contract
        );
        let json = serde_json::to_string(&contract).expect("serialises");
        assert_eq!(
            serde_json::from_str::<Contract>(&json).expect("reads back"),
            contract
        );
    }
}

#[test]
fn a_part_replaces_only_what_it_names() {
    let contract = Contract::from_toml(
        "[search]\nmethod = \"GET\"\nfin = \"query:fin\"\nyear = \"query:jahr\"\n",
    )
    .expect("sound");
    let search = contract.search.expect("offered");
    assert_eq!(search.year, Some(Place::Query("jahr".into())));
    assert_eq!(search.endpoint.path, "/search");
    assert_eq!(contract.create, Contract::assumed().create);
}

#[test]
fn an_operation_can_be_absent() {
    let contract = Contract::from_toml("delete = \"absent\"\n").expect("sound");
    assert_eq!(contract.delete, None);
    assert_eq!(
        Contract::from_toml(&contract.to_toml()).expect("sound"),
        contract
    );
}

#[test]
fn all_faults_are_told_at_once_with_their_keys() {
    let text = faults("[search]\nmethod = \"FETCH\"\nyear = \"cookie:year\"\nspeed = 3\n");
    for part in ["search.method", "search.year", "search.speed"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_body_in_a_get_and_a_trailing_slash_are_refused() {
    assert!(faults("[search]\nmethod = \"GET\"\n").contains("search"));
    assert!(faults("[search]\npath = \"/search/\"\n").contains("search.path"));
}

#[test]
fn the_renamed_contract_differs_in_every_operation() {
    let (assumed, renamed) = (
        Contract::assumed(),
        Contract::from_toml(RENAMED).expect("sound"),
    );
    assert_ne!(assumed.register, renamed.register);
    assert_ne!(assumed.token, renamed.token);
    assert_ne!(assumed.create, renamed.create);
    assert_ne!(assumed.bulk_create, renamed.bulk_create);
    assert_ne!(assumed.delete, renamed.delete);
    assert_ne!(assumed.search, renamed.search);
    assert_ne!(assumed.bulk_search, renamed.bulk_search);
}

#[test]
fn each_fault_names_its_key_and_line() {
    let errors = Contract::from_toml(
        "name = \"x\"\n\n[search]\nmethod = \"FETCH\"\nspeed = 3\n[token]\nlifetime = 0\n[serach]\npath = \"/x\"\n",
    )
    .expect_err("faults");
    let told: Vec<(&str, Option<usize>)> = errors
        .faults()
        .iter()
        .map(|fault| (fault.path.as_str(), fault.line))
        .collect();
    assert_eq!(
        told,
        [
            ("search.method", Some(4)),
            ("search.speed", Some(5)),
            ("token.lifetime", Some(7)),
            ("serach.path", Some(9)),
        ]
    );
    assert!(!errors.to_string().contains('\n'));
}

#[test]
fn an_unknown_key_is_told_what_is_known_there() {
    let text = faults("[bulk_create]\nrecrods = \"body\"\n");
    assert!(
        text.contains("line 2: bulk_create.recrods: unknown key"),
        "{text}"
    );
    assert!(text.contains("records"), "{text}");
}

#[test]
fn text_that_is_no_toml_is_told_with_its_line_and_without_its_text() {
    let text = faults("name = \"x\"\nsecret canary\n");
    assert!(text.contains("line 2"), "{text}");
    assert!(!text.contains("canary") && !text.contains('\n'), "{text}");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    for (toml, key) in [
        ("name = 7", "name"),
        ("[search]\npath = true", "search.path"),
        ("[token]\nlifetime = \"long\"", "token.lifetime"),
        ("[token]\nlifetime = -1", "token.lifetime"),
        ("[token]\nconstants = 7", "token.constants"),
        ("delete = \"gone\"", "delete"),
        ("delete = false", "delete"),
        ("record = \"absent\"", "record"),
        ("[search.path]\nx = \"y\"", "search.path"),
        ("[[search]]\npath = \"/x\"", "search"),
        ("[record]\nfin = \"absent\"", "record.fin"),
        ("[format]\ndate = \"day\"", "format.date"),
        ("[document]\ndate = \"today\"", "document.date"),
        ("[found_fin]\nlayout = \"heap\"", "found_fin.layout"),
        ("[format]\ndatabase_zone = \"Mars\"", "format.database_zone"),
        (
            "[bulk_create]\nrecords = \"query:records\"",
            "bulk_create.records",
        ),
        (
            "[token.constants]\ngrant_type = \"password\"",
            "token.constants",
        ),
        ("[token.constants]\n\"form:x\" = 1.5", "token.constants"),
        ("[create.constants]\nbody = \"x\"", "create.constants"),
    ] {
        let errors = Contract::from_toml(toml).expect_err(toml);
        assert!(
            errors
                .faults()
                .iter()
                .any(|fault| fault.path.starts_with(key)),
            "{toml}: {errors}"
        );
    }
}

#[test]
fn contradictions_are_found() {
    for (toml, key) in [
        ("name = \" \"", "name"),
        ("[search]\npath = \"search\"", "search.path"),
        ("[search]\npath = \"/a?b\"", "search.path"),
        ("[search]\npath = \"/{fin}\"", "search.path"),
        ("[search]\nfin = \"path:fin\"", "search.fin"),
        ("[search]\nfin = \"body\"", "search.fin"),
        ("[search]\nfin = \"form:fin\"", "search.fin"),
        ("[search]\nfin = \"body:year\"", "search.year"),
        ("[search]\nfin = \"body:year.fin\"", "search.year"),
        ("[search]\nyear = \"absent\"", "search.year"),
        ("[search]\nstart_date = \"body:from\"", "search.year"),
        (
            "[search]\nyear = \"absent\"\nend_date = \"body:to\"",
            "search.start_date",
        ),
        (
            "[search]\nyear = \"absent\"\nstart_date = \"body:from\"",
            "search.end_date",
        ),
        (
            "[found_fin]\nlayout = \"columns\"\n[found_fin.entry]\nend_date = \".\"",
            "found_fin.entry.end_date",
        ),
        ("[search.answer]\nfound = \"absent\"", "search.answer.found"),
        ("[found_fin]\nfin = \"absent\"", "found_fin.fin"),
        ("[bulk_search]\nfins = \"header:fins\"", "bulk_search.fins"),
        (
            "[create]\nsecurity_code = \"query:code\"",
            "create.security_code",
        ),
        (
            "[create]\nsecurity_code = \"header:authorization\"",
            "create.security_code",
        ),
        (
            "[create]\nsecurity_code = \"header:no header\"",
            "create.security_code",
        ),
        (
            "[create]\nsecurity_code = \"body:fin\"",
            "create.security_code",
        ),
        (
            "[bulk_create]\nsecurity_code = \"body:code\"",
            "bulk_create.security_code",
        ),
        (
            "[bulk_create.answer]\nfailed = \"created\"",
            "bulk_create.answer.failed",
        ),
        (
            "[register]\npassword = \"query:password\"",
            "register.password",
        ),
        (
            "[register]\nregistration_code = \"query:code\"",
            "register.registration_code",
        ),
        ("[register]\nusername = \"body\"", "register.username"),
        ("[token]\npassword = \"body:password\"", "token.password"),
        ("[token]\nmethod = \"GET\"", "token.method"),
        (
            "[token.answer]\naccess_token = \"data.token\"",
            "token.answer.access_token",
        ),
        ("[record]\nfin = \".\"", "record.fin"),
        ("[record]\nstart_date = \"fin.start\"", "record.start_date"),
        ("[create.constants]\n\"body:fin\" = \"x\"", "create.record"),
    ] {
        let errors = Contract::from_toml(toml).expect_err(toml);
        assert!(
            errors.faults().iter().any(|fault| fault.path == key),
            "{toml}: {errors}"
        );
    }
}

#[test]
fn fixed_values_keep_their_kind() {
    let contract = Contract::from_toml(
        "[register.constants]\n\"body:terms\" = true\n\"body:version\" = 2\n\"query:lang\" = \"de\"\n",
    )
    .expect("sound");
    let constants = contract.register.expect("offered").endpoint.constants;
    let place = |text: &str| text.parse::<Place>().expect("a place");
    assert_eq!(constants[&place("body:terms")], Constant::Boolean(true));
    assert_eq!(constants[&place("body:version")], Constant::Integer(2));
    assert_eq!(constants[&place("query:lang")], Constant::Text("de".into()));
}

#[test]
fn odd_names_survive_the_round_trip() {
    let mut contract = Contract::assumed();
    contract.name = "a \"quoted\" \\ name\twith\u{7f}".into();
    contract.record.fin = FieldPath::name("absent");
    contract.answer_record.fin = FieldPath::name("a.b\\c");
    assert_eq!(
        Contract::from_toml(&contract.to_toml()).expect("sound"),
        contract
    );
    assert!(
        contract.to_toml().contains(r#"fin = "\\absent""#),
        "{}",
        contract.to_toml()
    );
}

#[test]
fn the_assumed_file_names_every_key_and_holds_no_secret() {
    for line in Contract::assumed()
        .to_toml()
        .lines()
        .filter(|line| line.contains(" = "))
    {
        assert!(ASSUMED.lines().any(|assumed| assumed == line), "{line}");
    }
    let create = Contract::assumed().create.expect("offered");
    assert_eq!(create.record, RecordPlace::Body(FieldPath::root()));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Contract::from_toml(&text);
    }

    #[test]
    fn no_toml_of_known_words_panics(lines in proptest::collection::vec((
        prop::sample::select(vec!["[search]", "[token.constants]", "[record]", "fin", "path", "delete", "\"form:x\"", "constants", "lifetime", "answer.found"]),
        prop::sample::select(vec!["\"absent\"", "\"body\"", "\"/a{b}\"", "7", "-1", "{}", "{ fin = \"x\" }", "[]", "true", "\"query:\"", "1e400", "1979-05-27"]),
    ), 0..6)) {
        let text: String = lines.iter()
            .map(|(key, value)| if key.starts_with('[') { format!("{key}\n") } else { format!("{key} = {value}\n") })
            .collect();
        if let Ok(contract) = Contract::from_toml(&text) {
            prop_assert_eq!(Contract::from_toml(&contract.to_toml()).expect("sound"), contract);
        }
    }

    #[test]
    fn every_sound_contract_survives_the_round_trip(contract in any_contract()) {
        prop_assert_eq!(contract.check(), Ok(()));
        let text = contract.to_toml();
        prop_assert_eq!(Contract::from_toml(&text).expect("sound"), contract.clone());
        let again = Contract::from_toml(&text).expect("sound").to_toml();
        prop_assert_eq!(again, text);
    }
}
