//! From a document to a contract.

use finkit_openapi::{Document, Operation};

use super::desk::{Adoption, Answers, Candidate, Confidence, Desk};
use super::role::{Finding, Role, find};
use super::{replies, requests};

/// Derives a contract from a document. Nothing is sent anywhere: only what the document says counts, and what `answers` say.
///
/// What is not certain becomes a question with the lines that settle it ([`Adoption::lines`]); there is a contract only when every
/// operation is settled or named as absent. What decides whether a FIN is free is never taken from anything less than its name.
///
/// ```
/// use finkit_fincheck::openapi::{Answers, Document, adopt};
///
/// let document = Document::read(br#"{"openapi": "3.1.0", "paths": {}}"#)?;
/// let adoption = adopt(&document, &Answers::default());
/// assert!(adoption.contract.is_none());
/// assert_eq!(adoption.questions.len(), 7, "one per operation");
/// # Ok::<(), finkit_fincheck::openapi::ReadError>(())
/// ```
pub fn adopt(document: &Document, answers: &Answers) -> Adoption {
    let mut desk = Desk::new(answers);
    let slug: String = document
        .title
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let slug = if slug.is_empty() { "adopted" } else { &slug };
    let name = format!("fincheck/{}", slug.chars().take(40).collect::<String>());
    desk.choose(
        "name",
        &name,
        "#/info/title",
        Confidence::Certain,
        "the title",
    );
    let found: Vec<(Role, Option<&Operation>)> = find(document)
        .into_iter()
        .map(|(role, finding)| (role, operation(&mut desk, document, role, &finding)))
        .collect();
    for (role, operation) in &found {
        let recursion = operation.and_then(recursion);
        if let Some(at) = recursion {
            let problem = "a schema that is inside itself; no contract can say that";
            desk.refuse(role.name(), at, problem);
        }
    }
    requests::settle(&mut desk, &found);
    replies::settle(&mut desk, &found);
    desk.finish()
}

/// Where a schema of an operation is inside itself.
pub(super) fn recursion(operation: &Operation) -> Option<&str> {
    operation
        .bodies
        .iter()
        .map(|body| &body.schema)
        .chain(
            operation
                .parameters
                .iter()
                .map(|parameter| &parameter.schema),
        )
        .chain(operation.answer.as_ref().map(|answer| &answer.schema))
        .find_map(finkit_openapi::Schema::recursion)
}

/// Settles which operation it is, or asks.
fn operation<'d>(
    desk: &mut Desk<'_>,
    document: &'d Document,
    role: Role,
    finding: &Finding<'d>,
) -> Option<&'d Operation> {
    let name = role.name();
    if desk.given(name, "#/paths").is_some() {
        return None; // named as absent; any other text is refused with the whole contract
    }
    let (method, path) = (format!("{name}.method"), format!("{name}.path"));
    if let Some(given) = desk.answers().get(&path) {
        let wanted = desk.answers().get(&method);
        let mut some = document.operations.iter().filter(|operation| {
            operation.path.trim_end_matches('/') == given.trim_end_matches('/')
                && wanted.is_none_or(|method| operation.method.as_str() == method)
        });
        let (first, second) = (some.next(), some.next());
        if let (Some(operation), None) = (first, second) {
            desk.given(&path, &operation.at);
            let how = match desk.given(&method, &operation.at) {
                Some(_) => return Some(operation),
                None => operation.method.as_str(),
            };
            let reason = "the only method of that path";
            desk.choose(&method, how, &operation.at, Confidence::Certain, reason);
            return Some(operation);
        }
        desk.refuse(
            &path,
            "#/paths",
            match first {
                None => "the document has no such operation",
                Some(_) => "the document has several methods there; give the method as well",
            },
        );
        return None;
    }
    let lines = |operation: &Operation| Candidate {
        lines: vec![
            (method.clone(), operation.method.to_string()),
            (path.clone(), path_of(operation)),
        ],
        at: operation.at.clone(),
        what: operation.summary.clone().unwrap_or_default(),
    };
    if let (Some(operation), true) = (finding.chosen, finding.is_sure) {
        let reason = &finding.reason;
        desk.choose(
            &path,
            &path_of(operation),
            &operation.at,
            Confidence::Certain,
            reason.as_str(),
        );
        let how = operation.method.as_str();
        desk.choose(
            &method,
            how,
            &operation.at,
            Confidence::Certain,
            reason.as_str(),
        );
        return Some(operation);
    }
    let absent = Candidate {
        lines: vec![(name.to_owned(), "absent".to_owned())],
        at: "#/paths".to_owned(),
        what: "the service doesn't offer it".to_owned(),
    };
    let mut candidates: Vec<Candidate> = finding.candidates.iter().map(|o| lines(o)).collect();
    let problem = match candidates.len() {
        0 => format!("{name}: no operation of the document is it"),
        1 => format!("{name}: this may be it, but little speaks for it"),
        _ => format!("{name}: more than one operation can be it"),
    };
    candidates.push(absent);
    let at = candidates[0].at.clone();
    desk.ask(name, &at, problem, candidates);
    None
}

/// The path without a last slash, which a contract does not have.
fn path_of(operation: &Operation) -> String {
    operation.path.clone()
}
