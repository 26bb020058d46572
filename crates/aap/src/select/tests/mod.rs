//! A record of a scope, and which addresses are chosen from it.

mod aliases;
mod classes;
mod draws;
mod runs;

use addrspace::{Addr, Family, Scope};
use sansio::{Cause, Draw, Instant, Now};

use super::*;
use crate::config::Peer;
use crate::policy::LinkLayer;
use crate::record::{Reading, Space};
use crate::skew::Skew;
use crate::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};

const BASE: u128 = 0xefff_0000;
const NOW: i64 = 1_000_000;

/// Answers every choice with the place in a list that it is told, as far as the list goes.
struct Place(u64);

impl Draw for Place {
    fn between(&mut self, _: Question, low: u64, high: u64) -> u64 {
        (low + self.0).min(high)
    }
}

/// A record of a scope, and a question to it.
struct Case {
    config: Config,
    record: AllocationRecord,
    now: u64,
    excluded: RangeSet,
    kept: RangeSet,
    preferred: Vec<Range>,
    layout: Layout,
    purpose: Purpose,
    end: i64,
}

impl Case {
    fn new(kind: ScopeKind, change: impl FnOnce(&mut Config)) -> Self {
        let own = std::net::SocketAddr::from(([10, 0, 0, 1], 2878));
        let mut config = Config::new(own, Scope::new("test", Family::V4, range(0, 0xffff), kind));
        change(&mut config);
        Self {
            record: AllocationRecord::new(&config),
            config,
            now: 0,
            excluded: RangeSet::new(),
            kept: RangeSet::new(),
            preferred: Vec::new(),
            layout: Layout::Scattered,
            purpose: Purpose::Claim,
            end: NOW + 100,
        }
    }

    fn small() -> Self {
        Self::new(ScopeKind::Small, |_| {})
    }

    /// A large scope with these ranges until so many seconds from now.
    fn large(space: &[(u128, u128, i64)]) -> Self {
        let mut case = Self::new(ScopeKind::Large, |_| {});
        let ranges = space.iter().map(|&(first, last, secs)| TimedRange {
            range: range(first, last),
            end: WireTime::saturating_from(NOW + secs),
        });
        let ranges = Ranges::new(Family::V4, ranges);
        let header = Header { family: Family::V4, rseq: Rseq::default(), mseq: 0 };
        let stamp = WireTime::saturating_from(NOW);
        let asa = Message::new(header, stamp, Body::Asa { expiration: stamp, ranges });
        let skew = Skew::of(stamp, UtcSecs(NOW));
        case.record.space = Space::of(&asa, case.config.scope.range, Instant::ZERO, skew);
        case
    }

    fn now(&self) -> Now {
        Now { instant: Instant::from_secs(self.now), utc: UtcSecs(NOW + self.now as i64) }
    }

    /// Another MAAS has allocated `first..=last`.
    fn allocated(&mut self, first: u128, last: u128) {
        let (now, peer) = (self.now(), peer());
        let by = self.record.hear(peer, Rseq::wrapping(first as u32), now.instant);
        let (policy, timing) = (self.config.policy, self.config.timing);
        let reading = Reading { policy: &policy, timing: &timing, now, peer, by };
        self.record.note_allocation(range(first, last), UtcSecs(NOW + 90_000), reading);
        self.record.close(by);
    }

    /// Another MAAS says now that it intends to use `first..=last`.
    fn intended(&mut self, first: u128, last: u128) {
        let now = self.now();
        let by = self.record.hear(peer(), Rseq::wrapping(0x1000 + first as u32), now.instant);
        self.record.note_intents(by, &[(range(first, last), UtcSecs(NOW + 90_000))], 5, now.utc);
        self.record.close(by);
    }

    fn choose(&mut self, place: u64, count: u128) -> Result<RangeSet, Refusal> {
        let wish = Wish {
            count,
            layout: self.layout,
            end: UtcSecs(self.end),
            preferred: &self.preferred,
            excluded: &self.excluded,
            kept: &self.kept,
            purpose: self.purpose,
        };
        let mut draw = Place(place);
        let mut cx = Cx { now: self.now(), draw: &mut draw, cause: Cause::default() };
        let before = self.record.clone();
        let chosen = select(&mut cx, &self.config, &mut self.record, &wish);
        assert!(before == self.record, "choosing reserves nothing");
        chosen
    }

    /// The addresses chosen, as ranges of offsets.
    fn chosen(&mut self, place: u64, count: u128) -> Vec<(u128, u128)> {
        let set = self.choose(place, count).unwrap();
        assert_eq!(set.len(), count);
        set.iter().map(|r| (r.first().0 - BASE, r.last().0 - BASE)).collect()
    }
}

fn peer() -> Peer {
    Peer::from(std::net::SocketAddr::from(([10, 0, 0, 2], 2878)))
}

fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(BASE + first), Addr(BASE + last)).unwrap()
}
