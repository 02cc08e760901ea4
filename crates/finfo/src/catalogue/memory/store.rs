//! Suppliers, walks, rows and the change log of a catalogue in memory.

use std::collections::BTreeSet;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use super::{OpenWalk, Place, Shelves};
use crate::catalogue::{
    CatalogueError, CatalogueErrorKind, Change, ChangeKind, Dataset, FieldChange, KnownSupplier,
    ListedSupplier, NewPage, RowFilter, RowKey, StoredRow, SupplierNews, Tally, Walk, WalkEnd,
    WalkPurpose, WalkSpan, Watermark, record_changes,
};
use crate::wire::WireError;

impl Shelves {
    pub(super) fn list_suppliers(
        &mut self,
        listed: &[ListedSupplier],
        at: DateTime<Utc>,
    ) -> SupplierNews {
        let mut news = SupplierNews::default();
        let now: BTreeSet<FinfoSupplierId> = listed.iter().map(|supplier| supplier.id).collect();
        for supplier in listed {
            let Some(known) = self.suppliers.get_mut(&supplier.id) else {
                news.appeared.push(supplier.id);
                let known = KnownSupplier {
                    id: supplier.id,
                    name: supplier.name.clone(),
                    json: supplier.json.clone(),
                    first_listed: at,
                    last_listed: at,
                    gone_since: None,
                };
                self.suppliers.insert(supplier.id, known);
                continue;
            };
            if known.gone_since.take().is_some() {
                news.back.push(supplier.id);
            }
            known.last_listed = at;
            known.json.clone_from(&supplier.json);
            if supplier.name.is_some() {
                known.name.clone_from(&supplier.name);
            }
        }
        for known in self.suppliers.values_mut() {
            if !now.contains(&known.id) && known.gone_since.is_none() {
                known.gone_since = Some(at);
                news.gone.push(known.id);
            }
        }
        news
    }

    pub(super) fn begin_walk(&mut self, walk: &Walk) {
        let place = (walk.dataset, walk.supplier);
        let kept = self.walks.entry(place).or_default();
        let same = |open: &OpenWalk| {
            (open.walk.span, open.walk.purpose, open.walk.started_at)
                == (walk.span, walk.purpose, walk.started_at)
        };
        let tally = kept
            .standing
            .open
            .filter(same)
            .map(|open| open.tally)
            .unwrap_or_default();
        kept.standing.open = Some(OpenWalk {
            walk: *walk,
            next: 0,
            tally,
        });
        kept.trail.clear();
        if walk.span == WalkSpan::All {
            self.aside.remove(&place);
        }
    }

