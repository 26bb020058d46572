use std::sync::Arc;

use aap::wire::Body;
use aap::{Event, Participant};
use addrspace::{Range, RangeSet};
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::{Duration, Instant};

use super::assumption::{ANY_READING, Trouble, Watch};
use super::finding::Finding;
use super::holders::{Change, Holders};
use super::pieces::Pieces;
use super::setting::{HostSetting, Setting};

/// Deadlines are met at the first microsecond that a drifting clock shows them.
const ROUNDING: Duration = Duration::from_micros(2);

/// Every allocated address appears in an AIU of its owner at least every 1.3
/// `[REPEAT-INTERVAL]`, by the owner's clock: 39 s with the draft's constants (section 3.2.2).
///
/// It is put to the test when an address has been held for so long.
#[derive(Clone, Debug)]
pub struct Announced {
    setting: Arc<Setting>,
    watch: Watch,
    holders: Holders,
    spells: Vec<Pieces<Spell>>,
    finding: Finding,
    /// The latest observation: when, and its number.
    latest: (Instant, u64),
}

/// Since when addresses are held, and when they were last announced.
#[derive(Clone, Copy, Debug)]
struct Spell {
    since: Instant,
    announced: Instant,
}

impl Announced {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, &[Trouble::Reconfiguration], ANY_READING),
            holders: Holders::new(setting),
            spells: vec![Pieces::default(); setting.hosts.len()],
            finding: Finding::default(),
            latest: (Instant::ZERO, 0),
        }
    }

    fn change(&mut self, seen: &Observation<'_, Participant>, host: HostId, change: Change) {
        let begun = Spell { since: seen.at, announced: seen.at };
        let Some(spells) = self.spells.get_mut(host.index()) else { return };
        match change {
            Change::Restored(_) | Change::Gone => spells.clear(),
            // What a silent host holds is owed an AIU from the moment it may speak.
            Change::Active => {
                let held = self.holders.held(host).map_or_else(RangeSet::new, RangeSet::clone);
                held.iter().for_each(|range| spells.set(range, begun));
            }
            Change::Granted(ranges) => ranges.into_iter().for_each(|r| spells.set(r, begun)),
            Change::Lost(range) => {
                for (part, spell) in spells.take(range) {
                    self.judge(seen, host, part, spell);
                }
            }
        }
    }

    fn announce(&mut self, seen: &Observation<'_, Participant>, host: HostId, listed: Range) {
        let Some(spells) = self.spells.get_mut(host.index()) else { return };
        let at = seen.at;
        if let Some(spell) = spells.exact(listed) {
            let before = std::mem::replace(spell, Spell { announced: at, ..*spell });
            return self.judge(seen, host, listed, before);
        }
        let parts = spells.take(listed);
        for &(part, spell) in &parts {
            spells.set(part, Spell { announced: at, ..spell });
        }
        for (part, spell) in parts {
            self.judge(seen, host, part, spell);
        }
    }

    fn judge(
        &mut self,
        seen: &Observation<'_, Participant>,
        host: HostId,
        range: Range,
        spell: Spell,
    ) {
        let setting = &self.setting;
        let Some(owner) = setting.host(host) else { return };
        if let Some(gap) = overdue(owner, spell, seen.at) {
            self.finding.violate(seen, || {
                format!("{} did not announce {} for {gap}", owner.name, setting.show(host, range))
            });
        } else if owner.elapsed(spell.since, seen.at) >= owner.config.timing.recent() {
            self.finding.test();
        }
    }

    /// The first address that is overdue at the end of what has been seen.
    fn overdue_now(&self) -> Option<String> {
        let pieces = self.spells.iter().enumerate();
        pieces.flat_map(|(i, spells)| spells.iter().map(move |piece| (i, piece))).find_map(
            |(index, (range, spell))| {
                let host = HostId::new(index);
                let owner = self.setting.host(host)?;
                let gap = overdue(owner, *spell, self.latest.0)?;
                let range = self.setting.show(host, range);
                Some(format!("{} did not announce {range} for {gap}", owner.name))
            },
        )
    }
}

