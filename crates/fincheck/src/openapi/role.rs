//! Which operation of a document is which of FINcheck's, by what goes in, what comes out and what it is called.

use finkit_openapi::{Document, Kind, Operation, Schema};
use http::Method;

use super::leaf::{Input, Want, fits, inputs, is_typical, parts};
use super::words::{Meaning, Words};

/// The operations, as their tables are called.
pub(super) const ROLES: [Role; 7] = [
    Role::Register,
    Role::Token,
    Role::Create,
    Role::BulkCreate,
    Role::Delete,
    Role::Search,
    Role::BulkSearch,
];

/// An operation of the guide (<https://www.fincheck.at/api>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Register,
    Token,
    Create,
    BulkCreate,
    Delete,
    Search,
    BulkSearch,
}

impl Role {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Token => "token",
            Self::Create => "create",
            Self::BulkCreate => "bulk_create",
            Self::Delete => "delete",
            Self::Search => "search",
            Self::BulkSearch => "bulk_search",
        }
    }
}

/// From here on an operation may be what it seems to be.
const ENOUGH: i32 = 6;

/// From here on it certainly is, when no other comes near.
const SURE: i32 = 7;

/// Two that are nearer than this can't be told apart.
const APART: i32 = 2;

/// What an operation may be.
#[derive(Debug)]
pub(super) struct Finding<'d> {
    /// The one that it is, when it can be told.
    pub(super) chosen: Option<&'d Operation>,
    /// Whether nothing else comes near and everything speaks for it.
    pub(super) is_sure: bool,
    /// What speaks for it.
    pub(super) reason: String,
    /// All that it may be, best first.
    pub(super) candidates: Vec<&'d Operation>,
}

/// The facts about an operation that tell its role.
struct Facts<'d> {
    operation: &'d Operation,
    words: Words,
    inputs: Vec<Input<'d>>,
    answers: Vec<(Words, &'d Schema)>,
    is_token: bool,
}