    pub(super) fn store_page(&mut self, page: &NewPage<'_>) -> Result<Tally, CatalogueError> {
        let walked = (page.dataset, page.supplier);
        let open = self.walks.get(&walked).and_then(|kept| kept.standing.open);
        if !open.is_some_and(|open| open.walk.pass == page.pass && open.next == page.from) {
            return Err(CatalogueError::conflict());
        }
        // Everything that can fail comes first.
        let mut compared = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            let place = (page.dataset, row.key.clone().into_owned());
            let changes = match self.rows.get(&place) {
                Some(stored) if stored.json == row.record.json() => Some(Vec::new()),
                Some(stored) => Some(record_changes(
                    &stored.record().map_err(damaged)?,
                    &row.record,
                )),
                None => None,
            };
            compared.push((place, row.record.json(), changes));
        }
        let mut tally = Tally {
            set_aside: page.set_aside.len() as u64,
            ..Tally::default()
        };
        for (place, json, changes) in compared {
            match changes {
                None => {
                    tally.new += 1;
                    self.insert(page, place, json);
                }
                Some(changes) => {
                    if changes.is_empty() {
                        tally.unchanged += 1;
                    } else {
                        tally.changed += 1;
                    }
                    self.update(page, &place, json, changes);
                }
            }
        }
        if page.dataset == Dataset::Media {
            for row in page.rows {
                self.put_assets(page, row);
            }
        }
        let aside = self.aside.entry(walked).or_default();
        for row in page.set_aside {
            if !aside.iter().any(|(_, json)| json == row.json) {
                aside.push((row.place, row.json.to_owned()));
            }
        }
        if let Some(kept) = self.walks.get_mut(&walked) {
            kept.trail.push(page.trail.to_vec());
            if let Some(open) = &mut kept.standing.open {
                open.next = page.next;
                open.tally += tally;
            }
        }
        Ok(tally)
    }

    fn insert(&mut self, page: &NewPage<'_>, place: Place, json: &str) {
        self.log(
            page.at,
            page.supplier,
            &place,
            ChangeKind::Appeared,
            Vec::new(),
        );
        let row = StoredRow {
            dataset: place.0,
            supplier: page.supplier,
            key: place.1.clone(),
            json: json.to_owned(),
            version: page.version,
            first_seen: page.at,
            changed_at: page.at,
            unlisted_since: None,
        };
        self.rows.insert(place, row);
    }

    fn update(&mut self, page: &NewPage<'_>, place: &Place, json: &str, changes: Vec<FieldChange>) {
        let Some(stored) = self.rows.get_mut(place) else {
            return;
        };
        stored.json.clear();
        stored.json.push_str(json);
        stored.version = page.version;
        stored.supplier = page.supplier;
        let relisted = stored.unlisted_since.take().is_some();
        if !changes.is_empty() {
            stored.changed_at = page.at;
        }
        if relisted {
            self.log(
                page.at,
                page.supplier,
                place,
                ChangeKind::Relisted,
                Vec::new(),
            );
        }
        if !changes.is_empty() {
            self.log(page.at, page.supplier, place, ChangeKind::Changed, changes);
        }
    }

    pub(super) fn finish_walk(&mut self, end: &WalkEnd<'_>) -> Result<(), CatalogueError> {
        let kept = self
            .walks
            .get_mut(&(end.dataset, end.supplier))
            .ok_or_else(CatalogueError::conflict)?;
        let standing = &mut kept.standing;
        let Some(open) = standing.open.take_if(|open| open.walk.pass == end.pass) else {
            return Err(CatalogueError::conflict());
        };
        kept.trail.clear();
        standing.failure = None;
        if open.walk.purpose == WalkPurpose::Follow {
            let before = standing.watermark;
            let complete_to = open.walk.complete_to();
            standing.watermark = Some(Watermark {
                complete_to: before
                    .map_or(complete_to, |before| before.complete_to.max(complete_to)),
                finished_at: end.at,
                full_at: match (open.walk.span, before) {
                    (WalkSpan::Changed { .. }, Some(before)) => before.full_at,
                    _ => end.at,
                },
                version: open.walk.version,
            });
        }
        for key in end.remove {
            let place = (end.dataset, key.clone());
            if self.rows.remove(&place).is_some() {
                self.log(
                    end.at,
                    end.supplier,
                    &place,
                    ChangeKind::Removed,
                    Vec::new(),
                );
            }
        }
        for key in end.unlisted {
            let place = (end.dataset, key.clone());
            let marked = self
                .rows
                .get_mut(&place)
                .filter(|row| row.unlisted_since.is_none());
            if let Some(row) = marked {
                row.unlisted_since = Some(end.at);
                self.log(
                    end.at,
                    end.supplier,
                    &place,
                    ChangeKind::Unlisted,
                    Vec::new(),
                );
            }
        }
        Ok(())
    }

    fn log(
        &mut self,
        at: DateTime<Utc>,
        supplier: FinfoSupplierId,
        (dataset, key): &Place,
        kind: ChangeKind,
        fields: Vec<FieldChange>,
    ) {
        let number = self.log.last().map_or(0, |change| change.number) + 1;
        self.log.push(Change {
            number,
            at,
            dataset: *dataset,
            supplier,
            key: key.clone(),
            kind,
            fields,
        });
    }

    /// Rows that are not marked as unlisted.
    pub(super) fn listed(
        &self,
        dataset: Dataset,
        supplier: Option<&FinfoSupplierId>,
    ) -> impl Iterator<Item = &StoredRow> {
        self.rows.values().filter(move |row| {
            row.dataset == dataset
                && row.unlisted_since.is_none()
                && supplier.is_none_or(|supplier| row.supplier == *supplier)
        })
    }

    pub(super) fn rows(
        &self,
        filter: &RowFilter,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Vec<StoredRow> {
        let from = match after {
            Some(key) => Bound::Excluded((filter.dataset, key.clone().into_owned())),
            None => Bound::Unbounded,
        };
        self.rows
            .range((from, Bound::Unbounded))
            .map(|(_, row)| row)
            .filter(|row| row.dataset == filter.dataset)
            .filter(|row| {
                filter
                    .supplier
                    .is_none_or(|supplier| row.supplier == supplier)
            })
            .filter(|row| {
                filter
                    .changed_since
                    .is_none_or(|moment| row.changed_at >= moment)
            })
            .take(limit)
            .cloned()
            .collect()
    }
}

pub(super) fn damaged(error: WireError) -> CatalogueError {
    CatalogueError::new(
        CatalogueErrorKind::Damaged,
        "a stored row is not a JSON object",
    )
    .with_source(error)
}
