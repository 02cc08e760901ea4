//! `finkit finfo find | show | changes`: what the catalogue says, without a network call.

use std::collections::BTreeSet;

use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{
    ArticleRef, Catalogue, Change, ChangesSince, Dataset, FieldChange, NumberRole, RowFilter,
    RowKey, StoredRow,
};
use finkit_store::SqliteCatalogue;
use finkit_tables::explain::{Lang, visible_line};
use serde::Serialize;
use serde_json::value::RawValue;

use super::look_up::parse;
use super::row::{Brief, RowLine, fields, heads, list, number_of};
use crate::args::Format;
use crate::args::finfo::{Changes, Find, Show};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue::existing;
use crate::finfo::failure::from_catalogue;
use crate::finfo::moment::{exact, moment, shown};
use crate::finfo::output::{csv_line, plain, raw};
use crate::texts;

/// Rows of one article, or entries of the log, that are read at a time.
const BATCH: usize = 1000;
/// How many replacements are followed.
const FOLLOWED: usize = 20;

/// Articles by words.
pub(crate) fn find(context: &Context, args: &Find) -> Outcome {
    let mut catalogue = existing(context)?;
    let found = catalogue
        .find(&args.text.join(" "), args.limit as usize)
        .map_err(from_catalogue)?;
    let output = &context.output;
    let lang = output.lang;
    match output.format {
        Format::Human if found.is_empty() => output.human(texts::finfo::nothing_found(lang))?,
        Format::Human => {
            output.data(&list(lang, &found))?;
            if found.len() == args.limit as usize {
                output.human(lang.pick(
                    "Vielleicht gibt es mehr: --limit hebt die Grenze.",
                    "There may be more: --limit raises the limit.",
                ))?;
            }
        }
        Format::Csv => {
            let mut text = csv_line(heads(Lang::En));
            for row in &found {
                text.push_str(&csv_line(Brief::of(row).cells()));
            }
            output.data(&text)?;
        }
        Format::Json => {
            for row in &found {
                output.json("finfo-found", &RowLine::new(row))?;
            }
        }
    }
    Ok(if found.is_empty() {
        Exit::Findings
    } else {
        Exit::Done
    })
}

/// One article, and what came before and after it.
pub(crate) fn show(context: &Context, args: &Show) -> Outcome {
    let article = parse(&args.article)?;
    let mut catalogue = existing(context)?;
    let output = &context.output;
    let lang = output.lang;
    let rows = rows_of(&mut catalogue, &article)?;
    let Some(first) = rows.first() else {
        output.human(lang.pick(
            "Der Katalog hat diesen Artikel nicht. `finkit finfo find` sucht nach Teilen der Nummer.",
            "The catalogue doesn't have this article. `finkit finfo find` looks for parts of the number.",
        ))?;
        return Ok(Exit::Findings);
    };
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            output.human("")?;
        }
        output.human(&title(lang, row))?;
        if output.is_human() {
            match row.record() {
                Ok(record) => output.data(&fields(&record))?,
                Err(error) => return Err(Failure::local(error.to_string())
                    .hint("the catalogue is damaged: restore a copy, or move it away and run `finkit finfo sync`")),
            }
        }
        output.json("finfo-article", &RowLine::new(row))?;
    }
    let relations = relations(&mut catalogue, first)?;
    if !relations.is_empty() {
        output.human("")?;
    }
    for relation in &relations {
        output.human(&relation.text(lang))?;
        output.json("finfo-relation", relation)?;
    }
    Ok(Exit::Done)
}

fn title(lang: Lang, row: &StoredRow) -> String {
    let mut text = format!(
        "{} {} ({} {}",
        lang.pick("Artikel", "Article"),
        visible_line(&row.key.to_string()),
        lang.pick("seit", "since"),
        shown(row.first_seen),
    );
    if row.changed_at != row.first_seen {
        text.push_str(lang.pick(", geändert ", ", changed "));
        text.push_str(&shown(row.changed_at));
    }
    if let Some(since) = row.unlisted_since {
        text.push_str(lang.pick(", nicht mehr gelistet seit ", ", no longer listed since "));
        text.push_str(&shown(since));
    }
    text.push(')');
    text
}

/// All rows of an article. A supplier's number may be the present or a former one.
fn rows_of(
    catalogue: &mut SqliteCatalogue,
    article: &ArticleRef<'static>,
) -> Outcome<Vec<StoredRow>> {
    let article = match article {
        ArticleRef::Supplier(supplier, number) => {
            let mut found = None;
            for role in [NumberRole::Own, NumberRole::Previous] {
                let rows = catalogue
                    .by_number(Some(supplier), role, number)
                    .map_err(from_catalogue)?;
                found = found.or_else(|| rows.into_iter().next());
            }
            found.map_or_else(|| article.clone(), |row| row.key.article)
        }
        ArticleRef::Finfo(_) => article.clone(),
    };
    let key = RowKey {
        article,
        agreement: "".into(),
    };
    let plain = catalogue
        .row(Dataset::Article, &key)
        .map_err(from_catalogue)?;
    let mut rows: Vec<StoredRow> = plain.into_iter().collect();
    let more = catalogue
        .rows(&RowFilter::new(Dataset::Article), Some(&key), BATCH)
        .map_err(from_catalogue)?;
    rows.extend(
        more.into_iter()
            .take_while(|row| row.key.article == key.article),
    );
    Ok(rows)
}

