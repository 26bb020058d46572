use std::sync::Arc;

use aap::wire::{Body, Message, WireTime};
use aap::{Item, Participant};
use addrspace::Range;
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::{Duration, UtcSecs};

use super::assumption::{REPAIRED, Trouble, Watch};
use super::finding::Finding;
use super::pieces::Pieces;
use super::setting::{Setting, longest_delay};

/// A datagram that was held back says its end as late as it arrives.
const ASSUMED: &[Trouble] = &[
    Trouble::Injection,
    Trouble::ClockStep,
    Trouble::Drift,
    Trouble::Separation,
    Trouble::Reconfiguration,
];

/// Wire times count seconds: each of two roundings may cost one.
const ROUNDING_SECS: i64 = 2;
const MICROS: i64 = 1_000_000;

/// No AIU, above all no defending one, gives an address an end later than those who allocated it
/// ever gave it (section 3.2.2, finding F-21): nobody's memory prolongs an allocation.
///
/// It is put to the test by every AIU that an Allocation Defense timer sends.
#[derive(Clone, Debug)]
pub struct DefenceKeepsEnd {
    setting: Arc<Setting>,
    watch: Watch,
    /// The latest end ever given to an address, in microseconds of the run; one map per zone.
    ends: Vec<(u32, Pieces<i64>)>,
    finding: Finding,
}

impl DefenceKeepsEnd {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        let mut zones: Vec<u32> = setting.hosts.iter().map(|h| h.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, ASSUMED, REPAIRED),
            ends: zones.into_iter().map(|zone| (zone, Pieces::default())).collect(),
            finding: Finding::default(),
        }
    }

    fn ends_of(&mut self, host: HostId) -> Option<&mut Pieces<i64>> {
        let zone = self.setting.host(host)?.zone;
        self.ends.iter_mut().find(|(z, _)| *z == zone).map(|(_, ends)| ends)
    }

    /// Someone has, or had, `range` until `end` by its clock.
    fn learn(
        &mut self,
        seen: &Observation<'_, Participant>,
        host: HostId,
        range: Range,
        end: UtcSecs,
    ) {
        let Some(config) = self.setting.host(host) else { return };
        let left = match end {
            UtcSecs(secs) if secs >= WireTime::MAX.secs().into() => i64::MAX,
            end => end.minus(config.utc(self.setting.epoch, seen.at)),
        };
        let end = world_end(seen, left);
        let Some(ends) = self.ends_of(host) else { return };
        let known = ends.take(range);
        ends.set(range, end);
        for (part, before) in known {
            ends.set(part, before.max(end));
        }
    }

    fn announce(&mut self, seen: &Observation<'_, Participant>, host: HostId, message: &Message) {
        let Body::Aiu(ranges) = message.body() else { return };
        let Some(config) = self.setting.host(host) else { return };
        let delay = longest_delay(&self.setting.link).as_micros();
        let slack = (i64::from(config.config.policy.end_tolerance) + ROUNDING_SECS) * MICROS;
        let slack = slack.saturating_add_unsigned(2 * delay);
        for listed in ranges.iter() {
            let left = match listed.end {
                WireTime::MAX => i64::MAX,
                end => end.secs_since(message.current_time()),
            };
            let end = world_end(seen, left).saturating_sub(slack);
            let Some(ends) = self.ends_of(host) else { return };
            let allowed = ends.take(listed.range);
            let covered: u128 =
                allowed.iter().filter(|(_, known)| *known >= end).map(|(r, _)| r.len()).sum();
            for (part, known) in allowed {
                ends.set(part, known);
            }
            if left > 0 && covered < listed.range.len() {
                let setting = &self.setting;
                self.finding.violate(seen, || {
                    let (name, range) = (setting.name(host), setting.show(host, listed.range));
                    let left = Duration::from_secs(left.unsigned_abs());
                    format!("{name} announced {range} for {left} more, longer than any owner did")
                });
            }
        }
    }
}

/// When something ends that lasts `left` seconds more, in microseconds of the run.
fn world_end(seen: &Observation<'_, Participant>, left: i64) -> i64 {
    left.saturating_mul(MICROS).saturating_add_unsigned(seen.at.as_micros())
}

impl Observer<Participant> for DefenceKeepsEnd {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Persisted { record: Item::Own { range, end, .. }, .. } => {
                self.learn(seen, host, *range, *end);
            }
            Seen::Started { restored } => {
                for item in *restored {
                    if let Item::Own { range, latest_end: end, .. }
                    | Item::Heard { range, end, .. } = item
                    {
                        self.learn(seen, host, *range, *end);
                    }
                }
            }
            Seen::Sent { message, rule, .. } => {
                if rule.0 == "AAP-3.2.2-14" {
                    self.finding.test();
                }
                self.announce(seen, host, message);
            }
            _ => {}
        }
    }
}

impl Oracle<Participant> for DefenceKeepsEnd {
    fn name(&self) -> &'static str {
        "defence-keeps-end"
    }

    fn assumption(&self) -> &'static str {
        "Every MAAS follows the repaired profile; nothing is forged or held back, no clock drifts \
         or steps."
    }

    fn verdict(&self) -> Verdict {
        self.finding.verdict(self.watch.outside(), "nobody had to defend an allocation")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EPOCH, Story, range};

    const DEFENCE: &str = "AAP-3.2.2-14";

    fn own(set: Range, secs: u32) -> Item {
        let end = UtcSecs(i64::from(EPOCH + secs));
        Item::Own { range: set, end, latest_end: end, request: 1, deleted: false }
    }

    fn story() -> Story<DefenceKeepsEnd> {
        let mut story = Story::of(2, DefenceKeepsEnd::new);
        story.started(0, &[]).started(1, &[]).persisted(0, &own(range(1, 4), 100));
        story
    }

    fn defend(story: &mut Story<DefenceKeepsEnd>, set: Range, secs: u32) {
        let ranges = story.until(&[set], secs);
        story.sent_by(DEFENCE, 1, 0, 0, Body::Aiu(ranges));
    }

    #[test]
    fn a_defence_repeats_the_owners_end() {
        let mut story = story();
        assert_eq!(story.idle(), "nobody had to defend an allocation");
        story.at(50);
        defend(&mut story, range(2, 3), 105);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn a_later_end_and_an_unowned_address_are_noticed() {
        let mut late = story();
        late.at(50);
        defend(&mut late, range(2, 3), 108);
        assert!(late.violated().starts_with("B announced 239.255.0.2-239.255.0.3 for 58s more"));
        let mut beyond = story();
        defend(&mut beyond, range(4, 5), 50);
        assert!(matches!(beyond.verdict(), Verdict::Violated { .. }));
    }

    #[test]
    fn the_latest_end_ever_given_counts() {
        let mut story = story();
        story.persisted(0, &own(range(3, 6), 500)).persisted(0, &own(range(3, 6), 60));
        defend(&mut story, range(3, 6), 500);
        assert_eq!(story.verdict(), Verdict::Holds);
        defend(&mut story, range(1, 6), 500);
        assert!(matches!(story.verdict(), Verdict::Violated { .. }));
    }
}
