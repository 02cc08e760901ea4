//! What has been settled, what has to be asked, and what stands in the way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::contract::{Contract, ContractErrors};

/// How sure a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Confidence {
    /// Type and place leave nothing else, though its name says nothing; never used for what decides whether a FIN is free.
    Likely,
    /// Name and type say so, and nothing else does.
    Certain,
    /// A person said so.
    Given,
}

/// One settled key of the contract.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Choice {
    /// The key in the contract file: `search.answer.found`.
    pub key: String,
    /// Its value as the file has it.
    pub value: String,
    /// The place in the document, as a JSON pointer; empty where the document says nothing.
    pub at: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why.
    pub reason: String,
}

/// A value that a key may have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Keys and values to write.
    pub lines: Vec<(String, String)>,
    /// The place in the document, as a JSON pointer.
    pub at: String,
    /// What it is.
    pub what: String,
}

/// Something that is not certain, for a person to settle.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Question {
    /// The key that is open.
    pub key: String,
    /// The place in the document, as a JSON pointer.
    pub at: String,
    /// What is not certain.
    pub problem: String,
    /// What it may be, the best first; empty where the document has nothing that fits.
    pub candidates: Vec<Candidate>,
}

/// Something that no answer helps: the document asks for what no contract can say.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Obstacle {
    /// The key that it is about.
    pub key: String,
    /// The place in the document, as a JSON pointer.
    pub at: String,
    /// What is wrong.
    pub problem: String,
}

/// Lines of a contract file that settle questions.
///
/// ```
/// use finkit_fincheck::openapi::Answers;
/// let answers = Answers::from_toml("delete = \"absent\"\n[search.answer]\nfound = \"known\"\n")?;
/// assert_eq!(answers.get("search.answer.found"), Some("known"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    values: BTreeMap<String, toml::Value>,
}

impl Answers {
    /// Reads lines of a contract file; which keys there are is checked when the contract is made.
    ///
    /// # Errors
    /// What is wrong with the TOML, on one line.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                1 + text.as_bytes()[..span.start.min(text.len())]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count()
            });
            let message: Vec<&str> = error.message().split_whitespace().collect();
            format!("line {line}: {}", message.join(" "))
        })?;
        let mut answers = Self::default();
        answers.flatten("", table);
        Ok(answers)
    }

    fn flatten(&mut self, prefix: &str, table: toml::Table) {
        for (key, value) in table {
            let path = if prefix.is_empty() {
                key
            } else {
                format!("{prefix}.{key}")
            };
            match value {
                toml::Value::Table(inner) if !path.ends_with(".constants") => {
                    self.flatten(&path, inner);
                }
                value => {
                    self.values.insert(path, value);
                }
            }
        }
    }

    /// Settles a key; an earlier answer is replaced.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match key.split_once(".constants.") {
            Some((operation, place)) => {
                let entry = self
                    .values
                    .entry(format!("{operation}.constants"))
                    .or_insert_with(|| toml::Value::Table(toml::Table::new()));
                if let toml::Value::Table(table) = entry {
                    table.insert(place.trim_matches('"').to_owned(), scalar(&value));
                }
            }
            None => {
                self.values.insert(key, toml::Value::String(value));
            }
        }
    }

    /// The text that settles a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(toml::Value::as_str)
    }

    pub(super) fn constant(&self, operation: &str, place: &str) -> bool {
        self.values
            .get(&format!("{operation}.constants"))
            .and_then(toml::Value::as_table)
            .is_some_and(|table| table.contains_key(place))
    }
}

/// `true`, `false` and whole numbers as such, everything else as text.
fn scalar(text: &str) -> toml::Value {
    if let Ok(truth) = text.parse() {
        toml::Value::Boolean(truth)
    } else if let Ok(number) = text.parse() {
        toml::Value::Integer(number)
    } else {
        toml::Value::String(text.to_owned())
    }
}

/// What became of deriving a contract.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Adoption {
    /// What is settled, each with reason and confidence.
    pub choices: Vec<Choice>,
    /// What has to be asked.
    pub questions: Vec<Question>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// The contract: only when nothing is open and nothing stands in the way.
    pub contract: Option<Contract>,
}

impl Adoption {
    /// The lines that settle the questions, to be pasted into a file of answers: the best candidate of each, the others as comments.
    ///
    /// ```
    /// # use finkit_fincheck::openapi::{Answers, Document, adopt};
    /// let document = Document::read(br#"{"openapi": "3.1.0", "paths": {}}"#)?;
    /// let adoption = adopt(&document, &Answers::default());
    /// assert!(adoption.lines().contains("delete = \"absent\""));
    /// # Ok::<(), finkit_fincheck::openapi::ReadError>(())
    /// ```
    pub fn lines(&self) -> String {
        let mut tables: BTreeMap<&str, String> = BTreeMap::new();
        let mut written: Vec<&str> = Vec::new();
        for question in &self.questions {
            let first = question
                .candidates
                .first()
                .and_then(|best| best.lines.first());
            let (table, name) = split(first.map_or(&question.key, |(key, _)| key));
            let text = tables.entry(table).or_default();
            let problem = format!("{} ({})", question.problem, question.at);
            let _ = writeln!(text, "# {}", plain(&problem));
            if question.candidates.is_empty() {
                let _ = writeln!(text, "# {name} = \"…\"");
            }
            for (index, candidate) in question.candidates.iter().enumerate() {
                for (key, value) in &candidate.lines {
                    let (table, name) = split(key);
                    let again = index > 0 || written.contains(&key.as_str());
                    let text = tables.entry(table).or_default();
                    let mark = if again { "# " } else { "" };
                    let what = plain(&candidate.what);
                    let _ = writeln!(text, "{mark}{name} = {}  # {what}", quoted(value));
                    if !again {
                        written.push(key);
                    }
                }
            }
        }
        let mut out = tables.remove("").unwrap_or_default();
        for (table, text) in tables {
            let _ = write!(out, "\n[{table}]\n{text}");
        }
        out
    }
}

