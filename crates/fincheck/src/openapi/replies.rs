//! What stands where in the answers: lists of records, the boolean, what is told about a FIN.

use finkit_openapi::{Kind, Operation, Schema};

use super::desk::{Candidate, Confidence, Desk};
use super::leaf::{Part, Sign, Want, fits, parts};
use super::records::Records;
use super::role::Role;
use super::settle::candidate;
use super::told::Told;
use super::words::Meaning;
use crate::contract::FieldPath;

/// Settles the answers of all operations that the document has.
pub(super) fn settle(desk: &mut Desk<'_>, found: &[(Role, Option<&Operation>)]) {
    let of = |role: Role| {
        found
            .iter()
            .find(|(known, _)| *known == role)
            .and_then(|(_, operation)| *operation)
    };
    for (role, key, meaning, what) in [
        (
            Role::Register,
            "register.answer.security_code",
            Meaning::SecurityCode,
            "the security code",
        ),
        (
            Role::Token,
            "token.answer.access_token",
            Meaning::AccessToken,
            "the token",
        ),
    ] {
        if let Some(operation) = of(role) {
            let answer = Answer::of(operation);
            answer.pick(desk, key, meaning, what, |schema| fits(schema, Want::Text));
        }
    }
    let mut told = Told::default();
    for role in [Role::BulkSearch, Role::Search] {
        if let Some(operation) = of(role) {
            search(desk, role, operation, &mut told);
        }
    }
    let mut records = Records::default();
    for role in [Role::BulkCreate, Role::Create] {
        if let Some(operation) = of(role) {
            entries(desk, role, operation, &mut told, &mut records);
        }
    }
    if let Some(operation) = of(Role::Delete) {
        delete(desk, operation, &mut told);
    }
    told.settle(desk);
    records.settle(desk);
}

/// The answer of an operation.
struct Answer<'d> {
    at: String,
    schema: Option<&'d Schema>,
    parts: Vec<Part<'d>>,
}

impl<'d> Answer<'d> {
    fn of(operation: &'d Operation) -> Self {
        let schema = operation.answer.as_ref().map(|answer| &answer.schema);
        Self {
            at: schema.map_or_else(|| operation.at.clone(), |schema| schema.at.clone()),
            schema,
            parts: schema.map_or_else(Vec::new, parts),
        }
    }

    /// Whether the document says nothing about it.
    fn is_untold(&self) -> bool {
        self.schema.is_none_or(|schema| {
            schema.kind == Kind::Any
                || matches!(&schema.kind, Kind::Object(fields) if fields.is_empty())
        })
    }

    /// Asks for a value that the document does not tell, with the name that is assumed.
    fn untold(&self, desk: &mut Desk<'_>, key: &str) {
        let assumed = super::assumed(key);
        desk.ask(
            key,
            &self.at,
            "the document doesn't describe this answer",
            vec![candidate(
                key,
                &assumed,
                &self.at,
                "as in the assumed contract",
            )],
        );
    }

    /// Settles one value by its name.
    fn pick(
        &self,
        desk: &mut Desk<'_>,
        key: &str,
        meaning: Meaning,
        what: &str,
        fits: impl Fn(&Schema) -> bool,
    ) {
        if desk.given(key, &self.at).is_some() {
            return;
        }
        if self.is_untold() {
            return self.untold(desk, key);
        }
        let named = |sign: Sign| -> Vec<&Part<'_>> {
            self.parts
                .iter()
                .filter(|part| part.sign(meaning) == Some(sign) && fits(part.schema))
                .collect()
        };
        let own = named(Sign::Name);
        match own[..] {
            [only] => desk.choose(
                key,
                &only.path.to_string(),
                &only.at,
                Confidence::Certain,
                "its name and its type say so",
            ),
            [] => {
                let wrong = self
                    .parts
                    .iter()
                    .find(|part| part.is_called(meaning) && !part.path.is_root());
                if let Some(wrong) = wrong {
                    let is = wrong.schema.kind_name();
                    desk.refuse(key, &wrong.at, format!("is a {is}, which {what} can't be"));
                    return;
                }
                let others = self.candidates(key, |part| fits(part.schema));
                desk.ask(key, &self.at, format!("{what}: no name tells it"), others);
            }
            _ => {
                let some = own.iter().map(|part| choice_of(key, part)).collect();
                desk.ask(
                    key,
                    &own[0].at,
                    format!("{what}: more than one can be it"),
                    some,
                );
            }
        }
    }

    fn candidates(&self, key: &str, keep: impl Fn(&Part<'_>) -> bool) -> Vec<Candidate> {
        self.parts
            .iter()
            .filter(|part| !part.path.is_root() && keep(part))
            .map(|part| choice_of(key, part))
            .collect()
    }
}

