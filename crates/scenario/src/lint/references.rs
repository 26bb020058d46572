//! Everything that a statement refers to, gathered in one walk.

use crate::address::Addresses;
use crate::claims::{Expect, Filter, Mark, MarkWhat, Predicate, Subject, Window};
use crate::event::{At, Body, Command, Demand, Event, Payload, Route, Source, Wish};
use crate::quantity::Time;
use crate::span::{Name, Spanned};
use crate::statement::Statement;
use crate::world::{Lease, LinkEnd, LinkEnds};

/// Who may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A host of the scenario.
    Host,
    /// An allocator.
    Allocator,
    /// A Prefix Coordinator.
    Coordinator,
    /// A host, or somebody who appears nowhere else.
    Anybody,
    /// A host or a zone.
    HostOrZone,
}

/// Addresses, and how strictly they are checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressUse<'a> {
    pub(super) addresses: &'a Spanned<Addresses>,
    /// Scope named by the statement.
    pub(super) scope: Option<&'a Name>,
    pub(super) rigour: Rigour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rigour {
    /// Inside a scope.
    Scope,
    /// Inside a scope, and one that hosts may use.
    Usable,
    /// Hostile datagrams may hold anything that is written in full.
    Hostile,
}

#[derive(Debug, Default)]
pub(super) struct References<'a> {
    pub(super) hosts: Vec<(&'a Name, Who)>,
    pub(super) zones: Vec<&'a Name>,
    pub(super) scopes: Vec<&'a Name>,
    pub(super) addresses: Vec<AddressUse<'a>>,
    /// Instants of the run that checks look at.
    pub(super) instants: Vec<Spanned<Time>>,
    pub(super) windows: Vec<Window>,
    pub(super) tunes: Vec<(&'a Name, &'a [Spanned<String>])>,
}

