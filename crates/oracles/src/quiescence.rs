use std::collections::BTreeMap;
use std::sync::Arc;

use aap::wire::{Body, Message, MessageType, Ranges};
use aap::{Command, Event, Participant, RequestId};
use addrspace::Addr;
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::{Duration, Instant};

use super::assumption::{REPAIRED, Trouble, Watch};
use super::finding::Finding;
use super::holders::Holders;
use super::setting::Setting;

const ASSUMED: &[Trouble] = &[
    Trouble::Loss,
    Trouble::Separation,
    Trouble::Injection,
    Trouble::ClockStep,
    Trouble::LateStart,
    Trouble::SlowLink,
    Trouble::Reconfiguration,
];

/// Without demand only regular traffic remains (sections 3.2.2 and 3.2.6): no claim, no ANA, and
/// no AIU about what its sender does not hold outlives the last disturbance by more than 2
/// `[REPEAT-INTERVAL]` and `[ANNOUNCE-WAIT]`; three more intervals later every AIU and AITU has
/// slowed down to no more than one in 0.7 `[REPEAT-INTERVAL]`.
///
/// A disturbance is whatever users, operators and crashes do, whatever participants tell their
/// users, and a new preallocation. It is put to the test by every AIU, AITU, ACLM and ANA sent
/// after that time.
#[derive(Clone, Debug)]
pub struct Quiescence {
    setting: Arc<Setting>,
    watch: Watch,
    holders: Holders,
    /// Requests for allocations without an answer.
    open: BTreeMap<(HostId, RequestId), u32>,
    disturbed: Instant,
    /// When each AIU and AITU range was last sent since everything should be regular.
    paces: BTreeMap<(HostId, MessageType, Addr), Instant>,
    /// From the last disturbance to when defences must have ended.
    calm_after: Duration,
    /// And to when everything must be regular.
    regular_after: Duration,
    finding: Finding,
}

impl Quiescence {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        let interval = setting.longest(|h| h.config.timing.repeat_interval);
        // The watch sees to it that no datagram travels as long as `[ANNOUNCE-WAIT]`.
        let calm_after = interval * 2 + setting.longest(|h| h.config.timing.announce_wait) * 2;
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, ASSUMED, REPAIRED),
            holders: Holders::new(setting),
            open: BTreeMap::new(),
            disturbed: Instant::ZERO,
            paces: BTreeMap::new(),
            calm_after,
            regular_after: calm_after + interval * 3,
            finding: Finding::default(),
        }
    }

    fn disturb(&mut self, at: Instant) {
        self.disturbed = at;
        self.paces.clear();
    }

    fn command(&mut self, host: HostId, command: &Command) {
        match command {
            Command::Allocate { request, .. }
            | Command::Claim { request, .. }
            | Command::Preallocate { request, .. } => {
                *self.open.entry((host, *request)).or_default() += 1;
            }
            Command::Retire => self.forget(host),
            _ => {}
        }
    }

    fn answer(&mut self, host: HostId, request: RequestId) {
        if let Some(open) = self.open.get_mut(&(host, request)) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(&(host, request));
            }
        }
    }

    fn forget(&mut self, host: HostId) {
        self.open.retain(|(who, _), _| *who != host);
    }

    fn event(&mut self, seen: &Observation<'_, Participant>, host: HostId, event: &Event) {
        match event {
            // Heard, and without effect.
            Event::Ignored { .. } | Event::Demand { .. } => return,
            Event::Granted { request, .. }
            | Event::Refused { request, .. }
            | Event::Held { request: Some(request), .. } => self.answer(host, *request),
            _ => {}
        }
        self.holders.observe(seen);
        self.disturb(seen.at);
    }

    fn send(&mut self, seen: &Observation<'_, Participant>, host: HostId, message: &Message) {
        let quiet = seen.at.since(self.disturbed);
        let kind = message.kind();
        match message.body() {
            Body::Aclm(_) if self.has_demand(host) => self.disturb(seen.at),
            Body::Aitu(_) if message.mseq() == 0 => self.disturb(seen.at),
            _ if quiet <= self.calm_after || !self.open.is_empty() => {}
            Body::Aclm(_) | Body::Ana { .. } => {
                let setting = &self.setting;
                self.finding.test();
                self.finding.violate(seen, || {
                    format!("{} sent an {kind} after {quiet} without demand", setting.name(host))
                });
            }
            Body::Aiu(ranges) => {
                self.finding.test();
                self.check_owner(seen, host, ranges);
                self.check_pace(seen, host, kind, ranges);
            }
            Body::Aitu(ranges) => {
                self.finding.test();
                self.check_pace(seen, host, kind, ranges);
            }
            Body::Asa { .. } | Body::Asrp { .. } => {}
        }
    }

    fn has_demand(&self, host: HostId) -> bool {
        let (first, last) = (RequestId(0), RequestId(u32::MAX));
        self.open.range((host, first)..=(host, last)).next().is_some()
    }

    fn check_owner(&mut self, seen: &Observation<'_, Participant>, host: HostId, ranges: &Ranges) {
        let held = self.holders.held(host);
        let foreign =
            ranges.iter().find(|r| !held.is_some_and(|held| held.contains_range(r.range)));
        if let Some(foreign) = foreign {
            let (setting, quiet) = (&self.setting, seen.at.since(self.disturbed));
            self.finding.violate(seen, || {
                let range = setting.show(host, foreign.range);
                let name = setting.name(host);
                format!("{name} still announces {range} of others after {quiet} of quiet")
            });
        }
    }

    fn check_pace(
        &mut self,
        seen: &Observation<'_, Participant>,
        host: HostId,
        kind: MessageType,
        ranges: &Ranges,
    ) {
        let at = seen.at;
        if at.since(self.disturbed) <= self.regular_after {
            return;
        }
        let Some(config) = self.setting.host(host) else { return };
        let least = config.config.timing.repeat_interval.ratio(7, 10);
        for listed in ranges {
            let Some(before) = self.paces.insert((host, kind, listed.range.first()), at) else {
                continue;
            };
            let gap = config.elapsed(before, at);
            if gap < least {
                let range = self.setting.show(host, listed.range);
                self.finding.violate(seen, || {
                    format!("{} sent {range} in two {kind} within {gap} of quiet", config.name)
                });
            }
        }
    }
}

