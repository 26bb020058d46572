//! Hand-made observations, so that a test of an oracle reads like a timeline.

use std::net::SocketAddr;
use std::sync::Arc;

use aap::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};
use aap::{Config, Event, GrantPath, Item, Lease, Loss, Participant, RequestId};
use addrspace::{Addr, Family, Range, Scope, ScopeKind};
use netsim::{Disk, DropCause, HostId, Link, Observation, Oracle, Seen, Skew, Verdict};
use sansio::{Instant, Rule, UtcSecs};

use super::setting::{HostSetting, Role, Setting};

/// What the wall clocks show when a story begins.
pub(super) const EPOCH: u32 = 1_000_000;
const FIRST: u128 = 0xefff_0000;

/// Addresses of 239.255.0.0/24 by their last octet, both included.
pub(super) fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(FIRST + first), Addr(FIRST + last)).unwrap()
}

/// The same with an end an hour after the story begins.
pub(super) fn lease(first: u128, last: u128) -> Lease {
    Lease { range: range(first, last), end: UtcSecs(i64::from(EPOCH) + 3_600) }
}

/// Hosts A, B, ... in one small scope, right clocks, perfect links, the repaired profile.
pub(super) fn setting(hosts: usize) -> Setting {
    let whole = Range::with_len(Addr(FIRST), 1 << 16).unwrap();
    let scope = Scope::new("local", Family::V4, whole, ScopeKind::Small);
    let host = |index: usize| HostSetting {
        name: char::from(b'A' + index as u8).to_string(),
        role: Role::Maas,
        config: Config::new(address(index), scope.clone()),
        clock: Skew::default(),
        zone: 0,
        lateness: sansio::Duration::ZERO,
    };
    Setting {
        epoch: UtcSecs(i64::from(EPOCH)),
        link: Link::default(),
        hosts: (0..hosts).map(host).collect(),
    }
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1 + index as u8], aap::AAP_PORT))
}

/// A run made up as it goes.
pub(super) struct Story<O> {
    oracle: O,
    setting: Arc<Setting>,
    now: Instant,
    next: u64,
    sent: u64,
}

impl<O: Oracle<Participant>> Story<O> {
    pub(super) fn of(hosts: usize, oracle: impl Fn(&Arc<Setting>) -> O) -> Self {
        Self::with(hosts, oracle, |_| {})
    }

    pub(super) fn with(
        hosts: usize,
        oracle: impl Fn(&Arc<Setting>) -> O,
        tweak: impl Fn(&mut Setting),
    ) -> Self {
        let mut setting = setting(hosts);
        tweak(&mut setting);
        let setting = Arc::new(setting);
        Self { oracle: oracle(&setting), setting, now: Instant::ZERO, next: 1, sent: 0 }
    }

    pub(super) fn at(&mut self, secs: u64) -> &mut Self {
        self.now = Instant::from_secs(secs);
        self
    }

    pub(super) fn see(&mut self, host: Option<usize>, what: Seen<'_, Participant>) -> &mut Self {
        let host = host.map(HostId::new);
        self.oracle.observe(&Observation { id: self.next, cause: None, at: self.now, host, what });
        self.next += 1;
        self
    }

    pub(super) fn event(&mut self, host: usize, event: &Event) -> &mut Self {
        self.see(Some(host), Seen::Event { event, rule: Rule("-") })
    }

    pub(super) fn started(&mut self, host: usize, restored: &[Item]) -> &mut Self {
        self.see(Some(host), Seen::Started { restored })
    }

    pub(super) fn ready(&mut self, host: usize) -> &mut Self {
        self.started(host, &[]).event(host, &Event::Ready)
    }

    pub(super) fn granted(&mut self, host: usize, leases: &[Lease]) -> &mut Self {
        self.granted_by(host, leases, GrantPath::Claim)
    }

    pub(super) fn granted_by(
        &mut self,
        host: usize,
        leases: &[Lease],
        path: GrantPath,
    ) -> &mut Self {
        let leases = leases.to_vec();
        self.event(host, &Event::Granted { request: RequestId(1), leases, path })
    }

    pub(super) fn lost(&mut self, host: usize, lease: Lease) -> &mut Self {
        self.event(host, &Event::Lost { lease, why: Loss::Asked })
    }

    pub(super) fn crashed(&mut self, host: usize) -> &mut Self {
        self.see(Some(host), Seen::Crashed { disk: Disk::Keep, undone: 0 })
    }

    pub(super) fn dropped(&mut self, from: usize, to: usize, why: DropCause) -> &mut Self {
        let (of, to) = (self.sent, HostId::new(to));
        self.see(Some(from), Seen::Dropped { of, to, why })
    }

    pub(super) fn persisted(&mut self, host: usize, record: &Item) -> &mut Self {
        self.see(Some(host), Seen::Persisted { record, rule: Rule("-") })
    }

    pub(super) fn aclm(&mut self, host: usize, rseq: u32, mseq: u8, set: &[Range]) -> &mut Self {
        self.sent(host, rseq, mseq, Body::Aclm(self.until(set, 3_600)))
    }

    pub(super) fn aitu(&mut self, host: usize, rseq: u32, mseq: u8, set: &[Range]) -> &mut Self {
        self.sent(host, rseq, mseq, Body::Aitu(self.until(set, 3_600)))
    }

    pub(super) fn aiu(&mut self, host: usize, rseq: u32, mseq: u8, set: &[Range]) -> &mut Self {
        self.sent(host, rseq, mseq, Body::Aiu(self.until(set, 3_600)))
    }

    pub(super) fn sent(&mut self, host: usize, rseq: u32, mseq: u8, body: Body) -> &mut Self {
        self.sent_by("-", host, rseq, mseq, body)
    }

    pub(super) fn sent_by(
        &mut self,
        rule: &'static str,
        host: usize,
        rseq: u32,
        mseq: u8,
        body: Body,
    ) -> &mut Self {
        let message = self.message(rseq, mseq, body);
        let to = self.setting.hosts[0].config.group;
        self.sent = self.next;
        self.see(Some(host), Seen::Sent { to, message: &message, rule: Rule(rule), octets: &[] })
    }

    /// What `from` sends arrives at `host`.
    pub(super) fn heard(&mut self, host: usize, from: usize, body: Body) -> &mut Self {
        let message = self.message(0, 0, body);
        let (of, to) = (self.sent, self.setting.hosts[0].config.group);
        let from = address(from);
        self.see(Some(host), Seen::Delivered { of, from, to, message: &message })
    }

    /// Ranges that end so many seconds after the story begins.
    pub(super) fn until(&self, set: &[Range], secs: u32) -> Ranges {
        let end = WireTime(EPOCH + secs);
        Ranges::new(Family::V4, set.iter().map(|&range| TimedRange { range, end }))
    }

    /// A message stamped with the present.
    pub(super) fn message(&self, rseq: u32, mseq: u8, body: Body) -> Message {
        let header = Header { family: Family::V4, rseq: Rseq::wrapping(rseq), mseq };
        let secs = u32::try_from(self.now.as_micros() / 1_000_000).unwrap();
        Message::new(header, WireTime(EPOCH + secs), body)
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.oracle.verdict()
    }

    /// Why the property does not hold.
    pub(super) fn violated(&self) -> String {
        match self.oracle.verdict() {
            Verdict::Violated { why, .. } => why,
            other => panic!("expected a violation, not {other:?}"),
        }
    }

    /// Why there is no answer.
    pub(super) fn idle(&self) -> String {
        match self.oracle.verdict() {
            Verdict::NotExercised { why } => why,
            other => panic!("expected no answer, not {other:?}"),
        }
    }
}
