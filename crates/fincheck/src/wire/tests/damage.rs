//! Damaged and made-up answers: none is ever read as free or as entered.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{assumed_record, fin, record};
use crate::wire::{entry, problem, search};
use crate::{Contract, Lookup, RecordOutcome};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z0-9:.-]{0,8}".prop_map(Value::from),
        Just(Value::from(fin(1).as_str())),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(vec![
            "fins",
            "count",
            "entries",
            "fin",
            "created",
            "failed",
            "start_date",
            "detail",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..5).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // `found` and whole records can't come up by chance, so nothing may be called free or created.
    #[test]
    fn no_made_up_answer_is_free_or_created(answer in any_json()) {
        let contract = Contract::assumed();
        let body = answer.to_string();
        let search = contract.search.as_ref().expect("offered");
        if let Some(read) = search::read(&contract, &search.answer, &[fin(1)], body.as_bytes()) {
            prop_assert!(!matches!(read.fins[0].1, Lookup::Free), "{}", body);
        }
        let bulk = contract.bulk_create.as_ref().expect("offered");
        if let Some(read) = entry::read(&contract, &bulk.answer, &[record(1)], body.as_bytes()) {
            prop_assert_eq!(&read.outcomes[..], &[RecordOutcome::Unaccounted][..]);
        }
    }

    #[test]
    fn no_body_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let contract = Contract::assumed();
        let search = contract.search.as_ref().expect("offered");
        let _ = search::read(&contract, &search.answer, &[fin(1)], &bytes);
        let _ = problem::row_faults(&contract, &bytes);
        let _ = problem::detail(&bytes, &["x"]);
    }

    /// One damage anywhere in an answer that names entries never makes the vehicle free.
    #[test]
    fn a_damaged_hit_is_never_free(at in any::<prop::sample::Index>(), with in damage()) {
        let contract = Contract::assumed();
        let operation = contract.bulk_search.as_ref().expect("offered");
        let entry = json!({"start_date": "2026-01-01", "end_date": "2026-06-30", "registration_date": "2026-03-15T11:22:33"});
        let mut answer = json!({"found": true, "fins": [{"fin": fin(1).as_str(), "count": 1, "entries": [entry]}]});
        damage_one(&mut answer, at, with);
        let body = answer.to_string();
        if let Some(read) = search::read(&contract, &operation.answer, &[fin(1)], body.as_bytes()) {
            prop_assert!(read.fins[0].1 != Lookup::Free, "{}", body);
        }
    }

    /// One damage anywhere in an answer to an entry turns no record into another outcome, only into an open one.
    #[test]
    fn a_damaged_outcome_is_never_another(at in any::<prop::sample::Index>(), with in damage()) {
        let contract = Contract::assumed();
        let operation = contract.bulk_create.as_ref().expect("offered");
        let mut answer = json!({"created": [assumed_record(1)], "failed": [assumed_record(2)], "overlapping_fins": []});
        damage_one(&mut answer, at, with);
        let body = answer.to_string();
        let records = [record(1), record(2), record(3)];
        if let Some(read) = entry::read(&contract, &operation.answer, &records, body.as_bytes()) {
            let outcomes = read.outcomes;
            prop_assert!(!matches!(outcomes[0], RecordOutcome::NotEntered { .. }), "{}", body);
            prop_assert!(!matches!(outcomes[1], RecordOutcome::Created { .. }), "{}", body);
            prop_assert_eq!(&outcomes[2], &RecordOutcome::Unaccounted, "{}", body);
        }
    }
}

/// What takes the place of a part of an answer; `None` removes the part.
fn damage() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        any_json().prop_map(Some),
        Just(Some(json!([]))),
        Just(Some(json!({}))),
        Just(Some(json!(0))),
    ]
}

/// Replaces or removes one of all parts, containers included.
fn damage_one(answer: &mut Value, at: prop::sample::Index, with: Option<Value>) {
    let mut places = Vec::new();
    pointers(answer, String::new(), &mut places);
    let place = &places[at.index(places.len())];
    let (parent, key) = place.rsplit_once('/').expect("a part");
    match (answer.pointer_mut(parent).expect("a container"), with) {
        (Value::Object(map), Some(value)) => drop(map.insert(key.to_owned(), value)),
        (Value::Object(map), None) => drop(map.remove(key)),
        (Value::Array(list), with) => {
            let index: usize = key.parse().expect("an index");
            match with {
                Some(value) => list[index] = value,
                None => drop(list.remove(index)),
            }
        }
        _ => unreachable!("a pointer leads through containers"),
    }
}

fn pointers(value: &Value, at: String, into: &mut Vec<String>) {
    let mut go = |key: String, inner: &Value| {
        let place = format!("{at}/{key}");
        into.push(place.clone());
        pointers(inner, place, into);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| go(key.clone(), inner)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, inner)| go(index.to_string(), inner)),
        _ => {}
    }
}
