//! From a plan to a world: hosts, their machines, what they know, and the network between them.

mod known;
mod links;
mod tuning;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use aap::policy::Policy;
use aap::{AAP_PORT, AnaScope, Config, Maas, Participant, PrefixCoordinator, Startup};
use addrspace::{Addr, Family, Range, Scope, ScopeKind};
use netsim::{Action, HostId, HostSpec, Skew, Trust, World};
use sansio::{Duration, Instant, UtcSecs};

use scenario::{
    Addresses, DrawValue, EndTime, Lease, Name, Plan, Role, ScopeSize, Spanned, Time, to_number,
};

pub(crate) use tuning::{Tuning, tune};

/// What every right wall clock shows when a run begins: 2000-06-15 12:00:00 UTC, the month of the
/// draft.
pub(crate) const EPOCH: i64 = 961_070_400;

/// One participant: a host in one of its scopes.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) host: String,
    pub(crate) scope: usize,
    pub(crate) id: HostId,
    pub(crate) role: Role,
    pub(crate) config: Config,
}

/// A world made from a plan.
#[derive(Clone)]
pub(crate) struct Domain {
    pub(crate) world: World<Participant>,
    pub(crate) members: Vec<Member>,
    pub(crate) scopes: Vec<Scope>,
    /// How long before the scenario's zero the world's clock begins.
    pub(crate) lead: Duration,
    pub(crate) default_delay: Duration,
    outsiders: BTreeMap<String, SocketAddr>,
    /// The machines to look at instead of the world's, for a run that happened elsewhere.
    pub(crate) stand_ins: Option<StandIns>,
}

/// The machines of a run that happened elsewhere, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct StandIns {
    /// By [`HostId::index`]; none for a host that is down.
    pub(crate) machines: Vec<Option<Participant>>,
    /// What the wall clock shows.
    pub(crate) utc: UtcSecs,
}

/// The fixed answers of a host to the questions of a label.
pub(crate) type Fixed<'p> = (HostId, &'p str, Vec<u128>);

/// What is wrong with a plan that no line alone shows.
pub(crate) type Trouble = (String, usize);

impl Domain {
    pub(crate) fn build(plan: &Plan, seed: u64) -> Result<Self, Trouble> {
        let scopes = plan.scopes.iter().map(scope_of).collect::<Result<Vec<_>, _>>()?;
        if scopes.is_empty() {
            return Err(("the scenario has no scope: a line such as `scope site 239.255.0.0/16 small` says which addresses it is about".to_owned(), 0));
        }
        let lead = known::lead(plan);
        let mut config = netsim::Config::new(seed);
        config.epoch = UtcSecs(EPOCH - lead.as_secs() as i64);
        config.message_cap = plan.cap.unwrap_or(config.message_cap);
        config.link = links::default_link(plan);
        let mut domain = Self {
            world: World::new(config),
            members: Vec::new(),
            scopes,
            lead,
            default_delay: links::base_delay(plan),
            outsiders: BTreeMap::new(),
            stand_ins: None,
        };
        domain.add_hosts(plan)?;
        domain.set_links(plan);
        domain.preload(plan)?;
        domain.fix_draws(plan)?;
        domain.schedule_starts(plan);
        for say in &plan.says {
            let text = say.text.first().map(|t| t.text.clone()).unwrap_or_default();
            domain.world.schedule(domain.at(say.at.value), Action::Say(text));
        }
        Ok(domain)
    }

    /// The machine of a host, if that is up.
    pub(crate) fn machine_of(&self, id: HostId) -> Option<&Participant> {
        match &self.stand_ins {
            Some(stand_ins) => stand_ins.machines.get(id.index())?.as_ref(),
            None => self.world.host(id).machine(),
        }
    }

    /// What the wall clock of a host shows.
    pub(crate) fn wall_clock(&self, id: HostId) -> UtcSecs {
        self.stand_ins.as_ref().map_or_else(|| self.world.host(id).now().utc, |s| s.utc)
    }

    /// The world's time for a time of the scenario.
    pub(crate) fn at(&self, time: Time) -> Instant {
        Instant::from_micros(time.micros()) + self.lead
    }

    /// The scenario's time, in microseconds, for a time of the world.
    pub(crate) fn micros(&self, at: Instant) -> u64 {
        at.as_micros().saturating_sub(self.lead.as_micros())
    }

    /// A right wall clock at the scenario's time `now` when `end` comes.
    pub(crate) fn utc(&self, end: EndTime, now: Time) -> UtcSecs {
        match end.instant(now) {
            Some(micros) => UtcSecs(EPOCH + micros.div_euclid(1_000_000)),
            None => UtcSecs(i64::from(u32::MAX)),
        }
    }

    /// `end` as the wall clock of `id` shows it, which may be off.
    pub(crate) fn local_utc(&self, id: HostId, end: EndTime, now: Time) -> UtcSecs {
        let right = self.utc(end, now);
        if end == EndTime::Never {
            return right;
        }
        let elapsed = (self.world.now().as_micros() / 1_000_000) as i64;
        let true_now = self.world.config().epoch.0 + elapsed;
        right.plus(self.world.host(id).now().utc.0 - true_now)
    }

