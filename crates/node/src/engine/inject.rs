use std::collections::BTreeMap;
use std::net::SocketAddr;

use sansio::{Duration, Instant};

use crate::draws::Draws;
use crate::faults::{Fate, FaultPlan};

/// How many datagrams may wait for a fault to let them through; more are lost.
const WAITING_MAX: usize = 4096;

/// A datagram on its way in.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) octets: Vec<u8>,
}

/// Does to datagrams what a [`FaultPlan`] says.
#[derive(Debug, Default)]
pub(super) struct Injector {
    plan: Option<FaultPlan>,
    late: BTreeMap<(Instant, u64), Parcel>,
    held: Vec<Parcel>,
    admitted: u64,
}

impl Injector {
    pub(super) fn is_idle(&self) -> bool {
        self.plan.is_none() && self.late.is_empty()
    }

    pub(super) const fn plan(&self) -> Option<&FaultPlan> {
        self.plan.as_ref()
    }

    /// Puts `plan` in force. What it no longer holds arrives now.
    pub(super) fn set(&mut self, plan: FaultPlan, now: Instant) {
        let (held, released): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|parcel| plan.link(parcel.from.ip()).fate == Fate::Held);
        self.held = held;
        for parcel in released {
            self.admit(parcel, now);
        }
        self.plan = (!plan.is_none()).then_some(plan);
    }

    /// Takes a datagram that arrives at `now`. Returns whether it was lost.
    pub(super) fn take(&mut self, parcel: Parcel, now: Instant, draws: &mut Draws) -> bool {
        let link = self.plan.as_ref().map(|plan| plan.link(parcel.from.ip())).unwrap_or_default();
        let waiting = self.late.len() + self.held.len();
        if link.fate == Fate::Cut || waiting >= WAITING_MAX || draws.chance(link.loss_ppm) {
            return true;
        }
        if link.fate == Fate::Held {
            self.held.push(parcel);
            return false;
        }
        let copies = 1 + usize::from(draws.chance(link.duplicate_ppm));
        for _ in 0..copies {
            let jitter = Duration::from_micros(draws.up_to(link.jitter.as_micros()));
            self.admit(parcel.clone(), now + link.delay + jitter);
        }
        false
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.late.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Parcel> {
        let entry = self.late.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    fn admit(&mut self, parcel: Parcel, at: Instant) {
        self.admitted += 1;
        self.late.insert((at, self.admitted), parcel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::LinkFault;

    fn parcel(nth: u8) -> Parcel {
        let to = "239.255.255.248:2878".parse().unwrap();
        Parcel { from: SocketAddr::from(([127, 0, 0, 12], 2878)), to, octets: vec![nth] }
    }

    fn everyone(link: LinkFault) -> FaultPlan {
        FaultPlan { everyone: link, ..FaultPlan::default() }
    }

    fn arrivals(injector: &mut Injector, now: Instant) -> Vec<u8> {
        std::iter::from_fn(|| injector.pop_due(now)).map(|p| p.octets[0]).collect()
    }

    #[test]
    fn held_datagrams_arrive_together_in_order_when_released() {
        let (mut injector, mut draws) = (Injector::default(), Draws::forgetful());
        let now = Instant::from_secs(1);
        injector.set(everyone(LinkFault { fate: Fate::Held, ..LinkFault::default() }), now);
        for nth in 1..=3 {
            assert!(!injector.take(parcel(nth), now, &mut draws));
        }
        assert!(arrivals(&mut injector, now).is_empty());
        injector.set(FaultPlan::default(), now);
        assert_eq!(arrivals(&mut injector, now), [1, 2, 3]);
        assert!(injector.is_idle());
    }

    #[test]
    fn a_cut_is_for_one_sender() {
        let (mut injector, mut draws) = (Injector::default(), Draws::forgetful());
        let cut = LinkFault { fate: Fate::Cut, ..LinkFault::default() };
        let mut plan = FaultPlan::default();
        plan.from.insert(parcel(1).from.ip(), cut);
        injector.set(plan, Instant::ZERO);
        assert!(injector.take(parcel(1), Instant::ZERO, &mut draws));
        let mut other = parcel(2);
        other.from = "127.0.0.13:2878".parse().unwrap();
        assert!(!injector.take(other, Instant::ZERO, &mut draws));
        assert_eq!(arrivals(&mut injector, Instant::ZERO), [2]);
    }

    #[test]
    fn delay_and_duplication_act_on_each_datagram() {
        let (mut injector, mut draws) = (Injector::default(), Draws::forgetful());
        let delay = Duration::from_secs(1);
        let link = LinkFault { delay, duplicate_ppm: 1_000_000, ..LinkFault::default() };
        injector.set(everyone(link), Instant::ZERO);
        injector.take(parcel(7), Instant::ZERO, &mut draws);
        assert!(arrivals(&mut injector, Instant::from_micros(999_999)).is_empty());
        assert_eq!(injector.next_due(), Some(Instant::from_secs(1)));
        assert_eq!(arrivals(&mut injector, Instant::from_secs(1)), [7, 7]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let (mut injector, mut draws) = (Injector::default(), Draws::forgetful());
        injector
            .set(everyone(LinkFault { fate: Fate::Held, ..LinkFault::default() }), Instant::ZERO);
        let lost =
            (0..5000).filter(|_| injector.take(parcel(0), Instant::ZERO, &mut draws)).count();
        assert_eq!(lost, 5000 - WAITING_MAX);
    }
}
