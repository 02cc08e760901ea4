//! `finkit finfo operations` and `finkit finfo contract`: what Finfo's OpenAPI document has, and how it differs.

use finkit_finfo::operations::{
    Comparison, Line, Operation, Operations, Paging, Parameter, State, compare,
};
use serde::Serialize;

use crate::args::operations::{Adopt, Check, Contract, Operations as Args};
use crate::commands::contract::bytes;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::connect::endpoints;
use crate::finfo::document::{Note, keep, stored};
use crate::finfo::output::{Side, short, table};
use crate::texts::operations as texts;

/// Shows all operations, or the parameters of one.
pub(crate) fn run(context: &Context, args: &Args) -> Outcome {
    let operations = document(context, args.document.as_deref())?;
    match &args.operation {
        Some(name) => one(context, find(&operations, name)?),
        None => all(context, &operations),
    }
}

/// Runs a command of `finkit finfo contract`.
pub(crate) fn contract(context: &Context, command: &Contract) -> Outcome {
    match command {
        Contract::Check(args) => check(context, args),
        Contract::Adopt(args) => adopt(context, args),
    }
}

/// The operation of a name.
pub(crate) fn find<'o>(operations: &'o Operations, name: &str) -> Outcome<&'o Operation> {
    operations.find(name).map_err(|error| {
        Failure::usage(error.to_string())
            .hint("`finkit finfo operations` shows all; a path begins with a slash")
    })
}

/// The document that is named, else the profile's.
pub(crate) fn document(context: &Context, source: Option<&str>) -> Outcome<Operations> {
    if let Some(source) = source {
        let (bytes, _) = bytes(context, source)?;
        return read(&bytes, source);
    }
    match stored(&context.settings)? {
        Some((operations, _)) => Ok(operations),
        None => Err(
            Failure::usage("the profile has no document of Finfo's").hint(
                "store the one of your group of users with `finkit finfo contract adopt URL|FILE`",
            ),
        ),
    }
}

fn read(bytes: &[u8], source: &str) -> Outcome<Operations> {
    Operations::read(bytes).map_err(|error| {
        Failure::usage(format!("{source} can't be read as an OpenAPI document"))
            .caused_by(error)
            .hint("Finfo hands its document to its customers: OpenAPI 3.0 or 3.1, JSON or YAML")
    })
}

#[derive(Serialize)]
struct OperationLine<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    summary: Option<&'a str>,
    paged: bool,
    refused: Option<String>,
    parameters: Vec<ParameterLine<'a>>,
}

#[derive(Serialize)]
struct ParameterLine<'a> {
    name: &'a str,
    place: &'static str,
    required: bool,
    kind: String,
    format: Option<&'a str>,
    list: bool,
    allowed: Vec<String>,
    default: Option<String>,
    bounds: Vec<String>,
    description: Option<&'a str>,
}

fn line(operation: &Operation) -> OperationLine<'_> {
    let parameters = operation.parameters().iter().map(parameter_line);
    OperationLine {
        id: operation.id(),
        method: operation.method().as_str(),
        path: operation.path(),
        summary: operation.summary(),
        paged: matches!(operation.paging(), Paging::Offset { .. }),
        refused: operation.refusal().map(ToString::to_string),
        parameters: parameters.collect(),
    }
}

fn parameter_line(parameter: &Parameter) -> ParameterLine<'_> {
    ParameterLine {
        name: parameter.name(),
        place: if parameter.is_in_path() {
            "path"
        } else {
            "query"
        },
        required: parameter.is_required(),
        kind: parameter.kind(),
        format: parameter.format(),
        list: parameter.is_list(),
        allowed: parameter.allowed(),
        default: parameter.default(),
        bounds: parameter.bounds(),
        description: parameter.description(),
    }
}

fn all(context: &Context, operations: &Operations) -> Outcome {
    let output = &context.output;
    let mut rows = Vec::new();
    for operation in operations.all() {
        output.json("finfo-operation", &line(operation))?;
        rows.push(vec![
            operation.id().to_owned(),
            operation.method().to_string(),
            operation.path().to_owned(),
            short(operation.summary().unwrap_or_default(), 60),
        ]);
    }
    let head = texts::operations(output.lang).map(|title| (title, Side::Left));
    output.human(table(&head, &rows).trim_end())?;
    Ok(Exit::Done)
}