    /// The participants that `name` stands for.
    pub(crate) fn members(&self, plan: &Plan, name: &Name) -> Vec<&Member> {
        let hosts = plan.expand(name);
        self.members.iter().filter(|m| hosts.contains(&m.host.as_str())).collect()
    }

    pub(crate) fn ids(&self, plan: &Plan, name: &Name) -> Vec<HostId> {
        self.members(plan, name).into_iter().map(|m| m.id).collect()
    }

    /// The participant of `host` that serves the scope called `scope`, or its first.
    pub(crate) fn member(&self, host: &str, scope: Option<&str>) -> Option<&Member> {
        let mut members = self.members.iter().filter(|m| m.host == host);
        match scope {
            None => members.next(),
            Some(scope) => members.find(|m| self.scopes[m.scope].name == scope),
        }
    }

    /// Where datagrams of an outsider come from: the same for the same name.
    pub(crate) fn outsider(&mut self, name: &str) -> SocketAddr {
        let next = self.outsiders.len() as u32;
        let v6 = self.scopes.first().is_some_and(|s| s.family == Family::V6);
        *self.outsiders.entry(name.to_owned()).or_insert_with(|| {
            let ip = if v6 {
                IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 99, 0, 0, 0, next as u16 + 1))
            } else {
                IpAddr::V4(Ipv4Addr::from(0x0a63_0001 + next))
            };
            SocketAddr::new(ip, AAP_PORT)
        })
    }

    fn add_hosts(&mut self, plan: &Plan) -> Result<(), Trouble> {
        for (number, host) in plan.hosts.iter().enumerate() {
            for (nth, &scope) in host.scopes.iter().enumerate() {
                let served =
                    self.scopes.get(scope).ok_or_else(|| ("no such scope".to_owned(), 1))?.clone();
                let own = address(served.family, number as u32, nth as u16);
                let config = self.config(plan, &host.name, own, scope)?;
                let group = config.group;
                let blank = self.machine(plan, host.role, &host.name, &config)?;
                let name = if nth == 0 {
                    host.name.clone()
                } else {
                    format!("{}.{}", host.name, served.name)
                };
                let mut spec = HostSpec::new(name, own, blank);
                spec.groups = vec![group];
                // Hosts know the key of the domain; whoever injects does not (section 6).
                spec.trust = Trust::Authenticated;
                spec.skew = skew_of(plan, &host.name);
                let id = self.world.add_host(spec);
                self.members.push(Member {
                    host: host.name.clone(),
                    scope,
                    id,
                    role: host.role,
                    config,
                });
            }
        }
        Ok(())
    }

    fn config(
        &self,
        plan: &Plan,
        host: &str,
        own: SocketAddr,
        scope: usize,
    ) -> Result<Config, Trouble> {
        let served = self.scopes[scope].clone();
        let mut config = Config::new(own, served);
        let group_of =
            |i: usize| plan.scopes[i].group.as_ref().map_or(config.group.ip(), |g| g.value);
        config.group = SocketAddr::new(group_of(scope), AAP_PORT);
        let neighbours: Vec<usize> = (0..self.scopes.len())
            .filter(|&i| {
                let group = plan.scopes[i].group.as_ref().map(|g| g.value);
                group.unwrap_or_else(|| self.scopes[i].group().to_ip(self.scopes[i].family))
                    == config.group.ip()
            })
            .collect();
        config.scopes_on_group = neighbours.iter().map(|&i| self.scopes[i].range).collect();
        let large: Vec<usize> =
            neighbours.into_iter().filter(|&i| self.scopes[i].kind == ScopeKind::Large).collect();
        config.policy = policy_of(plan);
        if plan.startup_skipped {
            config.startup = Startup::Settled;
        }
        if large.len() > 1 && large.first() != Some(&scope) {
            config.ana_scope = AnaScope::Other;
        }
        tuning::for_host(plan, host, &mut config)?;
        Ok(config)
    }

    /// How the clocks of `host` deviate at the start.
    pub(crate) fn clock_of(&self, plan: &Plan, host: &str) -> Skew {
        skew_of(plan, host)
    }

    pub(crate) fn machine(
        &self,
        plan: &Plan,
        role: Role,
        host: &str,
        config: &Config,
    ) -> Result<Participant, Trouble> {
        if role == Role::Allocator {
            return Ok(Participant::Maas(Box::new(Maas::new(config.clone()))));
        }
        let space = self.space(plan, host)?;
        Ok(Participant::Coordinator(Box::new(PrefixCoordinator::new(config.clone(), space))))
    }

    /// What a coordinator has to announce when it starts, and until when.
    pub(crate) fn space(&self, plan: &Plan, host: &str) -> Result<Vec<(Range, UtcSecs)>, Trouble> {
        let mut space = Vec::new();
        for declared in plan.spaces.iter().filter(|s| plan.expand(&s.host).contains(&host)) {
            for lease in &declared.leases {
                let end = self.utc(lease.until, Time::default());
                space.extend(
                    self.ranges(plan, &lease.addresses, None)?.into_iter().map(|r| (r, end)),
                );
            }
        }
        Ok(space)
    }

    /// The address ranges that `addresses` mean.
    pub(crate) fn ranges(
        &self,
        plan: &Plan,
        addresses: &[Spanned<Addresses>],
        scope: Option<&str>,
    ) -> Result<Vec<Range>, Trouble> {
        let mut ranges = Vec::new();
        for item in addresses {
            let resolved = plan.resolve(&item.value, scope).map_err(|why| {
                (format!("{} do not fit the scope: {why}", item.value), item.span.line as usize)
            })?;
            ranges.extend(resolved.into_iter().filter_map(|(first, last)| range_of(first, last)));
        }
        Ok(ranges)
    }

    pub(crate) fn lease(
        &self,
        plan: &Plan,
        lease: &Lease,
        now: Time,
        scope: Option<&str>,
    ) -> Result<(Vec<Range>, UtcSecs), Trouble> {
        Ok((self.ranges(plan, &lease.addresses, scope)?, self.utc(lease.until, now)))
    }

    fn fix_draws(&mut self, plan: &Plan) -> Result<(), Trouble> {
        for (id, label, values) in self.draws(plan)? {
            self.world.script_draw(id, label, values);
        }
        Ok(())
    }

    /// The fixed answers of each host to the questions of each label.
    pub(crate) fn draws<'p>(&self, plan: &'p Plan) -> Result<Vec<Fixed<'p>>, Trouble> {
        let mut draws = Vec::new();
        for draw in &plan.draws {
            let mut values: Vec<u128> = Vec::new();
            for answer in draw.answers.iter().flatten() {
                match &answer.value {
                    DrawValue::Time(time) => values.push(u128::from(time.micros())),
                    DrawValue::Number(number) => values.push(u128::from(*number)),
                    DrawValue::Addresses(addresses) => {
                        let item = Spanned::new(addresses.clone(), answer.span);
                        let ranges = self.ranges(plan, &[item], None)?;
                        values.extend(ranges.iter().flat_map(|r| r.first().0..=r.last().0));
                    }
                    DrawValue::Any => {}
                }
            }
            let ids = self.ids(plan, &draw.host);
            draws.extend(ids.into_iter().map(|id| (id, draw.label.as_str(), values.clone())));
        }
        Ok(draws)
    }

    fn schedule_starts(&mut self, plan: &Plan) {
        let down: Vec<&str> = plan.down.iter().flat_map(|name| plan.expand(name)).collect();
        let starting: Vec<HostId> = self
            .members
            .iter()
            .filter(|m| !down.contains(&m.host.as_str()))
            .map(|m| m.id)
            .collect();
        for id in starting {
            self.world.schedule(self.at(Time::default()), Action::Start(id));
        }
    }
}