pub(super) fn choice_of(key: &str, part: &Part<'_>) -> Candidate {
    let what = format!("{} at {}", part.schema.kind_name(), part.at);
    candidate(key, &part.path.to_string(), &part.at, what)
}

/// A list, or one object, which may be null.
fn is_listing(schema: &Schema) -> bool {
    matches!(
        schema.kind,
        Kind::List(_) | Kind::Object(_) | Kind::Any | Kind::Null
    )
}

fn entries<'d>(
    desk: &mut Desk<'_>,
    role: Role,
    operation: &'d Operation,
    told: &mut Told<'d>,
    records: &mut Records<'d>,
) {
    let answer = Answer::of(operation);
    let name = role.name();
    let key = |key: &str| format!("{name}.answer.{key}");
    let lists = |schema: &Schema| is_listing(schema) && schema.kind != Kind::Any;
    let (created, failed, overlapping) = (key("created"), key("failed"), key("overlapping"));
    answer.pick(
        desk,
        &created,
        Meaning::Created,
        "the list of what was created",
        lists,
    );
    answer.pick(
        desk,
        &failed,
        Meaning::Failed,
        "the list of what was not created",
        lists,
    );
    if answer.is_untold() {
        if desk.given(&overlapping, &answer.at).is_none() {
            answer.untold(desk, &overlapping);
        }
        told.is_untold |= answer.is_untold();
        records.is_untold |= answer.is_untold();
        told.at.get_or_insert_with(|| answer.at.clone());
        records.at.get_or_insert_with(|| answer.at.clone());
        return;
    }
    let any = answer.parts.iter().any(|part| {
        part.is_called(Meaning::Overlapping) || desk.answers().get(&overlapping).is_some()
    });
    if any {
        let what = "the list of overlaps";
        answer.pick(desk, &overlapping, Meaning::Overlapping, what, lists);
    } else {
        let reason = "the answer has no such list";
        desk.choose(
            &overlapping,
            "absent",
            &answer.at,
            Confidence::Certain,
            reason,
        );
    }
    let item = |desk: &Desk<'_>, key: &str| -> Option<&'d Schema> {
        let path = desk.value(key)?.parse::<FieldPath>().ok()?;
        let schema = look(answer.schema?, &path)?;
        Some(schema.item().unwrap_or(schema))
    };
    if let Some(item) = item(desk, &overlapping) {
        told.see(item, name, true);
    }
    if let Some(item) = item(desk, &created) {
        records.see(item, false);
    }
    if let Some(item) = item(desk, &failed) {
        records.see(item, true);
    }
}