/// For how long the addresses have not been announced, if for too long.
fn overdue(owner: &HostSetting, spell: Spell, at: Instant) -> Option<Duration> {
    let gap = owner.elapsed(spell.announced, at);
    (gap > owner.config.timing.recent() + ROUNDING + owner.lateness).then_some(gap)
}

impl Observer<Participant> for Announced {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        self.latest = (seen.at, seen.id);
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Sent { message, .. } => {
                if let Body::Aiu(ranges) = message.body() {
                    ranges.iter().for_each(|listed| self.announce(seen, host, listed.range));
                }
            }
            Seen::Event { event: Event::Ignored { .. }, .. } => {}
            Seen::Event { .. } | Seen::Started { .. } | Seen::Crashed { .. } => {
                if let Some(change) = self.holders.observe(seen) {
                    self.change(seen, host, change);
                }
            }
            _ => {}
        }
    }
}

impl Oracle<Participant> for Announced {
    fn name(&self) -> &'static str {
        "announced"
    }

    fn assumption(&self) -> &'static str {
        "The owner is up, past its start-up silence, and keeps its constants."
    }

    fn verdict(&self) -> Verdict {
        let missing = "no address was held for 1.3 [REPEAT-INTERVAL]";
        match (self.finding.verdict(self.watch.outside(), missing), self.overdue_now()) {
            (Verdict::Holds, Some(why)) => self.late(why),
            (Verdict::NotExercised { .. }, Some(why)) if self.watch.outside().is_none() => {
                self.late(why)
            }
            (verdict, _) => verdict,
        }
    }
}

impl Announced {
    fn late(&self, why: String) -> Verdict {
        let (at, entry) = self.latest;
        Verdict::Violated { why, at, entry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, lease, range};
    use netsim::Skew;

    fn story() -> Story<Announced> {
        let mut story = Story::of(2, Announced::new);
        story.ready(0).granted(0, &[lease(1, 4)]);
        story
    }

    #[test]
    fn an_aiu_every_39_seconds_is_enough() {
        let mut story = story();
        story.at(20).aiu(0, 1, 1, &[range(1, 4)]);
        assert_eq!(story.idle(), "no address was held for 1.3 [REPEAT-INTERVAL]");
        story.at(59).aiu(0, 1, 2, &[range(1, 4)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn forty_seconds_of_silence_are_too_long() {
        let mut story = story();
        story.at(40).aiu(0, 1, 1, &[range(1, 4)]);
        assert_eq!(story.violated(), "A did not announce 239.255.0.1-239.255.0.4 for 40s");
    }

    #[test]
    fn a_part_left_out_is_missed_at_the_end_of_the_run() {
        let mut story = story();
        story.at(30).aiu(0, 1, 1, &[range(1, 3)]).at(60).aiu(0, 1, 2, &[range(1, 3)]);
        assert_eq!(story.violated(), "A did not announce 239.255.0.4 for 60s");
    }

    #[test]
    fn somebody_elses_aiu_does_not_count() {
        let mut story = story();
        story.at(30).aiu(1, 1, 1, &[range(1, 4)]).at(41).aiu(0, 1, 2, &[range(1, 4)]);
        assert!(story.violated().ends_with("for 41s"));
    }

    #[test]
    fn nothing_is_owed_for_what_is_lost_or_by_who_is_down() {
        let mut story = story();
        story.at(30).lost(0, lease(1, 2)).at(35).crashed(0).at(100).ready(1);
        assert_eq!(story.idle(), "no address was held for 1.3 [REPEAT-INTERVAL]");
    }

    #[test]
    fn the_owners_clock_counts() {
        let slow = |s: &mut Setting| {
            s.hosts[0].clock = Skew { offset_us: 0, drift_ppm: -100_000 };
        };
        let mut story = Story::with(1, Announced::new, slow);
        story.ready(0).granted(0, &[lease(1, 4)]).at(43).aiu(0, 1, 1, &[range(1, 4)]);
        story.at(60).aiu(0, 1, 2, &[range(1, 4)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }
}