fn policy_of(plan: &Plan) -> Policy {
    use scenario::Profile;
    match plan.profile {
        Profile::Literal => aap::policy::Profile::Literal.policy(),
        Profile::Repaired => aap::policy::Profile::Repaired.policy(),
        Profile::Appendix => aap::policy::Profile::Appendix.policy(),
        Profile::Hardened => aap::policy::Profile::Hardened.policy(),
    }
}

fn scope_of(decl: &scenario::ScopeDecl) -> Result<Scope, Trouble> {
    let line = decl.name.span.line as usize;
    let bounds = decl.range.value;
    let range = range_of(bounds.first, bounds.last)
        .ok_or_else(|| ("the scope is empty".to_owned(), line))?;
    let kind = match decl.size {
        ScopeSize::Small => ScopeKind::Small,
        ScopeSize::Large => ScopeKind::Large,
    };
    Ok(Scope::new(decl.name.as_str(), Family::of(bounds.first), range, kind))
}

pub(crate) fn range_of(first: IpAddr, last: IpAddr) -> Option<Range> {
    Range::new(Addr(to_number(first)), Addr(to_number(last)))
}

/// Hosts are 10.0.0.1, 10.0.0.2, …; further scopes of a host use further ports.
fn address(family: Family, number: u32, nth: u16) -> SocketAddr {
    let ip = match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(0x0a00_0001 + number)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from((0xfd00_u128 << 112) + 1 + u128::from(number))),
    };
    SocketAddr::new(ip, AAP_PORT + nth)
}

fn skew_of(plan: &Plan, host: &str) -> Skew {
    let clock = plan.clocks.iter().rev().find(|c| plan.expand(&c.host).contains(&host));
    clock.map_or_else(Skew::default, |clock| Skew {
        offset_us: clock.skew.map_or(0, |s| s.0),
        drift_ppm: clock.drift.unwrap_or(0),
    })
}
