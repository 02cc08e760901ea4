//! Assets and files of a catalogue in memory.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Shelves;
use crate::catalogue::{AssetId, Miss, NewPage, NewRow, StoredAsset, StoredFile};
use crate::wire;

impl Shelves {
    /// Puts the assets of a row in place of those that it had.
    pub(super) fn put_assets(&mut self, page: &NewPage<'_>, row: &NewRow<'_>) {
        let key = row.key.clone().into_owned();
        let mut before: BTreeMap<String, AssetId> = self
            .assets
            .values()
            .filter(|stored| stored.key == key)
            .map(|stored| (stored.asset.slot.clone(), stored.id))
            .collect();
        for asset in wire::assets(&row.record) {
            let known = before
                .remove(&asset.slot)
                .and_then(|id| self.assets.get_mut(&id));
            if let Some(stored) = known {
                stored.supplier = page.supplier;
                if stored.asset.json != asset.json {
                    stored.miss = None;
                }
                stored.asset = asset.into_owned();
                stored.gone_since = None;
                continue;
            }
            let id = AssetId(self.assets.last_key_value().map_or(0, |(id, _)| id.0) + 1);
            let stored = StoredAsset {
                id,
                supplier: page.supplier,
                key: key.clone(),
                asset: asset.into_owned(),
                file: None,
                miss: None,
                gone_since: None,
            };
            self.assets.insert(id, stored);
        }
        for id in before.into_values() {
            if let Some(stored) = self.assets.get_mut(&id) {
                stored.gone_since.get_or_insert(page.at);
            }
        }
    }

    pub(super) fn note_file(&mut self, asset: AssetId, file: &StoredFile) {
        if let Some(stored) = self.assets.get_mut(&asset) {
            stored.file = Some(file.clone());
            stored.miss = None;
        }
    }

    pub(super) fn note_miss(
        &mut self,
        asset: AssetId,
        at: DateTime<Utc>,
        message: &str,
        passing: bool,
    ) {
        if let Some(stored) = self.assets.get_mut(&asset) {
            let times = stored.miss.as_ref().map_or(0, |miss| miss.times) + 1;
            let message = message.to_owned();
            stored.miss = Some(Miss {
                at,
                message,
                passing,
                times,
            });
        }
    }

    pub(super) fn file_with_checksum(&self, checksum: &str) -> Option<StoredFile> {
        let files = self
            .assets
            .values()
            .filter_map(|stored| stored.file.as_ref());
        let same = |file: &&StoredFile| {
            let sum = file.checksum.as_deref();
            file.verified && sum.is_some_and(|sum| sum.eq_ignore_ascii_case(checksum))
        };
        files.into_iter().find(same).cloned()
    }

    pub(super) fn file_bytes(&self) -> u64 {
        let files = self
            .assets
            .values()
            .filter_map(|stored| stored.file.as_ref());
        let once: BTreeMap<&str, u64> =
            files.map(|file| (file.name.as_str(), file.bytes)).collect();
        once.into_values().sum()
    }
}
