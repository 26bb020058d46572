//! From a plan to a problem.

use std::collections::BTreeSet;

use aap::{Participant, Shortcut};
use checker::{Act, Disk, Host, MAX_HOSTS, Problem, Scripted, Vouched};
use netsim::HostId;
use sansio::{Duration, Instant};

use super::properties::{self, Who};
use super::{Bounds, CheckOptions};
use crate::domain::Domain;
use crate::run::{DEFAULT_SEED, Run, RunError, expand};
use scenario::{Event, Plan, StorageLoss, Time};

/// How many addresses at either end of each available range stand for all of it.
const ENDS: u128 = 3;

pub(super) struct Built {
    pub(super) problem: Problem<Participant>,
    pub(super) bounds: Bounds,
    pub(super) who: Vec<Who>,
    pub(super) lead_us: u64,
}

fn refuse<T>(line: usize, message: impl Into<String>) -> Result<T, RunError> {
    Err(RunError { line, message: message.into() })
}

pub(super) fn build(plan: &Plan, options: &CheckOptions) -> Result<Built, RunError> {
    let domain = Domain::build(plan, plan.seed.unwrap_or(DEFAULT_SEED))?;
    if domain.members.len() > MAX_HOSTS {
        return refuse(0, format!("the checker takes at most {MAX_HOSTS} participants"));
    }
    if options.representatives.is_empty() {
        return refuse(0, "questions of chance need at least one answer");
    }
    let bounds = Bounds {
        delay: options.delay.unwrap_or_else(|| slowest(plan)),
        losses: options.losses,
        duplicates: options.duplicates,
        crashes: options.crashes,
        horizon: options.horizon.unwrap_or(plan.run),
        representatives: options.representatives.clone(),
    };
    if bounds.delay.micros() > 1_800_000_000 || bounds.losses.max(bounds.duplicates) > 200 {
        return refuse(0, "the bounds are beyond what can be checked");
    }
    let lead = domain.lead;
    let who = |m: &crate::domain::Member| Who {
        name: m.host.clone(),
        scope: m.scope,
        family: m.config.scope.family,
    };
    let who: Vec<Who> = domain.members.iter().map(who).collect();
    let hosts = hosts(plan, &domain)?;
    let epoch = domain.world.config().epoch;
    let horizon = domain.at(bounds.horizon);
    let script = Script::of(plan, domain)?;
    let problem = Problem {
        hosts,
        script,
        epoch,
        bounds: checker::Bounds {
            delay: Duration::from_micros(bounds.delay.micros()),
            losses: bounds.losses,
            duplicates: bounds.duplicates,
            crashes: bounds.crashes,
            horizon,
        },
        representatives: bounds.representatives.clone(),
        properties: properties::all(&who),
    };
    Ok(Built { problem, bounds, who, lead_us: lead.as_micros() })
}

/// The longest a datagram takes by any of the plan's links.
fn slowest(plan: &Plan) -> Time {
    let of = |time: Option<Time>| time.map_or(0, Time::micros);
    let settings = plan.links.iter().map(|rule| &rule.settings);
    Time(settings.map(|s| of(s.delay) + of(s.jitter)).max().unwrap_or(0))
}

fn hosts(plan: &Plan, domain: &Domain) -> Result<Vec<Host<Participant>>, RunError> {
    let draws = domain.draws(plan)?;
    let addresses = candidates(plan, domain)?;
    let mut hosts = Vec::new();
    for member in &domain.members {
        let clock = domain.clock_of(plan, &member.host);
        if clock.drift_ppm != 0 {
            return refuse(
                0,
                format!("the checker has no drifting clocks, as {} has", member.host),
            );
        }
        // What it passes over changes nothing but its books, which would tell states apart.
        let mut config = member.config.clone();
        config.shortcut = Shortcut::Off;
        let host = domain.world.host(member.id);
        hosts.push(Host {
            name: host.name().to_owned(),
            address: host.address(),
            groups: vec![config.group],
            blank: domain.machine(plan, member.role, &member.host, &config)?,
            ahead_us: clock.offset_us,
            vouched: Vouched::Yes,
            stored: host.records().cloned().collect(),
            answers: draws
                .iter()
                .filter(|(id, ..)| *id == member.id)
                .map(|(_, label, values)| ((*label).to_owned(), values.clone()))
                .collect(),
            candidates: vec![("address".to_owned(), addresses.clone())],
        });
    }
    Ok(hosts)
}

/// The addresses that are tried where a host may choose: the lowest and the highest of every range
/// that can be available.
fn candidates(plan: &Plan, domain: &Domain) -> Result<Vec<u128>, RunError> {
    let known = plan.known_spaces.iter().flat_map(|space| &space.leases);
    let offered = plan.spaces.iter().flat_map(|space| &space.leases);
    let mut ranges = Vec::new();
    for lease in known.chain(offered) {
        ranges.extend(domain.ranges(plan, &lease.addresses, None)?);
    }
    if ranges.is_empty() {
        ranges.extend(domain.members.iter().flat_map(|member| member.config.allocatable()));
    }
    let mut addresses = BTreeSet::new();
    for range in ranges {
        let few = ENDS.min(range.len());
        addresses.extend((0..few).map(|nth| range.first().0 + nth));
        addresses.extend((0..few).map(|nth| range.last().0 - nth));
    }
    Ok(addresses.into_iter().collect())
}

