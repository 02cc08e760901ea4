//! The tables of rows, one for each dataset: ids, columns, statements.

use std::fmt::Write as _;

use finkit_finfo::catalogue::{ArticleRef, Dataset, RowKey};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::fault::Fault;
use super::known::STORED;
use super::suppliers;

/// Rows with an agreement have ids from here on: the bits below are Finfo's number of the article.
pub(super) const MORE: i64 = 1 << 30;

/// Finfo's number of the article of a row with this id, which is not negative.
pub(super) fn article_of(id: i64) -> i64 {
    id & (MORE - 1)
}

/// Statements of the table of one dataset.
pub(super) struct Table(Dataset);

impl Table {
    pub(super) fn of(dataset: Dataset) -> Self {
        Self(dataset)
    }

    /// The name.
    pub(super) fn name(&self) -> &'static str {
        self.0.as_str()
    }

    pub(super) fn has_columns(&self) -> bool {
        self.0 == Dataset::Article
    }

    /// Looks for the row with this key.
    pub(super) fn find(
        &self,
        connection: &Connection,
        key: &RowKey<'_>,
    ) -> Result<Option<i64>, Fault> {
        let name = self.name();
        let agreement = &*key.agreement;
        let found = match &key.article {
            ArticleRef::Finfo(article) if agreement.is_empty() => connection
                .prepare_cached(&format!("SELECT id FROM {name} WHERE id = ?"))?
                .query_row([article.get()], |row| row.get(0))
                .optional()?,
            ArticleRef::Finfo(article) => connection
                .prepare_cached(&format!(
                    "SELECT id FROM {name} WHERE id >= {MORE} AND id & {} = ? AND agreement = ?",
                    MORE - 1
                ))?
                .query_row(params![article.get(), agreement], |row| row.get(0))
                .optional()?,
            ArticleRef::Supplier(supplier, number) => {
                let Some(of) = suppliers::known_number(connection, supplier)? else {
                    return Ok(None);
                };
                connection
                    .prepare_cached(&format!(
                        "SELECT id FROM {name} WHERE number_of = ? AND number = ? AND coalesce(agreement, '') = ?"
                    ))?
                    .query_row(params![of, number, agreement], |row| row.get(0))
                    .optional()?
            }
        };
        Ok(found)
    }

    /// The id for a row with a key that has none yet.
    pub(super) fn new_id(&self, connection: &Connection, key: &RowKey<'_>) -> Result<i64, Fault> {
        let name = self.name();
        match &key.article {
            ArticleRef::Finfo(article) if key.agreement.is_empty() => Ok(i64::from(article.get())),
            ArticleRef::Finfo(article) => {
                let last: Option<i64> = connection
                    .prepare_cached(&format!(
                        "SELECT max(id) FROM {name} WHERE id >= {MORE} AND id & {} = ?",
                        MORE - 1
                    ))?
                    .query_row([article.get()], |row| row.get(0))?;
                Ok(last.unwrap_or(i64::from(article.get())) + MORE)
            }
            ArticleRef::Supplier(..) => {
                let first: i64 = connection
                    .prepare_cached(&format!("SELECT coalesce(min(id), 0) FROM {name}"))?
                    .query_row([], |row| row.get(0))?;
                Ok(first.min(0) - 1)
            }
        }
    }

    pub(super) fn insert_sql(&self) -> String {
        let columns =
            "id, supplier, agreement, number_of, number, version, first_seen, changed_at, json";
        let mut sql = format!("INSERT INTO {} ({columns}", self.name());
        let mut values = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8".to_owned();
        if self.has_columns() {
            for (place, field) in STORED.into_iter().enumerate() {
                // Writing into a text can't fail.
                let _ = write!(sql, ", {}", column_name(field.name()));
                let _ = write!(values, ", ?{}", 9 + place);
            }
        }
        format!("{sql}) VALUES ({values})")
    }

    pub(super) fn update_sql(&self) -> String {
        let mut sql = format!(
            "UPDATE {} SET supplier = ?2, version = ?3, changed_at = coalesce(?4, changed_at),
                unlisted_since = NULL, json = ?5",
            self.name()
        );
        if self.has_columns() {
            for (place, field) in STORED.into_iter().enumerate() {
                let _ = write!(sql, ", {} = ?{}", column_name(field.name()), 6 + place);
            }
        }
        sql + " WHERE id = ?1"
    }
}

/// The name of a field as columns have it: `supplierArticleName1` is `supplier_article_name1`.
pub(super) fn column_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 8);
    let mut before_upper = true;
    for character in field.chars() {
        if character.is_ascii_uppercase() && !before_upper {
            name.push('_');
        }
        before_upper = character.is_ascii_uppercase();
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::column_name;

    #[test]
    fn columns_are_named_after_their_fields() {
        for (field, column) in [
            ("finfoArticleName1", "finfo_article_name1"),
            ("gtin", "gtin"),
            (
                "isRegisteredInBastaAsBASTA",
                "is_registered_in_basta_as_basta",
            ),
        ] {
            assert_eq!(column_name(field), column);
        }
    }
}