fn search<'d>(desk: &mut Desk<'_>, role: Role, operation: &'d Operation, told: &mut Told<'d>) {
    let answer = Answer::of(operation);
    let name = role.name();
    let (found, fins) = (
        format!("{name}.answer.found"),
        format!("{name}.answer.fins"),
    );
    if answer.is_untold() {
        for key in [&found, &fins] {
            if desk.given(key, &answer.at).is_none() {
                answer.untold(desk, key);
            }
        }
        told.is_untold = true;
        told.at.get_or_insert_with(|| answer.at.clone());
        return;
    }
    let mut item = None;
    if let Some(text) = desk.given(&fins, &answer.at) {
        let path = text.parse::<FieldPath>().ok();
        item = path.and_then(|path| look(answer.schema?, &path));
    } else {
        match &listings(&answer)[..] {
            [(path, schema, at)] => {
                let reason = "what is told about a FIN stands there";
                desk.choose(&fins, &path.to_string(), at, Confidence::Certain, reason);
                item = Some(*schema);
            }
            [] => {
                let others = answer.candidates(&fins, |part| is_listing(part.schema));
                let problem = "what was found: nothing looks like entries of a FIN";
                desk.ask(&fins, &answer.at, problem, others);
            }
            some => {
                let several = some
                    .iter()
                    .map(|(path, schema, at)| {
                        candidate(&fins, &path.to_string(), at, schema.kind_name())
                    })
                    .collect();
                desk.ask(
                    &fins,
                    &some[0].2,
                    "what was found: more than one can be it",
                    several,
                );
            }
        }
    }
    let item = item.map(|schema| schema.item().unwrap_or(schema));
    if let Some(item) = item {
        told.see(item, name, false);
    }
    boolean(desk, &answer, &found, item);
}

/// The boolean that decides whether a FIN is free: only a name that says so makes it certain.
fn boolean(desk: &mut Desk<'_>, answer: &Answer<'_>, key: &str, item: Option<&Schema>) {
    if desk.given(key, &answer.at).is_some() {
        return;
    }
    let own: Vec<&Part<'_>> = answer
        .parts
        .iter()
        .filter(|part| part.schema.kind == Kind::Boolean)
        .collect();
    let named: Vec<&&Part<'_>> = own
        .iter()
        .filter(|part| part.is_called(Meaning::Found))
        .collect();
    let of_each = item.is_some_and(|item| {
        parts(item)
            .iter()
            .any(|part| part.schema.kind == Kind::Boolean && part.is_called(Meaning::Found))
    });
    let opposite = own.iter().find(|part| part.is_called(Meaning::Free));
    match (&named[..], &own[..]) {
        ([only], _) => desk.choose(
            key,
            &only.path.to_string(),
            &only.at,
            Confidence::Certain,
            "its name and its type say so",
        ),
        ([], []) if of_each || desk.answers().get("found_fin.found").is_some() => desk.choose(
            key,
            "absent",
            &answer.at,
            Confidence::Certain,
            "each FIN has its own",
        ),
        ([], [only]) if opposite.is_some() => desk.refuse(
            key,
            &only.at,
            "says the opposite of \"found\", which no contract can say",
        ),
        ([], []) => desk.refuse(
            key,
            &answer.at,
            "no boolean says whether anything was found, and nothing else may decide that a FIN is free",
        ),
        (several, all) => {
            let among: Vec<&&Part<'_>> = if several.is_empty() {
                all.iter().collect()
            } else {
                several.to_vec()
            };
            let mut candidates: Vec<Candidate> =
                among.iter().map(|part| choice_of(key, part)).collect();
            if of_each {
                candidates.push(candidate(key, "absent", &answer.at, "each FIN has its own"));
            }
            let problem = "whether anything was found: no name says it for certain";
            desk.ask(key, &among[0].at, problem, candidates);
        }
    }
}

