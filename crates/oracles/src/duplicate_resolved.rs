use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aap::policy::{ConflictTie, OwnAiu};
use aap::wire::{Body, Message, WireTime};
use aap::{Event, Loss, Outcome, Participant};
use addrspace::{Range, RangeSet};
use netsim::{DropCause, Fault, HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::{Duration, Instant};

use super::assumption::{Trouble, Watch};
use super::finding::Finding;
use super::holders::{Change, Holders};
use super::setting::{Setting, deafness, longest_delay};

const MICROS: i64 = 1_000_000;

/// Two hosts that hold the same addresses, both in good faith.
#[derive(Clone, Debug)]
struct Duplicate {
    hosts: [HostId; 2],
    range: Range,
    /// Since when nothing has kept them from hearing each other.
    since: Instant,
    /// The latest end each has announced since, in microseconds of the run.
    ends: [Option<i64>; 2],
    /// When somebody last bid for the addresses: a reason for defenders to speak.
    contested: Instant,
}

/// Two MAASs that have allocated the same address do not both go on using it: 1.3
/// `[REPEAT-INTERVAL]` and a datagram's delay after they can hear each other, at most one of
/// them holds it unmarked (section 3.2.3).
///
/// There is one exception (finding F-14): where AIUs with a familiar end time are taken for a
/// defence, a duplicate whose end times agree within the tolerance is only noticed once the
/// other side has announced it for longer than any defence lasts, 2 `[REPEAT-INTERVAL]`. That
/// takes at most 4.6 intervals, and a claim on the address meanwhile starts the time anew. Where
/// one of two such ends is moved, the 1.3 intervals begin with the AIU that says so, unless policy
/// lets only one of the two give way: to it, what the other announces may still be a defence under
/// an end that it has announced before.
///
/// It is put to the test when a MAAS gives up or marks an address because another has it too.
#[derive(Clone, Debug)]
pub struct DuplicateResolved {
    setting: Arc<Setting>,
    watch: Watch,
    holders: Holders,
    /// What each host goes on with although it knows of the conflict, or is giving back.
    excused: BTreeMap<HostId, RangeSet>,
    duplicates: Vec<Duplicate>,
    held_links: BTreeSet<(HostId, HostId)>,
    delay: Duration,
    finding: Finding,
}

impl DuplicateResolved {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        const ASSUMED: &[Trouble] = &[Trouble::Reconfiguration];
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, ASSUMED, deafness),
            holders: Holders::new(setting),
            excused: BTreeMap::new(),
            duplicates: Vec::new(),
            held_links: BTreeSet::new(),
            delay: longest_delay(&setting.link),
            finding: Finding::default(),
        }
    }

    /// Hosts find out about each other only while both take part.
    fn pair_up(&mut self, seen: &Observation<'_, Participant>, host: HostId, range: Range) {
        if !self.holders.is_active(host) {
            return;
        }
        let rivals = self.holders.rivals(host, range);
        let both: Vec<_> = rivals.filter(|(rival, _)| self.holders.is_active(*rival)).collect();
        for (rival, part) in both {
            self.duplicates.push(Duplicate {
                hosts: [host, rival],
                range: part,
                since: seen.at,
                ends: [None; 2],
                contested: seen.at,
            });
        }
        for (host, excused) in &self.excused {
            without(&mut self.duplicates, *host, excused.iter());
        }
    }

    fn change(&mut self, seen: &Observation<'_, Participant>, host: HostId, change: Change) {
        match change {
            Change::Restored(_) | Change::Gone => {
                self.excused.remove(&host);
                self.duplicates.retain(|d| !d.hosts.contains(&host));
            }
            Change::Active => {
                let held = self.holders.held(host).map_or_else(RangeSet::new, RangeSet::clone);
                held.iter().for_each(|range| self.pair_up(seen, host, range));
            }
            Change::Granted(ranges) => {
                ranges.into_iter().for_each(|range| self.pair_up(seen, host, range));
            }
            Change::Lost(range) => {
                if let Some(excused) = self.excused.get_mut(&host) {
                    excused.remove(range);
                }
                without(&mut self.duplicates, host, [range]);
            }
        }
    }

    fn excuse(&mut self, host: HostId, range: Range) {
        self.excused.entry(host).or_default().insert(range);
        without(&mut self.duplicates, host, [range]);
    }

    fn event(&mut self, seen: &Observation<'_, Participant>, host: HostId, event: &Event) {
        match event {
            Event::Lost { why: Loss::Collision { .. }, .. } => self.finding.test(),
            Event::Conflict { ours, theirs, outcome: Outcome::Marked, .. } => {
                self.finding.test();
                if let Some(common) = ours.range.intersection(theirs.range) {
                    self.excuse(host, common);
                }
            }
            Event::Released { lease } => self.excuse(host, lease.range),
            _ => {}
        }
        if let Some(change) = self.holders.observe(seen) {
            self.change(seen, host, change);
        }
    }

    /// Something kept the two apart: from now on they can hear each other, as far as is known.
    fn apart(&mut self, a: HostId, b: HostId, at: Instant) {
        for duplicate in &mut self.duplicates {
            if duplicate.hosts.contains(&a) && duplicate.hosts.contains(&b) {
                duplicate.since = at;
                duplicate.ends = [None; 2];
            }
        }
    }

    fn fault(&mut self, fault: &Fault<Participant>, at: Instant) {
        match fault {
            Fault::Hold(a, b) => {
                self.held_links.insert((*a, *b));
            }
            Fault::Release(a, b) => {
                self.held_links.remove(&(*a, *b));
                self.apart(*a, *b, at);
            }
            Fault::Zones(..) | Fault::Join(..) | Fault::Leave(..) => {
                self.watch.leave(|| format!("hosts were kept apart at {at} ({})", fault.name()));
            }
            Fault::Link(_, _, link) | Fault::Links(link) => {
                self.delay = self.delay.max(longest_delay(link));
            }
            _ => {}
        }
    }

    fn send(&mut self, seen: &Observation<'_, Participant>, host: HostId, message: &Message) {
        let Some(listed) = message.ranges() else { return };
        let tolerance = self.tolerance();
        let is_aiu = matches!(message.body(), Body::Aiu(_));
        if is_aiu {
            // Its parts may have different ends, and be noticed at different times.
            for listed in listed {
                split(&mut self.duplicates, listed.range);
            }
        }
        for duplicate in &mut self.duplicates {
            let Some(about) = listed.iter().find(|r| r.range.overlaps(duplicate.range)) else {
                continue;
            };
            if !is_aiu {
                duplicate.contested = seen.at;
            } else if let Some(side) = duplicate.hosts.iter().position(|h| *h == host) {
                let left = match about.end {
                    WireTime::MAX => i64::MAX,
                    end => end.secs_since(message.current_time()).saturating_mul(MICROS),
                };
                let end = left.saturating_add_unsigned(seen.at.as_micros());
                let before = duplicate.ends;
                if let Some(end_of) = duplicate.ends.get_mut(side) {
                    *end_of = Some(end);
                }
                let passed = agree(before, tolerance);
                if passed && !agree(duplicate.ends, tolerance) {
                    // Only now can either see that the other's AIUs are no defence.
                    duplicate.since = seen.at;
                }
            }
        }
    }

    /// Until when this one must be resolved.
    fn deadline(&self, duplicate: &Duplicate) -> Instant {
        let hosts = duplicate.hosts.iter().filter_map(|host| self.setting.host(*host));
        let intervals = hosts.map(|h| h.config.timing.repeat_interval);
        let interval = intervals.max().unwrap_or(Duration::ZERO);
        if self.may_pass_for_defence(duplicate) {
            let since = duplicate.since.max(duplicate.contested);
            return since + interval.ratio(46, 10) + self.delay;
        }
        duplicate.since + interval.ratio(13, 10) + self.delay
    }

    /// Whether those who could give way may take the other's AIU for a defence of their own
    /// allocation (F-14).
    fn may_pass_for_defence(&self, duplicate: &Duplicate) -> bool {
        let policies = || {
            let hosts = duplicate.hosts.iter().filter_map(|h| self.setting.host(*h));
            hosts.map(|h| h.config.policy)
        };
        let one_gives_way = policies().any(|policy| {
            use ConflictTie::{LowestSenderWins, LowestSettledWins};
            matches!(policy.conflict_tie, LowestSenderWins | LowestSettledWins)
        });
        policies().any(|policy| policy.own_aiu == OwnAiu::EndTimeMatch)
            && (one_gives_way
                || duplicate.ends.contains(&None)
                || agree(duplicate.ends, self.tolerance()))
    }

    /// The greatest difference of two ends that somebody takes for the same, in seconds.
    fn tolerance(&self) -> i64 {
        let tolerances = self.setting.servers().map(|h| i64::from(h.config.policy.end_tolerance));
        // Two roundings to seconds.
        tolerances.max().unwrap_or(0) + 2
    }

    fn check_deadlines(&mut self, seen: &Observation<'_, Participant>) {
        let late = self.duplicates.iter().find(|d| {
            let [a, b] = d.hosts;
            let held = self.held_links.contains(&(a, b)) || self.held_links.contains(&(b, a));
            !held && seen.at > self.deadline(d)
        });
        let Some(Duplicate { hosts: [a, b], range, since, .. }) = late else { return };
        let setting = &self.setting;
        self.finding.violate(seen, || {
            let (range, a, b) = (setting.show(*a, *range), setting.name(*a), setting.name(*b));
            format!(
                "{a} and {b} still both use {range}, although they hear each other since {since}"
            )
        });
    }
}

