//! What a run would take: one small request for each supplier tells how many rows there are.

use futures_util::stream::{self, StreamExt as _};

use super::event::{DryRun, DrySupplier};
use super::plan::{Plan, plan};
use super::walk::query;
use super::{Chosen, Mirror, SyncOptions, chosen, start_of_run};
use crate::error::Error;

impl Mirror {
    /// What [`sync`](Self::sync) would read, and with how many requests. Nothing is written.
    ///
    /// It takes a request for the list of suppliers and one for each of them, which asks for a single row to learn how many
    /// there are.
    ///
    /// # Errors
    /// When the list of suppliers or the catalogue can't be had.
    pub async fn dry_run(&self, options: &SyncOptions) -> Result<DryRun, Error> {
        let before = self.client.requests();
        let (listed, served_at) = self.client.my_suppliers_at().await?;
        let now = start_of_run(self.client.clock().now(), served_at);
        let version = self.client.endpoints().of(options.dataset).version;
        let mut planned = Vec::new();
        for chosen in chosen(listed, &options.suppliers)
            .into_iter()
            .filter(|chosen| chosen.listed)
        {
            let (dataset, supplier) = (options.dataset, chosen.supplier);
            let standing = self
                .keeper
                .with(move |catalogue| catalogue.standing(dataset, &supplier))
                .await?;
            planned.push((
                chosen,
                plan(&standing, options.wish, now, version, options.overlap),
            ));
        }
        let counted = planned
            .into_iter()
            .map(|(chosen, plan)| self.count(options, chosen, plan));
        let suppliers = stream::iter(counted)
            .buffered(options.parallel.max(1))
            .collect()
            .await;
        Ok(DryRun {
            suppliers,
            asked: self.client.requests() - before,
        })
    }

    async fn count(&self, options: &SyncOptions, chosen: Chosen, plan: Plan) -> DrySupplier {
        let endpoint = self.client.endpoints().of(options.dataset);
        let done = match plan {
            Plan::Begin { .. } => 0,
            Plan::Resume(open) => open.next,
        };
        let (rows, requests) = if endpoint.paged {
            let query = query(chosen.supplier, plan.span(), endpoint.version).page(0, 1);
            let rows = self
                .client
                .ask(options.dataset, &query)
                .await
                .map(|answer| {
                    let page = answer.page();
                    // No data, no count.
                    page.pagination().total.or(page.is_empty().then_some(0))
                });
            let limit = endpoint.max_limit.unwrap_or(u32::MAX);
            let size = u64::from(options.pages.page_size.clamp(2, limit));
            let requests = rows
                .as_ref()
                .ok()
                .copied()
                .flatten()
                .map(|rows| requests(rows, done, size));
            (rows, requests)
        } else {
            (Ok(None), Some(1))
        };
        DrySupplier {
            supplier: chosen.supplier,
            name: chosen.name,
            span: plan.span(),
            done,
            rows,
            requests,
        }
    }
}

/// Requests for a list of so many rows, of which some are done: pages overlap by one row.
fn requests(rows: u64, done: u64, size: u64) -> u64 {
    match done {
        0 if rows <= size => 1,
        0 => 1 + (rows - size).div_ceil(size - 1),
        done => rows.saturating_sub(done).div_ceil(size - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_by_one_row() {
        let table = [
            (0, 0, 1),
            (1, 0, 1),
            (1000, 0, 1),
            (1001, 0, 2),
            (1999, 0, 2),
            (2000, 0, 3),
            (200_000, 0, 201),
            (2000, 1999, 1),
            (2000, 1000, 2),
            (2000, 2000, 0),
        ];
        for (rows, done, expected) in table {
            assert_eq!(requests(rows, done, 1000), expected, "{rows} {done}");
        }
    }
}