/// Where what is told about FINs may stand.
fn listings<'d>(answer: &Answer<'d>) -> Vec<(FieldPath, &'d Schema, String)> {
    let lists: Vec<(&Part<'d>, &Schema)> = answer
        .parts
        .iter()
        .filter_map(|part| Some((part, part.schema.item()?)))
        .collect();
    let with_fin: Vec<_> = lists
        .iter()
        .filter(|(_, item)| {
            let inside = parts(item);
            has(&inside, Meaning::Fin) && !item.fields().is_empty()
        })
        .collect();
    let give = |part: &Part<'d>| (part.path.clone(), part.schema, part.at.clone());
    if !with_fin.is_empty() {
        return with_fin.iter().map(|(part, _)| give(part)).collect();
    }
    // One object that has the FIN and what is told about it: the innermost such.
    let whole: Vec<&Part<'d>> = answer
        .parts
        .iter()
        .filter(|part| {
            let inside = parts(part.schema);
            let fin =
                |part: &Part<'_>| part.is_called(Meaning::Fin) && part.schema.kind == Kind::Text;
            inside.iter().any(fin) && tells(part.schema)
        })
        .collect();
    let objects: Vec<_> = whole
        .iter()
        .filter(|outer| {
            !whole.iter().any(|inner| {
                inner.path.segments().len() > outer.path.segments().len()
                    && inner.path.collides(&outer.path)
            })
        })
        .map(|part| give(part))
        .collect();
    if !objects.is_empty() {
        return objects;
    }
    lists
        .iter()
        .filter(|(_, item)| tells(item))
        .map(|(part, _)| give(part))
        .collect()
}

fn has(parts: &[Part<'_>], meaning: Meaning) -> bool {
    parts.iter().any(|part| part.is_called(meaning))
}

/// Whether days stand in it, or in a list in it.
pub(super) fn tells(schema: &Schema) -> bool {
    let inside = parts(schema);
    let days = |parts: &[Part<'_>]| {
        let signed = |meaning| parts.iter().any(|part| part.sign(meaning).is_some());
        let typed = parts
            .iter()
            .filter(|part| super::leaf::is_typical(part.schema, Want::Day));
        (signed(Meaning::Start) && signed(Meaning::End)) || typed.count() >= 2
    };
    days(&inside)
        || inside
            .iter()
            .filter_map(|part| part.schema.item())
            .any(|item| days(&parts(item)))
}

fn delete<'d>(desk: &mut Desk<'_>, operation: &'d Operation, told: &mut Told<'d>) {
    let answer = Answer::of(operation);
    let (deleted, fins) = ("delete.answer.deleted", "delete.answer.fins");
    if answer.is_untold() {
        for key in [deleted, fins] {
            if desk.given(key, &answer.at).is_none() {
                answer.untold(desk, key);
            }
        }
        return;
    }
    let booleans: Vec<&Part<'_>> = answer
        .parts
        .iter()
        .filter(|part| part.schema.kind == Kind::Boolean)
        .collect();
    match booleans[..] {
        [only] if desk.answers().get(deleted).is_none() && !only.is_called(Meaning::Deleted) => {
            let path = only.path.to_string();
            let reason = "the only boolean of the answer";
            desk.choose(deleted, &path, &only.at, Confidence::Likely, reason);
        }
        _ => answer.pick(
            desk,
            deleted,
            Meaning::Deleted,
            "whether anything was deleted",
            |schema| schema.kind == Kind::Boolean,
        ),
    }
    if desk.given(fins, &answer.at).is_some() {
        return;
    }
    match &listings(&answer)[..] {
        [(path, schema, at)] => {
            let reason = "what is told about a FIN stands there";
            desk.choose(fins, &path.to_string(), at, Confidence::Certain, reason);
            told.see(schema.item().unwrap_or(schema), "delete", true);
        }
        _ => desk.choose(
            fins,
            "absent",
            &answer.at,
            Confidence::Certain,
            "the answer has no such list",
        ),
    }
}

/// The value at a path of a schema.
pub(super) fn look<'d>(schema: &'d Schema, path: &FieldPath) -> Option<&'d Schema> {
    path.segments().iter().try_fold(schema, |at, name| {
        at.fields()
            .iter()
            .find(|field| field.name == *name)
            .map(|field| &field.schema)
    })
}

/// Asks for a value of an answer that the document does not describe, with what is assumed.
pub(super) fn untold(desk: &mut Desk<'_>, key: &str, at: &str) {
    if desk.given(key, at).is_none() {
        let assumed = super::assumed(key);
        let problem = "the document doesn't describe this answer";
        let what = "as in the assumed contract";
        desk.ask(key, at, problem, vec![candidate(key, &assumed, at, what)]);
    }
}
