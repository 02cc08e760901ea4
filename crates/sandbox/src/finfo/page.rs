//! Pages of rows.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer::json_text;
use super::operation::{Dataset, Operation};
use super::query::{Part, Query, Window};
use super::service::State;
use super::stock::{Row, Supplier};
use super::{article, media};

/// A page, and how many rows it has.
pub(super) struct Page {
    pub(super) response: Response<Bytes>,
    pub(super) rows: u64,
}

/// How a page goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    Short,
    Repeat,
}

/// What a request asks for.
pub(super) struct Asked<'a> {
    pub(super) operation: &'static Operation,
    pub(super) query: &'a Query,
    pub(super) window: Option<Window>,
    pub(super) part: Part,
    pub(super) flaw: Flaw,
}

impl Asked<'_> {
    /// The first row that is sent, and the one after the last.
    fn range(&self) -> (u64, u64) {
        let Part { offset, limit } = self.part;
        match (limit, self.flaw) {
            (0, _) => (offset, u64::MAX),
            (_, Flaw::None) => (offset, offset.saturating_add(limit)),
            (_, Flaw::Short) => (offset, offset.saturating_add(limit - 1)),
            (_, Flaw::Repeat) => {
                let offset = offset.saturating_sub(limit);
                (offset, offset.saturating_add(limit))
            }
        }
    }

    fn head(&self, total: u64) -> String {
        format!(
            r#"{{"pagination":{{"offset":{},"limit":{},"totalCount":{total}}},"articleList":["#,
            self.part.offset, self.part.limit
        )
    }

    /// Rows of one supplier that are asked for.
    fn wanted<'s>(&'s self, supplier: &'s Supplier) -> impl Iterator<Item = &'s Row> {
        let (query, window) = (self.query, self.window);
        let pictured = !matches!(
            self.operation.dataset,
            Dataset::Article | Dataset::ArticleV1 { .. }
        );
        let article = query
            .article
            .as_ref()
            .map(|text| text.parse::<u32>().unwrap_or(0));
        let kind = query.content_type.as_deref();
        supplier
            .rows
            .iter()
            .filter(move |row| window.is_none_or(|window| window.holds(row.changed_at)))
            .filter(move |row| !pictured || row.picture.is_some())
            .filter(move |row| article.is_none_or(|article| row.article == article))
            .filter(move |row| {
                query.supplier_article.is_none() || row.own_number() == query.supplier_article
            })
            .filter(move |row| query.gtin.is_none() || row.gtin() == query.gtin)
            .filter(move |row| kind.is_none() || media::slots(row, kind).next().is_some())
    }

    fn write(&self, row: &Row, id: &str, supplier: &Supplier, host: &str, body: &mut Vec<u8>) {
        let told = match self.operation.dataset {
            Dataset::ArticleV1 { prices } => Some(article::version_1(&row.json(supplier), prices)),
            Dataset::Media { minor } => {
                let content_type = self.query.content_type.as_deref();
                media::element(
                    row,
                    id,
                    media::Wish {
                        minor,
                        host,
                        content_type,
                    },
                )
            }
            Dataset::Other(other) => media::other(other, row, id),
            Dataset::Article | Dataset::Suppliers | Dataset::Supplier => {
                return row.write(supplier, body);
            }
        };
        body.extend_from_slice(told.unwrap_or_else(|| "{}".to_owned()).as_bytes());
    }
}

/// The page that is asked for.
pub(super) fn page(state: &State, asked: &Asked<'_>) -> Page {
    let query = asked.query;
    if let (Dataset::Article, None, Some(id)) =
        (asked.operation.dataset, asked.window, &query.supplier)
        && !query.is_single()
        && let Some(supplier) = state
            .stock
            .suppliers
            .get(id)
            .filter(|supplier| !supplier.rows.is_empty())
    {
        return whole_list(supplier, asked);
    }
    let beyond = asked.operation.rules.beyond && asked.window.is_none() && query.is_single();
    let suppliers = state.stock.suppliers.iter().filter(|(id, supplier)| {
        (supplier.ordered || beyond) && query.supplier.as_ref().is_none_or(|wanted| wanted == *id)
    });
    let (first, end) = asked.range();
    let (mut total, mut rows) = (0, 0);
    let mut body = Vec::new();
    for (id, supplier) in suppliers {
        for row in asked.wanted(supplier) {
            if (first..end).contains(&total) {
                if rows > 0 {
                    body.push(b',');
                }
                asked.write(row, id, supplier, &state.media_host, &mut body);
                rows += 1;
            }
            total += 1;
        }
    }
    if total == 0 && state.no_content {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Page { response, rows };
    }
    let head = asked.head(total);
    let mut whole = Vec::with_capacity(head.len() + body.len() + 2);
    whole.extend_from_slice(head.as_bytes());
    whole.extend_from_slice(&body);
    whole.extend_from_slice(b"]}");
    let response = json_text(StatusCode::OK, whole);
    Page { response, rows }
}

/// A part of a supplier's whole list: nothing has to be looked for, which is quick enough for measuring clients.
fn whole_list(supplier: &Supplier, asked: &Asked<'_>) -> Page {
    /// What an article takes, commas and all.
    const ROW: usize = 1024;
    let place = |place: u64| {
        usize::try_from(place)
            .unwrap_or(usize::MAX)
            .min(supplier.rows.len())
    };
    let (first, end) = asked.range();
    let wanted = &supplier.rows[place(first)..place(end)];
    let mut body = Vec::with_capacity(128 + wanted.len() * ROW);
    body.extend_from_slice(asked.head(supplier.rows.len() as u64).as_bytes());
    for (place, row) in wanted.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        row.write(supplier, &mut body);
    }
    body.extend_from_slice(b"]}");
    let response = json_text(StatusCode::OK, body);
    Page {
        response,
        rows: wanted.len() as u64,
    }
}
