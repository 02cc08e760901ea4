//! Which requests a fault strikes: rules, their schedules and scopes, and the counting.

use super::{Fault, Moment};

/// Which of the requests in a rule's scope it strikes; they are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Schedule {
    /// All of them.
    #[default]
    Always,
    /// Every k-th: k, 2k, 3k, …
    Every(u64),
    /// The first n.
    First(u64),
    /// From one number to another, both included.
    Range(u64, u64),
    /// From this number on.
    From(u64),
}

impl Schedule {
    /// Whether the request with this number is struck.
    pub fn is_due(&self, number: u64) -> bool {
        match *self {
            Self::Always => true,
            Self::Every(k) => k > 0 && number.is_multiple_of(k),
            Self::First(n) => number <= n,
            Self::Range(first, last) => (first..=last).contains(&number),
            Self::From(first) => number >= first,
        }
    }
}

/// A fault, and the requests it strikes.
///
/// ```
/// use finkit_sandbox::fault::{Fault, FaultRule};
/// let rule = FaultRule::every(7, Fault::close_after()).path("/bulk_create");
/// assert_eq!(rule.to_string(), "close-after:every=7,path=/bulk_create");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultRule {
    /// What happens.
    pub fault: Fault,
    /// To which of the requests in scope.
    pub schedule: Schedule,
    /// The paths in scope; none: all.
    pub paths: Vec<String>,
    /// Paths out of scope.
    pub except: Vec<String>,
    /// The method in scope; `None`: all.
    pub method: Option<String>,
}

impl FaultRule {
    /// Strikes by this schedule, on every path.
    pub const fn new(fault: Fault, schedule: Schedule) -> Self {
        Self {
            fault,
            schedule,
            paths: Vec::new(),
            except: Vec::new(),
            method: None,
        }
    }

    /// Strikes every request.
    pub const fn always(fault: Fault) -> Self {
        Self::new(fault, Schedule::Always)
    }

    /// Strikes every k-th request.
    pub const fn every(k: u64, fault: Fault) -> Self {
        Self::new(fault, Schedule::Every(k))
    }

    /// Strikes the first n requests.
    pub const fn first(n: u64, fault: Fault) -> Self {
        Self::new(fault, Schedule::First(n))
    }

    /// Strikes the n-th request.
    pub const fn nth(n: u64, fault: Fault) -> Self {
        Self::new(fault, Schedule::Range(n, n))
    }

    /// Adds a path to the scope.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// Takes a path out of the scope.
    #[must_use]
    pub fn except(mut self, path: impl Into<String>) -> Self {
        self.except.push(path.into());
        self
    }

    /// Narrows the scope to one method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    fn covers(&self, sighting: Sighting<'_>) -> bool {
        match sighting {
            Sighting::Connection => self.fault.strikes_connections(),
            Sighting::Request { method, path } => {
                !self.fault.strikes_connections()
                    && (self.paths.is_empty() || self.paths.iter().any(|p| p == path))
                    && !self.except.iter().any(|p| p == path)
                    && self
                        .method
                        .as_ref()
                        .is_none_or(|m| m.eq_ignore_ascii_case(method))
            }
        }
    }
}

/// Rules in their order: the first one that is due is played.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FaultPlan {
    /// The rules.
    pub rules: Vec<FaultRule>,
}

impl FaultPlan {
    /// No faults.
    pub const fn none() -> Self {
        Self { rules: Vec::new() }
    }

    /// A script: the first request meets the first item, the second one the second; `None` is an undisturbed request, and so is every
    /// request after the end of the script.
    ///
    /// ```
    /// use finkit_sandbox::fault::{Fault, FaultPlan};
    /// let plan = FaultPlan::script([None, Some(Fault::status(401)), Some(Fault::reset())]);
    /// assert_eq!(plan.to_string(), "status=401:nth=2; reset-before:nth=3");
    /// ```
    pub fn script(items: impl IntoIterator<Item = Option<Fault>>) -> Self {
        let rules = (1..)
            .zip(items)
            .filter_map(|(number, fault)| Some(FaultRule::nth(number, fault?)))
            .collect();
        Self { rules }
    }