/// How another article stands to this one.
#[derive(Serialize)]
struct Relation {
    relation: &'static str,
    number: String,
    article: Option<String>,
    name: Option<String>,
}

impl Relation {
    fn new(relation: &'static str, number: String, row: Option<&StoredRow>) -> Self {
        Self {
            relation,
            number,
            article: row.map(|row| row.key.article.to_string()),
            name: row.map(|row| Brief::of(row).name),
        }
    }

    fn text(&self, lang: Lang) -> String {
        let what = match self.relation {
            "former-number" => lang.pick("Frühere Nummer", "Former number"),
            "number-now-of" => lang.pick(
                "Die frühere Nummer hat jetzt",
                "The former number now belongs to",
            ),
            "replaced-by" => lang.pick("Ersetzt durch", "Replaced by"),
            _ => lang.pick("Ersetzt", "Replaces"),
        };
        let number = visible_line(&self.number);
        match (&self.article, &self.name) {
            (Some(article), Some(name)) => format!(
                "{what}: {number}  {}  {}",
                visible_line(article),
                visible_line(name)
            ),
            _ if self.relation == "replaced-by" => format!(
                "{what}: {number}  ({})",
                lang.pick("nicht im Katalog", "not in the catalogue")
            ),
            _ => format!("{what}: {number}"),
        }
    }
}

fn relations(catalogue: &mut SqliteCatalogue, row: &StoredRow) -> Outcome<Vec<Relation>> {
    let supplier = row.supplier;
    let mut found = Vec::new();
    let own = number_of(row, |article| {
        text(article.supplier_article_number().value())
    });
    if let Some(former) = number_of(row, |article| {
        text(article.previous_article_number().value())
    }) {
        let now = by_number(catalogue, &supplier, NumberRole::Own, &former)?;
        found.push(Relation::new("former-number", former.clone(), None));
        let others = now
            .iter()
            .filter(|other| other.key.article != row.key.article);
        found.extend(
            others.map(|other| Relation::new("number-now-of", former.clone(), Some(other))),
        );
    }
    if let Some(own) = &own {
        for other in by_number(catalogue, &supplier, NumberRole::Replacement, own)? {
            let number = number_of(&other, |article| {
                text(article.supplier_article_number().value())
            });
            found.push(Relation::new(
                "replaces",
                number.unwrap_or_default(),
                Some(&other),
            ));
        }
    }
    let mut seen = BTreeSet::from([row.key.article.to_string()]);
    let mut current = row.clone();
    for _ in 0..FOLLOWED {
        let next = number_of(&current, |article| {
            text(article.replacement_article_number().value())
        });
        let Some(number) = next else {
            break;
        };
        let mut stand_in = None;
        for role in [NumberRole::Own, NumberRole::Previous] {
            let rows = by_number(catalogue, &supplier, role, &number)?;
            stand_in = stand_in.or_else(|| rows.into_iter().next());
        }
        found.push(Relation::new("replaced-by", number, stand_in.as_ref()));
        match stand_in {
            // Articles that replace each other in a circle are each shown once.
            Some(row) if seen.insert(row.key.article.to_string()) => current = row,
            _ => break,
        }
    }
    Ok(found)
}

fn text(value: Option<std::borrow::Cow<'_, str>>) -> Option<String> {
    value.map(std::borrow::Cow::into_owned)
}

/// Rows with a number, one for each article.
fn by_number(
    catalogue: &mut SqliteCatalogue,
    supplier: &FinfoSupplierId,
    role: NumberRole,
    number: &str,
) -> Outcome<Vec<StoredRow>> {
    let mut rows = catalogue
        .by_number(Some(supplier), role, number)
        .map_err(from_catalogue)?;
    rows.dedup_by(|one, other| one.key.article == other.key.article);
    Ok(rows)
}

#[derive(Serialize)]
struct ChangeLine<'a> {
    number: u64,
    at: String,
    dataset: &'static str,
    supplier: &'a str,
    article: String,
    agreement: &'a str,
    kind: &'static str,
    fields: Vec<FieldLine<'a>>,
}

#[derive(Serialize)]
struct FieldLine<'a> {
    field: &'a str,
    old: Option<Box<RawValue>>,
    new: Option<Box<RawValue>>,
    /// Whether the field was there before and is there now: `null` alone doesn't say.
    was_there: bool,
    is_there: bool,
}

