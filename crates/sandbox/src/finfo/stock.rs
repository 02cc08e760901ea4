//! What the service knows: suppliers, their rows, and when each of them changed.

use std::borrow::Cow;
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
    /// How many days of changes have been played.
    days: u32,
}

#[derive(Debug)]
pub(super) struct Supplier {
    pub(super) name: String,
    /// Its number as JSON.
    pub(super) json: String,
    /// Whether the list of suppliers has it.
    pub(super) listed: bool,
    /// Whether its rows may be read.
    pub(super) ordered: bool,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) article: u32,
    /// As version 2 writes it, where that is not what the number of the article says.
    pub(super) edited: Option<Box<str>>,
    pub(super) changed_at: DateTime<Utc>,
    /// How often its pictures were changed; `None` for an article without any.
    pub(super) picture: Option<u32>,
    /// Whether the checksum of its pictures is another than that of their bytes.
    pub(super) wrong_checksum: bool,
    /// Address that is told for its main picture in place of the true one.
    pub(super) address: Option<Box<str>>,
}

impl Row {
    /// The row as version 2 writes it.
    pub(super) fn json(&self, supplier: &Supplier) -> Cow<'_, str> {
        match &self.edited {
            Some(json) => Cow::Borrowed(json),
            None => Cow::Owned(article::json(&supplier.json, self.article)),
        }
    }

    /// Writes the row as version 2 does.
    pub(super) fn write(&self, supplier: &Supplier, out: &mut Vec<u8>) {
        match &self.edited {
            Some(json) => out.extend_from_slice(json.as_bytes()),
            None => article::write(out, &supplier.json, self.article),
        }
    }

    /// The supplier's own number of the article.
    pub(super) fn own_number(&self) -> Option<String> {
        match &self.edited {
            Some(json) => fields::text(json, "supplierArticleNumber"),
            None => Some(article::own_number(self.article)),
        }
    }

    /// The GTIN of the article.
    pub(super) fn gtin(&self) -> Option<String> {
        match &self.edited {
            Some(json) => fields::text(json, "gtin"),
            None => Some(article::gtin(self.article)),
        }
    }

    fn set(&mut self, supplier: &str, field: &str, value: Option<&str>) {
        let json = match self.edited.take() {
            Some(json) => fields::with(&json, field, value),
            None => fields::with(&article::json(supplier, self.article), field, value),
        };
        self.edited = Some(json.into());
    }
}

/// Every so many-th article has pictures, classes and assessments.
const WITH_MEDIA: u32 = 3;

/// What a [day of changes](Stock::day) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DayOfChanges {
    /// Rows with another price.
    pub prices: usize,
    /// Articles that are new.
    pub new: usize,
    /// Articles with another number of the supplier, whose old one is told as the previous one.
    pub renumbered: usize,
    /// Articles that go out, with another that stands in for them.
    pub replaced: usize,
    /// Articles with other pictures.
    pub pictures: usize,
}