/// Whether both ends are known, and pass for the same.
fn agree(ends: [Option<i64>; 2], tolerance: i64) -> bool {
    let [Some(a), Some(b)] = ends else { return false };
    a.abs_diff(b) <= tolerance.unsigned_abs() * 1_000_000
}

/// Makes duplicates of their own of what lies within `range`.
fn split(duplicates: &mut Vec<Duplicate>, range: Range) {
    let crosses = |d: &Duplicate| d.range.overlaps(range) && !range.contains_range(d.range);
    if !duplicates.iter().any(crosses) {
        return;
    }
    let old = std::mem::take(duplicates);
    duplicates.extend(old.into_iter().flat_map(|d| {
        let inside = d.range.intersection(range);
        let parts: Vec<Range> = d.range.subtract(range).chain(inside).collect();
        parts.into_iter().map(move |range| Duplicate { range, ..d.clone() })
    }));
}

/// Takes `ranges` of `host` out of the duplicates.
fn without(duplicates: &mut Vec<Duplicate>, host: HostId, ranges: impl IntoIterator<Item = Range>) {
    if duplicates.is_empty() {
        return;
    }
    for range in ranges {
        let old = std::mem::take(duplicates);
        duplicates.extend(old.into_iter().flat_map(|d| {
            let rest: Vec<Range> = match d.hosts.contains(&host) {
                true => d.range.subtract(range).collect(),
                false => vec![d.range],
            };
            rest.into_iter().map(move |range| Duplicate { range, ..d.clone() })
        }));
    }
}