impl<'d> Facts<'d> {
    fn of(document: &Document, operation: &'d Operation) -> Self {
        let words = [
            operation.path.as_str(),
            operation.summary.as_deref().unwrap_or_default(),
            operation.id.as_deref().unwrap_or_default(),
        ]
        .into_iter()
        .chain(operation.tags.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
        let answers = operation.answer.as_ref().map_or_else(Vec::new, |answer| {
            parts(&answer.schema)
                .into_iter()
                .map(|part| {
                    let name = part.path.segments().last().cloned().unwrap_or_default();
                    (Words::of(&name), part.schema)
                })
                .collect()
        });
        let path = operation.path.trim_matches('/');
        let is_token = document.token_urls.iter().any(|url| {
            let url = url.split(['?', '#']).next().unwrap_or_default();
            let url = url.trim_start_matches('.').trim_matches('/');
            url == path || url.ends_with(&format!("/{path}"))
        });
        Self {
            operation,
            words: Words::of(&words),
            inputs: inputs(operation),
            answers,
            is_token,
        }
    }

    fn has(&self, meaning: Meaning, want: Want) -> bool {
        self.inputs
            .iter()
            .any(|input| input.sign(meaning).is_some() && fits(input.schema, want))
    }

    fn answers(&self, meaning: Meaning) -> bool {
        self.answers.iter().any(|(words, _)| words.mean(meaning))
    }

    fn has_boolean(&self) -> bool {
        self.answers
            .iter()
            .any(|(_, schema)| schema.kind == Kind::Boolean)
    }

    /// A list of objects that have a FIN and days in them.
    fn has_records(&self) -> bool {
        self.inputs.iter().any(|input| {
            input.schema.item().is_some_and(|item| {
                let parts = parts(item);
                parts.iter().any(|part| part.is_called(Meaning::Fin)) && parts.len() > 3
            })
        })
    }

    fn has_fins(&self) -> bool {
        self.inputs
            .iter()
            .any(|input| fits(input.schema, Want::Texts) && input.schema.item().is_some())
    }

    /// By its name; a wrong type is told later.
    fn is_named(&self, meaning: Meaning) -> bool {
        self.inputs
            .iter()
            .any(|input| input.sign(meaning).is_some())
    }

    fn has_year(&self) -> bool {
        self.is_named(Meaning::Year)
    }

    /// A first and a last day, by their names or by their types.
    fn has_days(&self) -> bool {
        let days = self
            .inputs
            .iter()
            .filter(|input| is_typical(input.schema, Want::Day));
        (self.is_named(Meaning::Start) && self.is_named(Meaning::End)) || days.count() >= 2
    }

    fn creates(&self) -> bool {
        self.words.fit(&[
            "creat*", "=add", "insert*", "eintrag*", "erfass*", "anleg*", "=neu", "=new", "=enter",
            "submit*", "meld*",
        ])
    }

    fn searches(&self) -> bool {
        self.words.fit(&[
            "search*", "such*", "=find", "query*", "lookup*", "abfrag*", "=check", "pruef*",
        ])
    }

    fn deletes(&self) -> bool {
        self.words
            .fit(&["delet*", "remov*", "loesch*", "entfern*", "storn*"])
    }

    /// How much speaks for a role, and what does.
    fn evidence(&self, role: Role) -> (i32, Vec<&'static str>) {
        let mut sum = 0;
        let mut reasons = Vec::new();
        let mut say = |points: i32, when: bool, reason: &'static str| {
            if when {
                sum += points;
                reasons.push(reason);
            }
        };
        let password = self.has(Meaning::Password, Want::Text);
        let fin = self.has(Meaning::Fin, Want::Text);
        let method = &self.operation.method;
        let (writes, gets) = (
            *method == Method::POST || *method == Method::PUT || *method == Method::PATCH,
            *method == Method::GET,
        );
        let registered = self.is_named(Meaning::Registered);
        match role {
            Role::Token => {
                say(
                    6,
                    password && self.is_token,
                    "the security scheme names its address",
                );
                let form = self
                    .operation
                    .bodies
                    .iter()
                    .any(finkit_openapi::Body::is_form);
                say(4, password && form, "a form with a password");
                say(
                    2,
                    self.words.fit(&["token*", "login*", "anmeld*", "auth*"]),
                    "its name",
                );
                say(
                    2,
                    self.answers(Meaning::AccessToken),
                    "an answer with a token",
                );
                say(-9, !password || !writes, "");
            }
            Role::Register => {
                say(3, password, "a password");
                say(
                    3,
                    self.has(Meaning::RegistrationCode, Want::Text),
                    "a registration code",
                );
                say(
                    3,
                    self.answers(Meaning::SecurityCode),
                    "an answer with a security code",
                );
                say(
                    3,
                    self.words
                        .fit(&["regist*", "signup*", "*signup*", "registrier*"]),
                    "its name",
                );
                say(-9, !password || self.is_token || gets, "");
            }
            Role::Create => {
                say(
                    5,
                    fin && self.has_days() && registered,
                    "a FIN, a period and a registration",
                );
                say(
                    3,
                    fin && !registered && self.inputs.len() >= 4,
                    "a FIN and more",
                );
                say(2, self.creates(), "its name");
                say(
                    2,
                    self.answers(Meaning::Created),
                    "an answer with what was created",
                );
                say(1, *method == Method::POST, "a POST");
                say(-9, !fin || !writes || self.has_records() || password, "");
                say(
                    -4,
                    self.deletes() || (self.searches() && !self.creates()),
                    "",
                );
            }
            Role::BulkCreate => {
                say(6, self.has_records(), "a list of records");
                say(2, self.creates(), "its name");
                say(
                    2,
                    self.answers(Meaning::Created),
                    "an answer with what was created",
                );
                say(1, *method == Method::POST, "a POST");
                say(-9, !self.has_records() || !writes, "");
                say(
                    -4,
                    self.deletes() || (self.searches() && !self.creates()),
                    "",
                );
            }
            Role::Search => {
                say(4, fin && self.has_year(), "a FIN and a year");
                say(
                    3,
                    fin && !self.has_year() && self.has_days(),
                    "a FIN and a period",
                );
                say(3, self.searches(), "its name");
                say(2, self.has_boolean(), "an answer with a boolean");
                say(1, gets, "a GET");
                say(
                    -9,
                    !fin || self.has_fins() || self.has_records() || *method == Method::DELETE,
                    "",
                );
                say(-6, self.deletes() || (registered && !gets), "");
                say(-4, self.creates() && !self.searches(), "");
            }
            Role::BulkSearch => {
                let list = self.has_fins();
                say(4, list && self.has_year(), "a list of FINs and a year");
                say(
                    3,
                    list && !self.has_year() && self.has_days(),
                    "a list of FINs and a period",
                );
                say(3, self.searches(), "its name");
                say(2, self.has_boolean(), "an answer with a boolean");
                say(1, list, "a list");
                say(
                    -9,
                    !list || self.has_records() || *method == Method::DELETE,
                    "",
                );
                say(-6, self.deletes(), "");
            }
            Role::Delete => {
                say(3, fin && self.has_days(), "a FIN and a period");
                say(3, self.deletes(), "its name");
                say(3, *method == Method::DELETE, "a DELETE");
                say(
                    2,
                    self.answers(Meaning::Deleted),
                    "an answer with what was deleted",
                );
                say(-9, !fin || self.has_records() || gets, "");
                say(
                    -4,
                    self.creates() || (self.searches() && !self.deletes()),
                    "",
                );
            }
        }
        (
            sum,
            reasons
                .into_iter()
                .filter(|reason| !reason.is_empty())
                .collect(),
        )
    }
}

