//! Compares the dependencies that cargo sees with the table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::table::Table;

/// Crates that `finkit-core` must not reach, however indirectly: it is pure.
const IMPURE: [&str; 6] = ["tokio", "hyper", "reqwest", "rusqlite", "axum", "rustls"];

/// One crate of the workspace as cargo sees it.
#[derive(Debug, Default)]
struct Member {
    id: String,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

/// Everything that is not as the table says; each line names what to edit.
pub(crate) fn faults(metadata: &Value, table: &Table) -> Vec<String> {
    let members = members(metadata);
    let mut faults = Vec::new();
    for name in members.keys() {
        if !table.rows.contains_key(name) {
            faults.push(format!(
                "`{name}` is not in the table of boundaries: give it a row in ARCHITECTURE.md"
            ));
        }
    }
    for name in table.rows.keys() {
        if !members.contains_key(name) {
            faults.push(format!(
                "ARCHITECTURE.md has a row for `{name}`, which is no crate of the workspace: take it out"
            ));
        }
    }
    for (name, member) in &members {
        let Some(row) = table.rows.get(name) else {
            continue;
        };
        for other in &member.normal {
            if members.contains_key(other) {
                if !row.depends.contains(other) {
                    faults.push(format!(
                        "`{name}` depends on `{other}`, which the arrow does not allow: drop the \
                         dependency in {name}'s Cargo.toml, or argue the new edge in ARCHITECTURE.md"
                    ));
                }
                continue;
            }
            let homes = table.homes(other);
            if homes.is_empty() {
                if !table.common.contains(other) {
                    faults.push(format!(
                        "`{name}` depends on `{other}`, which has no home yet: add it in \
                         ARCHITECTURE.md to {name}'s row, or to the common crates, with its reason"
                    ));
                }
            } else if !homes.contains(&name.as_str()) {
                faults.push(format!(
                    "`{name}` depends on `{other}`, whose home is {}: use that crate's interface, \
                     or move the home in ARCHITECTURE.md",
                    homes.join(" and ")
                ));
            }
        }
        for other in &member.dev {
            // A crate may name itself there, to test with a feature of its own.
            if other != name
                && members.contains_key(other)
                && !row.depends.contains(other)
                && !row.tests.contains(other)
            {
                faults.push(format!(
                    "the tests of `{name}` depend on `{other}`: drop that, or add it to \
                     `in tests also` in ARCHITECTURE.md"
                ));
            }
        }
    }
    faults.extend(stale(&members, table));
    faults.extend(impure(metadata, &members));
    faults
}

/// Homes of crates that nobody uses any more; an edge that is allowed need not be used.
fn stale(members: &BTreeMap<String, Member>, table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, row) in &table.rows {
        let Some(member) = members.get(name) else {
            continue;
        };
        for home in row.home.difference(&member.normal) {
            faults.push(format!(
                "ARCHITECTURE.md says `{home}` lives in `{name}`, which does not use it: take it out"
            ));
        }
    }
    for common in &table.common {
        if !members
            .values()
            .any(|member| member.normal.contains(common))
        {
            faults.push(format!(
                "ARCHITECTURE.md lists `{common}` among the common crates, but no crate uses it: \
                 take it out"
            ));
        }
    }
    faults
}

