//! What must hold in every state (spec 7.3, as far as a state alone can show it).

use aap::{Lease, Maas, Participant, Phase};
use addrspace::{Family, Range};
use checker::Property;
use sansio::Instant;

/// The properties by name, with what each says.
pub const PROPERTIES: [(&str, &str); 3] = [
    ("no-duplicate-allocation", "no address is allocated by two running MAASs of a scope at once"),
    ("startup-silence", "no MAAS claims or holds a new address while it listens at its start"),
    (
        "announced",
        "whoever holds an allocation has an AIU about it coming up within 1.3 [REPEAT-INTERVAL]",
    ),
];

/// What a host is to the properties.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) scope: usize,
    pub(super) family: Family,
}

pub(super) fn all(hosts: &[Who]) -> Vec<Box<dyn Property<Participant>>> {
    let hosts = hosts.to_vec();
    vec![
        Box::new(NoDuplicate { hosts: hosts.clone() }),
        Box::new(StartupSilence { hosts: hosts.clone() }),
        Box::new(Announced { hosts }),
    ]
}

fn maas<'m>(machine: &Option<&'m Participant>) -> Option<&'m Maas> {
    machine.and_then(Participant::maas)
}

/// The first address held twice, with its holders.
pub(super) fn duplicate(
    hosts: &[Who],
    machines: &[Option<&Participant>],
) -> Option<(usize, usize, Range)> {
    let holders = machines.iter().enumerate().filter_map(|(at, m)| Some((at, maas(m)?)));
    let holders: Vec<(usize, Vec<Lease>)> = holders
        .map(|(at, maas)| (at, maas.held().collect::<Vec<_>>()))
        .filter(|(_, held)| !held.is_empty())
        .collect();
    for (nth, (one, mine)) in holders.iter().enumerate() {
        for (other, theirs) in &holders[nth + 1..] {
            if hosts[*one].scope != hosts[*other].scope {
                continue;
            }
            let pairs = mine.iter().flat_map(|m| theirs.iter().map(move |t| (m, t)));
            let twice = pairs.filter_map(|(m, t)| m.range.intersection(t.range)).next();
            if let Some(range) = twice {
                return Some((*one, *other, range));
            }
        }
    }
    None
}

#[derive(Debug)]
struct NoDuplicate {
    hosts: Vec<Who>,
}

impl Property<Participant> for NoDuplicate {
    fn name(&self) -> &'static str {
        PROPERTIES[0].0
    }

    fn violation(&self, machines: &[Option<&Participant>], _: Instant) -> Option<String> {
        let (one, other, range) = duplicate(&self.hosts, machines)?;
        let family = self.hosts[one].family;
        let (one, other) = (&self.hosts[one].name, &self.hosts[other].name);
        Some(format!("{one} and {other} both hold {}", addresses(range, family)))
    }
}

fn addresses(range: Range, family: Family) -> String {
    let (first, last) = (range.first().to_ip(family), range.last().to_ip(family));
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[derive(Debug)]
struct StartupSilence {
    hosts: Vec<Who>,
}

impl Property<Participant> for StartupSilence {
    fn name(&self) -> &'static str {
        PROPERTIES[1].0
    }

    fn violation(&self, machines: &[Option<&Participant>], _: Instant) -> Option<String> {
        let loud = |maas: &Maas| maas.phase() == Phase::Listening && maas.attempts() > 0;
        let at = machines.iter().position(|machine| maas(machine).is_some_and(loud))?;
        Some(format!("{} claims before it has listened long enough", self.hosts[at].name))
    }
}

#[derive(Debug)]
struct Announced {
    hosts: Vec<Who>,
}

impl Property<Participant> for Announced {
    fn name(&self) -> &'static str {
        PROPERTIES[2].0
    }

    fn violation(&self, machines: &[Option<&Participant>], now: Instant) -> Option<String> {
        let silent = |maas: &Maas| {
            // Before it is ready a MAAS holds what it held, and is silent (section 3.2.4).
            if maas.phase() != Phase::Ready || maas.held().next().is_none() {
                return false;
            }
            let latest = now + maas.config().timing.recent();
            !maas.timers().any(|(name, at)| name == "AIU repeat" && at <= latest)
        };
        let at = machines.iter().position(|machine| maas(machine).is_some_and(silent))?;
        Some(format!("{} holds addresses that it is not going to announce", self.hosts[at].name))
    }
}
