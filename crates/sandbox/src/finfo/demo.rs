//! Suppliers and articles to try finkit with. All are made up.

use chrono::TimeDelta;

use super::Stock;

/// Numbers and names of the suppliers, and how many articles each has.
///
/// Some articles have a second row with the price of an agreement; the names of most hold å, ä or ö.
pub const SUPPLIERS: [(&str, &str, usize); 4] = [
    ("9000101", "Norrfäste AB", 1_200),
    ("9000102", "Ögla & Söner Beslag AB", 640),
    ("9000103", "Bygglås i Åmål AB", 85),
    ("9000104", "Tätt & Rätt Kemi AB", 2),
];

/// Name of the field that tells agreements apart; the guides name none.
pub const AGREEMENT: &str = "agreementNumber";

/// How long before the start they were last changed: longer than a client looks back.
pub(super) const AGE: TimeDelta = TimeDelta::days(30);

/// Every so many-th article is part of an agreement.
const WITH_AGREEMENT: usize = 25;

/// Puts the suppliers and their articles in.
pub(super) fn fill(stock: &mut Stock) {
    for (id, name, articles) in SUPPLIERS {
        stock.add_supplier(id, name, articles);
        for article in stock.articles(id).into_iter().step_by(WITH_AGREEMENT) {
            stock.add_agreement(article, AGREEMENT, Some("RAM-2026"));
        }
    }
}