/// Finds the operation of each role.
pub(super) fn find(document: &Document) -> Vec<(Role, Finding<'_>)> {
    let facts: Vec<Facts<'_>> = document
        .operations
        .iter()
        .map(|operation| Facts::of(document, operation))
        .collect();
    let mut all: Vec<(i32, Role, usize, Vec<&'static str>)> = Vec::new();
    for (index, facts) in facts.iter().enumerate() {
        for role in ROLES {
            let (points, reasons) = facts.evidence(role);
            if points >= ENOUGH {
                all.push((points, role, index, reasons));
            }
        }
    }
    all.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut taken: Vec<(Role, usize)> = Vec::new();
    for (_, role, index, _) in &all {
        if !taken.iter().any(|(known, at)| known == role || at == index) {
            taken.push((*role, *index));
        }
    }
    ROLES
        .into_iter()
        .map(|role| {
            let own = taken.iter().find(|(known, _)| *known == role);
            let Some((_, own)) = own else {
                let finding = Finding {
                    chosen: None,
                    is_sure: false,
                    reason: String::new(),
                    candidates: Vec::new(),
                };
                return (role, finding);
            };
            let points = |at: usize| {
                all.iter()
                    .find(|(_, known, index, _)| *known == role && *index == at)
            };
            let best = points(*own).map_or(0, |found| found.0);
            let rivals: Vec<usize> = all
                .iter()
                .filter(|(points, known, index, _)| {
                    *known == role
                        && index != own
                        && best - points < APART
                        && !taken.iter().any(|(_, at)| at == index)
                })
                .map(|(_, _, index, _)| *index)
                .collect();
            let candidates = std::iter::once(*own)
                .chain(rivals.iter().copied())
                .map(|index| facts[index].operation)
                .collect();
            let finding = Finding {
                chosen: rivals.is_empty().then(|| facts[*own].operation),
                is_sure: best >= SURE,
                reason: points(*own).map_or_else(String::new, |found| found.3.join(", ")),
                candidates,
            };
            (role, finding)
        })
        .collect()
}