impl<'a> References<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let mut all = Self::default();
        all.statement(statement);
        all
    }

    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Space(space) => {
                self.host(&space.host, Who::Coordinator);
                self.leases(&space.leases, None, Rigour::Scope);
            }
            Statement::Serves(serves) => {
                self.host(&serves.host, Who::Host);
                self.scopes.extend(&serves.scopes);
            }
            Statement::Zone(zone) => self.all_hosts(&zone.hosts, Who::Host),
            Statement::Link(rule) => self.links(&rule.ends),
            Statement::Clock(clock) => self.host(&clock.host, Who::Host),
            Statement::Tune(tune) => {
                self.hosts.extend(tune.host.iter().map(|host| (host, Who::Host)));
                self.tunes.push((&tune.name, &tune.values));
            }
            Statement::Known(known) => {
                self.host(&known.host, Who::Anybody);
                self.all_hosts(&known.told, Who::Host);
                self.lease(&known.lease, None, Rigour::Usable);
            }
            Statement::KnownSpace(known) => {
                self.all_hosts(&known.told, Who::Host);
                self.leases(&known.leases, None, Rigour::Scope);
            }
            Statement::Down(hosts) => self.all_hosts(hosts, Who::Host),
            Statement::Draw(draw) => self.host(&draw.host, Who::Host),
            Statement::At(at) => self.event(at),
            Statement::Timeline(timeline) => self.all_hosts(&timeline.only, Who::Anybody),
            Statement::Mark(mark) => self.mark(mark),
            Statement::Expect(expect) => self.expect(expect),
            _ => {}
        }
    }

    fn host(&mut self, name: &'a Name, who: Who) {
        self.hosts.push((name, who));
    }

    fn all_hosts(&mut self, names: &'a [Name], who: Who) {
        self.hosts.extend(names.iter().map(|name| (name, who)));
    }

    fn add(&mut self, all: &'a [Spanned<Addresses>], scope: Option<&'a Name>, rigour: Rigour) {
        self.addresses.extend(all.iter().map(|addresses| AddressUse { addresses, scope, rigour }));
    }

    fn lease(&mut self, lease: &'a Lease, scope: Option<&'a Name>, rigour: Rigour) {
        self.add(&lease.addresses, scope, rigour);
    }

    fn leases(&mut self, leases: &'a [Lease], scope: Option<&'a Name>, rigour: Rigour) {
        leases.iter().for_each(|lease| self.lease(lease, scope, rigour));
    }

    fn end(&mut self, end: &'a LinkEnd) {
        match end {
            LinkEnd::Any => {}
            LinkEnd::Host(name) => self.host(name, Who::Anybody),
            LinkEnd::Zone(name) => self.zones.push(name),
        }
    }

    fn links(&mut self, ends: &'a LinkEnds) {
        match ends {
            LinkEnds::All => {}
            LinkEnds::Between(from, to) | LinkEnds::OneWay(from, to) => {
                self.end(from);
                self.end(to);
            }
        }
    }

    fn event(&mut self, at: &'a At) {
        match &at.event {
            Event::Command(order) => {
                self.host(&order.host, Who::Allocator);
                self.scopes.extend(&order.scope);
                self.command(&order.command, order.scope.as_ref());
            }
            Event::Partition(groups) => {
                groups.iter().for_each(|group| self.all_hosts(group, Who::HostOrZone));
            }
            Event::Heal(ends) => ends.iter().for_each(|ends| self.links(ends)),
            Event::Mute(hosts) | Event::Deafen(hosts) | Event::Restart(hosts) => {
                self.all_hosts(hosts, Who::Host);
            }
            Event::Hold(ends) | Event::Release(ends) => self.links(ends),
            Event::Link(rule) => self.links(&rule.ends),
            Event::Crash(crash) => self.all_hosts(&crash.hosts, Who::Host),
            Event::Step(step) => self.host(&step.host, Who::Host),
            Event::Next(rule) => {
                self.end(&rule.from);
                self.end(&rule.to);
            }
            Event::Inject(inject) => {
                self.route(&inject.route);
                if let Payload::Message(message) = &inject.payload {
                    self.body(&message.body, inject.route.scope.as_ref());
                }
            }
            Event::Replay(replay) => {
                self.host(&replay.of, Who::Anybody);
                self.route(&replay.route);
            }
            Event::Answer(answer) => self.source(&answer.from),
            Event::Space(space) => {
                self.host(&space.host, Who::Coordinator);
                self.leases(&space.leases, None, Rigour::Scope);
            }
        }
    }

    fn source(&mut self, source: &'a Source) {
        if let Source::Host(name) = source {
            self.host(name, Who::Anybody);
        }
    }

    fn route(&mut self, route: &'a Route) {
        self.source(&route.from);
        self.hosts.extend(route.forged.iter().map(|host| (host, Who::Anybody)));
        self.all_hosts(&route.to, Who::Host);
        self.scopes.extend(&route.scope);
    }

    fn body(&mut self, body: &'a Body, scope: Option<&'a Name>) {
        match body {
            Body::Aclm(leases)
            | Body::Aiu(leases)
            | Body::Aitu(leases)
            | Body::Asa { leases, .. } => self.leases(leases, scope, Rigour::Hostile),
            Body::Asrp { reports, .. } => {
                for report in reports {
                    let addresses = &report.addresses;
                    self.addresses.push(AddressUse { addresses, scope, rigour: Rigour::Hostile });
                }
            }
            Body::Ana(_) => {}
        }
    }

    fn command(&mut self, command: &'a Command, scope: Option<&'a Name>) {
        match command {
            Command::Allocate(demand) | Command::Claim(demand) | Command::Preallocate(demand) => {
                self.demand(demand, scope);
            }
            Command::Extend(lease) | Command::Shorten(lease) => {
                self.lease(lease, scope, Rigour::Scope);
            }
            Command::Release(addresses) | Command::Lose(addresses) => {
                self.add(addresses, scope, Rigour::Scope);
            }
            Command::Retire => {}
            Command::Set { name, values } => self.tunes.push((name, values)),
        }
    }

    fn demand(&mut self, demand: &'a Demand, scope: Option<&'a Name>) {
        match &demand.wish {
            Wish::Any => {}
            Wish::At(addresses) | Wish::Prefer(addresses) => {
                self.add(addresses, scope, Rigour::Usable);
            }
        }
    }

    fn mark(&mut self, mark: &'a Mark) {
        self.host(&mark.host, Who::Anybody);
        self.instants.push(mark.at);
        match &mark.what {
            MarkWhat::Sent { addresses, .. } | MarkWhat::Concludes { addresses, .. } => {
                self.add(addresses, None, Rigour::Scope);
            }
            MarkWhat::Timer(_) => {}
        }
    }

    fn expect(&mut self, expect: &'a Expect) {
        if let Subject::Host(name) = &expect.subject {
            self.host(name, Who::Anybody);
        }
        match &expect.predicate {
            Predicate::Never(filter) | Predicate::Count(filter, _) => self.filter(filter),
            Predicate::Gap(filter, window) => {
                self.filter(filter);
                self.windows.push(*window);
            }
            Predicate::First(filter, window) | Predicate::Last(filter, window) => {
                self.filter(filter);
                self.windows.push(*window);
                self.instants.push(window.from);
            }
            Predicate::State { addresses, at, .. } | Predicate::Until { addresses, at, .. } => {
                self.add(addresses, None, Rigour::Scope);
                self.instants.push(*at);
            }
            Predicate::Metric { at, .. } => self.instants.push(*at),
            Predicate::Unchanged(window) => {
                self.windows.push(*window);
                self.instants.extend([window.from, window.to]);
            }
            Predicate::Capped | Predicate::Finishes => {}
        }
    }

    fn filter(&mut self, filter: &'a Filter) {
        self.add(&filter.addresses, None, Rigour::Scope);
        self.instants.extend(filter.after);
        if let (Some(from), Some(to)) = (filter.after, filter.before) {
            self.windows.push(Window { from, to });
        }
    }
}
