//! Which value of an operation means what: by name first, then by what is left.

use finkit_openapi::Kind;

use super::desk::{Candidate, Confidence, Desk};
use super::leaf::{Input, Sign, Want, fits, is_typical};
use super::words::Meaning;
use crate::contract::Place;

/// A value that is looked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The key of the contract that it settles.
    pub(super) key: String,
    pub(super) meaning: Meaning,
    pub(super) want: Want,
    /// Whether the contract has to have it.
    pub(super) must: bool,
    /// What it is called for a person.
    pub(super) what: &'static str,
}

pub(super) fn wanted(
    key: impl Into<String>,
    meaning: Meaning,
    want: Want,
    must: bool,
    what: &'static str,
) -> Wanted {
    Wanted {
        key: key.into(),
        meaning,
        want,
        must,
        what,
    }
}

/// How a place is written in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// With where it goes: `query:year`.
    Place,
    /// As a path of a JSON value: `period.start`.
    Path,
}

impl Style {
    fn text(self, input: &Input<'_>) -> String {
        match self {
            Self::Place => input.place.to_string(),
            Self::Path => input.name(),
        }
    }
}

/// Whether a value is taken there; outside of JSON a number is a text.
fn takes(input: &Input<'_>, want: Want) -> bool {
    fits(input.schema, want)
        || (want == Want::Integer
            && !matches!(input.place, Place::Body(_))
            && input.schema.kind == Kind::Text)
}

pub(super) fn candidate(key: &str, value: &str, at: &str, what: impl Into<String>) -> Candidate {
    Candidate {
        lines: vec![(key.to_owned(), value.to_owned())],
        at: at.to_owned(),
        what: what.into(),
    }
}

/// The state of settling the values of one operation.
pub(super) struct Values<'d> {
    pub(super) inputs: Vec<Input<'d>>,
    pub(super) used: Vec<bool>,
    /// What a question is about already.
    asked: Vec<bool>,
    style: Style,
    at: String,
}

impl<'d> Values<'d> {
    pub(super) fn new(inputs: Vec<Input<'d>>, style: Style, at: &str) -> Self {
        Self {
            used: vec![false; inputs.len()],
            asked: vec![false; inputs.len()],
            inputs,
            style,
            at: at.to_owned(),
        }
    }

