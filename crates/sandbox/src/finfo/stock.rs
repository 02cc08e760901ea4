//! What the service knows: suppliers, their rows, and when each of them changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{article, fields};

/// What the service knows, to be edited by a test. Every edit is one of the moment that is set, as the change feed has it.
#[derive(Debug)]
pub struct Stock {
    pub(super) suppliers: BTreeMap<String, Supplier>,
    now: DateTime<Utc>,
    next_article: u32,
}

#[derive(Debug)]
pub(super) struct Supplier {
    pub(super) name: String,
    /// Whether the list of suppliers has it.
    pub(super) listed: bool,
    /// Whether its rows may be read.
    pub(super) ordered: bool,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) article: u32,
    /// As version 2 writes it.
    pub(super) json: String,
    pub(super) changed_at: DateTime<Utc>,
    /// How often its pictures were changed; `None` for an article without any.
    pub(super) picture: Option<u32>,
    /// Whether the checksum of its pictures is another than that of their bytes.
    pub(super) wrong_checksum: bool,
}

/// Every so many-th article has pictures, classes and assessments.
const WITH_MEDIA: u32 = 3;

impl Stock {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            suppliers: BTreeMap::new(),
            now,
            next_article: 1_000_001,
        }
    }

    /// The moment of the edits that follow.
    pub fn at(&mut self, moment: DateTime<Utc>) -> &mut Self {
        self.now = moment;
        self
    }

    /// Adds a supplier with so many made-up articles; one that is there gets them besides its own and is listed again.
    pub fn add_supplier(&mut self, id: &str, name: &str, articles: usize) -> &mut Self {
        let supplier = self
            .suppliers
            .entry(id.to_owned())
            .or_insert_with(|| Supplier {
                name: name.to_owned(),
                listed: true,
                ordered: true,
                rows: Vec::new(),
            });
        (supplier.listed, supplier.ordered) = (true, true);
        supplier.rows.reserve(articles);
        for _ in 0..articles {
            self.add_article(id);
        }
        self
    }

    /// Takes a supplier off the list, and its rows out of reach.
    pub fn remove_supplier(&mut self, id: &str) -> &mut Self {
        if let Some(supplier) = self.suppliers.get_mut(id) {
            (supplier.listed, supplier.ordered) = (false, false);
        }
        self
    }

    /// Whether the rows of a listed supplier may be read; where not, the answer is 403.
    pub fn order(&mut self, id: &str, ordered: bool) -> &mut Self {
        if let Some(supplier) = self.suppliers.get_mut(id) {
            supplier.ordered = ordered;
        }
        self
    }

    /// Adds a made-up article at the end of a supplier's list and gives its number; `None` without such a supplier.
    pub fn add_article(&mut self, supplier: &str) -> Option<u32> {
        let row = self.make(supplier);
        let rows = &mut self.suppliers.get_mut(supplier)?.rows;
        let article = row.article;
        rows.push(row);
        self.next_article += 1;
        Some(article)
    }

    /// Adds one at the beginning, so that all others move by one.
    pub fn add_article_in_front(&mut self, supplier: &str) -> Option<u32> {
        let row = self.make(supplier);
        let rows = &mut self.suppliers.get_mut(supplier)?.rows;
        let article = row.article;
        rows.insert(0, row);
        self.next_article += 1;
        Some(article)
    }

    fn make(&self, supplier: &str) -> Row {
        let article = self.next_article;
        Row {
            article,
            json: article::json(supplier, article),
            changed_at: self.now,
            picture: article.is_multiple_of(WITH_MEDIA).then_some(0),
            wrong_checksum: false,
        }
    }

    /// Adds a further row of an article, as for another agreement: with this text in the field, or without one.
    pub fn add_agreement(
        &mut self,
        article: u32,
        field: &str,
        agreement: Option<&str>,
    ) -> &mut Self {
        let now = self.now;
        for supplier in self.suppliers.values_mut() {
            if let Some(place) = supplier.rows.iter().rposition(|row| row.article == article) {
                let first = &supplier.rows[place];
                let json = match agreement {
                    Some(name) => {
                        fields::with(&first.json, field, Some(&Value::from(name).to_string()))
                    }
                    None => {
                        fields::with(&first.json, "basePrice", Some(&format!("{}.95", place + 1)))
                    }
                };
                let row = Row {
                    article,
                    json,
                    changed_at: now,
                    picture: first.picture,
                    wrong_checksum: first.wrong_checksum,
                };
                supplier.rows.insert(place + 1, row);
            }
        }
        self
    }

    /// Removes all rows of an article. Nothing in the change feed tells of it.
    pub fn remove_article(&mut self, article: u32) -> &mut Self {
        for supplier in self.suppliers.values_mut() {
            supplier.rows.retain(|row| row.article != article);
        }
        self
    }

    /// Puts a value, as JSON, into a field of all rows of an article; `None` takes the field away.
    pub fn set(&mut self, article: u32, field: &str, value: Option<&str>) -> &mut Self {
        self.change(article, |row| {
            row.json = fields::with(&row.json, field, value);
        })
    }

    /// Gives an article another picture.
    pub fn change_picture(&mut self, article: u32) -> &mut Self {
        self.change(article, |row| {
            row.picture = Some(row.picture.map_or(0, |edition| edition + 1));
        })
    }

    /// Takes an article's pictures away.
    pub fn remove_picture(&mut self, article: u32) -> &mut Self {
        self.change(article, |row| row.picture = None)
    }

    /// Whether the checksums of an article's pictures are wrong.
    pub fn wrong_checksum(&mut self, article: u32, wrong: bool) -> &mut Self {
        self.change(article, |row| row.wrong_checksum = wrong)
    }

    /// Moves an article to the list of another supplier.
    pub fn move_article(&mut self, article: u32, to: &str) -> &mut Self {
        let now = self.now;
        let mut moved = Vec::new();
        for supplier in self.suppliers.values_mut() {
            moved.extend(supplier.rows.extract_if(.., |row| row.article == article));
        }
        if let Some(supplier) = self.suppliers.get_mut(to) {
            let id = Value::from(to).to_string();
            supplier.rows.extend(moved.into_iter().map(|row| Row {
                json: fields::with(&row.json, "supplierId", Some(&id)),
                changed_at: now,
                ..row
            }));
        }
        self
    }

    fn change(&mut self, article: u32, edit: impl Fn(&mut Row)) -> &mut Self {
        let now = self.now;
        let rows = self
            .suppliers
            .values_mut()
            .flat_map(|supplier| &mut supplier.rows);
        for row in rows.filter(|row| row.article == article) {
            edit(row);
            row.changed_at = now;
        }
        self
    }

    /// The numbers of a supplier's articles in the order of its list, one for each row.
    pub fn articles(&self, supplier: &str) -> Vec<u32> {
        let supplier = self.suppliers.get(supplier);
        supplier.map_or_else(Vec::new, |supplier| {
            supplier.rows.iter().map(|row| row.article).collect()
        })
    }

    /// The rows of a supplier as version 2.2 writes them, in the order of its list.
    pub fn rows(&self, supplier: &str) -> Vec<String> {
        let supplier = self.suppliers.get(supplier);
        supplier.map_or_else(Vec::new, |supplier| {
            supplier.rows.iter().map(|row| row.json.clone()).collect()
        })
    }

    pub(super) fn picture(&self, article: u32) -> Option<u32> {
        let mut rows = self.suppliers.values().flat_map(|supplier| &supplier.rows);
        rows.find(|row| row.article == article)?.picture
    }
}
