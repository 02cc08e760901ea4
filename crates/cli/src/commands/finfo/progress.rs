//! Progress of a run on a terminal: a bar for all suppliers, and one for each that is being read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use finkit_core::FinfoSupplierId;
use finkit_finfo::{Observer, SyncEvent};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// The bars of a run.
pub(super) struct Progress {
    bars: MultiProgress,
    all: ProgressBar,
    suppliers: Mutex<BTreeMap<FinfoSupplierId, ProgressBar>>,
}

impl Progress {
    /// Bars on standard error, where somebody looks at them.
    pub(super) fn new(output: &Output) -> Self {
        let target = if output.draws_progress() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bars = MultiProgress::with_draw_target(target);
        let all = bars.add(styled(0, "{bar:30} {pos}/{len} {msg} {elapsed}"));
        all.set_message(output.lang.pick("Lieferanten", "suppliers"));
        Self {
            bars,
            all,
            suppliers: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes the bars away.
    pub(super) fn clear(&self) {
        for bar in self.lock().values() {
            bar.finish_and_clear();
        }
        self.all.finish_and_clear();
        // A terminal that has gone can't be cleared.
        let _ = self.bars.clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FinfoSupplierId, ProgressBar>> {
        self.suppliers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn bar(&self, supplier: FinfoSupplierId) -> ProgressBar {
        let mut suppliers = self.lock();
        let bar = suppliers.entry(supplier).or_insert_with(|| {
            let bar = self.bars.add(styled(0, "  {bar:28} {pos}/{len} {msg}"));
            bar.set_message(supplier.to_string());
            bar
        });
        bar.clone()
    }
}

fn styled(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

impl Observer for Progress {
    fn event(&self, event: &SyncEvent<'_>) {
        match event {
            SyncEvent::Suppliers { count, .. } => self.all.set_length(*count as u64),
            SyncEvent::Begun { supplier, done, .. } => self.bar(*supplier).set_position(*done),
            SyncEvent::Page {
                supplier,
                done,
                total,
            } => {
                let bar = self.bar(*supplier);
                bar.set_length(total.unwrap_or(*done).max(*done));
                bar.set_position(*done);
            }
            SyncEvent::Again { supplier, .. } => self.bar(*supplier).set_position(0),
            SyncEvent::Ended(report) => {
                if let Some(bar) = self.lock().remove(&report.supplier) {
                    bar.finish_and_clear();
                    self.bars.remove(&bar);
                }
                self.all.inc(1);
            }
            _ => {}
        }
    }
}