fn members(metadata: &Value) -> BTreeMap<String, Member> {
    let ids: BTreeSet<&str> = array(&metadata["workspace_members"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut members = BTreeMap::new();
    for package in array(&metadata["packages"]) {
        let (Some(id), Some(name)) = (package["id"].as_str(), package["name"].as_str()) else {
            continue;
        };
        if !ids.contains(id) {
            continue;
        }
        let mut member = Member {
            id: id.to_owned(),
            ..Member::default()
        };
        for dependency in array(&package["dependencies"]) {
            let Some(other) = dependency["name"].as_str() else {
                continue;
            };
            if dependency["kind"].as_str() == Some("dev") {
                member.dev.insert(other.to_owned());
            } else {
                member.normal.insert(other.to_owned());
            }
        }
        members.insert(name.to_owned(), member);
    }
    members
}

/// What `finkit-core` reaches without its tests and must not.
fn impure(metadata: &Value, members: &BTreeMap<String, Member>) -> Vec<String> {
    let Some(core) = members.get("finkit-core") else {
        return vec!["the workspace has no crate `finkit-core`".to_owned()];
    };
    let names: BTreeMap<&str, &str> = array(&metadata["packages"])
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let nodes: BTreeMap<&str, &Value> = array(&metadata["resolve"]["nodes"])
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    if !nodes.contains_key(core.id.as_str()) {
        return vec!["`cargo metadata` shows no dependencies of `finkit-core`".to_owned()];
    }
    let mut seen = BTreeSet::new();
    let mut open = vec![core.id.as_str()];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        for dependency in array(&node["deps"]) {
            let normal = array(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null());
            if let (true, Some(next)) = (normal, dependency["pkg"].as_str()) {
                open.push(next);
            }
        }
    }
    let reached: BTreeSet<&str> = seen
        .iter()
        .filter_map(|id| names.get(id).copied())
        .collect();
    IMPURE
        .iter()
        .filter(|name| reached.contains(*name))
        .map(|name| {
            format!(
                "`finkit-core` reaches `{name}`: it is pure rules and stays without I/O; \
                 `cargo tree -p finkit-core -e normal -i {name}` shows the way"
            )
        })
        .collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::super::table::Row;
    use super::*;
    use serde_json::json;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn row(depends: &[&str], tests: &[&str], home: &[&str]) -> Row {
        Row {
            depends: set(depends),
            tests: set(tests),
            home: set(home),
        }
    }

    fn dependency(name: &str, kind: Option<&str>) -> Value {
        json!({"name": name, "kind": kind})
    }

    fn sound() -> (Value, Table) {
        let metadata = json!({
            "workspace_members": ["core 1", "web 1"],
            "packages": [
                {"id": "core 1", "name": "finkit-core", "dependencies": [dependency("serde", None)]},
                {"id": "web 1", "name": "finkit-web", "dependencies": [
                    dependency("finkit-core", None),
                    dependency("reqwest", None),
                    dependency("proptest", Some("dev")),
                ]},
                {"id": "serde 1", "name": "serde", "dependencies": []},
                {"id": "reqwest 1", "name": "reqwest", "dependencies": []},
            ],
            "resolve": {"nodes": [
                {"id": "core 1", "deps": [{"pkg": "serde 1", "dep_kinds": [{"kind": null}]}]},
                {"id": "serde 1", "deps": []},
                {"id": "web 1", "deps": [{"pkg": "reqwest 1", "dep_kinds": [{"kind": null}]}]},
            ]},
        });
        let table = Table {
            rows: BTreeMap::from([
                ("finkit-core".to_owned(), row(&[], &[], &[])),
                (
                    "finkit-web".to_owned(),
                    row(&["finkit-core"], &[], &["reqwest"]),
                ),
            ]),
            common: set(&["serde"]),
        };
        (metadata, table)
    }

    #[test]
    fn a_workspace_as_in_the_table_has_no_faults() {
        let (metadata, table) = sound();
        assert_eq!(faults(&metadata, &table), Vec::<String>::new());
    }

    #[test]
    fn a_new_edge_is_told() {
        let (mut metadata, table) = sound();
        metadata["packages"][0]["dependencies"] =
            json!([dependency("serde", None), dependency("finkit-web", None)]);
        let faults = faults(&metadata, &table);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("`finkit-core` depends on `finkit-web`"));
    }

    #[test]
    fn a_new_edge_of_the_tests_is_told() {
        let (mut metadata, table) = sound();
        metadata["packages"][0]["dependencies"] = json!([
            dependency("serde", None),
            dependency("finkit-web", Some("dev"))
        ]);
        let faults = faults(&metadata, &table);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("the tests of `finkit-core`"));
    }

    #[test]
    fn a_foreign_crate_outside_of_its_home_is_told() {
        let (mut metadata, table) = sound();
        metadata["packages"][0]["dependencies"] =
            json!([dependency("serde", None), dependency("reqwest", None)]);
        let faults = faults(&metadata, &table);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("whose home is finkit-web"));
    }

    #[test]
    fn a_foreign_crate_without_a_home_is_told() {
        let (metadata, mut table) = sound();
        table.common.clear();
        let faults = faults(&metadata, &table);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("has no home yet"));
    }

    #[test]
    fn a_home_without_its_crate_is_told() {
        let (metadata, mut table) = sound();
        table.rows.insert(
            "finkit-core".to_owned(),
            row(&["finkit-web"], &["finkit-web"], &["csv"]),
        );
        table.common.insert("url".to_owned());
        table.rows.insert("gone".to_owned(), Row::default());
        assert_eq!(faults(&metadata, &table).len(), 3);
    }

    #[test]
    fn an_indirect_way_from_core_to_the_network_is_told() {
        let (mut metadata, table) = sound();
        metadata["packages"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": "tokio 1", "name": "tokio", "dependencies": []}));
        metadata["resolve"]["nodes"][1]["deps"] =
            json!([{"pkg": "tokio 1", "dep_kinds": [{"kind": null}]}]);
        let found = faults(&metadata, &table);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`finkit-core` reaches `tokio`"));

        metadata["resolve"]["nodes"][1]["deps"] =
            json!([{"pkg": "tokio 1", "dep_kinds": [{"kind": "dev"}]}]);
        assert!(faults(&metadata, &table).is_empty());
    }
}
