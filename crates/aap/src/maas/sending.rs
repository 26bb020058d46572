//! Sequence numbers and the way out (sections 5.1.4, 5.1.5 and 5.3.1).

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};

use sansio::{Cx, Now, Rule, UtcSecs};

use super::{Maas, timer::Timer};
use crate::event::Lease;
use crate::participant::{OneOutput, Out};
use crate::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};

/// The largest request number.
const MAX: u32 = Rseq::MAX.number();

/// How many datagrams a participant remembers having sent (F-02).
const MEMORY: usize = 128;

/// The next request number, and what was sent lately.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Sequence {
    next: Rseq,
    /// How many numbers from `next` on are known to be free.
    free: Free,
    sent: VecDeque<Mark>,
}

/// A number of numbers that is only remembered, so all values compare equal.
#[derive(Clone, Copy, Debug, Default)]
struct Free(u32);

impl PartialEq for Free {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Free {}

impl Hash for Free {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Enough of a sent datagram to know it again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Mark {
    fingerprint: u64,
    mseq: u8,
    current_time: WireTime,
}

impl Mark {
    fn of(message: &Message) -> Self {
        Self {
            fingerprint: message.fingerprint(),
            mseq: message.header().mseq,
            current_time: message.current_time(),
        }
    }
}

impl Sequence {
    /// The next request number (AAP-5.1.4-02) that no live request uses, also after the 24 bits
    /// have wrapped (AAP-5.1.4-06); none until [`Self::survey`] has found one.
    fn next(&mut self) -> Option<Rseq> {
        self.free.0 = self.free.0.checked_sub(1)?;
        let rseq = self.next;
        self.next = rseq.next();
        Some(rseq)
    }

    /// Finds the next number that is not `live`, and how many free ones follow: what is handed out
    /// in the meantime lies behind them, so they stay free.
    fn survey(&mut self, live: &BTreeSet<Rseq>) {
        while live.contains(&self.next) {
            self.next = self.next.next();
        }
        let distance = |live: &Rseq| live.number().wrapping_sub(self.next.number()) & MAX;
        self.free.0 = live.iter().map(distance).min().unwrap_or(MAX);
    }

    fn note_sent(&mut self, message: &Message) {
        if self.sent.len() == MEMORY {
            self.sent.pop_front();
        }
        self.sent.push_back(Mark::of(message));
    }

    /// Whether this participant sent `message`, as far as it remembers.
    pub(super) fn did_send(&self, message: &Message) -> bool {
        let mark = Mark::of(message);
        self.sent.iter().any(|sent| *sent == mark)
    }

    /// Goes on from `rseq`.
    pub(super) fn restart_at(&mut self, rseq: Rseq) {
        self.next = rseq;
        self.free = Free::default();
    }
}

impl Maas {
    /// A request number for a new request (F-34: numbers of live requests are skipped).
    pub(super) fn new_rseq(&mut self) -> Rseq {
        loop {
            if let Some(rseq) = self.sequence.next() {
                return rseq;
            }
            let live = self.live_rseqs();
            self.sequence.survey(&live);
        }
    }

    fn live_rseqs(&self) -> BTreeSet<Rseq> {
        let claims = self.claims.values().map(super::claim::Claim::rseq);
        let preallocations =
            self.preallocations.values().map(super::preallocation::Preallocation::rseq);
        let announcements = self.holdings.announcements().map(|a| a.rseq);
        let defences = self.defences.values().filter_map(super::defence::Defence::rseq);
        let pleas = self.pleas.values().map(super::failure::Plea::rseq);
        claims.chain(preallocations).chain(announcements).chain(defences).chain(pleas).collect()
    }

    /// Sends `body` under `rseq` and `mseq`, stamped with our clock at this moment, retransmissions
    /// too (AAP-5.3.1-03).
    pub(super) fn send(
        &mut self,
        now: Now,
        rseq: Rseq,
        mseq: u8,
        body: Body,
        rule: &'static str,
        out: &mut Out,
    ) {
        self.send_stamped(WireTime::saturating_from(now.utc.0), rseq, mseq, body, rule, out);
    }

    /// Sends `body` with a given current-time.
    pub(super) fn send_stamped(
        &mut self,
        current_time: WireTime,
        rseq: Rseq,
        mseq: u8,
        body: Body,
        rule: &'static str,
        out: &mut Out,
    ) {
        let header = Header { family: self.config.scope.family, rseq, mseq };
        let message = Message::new(header, current_time, body);
        self.sequence.note_sent(&message);
        out.push(OneOutput::Transmit { to: self.config.group, message, rule: Rule(rule) });
    }

    /// The wire form of `leases`.
    pub(super) fn ranges(&self, leases: impl IntoIterator<Item = Lease>) -> Ranges {
        let family = self.config.scope.family;
        Ranges::new(
            family,
            leases.into_iter().map(|l| TimedRange { range: l.range, end: wire_end(l.end) }),
        )
    }

    /// Arms `timer` to fire `after` from now.
    pub(super) fn arm(&mut self, cx: &Cx<'_>, timer: Timer, after: sansio::Duration) {
        let now = cx.now.instant;
        self.timers.set(timer, now + after, now, cx.cause);
    }

    /// Arms `timer` for when our wall clock reads `utc`, at once if it has passed.
    pub(super) fn arm_at_utc(&mut self, cx: &Cx<'_>, timer: Timer, utc: UtcSecs) {
        let secs = utc.minus(cx.now.utc).max(0) as u64;
        self.arm(cx, timer, sansio::Duration::from_secs(secs));
    }
}

/// An end time on the wire (F-37: saturating).
pub(super) fn wire_end(end: UtcSecs) -> WireTime {
    WireTime::saturating_from(end.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_and_skip_those_in_use() {
        let mut sequence = Sequence::default();
        sequence.restart_at(Rseq::wrapping(0xff_ffff));
        let live = BTreeSet::from([Rseq::wrapping(0), Rseq::wrapping(1)]);
        assert_eq!(sequence.next(), None, "nobody has looked yet");
        sequence.survey(&live);
        assert_eq!(sequence.next(), Some(Rseq::wrapping(0xff_ffff)));
        assert_eq!(sequence.next(), None, "the next one is in use");
        sequence.survey(&live);
        assert_eq!(sequence.next(), Some(Rseq::wrapping(2)));
        assert_eq!(sequence.next(), Some(Rseq::wrapping(3)));
    }
}