    fn open(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.inputs.len()).filter(|index| !self.used[*index])
    }

    /// Settles what is wanted; the index of the value for each, where the document has it.
    pub(super) fn settle(&mut self, desk: &mut Desk<'_>, wants: &[Wanted]) -> Vec<Option<usize>> {
        let mut found: Vec<Option<usize>> = vec![None; wants.len()];
        let mut done = vec![false; wants.len()];
        for (want, wanted) in wants.iter().enumerate() {
            let at = self.at.clone();
            if let Some(text) = desk.given(&wanted.key, &at) {
                done[want] = true;
                let ending = format!(".{text}");
                found[want] = self.open().find(|index| {
                    let own = self.style.text(&self.inputs[*index]);
                    own == text || (self.style == Style::Path && own.ends_with(&ending))
                });
                if let Some(index) = found[want] {
                    self.used[index] = true;
                }
            }
        }
        for sign in [Sign::Name, Sign::Around, Sign::Told] {
            self.by_sign(desk, wants, sign, &mut found, &mut done);
        }
        self.by_what_is_left(desk, wants, &mut found, &mut done);
        for (want, wanted) in wants.iter().enumerate() {
            if !done[want] {
                self.miss(desk, wanted);
            }
        }
        found
    }

    fn by_sign(
        &mut self,
        desk: &mut Desk<'_>,
        wants: &[Wanted],
        sign: Sign,
        found: &mut [Option<usize>],
        done: &mut [bool],
    ) {
        let named = |values: &Self, wanted: &Wanted| -> Vec<usize> {
            values
                .open()
                .filter(|index| {
                    let input = &values.inputs[*index];
                    input.sign(wanted.meaning) == Some(sign) && takes(input, wanted.want)
                })
                .collect()
        };
        let claims: Vec<Vec<usize>> = wants
            .iter()
            .enumerate()
            .map(|(want, wanted)| {
                if done[want] {
                    Vec::new()
                } else {
                    named(self, wanted)
                }
            })
            .collect();
        for (want, wanted) in wants.iter().enumerate() {
            if claims[want].is_empty() {
                continue;
            }
            // A value that two meanings claim is left to the one that has no other.
            let mut own: Vec<usize> = claims[want]
                .iter()
                .copied()
                .filter(|index| !self.used[*index])
                .filter(|index| {
                    claims[want].len() == 1
                        || !claims
                            .iter()
                            .enumerate()
                            .any(|(other, claim)| other != want && claim[..] == [*index])
                })
                .collect();
            let required: Vec<usize> = own
                .iter()
                .copied()
                .filter(|index| self.inputs[*index].required)
                .collect();
            if wanted.must && required.len() == 1 {
                own = required;
            }
            let shared = own.len() == 1
                && claims
                    .iter()
                    .enumerate()
                    .any(|(other, claim)| other != want && claim[..] == own[..]);
            match own[..] {
                [] => {}
                [only] if !shared => {
                    self.used[only] = true;
                    found[want] = Some(only);
                    done[want] = true;
                    let input = &self.inputs[only];
                    let (confidence, reason) = match sign {
                        Sign::Told => (Confidence::Likely, "what is told about it says so"),
                        Sign::Name | Sign::Around => {
                            (Confidence::Certain, "its name and its type say so")
                        }
                    };
                    let value = self.style.text(input);
                    desk.choose(&wanted.key, &value, &input.at, confidence, reason);
                }
                _ => {
                    done[want] = true;
                    self.ask(desk, wanted, &own, "more than one can be it");
                }
            }
        }
    }

    /// What has no telling name may still be the only one of its type.
    fn by_what_is_left(
        &mut self,
        desk: &mut Desk<'_>,
        wants: &[Wanted],
        found: &mut [Option<usize>],
        done: &mut [bool],
    ) {
        let typical = |values: &Self, wanted: &Wanted| -> Vec<usize> {
            values
                .open()
                .filter(|index| {
                    let input = &values.inputs[*index];
                    input.required && is_typical(input.schema, wanted.want)
                })
                .collect()
        };
        let claims: Vec<Vec<usize>> = wants
            .iter()
            .enumerate()
            .map(|(want, wanted)| {
                if done[want] || !wanted.must {
                    Vec::new()
                } else {
                    typical(self, wanted)
                }
            })
            .collect();
        for (want, wanted) in wants.iter().enumerate() {
            if claims[want].is_empty() {
                continue;
            }
            let free: Vec<usize> = claims[want]
                .iter()
                .copied()
                .filter(|index| !self.used[*index])
                .collect();
            let rival = |index: usize| {
                claims
                    .iter()
                    .enumerate()
                    .any(|(other, claim)| other != want && claim.contains(&index))
            };
            done[want] = true;
            match free[..] {
                [only] if !rival(only) => {
                    self.used[only] = true;
                    found[want] = Some(only);
                    let input = &self.inputs[only];
                    let value = self.style.text(input);
                    desk.choose(
                        &wanted.key,
                        &value,
                        &input.at,
                        Confidence::Likely,
                        format!("the only {} that is left", input.schema.kind_name()),
                    );
                }
                _ => self.ask(desk, wanted, &claims[want], "the names don't tell"),
            }
        }
    }

    fn ask(&mut self, desk: &mut Desk<'_>, wanted: &Wanted, among: &[usize], why: &str) {
        for index in among {
            self.asked[*index] = true;
        }
        let mut candidates: Vec<Candidate> = among
            .iter()
            .map(|index| {
                let input = &self.inputs[*index];
                let what = format!("{} at {}", input.schema.kind_name(), input.at);
                candidate(&wanted.key, &self.style.text(input), &input.at, what)
            })
            .collect();
        // Of a beginning and an end, the end is the later one.
        if wanted.meaning == Meaning::End && why == "the names don't tell" {
            candidates.reverse();
        }
        if !wanted.must {
            candidates.push(candidate(&wanted.key, "absent", &self.at, "there is none"));
        }
        let at = candidates
            .first()
            .map_or_else(|| self.at.clone(), |first| first.at.clone());
        desk.ask(
            &wanted.key,
            &at,
            format!("{}: {why}", wanted.what),
            candidates,
        );
    }

    /// Nothing fits: a wrong type stands in the way, anything else is asked, and what may be missing is absent.
    fn miss(&mut self, desk: &mut Desk<'_>, wanted: &Wanted) {
        let wrong = self.open().find(|index| {
            let input = &self.inputs[*index];
            input.sign(wanted.meaning) == Some(Sign::Name) && !takes(input, wanted.want)
        });
        if let Some(index) = wrong {
            self.used[index] = true;
            let input = &self.inputs[index];
            desk.refuse(
                &wanted.key,
                &input.at,
                format!(
                    "{} is a {}; {} is sent as a {}",
                    input.name(),
                    input.schema.kind_name(),
                    wanted.what,
                    name_of(wanted.want)
                ),
            );
            return;
        }
        if wanted.must {
            desk.ask(
                &wanted.key,
                &self.at,
                format!("{}: nothing in the document can be it", wanted.what),
                Vec::new(),
            );
            return;
        }
        let open: Vec<usize> = self
            .open()
            .filter(|index| {
                let input = &self.inputs[*index];
                match wanted.meaning {
                    Meaning::OverlapFlag | Meaning::PartialFlag => {
                        input.schema.kind == Kind::Boolean
                    }
                    Meaning::SecurityCode => {
                        input.required
                            && input.schema.kind == Kind::Text
                            && super::words::Words::of(&input.name()).fit(&[
                                "*code*",
                                "=key",
                                "*key*",
                                "*secret*",
                                "*schluessel*",
                            ])
                    }
                    _ => false,
                }
            })
            .collect();
        if !open.is_empty() {
            self.ask(desk, wanted, &open, "the names don't tell");
            return;
        }
        desk.choose(
            &wanted.key,
            "absent",
            &self.at,
            Confidence::Certain,
            "the document has none",
        );
    }

    /// Takes over what another view of the same values has asked about.
    pub(super) fn asked_as(&mut self, other: &Self) {
        self.asked.clone_from(&other.asked);
    }

    /// Values that have to be sent and that nothing is known about.
    pub(super) fn left(&self) -> impl Iterator<Item = &Input<'d>> + '_ {
        self.open()
            .filter(|index| !self.asked[*index])
            .map(|index| &self.inputs[index])
            .filter(|input| input.required)
    }

    /// Values that have to be sent and mean nothing to the contract: fixed ones where only one value is allowed, questions otherwise.
    pub(super) fn rest(&self, desk: &mut Desk<'_>, operation: &str) {
        for input in self.left() {
            let place = input.place.to_string();
            if desk.answers().constant(operation, &place) {
                continue;
            }
            let key = format!("{operation}.constants.{}", super::desk::quoted(&place));
            let values: Vec<String> = if input.name() == "grant_type" {
                vec!["password".into()]
            } else {
                input
                    .schema
                    .values
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            };
            match &values[..] {
                [only] => {
                    let value = match input.schema.values.first() {
                        Some(finkit_openapi::Node::Boolean(truth)) => toml::Value::Boolean(*truth),
                        Some(finkit_openapi::Node::Number(number)) => number
                            .parse()
                            .map_or_else(|_| only.clone().into(), toml::Value::Integer),
                        _ => toml::Value::String(only.clone()),
                    };
                    desk.fix(operation, &place, value);
                }
                _ => {
                    let candidates = values
                        .iter()
                        .map(|value| Candidate {
                            lines: vec![(key.clone(), value.clone())],
                            at: input.at.clone(),
                            what: format!("one of the values of {}", input.name()),
                        })
                        .collect();
                    let problem = format!(
                        "{} has to be sent and is not known; a fixed value may be given",
                        input.name()
                    );
                    desk.ask(&key, &input.at, problem, candidates);
                }
            }
        }
    }
}

fn name_of(want: Want) -> &'static str {
    match want {
        Want::Text => "text",
        Want::Day => "date",
        Want::Moment => "date-time or a number of seconds",
        Want::Integer => "whole number",
        Want::Boolean => "boolean",
        Want::Texts => "list of texts",
    }
}
