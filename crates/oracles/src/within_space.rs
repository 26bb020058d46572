use std::sync::Arc;

use aap::wire::{Body, Message, Ranges, TimedRange, WireTime};
use aap::{Event, Item, Lease, Participant};
use addrspace::{RangeSet, ScopeKind};
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::UtcSecs;

use super::assumption::{ANY_READING, Trouble, Watch};
use super::finding::Finding;
use super::holders::Holders;
use super::setting::{Role, Setting};

/// Own end times stay within the space announced by the ASA processed last, up to the policy's
/// tolerance (section 3.2.8): those granted, and those sent in ACLM, AITU and own AIU.
///
/// It is put to the test by every grant and announcement of a MAAS that knows the space of a
/// large scope.
#[derive(Clone, Debug)]
pub struct EndWithinSpace {
    setting: Arc<Setting>,
    watch: Watch,
    holders: Holders,
    /// What may be allocated until when, by each host's clock; none if it has heard of no space.
    spaces: Vec<Option<Vec<Lease>>>,
    finding: Finding,
}

impl EndWithinSpace {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, &[Trouble::TornCall], ANY_READING),
            holders: Holders::new(setting),
            spaces: vec![None; setting.hosts.len()],
            finding: Finding::default(),
        }
    }

    fn learn(&mut self, host: HostId, message: &Message, received: UtcSecs) {
        let large = self
            .setting
            .host(host)
            .is_some_and(|h| h.role == Role::Maas && h.config.scope.kind == ScopeKind::Large);
        let Some(space) = self.spaces.get_mut(host.index()).filter(|_| large) else { return };
        let Body::Asa { ranges, .. } = message.body() else { return };
        let behind = received.0 - i64::from(message.current_time().secs());
        let adjust = |end: WireTime| match end {
            WireTime::MAX => UtcSecs(WireTime::MAX.secs().into()),
            end => UtcSecs(i64::from(end.secs()) + behind),
        };
        let leases = ranges.iter().map(|r| Lease { range: r.range, end: adjust(r.end) });
        *space = Some(leases.collect());
    }

    fn check(&mut self, seen: &Observation<'_, Participant>, host: HostId, lease: Lease) {
        let setting = &self.setting;
        let Some(config) = setting.host(host) else { return };
        let Some(space) = self.spaces.get(host.index()).and_then(Option::as_ref) else { return };
        self.finding.test();
        let tolerance = i64::from(config.config.policy.end_tolerance);
        // What is about to end anyway need not be withdrawn for the last seconds.
        if lease.end.minus(config.utc(setting.epoch, seen.at)) <= tolerance {
            return;
        }
        let lasting = space.iter().filter(|l| lease.end.minus(l.end) <= tolerance);
        let fine: RangeSet = lasting.map(|l| l.range).collect();
        if !fine.contains_range(lease.range) {
            self.finding.violate(seen, || {
                let range = setting.show(host, lease.range);
                let end = lease.end.0;
                format!("{} holds {range} until {end}, longer than its space lasts", config.name)
            });
        }
    }

    fn check_sent(&mut self, seen: &Observation<'_, Participant>, host: HostId, body: &Body) {
        let end = |end: WireTime| UtcSecs(end.secs().into());
        let all = |ranges: &Ranges| -> Vec<Lease> {
            ranges.iter().map(|r| Lease { range: r.range, end: end(r.end) }).collect()
        };
        let leases = match body {
            Body::Aclm(ranges) | Body::Aitu(ranges) => all(ranges),
            Body::Aiu(ranges) => {
                let Some(held) = self.holders.held(host) else { return };
                let own = |r: TimedRange| held.overlapping(r.range).map(move |part| (part, r.end));
                let parts = ranges.iter().flat_map(own);
                parts.map(|(range, e)| Lease { range, end: end(e) }).collect()
            }
            _ => return,
        };
        leases.into_iter().for_each(|lease| self.check(seen, host, lease));
    }
}

impl Observer<Participant> for EndWithinSpace {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Persisted { record: Item::Space { message, received }, .. } => {
                self.learn(host, message, *received);
            }
            Seen::Started { restored } => {
                self.holders.observe(seen);
                if let Some(space) = self.spaces.get_mut(host.index()) {
                    *space = None;
                }
                for item in *restored {
                    if let Item::Space { message, received } = item {
                        self.learn(host, message, *received);
                    }
                }
            }
            Seen::Sent { message, .. }
                if self.spaces.get(host.index()).is_some_and(Option::is_some) =>
            {
                self.check_sent(seen, host, message.body());
            }
            Seen::Event { event, .. } => {
                self.holders.observe(seen);
                if let Event::Granted { leases, .. } = event {
                    leases.iter().for_each(|&lease| self.check(seen, host, lease));
                }
            }
            Seen::Crashed { .. } => {
                self.holders.observe(seen);
            }
            _ => {}
        }
    }
}

impl Oracle<Participant> for EndWithinSpace {
    fn name(&self) -> &'static str {
        "end-within-space"
    }

    fn assumption(&self) -> &'static str {
        "No crash comes in the middle of a call; small scopes have no such limit."
    }

    fn verdict(&self) -> Verdict {
        let missing = "no MAAS of a large scope that knew its space announced addresses";
        self.finding.verdict(self.watch.outside(), missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EPOCH, Story, lease, range};

    fn story() -> Story<EndWithinSpace> {
        let mut story = Story::with(1, EndWithinSpace::new, |s| {
            s.hosts[0].config.scope.kind = ScopeKind::Large;
        });
        story.ready(0);
        story
    }

    /// An ASA offers 1 to 9 for so many seconds after the story begins; the clock of who sends
    /// it is ten seconds behind.
    fn asa(story: &mut Story<EndWithinSpace>, secs: u32) {
        let expiration = WireTime(EPOCH + 150);
        let ranges = story.until(&[range(1, 9)], secs - 10);
        let message = story.message(0, 0, Body::Asa { expiration, ranges });
        let received = UtcSecs(i64::from(message.current_time().secs()) + 10);
        story.persisted(0, &Item::Space { message, received });
    }

    #[test]
    fn ends_up_to_the_tolerance_are_fine() {
        let mut story = story();
        asa(&mut story, 3_595);
        story.granted(0, &[lease(1, 4)]).at(11).aiu(0, 1, 0, &[range(1, 4)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn later_ends_and_addresses_outside_are_not() {
        let mut late = story();
        asa(&mut late, 3_594);
        late.aclm(0, 0, 0, &[range(1, 4)]);
        assert!(late.violated().starts_with("A holds 239.255.0.1-239.255.0.4 until 1003600"));
        let mut outside = story();
        asa(&mut outside, 9_999);
        outside.granted(0, &[lease(9, 10)]);
        assert!(outside.violated().contains("239.255.0.9-239.255.0.10"));
    }

    #[test]
    fn a_shorter_space_binds_what_is_held_and_not_what_is_defended() {
        let mut story = story();
        asa(&mut story, 9_999);
        story.granted(0, &[lease(1, 4)]).at(30);
        asa(&mut story, 1_000);
        story.aiu(0, 1, 0, &[range(5, 6)]);
        assert_eq!(story.verdict(), Verdict::Holds);
        story.aiu(0, 2, 0, &[range(1, 4)]);
        assert!(matches!(story.verdict(), Verdict::Violated { .. }));
    }

    #[test]
    fn without_a_space_there_is_no_test() {
        let mut story = story();
        story.granted(0, &[lease(1, 4)]).aiu(0, 1, 0, &[range(1, 4)]);
        assert!(story.idle().starts_with("no MAAS of a large scope"));
    }
}