impl Observer<Participant> for Quiescence {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        match (&seen.what, seen.host) {
            (Seen::Sent { message, .. }, Some(host)) => self.send(seen, host, message),
            (Seen::Event { event, .. }, Some(host)) => self.event(seen, host, event),
            (Seen::Command(command), Some(host)) => {
                self.command(host, command);
                self.disturb(seen.at);
            }
            (Seen::Started { .. } | Seen::Crashed { .. }, Some(host)) => {
                self.forget(host);
                self.holders.observe(seen);
                self.disturb(seen.at);
            }
            (Seen::Fault(_), _) => self.disturb(seen.at),
            _ => {}
        }
    }
}

impl Oracle<Participant> for Quiescence {
    fn name(&self) -> &'static str {
        "quiescence"
    }

    fn assumption(&self) -> &'static str {
        "Every MAAS follows the repaired profile and hears every datagram within half of \
         [ANNOUNCE-WAIT]; nothing is forged and no clock steps."
    }

    fn verdict(&self) -> Verdict {
        let missing = "nobody who had anything to announce was left in peace for long enough";
        self.finding.verdict(self.watch.outside(), missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, lease, range};
    use aap::policy::Policy;
    use aap::{Choice, Demand, Layout};

    fn story() -> Story<Quiescence> {
        let mut story = Story::of(2, Quiescence::new);
        story.ready(0).ready(1).granted(0, &[lease(1, 4)]);
        story
    }

    #[test]
    fn regular_announcements_are_quiet() {
        let mut story = story();
        for (n, secs) in (1..=12).map(|n| (n, 21 * n)) {
            story.at(secs).aiu(0, 1, n as u8, &[range(1, 4)]);
        }
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn fast_ones_are_not_and_are_no_test_early() {
        let mut story = story();
        story.at(70).aiu(0, 1, 1, &[range(1, 4)]).at(71).aiu(0, 1, 2, &[range(1, 4)]);
        assert!(story.idle().starts_with("nobody"));
        story.at(180).aiu(0, 1, 1, &[range(1, 4)]).at(200).aiu(0, 1, 2, &[range(1, 4)]);
        assert!(story.violated().contains("in two AIU within 20s"));
    }

    #[test]
    fn a_defence_must_end() {
        let mut story = story();
        story.at(80).aiu(1, 1, 0, &[range(1, 4)]);
        assert!(story.idle().starts_with("nobody"));
        story.at(81).aiu(1, 1, 1, &[range(1, 4)]);
        let why = "B still announces 239.255.0.1-239.255.0.4 of others after 81s of quiet";
        assert_eq!(story.violated(), why);
    }

    #[test]
    fn claims_need_demand() {
        let request = RequestId(7);
        let demand = Demand {
            count: 1,
            layout: Layout::Scattered,
            end: lease(1, 1).end,
            preferred: Vec::new(),
            choice: Choice::IfFree,
        };
        let mut wanted = story();
        wanted.see(Some(1), Seen::Command(&Command::Allocate { request, demand }));
        wanted.at(200).aclm(1, 1, 0, &[range(7, 7)]);
        assert!(wanted.idle().starts_with("nobody"));
        let path = aap::GrantPath::Claim;
        wanted.event(1, &Event::Granted { request, leases: vec![lease(7, 7)], path });
        wanted.at(300).aclm(1, 2, 0, &[range(7, 7)]);
        assert_eq!(wanted.violated(), "B sent an ACLM after 100s without demand");
    }

    #[test]
    fn the_literal_reading_promises_nothing() {
        let mut story = Story::with(1, Quiescence::new, |s| {
            s.hosts[0].config.policy = Policy::literal();
        });
        story.ready(0).at(500).aclm(0, 0, 0, &[range(1, 1)]);
        assert_eq!(story.idle(), "A reads the draft differently: heard-claims");
    }
}
