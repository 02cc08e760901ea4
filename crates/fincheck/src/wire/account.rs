//! Who is who in an entry's answer: the records of the request held against the records that the answer names.
//!
//! Nothing numbers the records, so they are told apart by FIN, period and registration time. The time may come back in
//! the database's own zone, so that one reported record can be more than one of the request; equal records of the
//! request can't be told apart at all and are counted.

use std::collections::HashMap;

use finkit_core::{FinRecord, Vin};

use super::record::{Named, Reading};

/// What became of one record of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is stored.
    Created,
    /// It is not, with the reason if there is one.
    Failed(Option<String>),
    /// The answer does not settle it.
    Open,
}

/// The records of a request, and what an answer says about them.
pub(crate) struct Account<'r> {
    records: &'r [FinRecord],
    fins: HashMap<Vin, OneFin<'r>>,
    /// Items of the answer of which not even the FIN can be read.
    unreadable: usize,
    /// Items of the answer that are no record of the request.
    strange: usize,
}

impl<'r> Account<'r> {
    /// The records of the request.
    pub(crate) fn of(records: &'r [FinRecord]) -> Self {
        let mut fins: HashMap<Vin, OneFin<'r>> = HashMap::new();
        for (index, record) in records.iter().enumerate() {
            fins.entry(record.fin).or_default().send(index, record);
        }
        Self {
            records,
            fins,
            unreadable: 0,
            strange: 0,
        }
    }

    /// Takes note of one item of the answer.
    pub(crate) fn take(&mut self, item: Reading, created: bool) {
        match item {
            Reading::Whole(named) => {
                let one = self.fins.get_mut(&named.fin);
                if !one.is_some_and(|one| one.take(&named, created)) {
                    self.strange += 1;
                }
            }
            Reading::Partly(fin) => match self.fins.get_mut(&fin) {
                Some(one) => one.doubtful = true,
                None => self.strange += 1,
            },
            Reading::Nothing => self.unreadable += 1,
        }
    }

    /// What became of each record, in the order of the request.
    pub(crate) fn settle(self) -> Vec<Fate> {
        let mut fates = vec![Fate::Open; self.records.len()];
        for one in self.fins.into_values() {
            one.settle(&mut fates);
        }
        let open = fates.iter().filter(|fate| **fate == Fate::Open).count();
        if self.unreadable > open {
            // There are more unreadable items than records left for them, so one of the others is named twice.
            fates.fill(Fate::Open);
        }
        if self.unreadable + self.strange > 0 {
            tracing::warn!(
                unreadable = self.unreadable,
                strange = self.strange,
                "the answer names records that can't be read or that were not sent"
            );
        }
        fates
    }
}

/// The records of one FIN; usually it is one.
#[derive(Default)]
struct OneFin<'r> {
    kinds: Vec<Kind<'r>>,
    /// Kinds by record; made when there is a second kind.
    kind_of: HashMap<&'r FinRecord, usize>,
    /// Something about this FIN can't be read.
    doubtful: bool,
}

/// Equal records of the request, and what the answer says about them.
struct Kind<'r> {
    record: &'r FinRecord,
    sent: Vec<usize>,
    created: usize,
    failed: Vec<Option<String>>,
    /// Items that fit this kind and no other.
    own: usize,
    /// The first kind of those that share an item with this one.
    leader: usize,
}

impl Kind<'_> {
    fn record_fits(&self, named: &Named) -> bool {
        named.is(self.record)
    }

    fn take(&mut self, named: &Named, created: bool) {
        if created {
            self.created += 1;
        } else {
            self.failed.push(named.reason.clone());
        }
    }
}

impl<'r> OneFin<'r> {
    fn send(&mut self, index: usize, record: &'r FinRecord) {
        let next = self.kinds.len();
        let kind = match &self.kinds[..] {
            [] => 0,
            [only] if only.record == record => 0,
            kinds => {
                if let [only] = kinds {
                    self.kind_of.insert(only.record, 0);
                }
                *self.kind_of.entry(record).or_insert(next)
            }
        };
        if kind == next {
            self.kinds.push(Kind {
                record,
                sent: Vec::new(),
                created: 0,
                failed: Vec::new(),
                own: 0,
                leader: next,
            });
        }
        self.kinds[kind].sent.push(index);
    }