/// Foreign text on one line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// Table and key; the place of a fixed value stays whole.
fn split(key: &str) -> (&str, &str) {
    match key.find(".constants.") {
        Some(at) => (
            &key[..at + ".constants".len()],
            &key[at + ".constants.".len()..],
        ),
        None => key.rsplit_once('.').unwrap_or(("", key)),
    }
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Where a contract is put together.
pub(super) struct Desk<'a> {
    answers: &'a Answers,
    choices: Vec<Choice>,
    questions: Vec<Question>,
    obstacles: Vec<Obstacle>,
    constants: Vec<(String, String, toml::Value)>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(answers: &'a Answers) -> Self {
        Self {
            answers,
            choices: Vec::new(),
            questions: Vec::new(),
            obstacles: Vec::new(),
            constants: Vec::new(),
        }
    }

    pub(super) fn answers(&self) -> &'a Answers {
        self.answers
    }

    /// The answer to a key, taken down as settled.
    pub(super) fn given(&mut self, key: &str, at: &str) -> Option<&'a str> {
        let value = self.answers.get(key)?;
        self.choose(key, value, at, Confidence::Given, "settled by you");
        Some(value)
    }

    pub(super) fn choose(
        &mut self,
        key: &str,
        value: &str,
        at: &str,
        confidence: Confidence,
        reason: impl Into<String>,
    ) {
        if self.choices.iter().any(|known| known.key == key) {
            return;
        }
        self.choices.push(Choice {
            key: key.to_owned(),
            value: value.to_owned(),
            at: at.to_owned(),
            confidence,
            reason: reason.into(),
        });
    }

    pub(super) fn ask(
        &mut self,
        key: &str,
        at: &str,
        problem: impl Into<String>,
        candidates: Vec<Candidate>,
    ) {
        if self.questions.iter().any(|known| known.key == key) {
            return;
        }
        self.questions.push(Question {
            key: key.to_owned(),
            at: at.to_owned(),
            problem: problem.into(),
            candidates,
        });
    }

    pub(super) fn refuse(&mut self, key: &str, at: &str, problem: impl Into<String>) {
        self.obstacles.push(Obstacle {
            key: key.to_owned(),
            at: at.to_owned(),
            problem: problem.into(),
        });
    }

    pub(super) fn fix(&mut self, operation: &str, place: &str, value: toml::Value) {
        self.constants
            .push((operation.to_owned(), place.to_owned(), value));
    }

    /// Shortens the path that a key was settled with by what is common to several, unless a person gave it.
    pub(super) fn shorten(&mut self, key: &str, value: &str) {
        for choice in &mut self.choices {
            if choice.key == key && choice.confidence != Confidence::Given {
                value.clone_into(&mut choice.value);
            }
        }
    }

    /// The value that a key was settled with.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.choices
            .iter()
            .find(|choice| choice.key == key)
            .map(|choice| choice.value.as_str())
    }

    /// The contract, when nothing is open.
    pub(super) fn finish(mut self) -> Adoption {
        let contract = if self.questions.is_empty() && self.obstacles.is_empty() {
            match self.contract() {
                Ok(contract) => Some(contract),
                Err(errors) => {
                    for fault in errors.faults() {
                        let at = self
                            .choices
                            .iter()
                            .find(|choice| choice.key == fault.path)
                            .map_or_else(String::new, |choice| choice.at.clone());
                        self.obstacles.push(Obstacle {
                            key: fault.path.clone(),
                            at,
                            problem: fault.problem.clone(),
                        });
                    }
                    None
                }
            }
        } else {
            None
        };
        Adoption {
            choices: self.choices,
            questions: self.questions,
            obstacles: self.obstacles,
            contract,
        }
    }

    fn contract(&self) -> Result<Contract, ContractErrors> {
        let mut table = toml::Table::new();
        for choice in &self.choices {
            put(
                &mut table,
                &choice.key,
                toml::Value::String(choice.value.clone()),
            );
        }
        for (operation, place, value) in &self.constants {
            let mut constants = toml::Table::new();
            constants.insert(place.clone(), value.clone());
            put(
                &mut table,
                &format!("{operation}.constants"),
                toml::Value::Table(constants),
            );
        }
        for (key, value) in &self.answers.values {
            put(&mut table, key, value.clone());
        }
        Contract::from_toml(&table.to_string())
    }
}

/// Puts a value at a dotted key; tables are merged.
fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    let (first, rest) = match key.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (key, None),
    };
    match (rest, value) {
        (Some(rest), value) => {
            let inner = table
                .entry(first)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
        (None, toml::Value::Table(more)) => match table.get_mut(first) {
            Some(toml::Value::Table(known)) => known.extend(more),
            _ => {
                table.insert(first.to_owned(), toml::Value::Table(more));
            }
        },
        (None, value) => {
            table.insert(first.to_owned(), value);
        }
    }
}
