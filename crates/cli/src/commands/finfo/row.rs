//! Rows of the service and of the catalogue, in the forms of the output.

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::{RowKey, StoredRow};
use finkit_finfo::wire::{Article, ArticleField, Record};
use finkit_tables::explain::{Lang, visible_line};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::finfo::moment::exact;
use crate::finfo::output::{Side, plain, raw, short, table};

/// The numbers and names by which a person knows an article.
pub(super) struct Brief {
    pub(super) article: String,
    pub(super) supplier: String,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) gtin: String,
    pub(super) price: String,
}

impl Brief {
    /// What a row of the catalogue says.
    pub(super) fn of(row: &StoredRow) -> Self {
        let mut brief = Self {
            article: row.key.to_string(),
            supplier: row.supplier.to_string(),
            number: String::new(),
            name: String::new(),
            brand: String::new(),
            gtin: String::new(),
            price: String::new(),
        };
        // A row that can't be read is shown by its key.
        if let Ok(article) = row.article() {
            let text = |field| article.record().text(field).unwrap_or_default();
            let number = article.supplier_article_number().value();
            brief.number = number.unwrap_or_default().into_owned();
            let names = [
                ArticleField::SupplierArticleName1.name(),
                ArticleField::SupplierArticleName2.name(),
            ];
            brief.name = names.map(|name| text(name).into_owned()).join(" ");
            brief.name = brief.name.trim().to_owned();
            brief.brand = text(ArticleField::Brand.name()).into_owned();
            let gtin = article.gtin().value();
            brief.gtin = gtin.map(|gtin| gtin.to_string()).unwrap_or_default();
            let price = article.base_price().value();
            brief.price = price.map(|price| price.to_string()).unwrap_or_default();
        }
        brief
    }

    /// The cells in the order of [`heads`].
    pub(super) fn cells(&self) -> [&str; 7] {
        [
            &self.article,
            &self.supplier,
            &self.number,
            &self.name,
            &self.brand,
            &self.gtin,
            &self.price,
        ]
    }
}

/// Headings of a list of articles.
pub(super) fn heads(lang: Lang) -> [&'static str; 7] {
    lang.pick(
        [
            "Artikel",
            "Lieferant",
            "Nummer",
            "Bezeichnung",
            "Marke",
            "GTIN",
            "Preis",
        ],
        [
            "article", "supplier", "number", "name", "brand", "gtin", "price",
        ],
    )
}

/// A list of articles for people.
pub(super) fn list(lang: Lang, rows: &[StoredRow]) -> String {
    let sides = [
        Side::Left,
        Side::Left,
        Side::Left,
        Side::Left,
        Side::Left,
        Side::Left,
        Side::Right,
    ];
    let heads: Vec<_> = heads(lang).into_iter().zip(sides).collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let brief = Brief::of(row);
            let mut cells: Vec<String> = brief.cells().map(|cell| short(cell, 44)).into();
            if row.unlisted_since.is_some() {
                cells[0].push('†');
            }
            cells
        })
        .collect();
    let mut text = table(&heads, &cells);
    if rows.iter().any(|row| row.unlisted_since.is_some()) {
        text.push_str(lang.pick(
            "† steht nicht mehr in der Liste des Lieferanten\n",
            "† no longer in the supplier's list\n",
        ));
    }
    text
}

/// All fields of a row for people, one to a line.
pub(super) fn fields(record: &Record<'_>) -> String {
    let fields: Vec<(String, String)> = record
        .fields()
        .map(|(name, json)| (name.into_owned(), plain(json)))
        .collect();
    let width = fields
        .iter()
        .map(|(name, _)| visible_line(name).chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        let (name, value) = (visible_line(&name), visible_line(&value));
        text.push_str(format!("{name:<width$}  {value}").trim_end());
        text.push('\n');
    }
    text
}

/// A row of the catalogue for programs.
#[derive(Serialize)]
pub(super) struct RowLine<'a> {
    dataset: &'static str,
    article: String,
    agreement: &'a str,
    supplier: &'a str,
    version: String,
    first_seen: String,
    changed_at: String,
    unlisted_since: Option<String>,
    row: Box<RawValue>,
}

impl<'a> RowLine<'a> {
    pub(super) fn new(row: &'a StoredRow) -> Self {
        let RowKey { article, agreement } = &row.key;
        Self {
            dataset: row.dataset.as_str(),
            article: article.to_string(),
            agreement,
            supplier: row.supplier.as_str(),
            version: row.version.to_string(),
            first_seen: exact(row.first_seen),
            changed_at: exact(row.changed_at),
            unlisted_since: row.unlisted_since.map(exact),
            row: raw(&row.json),
        }
    }
}

/// A row as the service just gave it, for programs.
#[derive(Serialize)]
pub(super) struct AnswerLine {
    pub(super) dataset: &'static str,
    version: String,
    row: Box<RawValue>,
}

impl AnswerLine {
    pub(super) fn new(dataset: &'static str, version: ApiVersion, json: &str) -> Self {
        Self {
            dataset,
            version: version.to_string(),
            row: raw(json),
        }
    }
}

/// The supplier's own number in a role, from an article.
pub(super) fn number_of(
    row: &StoredRow,
    of: impl Fn(&Article<'_>) -> Option<String>,
) -> Option<String> {
    row.article().ok().and_then(|article| of(&article))
}