    /// Takes note of an item; `false` when it is none of these records.
    fn take(&mut self, named: &Named, created: bool) -> bool {
        if let [only] = &mut self.kinds[..] {
            return only.record_fits(named) && {
                only.own += 1;
                only.take(named, created);
                true
            };
        }
        let fitting: Vec<usize> = (0..self.kinds.len())
            .filter(|&kind| self.kinds[kind].record_fits(named))
            .collect();
        let Some(&first) = fitting.first() else {
            return false;
        };
        if let [only] = fitting[..] {
            self.kinds[only].own += 1;
        }
        for &other in &fitting[1..] {
            self.join(first, other);
        }
        self.kinds[first].take(named, created);
        true
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.kinds[one].leader, self.kinds[other].leader);
        for kind in &mut self.kinds {
            if kind.leader == other {
                kind.leader = one;
            }
        }
    }

    fn settle(self, fates: &mut [Fate]) {
        if self.doubtful {
            return;
        }
        if let [only] = &self.kinds[..] {
            return settle(&[only], fates);
        }
        let mut groups: HashMap<usize, Vec<&Kind<'_>>> = HashMap::new();
        for kind in &self.kinds {
            groups.entry(kind.leader).or_default().push(kind);
        }
        for group in groups.values() {
            settle(group, fates);
        }
    }
}

