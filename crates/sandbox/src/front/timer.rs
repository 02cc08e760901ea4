//! Waiting to a tenth of a millisecond: tokio's timers go by whole milliseconds and round up, which is five per cent of a latency of 20 ms.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// A thread that wakes sleepers at their time. It starts with the first sleeper and ends with the timer.
#[derive(Debug, Default)]
pub(super) struct Timer {
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    sleepers: BinaryHeap<Reverse<Sleeper>>,
    running: bool,
    closed: bool,
    next: u64,
}

#[derive(Debug)]
struct Sleeper {
    due: Instant,
    order: u64,
    wake: oneshot::Sender<()>,
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sleeper {}

impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.order).cmp(&(other.due, other.order))
    }
}

impl Timer {
    /// Waits that long; never shorter.
    pub(super) async fn sleep(&self, time: Duration) {
        let due = Instant::now() + time;
        let (wake, woken) = oneshot::channel();
        {
            let (state, changed) = &*self.shared;
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let order = state.next;
            state.next += 1;
            state.sleepers.push(Reverse(Sleeper { due, order, wake }));
            if !state.running {
                let shared = Arc::clone(&self.shared);
                state.running = std::thread::Builder::new()
                    .name("finkit-sandbox-timer".to_owned())
                    .spawn(move || run(&shared))
                    .is_ok();
            }
            changed.notify_one();
        }
        if woken.await.is_err() {
            tokio::time::sleep_until(due).await; // no thread could be started
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let (state, changed) = &*self.shared;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        state.sleepers.clear();
        changed.notify_one();
    }
}

fn run((state, changed): &(Mutex<State>, Condvar)) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.closed {
        let now = Instant::now();
        while let Some(first) = state.sleepers.peek()
            && first.0.due <= now
        {
            if let Some(Reverse(sleeper)) = state.sleepers.pop() {
                let _ = sleeper.wake.send(()); // the sleeper may be gone
            }
        }
        let wait = state.sleepers.peek().map(|first| first.0.due - now);
        state = match wait {
            Some(wait) => changed
                .wait_timeout(state, wait)
                .map(|(state, _)| state)
                .unwrap_or_else(|poisoned| poisoned.into_inner().0),
            None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_times_and_never_early() {
        let timer = Timer::default();
        let started = Instant::now();
        let order = Mutex::new(Vec::new());
        let sleep = async |millis: u64| {
            timer.sleep(Duration::from_millis(millis)).await;
            assert!(started.elapsed() >= Duration::from_millis(millis));
            order.lock().unwrap().push(millis);
        };
        tokio::join!(sleep(9), sleep(1), sleep(5));
        assert_eq!(*order.lock().unwrap(), [1, 5, 9]);
    }
}
