//! A contract held against a document, and the mark of the part in use.

use std::fmt::Write as _;

use finkit_openapi::Document;
use ring::digest::{SHA256, digest};

use super::adopt::{adopt, recursion};
use super::desk::Answers;
use super::expect::{Seen, wanted};
use super::role::ROLES;
use crate::contract::Contract;

/// How one value of a contract stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// As in the contract.
    Same,
    /// The document does not describe this part.
    Untold,
    /// At another place, or of another type.
    Different,
    /// Not in the document.
    Missing,
    /// Has to be sent, and the contract does not send it.
    Additional,
}

/// One line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Line {
    /// The operation, as its table is called.
    pub operation: &'static str,
    /// The key of the contract; the operation's name for the operation itself.
    pub key: String,
    /// What the contract says.
    pub contract: String,
    /// How it stands.
    pub state: State,
    /// What the document says, where it differs.
    pub document: String,
    /// The place in the document, as a JSON pointer.
    pub at: String,
}

/// A contract held against a document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// Every operation and every value of it.
    pub lines: Vec<Line>,
}

impl Comparison {
    /// What differs.
    pub fn differences(&self) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(|line| !matches!(line.state, State::Same | State::Untold))
    }
}

/// Holds a contract against a document: every operation and every value that is sent or read.
///
/// ```
/// use finkit_fincheck::Contract;
/// use finkit_fincheck::openapi::{Document, check};
///
/// let text = include_str!("../../tests/dialects/plain_v2.json");
/// let document = Document::read(text.as_bytes())?;
/// assert_eq!(check(&document, &Contract::assumed()).differences().count(), 0);
/// # Ok::<(), finkit_fincheck::openapi::ReadError>(())
/// ```
pub fn check(document: &Document, contract: &Contract) -> Comparison {
    let derived = adopt(document, &Answers::default());
    let instead = |key: &str| {
        derived
            .choices
            .iter()
            .find(|choice| choice.key == key)
            .filter(|choice| choice.value != "absent")
    };
    let all = wanted(contract);
    let mut lines = Vec::new();
    for role in ROLES {
        let name = role.name();
        let line = |key: &str, says: String, state, document: String, at: &str| Line {
            operation: name,
            key: key.to_owned(),
            contract: says,
            state,
            document,
            at: at.to_owned(),
        };
        let there = match (
            instead(&format!("{name}.method")),
            instead(&format!("{name}.path")),
        ) {
            (Some(method), Some(path)) => {
                Some((format!("{} {}", method.value, path.value), path.at.clone()))
            }
            _ => None,
        };
        let Some(wanted) = all.iter().find(|wanted| wanted.role == role) else {
            let (state, says, at) = match there {
                Some((says, at)) => (State::Different, says, at),
                None => (State::Same, String::new(), "#/paths".to_owned()),
            };
            lines.push(line(name, "absent".into(), state, says, &at));
            continue;
        };
        let says = format!("{} {}", wanted.endpoint.method, wanted.endpoint.path);
        let operation = if let Some(operation) = wanted.find(document) {
            lines.push(line(name, says, State::Same, String::new(), &operation.at));
            operation
        } else {
            let Some((other, at)) = there else {
                lines.push(line(name, says, State::Missing, String::new(), "#/paths"));
                continue;
            };
            lines.push(line(name, says, State::Different, other, &at));
            // Its values are told all the same, so that one look shows everything.
            let moved = document.operations.iter().find(|there| there.at == at);
            let Some(operation) = moved else { continue };
            operation
        };
        if let Some(at) = recursion(operation) {
            let what = "a schema inside itself".to_owned();
            lines.push(line(name, String::new(), State::Different, what, at));
        }
        for value in &wanted.values {
            let place = value.place();
            let (state, says, at) = match value.look(operation) {
                Seen::Fits(at) => (State::Same, String::new(), at),
                Seen::Untold => (State::Untold, String::new(), operation.at.clone()),
                Seen::Unfit(at, is) => (State::Different, is, at),
                Seen::Missing => match instead(&value.key) {
                    Some(choice) => (State::Different, choice.value.clone(), choice.at.clone()),
                    None => (State::Missing, String::new(), operation.at.clone()),
                },
            };
            lines.push(line(&value.key, place, state, says, &at));
        }
        for (place, at) in wanted.additional(operation) {
            // What is only called otherwise has its line already.
            let renamed = |line: &Line| {
                (line.operation, line.state, &line.at) == (name, State::Different, &at)
            };
            if lines.iter().any(renamed) {
                continue;
            }
            let state = State::Additional;
            lines.push(line(
                &format!("{name}.constants"),
                String::new(),
                state,
                place,
                &at,
            ));
        }
    }
    Comparison { lines }
}

/// The mark of the part of a document that a contract uses: a SHA-256 digest over its operations, the values that are sent and read with
/// whether their places and types fit, and what else has to be sent. Titles, other operations and other fields leave it as it is.
///
/// ```
/// use finkit_fincheck::Contract;
/// use finkit_fincheck::openapi::{Document, mark};
///
/// let text = include_str!("../../tests/dialects/plain_v2.json");
/// let document = Document::read(text.as_bytes())?;
/// let renamed = Document::read(text.replace("FINcheck", "Another title").as_bytes())?;
/// assert_eq!(mark(&document, &Contract::assumed()), mark(&renamed, &Contract::assumed()));
/// let changed = Document::read(text.replace("\"found\"", "\"hit\"").as_bytes())?;
/// assert_ne!(mark(&document, &Contract::assumed()), mark(&changed, &Contract::assumed()));
/// # Ok::<(), finkit_fincheck::openapi::ReadError>(())
/// ```
pub fn mark(document: &Document, contract: &Contract) -> String {
    let mut text = String::new();
    for wanted in wanted(contract) {
        let name = wanted.role.name();
        let endpoint = wanted.endpoint;
        let Some(operation) = wanted.find(document) else {
            let _ = writeln!(text, "{name} missing");
            continue;
        };
        let _ = writeln!(text, "{name} {} {}", endpoint.method, endpoint.path);
        for value in &wanted.values {
            let seen = match value.look(operation) {
                Seen::Fits(_) | Seen::Untold => "fits".into(),
                Seen::Unfit(_, is) => format!("is {is}"),
                Seen::Missing => "missing".into(),
            };
            let _ = writeln!(text, "{} {} {seen}", value.key, value.place());
        }
        let mut additional = wanted.additional(operation);
        additional.sort();
        for (place, _) in additional {
            let _ = writeln!(text, "{name} also {place}");
        }
    }
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref()
        .iter()
        .fold("sha256:".to_owned(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}
