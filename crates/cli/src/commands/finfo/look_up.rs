//! `finkit finfo suppliers | article | media`: one look-up at the service.

use finkit_finfo::catalogue::{ArticleRef, Dataset};
use finkit_finfo::{Answer, Query};
use serde::Serialize;

use super::row::{AnswerLine, fields};
use crate::args::Format;
use crate::args::finfo::LookUp;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::connect::Connection;
use crate::finfo::failure::from_finfo;
use crate::finfo::output::{Side, csv_line, raw, table};

#[derive(Serialize)]
struct SupplierLine<'a> {
    supplier: &'a str,
    name: Option<&'a str>,
    row: Box<serde_json::value::RawValue>,
}

/// The suppliers that this account may see.
pub(crate) fn suppliers(context: &Context) -> Outcome {
    let client = Connection::of(context)?.client(context, 1)?;
    let suppliers = Context::runtime()?
        .block_on(client.my_suppliers())
        .map_err(|error| from_finfo(error, "the suppliers can't be read"))?;
    let output = &context.output;
    let lang = output.lang;
    let cells: Vec<Vec<String>> = suppliers
        .iter()
        .map(|supplier| {
            vec![
                supplier.id.to_string(),
                supplier.name.clone().unwrap_or_default(),
            ]
        })
        .collect();
    match output.format {
        Format::Human => {
            let heads = lang.pick(["Lieferant", "Name"], ["supplier", "name"]);
            output.data(&table(&heads.map(|head| (head, Side::Left)), &cells))?;
        }
        Format::Csv => {
            let mut text = csv_line(["supplier", "name"]);
            for row in &cells {
                text.push_str(&csv_line(row));
            }
            output.data(&text)?;
        }
        Format::Json => {
            for supplier in &suppliers {
                output.json(
                    "finfo-listed",
                    &SupplierLine {
                        supplier: supplier.id.as_str(),
                        name: supplier.name.as_deref(),
                        row: raw(&supplier.json),
                    },
                )?;
            }
        }
    }
    Ok(Exit::Done)
}

/// One article.
pub(crate) fn article(context: &Context, args: &LookUp) -> Outcome {
    look_up(context, args, Dataset::Article)
}

/// The pictures and documents of one article.
pub(crate) fn media(context: &Context, args: &LookUp) -> Outcome {
    look_up(context, args, Dataset::Media)
}

fn look_up(context: &Context, args: &LookUp, dataset: Dataset) -> Outcome {
    let query = query(args)?;
    let client = Connection::of(context)?.client(context, 1)?;
    let answer = Context::runtime()?
        .block_on(client.ask(dataset, &query))
        .map_err(|error| from_finfo(error, "the look-up failed"))?;
    tell(context, dataset, &answer)
}

fn query(args: &LookUp) -> Outcome<Query> {
    if let Some(gtin) = args.gtin {
        return Ok(Query::new().gtin(gtin));
    }
    match parse(args.article.as_deref().unwrap_or_default())? {
        ArticleRef::Finfo(article) => Ok(Query::new().article(article)),
        ArticleRef::Supplier(supplier, number) => {
            Ok(Query::new().supplier(supplier).supplier_article(number))
        }
    }
}

/// An article as it is typed.
pub(super) fn parse(text: &str) -> Outcome<ArticleRef<'static>> {
    text.parse()
        .map_err(|error: finkit_finfo::catalogue::NotAnArticle| {
            Failure::usage("that is no article")
                .caused_by(error)
                .hint("write Finfo's number, as 1377271, or SUPPLIER/NUMBER, as 2347003/556155")
        })
}

/// Rows of an answer; none is a finding.
fn tell(context: &Context, dataset: Dataset, answer: &Answer) -> Outcome {
    let output = &context.output;
    let lang = output.lang;
    for (place, record) in answer.records().enumerate() {
        if place > 0 {
            output.human("")?;
        }
        if output.is_human() {
            output.data(&fields(&record))?;
        }
        output.json(
            "finfo-row",
            &AnswerLine::new(dataset.as_str(), answer.version(), record.json()),
        )?;
    }
    if answer.page().is_empty() {
        output.human(lang.pick(
            "Der Dienst hat keine Daten dazu, oder der Lieferant ist im Finfo-Portal nicht bestellt.",
            "The service has no data for that, or the supplier is not ordered in the Finfo portal.",
        ))?;
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}