fn one(context: &Context, operation: &Operation) -> Outcome {
    let output = &context.output;
    let lang = output.lang;
    output.json("finfo-operation", &line(operation))?;
    let mut rows = Vec::new();
    for parameter in operation.parameters() {
        let mut what = vec![parameter.kind()];
        if !parameter.allowed().is_empty() {
            what.push(parameter.allowed().join(" | "));
        }
        what.extend(parameter.bounds());
        what.extend(parameter.default().map(|value| format!("= {value}")));
        let required = if parameter.is_required() {
            texts::required(lang)
        } else {
            ""
        };
        rows.push(vec![
            parameter.name().to_owned(),
            required.to_owned(),
            short(&what.join(", "), 60),
            short(parameter.description().unwrap_or_default(), 80),
        ]);
    }
    let head = texts::parameters(lang).map(|title| (title, Side::Left));
    let title = vec![vec![
        operation.id().to_owned(),
        format!("{} {}", operation.method(), operation.path()),
    ]];
    let title = table(&[("", Side::Left), ("", Side::Left)], &title);
    output.human(title.trim())?;
    if let Some(refusal) = operation.refusal() {
        output.human(&texts::refused(lang, &refusal.to_string()))?;
    }
    output.human(&format!("\n{}", table(&head, &rows).trim_end()))?;
    Ok(Exit::Done)
}

fn adopt(context: &Context, args: &Adopt) -> Outcome {
    let (bytes, address) = bytes(context, &args.source)?;
    let operations = read(&bytes, &args.source)?;
    if operations.all().is_empty() {
        return Err(
            Failure::usage("the document has no operations; nothing was stored")
                .hint("look whether it is the document of your group of users"),
        );
    }
    // What stands before an @ in an address may be a password.
    let source = match address {
        Some(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.to_string()
        }
        None => args.source.clone(),
    };
    let note = Note {
        source,
        digest: operations.digest().to_owned(),
        date: context.clock.now().date_naive(),
    };
    keep(context, &bytes, &note)?;
    let output = &context.output;
    output.json("finfo-document", &note)?;
    let count = operations.all().len();
    output.human(&texts::adopted(output.lang, count))?;
    Ok(Exit::Done)
}

fn check(context: &Context, args: &Check) -> Outcome {
    let operations = document(context, args.source.as_deref())?;
    let comparison = compare(&operations, &endpoints(context)?);
    let output = &context.output;
    let lang = output.lang;
    let mut rows = Vec::new();
    for line in &comparison.lines {
        if args.differences && !line.state.is_difference() {
            continue;
        }
        output.json("line", line)?;
        rows.push(row(lang, line));
    }
    if !rows.is_empty() {
        let head = texts::comparison(lang).map(|title| (title, Side::Left));
        output.human(table(&head, &rows).trim_end())?;
    }
    summary(context, &comparison)
}

fn row(lang: finkit_tables::explain::Lang, line: &Line) -> Vec<String> {
    let at = if line.state.is_difference() {
        line.at.as_str()
    } else {
        ""
    };
    let state = match line.state {
        State::Same => "=",
        State::Untold => "?",
        _ => "≠",
    };
    vec![
        state.to_owned(),
        line.key.clone(),
        texts::state(lang, line.state).to_owned(),
        line.assumed.clone(),
        line.document.clone(),
        at.to_owned(),
    ]
}

fn summary(context: &Context, comparison: &Comparison) -> Outcome {
    let output = &context.output;
    let differences = comparison.differences().count();
    output.human(&format!("\n{}", texts::compared(output.lang, differences)))?;
    let settings = comparison.settings();
    if !settings.is_empty() {
        output.human(&format!("{}\n\n{settings}", texts::settings(output.lang)))?;
    }
    Ok(if differences == 0 {
        Exit::Done
    } else {
        Exit::Findings
    })
}