    /// Adds a rule.
    #[must_use]
    pub fn with(mut self, rule: FaultRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds the rules of another plan.
    pub fn extend(&mut self, other: Self) {
        self.rules.extend(other.rules);
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl From<FaultRule> for FaultPlan {
    fn from(rule: FaultRule) -> Self {
        Self { rules: vec![rule] }
    }
}

/// What a plan is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sighting<'a> {
    /// A connection was made.
    Connection,
    /// The head of a request was read.
    Request {
        /// Its method.
        method: &'a str,
        /// Its path, without the query.
        path: &'a str,
    },
}

/// A plan with its counters.
#[derive(Debug, Default)]
pub(crate) struct PlanState {
    rules: Vec<(FaultRule, u64)>,
}

impl PlanState {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self {
            rules: plan.rules.into_iter().map(|rule| (rule, 0)).collect(),
        }
    }

    /// Counts the sighting in every rule that covers it, and gives the fault of the first rule that is due.
    pub(crate) fn next(&mut self, sighting: Sighting<'_>) -> Option<Fault> {
        let mut due = None;
        for (rule, seen) in &mut self.rules {
            if rule.covers(sighting) {
                *seen += 1;
                if due.is_none() && rule.schedule.is_due(*seen) {
                    due = Some(&rule.fault);
                }
            }
        }
        due.cloned().map(|mut fault| {
            if fault.needs_answer() {
                fault.moment = Moment::After;
            }
            fault
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(state: &mut PlanState) -> Option<Fault> {
        state.next(Sighting::Request {
            method: "POST",
            path: "/create",
        })
    }

    #[test]
    fn every_third_request_is_struck() {
        let mut state = PlanState::new(FaultRule::every(3, Fault::reset()).into());
        let struck: Vec<bool> = (0..7).map(|_| create(&mut state).is_some()).collect();
        assert_eq!(struck, [false, false, true, false, false, true, false]);
    }

    #[test]
    fn schedules_count_from_one() {
        for (schedule, due) in [
            (Schedule::Always, vec![1, 2, 3, 4, 5, 6]),
            (Schedule::First(2), vec![1, 2]),
            (Schedule::Range(2, 3), vec![2, 3]),
            (Schedule::From(5), vec![5, 6]),
            (Schedule::Every(4), vec![4]),
            (Schedule::Every(0), vec![]),
        ] {
            let found: Vec<u64> = (1..=6).filter(|n| schedule.is_due(*n)).collect();
            assert_eq!(found, due, "{schedule:?}");
        }
    }

    #[test]
    fn a_rule_counts_only_its_own_scope() {
        let rule = FaultRule::nth(2, Fault::close_after())
            .path("/create")
            .method("post");
        let mut state = PlanState::new(rule.into());
        assert_eq!(create(&mut state), None);
        for (method, path) in [("GET", "/create"), ("POST", "/token")] {
            assert_eq!(state.next(Sighting::Request { method, path }), None);
        }
        assert_eq!(create(&mut state), Some(Fault::close_after()));
    }

    #[test]
    fn an_excepted_path_is_never_struck() {
        let rule = FaultRule::always(Fault::html()).except("/token");
        let mut state = PlanState::new(rule.into());
        let token = Sighting::Request {
            method: "POST",
            path: "/token",
        };
        assert_eq!(state.next(token), None);
        assert!(create(&mut state).is_some());
    }

    #[test]
    fn the_first_rule_that_is_due_wins_and_all_count() {
        let plan = FaultPlan::none()
            .with(FaultRule::first(1, Fault::status(503)))
            .with(FaultRule::first(2, Fault::reset()));
        let mut state = PlanState::new(plan);
        assert_eq!(create(&mut state), Some(Fault::status(503)));
        assert_eq!(create(&mut state), Some(Fault::reset()));
        assert_eq!(create(&mut state), None);
    }

    #[test]
    fn connection_faults_count_connections() {
        let mut state = PlanState::new(FaultRule::nth(2, Fault::close_on_accept()).into());
        assert_eq!(create(&mut state), None);
        assert_eq!(state.next(Sighting::Connection), None);
        assert_eq!(
            state.next(Sighting::Connection),
            Some(Fault::close_on_accept())
        );
    }
}
