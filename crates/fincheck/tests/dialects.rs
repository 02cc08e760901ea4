//! Documents of made-up services, as FastAPI 0.95 with pydantic 1 and FastAPI 0.165 with pydantic 2 write them: each becomes a contract
//! without a person, ambiguous ones become questions whose lines settle them, and what no contract can say is refused with its place.

use std::path::{Path, PathBuf};

use finkit_fincheck::contract::Contract;
use finkit_fincheck::openapi::{
    Adoption, Answers, Confidence, Document, State, adopt, check, mark,
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

fn documents(name: &str) -> Vec<(String, Document)> {
    let mut all: Vec<_> = std::fs::read_dir(folder(name))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a file");
            let document = Document::read(&bytes).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            let name = path.file_stem().expect("a name").to_string_lossy();
            (name.into_owned(), document)
        })
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn told(adoption: &Adoption) -> String {
    let mut text = adoption.lines();
    for obstacle in &adoption.obstacles {
        text += &format!(
            "! {}: {} ({})\n",
            obstacle.key, obstacle.problem, obstacle.at
        );
    }
    text
}

fn adopted(name: &str, document: &Document) -> Contract {
    let adoption = adopt(document, &Answers::default());
    match adoption.contract {
        Some(contract) => contract,
        None => panic!("{name}:\n{}", told(&adoption)),
    }
}

