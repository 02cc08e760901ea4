//! Faults by kind: how often each occurs, and the first few of each.

use std::collections::HashMap;

use super::{Explainer, Explanation, Lang};
use crate::fault::{Fault, Severity};

/// All faults of one kind and weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The kind as a stable word for machines.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Names the kind.
    pub title: &'static str,
    /// The rule and its reason.
    pub why: &'static str,
    /// How often it occurs.
    pub count: u64,
    /// The first ones, in the order they came in.
    pub first: Vec<Explanation>,
}

impl Group {
    /// How many are not among the first.
    #[must_use]
    pub fn further(&self) -> u64 {
        self.count - self.first.len() as u64
    }
}

/// Collects faults one by one; keeps a bounded number of each kind, so that a
/// list of millions of faulty rows takes no memory.
///
/// ```
/// use finkit_tables::explain::{Explainer, Grouping, Lang};
/// # use finkit_tables::{Fault, FaultKind, Field, Severity};
/// # let fault = |row| Fault { row, column: None, value: String::new(), proposal: None,
/// #     kind: FaultKind::MissingCell { field: Field::Start }, severity: Severity::Fault };
/// let mut grouping = Grouping::new(Explainer::new(Lang::En, false), 2);
/// for row in 2..10 {
///     grouping.add(&fault(row));
/// }
/// let groups = grouping.finish();
/// assert_eq!((groups[0].count, groups[0].first.len(), groups[0].further()), (8, 2, 6));
/// ```
#[derive(Debug, Clone)]
pub struct Grouping {
    explainer: Explainer,
    limit: usize,
    groups: HashMap<(Severity, &'static str), Group>,
}

impl Grouping {
    /// Keeps at most `limit` explanations of each kind.
    #[must_use]
    pub fn new(explainer: Explainer, limit: usize) -> Grouping {
        Grouping {
            explainer,
            limit,
            groups: HashMap::new(),
        }
    }

    /// Counts a fault, and explains it if it is among the first of its kind.
    pub fn add(&mut self, fault: &Fault) {
        let key = (fault.severity, fault.kind.code());
        if let Some(group) = self.groups.get_mut(&key)
            && group.first.len() >= self.limit
        {
            group.count += 1;
            return;
        }
        let explanation = self.explainer.explain(fault);
        self.add_explained(explanation);
    }

    /// Counts a fault that is explained already.
    pub fn add_explained(&mut self, explanation: Explanation) {
        let group = self
            .groups
            .entry((explanation.severity, explanation.code))
            .or_insert_with(|| Group {
                code: explanation.code,
                severity: explanation.severity,
                title: explanation.title,
                why: explanation.why,
                count: 0,
                first: Vec::new(),
            });
        group.count += 1;
        if group.first.len() < self.limit {
            group.first.push(explanation);
        }
    }

    /// The kinds: faults before warnings before notices, the most frequent first.
    #[must_use]
    pub fn finish(self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_by(|a, b| (a.severity, b.count, a.code).cmp(&(b.severity, a.count, b.code)));
        groups
    }
}

/// Groups faults that are all at hand, keeping the first `limit` of each kind.
#[must_use]
pub fn group(faults: &[Fault], lang: Lang, show_fins: bool, limit: usize) -> Vec<Group> {
    let mut grouping = Grouping::new(Explainer::new(lang, show_fins), limit);
    for fault in faults {
        grouping.add(fault);
    }
    grouping.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::field::Field;

    fn fault(row: u64, kind: FaultKind, severity: Severity) -> Fault {
        Fault {
            row,
            column: None,
            value: String::new(),
            kind,
            proposal: None,
            severity,
        }
    }

    #[test]
    fn faults_come_first_and_the_most_frequent_kind_before_others() {
        let mut faults = vec![fault(1, FaultKind::RegisteredAtTwice, Severity::Notice)];
        faults.push(fault(2, FaultKind::StrayQuote, Severity::Fault));
        for row in 3..6 {
            faults.push(fault(
                row,
                FaultKind::MissingCell { field: Field::End },
                Severity::Fault,
            ));
        }
        let groups = group(&faults, Lang::En, false, 20);
        let seen: Vec<_> = groups.iter().map(|g| (g.code, g.count)).collect();
        assert_eq!(
            seen,
            [
                ("missing-cell", 3),
                ("stray-quote", 1),
                ("registered-at-twice", 1)
            ]
        );
    }

    #[test]
    fn only_the_first_of_a_kind_are_kept_but_all_are_counted() {
        let faults: Vec<Fault> = (1..=100)
            .map(|row| fault(row, FaultKind::StrayQuote, Severity::Fault))
            .collect();
        let groups = group(&faults, Lang::De, false, 20);
        assert_eq!(
            groups[0].first.iter().map(|e| e.row).collect::<Vec<_>>(),
            (1..=20).collect::<Vec<_>>()
        );
        assert_eq!(groups[0].further(), 80);
    }
}