/// Settles kinds that share items: they are named as often as they were sent, and when there are several of them, all
/// had the same fate.
fn settle(group: &[&Kind<'_>], fates: &mut [Fate]) {
    let sent: usize = group.iter().map(|kind| kind.sent.len()).sum();
    let created: usize = group.iter().map(|kind| kind.created).sum();
    let failed: usize = group.iter().map(|kind| kind.failed.len()).sum();
    let contradicted = group.iter().any(|kind| kind.own > kind.sent.len());
    if created + failed != sent || contradicted {
        return;
    }
    if group.len() > 1 && created > 0 && failed > 0 {
        return; // which of them it was is not said
    }
    let mut reasons: Vec<Option<String>> = group
        .iter()
        .flat_map(|kind| kind.failed.iter().cloned())
        .collect();
    if group.len() > 1 && reasons.iter().any(|reason| *reason != reasons[0]) {
        reasons.fill(None); // nor whose reason it was
    }
    let mut reasons = reasons.into_iter();
    let indices = group.iter().flat_map(|kind| &kind.sent);
    for (place, &index) in indices.enumerate() {
        fates[index] = if place < created {
            Fate::Created
        } else {
            Fate::Failed(reasons.next().flatten())
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::Contract;

    const PERIODS: [(&str, &str); 2] = [("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")];
    /// An hour apart, so that as a time without offset the earlier one in Vienna is the later one at +02:00.
    const TIMES: [&str; 2] = ["2026-01-15T10:00:00+01:00", "2026-01-15T09:00:00+01:00"];

    fn record(fin: usize, period: usize, time: usize) -> FinRecord {
        let (start, end) = PERIODS[period];
        FinRecord {
            fin: format!("WVWZZZE1ZMP{fin:06}").parse().expect("a FIN"),
            period: format!("{start}/{end}").parse().expect("a period"),
            registered_at: TIMES[time].parse().expect("a time"),
        }
    }

    /// The record as the service reports it, its time with an offset or in the database's own zone.
    fn item(record: &FinRecord, zoned: bool) -> Value {
        let time = record.registered_at.datetime();
        let time = if zoned {
            time.to_utc().format("%Y-%m-%dT%H:%M:%SZ")
        } else {
            time.naive_local().format("%Y-%m-%dT%H:%M:%S")
        };
        json!({"fin": record.fin.as_str(), "start_date": record.period.start().to_string(),
            "end_date": record.period.end().to_string(), "registration_date": time.to_string()})
    }

    fn settle(records: &[FinRecord], items: &[(Value, bool)]) -> Vec<Fate> {
        let mut account = Account::of(records);
        for (item, created) in items {
            account.take(
                Named::read(&Contract::assumed().answer_record, &item.into()),
                *created,
            );
        }
        account.settle()
    }

    #[test]
    fn records_that_a_time_without_offset_cannot_tell_apart_stay_open_unless_all_share_a_fate() {
        let records = [record(1, 0, 0), record(1, 0, 1)];
        // 10:00 without an offset is the first in Vienna's time and the second at +02:00.
        let vague = item(&records[0], false);
        let apart = settle(&records, &[(vague.clone(), true), (vague.clone(), false)]);
        assert_eq!(apart, [Fate::Open, Fate::Open]);
        let together = settle(&records, &[(vague.clone(), true), (vague, true)]);
        assert_eq!(together, [Fate::Created, Fate::Created]);
    }

    #[test]
    fn something_unreadable_about_a_fin_leaves_its_records_open() {
        let records = [record(1, 0, 0), record(2, 0, 0)];
        let mut partly = item(&records[0], true);
        partly["end_date"] = json!("soon");
        let fates = settle(
            &records,
            &[
                (item(&records[0], true), false),
                (item(&records[1], true), false),
                (partly, true),
            ],
        );
        assert_eq!(fates, [Fate::Open, Fate::Failed(None)]);
    }

    #[test]
    fn more_unreadable_items_than_open_records_leave_all_open() {
        let records = [record(1, 0, 0), record(2, 0, 0)];
        let first = (item(&records[0], true), false);
        let one_left = settle(&records, &[first.clone(), (json!({"fin": "?"}), true)]);
        assert_eq!(one_left, [Fate::Failed(None), Fate::Open]);
        let none_left = settle(
            &records,
            &[first, (item(&records[1], true), true), (json!(7), true)],
        );
        assert_eq!(none_left, [Fate::Open, Fate::Open]);
    }

    #[test]
    fn records_that_were_not_sent_change_nothing() {
        let records = [record(1, 0, 0)];
        let fates = settle(
            &records,
            &[
                (item(&records[0], true), true),
                (item(&record(1, 1, 0), true), true),
                (item(&record(9, 0, 0), true), false),
            ],
        );
        assert_eq!(fates, [Fate::Created]);
    }

    #[test]
    fn a_reason_goes_to_its_record() {
        let records = [record(1, 0, 0), record(1, 1, 0)];
        let mut refused = item(&records[1], true);
        refused["reason"] = json!("too late");
        let fates = settle(
            &records,
            &[(refused, false), (item(&records[0], true), false)],
        );
        assert_eq!(
            fates,
            [Fate::Failed(None), Fate::Failed(Some("too late".into()))]
        );
    }

    #[derive(Debug, Clone, Copy)]
    enum Damage {
        None,
        Drop,
        Repeat { created: bool },
        Garble,
    }

    fn damage() -> impl Strategy<Value = Damage> {
        prop_oneof![
            Just(Damage::None),
            Just(Damage::Drop),
            any::<bool>().prop_map(|created| Damage::Repeat { created }),
            Just(Damage::Garble),
        ]
    }

    proptest! {
        /// Whatever single damage an answer has: what is settled is what really happened.
        #[test]
        fn what_is_settled_is_true(
            sent in proptest::collection::vec((0..3_usize, 0..2_usize, 0..2_usize, any::<bool>(), any::<bool>()), 1..9),
            order in any::<u64>(),
            damage in damage(),
            hit in any::<prop::sample::Index>(),
        ) {
            let records: Vec<FinRecord> = sent.iter().map(|&(fin, period, time, ..)| record(fin, period, time)).collect();
            let mut items: Vec<(Value, bool)> = records.iter().zip(&sent)
                .map(|(record, &(.., zoned, created))| (item(record, zoned), created))
                .collect();
            let hit = hit.index(items.len());
            match damage {
                Damage::None => {}
                Damage::Drop => drop(items.remove(hit)),
                Damage::Repeat { created } => items.push((items[hit].0.clone(), created)),
                Damage::Garble => items[hit].0 = json!({"fin": "?"}),
            }
            let length = items.len().max(1);
            items.rotate_left(usize::try_from(order % length as u64).expect("small"));
            let fates = settle(&records, &items);
            for kind in &records {
                let of_kind = || (0..records.len()).filter(|&index| records[index] == *kind);
                let open = of_kind().filter(|&index| fates[index] == Fate::Open).count();
                let created = of_kind().filter(|&index| fates[index] == Fate::Created).count();
                let really = of_kind().filter(|&index| sent[index].4).count();
                prop_assert!(open == of_kind().count() || (open == 0 && created == really), "{fates:?}");
            }
            let exact = sent.iter().all(|&(.., zoned, _)| zoned);
            if exact && matches!(damage, Damage::None) {
                prop_assert!(!fates.contains(&Fate::Open), "times with an offset settle everything: {fates:?}");
            }
        }
    }
}
