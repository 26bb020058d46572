use std::collections::BTreeSet;
use std::sync::Arc;

use aap::Participant;
use aap::wire::Body;
use addrspace::Range;
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};

use sansio::Instant;

use super::assumption::{REPAIRED, Trouble, Watch};
use super::finding::Finding;
use super::holders::{Change, Holders};
use super::setting::Setting;

const ASSUMED: &[Trouble] = &[
    Trouble::Loss,
    Trouble::Separation,
    Trouble::Injection,
    Trouble::Restart,
    Trouble::ClockStep,
    Trouble::LateStart,
    Trouble::SlowLink,
    Trouble::Reconfiguration,
];

/// No two MAASs hold an allocation of the same address at the same time (section 1.4).
///
/// It is put to the test when a second MAAS gets addresses, or someone claims what another holds or
/// claims.
#[derive(Clone, Debug)]
pub struct NoDuplicateAllocation {
    setting: Arc<Setting>,
    watch: Watch,
    holders: Holders,
    /// Who has held anything so far.
    served: BTreeSet<HostId>,
    /// Claims under way.
    bids: Vec<Bid>,
    finding: Finding,
}

/// What a host claims, and since when.
#[derive(Clone, Debug)]
struct Bid {
    at: Instant,
    host: HostId,
    wanted: Vec<Range>,
}

impl NoDuplicateAllocation {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, ASSUMED, REPAIRED),
            holders: Holders::new(setting),
            served: BTreeSet::new(),
            bids: Vec::new(),
            finding: Finding::default(),
        }
    }

    /// A host claims what another holds, or what another claims too: a test.
    fn bid(&mut self, at: Instant, host: HostId, wanted: &[Range]) {
        let window = self.setting.longest(|h| h.config.timing.announce_wait);
        self.bids.retain(|bid| at.since(bid.at) < window && bid.host != host);
        let rivals = self.bids.iter().filter(|bid| self.setting.are_rivals(bid.host, host));
        let contested =
            rivals.flat_map(|bid| &bid.wanted).any(|r| wanted.iter().any(|w| w.overlaps(*r)));
        if contested || wanted.iter().any(|&w| self.holders.rivals(host, w).next().is_some()) {
            self.finding.test();
        }
        self.bids.push(Bid { at, host, wanted: wanted.to_vec() });
    }

    fn gain(&mut self, seen: &Observation<'_, Participant>, host: HostId, change: &Change) {
        let ranges: Vec<_> = match change {
            Change::Granted(ranges) => ranges.clone(),
            Change::Restored(held) => held.iter().collect(),
            _ => return,
        };
        let twice = ranges.iter().find_map(|&range| self.holders.rivals(host, range).next());
        let setting = &self.setting;
        match (twice, change) {
            (Some((rival, part)), Change::Restored(_)) => self.watch.leave(|| {
                let (part, rival) = (setting.show(host, part), setting.name(rival));
                format!("{} started with {part}, which {rival} had too", setting.name(host))
            }),
            (Some((rival, part)), _) => self.finding.violate(seen, || {
                let (part, rival) = (setting.show(host, part), setting.name(rival));
                format!("{} allocated {part} while {rival} held it", setting.name(host))
            }),
            (None, _) => {}
        }
        if !ranges.is_empty() {
            self.served.insert(host);
        }
        if self.served.len() > 1 {
            self.finding.test();
        }
    }
}

impl Observer<Participant> for NoDuplicateAllocation {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        let Some(host) = seen.host else { return };
        if let Seen::Sent { message, .. } = &seen.what {
            if let Body::Aclm(ranges) = message.body() {
                let wanted: Vec<Range> = ranges.iter().map(|r| r.range).collect();
                self.bid(seen.at, host, &wanted);
            }
        } else if let Some(change) = self.holders.observe(seen) {
            self.gain(seen, host, &change);
        }
    }
}

impl Oracle<Participant> for NoDuplicateAllocation {
    fn name(&self) -> &'static str {
        "no-duplicate-allocation"
    }

    fn assumption(&self) -> &'static str {
        "Every MAAS follows the repaired profile and hears every datagram within half of \
         [ANNOUNCE-WAIT]; nothing is forged, no host restarts and no clock steps."
    }

    fn verdict(&self) -> Verdict {
        let missing = "no two hosts wanted addresses";
        self.finding.verdict(self.watch.outside(), missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, lease, range};
    use aap::policy::Policy;
    use netsim::{DropCause, Fault};

    fn story() -> Story<NoDuplicateAllocation> {
        let mut story = Story::of(3, NoDuplicateAllocation::new);
        story.ready(0).ready(1).ready(2);
        story
    }

    #[test]
    fn different_addresses_are_no_duplicate() {
        let mut story = story();
        story.granted(0, &[lease(1, 4)]).at(5).granted(1, &[lease(5, 5)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn an_address_granted_twice_is_one() {
        let mut story = story();
        story.granted(0, &[lease(1, 4)]).at(20).granted(1, &[lease(4, 8)]);
        assert_eq!(story.violated(), "B allocated 239.255.0.4 while A held it");
    }

    #[test]
    fn an_address_may_change_hands() {
        let mut story = story();
        story.granted(0, &[lease(1, 4)]).lost(0, lease(4, 4)).granted(1, &[lease(4, 4)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn one_user_alone_is_no_test_until_someone_claims_what_is_held() {
        let mut story = story();
        story.granted(0, &[lease(1, 4)]);
        assert_eq!(story.idle(), "no two hosts wanted addresses");
        story.aclm(1, 0, 0, &[range(4, 9)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn a_lost_datagram_a_forged_one_and_another_reading_void_the_promise() {
        let both = |story: &mut Story<NoDuplicateAllocation>| {
            story.granted(0, &[lease(1, 1)]).granted(1, &[lease(1, 1)]);
            assert!(matches!(story.verdict(), Verdict::NotExercised { .. }));
        };
        let mut lossy = story();
        lossy.dropped(0, 1, DropCause::Loss);
        both(&mut lossy);
        let mut stepped = story();
        stepped.see(None, Seen::Fault(&Fault::StepClock(HostId::new(0), 1)));
        both(&mut stepped);
        let mut literal = Story::with(2, NoDuplicateAllocation::new, |s| {
            s.hosts[1].config.policy = Policy::literal();
        });
        both(&mut literal);
        assert_eq!(literal.idle(), "B reads the draft differently: heard-claims");
    }

    #[test]
    fn what_was_wrong_before_the_trouble_stays_wrong() {
        let mut story = story();
        story.granted(0, &[lease(1, 1)]).granted(1, &[lease(1, 1)]).crashed(0);
        assert!(matches!(story.verdict(), Verdict::Violated { .. }));
    }
}
