//! Reading a contract file: each key finds its place in the contract, and every fault is collected.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::ABSENT;
use super::schema::{self, Leaf, OPERATIONS};
use super::{ASSUMED, Constant, Contract, ContractFault, Place};

/// The contract of the built-in file.
pub(super) fn assumed() -> Contract {
    let mut contract = schema::blank();
    let faults = apply(&mut contract, ASSUMED);
    debug_assert!(faults.is_empty(), "{faults:?}");
    contract
}

/// Takes over what the file says; returns what could not be.
pub(super) fn apply(contract: &mut Contract, text: &str) -> Vec<ContractFault> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let fault = |error: toml::de::Error| ContractFault {
            path: String::new(),
            line: error.span().map(|span| line(text, span.start)),
            problem: one_line(error.message()),
        };
        return errors.into_iter().map(fault).collect();
    }
    let mut faults = Vec::new();
    let mut keys = Vec::new();
    flatten(table.get_ref(), "", &mut keys);
    keys.retain(|(path, value)| {
        let absent = OPERATIONS.contains(&path.as_str()) && !value.get_ref().is_table();
        if absent && value.get_ref().as_str() == Some(ABSENT) {
            schema::remove(contract, path);
        } else if absent {
            faults.push((
                value.span().start,
                path.clone(),
                format!("expected a table, or \"{ABSENT}\" for an operation that is not offered"),
            ));
        }
        !absent
    });
    let mut leaves = schema::leaves(contract);
    for (path, value) in keys {
        let known = leaves.iter_mut().find(|(known, _)| *known == path);
        let result = match known {
            Some((_, Leaf::Text(setting))) => match value.get_ref().as_str() {
                Some(text) => setting.read(text),
                None => Err("expected a text".into()),
            },
            Some((_, Leaf::Seconds(seconds))) => match integer(value) {
                Some(number @ 1..) => {
                    **seconds = number.unsigned_abs();
                    Ok(())
                }
                _ => Err("expected a whole number of seconds, at least 1".into()),
            },
            Some((_, Leaf::Constants(constants))) => {
                let Some(table) = value.get_ref().as_table() else {
                    faults.push((value.span().start, path, "expected a table".into()));
                    continue;
                };
                for (key, value) in table {
                    match constant(key.get_ref(), value) {
                        Ok((place, constant)) => {
                            constants.insert(place, constant);
                        }
                        Err(problem) => faults.push((
                            key.span().start,
                            format!("{path}.\"{}\"", key.get_ref()),
                            problem,
                        )),
                    }
                }
                Ok(())
            }
            None => Err(unknown(&path, leaves.iter().map(|(known, _)| known))),
        };
        if let Err(problem) = result {
            faults.push((value.span().start, path, problem));
        }
    }
    faults.sort_by_key(|(start, ..)| *start);
    faults
        .into_iter()
        .map(|(start, path, problem)| ContractFault {
            path,
            line: Some(line(text, start)),
            problem,
        })
        .collect()
}

type Key<'t, 'i> = (String, &'t Spanned<DeValue<'i>>);

/// The keys of a table and of the tables in it; a table of constants stays whole.
fn flatten<'t, 'i>(table: &'t DeTable<'i>, prefix: &str, into: &mut Vec<Key<'t, 'i>>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{prefix}.{}", key.get_ref())
        };
        match value.get_ref().as_table() {
            Some(inner) if !path.ends_with(".constants") && !inner.is_empty() => {
                flatten(inner, &path, into);
            }
            Some(_) if is_table(&path) => {} // a header without keys
            _ => into.push((path, value)),
        }
    }
}

/// Whether the contract has a table of that name.
fn is_table(path: &str) -> bool {
    let mut contract = schema::blank();
    let prefix = format!("{path}.");
    schema::leaves(&mut contract)
        .iter()
        .any(|(known, _)| known.starts_with(&prefix))
}

fn constant(key: &str, value: &Spanned<DeValue<'_>>) -> Result<(Place, Constant), String> {
    let place = key.parse().map_err(|fault| format!("{fault}"))?;
    if let Place::Body(path) = &place
        && path.is_root()
    {
        return Err("a fixed value needs a name: \"body:NAME\"".into());
    }
    let constant = match value.get_ref() {
        DeValue::String(text) => Constant::Text(text.to_string()),
        DeValue::Boolean(truth) => Constant::Boolean(*truth),
        _ => integer(value)
            .map(Constant::Integer)
            .ok_or("expected a text, a whole number, true or false")?,
    };
    Ok((place, constant))
}

fn integer(value: &Spanned<DeValue<'_>>) -> Option<i64> {
    let integer = value.get_ref().as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn unknown<'k>(path: &str, known: impl Iterator<Item = &'k String>) -> String {
    let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
    let siblings: BTreeSet<&str> = known
        .filter_map(|known| match known.rsplit_once('.') {
            Some((of, key)) => (of == table).then_some(key),
            None => table.is_empty().then_some(known.as_str()),
        })
        .collect();
    if siblings.is_empty() {
        return "unknown key".into();
    }
    let list: Vec<&str> = siblings.into_iter().filter(|name| *name != key).collect();
    format!("unknown key; known here: {}", list.join(", "))
}

fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