impl<'a> FieldLine<'a> {
    fn new(change: &'a FieldChange) -> Self {
        Self {
            field: &change.field,
            old: change.old.as_deref().map(raw),
            new: change.new.as_deref().map(raw),
            was_there: change.old.is_some(),
            is_there: change.new.is_some(),
        }
    }
}

#[derive(Serialize)]
struct ChangesLine {
    entries: u64,
    /// What the next look begins after.
    last: Option<u64>,
}

/// The change log.
pub(crate) fn changes(context: &Context, args: &Changes) -> Outcome {
    let since = since(args.since.as_deref())?;
    let mut catalogue = existing(context)?;
    let output = &context.output;
    let lang = output.lang;
    let most = args.limit.unwrap_or(u64::MAX);
    let mut entries = 0;
    let (mut from, mut last) = (since, number(since));
    if output.format == Format::Csv {
        output.data(&csv_line([
            "number",
            "at",
            "dataset",
            "supplier",
            "article",
            "agreement",
            "kind",
            "field",
            "old",
            "new",
        ]))?;
    }
    'log: loop {
        let batch = catalogue.changes(from, BATCH).map_err(from_catalogue)?;
        let Some(end) = batch.last() else {
            break;
        };
        from = ChangesSince::Number(end.number);
        for change in &batch {
            if entries >= most {
                break 'log;
            }
            last = Some(change.number);
            let wanted = (args.supplier.is_empty() || args.supplier.contains(&change.supplier))
                && args.dataset.is_none_or(|dataset| dataset == change.dataset);
            if wanted {
                entries += 1;
                tell(context, change)?;
            }
        }
    }
    output.json("finfo-changes", &ChangesLine { entries, last })?;
    let count = lang.count(entries);
    let next = last.map_or_else(String::new, |last| match lang {
        Lang::De => format!("; beim nächsten Mal: `finkit finfo changes --since {last}`"),
        Lang::En => format!("; next time: `finkit finfo changes --since {last}`"),
    });
    output.human(&match lang {
        Lang::De => format!("{count} Einträge{next}"),
        Lang::En => format!("{count} entries{next}"),
    })?;
    Ok(Exit::Done)
}

fn since(text: Option<&str>) -> Outcome<ChangesSince> {
    let Some(text) = text else {
        return Ok(ChangesSince::Number(0));
    };
    if let Ok(number) = text.parse() {
        return Ok(ChangesSince::Number(number));
    }
    moment(text).map(ChangesSince::Moment).map_err(|hint| {
        Failure::usage("--since is neither a number nor a moment").hint(format!(
            "{hint}, or the number that the last look ended with"
        ))
    })
}

fn number(since: ChangesSince) -> Option<u64> {
    match since {
        ChangesSince::Number(number) => Some(number),
        ChangesSince::Moment(_) => None,
    }
}

fn tell(context: &Context, change: &Change) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    match output.format {
        Format::Json => output.json(
            "finfo-change",
            &ChangeLine {
                number: change.number,
                at: exact(change.at),
                dataset: change.dataset.as_str(),
                supplier: change.supplier.as_str(),
                article: change.key.article.to_string(),
                agreement: &change.key.agreement,
                kind: change.kind.as_str(),
                fields: change.fields.iter().map(FieldLine::new).collect(),
            },
        ),
        Format::Csv => {
            let nothing = FieldChange {
                field: String::new(),
                old: None,
                new: None,
            };
            let fields = match change.fields.is_empty() {
                true => std::slice::from_ref(&nothing),
                false => &change.fields[..],
            };
            let value = |json: &Option<String>| json.as_deref().map(plain).unwrap_or_default();
            let mut text = String::new();
            for field in fields {
                text.push_str(&csv_line([
                    change.number.to_string(),
                    exact(change.at),
                    change.dataset.to_string(),
                    change.supplier.to_string(),
                    change.key.article.to_string(),
                    change.key.agreement.to_string(),
                    change.kind.as_str().to_owned(),
                    field.field.clone(),
                    value(&field.old),
                    value(&field.new),
                ]));
            }
            output.data(&text)
        }
        Format::Human => {
            let mut text = format!(
                "{}  {}  {}  {}  {}\n",
                shown(change.at),
                change.dataset,
                visible_line(change.supplier.as_str()),
                visible_line(&change.key.to_string()),
                texts::finfo::change(lang, change.kind),
            );
            for field in &change.fields {
                let value = |json: &Option<String>| match json {
                    Some(json) => visible_line(&plain(json)).into_owned(),
                    None => "–".to_owned(),
                };
                text.push_str(&format!(
                    "    {}: {} → {}\n",
                    visible_line(&field.field),
                    value(&field.old),
                    value(&field.new)
                ));
            }
            output.data(&text)
        }
    }
}
