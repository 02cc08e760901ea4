//! Looking for articles in memory: every row is looked at, which is quick enough for what fits there.

use std::collections::BTreeMap;

use finkit_core::FinfoSupplierId;

use super::Place;
use super::store::damaged;
use crate::catalogue::{CatalogueError, Dataset, NumberRole, StoredRow};
use crate::wire::{Article, ArticleField, Field, FieldValue};

/// Lower-case words: what stands between characters that are neither letters nor digits.
fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

pub(super) fn find(
    rows: &BTreeMap<Place, StoredRow>,
    text: &str,
    limit: usize,
) -> Result<Vec<StoredRow>, CatalogueError> {
    let wanted = words(text);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // Fewer words around those that were found make a better hit.
    let mut hits: Vec<(usize, &StoredRow)> = Vec::new();
    for row in rows.values().filter(|row| row.dataset == Dataset::Article) {
        let article = row.article().map_err(damaged)?;
        let there: Vec<String> = ArticleField::SEARCHED
            .iter()
            .filter_map(|field| characters(&article, *field))
            .flat_map(|text| words(&text))
            .collect();
        let all = wanted
            .iter()
            .all(|word| there.iter().any(|found| found.starts_with(word.as_str())));
        if all {
            hits.push((there.len(), row));
        }
    }
    hits.sort_by_key(|(length, _)| *length);
    Ok(hits
        .into_iter()
        .take(limit)
        .map(|(_, row)| row.clone())
        .collect())
}

pub(super) fn by_number(
    rows: &BTreeMap<Place, StoredRow>,
    supplier: Option<&FinfoSupplierId>,
    role: NumberRole,
    number: &str,
) -> Result<Vec<StoredRow>, CatalogueError> {
    let mut found = Vec::new();
    let of_supplier = |row: &&StoredRow| {
        row.dataset == Dataset::Article && supplier.is_none_or(|supplier| row.supplier == *supplier)
    };
    for row in rows.values().filter(of_supplier) {
        let article = row.article().map_err(damaged)?;
        let there = match role {
            NumberRole::Own => article.supplier_article_number(),
            NumberRole::Previous => article.previous_article_number(),
            NumberRole::Replacement => article.replacement_article_number(),
        };
        if there.value().is_some_and(|there| there == number) {
            found.push(row.clone());
        }
    }
    Ok(found)
}

fn characters(article: &Article<'_>, field: ArticleField) -> Option<String> {
    match article.get(field) {
        Field::Value(FieldValue::Text(text)) => Some(text.into_owned()),
        Field::Value(FieldValue::Gtin(gtin)) => Some(gtin.to_string()),
        Field::Value(FieldValue::ArticleId(id)) => Some(id.to_string()),
        // A GTIN with a wrong check digit is looked for as well.
        Field::Other(raw) => Some(raw.trim_matches('"').to_owned()),
        _ => None,
    }
}