#[test]
fn every_dialect_is_adopted_without_a_person() {
    let all = documents("dialects");
    assert!(all.len() >= 12, "{}", all.len());
    let mut failed = String::new();
    for (name, document) in &all {
        let adoption = adopt(document, &Answers::default());
        if adoption.contract.is_none() {
            failed += &format!("=== {name}\n{}\n", told(&adoption));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn an_adopted_contract_fits_its_document_and_its_file() {
    for (name, document) in documents("dialects") {
        let contract = adopted(&name, &document);
        let differences: Vec<_> = check(&document, &contract).differences().cloned().collect();
        assert!(differences.is_empty(), "{name}: {differences:#?}");
        let again = Contract::from_toml(&contract.to_toml()).expect("sound");
        assert_eq!(again, contract, "{name}");
        assert_eq!(
            mark(&document, &again),
            mark(&document, &contract),
            "{name}"
        );
    }
}

#[test]
fn both_generations_of_a_dialect_are_one_contract() {
    for dialect in [
        "plain", "embedded", "german", "nested", "period", "query", "rest",
    ] {
        let [old, new] = ["v1", "v2"].map(|generation| {
            let path = folder("dialects").join(format!("{dialect}_{generation}.json"));
            let bytes = std::fs::read(path).expect("a file");
            let document = Document::read(&bytes).expect("readable");
            adopted(dialect, &document)
        });
        assert_eq!(old.to_toml(), new.to_toml(), "{dialect}");
    }
}

#[test]
fn nothing_that_decides_free_is_less_than_certain() {
    for (name, document) in documents("dialects") {
        for choice in adopt(&document, &Answers::default()).choices {
            let decides = choice.key.ends_with("answer.found")
                || choice.key == "search.answer.fins"
                || choice.key == "bulk_search.answer.fins"
                || choice.key == "found_fin.found"
                || choice.key == "found_fin.entries";
            if decides {
                assert_eq!(choice.confidence, Confidence::Certain, "{name}: {choice:?}");
            }
        }
    }
}

#[test]
fn the_plain_dialect_is_the_assumed_contract() {
    let bytes = std::fs::read(folder("dialects").join("plain_v2.json")).expect("a file");
    let document = Document::read(&bytes).expect("readable");
    let mut contract = adopted("plain", &document);
    contract.name = Contract::assumed().name;
    contract.answer_record.reason = Contract::assumed().answer_record.reason;
    assert_eq!(contract.to_toml(), Contract::assumed().to_toml());
    assert!(
        check(&document, &Contract::assumed())
            .lines
            .iter()
            .all(|line| line.state == State::Same)
    );
}

#[test]
fn what_an_operation_takes_and_answers_is_told_although_it_stands_elsewhere() {
    let bytes = std::fs::read(folder("dialects").join("german_v2.json")).expect("a file");
    let document = Document::read(&bytes).expect("readable");
    let adopted = adopted("german", &document);
    let lines = check(&document, &Contract::assumed()).lines;
    let states = |key: &str| -> Vec<(State, String)> {
        let lines = lines.iter().filter(|line| line.key == key);
        lines
            .map(|line| (line.state, line.document.clone()))
            .collect()
    };
    assert_eq!(states("create")[0].0, State::Different);
    let fin = (State::Different, adopted.record.fin.to_string());
    assert!(states("record.fin").contains(&fin), "{lines:#?}");
    assert!(!states("create.security_code").is_empty());
    assert!(!states("found_fin.entries").is_empty());
}

#[test]
fn what_is_not_certain_is_settled_by_pasting_the_lines_that_are_printed() {
    let all = documents("ambiguous");
    assert!(all.len() >= 4, "{}", all.len());
    for (name, document) in all {
        let mut pasted = String::new();
        let mut adoption = adopt(&document, &Answers::default());
        assert!(adoption.contract.is_none(), "{name} is certain");
        assert!(
            !adoption.questions.is_empty() && adoption.obstacles.is_empty(),
            "{name}: {}",
            told(&adoption)
        );
        for question in &adoption.questions {
            assert!(question.at.starts_with("#/"), "{name}: {question:?}");
        }
        // What is settled can open what hung on it.
        for _ in 0..3 {
            pasted = merged(&pasted, &adoption.lines());
            let answers =
                Answers::from_toml(&pasted).unwrap_or_else(|e| panic!("{name}: {e}\n{pasted}"));
            adoption = adopt(&document, &answers);
            if adoption.contract.is_some() {
                break;
            }
        }
        let contract = adoption.contract.clone();
        let contract = contract.unwrap_or_else(|| panic!("{name}: {}", told(&adoption)));
        let differences: Vec<_> = check(&document, &contract).differences().cloned().collect();
        assert!(differences.is_empty(), "{name}: {differences:#?}");
    }
}

/// What a person has in the file after pasting once more.
fn merged(before: &str, lines: &str) -> String {
    let mut table: toml::Table = before.parse().expect("TOML");
    let more: toml::Table = lines.parse().unwrap_or_else(|e| panic!("{e}\n{lines}"));
    fn put(into: &mut toml::Table, more: toml::Table) {
        for (key, value) in more {
            match (into.get_mut(&key), value) {
                (Some(toml::Value::Table(known)), toml::Value::Table(more)) => put(known, more),
                (_, value) => {
                    into.insert(key, value);
                }
            }
        }
    }
    put(&mut table, more);
    table.to_string()
}

#[test]
fn another_candidate_settles_as_well() {
    let text = std::fs::read(folder("ambiguous").join("two_booleans.json")).expect("a file");
    let document = Document::read(&text).expect("readable");
    let mut answers = Answers::default();
    for operation in ["search", "bulk_search"] {
        answers.set(format!("{operation}.answer.found"), "aktiv");
    }
    let contract = adopt(&document, &answers).contract.expect("settled");
    let found = contract
        .search
        .expect("offered")
        .answer
        .found
        .expect("a boolean");
    assert_eq!(found.to_string(), "aktiv");
}

/// The plain dialect with something changed.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Document {
    let text = std::fs::read(folder("dialects").join("plain_v2.json")).expect("a file");
    let mut value = serde_json::from_slice(&text).expect("JSON");
    change(&mut value);
    Document::read(value.to_string().as_bytes()).expect("readable")
}

#[test]
fn what_no_contract_can_say_is_refused_with_its_place() {
    use serde_json::json;
    type Change = fn(&mut serde_json::Value);
    let cases: [(Change, &str, &str); 8] = [
        (
            |doc| {
                doc["components"]["schemas"]["Fin"]["properties"]["mandant"] =
                    json!({"type": "string"});
                doc["components"]["schemas"]["Fin"]["required"] = json!([
                    "fin",
                    "start_date",
                    "end_date",
                    "registration_date",
                    "mandant"
                ]);
            },
            "record",
            "#/components/schemas/Fin/properties/mandant",
        ),
        (
            |doc| {
                let parameters = &mut doc["paths"]["/search"]["post"]["parameters"];
                *parameters = json!([{"name": "region", "in": "query", "required": true, "schema": {"type": "string"}}]);
            },
            "search.constants.\"query:region\"",
            "#/paths/~1search/post/parameters/0",
        ),
        (
            |doc| {
                doc["paths"]
                    .as_object_mut()
                    .expect("an object")
                    .remove("/delete");
            },
            "delete",
            "#/paths",
        ),
        (
            |doc| {
                doc["components"]["schemas"]["SearchIn"]["properties"]["year"] =
                    json!({"type": "boolean"});
            },
            "search.year",
            "#/components/schemas/SearchIn/properties/year",
        ),
        (
            |doc| {
                doc["components"]["schemas"]["Created"]["properties"]["created"] =
                    json!({"type": "integer"});
            },
            "create.answer.created",
            "#/components/schemas/Created/properties/created",
        ),
        (
            |doc| {
                doc["components"]["schemas"]["Found"]["properties"]["found"] =
                    json!({"type": "string"});
            },
            "search.answer.found",
            "#/components/schemas/Found",
        ),
        (
            |doc| {
                let found = doc["components"]["schemas"]["Found"]["properties"]
                    .as_object_mut()
                    .expect("an object");
                let schema = found.remove("found").expect("there");
                found.insert("is_free".into(), schema);
            },
            "search.answer.found",
            "#/components/schemas/Found/properties/is_free",
        ),
        (
            |doc| {
                let entries =
                    &mut doc["components"]["schemas"]["FoundFin"]["properties"]["entries"];
                *entries =
                    json!({"type": "array", "items": {"$ref": "#/components/schemas/FoundFin"}});
            },
            "search",
            "#/components/schemas/FoundFin/properties/entries/items",
        ),
    ];
    for (change, key, at) in cases {
        let document = changed(change);
        let adoption = adopt(&document, &Answers::default());
        assert!(adoption.contract.is_none(), "{key}");
        let refused = adoption
            .obstacles
            .iter()
            .any(|one| one.key == key && one.at == at)
            || adoption
                .questions
                .iter()
                .any(|one| one.key == key && one.at == at);
        assert!(refused, "{key} at {at}:\n{}", told(&adoption));
        // The comparison tells the same place.
        let found = check(&document, &Contract::assumed());
        assert!(found.differences().count() > 0, "{key}");
    }
}

#[test]
fn a_missing_operation_can_be_named_as_absent() {
    let document = changed(|doc| {
        doc["paths"]
            .as_object_mut()
            .expect("an object")
            .remove("/delete");
    });
    let adoption = adopt(&document, &Answers::default());
    let answers = Answers::from_toml(&adoption.lines()).expect("TOML");
    let contract = adopt(&document, &answers).contract.expect("settled");
    assert_eq!(contract.delete, None);
}

#[test]
fn the_security_code_goes_where_create_and_delete_say_and_nowhere_else() {
    for (name, document) in documents("dialects") {
        let contract = adopted(&name, &document);
        let code = |place: &Option<finkit_fincheck::contract::Place>| {
            place
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_else(|| panic!("{name}: no code"))
        };
        for place in [
            code(&contract.create.as_ref().expect("offered").security_code),
            code(
                &contract
                    .bulk_create
                    .as_ref()
                    .expect("offered")
                    .security_code,
            ),
            code(&contract.delete.as_ref().expect("offered").security_code),
        ] {
            assert!(
                place.contains("security") || place.contains("sicherheit"),
                "{name}: {place}"
            );
        }
        for endpoint in [
            &contract.search.as_ref().expect("offered").endpoint,
            &contract.bulk_search.as_ref().expect("offered").endpoint,
            &contract.token.as_ref().expect("offered").endpoint,
        ] {
            assert!(endpoint.constants.is_empty(), "{name}");
        }
    }
}

#[test]
fn an_additional_required_value_and_a_change_of_type_move_the_mark_and_nothing_else_does() {
    use serde_json::json;
    let assumed = Contract::assumed();
    let before = mark(&changed(|_| ()), &assumed);
    let same = changed(|doc| {
        doc["info"]["title"] = json!("Another");
        doc["paths"]["/statistics"] = json!({"get": {"responses": {}}});
        doc["components"]["schemas"]["Found"]["properties"]["took_ms"] = json!({"type": "integer"});
        doc["components"]["schemas"]["SearchIn"]["properties"]["hint"] = json!({"type": "string"});
    });
    assert_eq!(mark(&same, &assumed), before);
    type Change = fn(&mut serde_json::Value);
    let changes: [Change; 4] = [
        |doc| {
            doc["components"]["schemas"]["SearchIn"]["properties"]["region"] =
                json!({"type": "string"});
            doc["components"]["schemas"]["SearchIn"]["required"] = json!(["fin", "year", "region"]);
        },
        |doc| {
            doc["components"]["schemas"]["Found"]["properties"]["found"] =
                json!({"type": "integer"});
        },
        |doc| {
            doc["components"]["schemas"]["Del"]["properties"]["end_date"] =
                json!({"type": "string", "format": "date-time"});
        },
        |doc| {
            let paths = doc["paths"].as_object_mut().expect("an object");
            let moved = paths.remove("/bulk_create").expect("there");
            paths.insert("/v2/bulk_create".into(), moved);
        },
    ];
    for change in changes {
        assert_ne!(mark(&changed(change), &assumed), before);
    }
}