impl Stock {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            suppliers: BTreeMap::new(),
            now,
            next_article: 1_000_001,
            days: 0,
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
                json: Value::from(id).to_string(),
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
        let row = self.make();
        let rows = &mut self.suppliers.get_mut(supplier)?.rows;
        let article = row.article;
        rows.push(row);
        self.next_article += 1;
        Some(article)
    }

    /// Adds one at the beginning, so that all others move by one.
    pub fn add_article_in_front(&mut self, supplier: &str) -> Option<u32> {
        let row = self.make();
        let rows = &mut self.suppliers.get_mut(supplier)?.rows;
        let article = row.article;
        rows.insert(0, row);
        self.next_article += 1;
        Some(article)
    }

    fn make(&self) -> Row {
        let article = self.next_article;
        Row {
            article,
            edited: None,
            changed_at: self.now,
            picture: article.is_multiple_of(WITH_MEDIA).then_some(0),
            wrong_checksum: false,
            address: None,
        }
    }

    /// Adds a further row of an article, as for another agreement with another price: with this text in the field, or
    /// with nothing that names the agreement.
    pub fn add_agreement(
        &mut self,
        article: u32,
        field: &str,
        agreement: Option<&str>,
    ) -> &mut Self {
        let now = self.now;
        for supplier in self.suppliers.values_mut() {
            if let Some(place) = supplier.rows.iter().rposition(|row| row.article == article) {
                let last = &supplier.rows[place];
                let mut row = Row {
                    article,
                    edited: last.edited.clone(),
                    changed_at: now,
                    picture: last.picture,
                    wrong_checksum: last.wrong_checksum,
                    address: last.address.clone(),
                };
                row.set(
                    &supplier.json,
                    "basePrice",
                    Some(&format!("{}.95", place + 1)),
                );
                let name = agreement.map(|name| Value::from(name).to_string());
                row.set(&supplier.json, field, name.as_deref());
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
        self.change(article, |row, supplier| row.set(supplier, field, value))
    }

    /// Gives an article another number of its supplier and tells the present one as the previous one, from the day of
    /// the edit on.
    pub fn renumber(&mut self, article: u32, number: &str) -> &mut Self {
        let day = Value::from(self.now.format("%Y%m%d").to_string()).to_string();
        let number = Value::from(number).to_string();
        self.change(article, |row, supplier| {
            let previous = row
                .own_number()
                .map_or(Value::Null, Value::from)
                .to_string();
            row.set(supplier, "supplierPreviousArticleNumber", Some(&previous));
            row.set(
                supplier,
                "supplierPreviousArticleNumberChangeDate",
                Some(&day),
            );
            row.set(supplier, "supplierArticleNumber", Some(&number));
        })
    }

    /// Says that an article goes out on the day of the edit and that the supplier's article of this number stands in
    /// for it (code 02), or that none does (code 01).
    pub fn discontinue(&mut self, article: u32, replacement: Option<&str>) -> &mut Self {
        let day = Value::from(self.now.format("%Y%m%d").to_string()).to_string();
        let code = if replacement.is_some() {
            r#""02""#
        } else {
            r#""01""#
        };
        let replacement = Value::from(replacement).to_string();
        self.change(article, |row, supplier| {
            row.set(
                supplier,
                "supplierReplacementArticleNumber",
                Some(&replacement),
            );
            row.set(supplier, "discontinuationCode", Some(code));
            row.set(supplier, "discontinuationDate", Some(&day));
        })
    }

    /// Gives other prices to every so many-th row of a supplier, in one pass, and says to how many.
    pub fn change_prices(&mut self, supplier: &str, every: usize) -> usize {
        let now = self.now;
        self.days += 1;
        let (days, mut changed) = (self.days, 0);
        if let Some(supplier) = self.suppliers.get_mut(supplier) {
            for row in supplier.rows.iter_mut().step_by(every.max(1)) {
                let price = format!("{}.{:02}", 10 + row.article % 900 + days, days % 100);
                row.set(&supplier.json, "basePrice", Some(&price));
                row.changed_at = now;
                changed += 1;
            }
        }
        changed
    }

    /// What a day brings at every listed supplier: other prices for every hundredth row, a new article, one with another
    /// number, one that the new one stands in for, and other pictures.
    pub fn day(&mut self) -> DayOfChanges {
        let mut done = DayOfChanges::default();
        let listed = self
            .suppliers
            .iter()
            .filter(|(_, supplier)| supplier.listed);
        let listed: Vec<String> = listed.map(|(id, _)| id.clone()).collect();
        let mut day = self.days;
        for id in listed {
            done.prices += self.change_prices(&id, 100);
            self.days = day;
            let articles = self.articles(&id);
            if let Some(new) = self.add_article(&id) {
                done.new += 1;
                let at = |place: u32| articles.get((place + day) as usize % articles.len().max(1));
                if let Some(article) = at(1) {
                    self.renumber(*article, &format!("NY-{article}-{}", day + 1));
                    done.renumbered += 1;
                }
                if let Some(article) = at(2) {
                    self.discontinue(*article, Some(&article::own_number(new)));
                    done.replaced += 1;
                }
            }
            let pictured = self.suppliers.get(&id).and_then(|supplier| {
                let skipped = (day as usize + 5) % supplier.rows.len().max(1);
                let mut rows = supplier.rows.iter().skip(skipped);
                Some(rows.find(|row| row.picture.is_some())?.article)
            });
            if let Some(article) = pictured {
                self.change_picture(article);
                done.pictures += 1;
            }
        }
        day += 1;
        self.days = day;
        done
    }

    /// Gives an article other pictures.
    pub fn change_picture(&mut self, article: u32) -> &mut Self {
        self.change(article, |row, _| {
            row.picture = Some(row.picture.map_or(0, |edition| edition + 1));
        })
    }

    /// Takes an article's pictures away.
    pub fn remove_picture(&mut self, article: u32) -> &mut Self {
        self.change(article, |row, _| row.picture = None)
    }

    /// Whether the checksums of an article's pictures are wrong.
    pub fn wrong_checksum(&mut self, article: u32, wrong: bool) -> &mut Self {
        self.change(article, |row, _| row.wrong_checksum = wrong)
    }

    /// Tells this address for an article's main picture, whatever it leads to; `None` tells the true one again.
    pub fn picture_address(&mut self, article: u32, address: Option<&str>) -> &mut Self {
        self.change(article, |row, _| row.address = address.map(Box::from))
    }

    /// Moves an article to the list of another supplier.
    pub fn move_article(&mut self, article: u32, to: &str) -> &mut Self {
        let now = self.now;
        let mut moved = Vec::new();
        for supplier in self.suppliers.values_mut() {
            moved.extend(supplier.rows.extract_if(.., |row| row.article == article));
        }
        if let Some(supplier) = self.suppliers.get_mut(to) {
            for mut row in moved {
                row.set(&supplier.json, "supplierId", Some(&supplier.json));
                row.changed_at = now;
                supplier.rows.push(row);
            }
        }
        self
    }

    fn change(&mut self, article: u32, edit: impl Fn(&mut Row, &str)) -> &mut Self {
        let now = self.now;
        for supplier in self.suppliers.values_mut() {
            for row in supplier
                .rows
                .iter_mut()
                .filter(|row| row.article == article)
            {
                edit(row, &supplier.json);
                row.changed_at = now;
            }
        }
        self
    }

    /// The numbers of all suppliers, listed or not.
    pub fn suppliers(&self) -> Vec<String> {
        self.suppliers.keys().cloned().collect()
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
        let Some(supplier) = self.suppliers.get(supplier) else {
            return Vec::new();
        };
        let rows = supplier.rows.iter();
        rows.map(|row| row.json(supplier).into_owned()).collect()
    }

    /// Name and number of rows of every listed supplier, by its number.
    pub(super) fn counts(&self) -> Vec<(String, String, usize)> {
        let listed = self
            .suppliers
            .iter()
            .filter(|(_, supplier)| supplier.listed);
        listed
            .map(|(id, supplier)| (id.clone(), supplier.name.clone(), supplier.rows.len()))
            .collect()
    }

    pub(super) fn picture(&self, article: u32) -> Option<u32> {
        let mut rows = self.suppliers.values().flat_map(|supplier| &supplier.rows);
        rows.find(|row| row.article == article)?.picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock() -> Stock {
        let mut stock = Stock::new(DateTime::from_timestamp(1_768_478_400, 0).expect("a moment"));
        stock.add_supplier("7", "Ögla AB", 300);
        stock
    }

    #[test]
    fn a_day_brings_prices_a_new_article_a_new_number_and_a_replacement() {
        let mut stock = stock();
        let before = stock.rows("7");
        let later = stock.now + chrono::TimeDelta::days(1);
        let done = stock.at(later).day();
        let expected = DayOfChanges {
            prices: 3,
            new: 1,
            renumbered: 1,
            replaced: 1,
            pictures: 1,
        };
        assert_eq!(done, expected);
        let after = stock.rows("7");
        assert_eq!(after.len(), 301);
        let changed = after
            .iter()
            .zip(&before)
            .filter(|(after, before)| after != before);
        assert_eq!(
            changed.count(),
            5,
            "three prices, a number and a replacement"
        );
        let at = |place: usize, field| fields::text(&after[place], field);
        assert_eq!(
            at(1, "supplierPreviousArticleNumber"),
            fields::text(&before[1], "supplierArticleNumber")
        );
        assert_eq!(
            at(1, "supplierPreviousArticleNumberChangeDate").as_deref(),
            Some("20260116")
        );
        assert_eq!(
            at(2, "supplierReplacementArticleNumber"),
            at(300, "supplierArticleNumber")
        );
        assert_eq!(
            stock.suppliers["7"]
                .rows
                .iter()
                .filter(|row| row.changed_at == later)
                .count(),
            7
        );
        stock.day();
        assert_ne!(
            after[0],
            stock.rows("7")[0],
            "the next day brings other prices"
        );
    }

    #[test]
    fn a_moved_article_stands_under_its_new_supplier() {
        let mut stock = stock();
        stock.add_supplier("8", "Åsbeslag AB", 0);
        let article = stock.articles("7")[4];
        stock.move_article(article, "8");
        assert_eq!(
            (stock.articles("7").len(), stock.articles("8")),
            (299, vec![article])
        );
        assert_eq!(
            fields::text(&stock.rows("8")[0], "supplierId").as_deref(),
            Some("8")
        );
    }

    #[test]
    fn rows_of_one_article_differ_by_agreement() {
        let mut stock = stock();
        let article = stock.articles("7")[0];
        stock.add_agreement(article, "agreementNumber", Some("R-9"));
        stock.add_agreement(article, "agreementNumber", None);
        let rows = stock.rows("7");
        assert_eq!(
            stock.articles("7")[..4],
            [article, article, article, article + 1]
        );
        assert_eq!(
            fields::text(&rows[1], "agreementNumber").as_deref(),
            Some("R-9")
        );
        let price = |place: usize| fields::text(&rows[place], "basePrice");
        assert!(price(0) != price(1) && price(1) != price(2));
    }
}