impl Observer<Participant> for DuplicateResolved {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        match (&seen.what, seen.host) {
            (Seen::Event { event, .. }, Some(host)) => self.event(seen, host, event),
            (Seen::Started { .. } | Seen::Crashed { .. }, Some(host)) => {
                if let Some(change) = self.holders.observe(seen) {
                    self.change(seen, host, change);
                }
            }
            (Seen::Fault(fault), _) => self.fault(fault, seen.at),
            (Seen::Dropped { to, why, .. }, Some(from)) if *why != DropCause::Down => {
                self.apart(from, *to, seen.at);
            }
            (Seen::Sent { message, .. }, Some(host)) if !self.duplicates.is_empty() => {
                self.send(seen, host, message);
            }
            _ => {}
        }
        if !self.duplicates.is_empty() {
            self.check_deadlines(seen);
        }
    }
}

impl Oracle<Participant> for DuplicateResolved {
    fn name(&self) -> &'static str {
        "duplicate-resolved"
    }

    fn assumption(&self) -> &'static str {
        "Both MAASs are up and lose nothing of each other's; every message counts for who hears it."
    }

    fn verdict(&self) -> Verdict {
        let missing = match self.duplicates.is_empty() {
            true => "no two hosts had to find out that they hold the same address",
            false => "a duplicate was still within its time at the end",
        };
        self.finding.verdict(self.watch.outside(), missing)
    }
}

#[cfg(test)]
mod tests;