/// What happens anyhow.
struct Script<'p> {
    run: Run<'p>,
    plan: &'p Plan,
    lines: Vec<Scripted<Participant>>,
    /// Which side of a partition each host is on, and who does not reach whom.
    sides: Vec<u32>,
    cuts: BTreeSet<(HostId, HostId)>,
}

impl<'p> Script<'p> {
    fn of(plan: &'p Plan, domain: Domain) -> Result<Vec<Scripted<Participant>>, RunError> {
        let down: Vec<HostId> = plan.down.iter().flat_map(|name| domain.ids(plan, name)).collect();
        let zero = domain.at(Time::default());
        let starts: Vec<HostId> =
            domain.members.iter().map(|m| m.id).filter(|id| !down.contains(id)).collect();
        let (sides, cuts) = (Vec::new(), BTreeSet::new());
        let run = Run::unwatched(plan, domain);
        let mut script = Script { run, plan, lines: Vec::new(), sides, cuts };
        for id in starts {
            script.add(zero, Act::Start(id.index()));
        }
        for (at, event) in expand(plan) {
            script.event(at, &event)?;
        }
        Ok(script.lines)
    }

    fn add(&mut self, at: Instant, act: Act<Participant>) {
        self.lines.push(Scripted { at, act });
    }

    fn event(&mut self, time: Time, event: &Event) -> Result<(), RunError> {
        let at = self.run.domain().at(time);
        let ids = |this: &Self, names: &[scenario::Name]| -> Vec<HostId> {
            names.iter().flat_map(|name| this.run.domain().ids(this.plan, name)).collect()
        };
        match event {
            Event::Command(order) => {
                for (id, command) in self.run.orders(time, order)? {
                    self.add(at, Act::Command(id.index(), command));
                }
            }
            Event::Crash(crash) if crash.after.is_none() => {
                let disk = match crash.storage {
                    StorageLoss::Kept => Disk::Keep,
                    StorageLoss::Disk => Disk::Lose,
                    StorageLoss::LastWrites(_) => return self.cannot(event),
                };
                for id in ids(self, &crash.hosts) {
                    self.add(at, Act::Crash(id.index(), disk));
                }
            }
            Event::Restart(names) => {
                for id in ids(self, names) {
                    self.add(at, Act::Crash(id.index(), Disk::Keep));
                    self.add(at, Act::Start(id.index()));
                }
            }
            Event::Partition(groups) => {
                self.sides = vec![0; self.run.domain().members.len()];
                for (group, number) in groups.iter().zip(1..) {
                    for id in ids(self, group) {
                        self.sides[id.index()] = number;
                    }
                }
                self.reach(at);
            }
            Event::Heal(ends) => {
                match ends {
                    None => {
                        self.sides.clear();
                        self.cuts.clear();
                    }
                    Some(ends) => {
                        for pair in self.run.domain().pairs(self.plan, ends) {
                            self.cuts.remove(&pair);
                        }
                    }
                }
                self.reach(at);
            }
            Event::Mute(names) => {
                let muted = ids(self, names);
                self.cut(at, |from, _| muted.contains(&from));
            }
            Event::Deafen(names) => {
                let deaf = ids(self, names);
                self.cut(at, |_, to| deaf.contains(&to));
            }
            _ => return self.cannot(event),
        }
        Ok(())
    }

    fn cannot<T>(&self, event: &Event) -> Result<T, RunError> {
        let of = |line: &&scenario::At| line.event == *event;
        let line = self.plan.events.iter().find(of).map_or(0, |at| at.at.span.line as usize);
        let why = "checks understand what users ask, `crash` (not between outputs), `restart`, \
                   `partition`, `heal`, `mute` and `deafen`; what is lost, delayed or doubled they \
                   try by themselves: see `aap check --help`";
        refuse(line, format!("`{event}` cannot be checked: {why}"))
    }

    fn cut(&mut self, at: Instant, is_cut: impl Fn(HostId, HostId) -> bool) {
        let all: Vec<HostId> = self.run.domain().members.iter().map(|m| m.id).collect();
        let pairs = all.iter().flat_map(|&from| all.iter().map(move |&to| (from, to)));
        self.cuts.extend(pairs.filter(|&(from, to)| from != to && is_cut(from, to)));
        self.reach(at);
    }

    fn reach(&mut self, at: Instant) {
        let hosts = self.run.domain().members.len();
        let side = |host: usize| self.sides.get(host).copied().unwrap_or(0);
        let gets = |from: usize, to: usize| {
            side(from) == side(to) && !self.cuts.contains(&(HostId::new(from), HostId::new(to)))
        };
        let word = |from| (0..hosts).filter(|to| gets(from, *to)).fold(0, |w, to| w | 1 << to);
        let words = (0..hosts).map(word).collect();
        self.add(at, Act::Reach(words));
    }
}
