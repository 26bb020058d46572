//! What really happened, told to the oracles and to the tape as if it were a simulation.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::{Config, Participant};
use netsim::{Disk, DropCause, HostId, Observation, Observer, Seen};
use sansio::{Instant, Machine, Output, UtcSecs};

use super::{Did, Happening, Pace, faults};
use crate::domain::Domain;
use crate::run::expand;
use crate::tape::{Keeps, Tape};
use oracles::{HostSetting, Setting};
use scenario::{Event, LinkRule, Plan, Time};

pub(super) struct Teller<'a> {
    plan: &'a Plan,
    domain: &'a Domain,
    pace: &'a Pace,
    script: Vec<(Time, Event)>,
    own: Vec<SocketAddr>,
    groups: Vec<SocketAddr>,
    /// The whole second of the wall clock that is the oracles' zero.
    origin_us: i64,
    oracles: Vec<oracles::Boxed>,
    tape: Tape,
    next: u64,
    /// The observation of each input, by life and the input's number.
    inputs: BTreeMap<(usize, usize, u64), u64>,
    /// The sending of each datagram: who said what, last.
    sent: BTreeMap<(SocketAddr, Vec<u8>), u64>,
    later: Vec<LinkRule>,
    /// Whether each host is up.
    up: Vec<bool>,
    fates: Fates,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        domain: &'a Domain,
        pace: &'a Pace,
        configs: Vec<Config>,
        happenings: &[Happening],
    ) -> Self {
        let earliest = happenings.first().map_or(pace.zero_us, |first| first.at_us);
        let epoch = UtcSecs(earliest.div_euclid(1_000_000));
        let own = configs.iter().map(|config| config.own).collect();
        let groups = configs.iter().map(|config| config.group).collect();
        let hosts = domain.members.iter().zip(configs).map(|(member, config)| HostSetting {
            name: member.host.clone(),
            role: match member.role {
                scenario::Role::Allocator => oracles::Role::Maas,
                scenario::Role::Coordinator => oracles::Role::Coordinator,
            },
            config,
            clock: netsim::Skew::default(),
            zone: 0,
            lateness: pace.lateness,
        });
        let link = faults::link(domain, plan, pace, &[]);
        let setting = Setting { epoch, link, hosts: hosts.collect() };
        Self {
            plan,
            domain,
            pace,
            script: expand(plan),
            own,
            groups,
            origin_us: epoch.0 * 1_000_000,
            oracles: oracles::all(&setting),
            tape: Tape::new(Keeps::Everything),
            next: 0,
            inputs: BTreeMap::new(),
            sent: BTreeMap::new(),
            later: Vec::new(),
            up: vec![false; domain.members.len()],
            fates: Fates::of(happenings),
        }
    }

    pub(super) fn finish(self) -> (Tape, Vec<oracles::Boxed>) {
        (self.tape, self.oracles)
    }

    pub(super) fn tell(&mut self, happening: &Happening) {
        let (at, host) = (happening.at_us, Some(HostId::new(happening.host)));
        if let Some(up) = self.up.get_mut(happening.host) {
            match happening.what {
                Did::Started(_) => *up = true,
                Did::Crashed => *up = false,
                _ => {}
            }
        }
        let input = match &happening.what {
            Did::Started(restored) => Some(self.add(at, host, None, Seen::Started { restored })),
            Did::Command(command) => Some(self.add(at, host, None, Seen::Command(command))),
            Did::Heard { from, to, message, octets } => {
                if self.own.get(happening.host) == Some(from) {
                    // What a node says comes back by the loopback of its group; networks of the
                    // simulator have none.
                    return;
                }
                let (from, to) = (*from, *to);
                let known = self.sent.get(&(from, octets.clone())).copied();
                let of = known.unwrap_or_else(|| {
                    let message = Ok(message);
                    self.add(at, None, None, Seen::Injected { from, to, message, octets })
                });
                Some(self.add(at, host, Some(of), Seen::Delivered { of, from, to, message }))
            }
            Did::Woke => None,
            Did::Crashed => {
                let what = Seen::Crashed { disk: Disk::Keep, undone: 0 };
                Some(self.add(at, host, None, what))
            }
            Did::Fault(nth) => {
                self.fault(at, *nth);
                None
            }
        };
        self.outputs(happening, input);
    }

    fn fault(&mut self, at: i64, nth: usize) {
        let Some((_, event)) = self.script.get(nth).cloned() else { return };
        if let Event::Link(rule) = &event {
            self.later.push(rule.clone());
        }
        for fault in faults::of(self.domain, self.plan, self.pace, &self.later, &event) {
            self.add(at, None, None, Seen::Fault(&fault));
        }
    }

    fn outputs(&mut self, happening: &Happening, mut input: Option<u64>) {
        let (at, host) = (happening.at_us, Some(HostId::new(happening.host)));
        let place = |cause: u64| (happening.host, happening.life, cause);
        for output in &happening.outputs {
            match output {
                Output::Fired { timer, armed_by } => {
                    let cause = self.inputs.get(&place(armed_by.0)).copied();
                    input = Some(self.add(at, host, cause, Seen::Fired { timer }));
                }
                Output::Persist { record, rule } => {
                    self.add(at, host, input, Seen::Persisted { record, rule: *rule });
                }
                Output::Transmit { to, message, rule } => {
                    let mut octets = Vec::new();
                    Participant::encode(message, &mut octets);
                    let what = Seen::Sent { to: *to, message, rule: *rule, octets: &octets };
                    let id = self.add(at, host, input, what);
                    self.losses(happening, id, &octets);
                    if let Some(own) = self.own.get(happening.host) {
                        self.sent.insert((*own, octets), id);
                    }
                }
                Output::Event { event, rule } => {
                    self.add(at, host, input, Seen::Event { event, rule: *rule });
                }
            }
        }
        if let (Some(cause), Some(input)) = (happening.cause, input) {
            self.inputs.insert(place(cause.0), input);
        }
    }

    /// Tells who never got the datagram that was just sent.
    fn losses(&mut self, sender: &Happening, of: u64, octets: &[u8]) {
        let Some(from) = self.own.get(sender.host).copied() else { return };
        let delay = self.pace.lateness.as_micros();
        // At the very end, who knows what was still under way.
        if sender.at_us.saturating_add_unsigned(delay) > self.fates.end_us {
            return;
        }
        // A process in several scopes knows its own datagrams by their address.
        let group = self.groups[sender.host];
        let hears = |other: &usize| self.own[*other] != from && self.groups[*other] == group;
        let others: Vec<usize> = (0..self.up.len()).filter(hears).collect();
        for other in others {
            if self.fates.arrives(other, from, octets, sender.at_us) {
                continue;
            }
            let why = if self.up[other] { DropCause::Loss } else { DropCause::Down };
            let (host, to) = (Some(HostId::new(sender.host)), HostId::new(other));
            self.add(sender.at_us, host, Some(of), Seen::Dropped { of, to, why });
        }
    }

    /// Shows an observation to everybody: the oracles in real time, the tape in the scenario's.
    fn add(
        &mut self,
        at_us: i64,
        host: Option<HostId>,
        cause: Option<u64>,
        what: Seen<'_, Participant>,
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        let since = u64::try_from(at_us.saturating_sub(self.origin_us)).unwrap_or(0);
        let seen = Observation { id, cause, at: Instant::from_micros(since), host, what };
        self.oracles.observe(&seen);
        // What happened before the scenario's zero is none of its expectations' business.
        if let Some(at) = self.pace.scenario(at_us) {
            self.tape.observe(&Observation { at: self.domain.at(at), ..seen });
        }
        id
    }
}

/// What became of datagrams.
struct Fates {
    /// When each arrived, by receiver, sender and octets.
    arrivals: BTreeMap<(usize, SocketAddr, Vec<u8>), Vec<i64>>,
    /// When the last thing happened.
    end_us: i64,
}

impl Fates {
    fn of(happenings: &[Happening]) -> Self {
        let mut arrivals: BTreeMap<_, Vec<i64>> = BTreeMap::new();
        for happening in happenings {
            if let Did::Heard { from, octets, .. } = &happening.what {
                let key = (happening.host, *from, octets.clone());
                arrivals.entry(key).or_default().push(happening.at_us);
            }
        }
        Self { arrivals, end_us: happenings.last().map_or(0, |last| last.at_us) }
    }

    /// Whether what was sent at that moment arrives at all.
    fn arrives(&self, host: usize, from: SocketAddr, octets: &[u8], sent_us: i64) -> bool {
        let arrivals = self.arrivals.get(&(host, from, octets.to_vec()));
        arrivals.is_some_and(|arrivals| arrivals.iter().any(|at| *at >= sent_us))
    }
}
