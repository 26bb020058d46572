use std::collections::{BTreeMap, BTreeSet};

use crate::{Cause, Instant};

/// Which of two timers due at the same instant goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Urgency {
    /// Timers that end a state: a verdict reached now makes a repetition due now moot.
    Verdict,
    /// Everything else, in the order of creation.
    Routine,
}

/// A name for each deadline a machine may be waiting for: one variant per timer of the
/// specification, carrying whatever tells several of a kind apart.
pub trait TimerKind: Copy + Ord {
    /// Its place among timers due at the same instant.
    fn urgency(&self) -> Urgency;
    /// The specification's name for it, as journals show it.
    fn name(&self) -> &'static str;
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Entry {
    at: Instant,
    created: Instant,
    armed_by: Cause,
}

/// A timer that has come due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due<T> {
    /// Which one.
    pub timer: T,
    /// When it was due.
    pub at: Instant,
    /// What armed it.
    pub armed_by: Cause,
}

/// The deadlines of one machine: at most one per timer, earliest first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Deadlines<T: Ord> {
    entries: BTreeMap<T, Entry>,
    order: BTreeSet<(Instant, Urgency, Instant, T)>,
    /// The first of `order`: a driver asks for it after every input.
    earliest: Option<Instant>,
}

impl<T: Ord> Default for Deadlines<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), order: BTreeSet::new(), earliest: None }
    }
}

impl<T: TimerKind> Deadlines<T> {
    /// Arms `timer` for `at`, replacing an earlier setting. `now` orders it among routine timers
    /// due at the same instant.
    pub fn set(&mut self, timer: T, at: Instant, now: Instant, armed_by: Cause) {
        if let Some(old) = self.entries.insert(timer, Entry { at, created: now, armed_by }) {
            self.order.remove(&(old.at, timer.urgency(), old.created, timer));
        }
        self.order.insert((at, timer.urgency(), now, timer));
        self.note_earliest();
    }

    /// Disarms `timer`; returns whether it was armed.
    pub fn cancel(&mut self, timer: T) -> bool {
        let Some(old) = self.entries.remove(&timer) else { return false };
        self.order.remove(&(old.at, timer.urgency(), old.created, timer));
        self.note_earliest();
        true
    }

    /// When `timer` is due, if it is armed.
    #[must_use]
    pub fn at(&self, timer: T) -> Option<Instant> {
        self.entries.get(&timer).map(|e| e.at)
    }

    /// The earliest deadline.
    #[must_use]
    pub const fn next(&self) -> Option<Instant> {
        self.earliest
    }

    /// Takes the first timer due at `now` or before, if any.
    pub fn pop_due(&mut self, now: Instant) -> Option<Due<T>> {
        let &(at, _, _, timer) = self.order.first()?;
        if at > now {
            return None;
        }
        self.order.pop_first();
        self.note_earliest();
        let entry = self.entries.remove(&timer)?;
        Some(Due { timer, at, armed_by: entry.armed_by })
    }

    /// Every armed timer with its deadline, by timer.
    pub fn iter(&self) -> impl Iterator<Item = (T, Instant)> + '_ {
        self.entries.iter().map(|(t, e)| (*t, e.at))
    }

    /// Disarms everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
        self.earliest = None;
    }

    fn note_earliest(&mut self) {
        self.earliest = self.order.first().map(|&(at, ..)| at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    enum Timer {
        Repeat(u8),
        Claim,
    }

    impl TimerKind for Timer {
        fn urgency(&self) -> Urgency {
            if matches!(self, Timer::Claim) { Urgency::Verdict } else { Urgency::Routine }
        }
        fn name(&self) -> &'static str {
            "timer"
        }
    }

    const fn s(secs: u64) -> Instant {
        Instant::from_secs(secs)
    }

    #[test]
    fn a_verdict_due_with_a_repetition_comes_first() {
        let mut d = Deadlines::default();
        d.set(Timer::Repeat(1), s(10), s(0), Cause(1));
        d.set(Timer::Claim, s(10), s(5), Cause(2));
        assert_eq!(d.pop_due(s(10)).map(|x| x.timer), Some(Timer::Claim));
        assert_eq!(d.pop_due(s(10)).map(|x| x.timer), Some(Timer::Repeat(1)));
        assert_eq!(d.pop_due(s(10)), None);
    }

    #[test]
    fn routine_timers_keep_their_order_of_creation() {
        let mut d = Deadlines::default();
        d.set(Timer::Repeat(1), s(9), s(2), Cause(1));
        d.set(Timer::Repeat(2), s(9), s(1), Cause(2));
        assert_eq!(d.pop_due(s(9)).map(|x| x.timer), Some(Timer::Repeat(2)));
    }

    #[test]
    fn setting_again_replaces_and_nothing_fires_early() {
        let mut d = Deadlines::default();
        d.set(Timer::Claim, s(5), s(0), Cause(1));
        d.set(Timer::Claim, s(7), s(1), Cause(2));
        assert_eq!(d.pop_due(s(6)), None);
        assert_eq!(d.next(), Some(s(7)));
        assert!(d.cancel(Timer::Claim));
        assert_eq!(d.next(), None);
    }
}
