use sansio::{Duration, Instant, Machine};

use super::World;
use crate::{Observer, Stop};

/// What happens next.
#[derive(Clone, Copy)]
enum Next {
    Action,
    Timer,
    Delivery,
}

impl<M: Machine> World<M> {
    /// Runs through everything up to and including `until`, and stands there.
    pub fn run_until<O: Observer<M> + ?Sized>(&mut self, until: Instant, observer: &mut O) -> Stop {
        let stop = self.run(until, observer);
        if !stop.is_final() {
            self.now = self.now.max(until);
        }
        stop
    }

    /// Runs through everything before `until` and stands there, before anything happens at that
    /// instant: whatever is done to the world now comes first.
    pub fn run_before<O: Observer<M> + ?Sized>(
        &mut self,
        until: Instant,
        observer: &mut O,
    ) -> Stop {
        if until == Instant::ZERO {
            return self.stopped.unwrap_or(Stop::Reached);
        }
        let stop = self.run(until - Duration::from_micros(1), observer);
        if !stop.is_final() {
            self.now = self.now.max(until);
        }
        stop
    }

    /// Runs until nothing is left to happen, or the run is stopped. Time stays at the last thing
    /// that happened.
    pub fn run_until_idle<O: Observer<M> + ?Sized>(&mut self, observer: &mut O) -> Stop {
        self.run(Instant::FAR_FUTURE - Duration::from_micros(1), observer)
    }

    /// Lets one thing happen: an action, a timer or a delivery. Returns when it happened; none
    /// if nothing is left or the run is stopped.
    pub fn step<O: Observer<M> + ?Sized>(&mut self, observer: &mut O) -> Option<Instant> {
        if self.stopped.is_some() {
            return None;
        }
        let (at, next) = self.upcoming()?;
        self.perform(at, next, at, 1, observer);
        Some(self.now)
    }

    /// When the next thing happens, if anything is left.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        if self.stopped.is_some() { None } else { self.upcoming().map(|(at, _)| at) }
    }

    fn run<O: Observer<M> + ?Sized>(&mut self, horizon: Instant, observer: &mut O) -> Stop {
        loop {
            if let Some(stop) = self.stopped {
                return stop;
            }
            match self.upcoming() {
                None => return Stop::Idle,
                Some((at, _)) if at > horizon => return Stop::Reached,
                Some((at, next)) => self.perform(at, next, horizon, usize::MAX, observer),
            }
        }
    }

    /// The first thing due: at one instant actions, then timers, then deliveries.
    fn upcoming(&self) -> Option<(Instant, Next)> {
        let (timer, delivery) = (self.agenda.earliest(), self.flights.earliest());
        let at = self.script_at.min(timer).min(delivery);
        let next = if at == Instant::FAR_FUTURE {
            return None;
        } else if at == self.script_at {
            Next::Action
        } else if at == timer {
            Next::Timer
        } else {
            Next::Delivery
        };
        // A deadline may lie in the past, time does not go back.
        Some((at.max(self.now), next))
    }

    fn perform<O: Observer<M> + ?Sized>(
        &mut self,
        at: Instant,
        next: Next,
        horizon: Instant,
        deliveries: usize,
        observer: &mut O,
    ) {
        self.now = at;
        match next {
            Next::Action => {
                if let Some((_, action)) = self.script.pop_first() {
                    self.script_at = self.first_scripted();
                    self.act(action, observer);
                }
            }
            Next::Timer => self.fire(observer),
            Next::Delivery => self.deliver(horizon, deliveries, observer),
        }
    }

    pub(super) fn first_scripted(&self) -> Instant {
        self.script.first_key_value().map_or(Instant::FAR_FUTURE, |((at, _), _)| *at)
    }
}
