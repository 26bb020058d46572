//! What happens in a scenario, done to its world.

use std::net::{IpAddr, SocketAddr};

use aap::wire::{
    Body as WireBody, Header, Message, Ranges, Report, Request, Rseq, TimedRange, WireTime,
};
use aap::{AAP_PORT, Choice, Command, Demand, Layout, Participant, RequestId};
use addrspace::Range;
use netsim::{Action, Disk, Fault, HostId, Injection, Pick, PickRule, Reach, Trust};
use sansio::{Duration, Machine, UtcSecs};

use super::{Run, RunError};
use crate::domain::{EPOCH, Tuning, tune};
use scenario::{
    self, Body, Crash, EndTime, Event, Fate, Inject, Lease, LinkEnds, NextRule, Order, Payload,
    Plan, Route, Shape, Source, StorageLoss, Time, Wish,
};

/// Every event of a plan, repetitions written out, in time order.
pub(crate) fn expand(plan: &Plan) -> Vec<(Time, Event)> {
    let mut events = Vec::new();
    for line in &plan.events {
        let (start, Some(every)) = (line.at.value, &line.every) else {
            events.push((line.at.value, line.event.clone()));
            continue;
        };
        let period = every.period.value.micros().max(1);
        let times = every.times.map_or(u64::MAX, u64::from);
        let until = plan.run.micros();
        let instants =
            (0..times).map(|n| start.micros() + n * period).take_while(|at| *at <= until);
        events.extend(instants.map(|at| (Time(at), line.event.clone())));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

impl Run<'_> {
    /// Lets `event` happen at `now`.
    pub(super) fn perform(&mut self, now: Time, event: &Event) -> Result<(), RunError> {
        match event {
            Event::Command(order) => self.order(now, order)?,
            Event::Partition(groups) => {
                let sides =
                    groups.iter().map(|g| g.iter().flat_map(|n| self.ids(n)).collect()).collect();
                self.fault(now, Fault::Partition(sides));
            }
            Event::Heal(None) => self.fault(now, Fault::Heal),
            Event::Heal(Some(ends)) => self.each_pair(now, ends, Fault::Mend),
            Event::Mute(names) => self.cut(now, names, |host, other| (host, other)),
            Event::Deafen(names) => self.cut(now, names, |host, other| (other, host)),
            Event::Hold(ends) => self.each_pair(now, ends, Fault::Hold),
            Event::Release(ends) => self.each_pair(now, ends, Fault::Release),
            Event::Link(rule) => self.relink(now, rule),
            Event::Crash(crash) => self.crash(now, crash),
            Event::Restart(names) => {
                for id in names.iter().flat_map(|n| self.ids(n)).collect::<Vec<_>>() {
                    self.act(now, Action::Start(id));
                }
            }
            Event::Step(step) => {
                for id in self.ids(&step.host) {
                    self.fault(now, Fault::StepClock(id, step.by.0));
                }
            }
            Event::Next(rule) => self.next_rule(now, rule),
            Event::Inject(inject) => self.inject(now, inject)?,
            Event::Replay(replay) => self.replay(now, replay)?,
            Event::Answer(answer) => {
                self.hostile.answer(answer.clone(), self.watch.tape.moments().len());
            }
            Event::Space(space) => self.offer(now, space)?,
        }
        Ok(())
    }

    fn ids(&self, name: &scenario::Name) -> Vec<HostId> {
        self.domain.ids(self.plan, name)
    }

    /// Does `action` at `now`, which the world has reached.
    pub(super) fn act(&mut self, now: Time, action: Action<Participant>) {
        let at = self.domain.at(now);
        self.domain.world.schedule(at, action);
    }

    fn fault(&mut self, now: Time, fault: Fault<Participant>) {
        self.act(now, Action::Fault(fault));
    }

    fn each_pair(
        &mut self,
        now: Time,
        ends: &LinkEnds,
        fault: fn(HostId, HostId) -> Fault<Participant>,
    ) {
        for (from, to) in self.domain.pairs(self.plan, ends) {
            self.fault(now, fault(from, to));
        }
    }

    fn cut(
        &mut self,
        now: Time,
        names: &[scenario::Name],
        way: fn(HostId, HostId) -> (HostId, HostId),
    ) {
        let all: Vec<HostId> = self.domain.members.iter().map(|m| m.id).collect();
        for host in names.iter().flat_map(|n| self.ids(n)).collect::<Vec<_>>() {
            for &other in all.iter().filter(|&&other| other != host) {
                let (from, to) = way(host, other);
                self.fault(now, Fault::Cut(from, to));
            }
        }
    }

    fn relink(&mut self, now: Time, rule: &scenario::LinkRule) {
        self.hostile.rules.push(rule.clone());
        for (from, to) in self.domain.pairs(self.plan, &rule.ends) {
            let link = self.domain.link_between(self.plan, from, to, &self.hostile.rules);
            self.fault(now, Fault::Link(from, to, link));
        }
    }

    fn crash(&mut self, now: Time, crash: &Crash) {
        let disk = match crash.storage {
            StorageLoss::Kept => Disk::Keep,
            StorageLoss::LastWrites(n) => Disk::LoseLast(n),
            StorageLoss::Disk => Disk::Lose,
        };
        for id in crash.hosts.iter().flat_map(|n| self.ids(n)).collect::<Vec<_>>() {
            let action = match crash.after {
                None => Action::Crash(id, disk),
                Some(outputs) => Action::CrashAfterOutputs(id, outputs, disk),
            };
            self.act(now, action);
        }
    }

    fn order(&mut self, now: Time, order: &Order) -> Result<(), RunError> {
        for (id, command) in self.orders(now, order)? {
            self.act(now, Action::Command(id, command));
        }
        Ok(())
    }

    /// What an order comes to: whom it tells what.
    pub(crate) fn orders(
        &mut self,
        now: Time,
        order: &Order,
    ) -> Result<Vec<(HostId, Command)>, RunError> {
        let mut orders = Vec::new();
        let scope = order.scope.as_ref().map(|s| s.as_str().to_owned());
        let hosts: Vec<String> =
            self.plan.expand(&order.host).into_iter().map(str::to_owned).collect();
        for host in hosts {
            let Some(member) = self.domain.member(&host, scope.as_deref()) else {
                let message = format!("{host} does not serve that scope");
                return Err(RunError { line: order.host.span.line as usize, message });
            };
            let (id, config) = (member.id, member.config.clone());
            let commands = self.commands(now, id, &config, order, scope.as_deref())?;
            orders.extend(commands.into_iter().map(|command| (id, command)));
        }
        Ok(orders)
    }

    fn commands(
        &mut self,
        now: Time,
        id: HostId,
        config: &aap::Config,
        order: &Order,
        scope: Option<&str>,
    ) -> Result<Vec<Command>, RunError> {
        use scenario::Command as C;
        Ok(match &order.command {
            C::Allocate(demand) => {
                let (request, demand) = self.demand(now, id, demand, scope)?;
                vec![Command::Allocate { request, demand }]
            }
            C::Claim(demand) => {
                let (request, demand) = self.demand(now, id, demand, scope)?;
                vec![Command::Claim { request, demand }]
            }
            C::Preallocate(demand) => {
                let (request, demand) = self.demand(now, id, demand, scope)?;
                vec![Command::Preallocate { request, demand }]
            }
            C::Extend(lease) | C::Shorten(lease) => {
                let end = self.domain.local_utc(id, lease.until, now);
                let ranges = self.domain.ranges(self.plan, &lease.addresses, scope)?;
                ranges.into_iter().map(|range| Command::SetEnd { range, end }).collect()
            }
            C::Release(addresses) => {
                let ranges = self.domain.ranges(self.plan, addresses, scope)?;
                ranges.into_iter().map(|range| Command::Release { range }).collect()
            }
            C::Lose(addresses) => {
                let ranges = self.domain.ranges(self.plan, addresses, scope)?;
                ranges.into_iter().map(|range| Command::Lose { range }).collect()
            }
            C::Retire => vec![Command::Retire],
            C::Set { name, values } => {
                let mut tuning = Tuning::of(config);
                tune(&mut tuning, name, values)?;
                if let Some(member) = self.domain.members.iter_mut().find(|m| m.id == id) {
                    tuning.apply(&mut member.config);
                }
                vec![Command::Reconfigure { policy: tuning.policy, timing: tuning.timing }]
            }
        })
    }

    fn demand(
        &mut self,
        now: Time,
        id: HostId,
        demand: &scenario::Demand,
        scope: Option<&str>,
    ) -> Result<(RequestId, Demand), RunError> {
        let (addresses, choice) = match &demand.wish {
            Wish::Any => (&Vec::new(), Choice::IfFree),
            Wish::At(addresses) => (addresses, Choice::Insist),
            Wish::Prefer(addresses) => (addresses, Choice::IfFree),
        };
        let preferred = self.domain.ranges(self.plan, addresses, scope)?;
        let listed: u128 = preferred.iter().map(|r| r.len()).sum();
        let count =
            demand.count.as_ref().map_or(u32::try_from(listed).unwrap_or(u32::MAX), |c| c.value);
        let layout = match demand.shape {
            Shape::Scattered => Layout::Scattered,
            Shape::Contiguous => Layout::Contiguous,
        };
        let end = self.domain.local_utc(id, demand.until, now);
        self.requests += 1;
        Ok((RequestId(self.requests), Demand { count, layout, end, preferred, choice }))
    }

    fn offer(&mut self, now: Time, space: &scenario::Space) -> Result<(), RunError> {
        for id in self.ids(&space.host) {
            let mut offered = Vec::new();
            for lease in &space.leases {
                let end = self.domain.local_utc(id, lease.until, now);
                let ranges = self.domain.ranges(self.plan, &lease.addresses, None)?;
                offered.extend(ranges.into_iter().map(|range| (range, end)));
            }
            self.act(now, Action::Command(id, Command::Offer { space: offered }));
        }
        Ok(())
    }

    fn next_rule(&mut self, now: Time, rule: &NextRule) {
        let span = |by: Time| Duration::from_micros(by.micros());
        let fate = match rule.fate {
            Fate::Drop => Pick::Lose,
            Fate::Duplicate => Pick::Twice(Duration::ZERO),
            Fate::DuplicateAfter(by) => Pick::Twice(span(by)),
            Fate::Delay(by) => Pick::Delay(span(by)),
        };
        let (from, to) =
            (self.domain.end(self.plan, &rule.from), self.domain.end(self.plan, &rule.to));
        let wanted = rule.message.map(scenario::MessageType::word);
        let what = wanted.unwrap_or("datagrams");
        let label = format!("{what} from {} to {}", rule.from, rule.to);
        let fits = move |sender: HostId, receiver: HostId, message: &Message| {
            from.contains(&sender)
                && to.contains(&receiver)
                && wanted.is_none_or(|word| message.kind().name() == word)
        };
        let rule = PickRule { fate, count: rule.count, label, fits: std::sync::Arc::new(fits) };
        self.fault(now, Fault::Pick(rule));
    }

    fn inject(&mut self, now: Time, inject: &Inject) -> Result<(), RunError> {
        let octets = match &inject.payload {
            Payload::Hex(hex) => from_hex(&hex.value),
            Payload::Message(message) => self.compose(now, message, inject.route.scope.as_ref())?,
        };
        self.send_from(now, &inject.route, octets);
        Ok(())
    }

    /// Puts octets on the network as `route` says.
    pub(super) fn send_from(&mut self, now: Time, route: &Route, octets: Vec<u8>) {
        let scope = route.scope.as_ref().map(scenario::Name::as_str);
        let (source, home) = self.source(&route.from, scope);
        let from = match &route.forged {
            Some(name) => self.domain.member(name.as_str(), scope).map_or(source, |m| m.config.own),
            None => source,
        };
        let Some(to) = self.group(scope) else { return };
        let named: Vec<HostId> = route.to.iter().flat_map(|n| self.ids(n)).collect();
        let reaches: Vec<Reach> = match (named.is_empty(), home) {
            (false, _) => named.into_iter().map(Reach::Only).collect(),
            (true, Some(home)) => vec![Reach::ZoneOf(home)],
            (true, None) => vec![Reach::Everyone],
        };
        for reach in reaches {
            let injection =
                Injection { from, to, octets: octets.clone(), trust: Trust::Open, reach };
            let at = self.domain.at(now) + self.domain.default_delay;
            self.domain.world.schedule(at, Action::Inject(injection));
        }
    }

    /// The address of a source, and the host it is, if it is one.
    pub(super) fn source(
        &mut self,
        source: &Source,
        scope: Option<&str>,
    ) -> (SocketAddr, Option<HostId>) {
        match source {
            Source::Host(name) => match self.domain.member(name.as_str(), scope) {
                Some(member) => (member.config.own, Some(member.id)),
                None => (self.domain.outsider(name.as_str()), None),
            },
            Source::Address(ip) => (SocketAddr::new(*ip, AAP_PORT), None),
            Source::Socket(socket) => (*socket, None),
        }
    }

    /// The group of a scope, or of the first one.
    pub(super) fn group(&self, scope: Option<&str>) -> Option<SocketAddr> {
        let decl = self.plan.scope(scope)?;
        let served = self.domain.scopes.iter().find(|s| s.name == decl.name.as_str())?;
        let default: IpAddr = served.group().to_ip(served.family);
        Some(SocketAddr::new(decl.group.as_ref().map_or(default, |g| g.value), AAP_PORT))
    }

    /// The octets of a message in words.
    fn compose(
        &self,
        now: Time,
        message: &scenario::Message,
        scope: Option<&scenario::Name>,
    ) -> Result<Vec<u8>, RunError> {
        let scope = scope.map(scenario::Name::as_str);
        let family = self
            .plan
            .scope(scope)
            .map_or(addrspace::Family::V4, |decl| addrspace::Family::of(decl.range.value.first));
        let present = UtcSecs(EPOCH + (now.micros() / 1_000_000) as i64);
        let stamp = message.dated.map_or(present, |end| self.domain.utc(end, now));
        let ranges = |leases: &[Lease]| -> Result<Ranges, RunError> {
            let mut listed = Vec::new();
            for lease in leases {
                let (ranges, end) = self.domain.lease(self.plan, lease, now, scope)?;
                let end = WireTime::saturating_from(end.0);
                listed.extend(ranges.into_iter().map(|range| TimedRange { range, end }));
            }
            Ok(Ranges::new(family, listed))
        };
        let end = |end: EndTime| WireTime::saturating_from(self.domain.utc(end, now).0);
        let body = match &message.body {
            Body::Aclm(leases) => WireBody::Aclm(ranges(leases)?),
            Body::Aiu(leases) => WireBody::Aiu(ranges(leases)?),
            Body::Aitu(leases) => WireBody::Aitu(ranges(leases)?),
            Body::Asa { valid, leases } => {
                let validity = valid.map_or(150, |t| (t.micros() / 1_000_000) as i64);
                WireBody::Asa {
                    expiration: WireTime::saturating_from(stamp.0 + validity),
                    ranges: ranges(leases)?,
                }
            }
            Body::Asrp { reports, wants } => {
                let mut listed: Vec<Report> = Vec::new();
                for usage in reports {
                    let addresses = std::slice::from_ref(&usage.addresses);
                    let of: Vec<Range> = self.domain.ranges(self.plan, addresses, scope)?;
                    listed.extend(of.into_iter().map(|range| Report { range, in_use: usage.used }));
                }
                let request =
                    |w: &scenario::Want| Request { addresses: w.count, end: end(w.until) };
                WireBody::Asrp { reports: listed, requests: wants.iter().map(request).collect() }
            }
            Body::Ana(want) => WireBody::Ana { count: want.count, end: end(want.until) },
        };
        let header = Header { family, rseq: Rseq::wrapping(message.rseq), mseq: message.mseq };
        let composed = Message::new(header, WireTime::saturating_from(stamp.0), body);
        let mut octets = Vec::new();
        Participant::encode(&composed, &mut octets);
        Ok(octets)
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect()
}
