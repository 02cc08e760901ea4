//! Tests of contract files.

use proptest::prelude::*;

use super::samples::{RENAMED, renamed};
use super::{ASSUMED, Contract, FieldPath, Place};

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
    assert_eq!(search.year, Place::Query("jahr".into()));
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

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Contract::from_toml(&text);
    }

    #[test]
    fn renamed_fields_survive_the_round_trip(fin in "[a-z_.\\\\]{1,12}", year in "[a-zA-Z_-]{1,12}") {
        let mut contract = Contract::assumed();
        contract.record.fin = FieldPath::name(fin);
        if let Some(search) = &mut contract.search {
            search.year = Place::Query(year);
        }
        prop_assume!(contract.check().is_ok());
        prop_assert_eq!(Contract::from_toml(&contract.to_toml()).expect("sound"), contract);
    }
}
