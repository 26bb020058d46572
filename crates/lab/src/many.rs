//! The same work for many seeds, on many threads, with results in the order of the seeds.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many seeds a thread may be ahead of the results taken: bounds what waits to be taken.
const AHEAD: u64 = 256;

/// How often the caller is asked whether to go on, while nothing comes out.
const PATIENCE: Duration = Duration::from_millis(100);

/// Does `work` for each of `seeds` on `jobs` threads. What comes out is handed to `take` on the
/// calling thread, in the order of the seeds, whatever the number of threads; every 100 ms in
/// which there is nothing to hand over, `take` gets `None` instead. Once it breaks, no seed is
/// begun any more, and results behind that one are dropped.
///
/// Returns the first seed whose result was not taken: everything before it was.
///
/// # Panics
/// If `work` or `take` panics.
pub fn in_order<T: Send>(
    seeds: Range<u64>,
    jobs: NonZeroUsize,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(Option<(u64, T)>) -> ControlFlow<()>,
) -> u64 {
    let queue = Queue::new(&seeds);
    std::thread::scope(|scope| {
        let (results, finished) = mpsc::channel();
        for _ in 0..jobs.get() {
            let (results, queue, work) = (results.clone(), &queue, &work);
            scope.spawn(move || queue.drain(work, &results));
        }
        drop(results);
        let _closing = Closing(&queue);
        let mut early = BTreeMap::new();
        let mut next = seeds.start;
        loop {
            let verdict = match finished.recv_timeout(PATIENCE) {
                Ok((seed, result)) => {
                    early.insert(seed, result);
                    hand_over(&mut early, &mut next, &mut take)
                }
                Err(RecvTimeoutError::Timeout) => take(None),
                Err(RecvTimeoutError::Disconnected) => return next,
            };
            if verdict.is_break() {
                return next;
            }
            queue.taken_before(next);
        }
    })
}

/// Hands over every result whose turn it is.
fn hand_over<T>(
    early: &mut BTreeMap<u64, T>,
    next: &mut u64,
    take: &mut impl FnMut(Option<(u64, T)>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    while let Some(result) = early.remove(next) {
        let seed = *next;
        *next += 1;
        take(Some((seed, result)))?;
    }
    ControlFlow::Continue(())
}

/// The seeds still to be done, for all threads.
struct Queue {
    next: AtomicU64,
    end: u64,
    closed: AtomicBool,
    /// The first seed that no thread may begin yet.
    horizon: Mutex<u64>,
    moved: Condvar,
}

impl Queue {
    fn new(seeds: &Range<u64>) -> Self {
        Self {
            next: AtomicU64::new(seeds.start),
            end: seeds.end,
            closed: AtomicBool::new(false),
            horizon: Mutex::new(seeds.start.saturating_add(AHEAD)),
            moved: Condvar::new(),
        }
    }

    /// One thread's work.
    fn drain<T>(&self, work: impl Fn(u64) -> T, results: &Sender<(u64, T)>) {
        // Were a thread to panic, the others would wait for its result for ever.
        let closing = Closing(self);
        while let Some(seed) = self.begin() {
            if results.send((seed, work(seed))).is_err() {
                break;
            }
        }
        std::mem::forget(closing);
    }

    fn begin(&self) -> Option<u64> {
        let seed = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seed| {
                (seed < self.end).then(|| seed + 1)
            })
            .ok()?;
        let mut horizon = self.horizon();
        while seed >= *horizon && !self.closed.load(Ordering::Relaxed) {
            horizon = self.moved.wait(horizon).unwrap_or_else(PoisonError::into_inner);
        }
        (!self.closed.load(Ordering::Relaxed)).then_some(seed)
    }

    fn taken_before(&self, next: u64) {
        *self.horizon() = next.saturating_add(AHEAD);
        self.moved.notify_all();
    }

    fn close(&self) {
        let _horizon = self.horizon();
        self.closed.store(true, Ordering::Relaxed);
        self.moved.notify_all();
    }

    fn horizon(&self) -> MutexGuard<'_, u64> {
        self.horizon.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets all threads come to an end when it goes.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "work that takes time, for threads to race")]
mod tests {
    use super::*;

    fn jobs(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).unwrap()
    }

    /// Work whose early seeds take longest, so that results come out of order.
    fn uneven(seed: u64) -> u64 {
        std::thread::sleep(Duration::from_micros(2_000_u64.saturating_sub(seed * 100)));
        seed * seed
    }

    #[test]
    fn results_come_in_the_order_of_the_seeds_whatever_the_threads() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let next = in_order(3..40, jobs(threads), uneven, |result| {
                taken.extend(result);
                ControlFlow::Continue(())
            });
            assert_eq!(next, 40);
            assert_eq!(taken, (3..40).map(|n| (n, n * n)).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn whoever_takes_may_stop_and_knows_where() {
        let mut taken = 0;
        let next = in_order(0..u64::MAX, jobs(4), uneven, |result| {
            taken += u64::from(result.is_some());
            if taken == 500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((taken, next), (500, 500));
    }

    #[test]
    fn whoever_takes_is_asked_even_if_nothing_comes() {
        let slow = |_| std::thread::sleep(Duration::from_millis(400));
        let mut asked = 0;
        in_order(0..1, jobs(1), slow, |result| {
            asked += u32::from(result.is_none());
            ControlFlow::Continue(())
        });
        assert!(asked >= 1);
    }

    #[test]
    fn one_slow_seed_does_not_let_the_others_run_away() {
        let begun = AtomicU64::new(0);
        let work = |seed| {
            begun.fetch_max(seed, Ordering::Relaxed);
            while seed == 0 && begun.load(Ordering::Relaxed) < AHEAD - 1 {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        let mut first = None;
        in_order(0..2_000, jobs(2), work, |result| {
            if result.is_some() && first.is_none() {
                first = Some(begun.load(Ordering::Relaxed));
            }
            ControlFlow::Continue(())
        });
        assert!(first.is_some_and(|ahead| ahead < 2 * AHEAD), "{first:?}");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_passed_on() {
        let work = |seed| assert!(seed != 5, "a bug");
        in_order(0..10_000, jobs(3), work, |_| ControlFlow::Continue(()));
    }
}
